"""The dispatcher: finds the route of a request, checks access, runs the handler and records the exchange.

The order is the same for all routes: path, credentials of the control API, world, dialect, faults, API key, handler.
"""

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
from ark_emulator.core.task import ids
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.log import logger
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import world_commands
from ark_emulator.runtime.common.masking import mask_path
from ark_emulator.runtime.common.path_prefixes import parse_prefixes, strip_prefix
from ark_emulator.runtime.common.tracebacks import clear_tracebacks, describe_error
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.registry import TooManyWorlds, UnknownWorld
from ark_emulator.runtime.settings.settings import MAX_BODY
from ark_emulator.runtime.store_errors import LockLost, StoreUnavailable
from ark_emulator.runtime.world.world import DEFAULT, World
from ark_emulator.web.control import accepted_keys, access
from ark_emulator.web.control.control_body import ECHOED, ControlRefusal, echoed
from ark_emulator.web.control.dashboard import dashboard_page
from ark_emulator.web.control.schema.control_operations import OPERATIONS
from ark_emulator.web.emulated import gateway_handlers
from ark_emulator.web.faults.fault_point import apply_faults
from ark_emulator.web.http.access_log import AccessLog
from ark_emulator.web.http.body_memory import BodyMemory
from ark_emulator.web.http.counters import RequestCounters
from ark_emulator.web.http.exchange import Exchange, bearer
from ark_emulator.web.http.http_response import CompleteResponse, HandlerResult, NoResponse, complete_response, send
from ark_emulator.web.http.request_body import check_expectation, is_body_unasked
from ark_emulator.web.http.router import ANY, NO_PARTS, Parts, Router, decoded
from ark_emulator.web.http.sanitise import without_surrogates
from ark_emulator.web.routes import ARK, PAGE, ROUTES, Access, Handler, Route, WorldSource

ENGINE: Final = web.AppKey("engine", Engine)
Response: TypeAlias = web.StreamResponse | CompleteResponse
RouteHandler: TypeAlias = Callable[[web.Request, Parts], Awaitable[Response]]
FastHandler: TypeAlias = Callable[[web.Request, Parts], CompleteResponse | None]
NO_WORLD: Final = "unknown_world"
_WITHIN: Final = re.compile(r"/w/(?P<world>[^{}/]+)(?P<rest>/[\s\S]*)")


def build(engine: Engine) -> web.Application:
    """Return the application that owns the life cycle of an engine. A `Dispatcher` answers its requests."""
    app = web.Application(client_max_size=MAX_BODY)
    app[ENGINE] = engine
    app.on_shutdown.append(_wake_waiters)
    app.on_cleanup.append(_close)
    return app


async def _wake_waiters(app: web.Application) -> None:
    app[ENGINE].wake_waiters()


async def _close(app: web.Application) -> None:
    await app[ENGINE].close()


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """The handlers of a route: `fast`, where it exists and returns a response, else `full`."""

    full: RouteHandler
    fast: FastHandler | None = None


