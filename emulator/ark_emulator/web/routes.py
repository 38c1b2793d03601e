"""The route table: one row per route, with its handler, credentials, dialect and fault point.

The dispatcher, the OpenAPI description and the tables in docs/control.md are generated from the rows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from ark_emulator.core.scenario.effects import Operation
from ark_emulator.dialects.agent_plan import dialect as agent_plan
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.dialects.newapi.traits import GATEWAYS, STOCK
from ark_emulator.dialects.powertokens import dialect as powertokens
from ark_emulator.web.control.dashboard import (
    clips,
    dashboard_page,
    demo_traffic,
    form_catalogue,
    overview,
    samples,
    task_in_dialects,
)
from ark_emulator.web.control.handlers import (
    callback_handlers,
    clock_handlers,
    event_handlers,
    fault_handlers,
    journal_handlers,
    ledger_handlers,
    metrics_handler,
    report_handler,
    scenario_handlers,
    world_handlers,
)
from ark_emulator.web.control.handlers import task_handlers as inside
from ark_emulator.web.control.schema import openapi_handler
from ark_emulator.web.emulated import ark_handlers, gateway_handlers, powertokens_handlers, storage_handlers
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult
from ark_emulator.web.http.router import ANY

ARK: Final = "ark"
Handler = Callable[[Exchange], Awaitable[HandlerResult]]
HEALTH: Final = "/_emulator/health"
PAGE: Final = "/_emulator/"
STATIC: Final = "/_emulator/static/{path:.+}"
SAMPLE: Final = "/_emulator/samples/{id}"
OBJECT: Final = r"/{family:[a-z0-9][a-z0-9.-]*}/{object:[^/]+\.(?:mp4|mov|png|glb|obj|usd|usdz)}"
OBJECT_3D: Final = (
    r"/ark-async-gateway/{family:[a-z0-9][a-z0-9.-]*}/{task:[^/]+}/{object:[^/]+\.(?:glb|obj|usdz|fbx|stl)}"
)
"""Objects of the 3D models that others run for Ark (recorded)."""
JPEG_FRAME: Final = r"/{family:[a-z0-9][a-z0-9.-]*}/{object:02[0-9]+ffff[0-9a-f]+}/{file:[^/]+\.jpeg}"


class Access(Enum):
    """Which credentials a route requires. `web/dispatch.py` checks all of them but the signature of a link."""

    OPEN = "open"
    """None."""
    API_KEY = "api_key"
    """The API key of a world. It is checked after faults, which may replace the response to any request."""
    SIGNED_LINK = "signed_link"
    """A link with a signature, which the object storage verifies."""
    CONTROL_TOKEN = "control_token"
    """The token of the control API, if one is set, and a request that no foreign web page or callback sent."""
    CONTROL_OPEN = "control_open"
    """No token, but the other checks of the control API: the response has no secrets, the request changes nothing."""


class WorldSource(Enum):
    """How the world of a request is found."""

    KEY = "key"
    """By the name in the path, else by the API key."""
    CONTROL = "control"
    """By the name in the path, the query or a header, else the default world."""
    OBJECT = "object"
    """By the name of the stored object, else as `KEY`."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the route table.

    Fields:
        access: the credentials that a request must have.
        dialect: the dialect of the response, unless `choose` selects another one.
        fault_point: the operation that the faults of a scenario match; None for a route without faults.
        choose: selects the dialect of an exchange, before faults and authentication.
        only_in: the one dialect that has this route; in other dialects the gateway answers as for an unknown path.
        polls: whether the handler only calls `Engine.poll`, so that a cached response may replace it.
        world: how the world of a request is found, which follows from `access`.
        is_control: whether the route is part of the control API, whose requests are neither journaled nor numbered.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    dialect: str = ARK
    fault_point: Operation | None = None
    choose: gateway_handlers.Choose | None = None
    only_in: str | None = None
    polls: bool = False
    world: WorldSource = field(init=False)
    is_control: bool = field(init=False)

    def __post_init__(self) -> None:
        world = _WORLDS.get(self.access, WorldSource.KEY)
        object.__setattr__(self, "world", world)
        object.__setattr__(self, "is_control", world is WorldSource.CONTROL)


_WORLDS: Final = {
    Access.CONTROL_TOKEN: WorldSource.CONTROL,
    Access.CONTROL_OPEN: WorldSource.CONTROL,
    Access.SIGNED_LINK: WorldSource.OBJECT,
}


