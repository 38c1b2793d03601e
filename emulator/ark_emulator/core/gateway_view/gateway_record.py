"""A task as the record of a gateway shows it: the task's timeline, seen late.

The record at a moment equals what the last look before that moment would have shown. Looks fall on whole multiples of
their interval, counted from the epoch; none falls on the moment of the submit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import ceil, floor, inf
from typing import Any, Final

from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.task.gateway_policy import GatewayPolicy
from ark_emulator.core.task.lifecycle import Timeline, erased_at, state_at
from ark_emulator.core.task.result_variants import UsageShown
from ark_emulator.core.task.values import Mark, Status, Task
from ark_emulator.data import load


class GatewayStatus(StrEnum):
    """What a gateway knows of a task.

    It has seen nothing yet, one of the six statuses, that Ark has no record of the task any more, or it has given up
    waiting.
    """

    UNSEEN = "unseen"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ABSENT = "absent"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a gateway cannot see of a task: all from `absent_at` on, and a success whose body is `unreadable`."""

    absent_at: float = inf
    unreadable: bool = False


NOTHING_HIDDEN: Final = Hidden()


def hidden(task: Task, line: Timeline) -> Hidden:
    """Return what the task's gateway cannot see of it."""
    if task.submission.terms.keeps is None:
        return NOTHING_HIDDEN
    return Hidden(erased_at(task, line), _is_unreadable(task))


def _is_unreadable(task: Task) -> bool:
    """Return whether a success has values that new-api's types cannot hold, so that every look at it fails."""
    plan = task.plan
    if task.submission.terms.keeps is None or task.submission.upstream is not Upstream.ARK:
        return False
    if plan.result.unreadable or plan.result.usage is UsageShown.STRINGS:
        return True
    return any(not _fits(value, _types().get(name)) for name, value in plan.shown.items())


def _fits(value: object, expected: Any) -> bool:
    """Return whether Go reads a value into a field of that type; null leaves a field as it is, unknown names are
    skipped.
    """
    if value is None or expected is None:
        return True
    if isinstance(expected, dict):
        inner = value if isinstance(value, dict) else None
        return inner is not None and all(_fits(each, expected.get(name)) for name, each in inner.items())
    if expected == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)


@cache
def _types() -> dict[str, Any]:
    """Return the types of the fields that a look reads: type names, or for an object those of its own fields."""
    found: dict[str, Any] = {}
    for row in load("gateways")["read"]:
        outer, _, inner = row["field"].partition(".")
        if inner:
            found.setdefault(outer, {})[inner] = row["type"]
        else:
            found[outer] = row["type"]
    return found


@dataclass(frozen=True, slots=True)
class GatewayRecord:
    """A gateway's record of a task at one instant. `mark` is the task's own mark at the last look.

    The times are those of the record: when it was last written, when it first counted the task as running, and when it
    saw the final status. They are None for what the gateway has not seen, including what began and ended between two
    looks. A task in a status that the gateway does not know, or that Ark does not find any more, counts as running.
    """

    status: GatewayStatus
    mark: Mark
    updated_at: float
    started_at: float | None = None
    finished_at: float | None = None


def last_look_at(terms: GatewayPolicy, accepted_at: float, now: float) -> float | None:
    """Return the moment of the last look up to `now`, None before the first."""
    if not terms.looks_every:
        return now
    last = floor(now / terms.looks_every) * terms.looks_every
    return last if last > accepted_at else None


def noticed_at(terms: GatewayPolicy, accepted_at: float, moment: float) -> float:
    """Return when a change at `moment` is seen: at the first look from then on."""
    if not terms.looks_every:
        return moment
    look = ceil(moment / terms.looks_every) * terms.looks_every
    return look if look > accepted_at else look + terms.looks_every


def given_up_at(terms: GatewayPolicy, line: Timeline, hidden: Hidden = NOTHING_HIDDEN) -> float | None:
    """Return when the gateway counts the task as failed without having seen its end, None when it sees one in time."""
    if terms.gives_up_after is None:
        return None
    moment, end = line[0].at + terms.gives_up_after, _end_seen_at(terms, line, hidden)
    return moment if end is None or end > moment else None


