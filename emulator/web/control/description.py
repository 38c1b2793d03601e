"""The published description of the APIs, made when it is first asked for: its models take time to build."""

import asyncio
from functools import cache

from emulator.dialects.base import Reply, written
from emulator.web.exchange import Exchange


async def show(_: Exchange) -> Reply:
    """`GET /_emulator/openapi.json`: the description of the emulated API and of this one."""
    return Reply(200, await asyncio.to_thread(_written))


@cache
def _written() -> bytes:
    from emulator.web.openapi import document
    from emulator.web.routes import ROUTES

    return written(document(ROUTES))
