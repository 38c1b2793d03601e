"""Waiting on purpose: for the virtual clock, or for nothing at all, and never longer than the server runs."""

import asyncio
from typing import Final

from ark_emulator.runtime import queries
from ark_emulator.runtime.engine import Engine
from ark_emulator.web.http.exchange import Exchange

_GLANCE: Final = 0.1
"""Real seconds after which a wait looks at the clock again: somebody may have set, stopped or quickened it."""
STOOD_STILL: Final = "a delay was skipped: the clock is stopped"


async def clock_shows(exchange: Exchange, moment: float) -> bool:
    """Wait until the world's clock shows `moment`; False when it never will by itself, or the server stops first.

    A stopped clock causes no delay. The journal notes it.
    """
    world = exchange.world
    while world.now < moment:
        wait = queries.real_wait(world, moment)
        if wait is None:
            if STOOD_STILL not in exchange.notes:
                exchange.notes = (*exchange.notes, STOOD_STILL)
            return False
        if not await held(exchange.engine, min(wait, _GLANCE)):
            return False
    return True


async def held(engine: Engine, seconds: float | None = None) -> bool:
    """Wait so many real seconds, or for ever; False as soon as the server stops."""
    if engine.closing:
        return False
    stop = asyncio.Event()
    engine.streams.add(stop)
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
        return False
    except TimeoutError:
        return not engine.closing
    finally:
        engine.streams.discard(stop)
