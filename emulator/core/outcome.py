"""How a life goes: the stages of a task before they are drawn, and what it ends in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from emulator.core.dice import Dice
from emulator.core.values import DAY, NOTHING, Failure, Status, Step


@dataclass(frozen=True, slots=True)
class Span:
    """How long a stage lasts, before the dice are thrown: virtual seconds, from `least` to `most`."""

    least: float
    most: float

    def drawn(self, dice: Dice, *names: object) -> float:
        """One length within the span."""
        return self.least if self.least == self.most else dice.between(self.least, self.most, *names)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stretch of a life to come: a status, and its length as a span, as a number of polls, or for ever."""

    status: Status
    span: Span | None = None
    polls: int | None = None

    def drawn(self, dice: Dice, *names: object) -> Step:
        """The stage with its length fixed."""
        return Step(self.status, self.span.drawn(dice, *names, self.status) if self.span else None, self.polls)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole life: its stages in order, and how it differs from an ordinary success.

    `failure` belongs to a life that ends in `failed`: the key of a row of the error table, or a code and message of
    one's own. `shown` overrides keys of what a success shows, `link_life` is how long result links live in seconds.
    `rule` says what chose this life.
    """

    stages: tuple[Stage, ...]
    failure: str | Failure = "server.internal"
    shown: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    link_life: int = DAY
    rule: str | None = None


def _life(*stages: tuple[Status, float | None]) -> tuple[Stage, ...]:
    return tuple(Stage(status, None if length is None else Span(length, length)) for status, length in stages)


_QUEUED: Final = (Status.QUEUED, 1.0)
_RUNNING: Final = (Status.RUNNING, 4.0)
SUCCESS: Final = Outcome(_life(_QUEUED, _RUNNING, (Status.SUCCEEDED, None)))
"""The ordinary life: about 1 s queued and 4 s running, so that a person sees every status."""

STEERED: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "fail": Outcome(_life(_QUEUED, _RUNNING, (Status.FAILED, None)), rule="emu:fail"),
        "expired": Outcome(_life(_QUEUED, _RUNNING, (Status.EXPIRED, None)), rule="emu:expired"),
        "stuck-queued": Outcome(_life((Status.QUEUED, None)), rule="emu:stuck-queued"),
        "stuck-running": Outcome(_life(_QUEUED, (Status.RUNNING, None)), rule="emu:stuck-running"),
    }
)
"""What a prompt that contains `emu:NAME` makes of its task."""