def _ark(base: str, dialect: str = ARK) -> Iterable[Route]:
    """Return the routes of an Ark API under `base`.

    The Agent Plan has only the task routes: any other path below its base is a 404 without a body (recorded).
    """
    tasks, task = f"{base}/contents/generations/tasks", f"{base}/contents/generations/tasks/{{id}}"
    key, is_agent_plan = Access.API_KEY, dialect == agent_plan.NAME
    yield Route("POST", tasks, ark_handlers.create, key, dialect, Operation.CREATE)
    yield Route("GET", tasks, ark_handlers.listing, key, dialect, Operation.LIST)
    yield Route("GET", task, ark_handlers.fetch, key, dialect, Operation.FETCH, polls=True)
    yield Route("DELETE", task, ark_handlers.delete, key, dialect, Operation.DELETE)
    yield Route("OPTIONS", tasks, ark_handlers.preflight, Access.OPEN, dialect)
    if not is_agent_plan:
        yield Route("POST", task + "/{verb}", ark_handlers.create, key, dialect)
    yield Route("OPTIONS", task, ark_handlers.preflight, Access.OPEN, dialect)
    if is_agent_plan:
        yield Route(ANY, base + r"/{tail:[\s\S]*}", ark_handlers.absent, Access.OPEN, dialect)
    else:
        yield Route("GET", f"{base}/models", ark_handlers.models, key, dialect)


def _gateway(named: str | None, base: str) -> Iterable[Route]:
    """Return the routes of one gateway under its name, or of all of them under none."""
    dialect, key, handlers = named or STOCK, Access.API_KEY, gateway_handlers
    body, task, host = handlers.by_body(named), handlers.by_task(named), handlers.by_host(named)
    tail = base + r"/{tail:[\s\S]*}"
    create, fetch, content = Operation.CREATE, Operation.FETCH, Operation.CONTENT
    yield Route("POST", f"{base}/video/generations", handlers.create, key, dialect, create, body)
    yield Route("POST", f"{base}/videos", handlers.create, key, dialect, create, body)
    yield Route("GET", base + "/video/generations/{id}", handlers.generation, key, dialect, fetch, task)
    yield Route("GET", base + "/videos/{id}", handlers.video, key, dialect, fetch, task)
    yield Route("GET", base + "/videos/{id}/content", handlers.content, key, dialect, content, task)
    yield Route("GET", f"{base}/models", handlers.models(named), key, dialect, choose=host)
    yield Route("GET", base + "/models/{id}", handlers.model(named), key, dialect, choose=host)
    if named != powertokens_handlers.VIDEOS:
        yield Route("POST", base + "/videos/{id}/remix", handlers.remix, key, dialect, choose=task)
    if named in (None, powertokens_handlers.VIDEOS):
        yield from _powertokens(named, base)
    yield Route("OPTIONS", tail, handlers.preflight, Access.OPEN, dialect, choose=host)
    yield Route(ANY, tail, handlers.unknown, Access.OPEN, dialect, choose=host)
    yield Route(ANY, base, handlers.unknown, Access.OPEN, dialect, choose=host)


def _powertokens(named: str | None, base: str) -> Iterable[Route]:
    """Return the routes that PowerTokens has beside those of new-api."""
    task, host, dialect = gateway_handlers.by_task(named), gateway_handlers.by_host(named), named or STOCK
    tasks, balance, only = base + "/tasks/{id}", f"{base}/balance", powertokens_handlers.VIDEOS
    yield Route(
        "GET", tasks, gateway_handlers.video, Access.API_KEY, dialect, Operation.FETCH, choose=task, only_in=only
    )
    yield Route("GET", balance, powertokens_handlers.balance, Access.API_KEY, dialect, choose=host, only_in=only)
    path = base.removesuffix("/v1") + "/kling/v1/videos/{endpoint:text2video|image2video}"
    create, fetch = powertokens_handlers.kling_create, powertokens_handlers.kling_fetch
    kling, choose = powertokens_handlers.KLING, powertokens_handlers.choose_kling
    yield Route("POST", path, create, Access.API_KEY, kling, Operation.CREATE, choose)
    yield Route("GET", path + "/{id}", fetch, Access.API_KEY, kling, Operation.FETCH, choose)


def _storage(path: str) -> Iterable[Route]:
    """Return the routes of the object storage under one path. Only downloads are struck by faults."""
    for method in ("GET", "HEAD"):
        yield Route(method, path, storage_handlers.fetch, Access.SIGNED_LINK, fault_point=Operation.DOWNLOAD)
    yield Route(ANY, path, storage_handlers.fetch, Access.SIGNED_LINK)


