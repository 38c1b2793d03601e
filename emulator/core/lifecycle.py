"""The state of a task at any instant, computed from its plan and its facts; nothing here ticks.

`timeline` folds the facts over the planned steps, in the order of their arrival. A fact only ever rewrites what
lies after it, so what was visible stays. Everything else asks the timeline.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf
from typing import Final

from emulator.core.values import (
    DAY,
    MOVES,
    Cancelled,
    Fact,
    Failure,
    Forced,
    Looked,
    Mark,
    Plan,
    Started,
    Status,
    Step,
    Task,
)

RETENTION: Final = 7 * DAY
"""Records are kept seven days from creation (documented)."""
CANCELLED_RETENTION: Final = DAY
"""A cancelled record is erased after 24 hours (documented)."""

Timeline = tuple[Mark, ...]


def timeline(plan: Plan, facts: Sequence[Fact]) -> Timeline:
    """Every mark of the task's life, past and planned, in order; the first is `queued` at acceptance.

    What depends on a fact still to come (a poll, a slot in the lane) is not on it, except expiry, which is sure.
    """
    line = _planned(plan, facts)
    for fact in facts:
        match fact:
            case Cancelled(at):
                line = _moved(line, at, (Status.CANCELLED,))
            case Forced(at, status):
                way = shortest_way(_state(line, at).status, status)
                line = _moved(line, at, way) + (() if status.final or not way else _rest(plan, status, at))
            case Looked() | Started():
                pass
    return line


def state_at(line: Timeline, now: float) -> Mark:
    """The mark in force at `now`."""
    return _state(line, now)


def next_mark(line: Timeline, now: float) -> Mark | None:
    """The first planned mark after `now`, None when nothing more is planned."""
    return next((mark for mark in line if mark.at > now), None)


def ended(line: Timeline) -> Mark | None:
    """The final mark on the timeline, which may lie ahead; None while a fact must come first and nothing expires."""
    return line[-1] if line[-1].status.final else None


def gone_at(plan: Plan, line: Timeline) -> float:
    """When the record is erased: seven days after creation, a cancelled one a day after it was cancelled."""
    last = line[-1]
    if last.status is Status.CANCELLED:
        return last.at + CANCELLED_RETENTION
    return plan.accepted_at + RETENTION


def failure_of(task: Task) -> Failure | None:
    """Why the task failed: what was forced upon it last, else what was planned."""
    for fact in reversed(task.facts):
        if isinstance(fact, Forced) and fact.failure is not None:
            return fact.failure
    return task.plan.failure


def wants_look(task: Task, now: float) -> bool:
    """True when the task stands in a step that is counted in polls, so that a look at it is a fact."""
    step = current_step(task.plan, task.facts, now)
    return step is not None and step.polls is not None


def current_step(plan: Plan, facts: Sequence[Fact], now: float) -> Step | None:
    """The planned step in force at `now`; None once the task has left its plan or ended."""
    mark = _state(timeline(plan, facts), now)
    found = None
    for step, began in _walk(plan, facts):
        if began <= now and step.status is mark.status:
            found = step
    return None if mark.status.final else found


def shortest_way(start: Status, goal: Status) -> tuple[Status, ...]:
    """The statuses to pass, the goal included, on the shortest legal way; empty when there is none or it is reached."""
    ways: list[tuple[Status, ...]] = [()]
    seen = {start}
    while ways:
        longer = []
        for way in ways:
            here = way[-1] if way else start
            if here is goal:
                return way
            for status in Status:
                if status in MOVES[here] and status not in seen:
                    seen.add(status)
                    longer.append((*way, status))
        ways = longer
    return ()


def _planned(plan: Plan, facts: Sequence[Fact]) -> Timeline:
    """The marks of the planned steps, cut off by expiry, before any fact that leaves the plan."""
    marks = [Mark(step.status, at) for step, at in _walk(plan, facts) if at < plan.expires_at]
    merged = [marks[0], *(mark for last, mark in pairwise(marks) if mark.status is not last.status)]
    if not merged[-1].status.final:
        merged.append(Mark(Status.EXPIRED, plan.expires_at))
    return tuple(merged)


def _rest(plan: Plan, status: Status, at: float) -> Timeline:
    """What the plan holds after its step of `status`, when that step begins at another moment than planned."""
    begun = next((index for index, step in enumerate(plan.steps) if step.status is status), len(plan.steps) - 1)
    marks: list[Mark] = []
    looks: Iterator[float] = iter(())
    for step, after in pairwise(plan.steps[begun:]):
        at = _end(step, at, looks)
        if at < plan.expires_at:
            marks.append(Mark(after.status, at))
    if not (marks and marks[-1].status.final):
        marks.append(Mark(Status.EXPIRED, plan.expires_at))
    return tuple(marks)


def _walk(plan: Plan, facts: Sequence[Fact]) -> Iterator[tuple[Step, float]]:
    """Each planned step that begins, and when."""
    looks = iter([fact.at for fact in facts if isinstance(fact, Looked)])
    slot = next((fact.at for fact in facts if isinstance(fact, Started)), inf) if plan.lane else -inf
    at = plan.accepted_at
    for step in plan.steps:
        if step.status is not Status.QUEUED:
            at = max(at, slot)
        if at == inf:
            return
        yield step, at
        at = _end(step, at, looks)


def _end(step: Step, began: float, looks: Iterator[float]) -> float:
    if step.seconds is not None:
        return began + step.seconds
    if step.polls is None:
        return inf
    at = began
    for _ in range(step.polls):
        at = max(began, next(looks, inf))
    return at


def _moved(line: Timeline, at: float, way: Sequence[Status]) -> Timeline:
    """The timeline with its future after `at` replaced by the statuses of `way`, all at that instant."""
    if not way:
        return line
    return (*(mark for mark in line if mark.at <= at), *(Mark(status, at) for status in way))


def _state(line: Timeline, now: float) -> Mark:
    found = line[0]
    for mark in line:
        if mark.at > now:
            break
        found = mark
    return found
