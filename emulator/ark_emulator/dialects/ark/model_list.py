"""Ark's catalogue in `GET /models`: the models of both sites, including those that a key may not call.

Keys, their order, domains, task types and the two statuses are recorded; an active model has no `status`. The creation
time is recorded for few models: for the others it is the day in their id (inferred).
"""

from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Final

from ark_emulator.core.facts.catalogue import catalogue
from ark_emulator.core.facts.models import Model, ModelListing, Stage
from ark_emulator.data import load

_STATUS: Final[dict[Stage, str | None]] = {"active": None, "retiring": "Retiring", "retired": "Shutdown"}
_OF_2_X: Final = ("MultimodalToVideo", "VideoExtension", "VideoEditing")
_TEXT: Final = "TextToVideo"
_IMAGE: Final = "ImageToVideo"
_FLAGS: Final = {"structured_outputs": {"json_object": False, "json_schema": False}}
_CHINA: Final = timezone(timedelta(hours=8))


def models(now: float) -> dict[str, Any]:
    """Return the list, with the status each model has on its site at an instant in unix seconds."""
    data = [_item(model, listing, now) for model in catalogue() for listing in model.listings]
    return {"object": "list", "data": data}


def _item(model: Model, listing: ModelListing, now: float) -> dict[str, Any]:
    """Return one model. A 3D model has no task types, features or modalities (recorded for one, assumed for others)."""
    solid = model.generation == "3d"
    status = _STATUS[listing.stage(now)]
    modalities = {} if solid else {"input_modalities": _inputs(model), "output_modalities": ["video"]}
    return {
        "created": _created(listing),
        "domain": "3DGeneration" if solid else "VideoGeneration",
        "features": {} if solid else _FLAGS,
        "id": listing.id,
        "modalities": modalities,
        "name": listing.undated,
        "object": "model",
        **({} if status is None else {"status": status}),
        **({} if solid else {"task_type": _tasks(model)}),
        "token_limits": {},
        "version": listing.id.rpartition("-")[2],
    }


def _tasks(model: Model) -> list[str]:
    """Return the task types: 2.x has three of its own; in 1.x they depend on whether it starts from an image."""
    if model.generation in ("2.0", "2.5"):
        return list(_OF_2_X)
    return list(dict.fromkeys(_TEXT if mode == "t2v" else _IMAGE for mode in model.modes))


def _inputs(model: Model) -> list[str]:
    """Return the kinds of input that the model takes at all: reference media differ by model."""
    counts = model.references
    accepted = {
        "text": True,
        "image": any(mode != "t2v" for mode in model.modes),
        "video": counts is not None and counts.videos > 0,
        "audio": counts is not None and counts.audios > 0,
    }
    return [kind for kind, takes in accepted.items() if takes]


def _created(listing: ModelListing) -> int:
    """Return the recorded instant in unix seconds, or the beginning of the day in the id, in China."""
    recorded = _recorded().get(listing.id)
    if recorded is not None:
        return recorded
    day = datetime.strptime(listing.id.rpartition("-")[2], "%y%m%d").replace(tzinfo=_CHINA)
    return int(day.timestamp())


@cache
def _recorded() -> dict[str, int]:
    return {row["id"]: row["created"] for row in load("models")["created"]}
