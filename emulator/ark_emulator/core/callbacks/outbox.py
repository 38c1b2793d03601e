"""What a task owes the world: announcements of its moves, callbacks, and the erasure of its record.

`tick` turns marks that have come into announced moves and pending deliveries; `settled` folds the outcome of one
delivery attempt back in. Both are pure: the caller brings the moment and does the sending.
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
    """Everything that comes to pass by itself in the task's life, in order: its moves, the death of its result's link,
    and the moment at which a gateway gives it up. The newest answers are remembered, as timelines are.
    """
    about = line, task.plan, task.submission
    known = _RECENT.get(id(line))
    if known is not None and all(map(is_, known[0], about)):
        return known[1]
    if len(_RECENT) >= _REMEMBERED:
        _RECENT.clear()
    found = _turns(task, line)
    _RECENT[id(line)] = about, found
    return found


_REMEMBERED: Final = 256
_RECENT: Final[dict[int, tuple[tuple[Timeline, Plan, Submission], tuple[Transition, ...]]]] = {}
"""Turns by the identity of their timelines, which live on here, so that it stays theirs."""


def _turns(task: Task, line: Timeline) -> tuple[Transition, ...]:
    found = [Transition("move", mark.at, mark.status) for mark in line]
    last, unseen = line[-1], hidden(task, line)
    if last.status is Status.SUCCEEDED and (expires_at := last.at + task.plan.link_life) <= erased_at(task, line):
        found.append(Transition("expiry", expires_at, last.status))
    if (gone := given_up_at(task.submission.terms, line, unseen)) is not None:
        found.append(Transition("timeout", gone, Status.FAILED))
        found.sort(key=lambda turn: turn.at)
    return tuple(found)


def callback_time(task: Task, line: Timeline, turn: Transition) -> float | None:
    """When a callback tells of this turn, None when none does.

    Ark tells of a move at once. A gateway that calls back by itself tells of what it takes for an end, when it sees
    it, and of nothing after it gave up.
    """
    terms = task.submission.terms
    if terms.callback_statuses is None:
        return turn.at if turn.kind == "move" and ATTEMPTS[turn.status] else None
    if turn.status not in terms.callback_statuses or turn.kind == "expiry":
        return None
    if turn.kind == "timeout":
        return turn.at
    unseen = hidden(task, line)
    gone, seen = given_up_at(terms, line, unseen), noticed_at(terms, line[0].at, turn.at)
    if unseen.unreadable and turn.status is Status.SUCCEEDED:
        return None
    return None if seen > unseen.absent_at or (gone is not None and gone < seen) else seen


def publish_due(task: Task, now: float) -> tuple[Task, tuple[Transition, ...]]:
    """The task with every turn up to `now` published, and the turns that were new."""
    line = timeline(task.plan, task.facts)
    fresh = tuple(turn for turn in transitions(task, line)[task.published :] if turn.at <= now)
    if not fresh:
        return task, ()
    url, first = task.submission.parameters.callback_url, len(task.deliveries)
    told = [(turn, at) for turn in fresh if url and (at := callback_time(task, line, turn)) is not None]
    new = [Delivery(number, turn.status, turn.at, url or "", at) for number, (turn, at) in enumerate(told, start=first)]
    return replace(task, published=task.published + len(fresh), deliveries=(*task.deliveries, *new)), fresh


def publish_first(task: Task) -> tuple[Task, tuple[Transition, ...]]:
    """A new task as it stands at once, and its first turns; of those that callbacks tell of, time takes care."""
    return (task, ()) if task.submission.parameters.callback_url else publish_due(task, task.plan.accepted_at)


def next_delivery(task: Task, now: float) -> Delivery | None:
    """The delivery to attempt now. Order within a task is kept, except where a mishap changed it."""
    return next((item for item in _deliverable(task) if item.due <= now), None)


def mark_sending(task: Task, number: int) -> Task:
    """The task while an attempt at its delivery `number` is under way, or held back: not due until that is settled."""
    return _with(task, number, lambda item: replace(item, due=inf))


def requeue(task: Task, number: int, now: float) -> Task:
    """The task with its delivery `number` to be attempted once more, at once."""
    return _with(task, number, lambda item: replace(item, due=now, state=DeliveryState.PENDING))


def release(task: Task, number: int, now: float) -> Task:
    """The task with its delivery `number` due, if it was held back and nobody has taken it since."""
    return _with(task, number, lambda item: _revived(item, now))


def resume_interrupted(task: Task, now: float) -> Task:
    """The task as it goes on after its server was gone: an attempt that was under way then is due at once.

    Nobody can tell whether that attempt arrived, so the receiver may see it twice, and never not at all. Stores that
    outlive a process apply this to every task they load; a task that owes nothing comes back as the same value.
    """
    deliveries = tuple(_revived(item, now) for item in task.deliveries)
    return task if deliveries == task.deliveries else replace(task, deliveries=deliveries)


def acknowledge(task: Task, number: int, now: float) -> Task:
    """The task after its receiver came for delivery `number` by itself; a delivered one stays as it is."""
    attempt = DeliveryAttempt(now, 0.0, "acknowledged")
    return _with(task, number, lambda item: item if item.state is DeliveryState.DELIVERED else _taken(item, attempt))


def drop(task: Task, number: int, now: float) -> Task:
    """The task with its delivery `number` given up; one that is not pending any more stays as it is."""
    return _with(task, number, lambda item: _mark_failed(item, now))


def record_attempt(task: Task, number: int, attempt: DeliveryAttempt) -> Task:
    """The task after one attempt at its delivery `number`: delivered, to be tried again, or given up."""
    return _with(task, number, lambda item: _after(task.submission.terms, item, attempt))


def is_unfinished(task: Task) -> bool:
    """True while moves of the task are still to come, or callbacks of it that time will bring: held ones wait."""
    ahead = transitions(task, timeline(task.plan, task.facts))[task.published :]
    return any(turn.kind != "expiry" for turn in ahead) or any(item.due < inf for item in _deliverable(task))


def last_change_at(task: Task) -> float:
    """The moment of the last thing that is known to have happened to the task: a fact, or a turn that was told of."""
    told = transitions(task, timeline(task.plan, task.facts))[: task.published]
    return max([task.plan.accepted_at, *(fact.at for fact in task.facts), *(turn.at for turn in told[-1:])])


def next_due(task: Task, line: Timeline | None = None) -> float:
    """The next moment at which something of this task happens by itself: a move, a delivery, the erasure."""
    line = timeline(task.plan, task.facts) if line is None else line
    ahead = transitions(task, line)[task.published :]
    coming = min((item.due for item in _deliverable(task)), default=inf)
    return min(ahead[0].at if ahead else inf, coming, forgotten_at(task, line))


def _deliverable(task: Task) -> Sequence[Delivery]:
    """The pending deliveries that wait for no other: the first of those that go in turn, and all that go apart."""
    pending = [item for item in task.deliveries if item.state is DeliveryState.PENDING]
    if all(item.order is DeliveryOrder.KEPT for item in pending):
        return pending[:1]
    apart = [item for item in pending if item.order is DeliveryOrder.APART]
    queue = sorted((item for item in pending if item.order is not DeliveryOrder.APART), key=_turn)
    return [*(item for item in queue[:1] if not _waits_for_the_next(task, item)), *apart]


def _turn(delivery: Delivery) -> float:
    """The place in the queue; a swapped one stands behind the next."""
    return delivery.number + 1.5 if delivery.order is DeliveryOrder.SWAPPED else delivery.number


def _waits_for_the_next(task: Task, delivery: Delivery) -> bool:
    """True for a swapped delivery while the one to change places with is still to come."""
    if delivery.order is not DeliveryOrder.SWAPPED or delivery.number + 1 < len(task.deliveries):
        return False
    line = timeline(task.plan, task.facts)
    return any(callback_time(task, line, turn) is not None for turn in transitions(task, line)[task.published :])


def _with(task: Task, number: int, change: Callable[[Delivery], Delivery]) -> Task:
    return replace(task, deliveries=tuple(change(item) if item.number == number else item for item in task.deliveries))


def _revived(delivery: Delivery, now: float) -> Delivery:
    waits = delivery.state is DeliveryState.PENDING and delivery.due == inf
    return replace(delivery, due=now) if waits else delivery


def _mark_failed(delivery: Delivery, now: float) -> Delivery:
    pending = delivery.state is DeliveryState.PENDING
    return replace(delivery, state=DeliveryState.FAILED, due=now) if pending else delivery


def _taken(delivery: Delivery, attempt: DeliveryAttempt) -> Delivery:
    return replace(delivery, attempts=(*delivery.attempts, attempt), state=DeliveryState.DELIVERED)


def _after(terms: GatewayPolicy, delivery: Delivery, attempt: DeliveryAttempt) -> Delivery:
    most = ATTEMPTS[delivery.status] if terms.callback_statuses is None else 1 + len(RETRY_AFTER)
    tried = (*delivery.attempts, attempt)
    if attempt.verdict == "delivered":
        return _taken(delivery, attempt)
    if delivery.state is not DeliveryState.PENDING:
        # The receiver came for it while this attempt was under way.
        return replace(delivery, attempts=tried)
    if len(tried) >= most:
        return replace(delivery, attempts=tried, state=DeliveryState.FAILED)
    return replace(delivery, attempts=tried, due=attempt.at + RETRY_AFTER[len(tried) - 1])
