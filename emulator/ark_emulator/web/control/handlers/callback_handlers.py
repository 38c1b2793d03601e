"""Callbacks: what was delivered where, with every attempt; sending one again, holding them back, coming for them."""

from typing import Any, Final

from pydantic_core import from_json

from ark_emulator.core.task.values import Delivery, DeliveryState, Task
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import callback_commands
from ark_emulator.runtime.common.cooperative import iterate_with_yields
from ark_emulator.runtime.common.masking import credentials, mask_headers, mask_text, mask_url, mask_values
from ark_emulator.web.control.control_body import ControlRefusal, echoed, flag, json_response, whole
from ark_emulator.web.control.handlers.task_handlers import delivery
from ark_emulator.web.control.list_response import listed
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

LIMIT: Final = 500
"""How many callbacks an answer lists unless told otherwise."""


async def listing(exchange: Exchange) -> HandlerResult:
    """`GET /_emulator/callbacks`: return callbacks, oldest first, with every attempt.

    `task` and `state` filter them. `?pending` is for receivers that cannot be called: it selects all callbacks that
    were not delivered, given up or not, and adds the body of each.
    """
    query = exchange.request.query
    task_id, state, pulled = query.get("task"), query.get("state"), flag(query, "pending")
    if state is not None and state not in list(DeliveryState):
        raise ControlRefusal(400, "bad_state", f"state must be one of {', '.join(DeliveryState)}")
    found = [
        (task, each)
        async for task, each in iterate_with_yields(
            await queries.all_callbacks(exchange.engine, exchange.world, exchange.now)
        )
        if task_id in (None, task.id, task.alias)
        and state in (None, each.state)
        and not (pulled and each.state is DeliveryState.DELIVERED)
    ]
    offset, limit = whole(query.get("offset"), "offset", 0), whole(query.get("limit"), "limit", LIMIT)

    def printed(pair: tuple[Task, Delivery]) -> dict[str, Any]:
        return _shown(*pair) | (_body(exchange, *pair) if pulled else {})

    rest = {"total": len(found), "paused": queries.callbacks_paused(exchange.world)}
    return await listed(exchange, found[offset : offset + limit], printed, rest)


async def redeliver(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/callbacks/{id}/redeliver`: send a callback again, in any state."""
    task_id, number = _named(exchange)
    return _told(exchange, await callback_commands.redeliver(exchange.engine, exchange.world, task_id, number), number)


async def acknowledge(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/callbacks/{id}/acknowledge`: mark a callback as delivered because its receiver fetched it."""
    task_id, number = _named(exchange)
    return _told(
        exchange, await callback_commands.acknowledge(exchange.engine, exchange.world, task_id, number), number
    )


async def drop(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/callbacks/{id}/drop`: give up a pending callback; 409 in other states."""
    task_id, number = _named(exchange)
    task, _ = await queries.find(exchange.engine, exchange.world, task_id, exchange.now)
    if number < len(task.deliveries) and task.deliveries[number].state is not DeliveryState.PENDING:
        raise ControlRefusal(
            409, "not_pending", f"callback {echoed(exchange.name)} is {task.deliveries[number].state} already"
        )
    return _told(exchange, await callback_commands.drop(exchange.engine, exchange.world, task_id, number), number)


async def pause(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/callbacks/pause`: hold back callbacks that become due from now on."""
    await callback_commands.pause(exchange.world)
    return json_response({"paused": True})


async def resume(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/callbacks/resume`: end the pause and send the callbacks that were held back."""
    return json_response({"paused": False, "released": await callback_commands.resume(exchange.engine, exchange.world)})


def _shown(task: Task, each: Delivery) -> dict[str, Any]:
    """A callback with what each attempt sent and got."""
    document = delivery(task, each)
    for printed, attempt in zip(document["attempts"], each.attempts, strict=True):
        if (kept := attempt.transcript) is not None:
            key = task.submission.key
            secrets = (key, *credentials(kept.request_headers))
            printed["request"] = {
                "url": mask_url(kept.url, key),
                "headers": mask_headers(kept.request_headers, key),
                "body": mask_text(kept.request_body, key),
            }
            printed["response"] = {
                "headers": mask_headers(kept.response_headers, *secrets),
                "body": mask_text(kept.response_body, *secrets),
            }
    return document


def _body(exchange: Exchange, task: Task, each: Delivery) -> dict[str, Any]:
    body = from_json(exchange.engine.views.callback_body(task, each))
    return {"body": mask_values(body, task.submission.key, mask=mask_text)}


def _named(exchange: Exchange) -> tuple[str, int]:
    """The task and the number of the callback in the path: its id is both, with a dot between."""
    task_id, _, number = exchange.name.rpartition(".")
    if not number.isdecimal() or len(number) > 9:
        raise _unknown(exchange)
    return task_id, int(number)


def _told(exchange: Exchange, task: Task | None, number: int) -> DialectResponse:
    if task is None:
        raise _unknown(exchange)
    return json_response(_shown(task, task.deliveries[number]))


def _unknown(exchange: Exchange) -> ControlRefusal:
    return ControlRefusal(404, "unknown_callback", f"there is no callback {echoed(exchange.name)}")
