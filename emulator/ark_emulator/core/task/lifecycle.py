"""The state of a task at any moment, computed from its plan and its facts; no timer changes a task.

`timeline` folds the facts over the planned steps, in the order of their times. A fact rewrites only what lies after it,
so a status that was visible stays. All other functions query the timeline.
"""

from collections.abc import Sequence
from math import inf
from typing import Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.upstreams import RETENTION as RETENTION
from ark_emulator.core.task.values import (
    DAY,
    MOVES,
    Cancelled,
    Erased,
    Fact,
    Failure,
    Forced,
    Mark,
    Observed,
    Plan,
    Started,
    Status,
    Task,
)

CANCELLED_RETENTION: Final = DAY
"""A cancelled record is erased after 24 hours (documented)."""

Timeline = tuple[Mark, ...]


def timeline(plan: Plan, facts: Sequence[Fact]) -> Timeline:
    """Return every mark of the task's life, past and planned, in order; the first is `queued` at acceptance.

    What depends on a fact that has not happened yet (a poll, a slot) is not on the timeline, except expiry, which is
    certain. A fact that came too late to be legal changes nothing. Recent results are cached, because the same task is
    queried several times in a row.
    """
    known = _RECENT.get(id(plan))
    if known is not None and known[0] is plan and known[1] == facts:
        return known[2]
    life = _replay(plan, facts)
    life.run(inf)
    line = tuple(life.marks)
    if len(_RECENT) >= _REMEMBERED:
        _RECENT.clear()
    _RECENT[id(plan)] = plan, facts, line
    return line


_REMEMBERED: Final = 256
_RECENT: Final[dict[int, tuple[Plan, Sequence[Fact], Timeline]]] = {}
"""Timelines by the identity of their plans. The entry keeps the plan alive, so that its id is not reused."""


def state_at(line: Timeline, now: float) -> Mark:
    """Return the mark in force at `now`."""
    return _state(line, now)


def next_mark(line: Timeline, now: float) -> Mark | None:
    """Return the first planned mark after `now`, None when nothing more is planned."""
    return next((mark for mark in line if mark.at > now), None)


def final_mark(line: Timeline) -> Mark | None:
    """Return the final mark on the timeline, which may lie ahead; None while the end depends on a fact and nothing
    expires.
    """
    return line[-1] if line[-1].status.final else None


def retention_ends_at(plan: Plan, line: Timeline) -> float:
    """Return when the retention ends: on Ark seven days after creation, a day after its cancellation for a cancelled
    task.
    """
    last = line[-1]
    if last.status is Status.CANCELLED:
        return last.at + CANCELLED_RETENTION
    return plan.accepted_at + plan.retention


def erased_at(task: Task, line: Timeline) -> float:
    """Return when Ark's record is erased: when `retention_ends_at`, or earlier if it was deleted."""
    gone = retention_ends_at(task.plan, line)
    return min((fact.at for fact in task.facts if isinstance(fact, Erased)), default=gone)


def is_erased(task: Task, now: float) -> bool:
    """Return whether Ark has erased the record of the task."""
    return erased_at(task, timeline(task.plan, task.facts)) <= now


def forgotten_at(task: Task, line: Timeline) -> float:
    """Return when every record of the task is erased: a gateway keeps its own extended than Ark does."""
    keeps = task.submission.terms.keeps
    if keeps is None:
        return erased_at(task, line)
    return max(retention_ends_at(task.plan, line), task.plan.accepted_at + keeps)


def failure_of(task: Task) -> Failure:
    """Return why the task failed: the last forced failure, else the planned one, else an internal error."""
    for fact in reversed(task.facts):
        if isinstance(fact, Forced) and fact.failure is not None:
            return fact.failure
    if task.plan.failure is not None:
        return task.plan.failure
    error = Refusal("server.internal").render()
    return Failure(error.code, error.with_request_id(task.plan.name))


def counts_polls(task: Task, now: float) -> bool:
    """Return True when the current step still counts polls, so that a poll must be recorded as a fact."""
    life = _replay(task.plan, task.facts)
    life.run(now)
    return life.counts_poll


