"""The effect of a gateway's policy on callbacks and on when a task is finished."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from ark_emulator.core.callbacks.outbox import (
    callback_time,
    is_unfinished,
    next_delivery,
    next_due,
    publish_due,
    record_attempt,
    transitions,
)
from ark_emulator.core.task.gateway_policy import DIRECT, GatewayPolicy
from ark_emulator.core.task.lifecycle import timeline
from ark_emulator.core.task.values import DeliveryAttempt, DeliveryState, Fact, Plan, Status, Step, Task
from hypothesis import given, strategies
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

T = 1_790_000_000.0
URL = "http://receiver.example/done"
QUEUED, RUNNING, SUCCEEDED, FAILED, EXPIRED, CANCELLED = Status
ENDS = frozenset({"succeeded", "failed", "expired", "cancelled"})
OWN = GatewayPolicy(gives_up_after=100.0, ends=ENDS, callback_statuses=ENDS)
FOREVER = (Step(QUEUED, 1.0), Step(RUNNING))


def on_terms(task: Task, terms: GatewayPolicy) -> Task:
    return replace(task, submission=replace(task.submission, terms=terms))


def callbacks_of(task: Task) -> list[tuple[str, float]]:
    return [(str(item.status), item.due - T) for item in task.deliveries]


def test_a_gateway_that_calls_back_alone_reports_the_end_alone(make_task: Callable[..., Task]) -> None:
    task, _ = publish_due(on_terms(make_task(callback_url=URL), OWN), T + 10)
    assert callbacks_of(task) == [("succeeded", 5)]


def test_it_reports_when_it_sees_the_end(make_task: Callable[..., Task]) -> None:
    task, _ = publish_due(on_terms(make_task(callback_url=URL), replace(OWN, looks_every=15.0)), T + 6)
    assert callbacks_of(task) == [("succeeded", 10)]
    assert next_delivery(task, T + 9.9) is None
    assert next_delivery(task, T + 10) is not None
    assert next_due(task) == T + 10


def test_it_reports_giving_up_and_of_nothing_after_it(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    task = on_terms(make_task(make_plan(*FOREVER, expires_after=3600), callback_url=URL), OWN)
    task, fresh = publish_due(task, T + 3600)
    assert [(turn.kind, turn.at - T) for turn in fresh] == [
        *(("move", 0), ("move", 1), ("timeout", 100), ("move", 3600))
    ]
    assert callbacks_of(task) == [("failed", 100)]


def test_without_an_own_callback_a_timeout_is_not_reported(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    task = on_terms(make_task(make_plan(*FOREVER), callback_url=URL), replace(OWN, callback_statuses=None))
    task, _ = publish_due(task, T + 200)
    assert callbacks_of(task) == [("queued", 0), ("running", 1)]


@pytest.mark.parametrize("status", [SUCCEEDED, CANCELLED])
def test_every_callback_of_its_own_is_tried_four_times(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task], status: Status
) -> None:
    steps = (Step(QUEUED, 1.0), Step(CANCELLED)) if status is CANCELLED else ()
    task = on_terms(make_task(make_plan(*steps), callback_url=URL), OWN)
    task, _ = publish_due(task, T + 10)
    for number in range(4):
        assert task.deliveries[0].state is DeliveryState.PENDING
        task = record_attempt(task, 0, DeliveryAttempt(T + 10 + number, 0.1, "refused"))
    assert task.deliveries[0].state is DeliveryState.FAILED


def test_a_task_is_unfinished_while_a_timeout_is_to_come(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    task = on_terms(make_task(make_plan(*FOREVER, expires_after=50)), replace(OWN, ends=frozenset({"succeeded"})))
    task, _ = publish_due(task, T + 60)
    assert is_unfinished(task)
    task, _ = publish_due(task, T + 100)
    assert not is_unfinished(task)


@given(data=st.data())
def test_turns_come_in_order_whatever_the_terms(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], data: DataObject, make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    terms = data.draw(
        st.sampled_from([DIRECT, OWN, GatewayPolicy(gives_up_after=3.0), GatewayPolicy(gives_up_after=0.0)])
    )
    task = on_terms(make_task(plan, URL, facts=facts), terms)
    line = timeline(plan, facts)
    found = transitions(task, line)
    assert [turn.at for turn in found] == sorted(turn.at for turn in found)
    assert sum(turn.kind == "timeout" for turn in found) <= 1
    for turn in found:
        moment = callback_time(task, line, turn)
        assert moment is None or moment >= turn.at
