"""The outbox of a task: its moves are published once and in order, its callbacks tried as often as documented."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import inf

import pytest
from ark_emulator.core.callbacks.outbox import (
    ATTEMPTS,
    RETRY_AFTER,
    acknowledge,
    is_unfinished,
    mark_sending,
    next_delivery,
    next_due,
    publish_due,
    publish_first,
    record_attempt,
    release,
    requeue,
    resume_interrupted,
    transitions,
)
from ark_emulator.core.task.lifecycle import retention_ends_at, timeline
from ark_emulator.core.task.values import (
    DAY,
    Cancelled,
    DeliveryAttempt,
    DeliveryState,
    Fact,
    Forced,
    Plan,
    Status,
    Step,
    Task,
    Transition,
)
from hypothesis import given, strategies
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

T = 1_790_000_000.0
URL = "http://receiver.example/done"
QUEUED, RUNNING, SUCCEEDED, FAILED, EXPIRED, CANCELLED = Status


def attempt(at: float, verdict: str = "delivered") -> DeliveryAttempt:
    return DeliveryAttempt(at, 0.01, verdict, 200 if verdict == "delivered" else None)


def delivered_at_once(task: Task, now: float) -> Task:
    """Return the task after everything that may be sent by now was accepted at the first attempt."""
    while (first := next_delivery(task, now)) is not None:
        task = record_attempt(task, first.number, attempt(now))
    return task


def walked(task: Task, goal: float) -> tuple[Task, list[Transition]]:
    """Return the task after every deadline up to `goal`, one by one, and the transitions that were published."""
    announced = []
    while (moment := next_due(task)) <= goal:
        task, fresh = publish_due(task, moment)
        first = next_delivery(task, moment)
        if first is not None:
            task = record_attempt(task, first.number, attempt(moment))
        elif not fresh:
            assert moment == retention_ends_at(task.plan, timeline(task.plan, task.facts))
            break
        announced += fresh
    return task, announced


def sent(task: Task) -> list[tuple[int, str, float, str]]:
    return [(item.number, str(item.status), item.marked_at - T, str(item.state)) for item in task.deliveries]


# --- the laws -------------------------------------------------------------------------------------------------------


@given(data=st.data())
def test_walking_from_deadline_to_deadline_owes_what_a_jump_owes(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    task = make_task(plan, URL, facts=facts)
    goal = T + data.draw(st.one_of(st.integers(0, 60).map(lambda halves: halves / 2), st.just(6 * DAY)))
    by_foot, on_the_way = walked(task, goal)
    jumped, at_once = publish_due(task, goal)
    assert tuple(on_the_way) == at_once
    assert sent(by_foot) == sent(delivered_at_once(jumped, goal))
    assert by_foot.published == jumped.published


@given(data=st.data())
def test_what_was_published_is_never_published_otherwise(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    task = make_task(plan, URL)
    announced: tuple[Transition, ...] = ()
    for fact in facts:
        earlier = task
        task, fresh = publish_due(task, fact.at)
        announced += fresh
        assert task.published == len(announced) >= earlier.published
        assert task.deliveries[: len(earlier.deliveries)] == earlier.deliveries
        task = replace(task, facts=(*task.facts, fact))
        assert transitions(task, timeline(plan, task.facts))[: task.published] == announced


@given(data=st.data())
def test_nothing_is_announced_before_its_time_or_twice(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    now = T + data.draw(st.integers(0, 60)) / 2
    task, fresh = publish_due(make_task(plan, facts=facts), now)
    assert all(turn.at <= now for turn in fresh)
    assert publish_due(task, now) == (task, ())


@given(data=st.data())
def test_deliveries_are_attempted_in_order_and_as_often_as_allowed(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    task, tried = make_task(plan, URL, facts=facts), []
    while (moment := next_due(task)) < retention_ends_at(plan, timeline(plan, facts)):
        task, _ = publish_due(task, moment)
        first = next_delivery(task, moment)
        if first is not None:
            verdict = data.draw(st.sampled_from(["delivered", "refused", "timeout", "status"]))
            task = record_attempt(mark_sending(task, first.number), first.number, attempt(moment, verdict))
            tried.append((first.number, moment))
    assert all(before <= after for before, after in pairwise(tried))
    for item in task.deliveries:
        assert item.state is not DeliveryState.PENDING
        assert 1 <= len(item.attempts) <= ATTEMPTS[item.status]
        assert all(each.verdict != "delivered" for each in item.attempts[:-1])
        gaps = [after.at - before.at for before, after in pairwise(item.attempts)]
        assert gaps == list(RETRY_AFTER[: len(gaps)])


@given(data=st.data())
def test_a_moment_at_which_something_is_due_always_changes_something_but_for_the_erasure(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    task = make_task(plan, URL, facts=facts)
    while (moment := next_due(task)) < retention_ends_at(plan, timeline(plan, facts)):
        after, _ = publish_due(task, moment)
        first = next_delivery(after, moment)
        after = after if first is None else record_attempt(after, first.number, attempt(moment, "refused"))
        assert after != task
        task = after


# --- moves and the death of the link --------------------------------------------------------------------------------


def test_moves_are_announced_in_order_and_then_the_death_of_the_link(make_task: Callable[..., Task]) -> None:
    task, fresh = publish_due(make_task(), T + 2 * DAY)
    assert [(turn.kind, str(turn.status), turn.at - T) for turn in fresh] == [
        ("move", "queued", 0),
        ("move", "running", 1),
        ("move", "succeeded", 5),
        ("expiry", "succeeded", 5 + DAY),
    ]
    assert task.published == 4


def test_only_the_link_of_a_success_dies(make_plan: Callable[..., Plan], make_task: Callable[..., Task]) -> None:
    task = make_task(make_plan(Step(QUEUED, 1.0), Step(FAILED)))
    assert [turn.kind for turn in transitions(task, timeline(task.plan, ()))] == ["move", "move"]


def test_the_link_expires_when_the_plan_says(make_plan: Callable[..., Plan], make_task: Callable[..., Task]) -> None:
    task = make_task(make_plan(link_life=60))
    assert transitions(task, timeline(task.plan, ()))[-1].at == T + 65


def test_a_task_without_a_callback_url_owes_no_callbacks(make_task: Callable[..., Task]) -> None:
    assert publish_due(make_task(), T + 60)[0].deliveries == ()


# --- callbacks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [SUCCEEDED, FAILED, EXPIRED])
def test_a_callback_is_owed_for_every_status_of_a_life(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task], end: Status
) -> None:
    task = make_task(make_plan(Step(QUEUED, 1.0), Step(RUNNING, 4.0), Step(end)), URL)
    task, _ = publish_due(task, T + 60)
    assert sent(task) == [(0, "queued", 0, "pending"), (1, "running", 1, "pending"), (2, str(end), 5, "pending")]


def test_a_cancelled_task_sends_no_callback(make_task: Callable[..., Task]) -> None:
    task, fresh = publish_due(make_task(callback_url=URL, facts=(Cancelled(T + 0.5),)), T + 60)
    assert [str(turn.status) for turn in fresh] == ["queued", "cancelled"]
    assert sent(task) == [(0, "queued", 0, "pending")]


def test_a_task_forced_through_two_statuses_at_once_reports_both(make_task: Callable[..., Task]) -> None:
    task, _ = publish_due(make_task(callback_url=URL, facts=(Forced(T, SUCCEEDED),)), T)
    assert [status for _, status, *_ in sent(task)] == ["queued", "running", "succeeded"]


@pytest.mark.parametrize(("status", "tries"), [(QUEUED, 1), (RUNNING, 1), (SUCCEEDED, 4), (FAILED, 4), (EXPIRED, 4)])
def test_a_callback_that_is_never_accepted_is_given_up_after_as_many_tries_as_documented(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task], status: Status, tries: int
) -> None:
    way = {QUEUED: (), RUNNING: (Step(RUNNING),)}.get(status, (Step(RUNNING, 0.0), Step(status)))
    task, _ = publish_due(make_task(make_plan(Step(QUEUED, 0.0 if way else None), *way), URL), T)
    task = replace(task, deliveries=tuple(item for item in task.deliveries if item.status is status))
    moments = []
    while (first := next_delivery(task, T + 100)) is not None:
        moments.append(max(first.due, T))
        task = record_attempt(task, first.number, attempt(moments[-1], "refused"))
    assert [moment - T for moment in moments] == [0, 1, 3, 7][:tries]
    assert task.deliveries[0].state is DeliveryState.FAILED


def test_every_status_says_how_often_its_callback_is_tried() -> None:
    assert set(ATTEMPTS) == set(Status)


def test_a_retry_waits_for_its_time(make_plan: Callable[..., Plan], make_task: Callable[..., Task]) -> None:
    task, _ = publish_due(make_task(make_plan(Step(QUEUED, 0.0), Step(FAILED)), URL), T)
    task = record_attempt(task, 0, attempt(T))
    task = record_attempt(task, 1, attempt(T + 0.25, "timeout"))
    assert next_delivery(task, T + 1.24) is None
    assert next_delivery(task, T + 1.25).number == 1


def test_nothing_overtakes_a_callback_that_is_under_way(make_task: Callable[..., Task]) -> None:
    task, _ = publish_due(make_task(callback_url=URL), T + 5)
    task = mark_sending(task, 0)
    assert next_delivery(task, T + 5) is None
    assert next_due(task) == T + 5 + DAY
    assert next_delivery(record_attempt(task, 0, attempt(T + 5)), T + 5).number == 1


def test_a_callback_once_delivered_is_not_tried_again(make_task: Callable[..., Task]) -> None:
    task, _ = publish_due(make_task(callback_url=URL), T)
    task = record_attempt(task, 0, attempt(T))
    assert task.deliveries[0].state is DeliveryState.DELIVERED
    assert next_delivery(task, T + 0.5) is None


# --- what is due, what is unfinished --------------------------------------------------------------------------------


def test_the_moves_the_link_and_the_erasure_are_due_one_after_the_other(make_task: Callable[..., Task]) -> None:
    task, moments = make_task(), []
    while (moment := next_due(task)) < inf and moment not in moments:
        moments.append(moment)
        task, _ = publish_due(task, moment)
    assert [moment - T for moment in moments] == [0, 1, 5, 5 + DAY, 7 * DAY]


def test_a_task_is_unfinished_until_its_last_move_is_reported_and_taken(make_task: Callable[..., Task]) -> None:
    task = make_task(callback_url=URL)
    for now in (T, T + 1, T + 5):
        assert is_unfinished(task)
        task, _ = publish_due(task, now)
    assert is_unfinished(task)
    assert not is_unfinished(delivered_at_once(task, T + 5))


def test_a_task_whose_link_has_still_to_die_is_finished(make_task: Callable[..., Task]) -> None:
    task, _ = publish_due(make_task(), T + 5)
    assert not is_unfinished(task)
    assert next_due(task) == T + 5 + DAY


def test_a_task_that_waits_only_for_a_held_callback_is_finished(make_task: Callable[..., Task]) -> None:
    task, _ = publish_due(make_task(callback_url=URL), T + 5)
    assert not is_unfinished(mark_sending(task, 0))


# --- restarts, holding back, and receivers that come by themselves ---------------------------------------------------


@given(data=st.data())
def test_no_attempt_is_lost_when_its_server_goes_away(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    task, _ = publish_due(make_task(plan, URL, facts=facts), T + 60)
    for number in data.draw(st.sets(st.integers(0, 6))):
        change = data.draw(
            st.sampled_from([mark_sending, lambda held, place: record_attempt(held, place, attempt(T + 60))])
        )
        task = change(task, number)
    after = resume_interrupted(task, T + 100)
    for before, now in zip(task.deliveries, after.deliveries, strict=True):
        lost = before.state is DeliveryState.PENDING and before.due == inf
        assert now == (replace(before, due=T + 100) if lost else before)
    assert resume_interrupted(after, T + 200) is after
    owed = [item for item in task.deliveries if item.state is DeliveryState.PENDING]
    assert (next_delivery(after, T + 100) is None) == (not owed)


def test_a_held_callback_is_due_once_it_is_released(make_task: Callable[..., Task]) -> None:
    task = mark_sending(publish_due(make_task(callback_url=URL), T + 1)[0], 0)
    assert next_delivery(task, T + 50) is None
    assert next_delivery(release(task, 0, T + 50), T + 50).number == 0


def test_releasing_a_callback_that_was_accepted_meanwhile_changes_nothing(make_task: Callable[..., Task]) -> None:
    task = mark_sending(publish_due(make_task(callback_url=URL), T)[0], 0)
    task = acknowledge(task, 0, T + 1)
    assert release(task, 0, T + 2) == task


def test_a_callback_that_its_receiver_came_for_counts_as_delivered_and_the_next_one_follows(
    make_task: Callable[..., Task],
) -> None:
    task = acknowledge(publish_due(make_task(callback_url=URL), T + 1)[0], 0, T + 3)
    first = task.deliveries[0]
    assert first.state is DeliveryState.DELIVERED
    assert [(each.at, each.verdict) for each in first.attempts] == [(T + 3, "acknowledged")]
    assert next_delivery(task, T + 3).number == 1


def test_a_callback_that_was_given_up_can_still_be_acknowledged(make_task: Callable[..., Task]) -> None:
    task = record_attempt(publish_due(make_task(callback_url=URL), T)[0], 0, attempt(T, "refused"))
    assert task.deliveries[0].state is DeliveryState.FAILED
    assert acknowledge(task, 0, T + 9).deliveries[0].state is DeliveryState.DELIVERED


def test_coming_for_a_delivered_callback_again_changes_nothing(make_task: Callable[..., Task]) -> None:
    task = acknowledge(publish_due(make_task(callback_url=URL), T)[0], 0, T)
    assert acknowledge(task, 0, T + 1) == task


@pytest.mark.parametrize("verdict", ["timeout", "delivered"])
def test_an_attempt_that_ends_after_the_receiver_came_alone_is_kept_and_changes_nothing_else(
    make_task: Callable[..., Task], verdict: str
) -> None:
    task = acknowledge(mark_sending(publish_due(make_task(callback_url=URL), T)[0], 0), 0, T)
    late = record_attempt(task, 0, attempt(T + 1, verdict)).deliveries[0]
    assert late.state is DeliveryState.DELIVERED
    assert [each.verdict for each in late.attempts] == ["acknowledged", verdict]


def test_a_callback_can_be_sent_again_whatever_became_of_it(make_task: Callable[..., Task]) -> None:
    task = record_attempt(publish_due(make_task(callback_url=URL), T)[0], 0, attempt(T, "refused"))
    task = requeue(task, 0, T + 9)
    assert next_delivery(task, T + 9).number == 0
    assert record_attempt(task, 0, attempt(T + 9)).deliveries[0].state is DeliveryState.DELIVERED


def test_a_new_task_that_sends_no_callbacks_is_queued_at_once(make_task: Callable[..., Task]) -> None:
    task, fresh = publish_first(make_task())
    assert [turn.status for turn in fresh] == [QUEUED]
    assert task.published == 1


def test_a_new_task_that_calls_back_leaves_its_first_turn_to_time(make_task: Callable[..., Task]) -> None:
    task = make_task(callback_url=URL)
    assert publish_first(task) == (task, ())