def _control(method: str, path: str, handler: Handler) -> Route:
    """Return a route of the control API that requires its token."""
    return Route(method, path, handler, Access.CONTROL_TOKEN)


async def published_description(_: Exchange) -> DialectResponse:
    """`GET /_emulator/openapi.json`: return the OpenAPI description of Ark's routes and of the control API."""
    return DialectResponse(200, await asyncio.to_thread(openapi_handler.description, ROUTES))


ROUTES: Final[tuple[Route, ...]] = (
    *_ark("/api/v3"),
    *_ark("/api/coding/v3"),
    *_ark("/api/plan/v3", agent_plan.NAME),
    *_ark("/byteplus/api/v3", powertokens.NAME),
    *_gateway(None, "/v1"),
    *(route for named in GATEWAYS for route in _gateway(named, f"/{named}/v1")),
    *_gateway(powertokens_handlers.VIDEOS, "/powertokens/v1"),
    Route("GET", "/", dashboard_page.front, Access.OPEN),
    Route("GET", HEALTH, world_handlers.health, Access.CONTROL_OPEN),
    Route("GET", "/_emulator", dashboard_page.onwards, Access.CONTROL_OPEN),
    Route("GET", PAGE, dashboard_page.page, Access.CONTROL_OPEN),
    Route("GET", STATIC, dashboard_page.static, Access.CONTROL_OPEN),
    _control("GET", "/_emulator/overview", overview.overview),
    _control("GET", "/_emulator/clock", clock_handlers.look),
    _control("POST", "/_emulator/clock/freeze", clock_handlers.freeze),
    _control("POST", "/_emulator/clock/resume", clock_handlers.resume),
    _control("POST", "/_emulator/clock/advance", clock_handlers.advance),
    _control("POST", "/_emulator/reset", world_handlers.reset),
    _control("GET", "/_emulator/journal", journal_handlers.listing),
    _control("POST", "/_emulator/journal/verify", journal_handlers.ask),
    _control("DELETE", "/_emulator/journal", journal_handlers.clear),
    _control("GET", "/_emulator/tasks", inside.listing),
    _control("GET", "/_emulator/tasks/{id}", inside.one),
    _control("POST", "/_emulator/tasks/{id}/force", inside.force),
    _control("GET", "/_emulator/tasks/{id}/dialects", task_in_dialects.dialects),
    _control("GET", "/_emulator/tasks/{id}/clip", clips.clip),
    _control("GET", "/_emulator/tasks/{id}/last-frame", clips.last_frame),
    _control("GET", "/_emulator/callbacks", callback_handlers.listing),
    _control("POST", "/_emulator/callbacks/pause", callback_handlers.pause),
    _control("POST", "/_emulator/callbacks/resume", callback_handlers.resume),
    _control("POST", "/_emulator/callbacks/{id}/redeliver", callback_handlers.redeliver),
    _control("POST", "/_emulator/callbacks/{id}/acknowledge", callback_handlers.acknowledge),
    _control("POST", "/_emulator/callbacks/{id}/drop", callback_handlers.drop),
    _control("GET", "/_emulator/openapi.json", published_description),
    _control("GET", "/_emulator/metrics", metrics_handler.show),
    _control("GET", "/_emulator/report", report_handler.report),
    _control("GET", "/_emulator/ledger", ledger_handlers.show),
    _control("GET", "/_emulator/scenario", scenario_handlers.look),
    _control("PUT", "/_emulator/scenario", scenario_handlers.switch),
    _control("POST", "/_emulator/scenario/check", scenario_handlers.check),
    _control("GET", "/_emulator/scenarios", scenario_handlers.builtin),
    _control("GET", "/_emulator/scenarios/{id}", scenario_handlers.source),
    _control("GET", "/_emulator/catalogue", form_catalogue.show),
    Route("GET", SAMPLE, samples.sample, Access.CONTROL_OPEN),
    _control("POST", "/_emulator/demo", demo_traffic.fill),
    _control("POST", "/_emulator/faults", fault_handlers.add),
    _control("GET", "/_emulator/faults", fault_handlers.listing),
    _control("DELETE", "/_emulator/faults", fault_handlers.clear),
    _control("DELETE", "/_emulator/faults/{id}", fault_handlers.remove),
    _control("GET", "/_emulator/events", event_handlers.stream),
    _control("POST", "/_emulator/worlds", world_handlers.create),
    _control("GET", "/_emulator/worlds", world_handlers.listing),
    _control("DELETE", "/_emulator/worlds/{id}", world_handlers.drop),
    *_storage(OBJECT),
    *_storage(OBJECT_3D),
    *_storage(JPEG_FRAME),
)
