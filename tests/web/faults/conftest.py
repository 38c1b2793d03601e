"""Fixtures for the tests of faults."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.support.caller import Caller
from tests.support.raw_client import Plain


@pytest.fixture
async def plainly() -> AsyncIterator[Callable[[Caller], Plain]]:
    """Return a function that makes plain clients of servers."""
    clients: list[httpx.AsyncClient] = []

    def make(server: Caller) -> Plain:
        clients.append(httpx.AsyncClient(base_url=server.url, timeout=60.0, trust_env=False))
        return Plain(server, clients[-1])

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
async def plain(ark: Caller, plainly: Callable[[Caller], Plain]) -> Plain:
    """A plain client of a server with a frozen clock."""
    return plainly(ark)


@pytest.fixture
def breaks() -> Callable[[Awaitable[Any]], Awaitable[bool]]:
    """Return a function that returns whether the connection breaks before the response is complete."""

    async def is_broken(answer: Awaitable[Any]) -> bool:
        try:
            await answer
        except httpx.TransportError:
            return True
        return False

    return is_broken
