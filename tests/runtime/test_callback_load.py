"""Many callbacks at once: each arrives, in order, as often as it has to; `tests/bench/callbacks.py` measures more."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.callbacks import callback_sender
from ark_emulator.runtime.callbacks.callback_sender import MAX_PER_RECEIVER

from tests.support.callback_receiver import Received, Receiver
from tests.support.caller import Caller, Serve
from tests.support.constants import PATIENT

TASKS = 100
LIFE = ["queued", "running", "succeeded"]


async def created(ark: Caller, count: int, url: str) -> list[str]:
    """Creates so many tasks at once; answers with their ids."""
    return await asyncio.gather(*(ark.create(f"cat {number}", callback_url=url) for number in range(count)))


def told(receiver: Receiver, path: str | None = None) -> dict[str, Any]:
    """What came in for each task, in its order."""
    found = {}
    for got in receiver.at(path):
        found.setdefault(got.body["id"], []).append(got.status)
    return found


async def states(ark: Caller) -> Counter[Any]:
    """How many callbacks stand where."""
    items = (await ark.control("GET", "callbacks?limit=100000"))["items"]
    return Counter((item["status"], item["state"]) for item in items)


async def test_a_receiver_that_answers_gets_every_callback_once_and_in_order(ark: Caller, receiver: Receiver) -> None:
    tasks = await created(ark, TASKS, receiver.url + "/")
    await ark.advance(60)
    assert told(receiver) == dict.fromkeys(tasks, LIFE)
    assert await states(ark) == {(status, "delivered"): TASKS for status in LIFE}


async def test_a_receiver_that_answers_every_other_time_gets_every_callback_and_the_end_again(
    ark: Caller, receiver: Receiver
) -> None:
    seen = Counter()

    async def flapping(got: Received) -> int:
        seen[got.body["id"], got.status] += 1
        return 503 if seen[got.body["id"], got.status] % 2 else 200

    receiver.answers["/"] = flapping
    tasks = await created(ark, TASKS, receiver.url + "/")
    await ark.advance(60)
    assert told(receiver) == {task: [*LIFE, "succeeded"] for task in tasks}
    assert await states(ark) == {
        ("queued", "failed"): TASKS,
        ("running", "failed"): TASKS,
        ("succeeded", "delivered"): TASKS,
    }


async def test_a_receiver_that_hangs_up_after_reading_gets_the_end_at_least_once(ark: Caller) -> None:
    got = {}

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        body = json.loads(await reader.readexactly(length))
        told = got.setdefault(body["id"], [])
        told.append(body["status"])
        if len(told) % 3:
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0, backlog=1024) as server:
        tasks = await created(ark, TASKS, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        await ark.advance(60)
    assert got == {task: [*LIFE, "succeeded"] for task in tasks}
    assert await states(ark) == {(status, "delivered"): TASKS for status in LIFE}


@pytest.mark.parametrize("speed", [1.0, 1e5])
async def test_a_receiver_that_hangs_slows_nobody_but_itself(
    serve: Serve, receiver: Receiver, speed: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiver that hangs goes by another name, which makes it another receiver; it is not given up meanwhile."""
    monkeypatch.setattr(callback_sender, "ATTEMPT_TIMEOUT", 3 * PATIENT)
    ark = await serve(mode=ClockMode.LIVE, speed=speed)
    receiver.answers["/hangs"] = receiver.hang
    hanging = receiver.url.replace("127.0.0.1", "localhost") + "/hangs"
    await created(ark, TASKS, hanging)
    tasks = await created(ark, TASKS, receiver.url + "/quick")
    count = TASKS * (1 if speed == 1.0 else len(LIFE))
    await receiver.wait_for(count, "/quick")
    assert {task: statuses[0] for task, statuses in told(receiver, "/quick").items()} == dict.fromkeys(tasks, "queued")
    assert all(statuses == LIFE[: len(statuses)] for statuses in told(receiver, "/quick").values())
    assert 0 < len(receiver.at("/hangs")) <= MAX_PER_RECEIVER


async def test_a_server_that_stops_waits_for_no_receiver(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_sender, "ATTEMPT_TIMEOUT", 3 * PATIENT)
    ark = await serve(mode=ClockMode.LIVE)
    receiver.answers["/"] = receiver.hang
    await created(ark, TASKS, receiver.url + "/")
    await receiver.wait_for(1)
    async with asyncio.timeout(PATIENT):
        await ark.running.stop()
