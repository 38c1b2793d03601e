"""What came in and how it was answered, counted for the metrics: one number goes up per exchange."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class RequestCounters:
    """Counts since the server started, of all worlds together.

    `exchanges` by dialect, operation and status, 0 where no reply was sent; `struck` by dialect and operation: those
    that a fault of a scenario or of a test changed.
    """

    exchanges: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    struck: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, dialect: str, operation: str, status: int, fault: str | None) -> None:
        """Count one exchange; `fault` is the rule that struck it."""
        self.exchanges[dialect, operation, status] += 1
        if fault is not None:
            self.struck[dialect, operation] += 1
