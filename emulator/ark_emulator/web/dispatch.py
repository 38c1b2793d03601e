"""The one place where exchanges become HTTP."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from aiohttp import web

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.scenario.effects import Operation
from ark_emulator.core.storage.preconditions import http_date
from ark_emulator.core.task import ids
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.log import logger
from ark_emulator.runtime.common.masking import mask_path, mask_text
from ark_emulator.runtime.common.path_prefixes import ordered, without
from ark_emulator.runtime.common.tracebacks import described, forget
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.registry import TooManyWorlds, UnknownWorld
from ark_emulator.runtime.settings.settings import MAX_BODY
from ark_emulator.runtime.store_errors import LockLost, StoreUnavailable
from ark_emulator.runtime.world.journal import JournalEntry
from ark_emulator.runtime.world.world import DEFAULT, World
from ark_emulator.web.control import accepted_keys, access
from ark_emulator.web.control.control_body import ECHOED, ControlRefusal, echoed
from ark_emulator.web.control.dashboard import dashboard_page
from ark_emulator.web.control.schema.control_operations import OPERATIONS
from ark_emulator.web.faults.fault_point import apply_faults
from ark_emulator.web.http.access_log import AccessLog
from ark_emulator.web.http.counters import RequestCounters
from ark_emulator.web.http.exchange import Exchange, bearer
from ark_emulator.web.http.http_response import CompleteResponse, HandlerResult, NoResponse, send
from ark_emulator.web.http.request_body import check_expectation, is_body_unasked
from ark_emulator.web.http.router import ANY, NO_PARTS, Parts, Router, decoded
from ark_emulator.web.http.sanitise import without_surrogates
from ark_emulator.web.routes import CONTROL, PAGE, ROUTES, STORAGE, UNGUARDED, Handler, Route
from ark_emulator.web.server.body_memory import Room

ENGINE: Final = web.AppKey("engine", Engine)
Response: TypeAlias = web.StreamResponse | CompleteResponse
Enter: TypeAlias = Callable[[web.Request, Parts], Awaitable[Response]]
AtOnce: TypeAlias = Callable[[web.Request, Parts], CompleteResponse | None]
NO_WORLD: Final = "unknown_world"
_WITHIN: Final = re.compile(r"/w/(?P<world>[^{}/]+)(?P<rest>/[\s\S]*)")


def build(engine: Engine) -> web.Application:
    """The application that serves one engine, as far as its life goes: requests go to a `Door` and not to it."""
    app = web.Application(client_max_size=MAX_BODY)
    app[ENGINE] = engine
    app.on_shutdown.append(_hush)
    app.on_cleanup.append(_close)
    return app


async def _hush(app: web.Application) -> None:
    app[ENGINE].wake_waiters()


async def _close(app: web.Application) -> None:
    await app[ENGINE].close()


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """How the requests of a route are answered: by `enter`, or `at_once` where that has an answer."""

    enter: Enter
    at_once: AtOnce | None = None


class Dispatcher:
    """Where every exchange comes in and goes out: the handler of all requests to one engine."""

    def __init__(self, engine: Engine, log: AccessLog) -> None:
        self._engine = engine
        self._log = log
        self._traffic = RequestCounters()
        self._prefixes = ordered(engine.settings.prefixes)
        self._room = Room()
        self._routing: Router[RouteEntry] = Router()
        for route in ROUTES:
            at_once = self._fast_poll(route) if route.polls and engine.worlds.store_session is None else None
            self._routing.add(route.method, route.path, RouteEntry(self._entry(route), at_once))
        self._unknown = RouteEntry(self._entry(Route(ANY, "", _unknown, "ark")))

    async def __call__(self, request: web.Request) -> Response:
        """Answer a request."""
        if "Expect" in request.headers:
            return await self._expected(request)
        way, parts = self._way(request.method, request.rel_url.path_safe)
        return await way.enter(request, parts)

    async def _expected(self, request: web.Request) -> Response:
        """Answer a request whose body may have to be asked for. Without it, the connection cannot be used again."""
        await check_expectation(request)
        way, parts = self._way(request.method, request.rel_url.path_safe)
        response = await way.enter(request, parts)
        if is_body_unasked(request):
            response.headers["Connection"] = "close"
        return response

    def at_once(self, request: web.Request) -> CompleteResponse | None:
        """The answer to a poll that is prepared already: the one it would have otherwise. None for anything else."""
        path = request.rel_url.path_safe
        if not path.startswith("/"):
            return None
        way, parts = self._way(request.method, path)
        return None if way.at_once is None else way.at_once(request, parts)

    def _way(self, method: str, path: str) -> tuple[RouteEntry, Parts]:
        """What answers a request, and the parts of its path; the world may stand before any path.

        Raises HTTPNotFound for what asks for no path at all.
        """
        if not path.startswith("/"):
            raise web.HTTPNotFound
        within = _WITHIN.fullmatch(path) if path.startswith("/w/") else None
        if within is not None and (found := self._find(method, within["rest"])) is not None:
            return found[0], {**found[1], "world": decoded(within["world"])}
        found = self._find(method, path)
        if found is None and (rest := without(path, self._prefixes)) is not None and rest.startswith("/w/"):
            return self._way(method, rest)
        return found or (self._unknown, NO_PARTS)

    def _find(self, method: str, path: str) -> tuple[RouteEntry, Parts] | None:
        """Return the route of a path, or of what follows a prefix.

        HEAD is answered as GET, without the body, where it has no route of its own.
        """
        found = self._routing.find(method, path)
        if found is None and (rest := without(path, self._prefixes)) is not None:
            found = self._routing.find(method, rest)
        return self._find("GET", path) if found is None and method == "HEAD" else found

    def _entry(self, route: Route) -> Enter:
        """The way in for the requests of one route."""
        engine, traffic, room = self._engine, self._traffic, self._room
        speech = engine.dialects.get(route.dialect) or engine.dialects["ark"]
        find = _FINDERS.get(route.dialect, _own_world)
        journaled = route.dialect != CONTROL
        probe = route.path in UNGUARDED
        handled = partial(_handled, route)
        finish = partial(_response, emulated=journaled)
        kept = engine.worlds.store_session is not None
        note = partial(self._note, route)

        async def enter(request: web.Request, parts: Parts) -> Response:
            began = time.perf_counter()
            answers: Handler = handled
            try:
                if engine.settings.reject_foreign_origins:
                    access.admit_origin(engine.settings, request.headers)
                if not journaled:
                    access.check_access(engine.settings, request.method, request.headers, probe=probe)
                key = bearer(request.headers, bare=speech.bare_keys)
                if kept and not await _brought(engine, request, parts, route.dialect, key):
                    answers, world = (handled if probe else _unreachable), engine.worlds.default
                else:
                    world = find(engine, request, parts, key)
                exchange = Exchange(request, parts, engine, world, speech, key, emulated=journaled)
                exchange.traffic, exchange.share = traffic, room.share()
            except ControlRefusal as misuse:
                shows = route.path == PAGE and misuse.code == NO_WORLD and dashboard_page.wants_html(request.headers)
                reply = dashboard_page.no_world(misuse, in_path="world" in parts) if shows else misuse.reply()
                headers = {**reply.headers, "Content-Type": reply.content_type}
                return web.Response(status=reply.status, body=reply.body, headers=headers)
            try:
                answer = await _answer(answers, exchange, in_control=not journaled)
                exchange.release()
                response, body = await send(answer, exchange, finish)
            except asyncio.CancelledError:
                exchange.release()
                note(exchange, NoResponse(), b"", began)
                raise
            note(exchange, response, body, began)
            return response

        return enter

    def _fast_poll(self, route: Route) -> AtOnce:
        """The shorter way for polls: no fault strikes, nothing is waited for, and the body is there."""
        engine, traffic, speech = self._engine, self._traffic, self._engine.dialects[route.dialect]

        def at_once(request: web.Request, parts: Parts) -> CompleteResponse | None:
            began = time.perf_counter()
            if "world" in parts or engine.settings.isolate or engine.settings.reject_foreign_origins:
                return None
            key = bearer(request.headers, bare=speech.bare_keys)
            world = engine.worlds.of_key(key)
            body = (
                None
                if world.behaviour.strikes(Operation.FETCH)
                else engine.cached_poll(world, key, parts["id"], speech)
            )
            if body is None:
                return None
            exchange = Exchange(request, parts, engine, world, speech, key)
            exchange.traffic = traffic
            response = _response(DialectResponse(200, body), exchange, emulated=True, at=exchange.arrived)
            self._note(route, exchange, response, body, began)
            return response

        return at_once

    def _note(self, route: Route, exchange: Exchange, response: Response, body: bytes, began: float) -> None:
        """Log an exchange that is over, count it, and write it into the journal unless it was about the emulator."""
        status, took = response.status, time.perf_counter() - began
        self._log.line(exchange, status, took)
        asked = route.dialect if route.dialect in _FINDERS else exchange.dialect.name
        self._traffic.count(asked, route.on or "other", status, exchange.fault)
        if route.dialect != CONTROL:
            _keep(exchange, exchange.entry(status, took, body, response.headers))


async def _handled(route: Route, exchange: Exchange) -> HandlerResult:
    """What the route's handler makes of an exchange, or the fault that strikes it; the dialect is chosen first."""
    if route.dialect == CONTROL and (route.path not in UNGUARDED or route.handler in OPERATIONS):
        await accepted_keys.check(exchange, OPERATIONS.get(route.handler))
    if route.choose is not None:
        await route.choose(exchange)
    if route.on is None or not exchange.world.behaviour.strikes(route.on):
        return await route.handler(exchange)
    return await apply_faults(exchange, route.on, partial(_answer, route.handler, exchange))


