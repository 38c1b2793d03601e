"""Fixtures for the tests of the built-in scenarios."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.loading.loader import load_builtin

from tests.support.caller import Serve
from tests.support.incident import Incident

FAST = 1_000.0
"""The speed of a running clock: a virtual minute passes almost at once."""


@pytest.fixture
async def incident(serve: Serve) -> AsyncIterator[Callable[..., Awaitable[Incident]]]:
    """Start a server with a built-in scenario, whose clock is frozen, or runs fast with `flows`."""
    clients: list[httpx.AsyncClient] = []

    async def start(name: str, *, flows: bool = False, **settings: Any) -> Incident:
        clock = {"mode": ClockMode.LIVE, "speed": FAST} if flows else {"mode": ClockMode.FROZEN}
        caller = await serve(scenario=load_builtin(name), **clock, **settings)
        clients.append(httpx.AsyncClient(base_url=caller.url, timeout=60.0, trust_env=False))
        return Incident(caller, clients[-1])

    yield start
    for client in clients:
        await client.aclose()
