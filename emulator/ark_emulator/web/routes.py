"""Every route, as one list: what answers it, and in which dialect."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ark_emulator.core.scenario.effects import Operation
from ark_emulator.dialects.agent_plan import dialect as agent_plan
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.dialects.newapi.traits import GATEWAYS, STOCK
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

Handler = Callable[[Exchange], Awaitable[HandlerResult]]
CONTROL: Final = "control"
STORAGE: Final = "storage"
HEALTH: Final = "/_emulator/health"
PAGE: Final = "/_emulator/"
STATIC: Final = "/_emulator/static/{path:.+}"
SAMPLE: Final = "/_emulator/samples/{id}"
UNGUARDED: Final = frozenset({HEALTH, PAGE, STATIC, SAMPLE, "/_emulator"})
"""Control routes that are open without the control token: they tell no secrets and change nothing."""
OBJECT: Final = r"/{family:[a-z0-9][a-z0-9.-]*}/{object:[^/]+\.(?:mp4|mov|png|glb|obj|usd|usdz)}"
OF_A_TASK: Final = (
    r"/ark-async-gateway/{family:[a-z0-9][a-z0-9.-]*}/{task:[^/]+}/{object:[^/]+\.(?:glb|obj|usdz|fbx|stl)}"
)
"""Objects of the 3D models that others run for Ark (recorded)."""
STILL: Final = r"/{family:[a-z0-9][a-z0-9.-]*}/{object:02[0-9]+ffff[0-9a-f]+}/{file:[^/]+\.jpeg}"


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the route table: method, path, what answers, and the dialect it answers in.

    `on` is the kind of exchange that faults know it as; None where no fault strikes. `choose` may let another dialect
    answer, before anything else happens. `polls` says that the handler does no more than `Engine.poll`.
    """

    method: str
    path: str
    handler: Handler
    dialect: str
    on: Operation | None = None
    choose: gateway_handlers.Choose | None = None
    polls: bool = False


def _ark(base: str, dialect: str) -> Iterable[Route]:
    collection = f"{base}/contents/generations/tasks"
    return (
        Route("POST", collection, ark_handlers.create, dialect, Operation.CREATE),
        Route("GET", collection, ark_handlers.listing, dialect, Operation.LIST),
        Route("GET", collection + "/{id}", ark_handlers.fetch, dialect, Operation.FETCH, polls=True),
        Route("DELETE", collection + "/{id}", ark_handlers.delete, dialect, Operation.DELETE),
        Route("OPTIONS", collection, ark_handlers.preflight, dialect),
        Route("POST", collection + "/{id}/{verb}", ark_handlers.create, dialect),
        Route("OPTIONS", collection + "/{id}", ark_handlers.preflight, dialect),
        Route("GET", f"{base}/models", ark_handlers.models, dialect),
    )


def _agent_plan(base: str) -> Iterable[Route]:
    """The task routes of the Agent Plan. Everything else below its base is a 404 without a body (recorded)."""
    collection, dialect = f"{base}/contents/generations/tasks", agent_plan.NAME
    return (
        Route("POST", collection, ark_handlers.create, dialect, Operation.CREATE),
        Route("GET", collection, ark_handlers.listing, dialect, Operation.LIST),
        Route("GET", collection + "/{id}", ark_handlers.fetch, dialect, Operation.FETCH, polls=True),
        Route("DELETE", collection + "/{id}", ark_handlers.delete, dialect, Operation.DELETE),
        Route("OPTIONS", collection, ark_handlers.preflight, dialect),
        Route("OPTIONS", collection + "/{id}", ark_handlers.preflight, dialect),
        Route("*", base + r"/{tail:[\s\S]*}", ark_handlers.absent, dialect),
    )


