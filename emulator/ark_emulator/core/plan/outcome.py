"""The outcome of a task: its stages before their durations are drawn, and its final status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.task.result_variants import ORDINARY, LinkShown, ResultVariant, UsageShown
from ark_emulator.core.task.values import DAY, NOTHING, Failure, Status, Step
from ark_emulator.core.time.dice import Dice
from ark_emulator.core.time.durations import Length, Uniform, exactly
from ark_emulator.data import load


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an outcome: a status, and its duration in virtual time, as a number of polls, or without end."""

    status: Status
    span: Length | None = None
    polls: int | None = None

    def drawn(self, dice: Dice, *names: object) -> Step:
        """Return the stage with its duration fixed."""
        return Step(self.status, self.span.drawn(dice, *names, self.status) if self.span else None, self.polls)


def draw_stages(stages: tuple[Stage, ...], dice: Dice, *names: object) -> tuple[Step, ...]:
    """Return the stages with their durations fixed. Where nothing is random, tasks share the result."""
    shared = _undrawn(stages)
    if shared is not None:
        return shared
    return tuple(stage.drawn(dice, "step", *names, place) for place, stage in enumerate(stages))


@lru_cache(maxsize=256)
def _undrawn(stages: tuple[Stage, ...]) -> tuple[Step, ...] | None:
    spans = [stage.span for stage in stages]
    if not all(span is None or (isinstance(span, Uniform) and span.least == span.most) for span in spans):
        return None
    return tuple(stage.drawn(_NO_DICE) for stage in stages)


_NO_DICE: Final = Dice(0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A complete outcome: its stages in order, and how it differs from an ordinary success.

    `failure` applies to an outcome that ends in `failed`: the key of a row of the error table, or a code and message of
    its own. `refusal` is also the key of a row: no task is created then, the create request is refused. `result` says
    how a success differs; `shown` overrides keys of Ark's task object as they stand. `link_life` is how long result
    links are valid, in seconds. `rule` names what chose this outcome.
    """

    stages: tuple[Stage, ...]
    failure: str | Failure = "server.internal"
    shown: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    link_life: int = DAY
    rule: str | None = None
    result: ResultVariant = ORDINARY
    refusal: str | None = None


def success_stages(queued: Length, running: Length) -> tuple[Stage, ...]:
    """Return the stages of a success with these durations."""
    return Stage(Status.QUEUED, queued), Stage(Status.RUNNING, running), Stage(Status.SUCCEEDED)


QUEUED: Final = exactly(1.0)
RUNNING: Final = exactly(4.0)
SUCCESS: Final = Outcome(success_stages(QUEUED, RUNNING))
"""The ordinary outcome: about 1 s queued and 4 s running, so that a person sees every status."""


@dataclass(frozen=True, slots=True)
class SteeringWord:
    """One row of the table of steering prompts: `emu:NAME` in a prompt gives that task this outcome."""

    name: str
    about: str
    outcome: Outcome


def _steer(row: Mapping[str, Any]) -> SteeringWord:
    return SteeringWord(
        name=row["name"],
        about=row["about"],
        outcome=Outcome(
            stages=tuple(_stage(step) for step in row["steps"]) or SUCCESS.stages,
            failure=row.get("failure", "server.internal"),
            link_life=row.get("link_life", DAY),
            rule=f"emu:{row['name']}",
            result=_result(row.get("result", {})),
            refusal=row.get("refusal"),
        ),
    )


def _stage(step: Sequence[Any]) -> Stage:
    """Return a stage of the table: a status, alone or with its seconds (one number, or two for a range)."""
    status, *seconds = step
    return Stage(Status(status), Uniform(seconds[0], seconds[-1]) if seconds else None)


def _result(row: Mapping[str, Any]) -> ResultVariant:
    return ResultVariant(
        usage=UsageShown(row.get("usage", "plain")),
        video_url=LinkShown(row.get("video_url", "plain")),
        last_frame_url=LinkShown(row.get("last_frame_url", "plain")),
        model=row.get("model"),
    )


STEERING_WORDS: Final[tuple[SteeringWord, ...]] = tuple(_steer(row) for row in load("steering")["steers"])
"""Every steering prompt, in the order of `emulator/ark_emulator/data/steering.json`."""

STEERING_BY_NAME: Final[Mapping[str, Outcome]] = MappingProxyType(
    {steer.name: steer.outcome for steer in STEERING_WORDS}
)
"""The outcome of a task whose prompt contains `emu:NAME`, by name."""