class Dispatcher:
    """The handler of all requests to one engine."""

    def __init__(self, engine: Engine, log: AccessLog) -> None:
        self._engine = engine
        self._log = log
        self._counters = RequestCounters()
        self._prefixes = parse_prefixes(engine.settings.prefixes)
        self._body_memory = BodyMemory()
        self._router: Router[RouteEntry] = Router()
        for route in ROUTES:
            fast = self._fast_poll(route) if route.polls and engine.worlds.store_session is None else None
            self._router.add(route.method, route.path, RouteEntry(self._full_handler(route), fast))
        self._unknown = RouteEntry(self._full_handler(Route(ANY, "", _unknown_path, Access.OPEN)))

    async def __call__(self, request: web.Request) -> Response:
        """Return the response to a request."""
        if "Expect" in request.headers:
            return await self._handle_expectation(request)
        entry, parts = self._find(request.method, request.rel_url.path_safe)
        return await entry.full(request, parts)

    async def _handle_expectation(self, request: web.Request) -> Response:
        """Return the response to a request with an Expect header.

        If the client was not asked for the body, the connection closes: the client may send the body or not.
        """
        await check_expectation(request)
        entry, parts = self._find(request.method, request.rel_url.path_safe)
        response = await entry.full(request, parts)
        if is_body_unasked(request):
            response.headers["Connection"] = "close"
        return response

    def fast_response(self, request: web.Request) -> CompleteResponse | None:
        """Return the cached response to a poll, equal to the one that the full handler returns; None without one."""
        path = request.rel_url.path_safe
        if not path.startswith("/"):
            return None
        entry, parts = self._find(request.method, path)
        return None if entry.fast is None else entry.fast(request, parts)

    def _find(self, method: str, path: str) -> tuple[RouteEntry, Parts]:
        """Return the entry and the named parts of a path, which may begin with a world.

        Raises HTTPNotFound for a request target that is not a path.
        """
        if not path.startswith("/"):
            raise web.HTTPNotFound
        within = _WITHIN.fullmatch(path) if path.startswith("/w/") else None
        if within is not None and (found := self._find_route(method, within["rest"])) is not None:
            return found[0], {**found[1], "world": decoded(within["world"])}
        found = self._find_route(method, path)
        if found is None and (rest := strip_prefix(path, self._prefixes)) is not None and rest.startswith("/w/"):
            return self._find(method, rest)
        return found or (self._unknown, NO_PARTS)

    def _find_route(self, method: str, path: str) -> tuple[RouteEntry, Parts] | None:
        """Return the entry of a path, or of what follows one of the prefixes.

        A HEAD request without a route of its own gets the response to GET without the body.
        """
        found = self._router.find(method, path)
        if found is None and (rest := strip_prefix(path, self._prefixes)) is not None:
            found = self._router.find(method, rest)
        return self._find_route("GET", path) if found is None and method == "HEAD" else found

    def _full_handler(self, route: Route) -> RouteHandler:
        """Return the function that answers the requests of one route."""
        engine, counters, body_memory = self._engine, self._counters, self._body_memory
        dialect = engine.dialects.get(route.dialect) or engine.dialects[ARK]
        find_world = _WORLD_FINDERS[route.world]
        is_control = route.is_control
        requires_token = route.access is Access.CONTROL_TOKEN
        handler = partial(_handle, route)
        is_stored = engine.worlds.store_session is not None
        record = partial(self._record, route, _COUNTED_AS.get(route.access))

        async def handle(request: web.Request, parts: Parts) -> Response:
            began = time.perf_counter()
            chosen: Handler = handler
            try:
                if engine.settings.reject_foreign_origins:
                    access.admit_origin(engine.settings, request.headers)
                if is_control:
                    access.check_access(engine.settings, request.method, request.headers, probe=not requires_token)
                key = bearer(request.headers, bare=dialect.bare_keys)
                if is_stored and not await _load_world(engine, request, parts, route.world, key):
                    chosen = _unreachable if route.access is not Access.CONTROL_OPEN else handler
                    world = engine.worlds.default
                else:
                    world = find_world(engine, request, parts, key)
                exchange = Exchange(request, parts, engine, world, dialect, key, emulated=not is_control)
                exchange.traffic, exchange.share = counters, body_memory.share()
            except ControlRefusal as refusal:
                is_page = route.path == PAGE and refusal.code == NO_WORLD and dashboard_page.wants_html(request.headers)
                reply = dashboard_page.no_world(refusal, in_path="world" in parts) if is_page else refusal.reply()
                headers = {**reply.headers, "Content-Type": reply.content_type}
                return web.Response(status=reply.status, body=reply.body, headers=headers)
            try:
                result = await _run(chosen, exchange, in_control=is_control)
                exchange.release()
                response, body = await send(result, exchange, emulated=not is_control)
            except asyncio.CancelledError:
                exchange.release()
                record(exchange, NoResponse(), b"", began)
                raise
            record(exchange, response, body, began)
            return response

        return handle

    def _fast_poll(self, route: Route) -> FastHandler:
        """Return the function that answers polls of one route from the cache, if no fault may match."""
        engine, counters, dialect = self._engine, self._counters, self._engine.dialects[route.dialect]

        def handle(request: web.Request, parts: Parts) -> CompleteResponse | None:
            began = time.perf_counter()
            if "world" in parts or engine.settings.isolate or engine.settings.reject_foreign_origins:
                return None
            key = bearer(request.headers, bare=dialect.bare_keys)
            world = engine.worlds.of_key(key)
            body = (
                None
                if queries.has_faults(world, Operation.FETCH)
                else queries.cached_poll(engine, world, key, parts["id"], dialect, world.now)
            )
            if body is None:
                return None
            exchange = Exchange(request, parts, engine, world, dialect, key)
            exchange.traffic = counters
            response = complete_response(DialectResponse(200, body), exchange, emulated=True, at=exchange.arrived)
            self._record(route, None, exchange, response, body, began)
            return response

        return handle

    def _record(
        self, route: Route, counted_as: str | None, exchange: Exchange, response: Response, body: bytes, began: float
    ) -> None:
        """Log and count a finished exchange, and add it to the journal unless it belongs to the control API.

        It is counted under the name of its dialect, unless `counted_as` is given.
        """
        status, took = response.status, time.perf_counter() - began
        self._log.line(exchange, status, took)
        self._counters.count(counted_as or exchange.dialect.name, route.fault_point or "other", status, exchange.fault)
        if not route.is_control:
            world_commands.record_request(exchange.world, exchange.entry(status, took, body, response.headers))


_COUNTED_AS: Final = {
    Access.CONTROL_TOKEN: "control",
    Access.CONTROL_OPEN: "control",
    Access.SIGNED_LINK: "storage",
}
"""The `dialect` label of the metrics, for routes without a dialect of their own."""


async def _handle(route: Route, exchange: Exchange) -> HandlerResult:
    """Return the result of the route's handler, or of the fault that matches the exchange."""
    if route.access is Access.CONTROL_TOKEN or (route.is_control and route.handler in OPERATIONS):
        await accepted_keys.check(exchange, OPERATIONS.get(route.handler))
    if route.choose is not None:
        await route.choose(exchange)
    if route.fault_point is None or not queries.has_faults(exchange.world, route.fault_point):
        return await _admit(route, exchange)(exchange)
    return await apply_faults(exchange, route.fault_point, partial(_run, partial(_call, route), exchange))


