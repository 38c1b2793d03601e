"""Virtual time as three numbers: the virtual time at an anchor, the real time of the anchor, and the speed.

The clock never reads the real time itself: callers pass it in, in seconds of any monotonic source.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal, TypeAlias

END: Final = 9_999_999_999.0
"""The moment at which every clock stops, in the year 2286: object names in storage have 13 digits for milliseconds."""

SLOWEST: Final = 1e-6
FASTEST: Final = 1e6
"""The bounds of every speed, in virtual seconds per real second."""


class ClockMode(StrEnum):
    """How virtual time passes.

    In mode `live` it passes at a speed. In mode `frozen` it changes only on command. In mode `polls` a poll of a task
    moves it.
    """

    LIVE = "live"
    FROZEN = "frozen"
    POLLS = "polls"


ClockWord: TypeAlias = Literal["live", "frozen", "polls"]
"""The values of `ClockMode`, for the types of documents and requests."""


@dataclass(frozen=True, slots=True)
class VirtualClock:
    """A virtual clock that showed `base` (unix seconds) at real time `anchor` and runs at `speed`."""

    base: float
    anchor: float
    speed: float = 1.0
    mode: ClockMode = ClockMode.LIVE

    @property
    def flows(self) -> bool:
        """True when time passes without a command or a poll."""
        return self.mode is ClockMode.LIVE and self.speed > 0

    def now(self, real: float) -> float:
        """Return the virtual time at a real moment."""
        moment = self.base
        if real > self.anchor and self.mode is ClockMode.LIVE:
            moment += (real - self.anchor) * self.speed
        return moment if moment < END else END

    def real_wait(self, until: float, real: float) -> float | None:
        """Return the real seconds until the clock shows `until`, or None when it never will without a command or a
        poll.
        """
        if not self.flows or until > END:
            return None
        return max(0.0, (until - self.now(real)) / self.speed)

    def jumped_to(self, moment: float, real: float) -> "VirtualClock":
        """Return the same clock, set forward to `moment`; time never goes back."""
        return replace(self, base=min(END, max(moment, self.now(real))), anchor=real)

    def frozen(self, real: float) -> "VirtualClock":
        """Return the clock stopped at its current time."""
        return replace(self, base=self.now(real), anchor=real, mode=ClockMode.FROZEN)

    def resumed(self, real: float, speed: float | None = None) -> "VirtualClock":
        """Return the clock running from its current time, at `speed` or at its previous speed."""
        return replace(
            self, base=self.now(real), anchor=real, mode=ClockMode.LIVE, speed=self.speed if speed is None else speed
        )

    def by_polls(self, real: float) -> "VirtualClock":
        """Return the clock in the mode in which only polls move it."""
        return replace(self, base=self.now(real), anchor=real, mode=ClockMode.POLLS)
