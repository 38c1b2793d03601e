"""Answers from a replica that has fallen behind: what it shows is of before the latest change."""

from http import HTTPStatus
from typing import Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.scenario.effects import Backwards, Operation
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.values import Task
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import task_commands
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http.http_response import HandlerResult

_JUST_BEFORE: Final = 0.001
_PAGE: Final = 500


async def backwards(strike: FaultContext[Backwards]) -> HandlerResult:
    """The answer as it was just before the task's latest change; a list, before the latest change of any in it.

    The handler answers for that moment. The poll itself still counts: a step that is counted in polls, or a clock that
    moves by polls, goes on as it does for any other poll.
    """
    exchange = strike.exchange
    moment = await _before_the_latest_change(strike)
    if moment is None:
        return await strike.answered()
    exchange.shown_at = moment
    try:
        answer = await strike.answered()
    finally:
        exchange.shown_at = None
    if strike.on is Operation.FETCH and isinstance(answer, DialectResponse) and answer.status == HTTPStatus.OK:
        await task_commands.record_poll(exchange.engine, exchange.world, exchange.name, exchange.dialect)
    return answer


async def _before_the_latest_change(strike: FaultContext[Backwards]) -> float | None:
    exchange, world, now = strike.exchange, strike.exchange.world, strike.exchange.now
    if strike.on is Operation.LIST:
        page = await queries.stored_tasks(exchange.engine, world, None, 0, _PAGE, now)
        tasks = list(page.items)
    else:
        try:
            tasks = [(await queries.find(exchange.engine, world, exchange.name, now))[0]]
        except Refusal:
            tasks = []
    return max((_before(task, now) for task in tasks), default=None)


def _before(task: Task, now: float) -> float:
    mark = lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), now)
    return max(mark.at - _JUST_BEFORE, task.plan.accepted_at)
