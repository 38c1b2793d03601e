"""How a gateway in front of Ark polls, gives up, calls back and charges.

A gateway looks at the upstream task at intervals, gives up on it after a time, may send callbacks itself and has its
own prices. These terms apply from the submit on, so they are stored with the submission.
"""

from dataclasses import dataclass
from typing import Final

FINAL: Final = frozenset({"succeeded", "failed", "expired", "cancelled"})
"""The names of the final statuses of a task."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a task costs its creator.

    `hold` is the quota taken at submit, None when nothing is taken before the task has succeeded. `ratio` is the quota
    per token, as text that `fractions.Fraction` reads, None when Ark's price list applies.
    """

    hold: int | None = None
    ratio: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayPolicy:
    """The terms on which a gateway accepted a task.

    `looks_every` is the seconds between two looks at the upstream task, 0 when every change is seen at once. An
    unfinished task counts as failed `gives_up_after` seconds from its submit, None for never. `ends` are the statuses
    that the gateway treats as final. `callback_statuses` are the statuses for which the gateway itself sends callbacks;
    None leaves the callbacks to Ark. `keeps` is how many seconds from the submit the gateway keeps its own record,
    independent of Ark's; None where Ark's record is the only one.
    """

    looks_every: float = 0.0
    gives_up_after: float | None = None
    ends: frozenset[str] = FINAL
    callback_statuses: frozenset[str] | None = None
    bill: Bill = Bill()
    keeps: float | None = None


DIRECT: Final = GatewayPolicy()
"""The policy of a request to Ark itself, without a gateway."""