def _gateway(named: str | None, base: str) -> Iterable[Route]:
    """The routes of one gateway under its name, or of all of them under none."""
    dialect = named or STOCK
    body, task, host = gateway_handlers.by_body(named), gateway_handlers.by_task(named), gateway_handlers.by_host(named)
    tail = base + r"/{tail:[\s\S]*}"
    return (
        Route("POST", f"{base}/video/generations", gateway_handlers.create, dialect, Operation.CREATE, body),
        Route("POST", f"{base}/videos", gateway_handlers.create, dialect, Operation.CREATE, body),
        Route("GET", base + "/video/generations/{id}", gateway_handlers.generation, dialect, Operation.FETCH, task),
        Route("GET", base + "/videos/{id}", gateway_handlers.video, dialect, Operation.FETCH, task),
        Route("GET", base + "/videos/{id}/content", gateway_handlers.content, dialect, Operation.CONTENT, task),
        Route("GET", f"{base}/models", gateway_handlers.models(named), dialect, choose=host),
        Route("GET", base + "/models/{id}", gateway_handlers.model(named), dialect, choose=host),
        *([] if named == powertokens_handlers.VIDEOS else [_remix(base, dialect, task)]),
        *(_powertokens(named, base) if named in (None, powertokens_handlers.VIDEOS) else ()),
        Route("OPTIONS", tail, gateway_handlers.preflight, dialect, choose=host),
        Route("*", tail, gateway_handlers.unknown, dialect, choose=host),
        Route("*", base, gateway_handlers.unknown, dialect, choose=host),
    )


def _remix(base: str, dialect: str, task: gateway_handlers.Choose) -> Route:
    return Route("POST", base + "/videos/{id}/remix", gateway_handlers.remix, dialect, choose=task)


def _powertokens(named: str | None, base: str) -> Iterable[Route]:
    """The routes that PowerTokens has beside those of new-api."""
    task, host, dialect = gateway_handlers.by_task(named), gateway_handlers.by_host(named), named or STOCK
    kling = base.removesuffix("/v1") + "/kling/v1/videos/{endpoint:text2video|image2video}"
    return (
        Route("GET", base + "/tasks/{id}", powertokens_handlers.task, dialect, Operation.FETCH, task),
        Route("GET", f"{base}/balance", powertokens_handlers.balance, dialect, choose=host),
        Route(
            "POST",
            kling,
            powertokens_handlers.kling_create,
            powertokens_handlers.KLING,
            Operation.CREATE,
            powertokens_handlers.kling,
        ),
        Route(
            "GET",
            kling + "/{id}",
            powertokens_handlers.kling_fetch,
            powertokens_handlers.KLING,
            Operation.FETCH,
            powertokens_handlers.kling,
        ),
    )


async def published_description(_: Exchange) -> DialectResponse:
    """`GET /_emulator/openapi.json`: return the OpenAPI description of Ark's routes and of the control API."""
    return DialectResponse(200, await asyncio.to_thread(openapi_handler.description, ROUTES))