def _keep(exchange: Exchange, entry: JournalEntry) -> None:
    """Write the exchange into the journal, and tell of it if anybody listens."""
    world = exchange.world
    world.journal.add(entry)
    if world.listeners:
        key = entry.key
        event = {"at": entry.at, "kind": "exchange", "number": entry.number, "method": mask_text(entry.method, key)}
        event |= {"path": mask_path(entry.path, key), "status": entry.status}
        event |= {"task": None if entry.task is None else mask_text(entry.task, key)}
        event |= {"dialect": entry.dialect, "fault": entry.fault, "took": round(entry.took, 6)}
        world.publish({**event, "attempt": entry.attempt, "first": entry.first})


def _own_world(engine: Engine, request: web.Request, parts: Parts, key: str) -> World:
    """The world an emulated route is asked in: the one in its path, else that of its key."""
    named = parts.get("world")
    if named is None or engine.settings.isolate:
        try:
            return engine.worlds.of_key(key if not named else engine.worlds.resolved(named))
        except TooManyWorlds:
            raise ControlRefusal(429, "too_many_worlds", "this server holds no more worlds") from None
    return _named_world(engine, named)


def _controlled_world(engine: Engine, request: web.Request, parts: Parts, _: str) -> World:
    """The world a control route is about: the one in its path, query or header, else the default one."""
    named = parts.get("world") or request.query.get("world") or request.headers.get("X-Emulator-World") or ""
    return _named_world(engine, named) if named else engine.worlds.default


