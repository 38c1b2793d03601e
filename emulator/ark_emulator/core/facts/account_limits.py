"""The limits of a key for a model: creates per minute, tasks running at once, tasks waiting."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from ark_emulator.core.facts.models import Account, Model

MINUTE: Final = 60.0
QUEUED: Final = 120
"""How many tasks of an account may wait (an older page documents it; the newer one gives no number)."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits that apply to one submission; None where there is no limit. `group` names the slots it shares."""

    creates_per_minute: int | None
    concurrent: int | None
    queued: int | None
    group: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Configured limits: those of an account type by the official tables, single numbers, or both.

    A single number overrides the table's. With nothing configured there are no limits.
    """

    account: Account | None = None
    creates_per_minute: int | None = None
    concurrent: int | None = None
    queued: int | None = None

    @property
    def on(self) -> bool:
        """True when anything is limited."""
        return self is not NO_LIMITS and self != NO_LIMITS

    def allowance(self, model: Model, resolution: str | None) -> Allowance:
        """Return the limits that apply to a submission for that model and resolution."""
        table = None if self.account is None else model.limit(self.account, resolution or None)
        return Allowance(
            creates_per_minute=_either(self.creates_per_minute, table.creates_per_minute if table else None),
            concurrent=_either(self.concurrent, table.concurrent if table else None),
            queued=_either(self.queued, QUEUED if table else None),
            group="/".join(table.resolutions) if table else "",
        )


NO_LIMITS: Final = Limits()


@dataclass(slots=True)
class Window:
    """The creates of the last minute. A create that was refused does not count."""

    moments: deque[float] = field(default_factory=deque)

    def full(self, limit: int, now: float) -> bool:
        """Return True when a further create within the minute would exceed the limit."""
        while self.moments and self.moments[0] <= now - MINUTE:
            self.moments.popleft()
        return len(self.moments) >= limit

    def retry_after(self, now: float) -> float:
        """Return the seconds until the oldest create leaves the window."""
        return max(0.0, self.moments[0] + MINUTE - now) if self.moments else 0.0


def _either(own: int | None, tabled: int | None) -> int | None:
    return tabled if own is None else own
