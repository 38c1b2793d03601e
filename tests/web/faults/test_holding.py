"""Exchanges that are held up: in virtual time, or until the client gives up."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.web.server import http_runner

from tests.support.caller import Caller, Serve
from tests.support.raw_client import Plain


async def test_a_delay_takes_virtual_seconds(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    fast = plainly(await serve(mode=ClockMode.LIVE, speed=1_000))
    await fast.fault(on="create", delay="60s")
    began, really = await fast.server.now(), time.monotonic()
    assert (await fast.create()).status_code == 200
    assert await fast.server.now() - began >= 60
    assert time.monotonic() - really < 30


async def test_a_delayed_create_is_heard_only_after_the_delay(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    slow = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    await slow.fault(on="create", delay="1h")
    creating = asyncio.ensure_future(slow.create())
    await slow.held()
    assert (await slow.server.control("GET", "tasks"))["total"] == 0
    assert not creating.done()
    creating.cancel()


async def test_a_delay_is_over_when_the_clock_is_set_past_it(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    slow = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    await slow.fault(on="create", delay="1h")
    creating = asyncio.ensure_future(slow.create())
    await slow.held()
    await slow.server.advance(1)
    assert not creating.done()
    await slow.server.advance(3_600)
    assert (await asyncio.wait_for(creating, 20)).status_code == 200


@pytest.mark.parametrize("mode", [ClockMode.FROZEN, ClockMode.POLLS])
async def test_a_clock_that_stands_still_is_not_waited_for_and_the_journal_says_so(
    serve: Serve, plainly: Callable[[Caller], Plain], mode: ClockMode
) -> None:
    still = plainly(await serve(mode=mode))
    name = await still.fault(on="create", delay="1h")
    assert (await still.create()).status_code == 200
    (entry,) = await still.journal()
    assert (entry["fault"], entry["notes"]) == (name, ["a delay was skipped: the clock is stopped"])


async def test_a_clock_that_is_stopped_ends_the_wait(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    slow = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    await slow.fault(on="fetch", delay="1h")
    polling = asyncio.ensure_future(slow.poll("cgt-1"))
    await slow.held()
    await slow.server.control("POST", "clock/freeze")
    assert (await asyncio.wait_for(polling, 20)).status_code == 404


async def test_the_lengths_of_a_range_follow_from_the_seed(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    waits = []
    for _ in range(2):
        fast = plainly(await serve(mode=ClockMode.LIVE, speed=1_000, seed=7))
        await fast.fault(on="fetch", delay="100s..900s")
        began = await fast.server.now()
        await fast.poll("cgt-1")
        waits.append(await fast.server.now() - began)
    assert all(wait >= 100 for wait in waits)
    assert abs(waits[0] - waits[1]) < 400


async def test_a_hanging_exchange_is_noted_when_the_client_gives_up(plain: Plain) -> None:
    name = await plain.fault(on="fetch", hang=True)
    noted = asyncio.Event()
    plain.server.running.engine.worlds.default.listeners.append(lambda event: noted.set())
    polling = asyncio.ensure_future(plain.poll("cgt-1"))
    await plain.held()
    assert not polling.done()
    polling.cancel()
    await asyncio.wait_for(noted.wait(), 20)
    (entry,) = await plain.journal()
    assert (entry["status"], entry["fault"], entry["task"]) == (0, name, "cgt-1")


@pytest.mark.parametrize("rule", [{"hang": True}, {"delay": "1h"}])
async def test_a_server_that_stops_does_not_wait_for_those_it_holds_up(
    serve: Serve, plainly: Callable[[Caller], Plain], rule: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_runner, "GRACE", 60.0)
    held = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    await held.fault(on="fetch", **rule)
    polling = asyncio.ensure_future(held.poll("cgt-1"))
    await held.held()
    began = time.monotonic()
    await held.server.running.stop()
    assert time.monotonic() - began < 20
    (answer,) = await asyncio.gather(polling, return_exceptions=True)
    assert isinstance(answer, httpx.TransportError) or answer.status_code == 404