def _admit(route: Route, exchange: Exchange) -> Handler:
    """Return the handler of an exchange once its API key is checked. Raises Refusal for a key that is not admitted."""
    if route.only_in is not None and route.only_in != exchange.dialect.name:
        return gateway_handlers.unknown
    if route.access is Access.API_KEY:
        exchange.engine.authenticate(exchange.world, exchange.key)
    return route.handler


async def _call(route: Route, exchange: Exchange) -> HandlerResult:
    return await _admit(route, exchange)(exchange)


def _world_of_key(engine: Engine, request: web.Request, parts: Parts, key: str) -> World:
    """Return the world in the path, else that of the API key."""
    named = parts.get("world")
    if named is None or engine.settings.isolate:
        try:
            return engine.worlds.of_key(key if not named else engine.worlds.resolved(named))
        except TooManyWorlds:
            raise _too_many_worlds() from None
    return _named_world(engine, named)


def _controlled_world(engine: Engine, request: web.Request, parts: Parts, _: str) -> World:
    """Return the world in the path, the query or a header, else the default world."""
    named = _controlled_name(request, parts)
    return _named_world(engine, named) if named else engine.worlds.default


def _controlled_name(request: web.Request, parts: Parts) -> str:
    return parts.get("world") or request.query.get("world") or request.headers.get("X-Emulator-World") or ""


def _world_of_object(engine: Engine, request: web.Request, parts: Parts, key: str) -> World:
    """Return the world that the name of a stored object belongs to, whatever the API key is."""
    name = parts["object"][: ids.OBJECT_NAME]
    world = engine.worlds.of_pod(ids.pod_of(name)) if ids.is_object_name(name) else None
    return world or _world_of_key(engine, request, parts, key)


_WORLD_FINDERS: Final = {
    WorldSource.KEY: _world_of_key,
    WorldSource.CONTROL: _controlled_world,
    WorldSource.OBJECT: _world_of_object,
}


async def _load_world(engine: Engine, request: web.Request, parts: Parts, source: WorldSource, key: str) -> bool:
    """Load the world of a request from the store. Return False when the store cannot be reached."""
    named = parts.get("world")
    pod = None
    if source is WorldSource.CONTROL:
        named = _controlled_name(request, parts) or DEFAULT
    elif source is WorldSource.OBJECT and ids.is_object_name(name := parts["object"][: ids.OBJECT_NAME]):
        pod = ids.pod_of(name)
    try:
        await engine.worlds.load(named or key, pod, isolates=source is not WorldSource.CONTROL and pod is None)
    except TooManyWorlds:
        raise _too_many_worlds() from None
    except (StoreUnavailable, LockLost):
        return False
    return True


def _too_many_worlds() -> ControlRefusal:
    return ControlRefusal(429, "too_many_worlds", "this server holds no more worlds")


async def _unreachable(exchange: Exchange) -> DialectResponse:
    raise StoreUnavailable("the store cannot be reached")


def _named_world(engine: Engine, name: str) -> World:
    world = engine.worlds.get(name)
    if world is None:
        raise ControlRefusal(404, NO_WORLD, f"there is no world for {echoed(without_surrogates(name))}")
    return world


async def _run(handler: Handler, exchange: Exchange, *, in_control: bool = False) -> HandlerResult:
    """Return what the handler returns, or the response that describes its error."""
    try:
        return await handler(exchange)
    except ControlRefusal as refusal:
        return refusal.reply()
    except UnknownWorld:
        return ControlRefusal(404, NO_WORLD, "this world was dropped meanwhile").reply()
    except Exception as error:
        # No variable of this frame may hold an error: its traceback holds the frame, and both would hold the body.
        reply = _error_reply(error, exchange, in_control)
        clear_tracebacks(error)
        return reply


def _error_reply(error: Exception, exchange: Exchange, in_control: bool) -> DialectResponse:
    """Return the response to an exchange whose handler raised an error."""
    if isinstance(error, StoreUnavailable | LockLost):
        refusal = Refusal("server.store_unreachable")
        if in_control:
            return ControlRefusal(503, "store_unavailable", str(refusal)).reply()
    elif isinstance(error, Refusal):
        refusal = error
    else:
        keys = (getattr(exchange, "key", ""), exchange.parts.get("world", ""))
        logger.error("unexpected %s", describe_error(error, *keys))
        refusal = Refusal("server.internal")
    if in_control:
        rendered = refusal.render()
        return ControlRefusal(rendered.status, rendered.code, rendered.message).reply()
    return exchange.dialect.error_response(refusal, exchange.request_id)


async def _unknown_path(exchange: Exchange) -> DialectResponse:
    request = exchange.request
    if request.path.startswith("/_emulator"):
        raise ControlRefusal(404, "not_found", f"there is no {request.method} {mask_path(request.path)[:ECHOED]}")
    raise Refusal("http.route")
