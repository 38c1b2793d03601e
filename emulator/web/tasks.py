"""Ark's four task routes."""

from emulator.dialects.ark import ArkDialect
from emulator.dialects.base import Reply, written
from emulator.web.exchange import Exchange


async def create(exchange: Exchange) -> Reply:
    """`POST /contents/generations/tasks`."""
    exchange.engine.admit(exchange.world, exchange.key)
    submission = exchange.dialect.submission(await exchange.call())
    task = await exchange.engine.submit(exchange.world, submission)
    exchange.task = task.id
    return Reply(200, written(exchange.dialect.accepted(task)))


async def fetch(exchange: Exchange) -> Reply:
    """`GET /contents/generations/tasks/{id}`."""
    exchange.engine.admit(exchange.world, exchange.key)
    exchange.task = exchange.name
    return Reply(200, await exchange.engine.poll(exchange.world, exchange.name, exchange.dialect))


async def listing(exchange: Exchange) -> Reply:
    """`GET /contents/generations/tasks`."""
    exchange.engine.admit(exchange.world, exchange.key)
    wanted = ArkDialect.listing(tuple(exchange.request.query.items()))
    views, total = await exchange.engine.listing(exchange.world, wanted)
    return Reply(200, written({"total": total, "items": [exchange.dialect.shown(item) for item in views]}))


async def delete(exchange: Exchange) -> Reply:
    """`DELETE /contents/generations/tasks/{id}`."""
    exchange.engine.admit(exchange.world, exchange.key)
    exchange.task = exchange.name
    await exchange.engine.delete(exchange.world, exchange.name)
    return Reply(200, b"{}")
