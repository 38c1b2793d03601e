"""The one place where exchanges become HTTP."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from aiohttp import web

from emulator.core import ids
from emulator.core.errors import Refusal
from emulator.core.preconditions import http_date
from emulator.dialects.base import Dialect, Reply
from emulator.runtime.engine import Engine
from emulator.runtime.journal import Entry, safe_path
from emulator.runtime.registry import TooManyWorlds, UnknownWorld
from emulator.runtime.settings import MAX_BODY
from emulator.runtime.stored import PenLost, StoreGone
from emulator.runtime.worlds import DEFAULT, World
from emulator.web.answers import Answer, Unsent, sent
from emulator.web.control import guard
from emulator.web.control.wire import Misuse
from emulator.web.exchange import Exchange, bearer
from emulator.web.faulting import struck
from emulator.web.log import Log
from emulator.web.routes import CONTROL, ROUTES, STORAGE, UNGUARDED, Handler, Route
from emulator.web.text import on_one_line, plain
from emulator.web.traffic import TRAFFIC, Traffic

ENGINE: Final = web.AppKey("engine", Engine)


def build(engine: Engine, log: Log) -> web.Application:
    """The application that serves one engine."""
    app = web.Application(client_max_size=MAX_BODY)
    app[ENGINE] = engine
    traffic = app[TRAFFIC] = Traffic()
    door = _Door(engine, log, traffic)
    for prefix in ("", "/w/{world}"):
        for route in ROUTES:
            app.router.add_route(route.method, prefix + route.path, door.open(route))
    app.router.add_route("*", r"/{tail:[\s\S]*}", door.open(Route("*", "", _unknown, "ark")))
    app.on_shutdown.append(_hush)
    app.on_cleanup.append(_close)
    return app


async def _hush(app: web.Application) -> None:
    app[ENGINE].end_streams()


async def _close(app: web.Application) -> None:
    await app[ENGINE].close()


class _Door:
    """Where every exchange comes in and goes out."""

    def __init__(self, engine: Engine, log: Log, traffic: Traffic) -> None:
        self._engine = engine
        self._log = log
        self._traffic = traffic

    def open(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The aiohttp handler around one of ours."""
        engine, log, count = self._engine, self._log, self._traffic.count
        speech = engine.dialects.get(route.dialect) or engine.dialects["ark"]
        find = _FINDERS.get(route.dialect, _own_world)
        journaled = route.dialect != CONTROL
        place = route.dialect if route.dialect in _FINDERS else None
        kind = route.on or "other"
        probe = route.path in UNGUARDED
        handled = partial(_handled, route)
        finish = partial(_response, emulated=journaled)
        kept = engine.worlds.keeping is not None

        async def enter(request: web.Request) -> web.StreamResponse:
            began = time.perf_counter()
            answers: Handler = handled
            try:
                if not journaled:
                    guard.admit(engine.settings, request.method, request.headers, probe=probe)
                if kept and not await _brought(engine, request, speech, route.dialect):
                    answers, world = (handled if probe else _unreachable), engine.worlds.default
                else:
                    world = find(engine, request, speech)
                exchange = Exchange(request, engine, world, speech)
            except Misuse as misuse:
                reply = misuse.reply()
                return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
            try:
                answer = await _answer(answers, exchange, in_control=not journaled)
                response, body = await sent(answer, exchange, finish)
            except asyncio.CancelledError:
                note(exchange, Unsent(), b"", began)
                raise
            note(exchange, response, body, began)
            return response

        def note(exchange: Exchange, response: web.StreamResponse, body: bytes, began: float) -> None:
            took = time.perf_counter() - began
            log.line(exchange, response.status, took)
            count(place or exchange.dialect.name, kind, response.status, exchange.fault)
            if journaled:
                _keep(exchange, exchange.entry(response.status, took, body, response.headers))

        return enter


async def _handled(route: Route, exchange: Exchange) -> Answer:
    """What the route's handler makes of an exchange, or the fault that strikes it; the dialect is chosen first."""
    if route.choose is not None:
        await route.choose(exchange)
    if route.on is None or not exchange.world.behaviour.strikes(route.on):
        return await route.handler(exchange)
    return await struck(exchange, route.on, partial(_answer, route.handler, exchange))


def _keep(exchange: Exchange, entry: Entry) -> None:
    """Write the exchange into the journal, and tell of it if anybody listens."""
    world = exchange.world
    world.journal.add(entry)
    if world.listeners:
        event = {"at": entry.at, "kind": "exchange", "number": entry.number, "method": entry.method}
        event |= {"path": safe_path(entry.path), "status": entry.status, "task": entry.task}
        world.tell({**event, "dialect": entry.dialect, "fault": entry.fault, "attempt": entry.attempt})


