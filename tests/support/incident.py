"""A server that runs one scenario, and a client that reports everything and repeats nothing."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.caller import Caller
from tests.support.constants import MODEL, TASKS


@dataclass
class Incident:
    """A server with one scenario, as a client meets it who reports everything and repeats nothing."""

    caller: Caller
    http: httpx.AsyncClient
    key: str = "sk-test"

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One exchange."""
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def create(self, prompt: str = "a cat", **fields: Any) -> httpx.Response:
        """A create request, whatever comes of it."""
        content = [{"type": "text", "text": prompt}, *fields.pop("more", [])]
        return await self.ask("POST", TASKS, json={"model": MODEL, "content": content, **fields})

    async def made(self, **fields: Any) -> str:
        """Creates a task; answers with its id."""
        answer = await self.create(**fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    async def poll(self, task: str) -> httpx.Response:
        """A poll, whatever comes of it."""
        return await self.ask("GET", f"{TASKS}/{task}")

    async def status(self, task: str) -> str:
        """What a poll says of the status."""
        return str((await self.poll(task)).json()["status"])

    async def statuses(self, task: str, count: int) -> list[str]:
        """What so many polls say of the status."""
        return [await self.status(task) for _ in range(count)]

    async def codes(self, task: str, count: int) -> list[int]:
        """The HTTP statuses of so many polls; 0 for a connection that broke."""
        return [await code_of(self.poll(task)) for _ in range(count)]

    async def list(self, **query: Any) -> Any:
        """The list of tasks."""
        return (await self.ask("GET", TASKS, params=query)).json()

    async def cancel(self, task: str) -> httpx.Response:
        """A cancel, whatever comes of it."""
        return await self.ask("DELETE", f"{TASKS}/{task}")

    async def finished(self, **fields: Any) -> Any:
        """Creates a task, goes to its end, answers with the task object."""
        task = await self.made(**fields)
        await self.caller.control("POST", "clock/advance", {"until": "idle"})
        return (await self.poll(task)).json()

    async def get(self, url: str) -> httpx.Response:
        """A download, which shows no key."""
        return await self.http.get(url)

    async def inside(self) -> Any:
        """The tasks that there really are, newest first."""
        return (await self.caller.control("GET", "tasks"))["items"]

    async def journal(self) -> Any:
        """What was said."""
        return (await self.caller.control("GET", "journal"))["items"]

    async def advance(self, seconds: float) -> Any:
        """Sets the clock forward."""
        return await self.caller.advance(seconds)

    async def now(self) -> float:
        """The world's time."""
        return float(await self.caller.now())

    def heard(self, kind: str) -> asyncio.Event:
        """Is set as soon as something of this kind happens in the world."""
        event = asyncio.Event()
        world = self.caller.running.engine.worlds.default
        world.listeners.append(lambda told: event.set() if told["kind"] == kind else None)
        return event

    async def broken(self, answer: Awaitable[httpx.Response]) -> bool:
        """True when the connection broke before the answer was whole."""
        return await code_of(answer) == 0


async def code_of(answer: Awaitable[httpx.Response]) -> int:
    """The HTTP status of an answer to come, 0 when the connection broke before it was whole."""
    try:
        return (await answer).status_code
    except httpx.TransportError:
        return 0
