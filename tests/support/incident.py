"""A server that runs one scenario, and a client that returns every response and retries nothing."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.caller import Caller
from tests.support.constants import MODEL, TASKS


@dataclass
class Incident:
    """A server with one scenario, and a client that returns every response and retries nothing."""

    caller: Caller
    http: httpx.AsyncClient
    key: str = "sk-test"

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send one request."""
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def create(self, prompt: str = "a cat", **fields: Any) -> httpx.Response:
        """Send a create request and return the response, successful or not."""
        content = [{"type": "text", "text": prompt}, *fields.pop("more", [])]
        return await self.ask("POST", TASKS, json={"model": MODEL, "content": content, **fields})

    async def made(self, **fields: Any) -> str:
        """Create a task and return its id."""
        answer = await self.create(**fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    async def poll(self, task: str) -> httpx.Response:
        """Poll a task and return the response, successful or not."""
        return await self.ask("GET", f"{TASKS}/{task}")

    async def status(self, task: str) -> str:
        """Return the status that a poll shows."""
        return str((await self.poll(task)).json()["status"])

    async def statuses(self, task: str, count: int) -> list[str]:
        """Return the statuses that so many polls show."""
        return [await self.status(task) for _ in range(count)]

    async def codes(self, task: str, count: int) -> list[int]:
        """Return the HTTP statuses of so many polls; 0 for a connection that broke."""
        return [await code_of(self.poll(task)) for _ in range(count)]

    async def list(self, **query: Any) -> Any:
        """Return the list of tasks."""
        return (await self.ask("GET", TASKS, params=query)).json()

    async def cancel(self, task: str) -> httpx.Response:
        """Cancel a task and return the response, successful or not."""
        return await self.ask("DELETE", f"{TASKS}/{task}")

    async def finished(self, **fields: Any) -> Any:
        """Create a task, advance to its end, and return the task object."""
        task = await self.made(**fields)
        await self.caller.control("POST", "clock/advance", {"until": "idle"})
        return (await self.poll(task)).json()

    async def get(self, url: str) -> httpx.Response:
        """Download a URL without an API key."""
        return await self.http.get(url)

    async def inside(self) -> Any:
        """Return the tasks in the world, newest first."""
        return (await self.caller.control("GET", "tasks"))["items"]

    async def journal(self) -> Any:
        """Return the entries of the journal."""
        return (await self.caller.control("GET", "journal"))["items"]

    async def advance(self, seconds: float) -> Any:
        """Advance the clock."""
        return await self.caller.advance(seconds)

    async def now(self) -> float:
        """Return the world's time."""
        return float(await self.caller.now())

    def heard(self, kind: str) -> asyncio.Event:
        """Return an event that is set when the world publishes an event of this kind."""
        event = asyncio.Event()
        world = self.caller.running.engine.worlds.default
        world.listeners.append(lambda published: event.set() if published["kind"] == kind else None)
        return event

    async def broken(self, answer: Awaitable[httpx.Response]) -> bool:
        """Return True when the connection broke before the response was complete."""
        return await code_of(answer) == 0


async def code_of(answer: Awaitable[httpx.Response]) -> int:
    """Return the HTTP status of a response, 0 when the connection broke before it was complete."""
    try:
        return (await answer).status_code
    except httpx.TransportError:
        return 0
