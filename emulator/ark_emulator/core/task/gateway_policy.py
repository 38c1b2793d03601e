"""What stands between a task and whoever asked for it, where that is not Ark itself.

A gateway in front of Ark looks at the task only now and then, gives up on it some day, may call back by itself and
charges by its own prices. All of that is agreed when the task is submitted, so it travels with the submission.
"""

from dataclasses import dataclass
from typing import Final

FINAL: Final = frozenset({"succeeded", "failed", "expired", "cancelled"})
"""The final statuses of a task by their names."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a task costs its creator.

    `hold` is the quota taken at submit, None when nothing is taken before the task has succeeded. `ratio` is the
    quota that one token costs, as text that `fractions.Fraction` reads, None when the price list of Ark counts.
    """

    hold: int | None = None
    ratio: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayPolicy:
    """On what terms a task was taken.

    `looks_every` is the seconds between two looks at the upstream task, 0 when nothing is missed. An unfinished task
    counts as failed `gives_up_after` seconds from its submit, None for never. `ends` are the statuses that are taken
    for an end. `tells` are the statuses the gateway itself calls back for; None leaves the callbacks to Ark.
    `keeps` is how many seconds from the submit the gateway keeps a record of its own, whatever becomes of Ark's; None
    where there is no record but Ark's.
    """

    looks_every: float = 0.0
    gives_up_after: float | None = None
    ends: frozenset[str] = FINAL
    callback_statuses: frozenset[str] | None = None
    bill: Bill = Bill()
    keeps: float | None = None


DIRECT: Final = GatewayPolicy()
"""Nobody stands between."""
