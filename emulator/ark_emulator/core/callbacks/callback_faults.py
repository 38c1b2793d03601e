"""Apply callback faults: callbacks that are lost, sent repeatedly, late, or out of order. Pure.

A fault is applied once, when the callback is created; its attempts and retries then continue as usual.
"""

from dataclasses import replace
from typing import Final

from ark_emulator.core.scenario.effects import Duplicate, Late, Lose, Reorder
from ark_emulator.core.scenario.scenario_model import FaultRule
from ark_emulator.core.task.values import Delivery, DeliveryAttempt, DeliveryOrder, DeliveryState, Task
from ark_emulator.core.time.dice import Dice

LOST_VERDICT: Final = "lost"
"""The verdict of an attempt that was recorded but never made."""


def apply_fault(task: Task, number: int, rule: FaultRule, dice: Dice) -> Task:
    """Return the task after the fault was applied to its new delivery `number`.

    TypeError for an effect that is not on callbacks.
    """
    delivery = replace(task.deliveries[number], fault=rule.name)
    match rule.effect:
        case Lose():
            attempt = DeliveryAttempt(delivery.due, 0.0, LOST_VERDICT)
            return _with(task, replace(delivery, state=DeliveryState.DELIVERED, attempts=(attempt,)))
        case Duplicate(times):
            first = len(task.deliveries)
            copies = tuple(replace(delivery, number=first + place) for place in range(times - 1))
            changed = _with(task, delivery)
            return replace(changed, deliveries=(*changed.deliveries, *copies))
        case Late(length):
            wait = length.drawn(dice, "late", rule.name, task.submission.key, task.number, number)
            return _with(task, replace(delivery, due=delivery.due + wait, order=DeliveryOrder.APART))
        case Reorder():
            return _with(
                task, delivery if _swapped_before(task, number) else replace(delivery, order=DeliveryOrder.SWAPPED)
            )
    raise TypeError(f"{type(rule.effect).__name__} cannot befall a callback")


def _swapped_before(task: Task, number: int) -> bool:
    """Return True when the previous delivery waits to swap with this one: then this one keeps its place."""
    return number > 0 and task.deliveries[number - 1].order is DeliveryOrder.SWAPPED


def _with(task: Task, delivery: Delivery) -> Task:
    changed = tuple(delivery if item.number == delivery.number else item for item in task.deliveries)
    return replace(task, deliveries=changed)
