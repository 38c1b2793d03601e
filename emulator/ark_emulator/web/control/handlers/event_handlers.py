"""The event stream: everything that happens in a world, as server-sent events."""

import asyncio
from collections import deque
from typing import Final

from aiohttp import web

from ark_emulator.dialects.base import json_bytes
from ark_emulator.runtime import queries
from ark_emulator.runtime.world.events import EventDocument, EventsMissed
from ark_emulator.runtime.world.world import World
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import reset
from ark_emulator.web.server.connection import waiting_on_purpose

BACKLOG: Final = 1_000
"""The largest number of events that wait for a slow reader. Older ones are dropped, and `resync` reports that."""
_PING: Final = 15.0
_FAREWELL: Final = 0.5
"""Real seconds that a reader has to take what is left when the stream ends."""


class _EventQueue:
    """The events that wait for a reader. `last` is the number of the last event it received, None for a new reader."""

    def __init__(self, world: World, last: int | None) -> None:
        self._world = world
        self._told = queries.event_count(world) if last is None else last
        self._waiting: deque[tuple[int, EventDocument]] = deque(queries.events_since(world, last), maxlen=BACKLOG)
        self.news = asyncio.Event()

    def hear(self, event: EventDocument) -> None:
        """Keep an event for the reader."""
        self._waiting.append((queries.event_count(self._world), event))
        self.news.set()

    def next(self) -> bytes | None:
        """Return the next message for the reader, None when no event waits."""
        count = queries.event_count(self._world)
        number = self._waiting[0][0] if self._waiting else count + 1
        missed = number - 1 - self._told
        if missed == 0 and not self._waiting:
            return None
        if missed == 0:
            self._told, event = self._waiting.popleft()
        else:
            self._told = number - 1
            event = EventsMissed(at=self._world.now, missed=missed if missed > 0 else None).document()
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self._told, str(event["kind"]).encode(), json_bytes(event))


async def stream(exchange: Exchange) -> web.StreamResponse:
    """`GET /_emulator/events`: stream each event with `id`, `event` (the kind) and `data`; send a comment every 15 s.

    A subscriber that reconnects with `Last-Event-ID` gets the events it missed. If they are no longer kept, or the
    subscriber is too slow, a `resync` event asks it to reload its state. The stream ends with its world.
    """
    world = exchange.world
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    if exchange.request.method == "HEAD":
        return response
    backlog = _EventQueue(world, _last_seen(exchange.request))
    try:
        async with asyncio.timeout(None) as patience:

            def end() -> None:
                backlog.news.set()
                patience.reschedule(asyncio.get_running_loop().time() + _FAREWELL)

            with queries.subscription(world, backlog.hear, end):
                await response.prepare(exchange.request)
                with waiting_on_purpose(exchange.request):
                    await _tell(response, world, backlog)
    except ConnectionError:
        pass
    except TimeoutError:
        reset(exchange)
    return response


async def _tell(response: web.StreamResponse, world: World, backlog: _EventQueue) -> None:
    """Tell all there is, and whatever comes, until the world is over."""
    await response.write(b": welcome\n\n")
    while True:
        while (text := backlog.next()) is not None:
            await response.write(text)
        if queries.is_closed(world):
            return
        backlog.news.clear()
        try:
            await asyncio.wait_for(backlog.news.wait(), _PING)
        except TimeoutError:
            await response.write(b": ping\n\n")


def _last_seen(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID", "")
    return int(text[:18]) if text.isascii() and text.isdecimal() else None
