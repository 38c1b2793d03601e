"""The published description of the control API: the request, response and parameters of each handler."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ark_emulator.runtime.world.journal_query import CRITERIA
from ark_emulator.web.control.dashboard import demo_traffic, form_catalogue, overview, task_in_dialects
from ark_emulator.web.control.handlers import (
    callback_handlers,
    clock_handlers,
    fault_handlers,
    journal_handlers,
    ledger_handlers,
    report_handler,
    scenario_handlers,
    task_handlers,
    world_handlers,
)
from ark_emulator.web.control.schema.operation import Models, OperationSpec, Query

shapes: Final = Models("ark_emulator.web.control.schema.control_models")
page: Final = Models("ark_emulator.web.control.schema.dashboard_models")

_WHOLE: Final = {"type": "integer", "minimum": 0}
_REFUSED: Final = dict.fromkeys((400, 401, 403, 404, 409, 413, 429, 503), shapes.Refused)
WORLD: Final = Query("world", "API key of the world; without it, the default world")

OPERATIONS: Final[Mapping[Callable[..., Any], OperationSpec]] = {
    world_handlers.health: OperationSpec(None, {200: shapes.HealthModel, **_REFUSED}, (WORLD,)),
    world_handlers.reset: OperationSpec(None, {200: shapes.Moment, **_REFUSED}, (WORLD,)),
    world_handlers.create: OperationSpec(
        shapes.WorldRequest, {201: shapes.WorldModel, 422: shapes.Invalid, **_REFUSED}
    ),
    world_handlers.listing: OperationSpec(None, {200: shapes.Worlds, **_REFUSED}),
    world_handlers.drop: OperationSpec(None, {200: shapes.Done, **_REFUSED}),
    clock_handlers.look: OperationSpec(None, {200: shapes.ClockModel, **_REFUSED}, (WORLD,)),
    clock_handlers.freeze: OperationSpec(None, {200: shapes.ClockModel, **_REFUSED}, (WORLD,)),
    clock_handlers.resume: OperationSpec(shapes.Resume, {200: shapes.ClockModel, **_REFUSED}, (WORLD,)),
    clock_handlers.advance: OperationSpec(shapes.Advance, {200: shapes.Advanced, **_REFUSED}, (WORLD,)),
    task_handlers.listing: OperationSpec(
        None,
        {200: shapes.Tasks, **_REFUSED},
        (
            WORLD,
            Query("status", "only tasks with this status"),
            Query("limit", "maximum number of tasks", _WHOLE),
            Query("offset", "number of tasks to skip", _WHOLE),
        ),
    ),
    task_handlers.one: OperationSpec(None, {200: shapes.TaskInside, **_REFUSED}, (WORLD,)),
    task_handlers.force: OperationSpec(shapes.Force, {200: shapes.TaskInside, **_REFUSED}, (WORLD,)),
    task_in_dialects.dialects: OperationSpec(None, {200: page.Dialects, **_REFUSED}, (WORLD,)),
    overview.overview: OperationSpec(
        None,
        {200: page.Overview, **_REFUSED},
        (WORLD, Query("ids", "only these tasks, comma-separated"), Query("limit", "maximum number of tasks", _WHOLE)),
    ),
    form_catalogue.show: OperationSpec(None, {200: page.Catalogue, **_REFUSED}, (WORLD,)),
    demo_traffic.fill: OperationSpec(page.DemoRequest, {200: page.DemoDone, **_REFUSED}, (WORLD,)),
    callback_handlers.drop: OperationSpec(None, {200: shapes.DeliveryModel, **_REFUSED}, (WORLD,)),
    callback_handlers.listing: OperationSpec(
        None,
        {200: shapes.Callbacks, **_REFUSED},
        (
            WORLD,
            Query("task", "only callbacks of this task"),
            Query("state", "only callbacks in this state"),
            Query("pending", "1: only callbacks that were not delivered, with their bodies"),
            Query("limit", "maximum number of callbacks", _WHOLE),
            Query("offset", "number of callbacks to skip", _WHOLE),
        ),
    ),
    callback_handlers.redeliver: OperationSpec(None, {200: shapes.DeliveryModel, **_REFUSED}, (WORLD,)),
    callback_handlers.acknowledge: OperationSpec(None, {200: shapes.DeliveryModel, **_REFUSED}, (WORLD,)),
    callback_handlers.pause: OperationSpec(None, {200: shapes.HeldModel, **_REFUSED}, (WORLD,)),
    callback_handlers.resume: OperationSpec(None, {200: shapes.HeldModel, **_REFUSED}, (WORLD,)),
    journal_handlers.listing: OperationSpec(
        None,
        {200: shapes.Entries, **_REFUSED},
        (
            WORLD,
            Query("after", "only entries with a greater number", _WHOLE),
            Query("limit", "maximum number of entries", _WHOLE),
            Query("moves", "1: also status changes, callbacks and expiries"),
            Query("number", "only the entry with this number", _WHOLE),
            Query("first", "only attempts of the request whose first attempt has this number", _WHOLE),
            Query("brief", "1: entries without headers and bodies"),
            Query("retries", "1: only requests that were retried"),
            *(Query(name, f"only entries whose {name} matches") for name in CRITERIA),
        ),
    ),
    journal_handlers.ask: OperationSpec(
        shapes.Verify, {200: shapes.Verified, 417: shapes.NotVerified, **_REFUSED}, (WORLD,)
    ),
    journal_handlers.clear: OperationSpec(None, {200: shapes.Done, **_REFUSED}, (WORLD,)),
    ledger_handlers.show: OperationSpec(
        None,
        {200: shapes.LedgerModel, **_REFUSED},
        (WORLD, Query("key", "only this key"), Query("task", "only entries of this task, by either of its ids")),
    ),
    report_handler.report: OperationSpec(None, {200: shapes.ReportCardModel, **_REFUSED}, (WORLD,)),
    scenario_handlers.look: OperationSpec(
        None, {200: shapes.ScenarioModel, **_REFUSED}, (WORLD, Query("text", "if present: return the YAML as well"))
    ),
    scenario_handlers.builtin: OperationSpec(None, {200: page.BuiltinScenarios, **_REFUSED}),
    scenario_handlers.source: OperationSpec(None, {200: page.ScenarioText, **_REFUSED}),
    scenario_handlers.check: OperationSpec(None, {200: page.Checked, **_REFUSED}, takes_text=True),
    scenario_handlers.switch: OperationSpec(
        shapes.ScenarioRequest, {200: shapes.ScenarioModel, 422: shapes.Invalid, **_REFUSED}, (WORLD,), takes_text=True
    ),
    fault_handlers.add: OperationSpec(
        shapes.FaultRequest, {201: shapes.FaultModel, 422: shapes.Invalid, **_REFUSED}, (WORLD,)
    ),
    fault_handlers.listing: OperationSpec(None, {200: shapes.Faults, **_REFUSED}, (WORLD,)),
    fault_handlers.remove: OperationSpec(None, {200: shapes.Done, **_REFUSED}, (WORLD,)),
    fault_handlers.clear: OperationSpec(None, {200: shapes.Done, **_REFUSED}, (WORLD,)),
}
"""The operations of the control API, by their handlers."""