def _own_world(engine: Engine, request: web.Request, dialect: Dialect) -> World:
    """The world an emulated route is asked in: the one in its path, else that of its key."""
    named = request.match_info.get("world")
    if named is None or engine.settings.isolate:
        try:
            return engine.worlds.of_key(named or bearer(request.headers, bare=dialect.bare_keys))
        except TooManyWorlds:
            raise Misuse(429, "too_many_worlds", "this server holds no more worlds") from None
    return _named_world(engine, named)


def _controlled_world(engine: Engine, request: web.Request, _: Dialect) -> World:
    """The world a control route is about: the one in its path, query or header, else the default one."""
    named = (
        request.match_info.get("world") or request.query.get("world") or request.headers.get("X-Emulator-World") or ""
    )
    return _named_world(engine, named) if named else engine.worlds.default


def _storing_world(engine: Engine, request: web.Request, dialect: Dialect) -> World:
    """The world whose object is asked for, whoever asks: the object's name says which."""
    name = request.match_info["object"][: ids.OBJECT_NAME]
    world = engine.worlds.of_pod(ids.pod_of(name)) if ids.is_object_name(name) else None
    return world or _own_world(engine, request, dialect)


_FINDERS: Final = {CONTROL: _controlled_world, STORAGE: _storing_world}
"""How an exchange finds its world, where not by its key."""


async def _brought(engine: Engine, request: web.Request, dialect: Dialect, room: str) -> bool:
    """Let the world that is asked in be here, and as it is by now; False when the store cannot be reached."""
    named = request.match_info.get("world")
    pod = None
    if room == CONTROL:
        named = named or request.query.get("world") or request.headers.get("X-Emulator-World") or DEFAULT
    elif room == STORAGE and ids.is_object_name(name := request.match_info["object"][: ids.OBJECT_NAME]):
        pod = ids.pod_of(name)
    key = named or bearer(request.headers, bare=dialect.bare_keys)
    try:
        await engine.worlds.bring(key, pod, isolates=room != CONTROL and pod is None)
    except TooManyWorlds:
        raise Misuse(429, "too_many_worlds", "this server holds no more worlds") from None
    except (StoreGone, PenLost) as error:
        engine.worlds.trouble(error)
        return False
    return True


async def _unreachable(exchange: Exchange) -> Reply:
    raise StoreGone("the store cannot be reached")


def _named_world(engine: Engine, name: str) -> World:
    world = engine.worlds.get(name)
    if world is None:
        raise Misuse(404, "unknown_world", f"there is no world for {plain(name)!r}")
    return world


async def _answer(handler: Handler, exchange: Exchange, *, in_control: bool = False) -> Answer:
    """What the handler answers, or how its error is told to whoever asked."""
    try:
        return await handler(exchange)
    except Misuse as misuse:
        return misuse.reply()
    except UnknownWorld:
        return Misuse(404, "unknown_world", "this world was dropped meanwhile").reply()
    except (StoreGone, PenLost) as error:
        exchange.engine.worlds.trouble(error)
        refusal = Refusal("server.store_unreachable")
        if in_control:
            return Misuse(503, "store_unavailable", str(refusal)).reply()
    except Exception as error:
        refusal = _cause(error)
    if in_control:
        told = refusal.render()
        return Misuse(told.status, told.code, told.message).reply()
    return exchange.dialect.refused(refusal, exchange.request_id)


def _cause(error: Exception) -> Refusal:
    """The refusal that an error comes to; one that nobody foresaw is noted on stderr."""
    if isinstance(error, Refusal):
        return error
    sys.stderr.write(on_one_line(f"ark-emulator: unexpected {type(error).__name__}: {error}") + "\n")
    return Refusal("server.internal")


def _response(reply: Reply, exchange: Exchange, emulated: bool) -> web.Response:
    """The reply as aiohttp sends it; what is `emulated` carries the headers of its dialect."""
    response = web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
    headers = response.headers
    if emulated:
        headers.update(exchange.dialect.headers(exchange.request_id, exchange.request.headers, reply.status))
    headers["Date"] = http_date(exchange.world.now)
    headers.update(reply.headers)
    return response


async def _unknown(exchange: Exchange) -> Reply:
    request = exchange.request
    if request.path.startswith("/_emulator"):
        raise Misuse(404, "not_found", f"there is no {request.method} {request.path}")
    raise Refusal("http.route")
