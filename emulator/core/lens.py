"""A task as a gateway's record has it: one timeline, looked at late.

A lens equals looking earlier: what the record shows now is what a look at its last time to look would have shown.
Looks fall on the whole multiples of their interval, counted from the epoch; none falls on the moment of the submit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor

from emulator.core.lifecycle import Timeline, state_at
from emulator.core.terms import Terms
from emulator.core.values import Mark, Status


class Seen(StrEnum):
    """What a gateway knows of a task: nothing yet, one of the six statuses, or that it waited long enough."""

    UNSEEN = "unseen"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Row:
    """A gateway's record of a task at one instant. `mark` is the task's own, as it was at the last look.

    The other times are those of the record: when it was last written, when it first saw the task running, and when
    it saw the end. None for what it has not seen, or what came and went between two looks.
    """

    seen: Seen
    mark: Mark
    updated_at: float
    started_at: float | None = None
    finished_at: float | None = None


def looked_at(terms: Terms, accepted_at: float, now: float) -> float | None:
    """The moment of the last look up to `now`, None before the first."""
    if not terms.looks_every:
        return now
    last = floor(now / terms.looks_every) * terms.looks_every
    return last if last > accepted_at else None


def noticed_at(terms: Terms, accepted_at: float, moment: float) -> float:
    """When something that happened at `moment` is seen: at the first look from then on."""
    if not terms.looks_every:
        return moment
    look = ceil(moment / terms.looks_every) * terms.looks_every
    return look if look > accepted_at else look + terms.looks_every


def given_up_at(terms: Terms, line: Timeline) -> float | None:
    """When the gateway counts the task as failed because it has seen no end, None when it sees one in time."""
    if terms.gives_up_after is None:
        return None
    moment = line[0].at + terms.gives_up_after
    end = _end(terms, line)
    return moment if end is None or noticed_at(terms, line[0].at, end.at) > moment else None


def row(terms: Terms, line: Timeline, now: float) -> Row:
    """The record at `now` of a task with this timeline."""
    accepted_at, gone = line[0].at, given_up_at(terms, line)
    given_up = gone is not None and gone <= now
    until = gone if gone is not None and given_up else now
    marks = [(mark, at) for mark, at in _noticed(terms, line) if at <= until]
    started_at = next((at for mark, at in marks if mark.status is Status.RUNNING), None)
    mark, updated_at = marks[-1] if marks else (state_at(line, accepted_at), accepted_at)
    if given_up:
        return Row(Seen.GIVEN_UP, mark, until, started_at, until)
    seen = Seen(mark.status) if marks else Seen.UNSEEN
    return Row(seen, mark, updated_at, started_at, updated_at if seen in terms.ends else None)


def next_change(terms: Terms, line: Timeline, now: float) -> float | None:
    """The next moment after `now` at which the record will be another, None when nothing more is to come."""
    gone = given_up_at(terms, line)
    if gone is not None and gone <= now:
        return None
    ahead = [at for _, at in _noticed(terms, line) if at > now]
    return min(ahead if gone is None else [*ahead, gone], default=None)


def _end(terms: Terms, line: Timeline) -> Mark | None:
    return next((mark for mark in line if mark.status in terms.ends), None)


def _noticed(terms: Terms, line: Timeline) -> Iterator[tuple[Mark, float]]:
    """The marks that are seen, each with the moment of the look that sees it first."""
    accepted_at = line[0].at
    times = [noticed_at(terms, accepted_at, mark.at) for mark in line]
    for index, mark in enumerate(line):
        hidden = terms.looks_every and index + 1 < len(line) and times[index + 1] == times[index]
        if not hidden:
            yield mark, times[index]
