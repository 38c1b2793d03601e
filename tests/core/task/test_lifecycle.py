"""The computed state of a task: its laws for any plan and any facts, and each of its rules alone."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from ark_emulator.core.task.lifecycle import (
    CANCELLED_RETENTION,
    RETENTION,
    counts_polls,
    failure_of,
    final_mark,
    next_mark,
    retention_ends_at,
    shortest_path,
    state_at,
    timeline,
)
from ark_emulator.core.task.values import (
    MOVES,
    Cancelled,
    Fact,
    Failure,
    Forced,
    Mark,
    Observed,
    Plan,
    Started,
    Status,
    Step,
    Task,
)
from hypothesis import given, strategies
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

T = 1_790_000_000.0
QUEUED, RUNNING, SUCCEEDED, FAILED, EXPIRED, CANCELLED = Status
LATE = T + 172_800


def seen(line: tuple[Mark, Mark, Mark], *seconds: float) -> list[str]:
    """Return the statuses in force so many seconds after the beginning."""
    return [str(state_at(line, T + each).status) for each in seconds]


def marks(line: tuple[Any, ...]) -> list[tuple[str, float]]:
    return [(str(mark.status), mark.at - T) for mark in line]


# --- the laws -------------------------------------------------------------------------------------------------------


@given(data=st.data())
def test_every_step_of_a_life_is_a_legal_move_and_time_never_goes_back(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject
) -> None:
    line = timeline(*data.draw(lives))
    assert line[0] == Mark(QUEUED, T)
    for mark, following in pairwise(line):
        assert following.status in MOVES[mark.status]
        assert following.at >= mark.at


@given(data=st.data())
def test_every_life_ends_once(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject
) -> None:
    line = timeline(*data.draw(lives))
    assert [mark.status.final for mark in line].count(True) == 1
    assert final_mark(line) == line[-1]


@given(data=st.data())
def test_no_life_outlasts_its_expiry(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject
) -> None:
    plan, facts = data.draw(lives)
    latest = max([plan.accepted_at, plan.expires_at])
    assert timeline(plan, facts)[-1].at <= latest


@given(data=st.data())
def test_a_new_fact_never_rewrites_what_was_already_visible(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject
) -> None:
    plan, facts = data.draw(lives)
    for count, fact in enumerate(facts):
        before, after = timeline(plan, facts[:count]), timeline(plan, facts[: count + 1])
        visible = tuple(mark for mark in before if mark.at <= fact.at)
        assert after[: len(visible)] == visible
        assert all(mark.at >= fact.at for mark in after[len(visible) :])


@given(data=st.data())
def test_walking_from_mark_to_mark_comes_to_where_a_jump_comes(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject
) -> None:
    plan, facts = data.draw(lives)
    line = timeline(plan, facts)
    goal = plan.accepted_at + data.draw(st.floats(0, 200_000))
    here = state_at(line, plan.accepted_at)
    walked = [here]
    while (following := next_mark(line, here.at)) is not None and following.at <= goal:
        here = state_at(line, following.at)
        walked.append(here)
    assert here == state_at(line, goal)
    assert set(walked) <= set(line)


@given(data=st.data())
def test_a_look_without_effect_changes_nothing(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    at = (facts[-1].at if facts else plan.accepted_at) + data.draw(st.integers(0, 8)) / 2
    if not counts_polls(make_task(plan, facts=facts), at):
        assert timeline(plan, (*facts, Observed(at))) == timeline(plan, facts)


@pytest.mark.parametrize("goal", Status)
@pytest.mark.parametrize("start", Status)
def test_the_shortest_way_leads_along_legal_moves_where_any_way_leads(start: Status, goal: Status) -> None:
    if start is goal or goal is QUEUED or start.final or (start, goal) == (RUNNING, CANCELLED):
        expected: tuple[Status, ...] = ()
    elif (start, goal) == (QUEUED, SUCCEEDED):
        expected = (RUNNING, SUCCEEDED)
    else:
        expected = (goal,)
    assert shortest_path(start, goal) == expected
    assert all(following in MOVES[here] for here, following in pairwise((start, *expected)))


# --- steps in seconds, in polls, for ever ---------------------------------------------------------------------------


def test_an_ordinary_task_is_queued_then_running_then_succeeded(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(), ())
    assert marks(line) == [("queued", 0), ("running", 1), ("succeeded", 5)]
    assert seen(line, 0, 0.99, 1, 4.99, 5, 10**6) == ["queued", "queued", "running", "running", *["succeeded"] * 2]


def test_two_stretches_of_one_status_are_one_mark(make_plan: Callable[..., Plan]) -> None:
    steps = Step(QUEUED, 1.0), Step(QUEUED, 2.0), Step(RUNNING, 1.0), Step(SUCCEEDED)
    assert marks(timeline(make_plan(*steps), ())) == [("queued", 0), ("running", 3), ("succeeded", 4)]


def polled(make_task: Callable[..., Task], plan: Plan, *moments: float) -> list[str]:
    """Return the statuses that polls at these seconds show, each a fact when the task counts polls."""
    task, shown = make_task(plan), []
    for moment in moments:
        shown.append(str(state_at(timeline(plan, task.facts), T + moment).status))
        if counts_polls(task, T + moment):
            task = make_task(plan, facts=(*task.facts, Observed(T + moment)))
    return shown


def test_a_step_counted_in_polls_is_shown_so_many_times(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    plan = make_plan(Step(QUEUED, polls=1), Step(RUNNING, polls=2), Step(SUCCEEDED))
    assert polled(make_task, plan, 0, 0, 0, 0, 0) == ["queued", "running", "running", "succeeded", "succeeded"]
    assert polled(make_task, plan, 9, 99, 999, 9999) == ["queued", "running", "running", "succeeded"]


def test_seconds_after_polls_count_from_the_last_poll(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    plan = make_plan(Step(QUEUED, polls=2), Step(RUNNING, 4.0), Step(SUCCEEDED))
    assert polled(make_task, plan, 1, 10, 10, 13.9, 14) == ["queued", "queued", "running", "running", "succeeded"]


def test_polls_before_a_polled_step_began_do_not_count(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    plan = make_plan(Step(QUEUED, 5.0), Step(RUNNING, polls=2), Step(SUCCEEDED))
    assert polled(make_task, plan, 0, 1, 2, 5, 6, 7) == ["queued"] * 3 + ["running"] * 2 + ["succeeded"]


def test_a_task_that_is_never_polled_waits_until_it_expires(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan(Step(QUEUED, polls=1), Step(RUNNING, polls=1), Step(SUCCEEDED), expires_after=3600)
    assert marks(timeline(plan, ())) == [("queued", 0), ("expired", 3600)]


def test_a_task_that_runs_forever_expires_as_long_after_its_creation_as_was_asked(
    make_plan: Callable[..., Plan],
) -> None:
    plan = make_plan(Step(QUEUED, 100.0), Step(RUNNING), expires_after=3600)
    assert marks(timeline(plan, ())) == [("queued", 0), ("running", 100), ("expired", 3600)]


def test_a_task_that_would_end_at_the_very_moment_of_its_expiry_expires(make_plan: Callable[..., Plan]) -> None:
    assert marks(timeline(make_plan(expires_after=5), ()))[-1] == ("expired", 5)
    assert marks(timeline(make_plan(expires_after=6), ()))[-1] == ("succeeded", 5)


@pytest.mark.parametrize("expires_after", [0, -3])
def test_a_task_without_any_time_expires_as_it_is_accepted(make_plan: Callable[..., Plan], expires_after: int) -> None:
    line = timeline(make_plan(expires_after=expires_after), ())
    assert marks(line) == [("queued", 0), ("expired", 0)]


# --- facts ----------------------------------------------------------------------------------------------------------


def test_a_cancelled_task_stays_cancelled(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(), (Cancelled(T + 0.5),))
    assert marks(line) == [("queued", 0), ("cancelled", 0.5)]


@pytest.mark.parametrize("seconds", [1, 2, 5, 9])
def test_a_cancellation_that_comes_too_late_changes_nothing(make_plan: Callable[..., Plan], seconds: int) -> None:
    assert timeline(make_plan(), (Cancelled(T + seconds),)) == timeline(make_plan(), ())


def test_a_task_in_a_lane_runs_when_it_gets_its_slot(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan(lane="lane")
    assert marks(timeline(plan, ())) == [("queued", 0), ("expired", 172_800)]
    assert marks(timeline(plan, (Started(T + 30),))) == [("queued", 0), ("running", 30), ("succeeded", 34)]


def test_a_slot_that_comes_early_does_not_shorten_the_queue(make_plan: Callable[..., Plan]) -> None:
    assert timeline(make_plan(lane="lane"), (Started(T),)) == timeline(make_plan(), ())


def test_a_slot_that_comes_after_the_expiry_is_of_no_use(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan(lane="lane", expires_after=3600)
    assert marks(timeline(plan, (Started(T + 3600),))) == [("queued", 0), ("expired", 3600)]


def test_only_the_first_slot_counts(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan(lane="lane")
    assert timeline(plan, (Started(T + 9), Started(T + 20))) == timeline(plan, (Started(T + 9),))


def test_a_task_that_was_seen_often_enough_but_has_no_slot_wants_no_more_looks(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    plan = make_plan(Step(QUEUED, polls=1), Step(RUNNING, 4.0), Step(SUCCEEDED), lane="lane")
    task = make_task(plan, facts=(Observed(T + 1),))
    assert not counts_polls(task, T + 2)
    assert marks(timeline(plan, (*task.facts, Started(T + 7)))) == [("queued", 0), ("running", 7), ("succeeded", 11)]


# --- force ----------------------------------------------------------------------------------------------------------


def test_a_queued_task_forced_to_succeed_passes_running_at_the_same_instant(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(), (Forced(T + 0.5, SUCCEEDED),))
    assert marks(line) == [("queued", 0), ("running", 0.5), ("succeeded", 0.5)]


def test_a_queued_task_forced_to_fail_goes_there_directly(make_plan: Callable[..., Plan]) -> None:
    assert marks(timeline(make_plan(), (Forced(T, FAILED),))) == [("queued", 0), ("failed", 0)]


def test_a_task_forced_to_run_goes_on_with_its_plan(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(Step(QUEUED), Step(RUNNING, 4.0), Step(FAILED)), (Forced(T + 60, RUNNING),))
    assert marks(line) == [("queued", 0), ("running", 60), ("failed", 64)]


def test_a_task_forced_to_run_still_counts_its_polls(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    plan = make_plan(Step(QUEUED, polls=9), Step(RUNNING, polls=2), Step(SUCCEEDED))
    facts = (Observed(T), Forced(T + 1, RUNNING))
    assert counts_polls(make_task(plan, facts=facts), T + 1)
    line = timeline(plan, (*facts, Observed(T + 1), Observed(T + 3)))
    assert marks(line) == [("queued", 0), ("running", 1), ("succeeded", 3)]


def test_a_task_forced_to_run_needs_no_slot(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(lane="lane"), (Forced(T + 2, RUNNING),))
    assert marks(line) == [("queued", 0), ("running", 2), ("succeeded", 6)]


def test_a_task_whose_plan_never_runs_stays_running_when_forced_to(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(Step(QUEUED), expires_after=3600), (Forced(T + 2, RUNNING),))
    assert marks(line) == [("queued", 0), ("running", 2), ("expired", 3600)]


def test_a_task_can_be_forced_twice(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(), (Forced(T, RUNNING), Forced(T + 1, EXPIRED)))
    assert marks(line) == [("queued", 0), ("running", 0), ("expired", 1)]


@pytest.mark.parametrize("goal", [QUEUED, RUNNING, CANCELLED])
def test_a_task_cannot_be_forced_where_no_way_leads(make_plan: Callable[..., Plan], goal: Status) -> None:
    assert timeline(make_plan(), (Forced(T + 2, goal),)) == timeline(make_plan(), ())


# --- failure, retention ---------------------------------------------------------------------------------------------

PLANNED, MADE = Failure("Planned", "as planned"), Failure("Made", "made to fail")


def test_a_task_fails_for_the_reason_that_was_planned(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    assert failure_of(make_task(make_plan(failure=PLANNED))) == PLANNED


def test_a_task_made_to_fail_reports_the_reason_it_was_given(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    task = make_task(make_plan(failure=PLANNED), facts=(Observed(T), Forced(T, FAILED, MADE)))
    assert failure_of(task) == MADE


def test_a_task_made_to_fail_without_a_reason_reports_an_internal_error(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    failure = failure_of(make_task(make_plan(), facts=(Forced(T, FAILED),)))
    assert failure.code == "InternalServiceError"
    assert make_plan().name in failure.message


def test_a_record_is_kept_seven_days_from_its_creation(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan()
    assert retention_ends_at(plan, timeline(plan, ())) == T + RETENTION == T + 7 * 86_400


def test_a_cancelled_record_is_kept_a_day_from_its_cancellation(make_plan: Callable[..., Plan]) -> None:
    plan = make_plan(Step(QUEUED))
    line = timeline(plan, (Cancelled(T + 100),))
    assert retention_ends_at(plan, line) == T + 100 + CANCELLED_RETENTION == T + 100 + 86_400