def waits_for_slot(task: Task) -> bool:
    """Return whether the task still needs a slot from its lane; when it gets one depends on other tasks."""
    return task.plan.lane is not None and not any(isinstance(fact, Started) for fact in task.facts)


def shortest_path(start: Status, goal: Status) -> tuple[Status, ...]:
    """Return the statuses on the shortest legal path, the goal included; empty when there is none or it is reached."""
    paths: list[tuple[Status, ...]] = [()]
    seen = {start}
    while paths:
        extended = []
        for path in paths:
            current = path[-1] if path else start
            if current is goal:
                return path
            for status in Status:
                if status in MOVES[current] and status not in seen:
                    seen.add(status)
                    extended.append((*path, status))
        paths = extended
    return ()


class _Life:
    """A task's life in progress: the marks so far, and the position in the plan.

    `index` is the current step, past the end once the task was moved off the plan; `slot` is when its lane let it run.
    """

    __slots__ = ("_expires_at", "began", "ended", "index", "last_poll_at", "marks", "plan", "polls_seen", "slot")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.marks = [Mark(Status.QUEUED, plan.accepted_at)]
        self.ended = False
        self.slot = inf if plan.lane else -inf
        self._expires_at = max(plan.expires_at, plan.accepted_at)
        self._begin(0, plan.accepted_at)

    @property
    def counts_poll(self) -> bool:
        """True while the current step counts polls and has not been polled often enough."""
        if self.ended or self.index >= len(self.plan.steps):
            return False
        polls = self.plan.steps[self.index].polls
        return polls is not None and self.polls_seen < polls

    def run(self, until: float) -> None:
        """Apply every planned step up to and including that moment."""
        while not self.ended:
            ends_at = self._ends_at()
            if min(ends_at, self._expires_at) > until:
                return
            if ends_at >= self._expires_at:
                self._mark(Status.EXPIRED, self._expires_at)
            else:
                self._begin(self.index + 1, ends_at)

    def take(self, fact: Fact) -> None:
        """Apply a fact; `run` must have been called up to its moment before."""
        status = self.marks[-1].status
        match fact:
            case Observed(at) if self.counts_poll:
                self.polls_seen += 1
                self.last_poll_at = max(self.began, at)
            case Started(at) if self.slot == inf:
                self.slot = at
            case Cancelled(at) if status is Status.QUEUED:
                self._mark(Status.CANCELLED, at)
            case Forced(at, goal):
                for passed in shortest_path(status, goal):
                    self._move(passed, at)
            case _:
                pass

    def _begin(self, index: int, at: float) -> None:
        """Enter the plan's step of that index."""
        self.index, self.began, self.polls_seen, self.last_poll_at = index, at, 0, at
        if index < len(self.plan.steps):
            self._mark(self.plan.steps[index].status, at)

    def _move(self, status: Status, at: float) -> None:
        """Enter a status regardless of the plan, which continues with its next step of that status."""
        self._mark(status, at)
        steps = self.plan.steps
        ahead = (index for index in range(self.index + 1, len(steps)) if steps[index].status is status)
        self._begin(next(ahead, len(steps)), at)

    def _mark(self, status: Status, at: float) -> None:
        last = self.marks[-1]
        if status is last.status:
            return
        self.marks.append(Mark(status, max(at, last.at)))
        self.slot = -inf
        self.ended = status.final

    def _ends_at(self) -> float:
        """Return when the current step ends, infinity when nothing known so far ends it."""
        steps = self.plan.steps
        if self.index + 1 >= len(steps):
            return inf
        step = steps[self.index]
        if step.seconds is not None:
            end = self.began + step.seconds
        else:
            end = self.last_poll_at if step.polls is not None and self.polls_seen >= step.polls else inf
        return end if steps[self.index + 1].status is Status.QUEUED else max(end, self.slot)


def _replay(plan: Plan, facts: Sequence[Fact]) -> _Life:
    life = _Life(plan)
    for fact in facts:
        life.run(fact.at)
        life.take(fact)
    return life


def _state(line: Timeline, now: float) -> Mark:
    found = line[0]
    for mark in line:
        if mark.at > now:
            break
        found = mark
    return found
