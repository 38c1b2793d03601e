"""The state of a task at any instant, computed from its plan and its facts; nothing here ticks.

`timeline` folds the facts over the planned steps, in the order of their arrival. A fact only ever rewrites what
lies after it, so what was visible stays. Everything else asks the timeline.
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
    """Every mark of the task's life, past and planned, in order; the first is `queued` at acceptance.

    What depends on a fact still to come (a poll, a slot in the lane) is not on it, except expiry, which is sure.
    A fact that came too late to be legal changes nothing. The newest answers are remembered: the same task is asked
    about several times in a row.
    """
    known = _RECENT.get(id(plan))
    if known is not None and known[0] is plan and known[1] == facts:
        return known[2]
    life = _lived(plan, facts)
    life.run(inf)
    line = tuple(life.marks)
    if len(_RECENT) >= _REMEMBERED:
        _RECENT.clear()
    _RECENT[id(plan)] = plan, facts, line
    return line


_REMEMBERED: Final = 256
_RECENT: Final[dict[int, tuple[Plan, Sequence[Fact], Timeline]]] = {}
"""Timelines by the identity of their plans, which live on here, so that it stays theirs."""


def state_at(line: Timeline, now: float) -> Mark:
    """The mark in force at `now`."""
    return _state(line, now)


def next_mark(line: Timeline, now: float) -> Mark | None:
    """The first planned mark after `now`, None when nothing more is planned."""
    return next((mark for mark in line if mark.at > now), None)


def final_mark(line: Timeline) -> Mark | None:
    """The final mark on the timeline, which may lie ahead; None while a fact must come first and nothing expires."""
    return line[-1] if line[-1].status.final else None


def retention_ends_at(plan: Plan, line: Timeline) -> float:
    """When the record is erased: on Ark seven days after creation, a cancelled one a day after it was cancelled."""
    last = line[-1]
    if last.status is Status.CANCELLED:
        return last.at + CANCELLED_RETENTION
    return plan.accepted_at + plan.retention


def erased_at(task: Task, line: Timeline) -> float:
    """When Ark's record is erased: as `gone_at` says, or before that when it was deleted."""
    gone = retention_ends_at(task.plan, line)
    return min((fact.at for fact in task.facts if isinstance(fact, Erased)), default=gone)


def is_erased(task: Task, now: float) -> bool:
    """Whether Ark has no record of the task any more."""
    return erased_at(task, timeline(task.plan, task.facts)) <= now


def forgotten_at(task: Task, line: Timeline) -> float:
    """When nobody has a record of the task any more: a gateway keeps its own longer than Ark does."""
    keeps = task.submission.terms.keeps
    if keeps is None:
        return erased_at(task, line)
    return max(retention_ends_at(task.plan, line), task.plan.accepted_at + keeps)


def failure_of(task: Task) -> Failure:
    """Why the task failed: what was forced upon it last, else what was planned, else an internal error."""
    for fact in reversed(task.facts):
        if isinstance(fact, Forced) and fact.failure is not None:
            return fact.failure
    if task.plan.failure is not None:
        return task.plan.failure
    told = Refusal("server.internal").render()
    return Failure(told.code, told.with_request_id(task.plan.name))


def counts_polls(task: Task, now: float) -> bool:
    """True when the task stands in a step that still counts polls, so that a look at it is a fact."""
    life = _lived(task.plan, task.facts)
    life.run(now)
    return life.wants_look


def waits_for_slot(task: Task) -> bool:
    """Return whether the task's lane has yet to give it a slot; when it does depends on other tasks."""
    return task.plan.lane is not None and not any(isinstance(fact, Started) for fact in task.facts)


def shortest_path(start: Status, goal: Status) -> tuple[Status, ...]:
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


class _Life:
    """A life on its way: the marks so far, and where in the plan the task stands.

    `index` is the step it is in, past the end once it was moved off the plan; `slot` is when its lane let it run.
    """

    __slots__ = ("_expires_at", "began", "ended", "index", "looked_at", "looks", "marks", "plan", "slot")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.marks = [Mark(Status.QUEUED, plan.accepted_at)]
        self.ended = False
        self.slot = inf if plan.lane else -inf
        self._expires_at = max(plan.expires_at, plan.accepted_at)
        self._begin(0, plan.accepted_at)

    @property
    def wants_look(self) -> bool:
        """True while the step in force counts polls and has not been seen often enough."""
        if self.ended or self.index >= len(self.plan.steps):
            return False
        polls = self.plan.steps[self.index].polls
        return polls is not None and self.looks < polls

    def run(self, until: float) -> None:
        """Let everything happen that happens by itself up to and including that moment."""
        while not self.ended:
            ends_at = self._ends_at()
            if min(ends_at, self._expires_at) > until:
                return
            if ends_at >= self._expires_at:
                self._mark(Status.EXPIRED, self._expires_at)
            else:
                self._begin(self.index + 1, ends_at)

    def take(self, fact: Fact) -> None:
        """Let a fact happen; everything up to its moment must have happened before."""
        status = self.marks[-1].status
        match fact:
            case Observed(at) if self.wants_look:
                self.looks += 1
                self.looked_at = max(self.began, at)
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
        self.index, self.began, self.looks, self.looked_at = index, at, 0, at
        if index < len(self.plan.steps):
            self._mark(self.plan.steps[index].status, at)

    def _move(self, status: Status, at: float) -> None:
        """Enter a status whenever the plan would have; the plan goes on from its next step of that status."""
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
        """When the step in force ends, infinity when nothing known so far ends it."""
        steps = self.plan.steps
        if self.index + 1 >= len(steps):
            return inf
        step = steps[self.index]
        if step.seconds is not None:
            end = self.began + step.seconds
        else:
            end = self.looked_at if step.polls is not None and self.looks >= step.polls else inf
        return end if steps[self.index + 1].status is Status.QUEUED else max(end, self.slot)


def _lived(plan: Plan, facts: Sequence[Fact]) -> _Life:
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
