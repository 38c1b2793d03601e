"""Measures 10,000 callbacks to receivers of this machine: `python -m tests.bench.callbacks [COUNT]`.

A server of its own process, a frozen clock set past the end of all tasks at once, and three receivers: one that always
answers, one that refuses the first try of each callback, and one that never answers, beside one that does. Prints how
many arrived, how often, in which order, and how fast; exits with 1 when a promise is broken.
"""

import asyncio
import json
import math
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

LIFE = ["queued", "running", "succeeded"]
SERVER = [str(Path(sys.executable).parent / "ark-emulator"), "serve", "--port", "0", "--log", "off"]
MODEL = "dreamina-seedance-2-0-260128"
AT_ONCE = 50
"""Create requests under way at any moment."""


@dataclass
class Notes:
    """What came in at one receiver: the statuses that each task told, in order, and how often each; `wanted` in all."""

    wanted: float
    got: dict[str, list[str]] = field(default_factory=dict)
    tried: Counter = field(default_factory=Counter)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, task: Any, status: Any) -> Any:
        """Notes one attempt; answers with the number of it."""
        self.got.setdefault(task, []).append(status)
        self.tried[task, status] += 1
        if len(self.tried) >= self.wanted:
            self.arrived.set()
        return self.tried[task, status]


class Receiver(asyncio.Protocol):
    """The least receiver there can be: reads requests, and answers each try as `status` says, or not at all."""

    def __init__(self, notes: Any, status: Any) -> None:
        self.notes = notes
        self.status = status
        self.rest = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: Any) -> None:
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            head = self.rest[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.rest) < end + 4 + length:
                return
            body, self.rest = self.rest[end + 4 : end + 4 + length], self.rest[end + 4 + length :]
            document = json.loads(body)
            status = self.status(self.notes.take(document["id"], document["status"]))
            if status is not None:
                self.transport.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)


async def receiving(status: Any, wanted: Any) -> Any:
    """Starts a receiver; answers with its notes and its URL."""
    notes = Notes(wanted)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Receiver(notes, status), "127.0.0.1", 0, backlog=1024)
    return notes, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def created(session: Any, url: Any, count: Any, hook: Any) -> None:
    """Creates so many tasks."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def create() -> None:
        body = {"model": MODEL, "content": [{"type": "text", "text": "a cat"}], "callback_url": hook}
        async with turn, session.post(f"{url}/api/v3/contents/generations/tasks", json=body) as answer:
            assert answer.status == 200, await answer.text()

    await asyncio.gather(*(create() for _ in range(count)))


async def control(session: Any, method: Any, url: Any, **document: Any) -> Any:
    async with session.request(method, url, json=document or None) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def told(session: Any, url: Any, tasks: Any, status: Any) -> Any:
    """One receiver, one advance over the life of so many tasks: what came in, and the seconds it took."""
    await control(session, "POST", f"{url}/_emulator/reset")
    receiver, hook = await receiving(status, tasks * len(LIFE))
    await control(session, "POST", f"{url}/_emulator/callbacks/pause")
    await created(session, url, tasks, hook)
    await control(session, "POST", f"{url}/_emulator/callbacks/resume")
    began = time.perf_counter()
    await control(session, "POST", f"{url}/_emulator/clock/advance", seconds=60)
    return receiver, time.perf_counter() - began


async def rates(url: Any, tasks: Any, rounds: Any) -> Any:
    """Callbacks a second to a receiver that always answers, round by round."""
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer x"}) as session:
        found = [await told(session, url, tasks, lambda tried: 204) for _ in range(rounds)]
    return [receiver.tried.total() / took for receiver, took in found]


async def phase(name: Any, session: Any, url: Any, count: Any, status: Any, life: Any) -> Any:
    """One receiver, one advance over the life of all tasks: what arrived and how fast."""
    tasks = math.ceil(count / len(LIFE))
    receiver, took = await told(session, url, tasks, status)
    attempts = receiver.tried.total()
    wrong = sum(statuses != life for statuses in receiver.got.values()) + tasks - len(receiver.got)
    print(
        f"{name:8} {tasks * len(LIFE):6} callbacks, {attempts:6} attempts in {took:6.2f} s "
        f"({attempts / took:5.0f}/s), tasks not told exactly {'>'.join(life)}: {wrong}"
    )
    return wrong


async def beside_a_hanging_one(session: Any, url: Any, count: Any) -> Any:
    """A receiver that never answers and one that does, on a running clock: how long the second takes."""
    tasks = math.ceil(count / 10 / len(LIFE))
    took = []
    for hanging in (False, True):
        await control(session, "POST", f"{url}/_emulator/reset")
        await control(session, "POST", f"{url}/_emulator/clock/freeze")
        silent, nowhere = await receiving(lambda tried: None, math.inf)
        quick, hook = await receiving(lambda tried: 200, tasks * len(LIFE))
        if hanging:
            await created(session, url, tasks, nowhere)
        await created(session, url, tasks, hook)
        began = time.perf_counter()
        await control(session, "POST", f"{url}/_emulator/clock/resume", speed=1000)
        await asyncio.wait_for(quick.arrived.wait(), 60)
        took.append(time.perf_counter() - began)
    print(
        f"hangs    {tasks * len(LIFE):6} callbacks to a quick receiver: {took[0]:.2f} s alone, {took[1]:.2f} s beside "
        f"{tasks} tasks of one that hangs (it got {silent.tried.total()} attempts)"
    )
    return sum(statuses != LIFE for statuses in quick.got.values())


async def measure(url: Any, count: Any) -> Any:
    """All three; answers with the number of tasks that were not told as promised."""
    timeout = aiohttp.ClientTimeout(total=600)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer x"}, timeout=timeout) as session:
        wrong = await phase("answers", session, url, count, lambda tried: 204, LIFE)
        refusing = [*LIFE, LIFE[-1]]
        wrong += await phase("flaps", session, url, count, lambda tried: 503 if tried == 1 else 200, refusing)
        return wrong + await beside_a_hanging_one(session, url, count)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    server = subprocess.Popen(
        [*SERVER, "--clock", "frozen"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        url = server.stdout.readline().strip().partition("=")[2]
        sys.exit(asyncio.run(measure(url, count)) > 0)
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    main()
