"""Servers on a store that the test brings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start
from ark_emulator.stores.redis.redis_store import RedisStore

from tests.support.caller import Caller
from tests.support.constants import PATIENT
from tests.support.redis_server import mortal_redis

__all__ = ["mortal_redis", "serve_on"]

START = 1_790_000_000


@pytest.fixture
async def serve_on() -> AsyncIterator[Callable[..., Awaitable[Caller]]]:
    """Starts servers on stores, frozen at START unless told otherwise; answers with a Caller for each."""
    started = []

    async def start_one(store: RedisStore, **chosen: Any) -> Caller:
        settings = Settings(**{"port": 0, "log": "off", "mode": ClockMode.FROZEN, "start": START, **chosen})
        running = await start(settings, store)
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENT))
        started.append(Caller(running, session))
        return started[-1]

    yield start_one
    for caller in started:
        await caller.session.close()
        await caller.running.stop()