def end_seen_at(task: Task, mark: Mark) -> float | None:
    """Return when the gateway sees this mark as the end of the task.

    None when the mark is not final for the gateway, or is never seen. That Ark's record may be deleted before that look
    does not count here.
    """
    terms, accepted_at = task.submission.terms, task.plan.accepted_at
    if mark.status not in terms.ends or (mark.status is Status.SUCCEEDED and _is_unreadable(task)):
        return None
    seen = noticed_at(terms, accepted_at, mark.at)
    return None if terms.gives_up_after is not None and seen > accepted_at + terms.gives_up_after else seen


def record_at(terms: GatewayPolicy, line: Timeline, now: float, hidden: Hidden = NOTHING_HIDDEN) -> GatewayRecord:
    """Return the record at `now` of a task with this timeline."""
    accepted_at, gone = line[0].at, given_up_at(terms, line, hidden)
    given_up = gone is not None and gone <= now
    until = gone if gone is not None and given_up else now
    marks = [(mark, at) for mark, at in _seen_marks(terms, line, hidden) if at <= until]
    lost = _lost_at(terms, line, hidden)
    is_lost = lost is not None and lost <= until
    running = [at for mark, at in marks if _counts_as_running(terms, mark)]
    started_at = next(iter([*running, *([lost] if is_lost else [])]), None)
    mark, updated_at = marks[-1] if marks else (state_at(line, accepted_at), accepted_at)
    if given_up:
        return GatewayRecord(GatewayStatus.GIVEN_UP, mark, until, started_at, until)
    if is_lost and lost is not None:
        return GatewayRecord(GatewayStatus.ABSENT, mark, lost, started_at)
    seen = GatewayStatus(mark.status) if marks else GatewayStatus.UNSEEN
    return GatewayRecord(seen, mark, updated_at, started_at, updated_at if seen in terms.ends else None)


def next_change(terms: GatewayPolicy, line: Timeline, now: float, hidden: Hidden = NOTHING_HIDDEN) -> float | None:
    """Return the next moment after `now` at which the record changes, None when it does not change any more."""
    gone = given_up_at(terms, line, hidden)
    if gone is not None and gone <= now:
        return None
    coming = [at for _, at in _seen_marks(terms, line, hidden)]
    lost = _lost_at(terms, line, hidden)
    ahead = [at for at in (*coming, *([] if lost is None else [lost])) if at > now]
    return min(ahead if gone is None else [*ahead, gone], default=None)


def _counts_as_running(terms: GatewayPolicy, mark: Mark) -> bool:
    return mark.status is Status.RUNNING or (mark.status.final and mark.status not in terms.ends)


def _end_seen_at(terms: GatewayPolicy, line: Timeline, hidden: Hidden) -> float | None:
    return next((at for mark, at in _seen_marks(terms, line, hidden) if mark.status in terms.ends), None)


def _lost_at(terms: GatewayPolicy, line: Timeline, hidden: Hidden) -> float | None:
    """Return when a look first finds that Ark has no record of the task; None when the end was seen before that."""
    if hidden.absent_at == inf or _end_seen_at(terms, line, hidden) is not None:
        return None
    return noticed_at(terms, line[0].at, hidden.absent_at)


def _seen_marks(terms: GatewayPolicy, line: Timeline, hidden: Hidden) -> Iterator[tuple[Mark, float]]:
    """Yield the marks that are seen, each with the moment of the look that sees it first."""
    accepted_at = line[0].at
    times = [noticed_at(terms, accepted_at, mark.at) for mark in line]
    for index, mark in enumerate(line):
        passed = terms.looks_every and index + 1 < len(line) and times[index + 1] == times[index]
        unreadable = hidden.unreadable and mark.status is Status.SUCCEEDED
        if not passed and not unreadable and times[index] < hidden.absent_at:
            yield mark, times[index]
