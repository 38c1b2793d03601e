"""Draw the plan of a task: everything uncertain about it, once, with dice that carry the task's name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor
from types import MappingProxyType
from typing import Final

from ark_emulator.core.billing import prices
from ark_emulator.core.billing.kling_units import units
from ark_emulator.core.facts.error_table import Refusal, examples
from ark_emulator.core.facts.upstreams import DAY, UPSTREAM_RULES, UpstreamRules
from ark_emulator.core.plan.frame_size import shape
from ark_emulator.core.plan.outcome import STEERING_BY_NAME, Outcome, draw_stages
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.request.prompt_scan import budget, marked
from ark_emulator.core.task import ids
from ark_emulator.core.task.gateway_policy import GatewayPolicy
from ark_emulator.core.task.values import Failure, Kind, Picture, Plan, Status, Step, Submission, Task, Usage
from ark_emulator.core.time.dice import Dice

_STEER: Final = re.compile(r"\bemu:([a-z0-9-]++)")
_ASSET: Final = "asset://"
_REQUESTED: Final[Mapping[str, str]] = MappingProxyType(
    {"reference": "reference generation", "edit": "video editing", "extend": "video extension"}
)
"""The uses of reference media as error texts name them; the first and the last are recorded."""
_SEEDS: Final = (10_000, 99_999)
"""Drawn seeds have five digits, as recorded ones have."""


@dataclass(frozen=True, slots=True)
class CreationContext:
    """The context in which a task is created: the world's dice and pod, the key's running number, the moment.

    `lane` is the queue whose slots the task needs before it may run, None when nothing limits it. `alias` is the id
    returned to its creator where that is not Ark's own. `notes` are objections that a lenient server let pass.
    """

    dice: Dice
    pod: str
    key: str
    number: int
    now: float
    lane: str | None = None
    alias: str | None = None
    notes: tuple[str, ...] = ()


def steering_names(prompt: str) -> Iterator[str]:
    """Return the names that a prompt requests with `emu:NAME`, in order."""
    return (found.group(1) for found in marked(prompt, "emu:", _STEER, budget()))


def steered_outcome(prompt: str) -> Outcome | None:
    """Return the outcome that a prompt requests by a name of the steering table; None when it requests none of them."""
    return next((STEERING_BY_NAME[name] for name in steering_names(prompt) if name in STEERING_BY_NAME), None)


def refusal_for(intent: Intent, key: str) -> Refusal:
    """Return the row of the error table filled in for this submission: its model, its mode, and the items it names.

    Slots that the submission does not fill keep the example of the table.
    """
    requested = _REQUESTED.get(intent.task_type or "", _REQUESTED["reference"])
    slots = {
        **examples(),
        "model": intent.name,
        "mode": intent.mode,
        "requested": requested,
        "classified": _REQUESTED["edit"] if requested == _REQUESTED["extend"] else _REQUESTED["extend"],
        **named_items(intent.submission, key),
    }
    return Refusal(key, **slots)


def named_items(submission: Submission, key: str) -> dict[str, object]:
    """Return the slots of a row that name items of the content.

    A row about an input names every item of that kind (recorded for images of real persons); a row about an asset names
    the first asset. Other rows name the first item.
    """
    items = submission.items
    if key == "asset.not_found":
        found = [index for index, item in enumerate(items) if item.value.startswith(_ASSET)]
        if not found:
            return {}
        item = items[found[0]]
        return {"index": found[0], "part": item.kind, "asset": item.value.removeprefix(_ASSET)}
    kind = Kind.VIDEO if key == "task_type.edit_length" else _input_kind(key)
    found = [index for index, item in enumerate(items) if item.kind is kind] or [0]
    return {"index": found[0], "places": " ".join(f"'content[{index}]'" for index in found)}


def _input_kind(key: str) -> Kind:
    return next((kind for kind in Kind if f".input_{kind.removesuffix('_url')}" in key), Kind.TEXT)


def accept(intent: Intent, outcome: Outcome, birth: CreationContext) -> Task:
    """Return the task for a checked submission, with its plan drawn."""
    dice, number, upstream = birth.dice, birth.number, UPSTREAM_RULES[intent.submission.upstream]
    spot = ids.place(dice, birth.key, number)
    name = ids.object_name(birth.now, spot, birth.pod)
    picture = _picture(intent, _frames(intent, dice, birth.key, number))
    plan = Plan(
        accepted_at=birth.now,
        expires_after=intent.expires_after,
        steps=_with_looks(draw_stages(outcome.stages, dice, birth.key, number), birth.now, intent.submission.terms),
        model=intent.model.id_shown(intent.model_asked),
        family=intent.model.family,
        mode=intent.mode,
        seed=_seed(intent, dice, birth.key, number),
        picture=picture,
        usage=_usage(intent, picture, dice, birth.key, number),
        name=name,
        failure=_failure(intent, outcome, name),
        tier=intent.tier,
        draft=intent.draft,
        draft_task_id=intent.draft_source.id if intent.draft_source is not None else None,
        lane=birth.lane,
        priority=intent.priority,
        link_life=_link_life(intent, upstream) if outcome.link_life == DAY else outcome.link_life,
        retention=upstream.retention,
        rule=outcome.rule,
        notes=birth.notes,
        result=outcome.result,
        shown=outcome.shown,
    )
    return Task(_id(plan, spot, upstream), number, intent.submission, plan, birth.alias)


def _link_life(intent: Intent, upstream: UpstreamRules) -> int:
    """Return the lifetime of links in seconds: the upstream's, but for 3D models with a lifetime of their own."""
    return upstream.link_lifetime if intent.model.solid is None else intent.model.solid.link_life


