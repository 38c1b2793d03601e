"""The pending work of a task: transitions to publish, callbacks to send, and the erasure of its record.

`publish_due` turns marks that have been reached into published transitions and pending deliveries; `record_attempt`
records the result of one delivery attempt. Both are pure: the caller passes the moment and does the sending.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from operator import is_
from types import MappingProxyType
from typing import Final

from ark_emulator.core.gateway_view.gateway_record import given_up_at, hidden, noticed_at
from ark_emulator.core.task.gateway_policy import GatewayPolicy
from ark_emulator.core.task.lifecycle import Timeline, erased_at, forgotten_at, timeline
from ark_emulator.core.task.values import (
    Delivery,
    DeliveryAttempt,
    DeliveryOrder,
    DeliveryState,
    Plan,
    Status,
    Submission,
    Task,
    Transition,
)

RETRY_AFTER: Final = (1.0, 2.0, 4.0)
"""Virtual seconds between the attempts of a callback (the number of retries is documented, the spacing is ours)."""
ATTEMPTS: Final[Mapping[Status, int]] = MappingProxyType(
    {
        Status.QUEUED: 1,
        Status.RUNNING: 1,
        Status.SUCCEEDED: 1 + len(RETRY_AFTER),
        Status.FAILED: 1 + len(RETRY_AFTER),
        Status.EXPIRED: 1 + len(RETRY_AFTER),
        Status.CANCELLED: 0,
    }
)
"""How often a callback for each status is tried; a cancelled task sends none (documented)."""


def transitions(task: Task, line: Timeline) -> tuple[Transition, ...]:
    """Return the transitions of the task that need no request, in order.

    These are its moves, the expiry of its result's link, and the moment at which a gateway gives it up. Recent results
    are cached, as timelines are.
    """
    about = line, task.plan, task.submission
    known = _RECENT.get(id(line))
    if known is not None and all(map(is_, known[0], about)):
        return known[1]
    if len(_RECENT) >= _MAX_CACHED:
        _RECENT.clear()
    found = _transitions(task, line)
    _RECENT[id(line)] = about, found
    return found


_MAX_CACHED: Final = 256
_RECENT: Final[dict[int, tuple[tuple[Timeline, Plan, Submission], tuple[Transition, ...]]]] = {}
"""Transitions by the identity of their timelines. The entry keeps the timeline alive, so that its id is not reused."""


def _transitions(task: Task, line: Timeline) -> tuple[Transition, ...]:
    found = [Transition("move", mark.at, mark.status) for mark in line]
    last, unseen = line[-1], hidden(task, line)
    if last.status is Status.SUCCEEDED and (expires_at := last.at + task.plan.link_life) <= erased_at(task, line):
        found.append(Transition("expiry", expires_at, last.status))
    if (gone := given_up_at(task.submission.terms, line, unseen)) is not None:
        found.append(Transition("timeout", gone, Status.FAILED))
        found.sort(key=lambda transition: transition.at)
    return tuple(found)


def callback_time(task: Task, line: Timeline, transition: Transition) -> float | None:
    """Return when a callback for this transition is due, None when none is sent.

    Ark reports a move at once. A gateway that calls back itself reports the statuses it treats as final, when it sees
    them, and nothing after it gave up.
    """
    terms = task.submission.terms
    if terms.callback_statuses is None:
        return transition.at if transition.kind == "move" and ATTEMPTS[transition.status] else None
    if transition.status not in terms.callback_statuses or transition.kind == "expiry":
        return None
    if transition.kind == "timeout":
        return transition.at
    unseen = hidden(task, line)
    gone, seen = given_up_at(terms, line, unseen), noticed_at(terms, line[0].at, transition.at)
    if unseen.unreadable and transition.status is Status.SUCCEEDED:
        return None
    return None if seen > unseen.absent_at or (gone is not None and gone < seen) else seen


def publish_due(task: Task, now: float) -> tuple[Task, tuple[Transition, ...]]:
    """Return the task with every transition up to `now` published, and the transitions that were new."""
    line = timeline(task.plan, task.facts)
    fresh = tuple(transition for transition in transitions(task, line)[task.published :] if transition.at <= now)
    if not fresh:
        return task, ()
    url, first = task.submission.parameters.callback_url, len(task.deliveries)
    reported = [
        (transition, at) for transition in fresh if url and (at := callback_time(task, line, transition)) is not None
    ]
    new = [
        Delivery(number, transition.status, transition.at, url or "", at)
        for number, (transition, at) in enumerate(reported, start=first)
    ]
    return replace(task, published=task.published + len(fresh), deliveries=(*task.deliveries, *new)), fresh


def publish_first(task: Task) -> tuple[Task, tuple[Transition, ...]]:
    """Return a new task with its first transitions published at once; with callbacks, the scheduler publishes them."""
    return (task, ()) if task.submission.parameters.callback_url else publish_due(task, task.plan.accepted_at)


def next_delivery(task: Task, now: float) -> Delivery | None:
    """Return the delivery to attempt now. Order within a task is kept, except where a fault changed it."""
    return next((item for item in _deliverable(task) if item.due <= now), None)


def mark_sending(task: Task, number: int) -> Task:
    """Return the task with its delivery `number` being attempted or held back: not due until a result is recorded."""
    return _with(task, number, lambda item: replace(item, due=inf))


def requeue(task: Task, number: int, now: float) -> Task:
    """Return the task with its delivery `number` to be attempted once more, at once."""
    return _with(task, number, lambda item: replace(item, due=now, state=DeliveryState.PENDING))


def release(task: Task, number: int, now: float) -> Task:
    """Return the task with its delivery `number` due, if it was held back and has not been accepted since."""
    return _with(task, number, lambda item: _due_again(item, now))


def resume_interrupted(task: Task, now: float) -> Task:
    """Return the task as it continues after its server was gone: an attempt that was interrupted is due at once.

    Whether that attempt arrived is unknown, so the receiver may get it twice, but never not at all. Stores that outlive
    a process apply this to every task they load; a task without interrupted attempts is returned as the same value.
    """
    deliveries = tuple(_due_again(item, now) for item in task.deliveries)
    return task if deliveries == task.deliveries else replace(task, deliveries=deliveries)


def acknowledge(task: Task, number: int, now: float) -> Task:
    """Return the task with delivery `number` acknowledged by its receiver; a delivered one is not changed."""
    attempt = DeliveryAttempt(now, 0.0, "acknowledged")
    return _with(task, number, lambda item: item if item.state is DeliveryState.DELIVERED else _accepted(item, attempt))


def drop(task: Task, number: int, now: float) -> Task:
    """Return the task with its delivery `number` given up; one that is not pending any more is not changed."""
    return _with(task, number, lambda item: _mark_failed(item, now))


def record_attempt(task: Task, number: int, attempt: DeliveryAttempt) -> Task:
    """Return the task after one attempt at its delivery `number`: delivered, to be retried, or given up."""
    return _with(task, number, lambda item: _after(task.submission.terms, item, attempt))


def is_unfinished(task: Task) -> bool:
    """Return True while moves or callbacks of the task are due at some time; callbacks held back do not count."""
    ahead = transitions(task, timeline(task.plan, task.facts))[task.published :]
    return any(each.kind != "expiry" for each in ahead) or any(item.due < inf for item in _deliverable(task))


def last_change_at(task: Task) -> float:
    """Return the moment of the last known change of the task: a fact, or a published transition."""
    published = transitions(task, timeline(task.plan, task.facts))[: task.published]
    return max(
        [task.plan.accepted_at, *(fact.at for fact in task.facts), *(transition.at for transition in published[-1:])]
    )


def next_due(task: Task, line: Timeline | None = None) -> float:
    """Return the next moment at which this task needs work: a transition, a delivery, or the erasure of its record."""
    line = timeline(task.plan, task.facts) if line is None else line
    ahead = transitions(task, line)[task.published :]
    coming = min((item.due for item in _deliverable(task)), default=inf)
    return min(ahead[0].at if ahead else inf, coming, forgotten_at(task, line))


def _deliverable(task: Task) -> Sequence[Delivery]:
    """Return the pending deliveries that wait for no other: the first in order, and all that are sent out of order."""
    pending = [item for item in task.deliveries if item.state is DeliveryState.PENDING]
    if all(item.order is DeliveryOrder.KEPT for item in pending):
        return pending[:1]
    apart = [item for item in pending if item.order is DeliveryOrder.APART]
    queue = sorted((item for item in pending if item.order is not DeliveryOrder.APART), key=_queue_place)
    return [*(item for item in queue[:1] if not _waits_for_the_next(task, item)), *apart]


def _queue_place(delivery: Delivery) -> float:
    """Return the place in the queue; a swapped one comes after the next."""
    return delivery.number + 1.5 if delivery.order is DeliveryOrder.SWAPPED else delivery.number


def _waits_for_the_next(task: Task, delivery: Delivery) -> bool:
    """Return True for a swapped delivery while the one to swap with is still to come."""
    if delivery.order is not DeliveryOrder.SWAPPED or delivery.number + 1 < len(task.deliveries):
        return False
    line = timeline(task.plan, task.facts)
    return any(
        callback_time(task, line, transition) is not None for transition in transitions(task, line)[task.published :]
    )


def _with(task: Task, number: int, change: Callable[[Delivery], Delivery]) -> Task:
    return replace(task, deliveries=tuple(change(item) if item.number == number else item for item in task.deliveries))


def _due_again(delivery: Delivery, now: float) -> Delivery:
    waits = delivery.state is DeliveryState.PENDING and delivery.due == inf
    return replace(delivery, due=now) if waits else delivery


def _mark_failed(delivery: Delivery, now: float) -> Delivery:
    pending = delivery.state is DeliveryState.PENDING
    return replace(delivery, state=DeliveryState.FAILED, due=now) if pending else delivery


def _accepted(delivery: Delivery, attempt: DeliveryAttempt) -> Delivery:
    return replace(delivery, attempts=(*delivery.attempts, attempt), state=DeliveryState.DELIVERED)


def _after(terms: GatewayPolicy, delivery: Delivery, attempt: DeliveryAttempt) -> Delivery:
    most = ATTEMPTS[delivery.status] if terms.callback_statuses is None else 1 + len(RETRY_AFTER)
    tried = (*delivery.attempts, attempt)
    if attempt.verdict == "delivered":
        return _accepted(delivery, attempt)
    if delivery.state is not DeliveryState.PENDING:
        # The receiver acknowledged it while this attempt was in progress.
        return replace(delivery, attempts=tried)
    if len(tried) >= most:
        return replace(delivery, attempts=tried, state=DeliveryState.FAILED)
    return replace(delivery, attempts=tried, due=attempt.at + RETRY_AFTER[len(tried) - 1])
