"""The published description of the control API: what each handler takes and answers."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from emulator.runtime.verification import CRITERIA
from emulator.web.control import (
    callbacks,
    catalogue,
    clock,
    demo,
    dialects,
    faults,
    journal,
    ledger,
    overview,
    report,
    scenario,
    tasks,
    worlds,
)
from emulator.web.operations import Models, Operation, Query

shapes: Final = Models("emulator.web.control.shapes")
page: Final = Models("emulator.web.control.dashboard_shapes")

_WHOLE: Final = {"type": "integer", "minimum": 0}
_REFUSED: Final = dict.fromkeys((400, 401, 403, 404, 409, 413, 429, 503), shapes.Refused)
WORLD: Final = Query("world", "the API key of the world that is meant; the default one without")

OPERATIONS: Final[Mapping[Callable[..., Any], Operation]] = {
    worlds.health: Operation(None, {200: shapes.Health, **_REFUSED}, (WORLD,)),
    worlds.reset: Operation(None, {200: shapes.Moment, **_REFUSED}, (WORLD,)),
    worlds.create: Operation(shapes.WorldWish, {201: shapes.WorldShown, 422: shapes.Invalid, **_REFUSED}),
    worlds.listing: Operation(None, {200: shapes.Worlds, **_REFUSED}),
    worlds.drop: Operation(None, {200: shapes.Done, **_REFUSED}),
    clock.look: Operation(None, {200: shapes.ClockShown, **_REFUSED}, (WORLD,)),
    clock.freeze: Operation(None, {200: shapes.ClockShown, **_REFUSED}, (WORLD,)),
    clock.resume: Operation(shapes.Resume, {200: shapes.ClockShown, **_REFUSED}, (WORLD,)),
    clock.advance: Operation(shapes.Advance, {200: shapes.Advanced, **_REFUSED}, (WORLD,)),
    tasks.listing: Operation(
        None,
        {200: shapes.Tasks, **_REFUSED},
        (
            WORLD,
            Query("status", "only these"),
            Query("limit", "how many", _WHOLE),
            Query("offset", "from which", _WHOLE),
        ),
    ),
    tasks.one: Operation(None, {200: shapes.TaskInside, **_REFUSED}, (WORLD,)),
    tasks.force: Operation(shapes.Force, {200: shapes.TaskInside, **_REFUSED}, (WORLD,)),
    dialects.dialects: Operation(None, {200: page.Dialects, **_REFUSED}, (WORLD,)),
    overview.overview: Operation(
        None,
        {200: page.Overview, **_REFUSED},
        (WORLD, Query("ids", "only these tasks, with commas between"), Query("limit", "how many", _WHOLE)),
    ),
    catalogue.show: Operation(None, {200: page.Catalogue, **_REFUSED}, (WORLD,)),
    demo.fill: Operation(page.DemoWish, {200: page.DemoDone, **_REFUSED}, (WORLD,)),
    callbacks.drop: Operation(None, {200: shapes.DeliveryShown, **_REFUSED}, (WORLD,)),
    callbacks.listing: Operation(
        None,
        {200: shapes.Callbacks, **_REFUSED},
        (
            WORLD,
            Query("task", "of this task"),
            Query("state", "in this state"),
            Query("pending", "1 for those that were not delivered, each with its body"),
            Query("limit", "how many", _WHOLE),
            Query("offset", "from which", _WHOLE),
        ),
    ),
    callbacks.redeliver: Operation(None, {200: shapes.DeliveryShown, **_REFUSED}, (WORLD,)),
    callbacks.acknowledge: Operation(None, {200: shapes.DeliveryShown, **_REFUSED}, (WORLD,)),
    callbacks.pause: Operation(None, {200: shapes.Held, **_REFUSED}, (WORLD,)),
    callbacks.resume: Operation(None, {200: shapes.Held, **_REFUSED}, (WORLD,)),
    journal.listing: Operation(
        None,
        {200: shapes.Entries, **_REFUSED},
        (
            WORLD,
            Query("after", "only numbers after this", _WHOLE),
            Query("limit", "how many", _WHOLE),
            Query("moves", "1 for what came to pass by itself as well"),
            Query("number", "only the entry of this number", _WHOLE),
            Query("first", "only the tries of the wish whose first try has this number", _WHOLE),
            Query("brief", "1 for entries without headers and bodies"),
            Query("retries", "1 for those alone that were tried more than once"),
            *(Query(name, f"only entries whose {name} is like this") for name in CRITERIA),
        ),
    ),
    journal.ask: Operation(shapes.Verify, {200: shapes.Verified, 417: shapes.NotVerified, **_REFUSED}, (WORLD,)),
    journal.clear: Operation(None, {200: shapes.Done, **_REFUSED}, (WORLD,)),
    ledger.show: Operation(
        None,
        {200: shapes.LedgerShown, **_REFUSED},
        (WORLD, Query("key", "of this key"), Query("task", "entries of this task, by either of its ids")),
    ),
    report.report: Operation(None, {200: shapes.Card, **_REFUSED}, (WORLD,)),
    scenario.look: Operation(
        None, {200: shapes.ScenarioShown, **_REFUSED}, (WORLD, Query("text", "there: its text as well"))
    ),
    scenario.builtin: Operation(None, {200: page.BuiltinScenarios, **_REFUSED}),
    scenario.source: Operation(None, {200: page.ScenarioText, **_REFUSED}),
    scenario.check: Operation(None, {200: page.Checked, **_REFUSED}, takes_text=True),
    scenario.switch: Operation(
        shapes.ScenarioWish, {200: shapes.ScenarioShown, 422: shapes.Invalid, **_REFUSED}, (WORLD,), takes_text=True
    ),
    faults.add: Operation(shapes.FaultWish, {201: shapes.FaultShown, 422: shapes.Invalid, **_REFUSED}, (WORLD,)),
    faults.listing: Operation(None, {200: shapes.Faults, **_REFUSED}, (WORLD,)),
    faults.remove: Operation(None, {200: shapes.Done, **_REFUSED}, (WORLD,)),
    faults.clear: Operation(None, {200: shapes.Done, **_REFUSED}, (WORLD,)),
}
"""The operations of the control API, by their handlers."""
