"""Sends callbacks over the network: one POST, five real seconds to acknowledge it, no redirects."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp

from emulator.core.values import Attempt, Delivery, Task
from emulator.runtime.worlds import World

PATIENCE: Final = 5.0
"""Real seconds a receiver has to answer (documented)."""
AT_ONCE: Final = 16
"""Attempts under way to one receiver at any moment; more wait for their turn, and delay nobody else's."""

Body = Callable[[World, Task, Delivery], bytes]


class CallbackSender:
    """Makes single delivery attempts. `body` prints what a delivery says, `rewrite` replaces beginnings of URLs."""

    def __init__(self, body: Body, rewrite: Sequence[tuple[str, str]] = ()) -> None:
        self._body = body
        self._rewrite = rewrite
        self._session: aiohttp.ClientSession | None = None
        self._gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def send(self, world: World, task: Task, delivery: Delivery) -> Attempt:
        """One attempt and its verdict; never raises for what the network or the receiver does."""
        url = self._address(delivery.url)
        receiver = _receiver(url)
        gate = self._gates.get(receiver)
        if gate is None:
            gate = self._gates[receiver] = asyncio.Semaphore(AT_ONCE)
        async with gate:
            began = time.perf_counter()
            verdict, status, detail = await self._post(url, self._body(world, task, delivery), _headers(task))
        return Attempt(world.now, time.perf_counter() - began, verdict, status, detail)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _address(self, url: str) -> str:
        """The URL to call: its beginning replaced where a rewriting rule fits, for receivers in containers."""
        for old, new in self._rewrite:
            if url.startswith(old):
                return new + url[len(old) :]
        return url

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[str, int | None, str]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=PATIENCE)
            )
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                return _verdict(response.status), response.status, ""
        except TimeoutError:
            return "timeout", None, f"no answer within {PATIENCE:g} s"
        except aiohttp.ClientSSLError as error:
            return "tls", None, str(error)
        except aiohttp.ClientConnectorError as error:
            return "refused", None, str(error)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return "error", None, f"{type(error).__name__}: {error}"


def _receiver(url: str) -> str:
    """Host and port of a callback's URL, the URL itself when it is none; the attempt will tell."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return url


def _verdict(status: int) -> str:
    if 200 <= status < 300:
        return "delivered"
    return "redirect" if 300 <= status < 400 else "status"


def _headers(task: Task) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if task.submission.trace:
        headers["traceparent"] = task.submission.trace
    return headers
