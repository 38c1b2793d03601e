"""Deliberate waits of faults: until a virtual time, or until the server stops."""

import asyncio
from typing import Final

from ark_emulator.runtime import queries
from ark_emulator.runtime.engine import Engine
from ark_emulator.web.http.exchange import Exchange

_CHECK_EVERY: Final = 0.1
"""Real seconds between checks of the clock, whose time or speed may have changed."""
STOOD_STILL: Final = "a delay was skipped: the clock is stopped"


async def clock_shows(exchange: Exchange, moment: float) -> bool:
    """Wait until the world's clock shows `moment`. Return False if the clock is stopped, or the server stops first.

    A stopped clock causes no delay, and the journal entry gets a note.
    """
    world = exchange.world
    while world.now < moment:
        wait = queries.real_wait(world, moment)
        if wait is None:
            if STOOD_STILL not in exchange.notes:
                exchange.notes = (*exchange.notes, STOOD_STILL)
            return False
        if not await held(exchange.engine, min(wait, _CHECK_EVERY)):
            return False
    return True


async def held(engine: Engine, seconds: float | None = None) -> bool:
    """Wait `seconds` of real time, by default without end. Return False as soon as the server stops."""
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
