"""What can be asked for, as data for forms: ways in, models and what each can, steering words, effects, codes."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from ark_emulator.core.facts import catalogue as book
from ark_emulator.core.facts import kling_fields
from ark_emulator.core.facts.error_table import by_code, codes
from ark_emulator.core.facts.models import Model, ModeRules
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.plan.outcome import STEERING_WORDS
from ark_emulator.core.scenario.effects import KINDS, MET_ON, Operation
from ark_emulator.core.storage.storage_errors import storage_errors
from ark_emulator.data import load
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.web.control.control_body import json_response
from ark_emulator.web.http.exchange import Exchange

TASK: Final = "task"
"""The name under which the error table lists the codes of failed tasks."""


async def show(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/catalogue`: return everything that a form needs to offer only accepted values.

    `stage` is the lifecycle stage of a model at the current time of the selected world.
    """
    return json_response({**_lasting(), "doors": [_door(row, exchange.world.now) for row in load("doors")["doors"]]})


@cache
def _lasting() -> Mapping[str, Any]:
    """What does not depend on the time."""
    families = [_family(upstream, model) for upstream in Upstream for model in book.catalogue(upstream)]
    return {
        "families": families,
        "outcomes": [
            {"name": steer.name, "about": steer.about, "refused": steer.outcome.refusal is not None}
            for steer in STEERING_WORDS
        ],
        "tiers": {row["resolution"]: row["mode"] for row in load("kling")["tiers"]},
        "effects": [{"name": kind.name, "on": [on for on in Operation if on in kind.on]} for kind in KINDS],
        "codes": _codes(),
    }


def _codes() -> dict[str, list[dict[str, Any]]]:
    """The codes that each kind of exchange can be refused with, and those that a task can fail with."""
    told: dict[str, list[dict[str, Any]]] = {}
    for name, place in (*MET_ON.items(), (TASK, "task")):
        found = {code: row for code in codes() if (row := by_code(code, place)) is not None}
        told[str(name)] = [{"code": code, "status": row.status} for code, row in found.items()]
    stored = {row.code: row.status for row in storage_errors().values()}
    told[Operation.DOWNLOAD] = [{"code": code, "status": stored[code]} for code in sorted(stored)]
    return told


def _door(row: Mapping[str, Any], now: float) -> dict[str, Any]:
    chosen = row["models"]
    names = _of_gateway(chosen["gateway"], now) if "gateway" in chosen else _of_upstream(chosen["upstream"], now)
    return {name: row[name] for name in ("door", "title", "wire", "path")} | {"models": list(names)}


def _of_gateway(gateway: str, now: float) -> Iterator[dict[str, Any]]:
    for row in load("gateways")["models"]:
        if row["gateway"] == gateway:
            model = book.find_anywhere(row["upstream"])
            if model is not None:
                yield _name(row["asked"], model, row["upstream"], now)


def _of_upstream(upstream: str, now: float) -> Iterator[dict[str, Any]]:
    if upstream == Upstream.KLING:
        for row in load("kling")["names"]:
            if (model := book.find(row["upstream"], Upstream.KLING)) is not None:
                yield _name(row["asked"], model, row["upstream"], now)
        return
    for model in book.catalogue(Upstream.ARK):
        for listing in model.listings:
            yield _name(listing.id, model, listing.id, now)


def _name(asked: str, model: Model, upstream: str, now: float) -> dict[str, Any]:
    listing = model.listing(upstream)
    return {"name": asked, "family": model.family, "site": listing.site.name, "stage": listing.stage(now)}


def _family(upstream: Upstream, model: Model) -> dict[str, Any]:
    """One family: what its form has. `lengths` are whole seconds; `by_model` when the model may choose (-1)."""
    seconds, draft = model.seconds, model.draft
    return {
        "family": model.family,
        "title": model.title,
        "upstream": upstream,
        "modes": {name: _mode(upstream, rules) for name, rules in model.modes.items()},
        "resolution": model.resolution,
        "lengths": _lengths(upstream, model),
        "length": None if seconds is None else seconds.default,
        "by_model": seconds is not None and seconds.by_model,
        "frames": None if model.frames is None else [model.frames.least, model.frames.most],
        "audio": model.audio,
        "flex": model.flex,
        "priority": model.priority == "used",
        "formats": model.formats,
        "task_types": model.task_types,
        "references": _references(upstream, model),
        "draft": None
        if draft is None
        else {"resolution": draft.resolution, "final_resolutions": draft.final_resolutions, "inherits": draft.inherits},
    }


def _mode(upstream: Upstream, rules: ModeRules) -> dict[str, Any]:
    taken: Sequence[object] | None = (
        kling_fields.fields()["aspect_ratio"].values if upstream is Upstream.KLING else None
    )
    ratios = () if rules.follows_frame and taken is None else rules.ratios
    return {
        "ratios": [ratio for ratio in ratios if taken is None or ratio in taken],
        "ratio": rules.ratio,
        "resolutions": rules.resolutions,
        "camera_fixed": rules.camera_fixed,
    }


def _references(upstream: Upstream, model: Model) -> dict[str, int] | None:
    """How many references of each kind a request may carry, None when it may carry none."""
    if upstream is Upstream.KLING:
        most = {"images": kling_fields.most("images"), "videos": kling_fields.most("videos"), "audios": 0}
        return most if "r2v" in model.modes else None
    found = model.references
    return None if found is None else {"images": found.images, "videos": found.videos, "audios": found.audios}


def _lengths(upstream: Upstream, model: Model) -> Sequence[int]:
    if upstream is Upstream.KLING:
        return kling_fields.durations(model.family, {})
    return () if model.seconds is None else tuple(range(model.seconds.least, model.seconds.most + 1))
