"""Create requests that have their effect, and whose replies go wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ark_emulator.core.time.clock import ClockMode

from tests.support.caller import Caller, Serve
from tests.support.raw_client import Plain


@pytest.mark.parametrize(
    ("reply", "seen"),
    [("reset", 0), ("truncate", 0), ("malformed", 200), (503, 503), (200, 200), ("30s", 200)],
)
async def test_the_task_exists_whatever_happens_to_the_reply(plain: Plain, reply: str, seen: int) -> None:
    name = await plain.fault(on="create", after_commit=reply)
    try:
        status = (await plain.create()).status_code
    except httpx.TransportError:
        status = 0
    assert status == seen
    (task,) = (await plain.server.control("GET", "tasks"))["items"]
    (entry,) = await plain.journal()
    assert (entry["fault"], entry["task"]) == (name, task["id"])
    await plain.server.advance(10)
    (task,) = (await plain.server.control("GET", "tasks"))["items"]
    assert (task["status"], task["usage"]["total_tokens"]) == ("succeeded", 108_900)


async def test_a_lost_reply_is_a_reset_and_stands_in_the_journal_without_one(
    plain: Plain, breaks: Callable[[Awaitable[Any]], Awaitable[bool]]
) -> None:
    await plain.fault(on="create", after_commit="reset")
    assert await breaks(plain.create())
    (entry,) = await plain.journal()
    assert (entry["status"], entry["response"]["body"]) == (0, "")


async def test_a_request_that_is_refused_gets_its_refusal(plain: Plain) -> None:
    await plain.fault(on="create", after_commit="reset")
    refused = await plain.create(ratio="7:5")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidParameter")
    assert (await plain.server.control("GET", "tasks"))["total"] == 0


async def test_a_status_can_say_whether_to_try_again(plain: Plain) -> None:
    await plain.fault(on="create", after_commit=503, should_retry=False, retry_after="9s")
    answer = await plain.create()
    assert (answer.headers["x-should-retry"], answer.headers["Retry-After"]) == ("false", "9")


async def test_a_late_reply_comes_after_the_task_does(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    slow = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    accepted = asyncio.Event()
    world = slow.server.running.engine.worlds.default
    world.listeners.append(lambda event: accepted.set() if event["kind"] == "accepted" else None)
    await slow.fault(on="create", after_commit="1h")
    creating = asyncio.ensure_future(slow.create())
    await asyncio.wait_for(accepted.wait(), 20)
    assert not creating.done()
    await slow.server.advance(3_600)
    (task,) = (await slow.server.control("GET", "tasks"))["items"]
    assert (await asyncio.wait_for(creating, 20)).json()["id"] == task["id"]


async def test_a_gateways_reply_can_be_lost_as_well(
    plain: Plain, breaks: Callable[[Awaitable[Any]], Awaitable[bool]]
) -> None:
    await plain.fault(on="create", after_commit="reset")
    body = {"model": "seedance-2.0", "prompt": "a cat"}
    assert await breaks(plain.ask("POST", "/newapi/v1/video/generations", json=body))
    assert (await plain.server.control("GET", "tasks"))["total"] == 1