ROUTES: Final[tuple[Route, ...]] = (
    *_ark("/api/v3", "ark"),
    *_ark("/api/coding/v3", "ark"),
    *_agent_plan("/api/plan/v3"),
    *_ark("/byteplus/api/v3", "powertokens"),
    *_gateway(None, "/v1"),
    *(route for named in GATEWAYS for route in _gateway(named, f"/{named}/v1")),
    *_gateway(powertokens_handlers.VIDEOS, "/powertokens/v1"),
    Route("GET", "/", dashboard_page.front, "ark"),
    Route("GET", HEALTH, world_handlers.health, CONTROL),
    Route("GET", "/_emulator", dashboard_page.onwards, CONTROL),
    Route("GET", PAGE, dashboard_page.page, CONTROL),
    Route("GET", STATIC, dashboard_page.static, CONTROL),
    Route("GET", "/_emulator/overview", overview.overview, CONTROL),
    Route("GET", "/_emulator/clock", clock_handlers.look, CONTROL),
    Route("POST", "/_emulator/clock/freeze", clock_handlers.freeze, CONTROL),
    Route("POST", "/_emulator/clock/resume", clock_handlers.resume, CONTROL),
    Route("POST", "/_emulator/clock/advance", clock_handlers.advance, CONTROL),
    Route("POST", "/_emulator/reset", world_handlers.reset, CONTROL),
    Route("GET", "/_emulator/journal", journal_handlers.listing, CONTROL),
    Route("POST", "/_emulator/journal/verify", journal_handlers.ask, CONTROL),
    Route("DELETE", "/_emulator/journal", journal_handlers.clear, CONTROL),
    Route("GET", "/_emulator/tasks", inside.listing, CONTROL),
    Route("GET", "/_emulator/tasks/{id}", inside.one, CONTROL),
    Route("POST", "/_emulator/tasks/{id}/force", inside.force, CONTROL),
    Route("GET", "/_emulator/tasks/{id}/dialects", task_in_dialects.dialects, CONTROL),
    Route("GET", "/_emulator/tasks/{id}/clip", clips.clip, CONTROL),
    Route("GET", "/_emulator/tasks/{id}/last-frame", clips.last_frame, CONTROL),
    Route("GET", "/_emulator/callbacks", callback_handlers.listing, CONTROL),
    Route("POST", "/_emulator/callbacks/pause", callback_handlers.pause, CONTROL),
    Route("POST", "/_emulator/callbacks/resume", callback_handlers.resume, CONTROL),
    Route("POST", "/_emulator/callbacks/{id}/redeliver", callback_handlers.redeliver, CONTROL),
    Route("POST", "/_emulator/callbacks/{id}/acknowledge", callback_handlers.acknowledge, CONTROL),
    Route("POST", "/_emulator/callbacks/{id}/drop", callback_handlers.drop, CONTROL),
    Route("GET", "/_emulator/openapi.json", published_description, CONTROL),
    Route("GET", "/_emulator/metrics", metrics_handler.show, CONTROL),
    Route("GET", "/_emulator/report", report_handler.report, CONTROL),
    Route("GET", "/_emulator/ledger", ledger_handlers.show, CONTROL),
    Route("GET", "/_emulator/scenario", scenario_handlers.look, CONTROL),
    Route("PUT", "/_emulator/scenario", scenario_handlers.switch, CONTROL),
    Route("POST", "/_emulator/scenario/check", scenario_handlers.check, CONTROL),
    Route("GET", "/_emulator/scenarios", scenario_handlers.builtin, CONTROL),
    Route("GET", "/_emulator/scenarios/{id}", scenario_handlers.source, CONTROL),
    Route("GET", "/_emulator/catalogue", form_catalogue.show, CONTROL),
    Route("GET", SAMPLE, samples.sample, CONTROL),
    Route("POST", "/_emulator/demo", demo_traffic.fill, CONTROL),
    Route("POST", "/_emulator/faults", fault_handlers.add, CONTROL),
    Route("GET", "/_emulator/faults", fault_handlers.listing, CONTROL),
    Route("DELETE", "/_emulator/faults", fault_handlers.clear, CONTROL),
    Route("DELETE", "/_emulator/faults/{id}", fault_handlers.remove, CONTROL),
    Route("GET", "/_emulator/events", event_handlers.stream, CONTROL),
    Route("POST", "/_emulator/worlds", world_handlers.create, CONTROL),
    Route("GET", "/_emulator/worlds", world_handlers.listing, CONTROL),
    Route("DELETE", "/_emulator/worlds/{id}", world_handlers.drop, CONTROL),
    Route("GET", OBJECT, storage_handlers.fetch, STORAGE, Operation.DOWNLOAD),
    Route("HEAD", OBJECT, storage_handlers.fetch, STORAGE, Operation.DOWNLOAD),
    Route("*", OBJECT, storage_handlers.fetch, STORAGE),
    Route("GET", OF_A_TASK, storage_handlers.fetch, STORAGE, Operation.DOWNLOAD),
    Route("HEAD", OF_A_TASK, storage_handlers.fetch, STORAGE, Operation.DOWNLOAD),
    Route("*", OF_A_TASK, storage_handlers.fetch, STORAGE),
    Route("GET", STILL, storage_handlers.fetch, STORAGE, Operation.DOWNLOAD),
    Route("HEAD", STILL, storage_handlers.fetch, STORAGE, Operation.DOWNLOAD),
    Route("*", STILL, storage_handlers.fetch, STORAGE),
)
