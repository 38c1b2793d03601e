"""Counters of exchanges for the metrics."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class RequestCounters:
    """Counters since the server started, over all worlds.

    `exchanges` counts by dialect, operation and status, which is 0 without a response. `struck` counts the exchanges
    that a fault changed, by dialect and operation.
    """

    exchanges: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    struck: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, dialect: str, operation: str, status: int, fault: str | None) -> None:
        """Count one exchange; `fault` is the name of the rule that matched."""
        self.exchanges[dialect, operation, status] += 1
        if fault is not None:
            self.struck[dialect, operation] += 1
