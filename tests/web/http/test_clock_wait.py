"""Deliberate waits end with their time, and with the server."""

import asyncio
from types import SimpleNamespace

from ark_emulator.web.http.clock_wait import held


def engine(closing: bool = False) -> SimpleNamespace:
    return SimpleNamespace(closing=closing, streams=set())


async def test_a_wait_ends_after_its_time_and_leaves_nothing_behind() -> None:
    server = engine()
    assert await held(server, 0.001)
    assert server.streams == set()


async def test_a_wait_without_an_end_ends_with_the_server() -> None:
    server = engine()
    waiting = asyncio.ensure_future(held(server))
    await asyncio.sleep(0)
    (stop,) = server.streams
    server.closing = True
    stop.set()
    assert not await waiting
    assert server.streams == set()


async def test_no_wait_begins_while_the_server_stops() -> None:
    assert not await held(engine(closing=True), 60.0)


async def test_a_wait_that_is_given_up_leaves_nothing_behind() -> None:
    server = engine()
    waiting = asyncio.ensure_future(held(server))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert server.streams == set()
