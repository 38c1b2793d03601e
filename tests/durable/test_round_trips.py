"""What a poll costs on Redis, counted in commands: one look at what is new, shared by those who poll at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start

from tests.support.caller import Caller
from tests.support.constants import START
from tests.support.redis_server import RedisServer

POLLS = 1_000
AT_ONCE = 64
ASKED = ("evalsha", "eval", "fcall")
"""Commands that a process sends by itself. What our scripts call inside the server costs no trip."""
IN_BETWEEN = 6
"""Trips a second that a process makes anyway: it looks what has changed, and says that it lives."""


@pytest.fixture
async def ark(redis_server: RedisServer, request: pytest.FixtureRequest) -> AsyncIterator[Caller]:
    """A replica whose tasks are on Redis."""
    pytest.importorskip("redis")
    store = f"{redis_server.url}?prefix={request.node.name[-20:]}"
    running = await start(Settings(port=0, log="off", mode=ClockMode.FROZEN, start=START, store=store))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield Caller(running, session)
        await running.stop()


def trips(server: RedisServer) -> int:
    """How many commands processes have sent so far."""
    told = server.command("INFO", "commandstats").decode()
    lines = (line.removeprefix("cmdstat_").partition(":calls=") for line in told.splitlines())
    return sum(int(rest.partition(",")[0]) for name, _, rest in lines if name in ASKED)


async def counted(server: RedisServer, work: Any) -> float:
    """The trips made during some work, less those that are made anyway."""
    loop = asyncio.get_running_loop()
    began, before = loop.time(), trips(server)
    await work
    return trips(server) - before - IN_BETWEEN * (1 + loop.time() - began)


async def one_after_the_other(ark: Caller, name: str) -> None:
    for _ in range(POLLS):
        assert await ark.status(name) == "queued"


async def test_a_poll_costs_one_round_trip_at_most(ark: Caller, redis_server: RedisServer) -> None:
    name = await ark.create()
    assert await counted(redis_server, one_after_the_other(ark, name)) <= POLLS


async def test_a_poll_looks_for_what_others_did(ark: Caller, redis_server: RedisServer) -> None:
    name = await ark.create()
    before = trips(redis_server)
    await one_after_the_other(ark, name)
    assert trips(redis_server) - before >= POLLS


async def test_polls_at_the_same_time_share_their_round_trips(ark: Caller, redis_server: RedisServer) -> None:
    name = await ark.create()
    polls = [ark.status(name) for _ in range(POLLS)]

    async def in_flocks() -> None:
        for place in range(0, POLLS, AT_ONCE):
            await asyncio.gather(*polls[place : place + AT_ONCE])

    assert await counted(redis_server, in_flocks()) < POLLS / 2


async def test_a_create_costs_few_round_trips(ark: Caller, redis_server: RedisServer) -> None:
    async def creates() -> None:
        for _ in range(100):
            await ark.create()

    assert await counted(redis_server, creates()) <= 5 * 100
