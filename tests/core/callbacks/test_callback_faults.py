"""Callback faults: each alone, and the laws that hold for any of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.callbacks import outbox
from ark_emulator.core.callbacks.callback_faults import apply_fault
from ark_emulator.core.scenario.effects import Duplicate, Hang, Late, Lose, Operation, Reorder
from ark_emulator.core.scenario.scenario_model import ALWAYS, FaultRule
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.values import DeliveryAttempt, Fact, Plan, Status, Task
from ark_emulator.core.time.dice import Dice
from ark_emulator.core.time.durations import Uniform, exactly
from hypothesis import given, strategies
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

DICE = Dice(7)
URL = "http://receiver.test/hook"


def rule(effect: Any) -> FaultRule:
    return FaultRule("mishap", Operation.CALLBACK, ALWAYS, effect)


def walked(task: Task, choose: Callable[..., Any], until: float = 100_000.0) -> tuple[Any, ...]:
    """Return the statuses in the order in which they are sent, each with its moment, when every attempt succeeds at
    once.
    """
    sent, moment = [], task.plan.accepted_at
    while moment <= task.plan.accepted_at + until:
        known = len(task.deliveries)
        task, _ = outbox.publish_due(task, moment)
        for number in range(known, len(task.deliveries)):
            effect = choose(number)
            task = task if effect is None else apply_fault(task, number, rule(effect), DICE)
        while (delivery := outbox.next_delivery(task, moment)) is not None:
            sent.append((delivery.status, moment - task.plan.accepted_at))
            task = outbox.record_attempt(task, delivery.number, DeliveryAttempt(moment, 0.0, "delivered", 200))
        following = outbox.next_due(task)
        assert following > moment
        moment = following
    assert not outbox.is_unfinished(task)
    return sent, task


def test_without_a_fault_callbacks_go_out_in_turn(make_task: Callable[..., Task]) -> None:
    sent, _ = walked(make_task(callback_url=URL), lambda _: None)
    assert sent == [(Status.QUEUED, 0.0), (Status.RUNNING, 1.0), (Status.SUCCEEDED, 5.0)]


def test_a_lost_callback_is_never_sent_and_counts_as_delivered(make_task: Callable[..., Task]) -> None:
    sent, task = walked(make_task(callback_url=URL), lambda number: Lose() if number == 1 else None)
    assert [status for status, _ in sent] == [Status.QUEUED, Status.SUCCEEDED]
    lost = task.deliveries[1]
    assert (lost.state, lost.fault, [attempt.verdict for attempt in lost.attempts]) == ("delivered", "mishap", ["lost"])
    assert lost.attempts[0].at == task.plan.accepted_at + 1


def test_a_duplicated_callback_arrives_so_many_times_in_all_and_before_the_next(make_task: Callable[..., Task]) -> None:
    sent, task = walked(make_task(callback_url=URL), lambda number: Duplicate(3) if number == 0 else None)
    assert [status for status, _ in sent] == [Status.QUEUED] * 3 + [Status.RUNNING, Status.SUCCEEDED]
    assert [delivery.number for delivery in task.deliveries] == [0, 1, 2, 3, 4]


def test_a_late_callback_holds_up_no_other(make_task: Callable[..., Task]) -> None:
    sent, _ = walked(make_task(callback_url=URL), lambda number: Late(exactly(30.0)) if number == 0 else None)
    assert sent == [(Status.RUNNING, 1.0), (Status.SUCCEEDED, 5.0), (Status.QUEUED, 30.0)]


def test_how_late_follows_from_the_seed(make_task: Callable[..., Task]) -> None:
    task, _ = outbox.publish_due(make_task(callback_url=URL), make_task().plan.accepted_at)
    effect = rule(Late(Uniform(10.0, 20.0)))
    once, again, other = (apply_fault(task, 0, effect, Dice(seed)).deliveries[0].due for seed in (7, 7, 8))
    assert once == again != other
    assert 10 <= once - task.plan.accepted_at < 20


def test_a_reordered_callback_changes_places_with_the_next(make_task: Callable[..., Task]) -> None:
    sent, _ = walked(make_task(callback_url=URL), lambda number: Reorder() if number == 0 else None)
    assert sent == [(Status.RUNNING, 1.0), (Status.QUEUED, 1.0), (Status.SUCCEEDED, 5.0)]


def test_of_reordered_callbacks_each_changes_places_once(make_task: Callable[..., Task]) -> None:
    sent, _ = walked(make_task(callback_url=URL), lambda _: Reorder())
    assert [status for status, _ in sent] == [Status.RUNNING, Status.QUEUED, Status.SUCCEEDED]


def test_a_reordered_last_callback_has_no_callback_to_swap_with(make_task: Callable[..., Task]) -> None:
    sent, _ = walked(make_task(callback_url=URL), lambda number: Reorder() if number == 2 else None)
    assert sent[-1] == (Status.SUCCEEDED, 5.0)


def test_a_reordered_callback_waits_for_the_attempts_at_the_next(make_task: Callable[..., Task]) -> None:
    task = make_task(callback_url=URL)
    start = task.plan.accepted_at
    task, _ = outbox.publish_due(task, start)
    task, _ = outbox.publish_due(apply_fault(task, 0, rule(Reorder()), DICE), start + 1)
    assert outbox.next_delivery(task, start + 1).number == 1
    task = outbox.record_attempt(task, 1, DeliveryAttempt(start + 1, 0.0, "refused"))
    task = outbox.record_attempt(outbox.mark_sending(task, 1), 1, DeliveryAttempt(start + 2, 0.0, "refused"))
    assert outbox.next_delivery(task, start + 9).number == 0


def test_an_effect_that_is_not_on_callbacks_cannot_be_applied_to_one(make_task: Callable[..., Task]) -> None:
    task, _ = outbox.publish_due(make_task(callback_url=URL), make_task().plan.accepted_at)
    with pytest.raises(TypeError, match="Hang"):
        apply_fault(task, 0, rule(Hang()), DICE)


EFFECTS = st.sampled_from([None, Lose(), Duplicate(2), Late(exactly(3.0)), Late(Uniform(0.0, 50.0)), Reorder()])
TIMES = {Lose: 0, Duplicate: 2}


@given(data=st.data())
def test_for_any_fault_each_callback_is_sent_as_often_as_it_should(
    lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], make_task: Callable[..., Task], data: DataObject
) -> None:
    plan, _ = data.draw(lives)
    task = make_task(replace(plan, lane=None), callback_url=URL)
    kept = lifecycle.forgotten_at(task, lifecycle.timeline(task.plan, ())) - task.plan.accepted_at - 1
    plain, _ = walked(task, lambda _: None, until=kept)
    befell = iter(data.draw(st.lists(EFFECTS, min_size=len(plain), max_size=len(plain))))
    effects = []

    def choose(_: int) -> Any:
        effects.append(next(befell))
        return effects[-1]

    sent, after = walked(task, choose, until=kept)
    wanted = [(status, TIMES.get(type(effect), 1)) for (status, _), effect in zip(plain, effects, strict=True)]
    assert sorted(status for status, _ in sent) == sorted(status for status, times in wanted for _ in range(times))
    assert [delivery.number for delivery in after.deliveries] == list(range(len(after.deliveries)))
