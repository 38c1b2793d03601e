"""The routes, as one list, and the one place where exchanges become HTTP."""

import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from emulator.core.errors import Refusal
from emulator.dialects.base import Dialect, Reply
from emulator.runtime.engine import Engine
from emulator.runtime.settings import MAX_BODY
from emulator.web import control, media, tasks
from emulator.web.control import Misuse
from emulator.web.exchange import Exchange
from emulator.web.log import Log

Handler = Callable[[Exchange], Awaitable[Reply | web.StreamResponse]]
ENGINE: Final = web.AppKey("engine", Engine)


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the route table: method, path, what answers, and the dialect it answers in."""

    method: str
    path: str
    handler: Handler
    dialect: str


def _ark(base: str, dialect: str) -> Iterable[Route]:
    collection = f"{base}/contents/generations/tasks"
    return (
        Route("POST", collection, tasks.create, dialect),
        Route("GET", collection, tasks.listing, dialect),
        Route("GET", collection + "/{id}", tasks.fetch, dialect),
        Route("DELETE", collection + "/{id}", tasks.delete, dialect),
    )


ROUTES: Final[tuple[Route, ...]] = (
    *_ark("/api/v3", "ark"),
    *_ark("/api/coding/v3", "ark"),
    Route("GET", "/_emulator/health", control.health, "control"),
    Route("GET", "/_emulator/clock", control.clock, "control"),
    Route("POST", "/_emulator/clock/freeze", control.freeze, "control"),
    Route("POST", "/_emulator/clock/resume", control.resume, "control"),
    Route("POST", "/_emulator/clock/advance", control.advance, "control"),
    Route("POST", "/_emulator/reset", control.reset, "control"),
    Route("GET", "/{family}/{object}", media.fetch, "storage"),
    Route("HEAD", "/{family}/{object}", media.fetch, "storage"),
)


def build(engine: Engine, log: Log) -> web.Application:
    """The application that serves one engine."""
    app = web.Application(client_max_size=MAX_BODY)
    app[ENGINE] = engine
    door = _Door(engine, log)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, door.open(route.handler, engine.dialects.get(route.dialect)))
    app.router.add_route("*", "/{tail:.*}", door.open(_unknown, None))
    app.on_cleanup.append(lambda _: engine.close())
    return app


class _Door:
    """Where every exchange comes in and goes out."""

    def __init__(self, engine: Engine, log: Log) -> None:
        self._engine = engine
        self._log = log

    def open(self, handler: Handler, dialect: Dialect | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The aiohttp handler around one of ours."""
        engine, log = self._engine, self._log
        speech = dialect or engine.dialects["ark"]

        async def enter(request: web.Request) -> web.StreamResponse:
            began = time.perf_counter()
            exchange = Exchange(request, engine, engine.world, speech)
            answer = await _answer(handler, exchange)
            response = _response(answer, exchange) if isinstance(answer, Reply) else answer
            log.line(exchange, response.status, time.perf_counter() - began)
            return response

        return enter


async def _answer(handler: Handler, exchange: Exchange) -> Reply | web.StreamResponse:
    try:
        return await handler(exchange)
    except Refusal as refusal:
        return exchange.dialect.refused(refusal, exchange.request_id)
    except Misuse as misuse:
        return misuse.reply()
    except web.HTTPRequestEntityTooLarge:
        return exchange.dialect.refused(Refusal("http.body_too_large"), exchange.request_id)
    except Exception as error:
        sys.stderr.write(f"ark-emulator: unexpected {type(error).__name__}: {error}\n")
        return exchange.dialect.refused(Refusal("server.internal"), exchange.request_id)


def _response(reply: Reply, exchange: Exchange) -> web.Response:
    response = web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
    headers = response.headers
    headers["X-Request-Id"] = exchange.request_id
    if (client_id := exchange.request.headers.get("X-Client-Request-Id")) is not None:
        headers["X-Client-Request-Id"] = client_id
    headers.update(reply.headers)
    return response


async def _unknown(exchange: Exchange) -> Reply:
    request = exchange.request
    if request.path.startswith("/_emulator"):
        raise Misuse(404, "not_found", f"there is no {request.method} {request.path}")
    raise Refusal("http.route")
