"""A client that repeats nothing and shows whatever comes, down to the bytes of a connection."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.caller import Caller
from tests.support.constants import MODEL, TASKS


@dataclass
class Plain:
    """A client of a server with faults, which shows whatever comes, and repeats nothing."""

    server: Caller
    http: httpx.AsyncClient
    key: str = "sk-test"

    async def fault(self, **rule: Any) -> str:
        """Adds a fault; answers with its id."""
        return str((await self.server.control("POST", "faults", rule))["id"])

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One exchange."""
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def create(self, prompt: str = "a cat", **fields: Any) -> httpx.Response:
        """A create request, whatever comes of it."""
        body = {"model": MODEL, "content": [{"type": "text", "text": prompt}], **fields}
        return await self.ask("POST", TASKS, json=body)

    async def poll(self, task: str) -> httpx.Response:
        """A poll, whatever comes of it."""
        return await self.ask("GET", f"{TASKS}/{task}")

    async def clip(self) -> str:
        """The link to the clip of a new task that has succeeded."""
        return str((await self.server.finished())["content"]["video_url"])

    async def journal(self) -> Any:
        """What was said."""
        return (await self.server.control("GET", "journal"))["items"]

    async def held(self) -> None:
        """Waits until the server holds an exchange up."""
        while not self.server.running.engine.streams:
            await self.server.now()

    async def raw(self, path: str, method: str = "GET") -> tuple[bytes, type[Exception] | None]:
        """Every byte that comes back on a connection of its own, and how it ended: None for an orderly end."""
        url = httpx.URL(self.server.url)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        key = "" if "X-Tos-" in path else f"Authorization: Bearer {self.key}\r\n"
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\n{key}\r\n".encode())
        found = b""
        try:
            async with asyncio.timeout(60):
                while piece := await reader.read(65_536):
                    found += piece
        except ConnectionError as error:
            return found, type(error)
        finally:
            writer.close()
        return found, None
