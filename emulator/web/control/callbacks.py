"""Callbacks: what was delivered where, with every attempt, and sending one again."""

from typing import Final

from emulator.dialects.base import Reply
from emulator.web.control.tasks import delivery
from emulator.web.control.wire import Misuse, answer, whole
from emulator.web.exchange import Exchange

LIMIT: Final = 500
_MOST: Final = 5_000


async def listing(exchange: Exchange) -> Reply:
    """`GET /_emulator/callbacks`, oldest first; `task`, `state`, `limit` and `pending` narrow it."""
    query = exchange.request.query
    state = "pending" if "pending" in query else query.get("state")
    page = await exchange.engine.inside(exchange.world, None, 0, _MOST)
    found = [
        delivery(task, each)
        for task in reversed(page.items)
        if query.get("task") in (None, task.id, task.alias)
        for each in task.deliveries
        if state in (None, each.state)
    ]
    limit = whole(query.get("limit"), "limit", LIMIT)
    return answer({"items": found[:limit], "total": len(found)})


async def redeliver(exchange: Exchange) -> Reply:
    """`POST /_emulator/callbacks/{id}/redeliver`: sends it once more, whatever became of it."""
    task_id, _, number = exchange.name.rpartition(".")
    task = await exchange.engine.redeliver(exchange.world, task_id, int(number)) if number.isdecimal() else None
    if task is None:
        raise Misuse(404, "unknown_callback", f"there is no callback {exchange.name!r}")
    return answer(delivery(task, task.deliveries[int(number)]))
