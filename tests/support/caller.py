"""A client that speaks Ark's wire format without any SDK."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from ark_emulator.server import Running

from tests.support.constants import MODEL, TASKS


@dataclass
class Answer:
    """What a server answered."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Caller:
    """A client of one running server that speaks Ark's wire, without any SDK."""

    tasks = TASKS

    def __init__(self, running: Running, session: aiohttp.ClientSession) -> None:
        self.running = running
        self.url = running.url
        self.session = session

    async def call(self, method: str, path: str, key: str | None = "sk-test", **more: Any) -> Answer:
        """One exchange; `path` may be a whole URL."""
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **more.pop("headers", {})}
        url = path if "://" in path else self.url + path
        async with self.session.request(method, url, headers=headers, **more) as response:
            return Answer(response.status, response.headers, await response.read())

    async def try_create(self, prompt: str = "a cat", key: str = "sk-test", **fields: Any) -> Answer:
        """A create request and whatever answers it."""
        body = {"model": MODEL, "content": [{"type": "text", "text": prompt}], **fields}
        return await self.call("POST", TASKS, key, json=body)

    async def create(self, prompt: str = "a cat", key: str = "sk-test", **fields: Any) -> str:
        """Creates a task; answers with its id."""
        answer = await self.try_create(prompt, key, **fields)
        assert answer.status == 200, answer.body
        return str(answer.json["id"])

    async def poll(self, task_id: str) -> dict[str, Any]:
        """The task object."""
        answer = await self.call("GET", f"{TASKS}/{task_id}")
        assert answer.status == 200, answer.body
        return dict(answer.json)

    async def status(self, task_id: str) -> str:
        """The task's status."""
        return str((await self.poll(task_id))["status"])

    async def control(self, method: str, path: str, document: Any = None) -> Any:
        """A call of the control API that must succeed."""
        answer = await self.call(method, f"/_emulator/{path}", None, json=document)
        assert answer.status < 300, answer.body
        return answer.json

    async def advance(self, seconds: float) -> list[dict[str, Any]]:
        """Sets the clock forward; answers with the effects."""
        return list((await self.control("POST", "clock/advance", {"seconds": seconds}))["effects"])

    async def now(self) -> float:
        """The time of the default world."""
        return float((await self.control("GET", "clock"))["now"])

    async def finished(self, prompt: str = "a cat", **fields: Any) -> dict[str, Any]:
        """Creates a task, sets the clock past its end, answers with the task object."""
        task_id = await self.create(prompt, **fields)
        await self.advance(10)
        return await self.poll(task_id)


Serve = Callable[..., Any]