def _with_looks(steps: tuple[Step, ...], began: float, terms: GatewayPolicy) -> tuple[Step, ...]:
    """Return the steps with counted polls replaced by the looks of the gateway.

    A step that counts polls lasts until midway between the last look that is to see it and the next one.
    """
    every = terms.looks_every
    if not every or all(step.polls is None for step in steps):
        return steps
    found, at = [], began
    for step in steps:
        if step.polls is not None:
            ends_at = (floor(at / every) + step.polls + 0.5) * every
            step = Step(step.status, seconds=ends_at - at)
        found.append(step)
        at += step.seconds or 0.0
    return tuple(found)


def _id(plan: Plan, spot: int, upstream: UpstreamRules) -> str:
    if upstream.decimal_ids:
        return ids.decimal_id(plan.accepted_at, spot)
    return ids.task_id(plan.accepted_at, spot, batch=plan.tier == "flex")


def _frames(intent: Intent, dice: Dice, key: str, number: int) -> int:
    """Return the frames of the clip: as requested, or of the seconds requested, or of a duration that the model
    chooses.

    An extension has 24 frames a second and not the one more that every other clip has (recorded).
    """
    if intent.frames is not None or intent.model.seconds is None:
        return intent.frames or 0
    seconds = intent.seconds
    if seconds < 0:
        seconds = dice.whole(intent.model.seconds.least, intent.model.seconds.most, "seconds", key, number)
    return prices.FRAMES_PER_SECOND * seconds if intent.task_type == "extend" else prices.frames_of(seconds)


def _picture(intent: Intent, frames: int) -> Picture:
    """Return the clip. A 3D file has no pixels, frames or ratio; its level of subdivision is its resolution."""
    ratio, width, height = shape(intent)
    return Picture(
        width=width,
        height=height,
        frames=frames,
        audio=intent.audio,
        watermark=bool(intent.asked.watermark),
        last_frame=intent.last_frame,
        container=intent.container,
        ratio=ratio,
        resolution=intent.resolution,
        by_frames=intent.frames is not None,
    )


def _usage(intent: Intent, picture: Picture, dice: Dice, key: str, number: int) -> Usage:
    with_video = intent.input_video_seconds is not None
    spent = units(intent.model, picture, with_video_input=with_video)
    counted = (
        ceil(spent)
        if spent is not None
        else prices.tokens(
            intent.model,
            picture.width,
            picture.height,
            picture.frames,
            input_seconds=intent.input_video_seconds,
            draft=intent.draft,
            audio=picture.audio,
            level=picture.resolution,
        )
    )
    searches = dice.whole(0, 3, "searches", key, number) if intent.searches else None
    return Usage(counted, searches)


def _seed(intent: Intent, dice: Dice, key: str, number: int) -> int:
    return dice.whole(*_SEEDS, "seed", key, number) if intent.seed is None else intent.seed


def _failure(intent: Intent, outcome: Outcome, name: str) -> Failure | None:
    """Return why the task will fail, or None. The id in the text of a failed task is its object's name (recorded)."""
    if outcome.stages[-1].status is not Status.FAILED:
        return None
    if isinstance(outcome.failure, Failure):
        return outcome.failure
    error = refusal_for(intent, outcome.failure).render()
    return Failure(error.code, error.with_request_id(name))
