"""What the terms of a gateway change about callbacks and about when a task is done with."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from ark_emulator.core.callbacks.outbox import due, ready, settled, tick, told_at, turns, unfinished
from ark_emulator.core.task.gateway_policy import DIRECT, Terms
from ark_emulator.core.task.lifecycle import timeline
from ark_emulator.core.task.values import Attempt, DeliveryState, Fact, Plan, Status, Step, Task
from hypothesis import given, strategies
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

T = 1_790_000_000.0
URL = "http://receiver.example/done"
QUEUED, RUNNING, SUCCEEDED, FAILED, EXPIRED, CANCELLED = Status
ENDS = frozenset({"succeeded", "failed", "expired", "cancelled"})
OWN = Terms(gives_up_after=100.0, ends=ENDS, tells=ENDS)
FOREVER = (Step(QUEUED, 1.0), Step(RUNNING))


def on_terms(task: Task, terms: Terms) -> Task:
    return replace(task, submission=replace(task.submission, terms=terms))


def told(task: Task) -> list[tuple[str, float]]:
    return [(str(item.status), item.due - T) for item in task.deliveries]


def test_a_gateway_that_calls_back_by_itself_tells_of_the_end_alone(make_task: Callable[..., Task]) -> None:
    task, _ = tick(on_terms(make_task(callback_url=URL), OWN), T + 10)
    assert told(task) == [("succeeded", 5)]


def test_it_tells_when_it_sees_the_end(make_task: Callable[..., Task]) -> None:
    task, _ = tick(on_terms(make_task(callback_url=URL), replace(OWN, looks_every=15.0)), T + 6)
    assert told(task) == [("succeeded", 10)]
    assert ready(task, T + 9.9) is None
    assert ready(task, T + 10) is not None
    assert due(task) == T + 10


def test_it_tells_of_giving_up_and_of_nothing_after_it(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    task = on_terms(make_task(make_plan(*FOREVER, expires_after=3600), callback_url=URL), OWN)
    task, fresh = tick(task, T + 3600)
    assert [(turn.kind, turn.at - T) for turn in fresh] == [
        *(("move", 0), ("move", 1), ("timeout", 100), ("move", 3600))
    ]
    assert told(task) == [("failed", 100)]


def test_without_an_own_callback_a_timeout_is_told_to_nobody(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    task = on_terms(make_task(make_plan(*FOREVER), callback_url=URL), replace(OWN, tells=None))
    task, _ = tick(task, T + 200)
    assert told(task) == [("queued", 0), ("running", 1)]


@pytest.mark.parametrize("status", [SUCCEEDED, CANCELLED])
def test_every_callback_of_its_own_is_tried_four_times(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task], status: Status
) -> None:
    steps = (Step(QUEUED, 1.0), Step(CANCELLED)) if status is CANCELLED else ()
    task = on_terms(make_task(make_plan(*steps), callback_url=URL), OWN)
    task, _ = tick(task, T + 10)
    for number in range(4):
        assert task.deliveries[0].state is DeliveryState.PENDING
        task = settled(task, 0, Attempt(T + 10 + number, 0.1, "refused"))
    assert task.deliveries[0].state is DeliveryState.FAILED


def test_a_task_is_unfinished_while_a_timeout_is_to_come(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    task = on_terms(make_task(make_plan(*FOREVER, expires_after=50)), replace(OWN, ends=frozenset({"succeeded"})))
    task, _ = tick(task, T + 60)
    assert unfinished(task)
    task, _ = tick(task, T + 100)
    assert not unfinished(task)


@given(data=st.data())
def test_turns_come_in_order_whatever_the_terms(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    terms = data.draw(st.sampled_from([DIRECT, OWN, Terms(gives_up_after=3.0), Terms(gives_up_after=0.0)]))
    task = on_terms(make_task(plan, URL, facts=facts), terms)
    line = timeline(plan, facts)
    found = turns(task, line)
    assert [turn.at for turn in found] == sorted(turn.at for turn in found)
    assert sum(turn.kind == "timeout" for turn in found) <= 1
    for turn in found:
        moment = told_at(task, line, turn)
        assert moment is None or moment >= turn.at
