"""A gateway's record of a task equals the task at the last look, until the gateway gives it up."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from ark_emulator.core.gateway_view.gateway_record import (
    GatewayStatus,
    Hidden,
    given_up_at,
    hidden,
    last_look_at,
    next_change,
    noticed_at,
    record_at,
)
from ark_emulator.core.task.gateway_policy import DIRECT, GatewayPolicy
from ark_emulator.core.task.lifecycle import state_at, timeline
from ark_emulator.core.task.values import Cancelled, Fact, Plan, Status, Step, Task
from hypothesis import given, strategies
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

T = 1_790_000_000.0  # no multiple of 15: the first look from there on is at T + 10
QUEUED, RUNNING, SUCCEEDED, FAILED, EXPIRED, CANCELLED = Status
STOCK = GatewayPolicy(looks_every=15.0, gives_up_after=86_400.0, ends=frozenset({"succeeded", "failed"}))
MOMENTS = st.one_of(st.integers(-1, 120).map(lambda halves: T + halves / 2), st.sampled_from([T + 86_400, T + 200_000]))
TERMS = st.builds(
    GatewayPolicy,
    looks_every=st.sampled_from([0.0, 1.0, 4.0, 15.0]),
    gives_up_after=st.sampled_from([None, 3.0, 20.0, 86_400.0]),
    ends=st.sampled_from([DIRECT.ends, STOCK.ends]),
)
HIDDEN = st.builds(
    Hidden,
    absent_at=st.one_of(st.just(float("inf")), st.integers(1, 120).map(lambda halves: T + halves / 2)),
    unreadable=st.booleans(),
)


def far(line: tuple[Any, ...], now: float, terms: GatewayPolicy = STOCK) -> tuple[Any, ...]:
    found = record_at(terms, line, now)
    return str(found.status), found.started_at, found.finished_at


@given(data=st.data())
def test_a_lens_equals_looking_earlier(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject
) -> None:
    line, terms, now = timeline(*data.draw(lives)), data.draw(TERMS), T + abs(data.draw(MOMENTS) - T)
    found, look = record_at(terms, line, now), last_look_at(terms, T, now)
    if found.status is GatewayStatus.GIVEN_UP:
        assert given_up_at(terms, line) == found.finished_at == found.updated_at <= now
    elif look is None:
        assert found.status is GatewayStatus.UNSEEN
    else:
        assert found.mark == state_at(line, look)
        assert str(found.status) == found.mark.status


@given(data=st.data())
def test_a_record_never_goes_back_and_never_leaves_its_end(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject
) -> None:
    line, terms = timeline(*data.draw(lives)), data.draw(TERMS)
    unseen = data.draw(HIDDEN)
    rows = [record_at(terms, line, T + half / 2, unseen) for half in range(140)]
    for before, after in pairwise(rows):
        assert before.updated_at <= after.updated_at
        assert before.mark.at <= after.mark.at
        assert before.started_at in (None, after.started_at)
        if before.finished_at is not None:
            assert after == before


@given(data=st.data())
def test_between_two_changes_a_record_stays_what_it_is(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject
) -> None:
    line, terms, now = timeline(*data.draw(lives)), data.draw(TERMS), T + abs(data.draw(MOMENTS) - T)
    unseen = data.draw(HIDDEN)
    found, following = record_at(terms, line, now, unseen), next_change(terms, line, now, unseen)
    if following is None:
        assert record_at(terms, line, now + 10 * 86_400, unseen) == found
        return
    assert following > now
    assert record_at(terms, line, now + (following - now) * 0.99, unseen) == found
    assert record_at(terms, line, following, unseen) != found


@given(moment=MOMENTS, every=st.sampled_from([0.0, 1.0, 4.0, 15.0]))
def test_what_happens_is_seen_by_the_first_look_that_comes_after_it(moment: float, every: float) -> None:
    terms = GatewayPolicy(looks_every=every)
    moment = max(moment, T)
    seen = noticed_at(terms, T, moment)
    assert seen >= moment
    assert last_look_at(terms, T, seen) == seen
    assert seen - moment <= every


def test_without_a_gateway_the_record_is_the_task(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(), ())
    assert [str(record_at(DIRECT, line, T + second).status) for second in (0, 1, 5)] == [
        "queued",
        "running",
        "succeeded",
    ]
    assert record_at(DIRECT, line, T + 5).started_at == T + 1
    assert record_at(DIRECT, line, T + 5).finished_at == T + 5


def test_a_gateway_that_looks_every_15_seconds_starts_blind_and_skips_what_is_short(
    make_plan: Callable[..., Plan],
) -> None:
    line = timeline(make_plan(), ())
    assert far(line, T + 9.9) == ("unseen", None, None)
    assert far(line, T + 10) == ("succeeded", None, T + 10)


def test_a_look_at_the_moment_of_submit_sees_nothing(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(accepted_at=T + 10), ())
    assert far(line, T + 10) == ("unseen", None, None)
    assert far(line, T + 25) == ("succeeded", None, T + 25)


@pytest.mark.parametrize("fact", [Cancelled(T + 0.5), None])
def test_what_a_gateway_does_not_take_for_an_end_lasts_until_it_gives_up(
    make_plan: Callable[..., Plan], fact: Cancelled | None
) -> None:
    plan = make_plan(expires_after=3, **({} if fact else {"steps": (Step(QUEUED, 1.0), Step(RUNNING))}))
    line = timeline(plan, (fact,) if fact else ())
    shown = "cancelled" if fact else "expired"
    assert far(line, T + 86_399)[0] == shown
    assert far(line, T + 86_399)[2] is None
    assert far(line, T + 86_400) == ("given-up", T + 10, T + 86_400)
    assert next_change(STOCK, line, T + 86_400) is None


def test_a_status_that_a_gateway_does_not_know_counts_as_running(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(expires_after=3, steps=(Step(QUEUED, 1.0), Step(RUNNING))), ())
    assert far(line, T + 10) == ("expired", T + 10, None)
    assert far(line, T + 10, replace(STOCK, ends=DIRECT.ends)) == ("expired", None, T + 10)


def test_a_task_that_ark_has_no_record_of_counts_as_running_until_it_is_given_up(
    make_plan: Callable[..., Plan],
) -> None:
    line, gone = timeline(make_plan(), ()), Hidden(absent_at=T + 7)
    before, at, after = (record_at(STOCK, line, T + second, gone) for second in (9, 10, 86_400))
    assert (before.status, at.status, after.status) == (
        GatewayStatus.UNSEEN,
        GatewayStatus.ABSENT,
        GatewayStatus.GIVEN_UP,
    )
    assert (at.started_at, at.finished_at, after.finished_at) == (T + 10, None, T + 86_400)
    assert next_change(STOCK, line, T, gone) == T + 10
    assert next_change(STOCK, line, T + 10, gone) == T + 86_400


def test_an_end_that_was_seen_stays_when_arks_record_is_deleted(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(), ())
    assert record_at(STOCK, line, T + 10 * 86_400, Hidden(absent_at=T + 11)) == record_at(STOCK, line, T + 10)
    assert record_at(DIRECT, line, T + 86_400, Hidden(absent_at=T + 6)) == record_at(DIRECT, line, T + 5)


@pytest.mark.parametrize(
    ("terms", "seen"), [(STOCK, GatewayStatus.UNSEEN), (replace(STOCK, looks_every=0.0), GatewayStatus.RUNNING)]
)
def test_a_success_that_cannot_be_parsed_leaves_the_record_where_it_was(
    make_plan: Callable[..., Plan], terms: GatewayPolicy, seen: GatewayStatus
) -> None:
    line, blind = timeline(make_plan(), ()), Hidden(unreadable=True)
    assert record_at(terms, line, T + 86_399, blind).status is seen
    assert record_at(terms, line, T + 86_400, blind).status is GatewayStatus.GIVEN_UP


def test_an_end_that_is_seen_in_time_is_not_given_up(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(), ())
    assert given_up_at(STOCK, line) is None
    assert given_up_at(GatewayPolicy(gives_up_after=5.0), line) is None
    assert given_up_at(GatewayPolicy(gives_up_after=4.0), line) == T + 4


def test_what_comes_after_a_gateway_gave_up_changes_nothing(make_plan: Callable[..., Plan]) -> None:
    line = timeline(make_plan(), ())
    assert str(record_at(GatewayPolicy(gives_up_after=4.0), line, T + 100).status) == "given-up"
    assert record_at(GatewayPolicy(gives_up_after=4.0), line, T + 100).mark.status is RUNNING


@pytest.mark.parametrize(
    ("shown", "unreadable"),
    [
        ({"duration": 5, "unknown": []}, False),
        ({"duration": None}, False),
        ({"duration": "5"}, True),
        ({"duration": True}, True),
        ({"model": 7}, True),
        ({"usage": {"total_tokens": 1}}, False),
        ({"usage": {"total_tokens": "1"}}, True),
        ({"usage": 1}, True),
    ],
)
def test_a_success_with_values_that_the_gateways_types_cannot_hold_is_unreadable(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task], shown: Any, unreadable: Any
) -> None:
    task = make_task(make_plan(shown=shown))
    task = replace(task, submission=replace(task.submission, terms=replace(STOCK, keeps=10.0)))
    assert hidden(task, timeline(task.plan, task.facts)).unreadable is unreadable
    assert hidden(make_task(task.plan), timeline(task.plan, task.facts)) == Hidden()