def _storing_world(engine: Engine, request: web.Request, parts: Parts, key: str) -> World:
    """The world whose object is asked for, whoever asks: the object's name says which."""
    name = parts["object"][: ids.OBJECT_NAME]
    world = engine.worlds.of_pod(ids.pod_of(name)) if ids.is_object_name(name) else None
    return world or _own_world(engine, request, parts, key)


_FINDERS: Final = {CONTROL: _controlled_world, STORAGE: _storing_world}
"""How an exchange finds its world, where not by its key."""


async def _brought(engine: Engine, request: web.Request, parts: Parts, room: str, key: str) -> bool:
    """Let the world that is asked in be here, and as it is by now; False when the store cannot be reached."""
    named = parts.get("world")
    pod = None
    if room == CONTROL:
        named = named or request.query.get("world") or request.headers.get("X-Emulator-World") or DEFAULT
    elif room == STORAGE and ids.is_object_name(name := parts["object"][: ids.OBJECT_NAME]):
        pod = ids.pod_of(name)
    try:
        await engine.worlds.load(named or key, pod, isolates=room != CONTROL and pod is None)
    except TooManyWorlds:
        raise ControlRefusal(429, "too_many_worlds", "this server holds no more worlds") from None
    except (StoreUnavailable, LockLost):
        return False
    return True


async def _unreachable(exchange: Exchange) -> DialectResponse:
    raise StoreUnavailable("the store cannot be reached")


def _named_world(engine: Engine, name: str) -> World:
    world = engine.worlds.get(name)
    if world is None:
        raise ControlRefusal(404, NO_WORLD, f"there is no world for {echoed(without_surrogates(name))}")
    return world


async def _answer(handler: Handler, exchange: Exchange, *, in_control: bool = False) -> HandlerResult:
    """What the handler answers, or how its error is told to whoever asked."""
    try:
        return await handler(exchange)
    except ControlRefusal as misuse:
        return misuse.reply()
    except UnknownWorld:
        return ControlRefusal(404, NO_WORLD, "this world was dropped meanwhile").reply()
    except Exception as error:
        # No variable of this frame may hold an error: its traceback holds the frame, and both would hold the body.
        answer = _told(error, exchange, in_control)
        forget(error)
        return answer


def _told(error: Exception, exchange: Exchange, in_control: bool) -> DialectResponse:
    """The answer to an exchange that ended with an error."""
    if isinstance(error, StoreUnavailable | LockLost):
        refusal = Refusal("server.store_unreachable")
        if in_control:
            return ControlRefusal(503, "store_unavailable", str(refusal)).reply()
    elif isinstance(error, Refusal):
        refusal = error
    else:
        keys = (getattr(exchange, "key", ""), exchange.parts.get("world", ""))
        logger.error("unexpected %s", described(error, *keys))
        refusal = Refusal("server.internal")
    if in_control:
        told = refusal.render()
        return ControlRefusal(told.status, told.code, told.message).reply()
    return exchange.dialect.error_response(refusal, exchange.request_id)


def _response(reply: DialectResponse, exchange: Exchange, emulated: bool, at: float | None = None) -> CompleteResponse:
    """The reply with all its headers; what is `emulated` carries those of its dialect. It is sent `at`, or now."""
    headers = {"Content-Type": reply.content_type}
    if emulated:
        headers |= exchange.dialect.headers(exchange.request_id, exchange.request.headers, reply.status)
    headers["Date"] = http_date(exchange.world.now if at is None else at)
    return CompleteResponse(reply.status, headers, reply.headers, reply.body)


async def _unknown(exchange: Exchange) -> DialectResponse:
    request = exchange.request
    if request.path.startswith("/_emulator"):
        raise ControlRefusal(404, "not_found", f"there is no {request.method} {mask_path(request.path)[:ECHOED]}")
    raise Refusal("http.route")
