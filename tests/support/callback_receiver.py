"""An HTTP server that receives callbacks."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.constants import PATIENT


@dataclass
class Received:
    """One callback as it came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def status(self) -> str:
        """The status that it tells."""
        return str(self.body["status"])


@dataclass
class Receiver:
    """A receiver of callbacks: records each, then answers as `answers` says for its path; 200 unless told otherwise.

    An answer is a status, or a function of what was received that may be awaited and gives a status.
    """

    url: str = ""
    got: list[Received] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """The handler."""
        received = Received(request.path, dict(request.headers), await request.json())
        async with self.news:
            self.got.append(received)
            self.news.notify_all()
        answer = self.answers.get(request.path, 200)
        status = await answer(received) if callable(answer) else answer
        return web.Response(status=status, headers={"Location": self.url + "/elsewhere"} if status == 302 else {})

    async def hang(self, _: Received) -> int:
        """An answer that does not come before `hold` is set."""
        await self.hold.wait()
        return 200

    async def wait_for(self, count: int, path: str | None = None) -> list[Received]:
        """Waits until so many callbacks came in, to that path or to any; answers with them."""
        async with asyncio.timeout(PATIENT), self.news:
            await self.news.wait_for(lambda: len(self.at(path)) >= count)
        return self.at(path)

    def at(self, path: str | None = None) -> list[Received]:
        """What came in, to that path or to any."""
        return [each for each in self.got if path in (None, each.path)]

    def told(self, path: str | None = None) -> list[str]:
        """The statuses told, in the order in which they came in."""
        return [each.status for each in self.at(path)]
