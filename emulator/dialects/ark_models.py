"""Ark's catalogue as `GET /models` prints it: both sites' models, the ones a key may not call included (recorded).

That items carry domain, status, modalities and task types is recorded; the names of their keys are inferred.
"""

from typing import Any, Final

from emulator.core.catalogue import catalogue
from emulator.core.models import Listing, Model, Stage

_STATUS: Final[dict[Stage, str]] = {"active": "Active", "retiring": "Retiring", "retired": "Shutdown"}
_TASKS: Final = {
    "t2v": "TextToVideo",
    "i2v": "ImageToVideo",
    "flf2v": "FirstLastFrameToVideo",
    "r2v": "ReferenceToVideo",
    "3d": "ImageTo3D",
}
_INPUTS: Final = {
    "t2v": ("text",),
    "i2v": ("text", "image"),
    "flf2v": ("text", "image"),
    "r2v": ("text", "image", "video", "audio"),
    "3d": ("text", "image"),
}


def models(now: float) -> dict[str, Any]:
    """The list, with the status each model has on its site at an instant in unix seconds."""
    data = [_item(model, listing, now) for model in catalogue() for listing in model.listings]
    return {"object": "list", "data": data}


def _item(model: Model, listing: Listing, now: float) -> dict[str, Any]:
    solid = "3d" in model.modes
    inputs = dict.fromkeys(kind for mode in model.modes for kind in _INPUTS[mode] if _takes(model, kind))
    return {
        "id": listing.id,
        "object": "model",
        "name": listing.undated,
        "version": listing.id.rpartition("-")[2],
        "domain": "3DGeneration" if solid else "VideoGeneration",
        "status": _STATUS[listing.stage(now)],
        "modalities": {"input_modalities": list(inputs), "output_modalities": ["3d" if solid else "video"]},
        "task_type": [_TASKS[mode] for mode in model.modes],
    }


def _takes(model: Model, kind: str) -> bool:
    """Whether the model takes this kind of input at all: reference media differ by model."""
    counts = model.references
    if kind == "video":
        return counts is not None and counts.videos > 0
    if kind == "audio":
        return counts is not None and counts.audios > 0
    return True
