"""What the routes of the dashboard take and answer, as models."""

from typing import Any

from pydantic import Field

from emulator.web.control.shapes import ClockShown, ComplaintShown, Given, Move, ScenarioShown, Taken


class ShortTask(Given):
    """A task in short, its planned life included."""

    id: str
    dialect: str
    model: str
    status: str
    created_at: float
    marks: list[Move]
    waits: bool
    gone_at: float


class Overview(Given):
    """What a dashboard paints first. `event` is the number of the last event, the rest what is there by then.

    With `?ids` only `event`, `clock`, `items` and `missing` are told.
    """

    event: int
    clock: ClockShown
    items: list[ShortTask]
    counts: dict[str, int] | None = None
    total: int | None = None
    missing: list[str] | None = None


class DialectBody(Given):
    """What a poll on that path would be answered with."""

    dialect: str
    own: bool
    path: str
    body: Any


class Dialects(Given):
    """A task in every dialect that can tell of it, and the journal's entries of its create and its last poll."""

    task: str
    items: list[DialectBody]
    created: dict[str, Any] | None
    polled: dict[str, Any] | None


class BuiltinScenario(Given):
    """A built-in scenario and what it is about."""

    group: str
    name: str
    about: str


class BuiltinScenarios(Given):
    """Every built-in scenario, group by group."""

    items: list[BuiltinScenario]
    total: int


class ScenarioText(Given):
    """The text of a scenario."""

    name: str
    text: str


class Checked(Given):
    """What is wrong with a text; `full` shows each line that is wrong with a caret under the place."""

    ok: bool
    complaints: list[ComplaintShown]
    full: str
    scenario: ScenarioShown | None = None


class DemoWish(Taken):
    """How much demo traffic: so many tasks within so many virtual seconds."""

    count: int = Field(40, ge=1, le=500)
    seed: int = 0
    seconds: float = Field(120, ge=1, le=86_400)


class DemoDone(Given):
    """What became of the demo traffic: how many tasks were made, refused, and made without an answer."""

    now: float
    accepted: int
    refused: int
    lost: int
    polls: int
    tasks: list[str]
