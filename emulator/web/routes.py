"""Every route, as one list: what answers it, and in which dialect."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from emulator.core.faults import On
from emulator.dialects import agent_plan
from emulator.dialects.newapi_traits import GATEWAYS, STOCK
from emulator.web import dashboard, gateways, media, powertokens, tasks
from emulator.web.answers import Answer
from emulator.web.control import (
    callbacks,
    catalogue,
    clips,
    clock,
    demo,
    description,
    dialects,
    events,
    faults,
    journal,
    ledger,
    metrics,
    overview,
    report,
    samples,
    scenario,
    worlds,
)
from emulator.web.control import tasks as inside
from emulator.web.exchange import Exchange

Handler = Callable[[Exchange], Awaitable[Answer]]
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
    on: On | None = None
    choose: gateways.Choose | None = None
    polls: bool = False


def _ark(base: str, dialect: str) -> Iterable[Route]:
    collection = f"{base}/contents/generations/tasks"
    return (
        Route("POST", collection, tasks.create, dialect, On.CREATE),
        Route("GET", collection, tasks.listing, dialect, On.LIST),
        Route("GET", collection + "/{id}", tasks.fetch, dialect, On.FETCH, polls=True),
        Route("DELETE", collection + "/{id}", tasks.delete, dialect, On.DELETE),
        Route("OPTIONS", collection, tasks.preflight, dialect),
        Route("POST", collection + "/{id}/{verb}", tasks.create, dialect),
        Route("OPTIONS", collection + "/{id}", tasks.preflight, dialect),
        Route("GET", f"{base}/models", tasks.models, dialect),
    )


def _agent_plan(base: str) -> Iterable[Route]:
    """The task routes of the Agent Plan. Everything else below its base is a 404 without a body (recorded)."""
    collection, dialect = f"{base}/contents/generations/tasks", agent_plan.NAME
    return (
        Route("POST", collection, tasks.create, dialect, On.CREATE),
        Route("GET", collection, tasks.listing, dialect, On.LIST),
        Route("GET", collection + "/{id}", tasks.fetch, dialect, On.FETCH, polls=True),
        Route("DELETE", collection + "/{id}", tasks.delete, dialect, On.DELETE),
        Route("OPTIONS", collection, tasks.preflight, dialect),
        Route("OPTIONS", collection + "/{id}", tasks.preflight, dialect),
        Route("*", base + r"/{tail:[\s\S]*}", tasks.absent, dialect),
    )


def _gateway(named: str | None, base: str) -> Iterable[Route]:
    """The routes of one gateway under its name, or of all of them under none."""
    dialect = named or STOCK
    body, task, host = gateways.by_body(named), gateways.by_task(named), gateways.by_host(named)
    tail = base + r"/{tail:[\s\S]*}"
    return (
        Route("POST", f"{base}/video/generations", gateways.create, dialect, On.CREATE, body),
        Route("POST", f"{base}/videos", gateways.create, dialect, On.CREATE, body),
        Route("GET", base + "/video/generations/{id}", gateways.generation, dialect, On.FETCH, task),
        Route("GET", base + "/videos/{id}", gateways.video, dialect, On.FETCH, task),
        Route("GET", base + "/videos/{id}/content", gateways.content, dialect, On.CONTENT, task),
        Route("GET", f"{base}/models", gateways.models(named), dialect, choose=host),
        Route("GET", base + "/models/{id}", gateways.model(named), dialect, choose=host),
        *([] if named == powertokens.VIDEOS else [_remix(base, dialect, task)]),
        *(_powertokens(named, base) if named in (None, powertokens.VIDEOS) else ()),
        Route("OPTIONS", tail, gateways.preflight, dialect, choose=host),
        Route("*", tail, gateways.unknown, dialect, choose=host),
        Route("*", base, gateways.unknown, dialect, choose=host),
    )


def _remix(base: str, dialect: str, task: gateways.Choose) -> Route:
    return Route("POST", base + "/videos/{id}/remix", gateways.remix, dialect, choose=task)


def _powertokens(named: str | None, base: str) -> Iterable[Route]:
    """The routes that PowerTokens has beside those of new-api."""
    task, host, dialect = gateways.by_task(named), gateways.by_host(named), named or STOCK
    kling = base.removesuffix("/v1") + "/kling/v1/videos/{endpoint:text2video|image2video}"
    return (
        Route("GET", base + "/tasks/{id}", powertokens.task, dialect, On.FETCH, task),
        Route("GET", f"{base}/balance", powertokens.balance, dialect, choose=host),
        Route("POST", kling, powertokens.kling_create, powertokens.KLING, On.CREATE, powertokens.kling),
        Route("GET", kling + "/{id}", powertokens.kling_fetch, powertokens.KLING, On.FETCH, powertokens.kling),
    )


ROUTES: Final[tuple[Route, ...]] = (
    *_ark("/api/v3", "ark"),
    *_ark("/api/coding/v3", "ark"),
    *_agent_plan("/api/plan/v3"),
    *_ark("/byteplus/api/v3", "powertokens"),
    *_gateway(None, "/v1"),
    *(route for named in GATEWAYS for route in _gateway(named, f"/{named}/v1")),
    *_gateway(powertokens.VIDEOS, "/powertokens/v1"),
    Route("GET", "/", dashboard.front, "ark"),
    Route("GET", HEALTH, worlds.health, CONTROL),
    Route("GET", "/_emulator", dashboard.onwards, CONTROL),
    Route("GET", PAGE, dashboard.page, CONTROL),
    Route("GET", STATIC, dashboard.static, CONTROL),
    Route("GET", "/_emulator/overview", overview.overview, CONTROL),
    Route("GET", "/_emulator/clock", clock.look, CONTROL),
    Route("POST", "/_emulator/clock/freeze", clock.freeze, CONTROL),
    Route("POST", "/_emulator/clock/resume", clock.resume, CONTROL),
    Route("POST", "/_emulator/clock/advance", clock.advance, CONTROL),
    Route("POST", "/_emulator/reset", worlds.reset, CONTROL),
    Route("GET", "/_emulator/journal", journal.listing, CONTROL),
    Route("POST", "/_emulator/journal/verify", journal.ask, CONTROL),
    Route("DELETE", "/_emulator/journal", journal.clear, CONTROL),
    Route("GET", "/_emulator/tasks", inside.listing, CONTROL),
    Route("GET", "/_emulator/tasks/{id}", inside.one, CONTROL),
    Route("POST", "/_emulator/tasks/{id}/force", inside.force, CONTROL),
    Route("GET", "/_emulator/tasks/{id}/dialects", dialects.dialects, CONTROL),
    Route("GET", "/_emulator/tasks/{id}/clip", clips.clip, CONTROL),
    Route("GET", "/_emulator/tasks/{id}/last-frame", clips.last_frame, CONTROL),
    Route("GET", "/_emulator/callbacks", callbacks.listing, CONTROL),
    Route("POST", "/_emulator/callbacks/pause", callbacks.pause, CONTROL),
    Route("POST", "/_emulator/callbacks/resume", callbacks.resume, CONTROL),
    Route("POST", "/_emulator/callbacks/{id}/redeliver", callbacks.redeliver, CONTROL),
    Route("POST", "/_emulator/callbacks/{id}/acknowledge", callbacks.acknowledge, CONTROL),
    Route("POST", "/_emulator/callbacks/{id}/drop", callbacks.drop, CONTROL),
    Route("GET", "/_emulator/openapi.json", description.show, CONTROL),
    Route("GET", "/_emulator/metrics", metrics.show, CONTROL),
    Route("GET", "/_emulator/report", report.report, CONTROL),
    Route("GET", "/_emulator/ledger", ledger.show, CONTROL),
    Route("GET", "/_emulator/scenario", scenario.look, CONTROL),
    Route("PUT", "/_emulator/scenario", scenario.switch, CONTROL),
    Route("POST", "/_emulator/scenario/check", scenario.check, CONTROL),
    Route("GET", "/_emulator/scenarios", scenario.builtin, CONTROL),
    Route("GET", "/_emulator/scenarios/{id}", scenario.source, CONTROL),
    Route("GET", "/_emulator/catalogue", catalogue.show, CONTROL),
    Route("GET", SAMPLE, samples.sample, CONTROL),
    Route("POST", "/_emulator/demo", demo.fill, CONTROL),
    Route("POST", "/_emulator/faults", faults.add, CONTROL),
    Route("GET", "/_emulator/faults", faults.listing, CONTROL),
    Route("DELETE", "/_emulator/faults", faults.clear, CONTROL),
    Route("DELETE", "/_emulator/faults/{id}", faults.remove, CONTROL),
    Route("GET", "/_emulator/events", events.stream, CONTROL),
    Route("POST", "/_emulator/worlds", worlds.create, CONTROL),
    Route("GET", "/_emulator/worlds", worlds.listing, CONTROL),
    Route("DELETE", "/_emulator/worlds/{id}", worlds.drop, CONTROL),
    Route("GET", OBJECT, media.fetch, STORAGE, On.DOWNLOAD),
    Route("HEAD", OBJECT, media.fetch, STORAGE, On.DOWNLOAD),
    Route("*", OBJECT, media.fetch, STORAGE),
    Route("GET", OF_A_TASK, media.fetch, STORAGE, On.DOWNLOAD),
    Route("HEAD", OF_A_TASK, media.fetch, STORAGE, On.DOWNLOAD),
    Route("*", OF_A_TASK, media.fetch, STORAGE),
    Route("GET", STILL, media.fetch, STORAGE, On.DOWNLOAD),
    Route("HEAD", STILL, media.fetch, STORAGE, On.DOWNLOAD),
    Route("*", STILL, media.fetch, STORAGE),
)
