"""The event stream: everything that happens in a world, as server-sent events."""

import asyncio
import contextlib
from collections import deque
from typing import Final

from aiohttp import web

from emulator.dialects.base import written
from emulator.runtime.worlds import Event
from emulator.web.exchange import Exchange

BACKLOG: Final = 1_000
"""Events one slow reader may be behind; more are dropped, and it is told to look afresh."""
_PING: Final = 15.0


async def stream(exchange: Exchange) -> web.StreamResponse:
    """`GET /_emulator/events`: `id`, `event` (the kind) and `data` (JSON) for each event, a comment every 15 s.

    A reader that comes back with `Last-Event-ID` gets what it missed, as far as it is kept.
    """
    world, request = exchange.world, exchange.request
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    waiting: deque[tuple[int, Event]] = deque(world.events.since(_last_seen(request)), maxlen=BACKLOG)
    news = asyncio.Event()

    def hear(event: Event) -> None:
        waiting.append((world.events.count, event))
        news.set()

    world.listeners.append(hear)
    exchange.engine.streams.add(news)
    try:
        await response.prepare(request)
        await response.write(b": welcome\n\n")
        while not exchange.engine.closing:
            while waiting:
                number, event = waiting.popleft()
                kind = str(event["kind"]).encode()
                await response.write(b"id: %d\nevent: %s\ndata: %s\n\n" % (number, kind, written(event)))
            news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), _PING)
            if not waiting:
                await response.write(b": ping\n\n")
    except ConnectionError:
        pass
    finally:
        exchange.engine.streams.discard(news)
        world.listeners.remove(hear)
    return response


def _last_seen(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID", "")
    return int(text) if text.isdecimal() else None
