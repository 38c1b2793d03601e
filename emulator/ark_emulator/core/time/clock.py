"""Virtual time as three numbers: where it stood, when that was, and how fast it runs.

The clock never reads the real time itself: every question brings it along, in seconds of any steady source.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

END: Final = 9_999_999_999.0
"""Where every clock stops, in the year 2286: the names of stored objects have 13 digits for milliseconds."""

SLOWEST: Final = 1e-6
FASTEST: Final = 1e6
"""Between these lies every speed, in virtual seconds per real second, whoever chooses it."""


class ClockMode(StrEnum):
    """Live time flows at a speed; frozen time moves only when told; polls time moves when a task is looked at."""

    LIVE = "live"
    FROZEN = "frozen"
    POLLS = "polls"


@dataclass(frozen=True, slots=True)
class VirtualClock:
    """A virtual clock: at real time `anchor` it stood at `base` (unix seconds), running at `speed`."""

    base: float
    anchor: float
    speed: float = 1.0
    mode: ClockMode = ClockMode.LIVE

    @property
    def flows(self) -> bool:
        """True when time passes by itself."""
        return self.mode is ClockMode.LIVE and self.speed > 0

    def now(self, real: float) -> float:
        """The virtual time at a real moment."""
        moment = self.base
        if real > self.anchor and self.mode is ClockMode.LIVE:
            moment += (real - self.anchor) * self.speed
        return moment if moment < END else END

    def real_wait(self, until: float, real: float) -> float | None:
        """Real seconds until the clock shows `until`; None when it never will by itself."""
        if not self.flows or until > END:
            return None
        return max(0.0, (until - self.now(real)) / self.speed)

    def jumped_to(self, moment: float, real: float) -> "VirtualClock":
        """The same clock, set forward to `moment`; time never goes back."""
        return replace(self, base=min(END, max(moment, self.now(real))), anchor=real)

    def frozen(self, real: float) -> "VirtualClock":
        """The clock, standing still where it is."""
        return replace(self, base=self.now(real), anchor=real, mode=ClockMode.FROZEN)

    def resumed(self, real: float, speed: float | None = None) -> "VirtualClock":
        """The clock, running from where it is, at `speed` or at the one it had."""
        return replace(
            self, base=self.now(real), anchor=real, mode=ClockMode.LIVE, speed=self.speed if speed is None else speed
        )

    def by_polls(self, real: float) -> "VirtualClock":
        """The clock, moving only when tasks are looked at."""
        return replace(self, base=self.now(real), anchor=real, mode=ClockMode.POLLS)
