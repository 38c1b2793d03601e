"""What the routes of the dashboard take and answer, as models."""

from typing import Any, Literal

from pydantic import Field

from ark_emulator.web.control.schema.control_models import ClockShown, ComplaintShown, Given, Move, ScenarioShown, Taken


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
    """A built-in scenario, what it is about, the incidents it was made from, and what a good client does."""

    group: str
    name: str
    about: str
    source: list[str]
    expects: list[str]


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


class DoorModel(Given):
    """A name that a model is asked for by, and where the model is in its life on its site."""

    name: str
    family: str
    site: str
    stage: Literal["active", "retiring", "retired"]


class Door(Given):
    """A way in. `wire` says how a request is written there."""

    door: str
    title: str
    wire: Literal["ark", "gateway", "kling"]
    path: str
    models: list[DoorModel]


class FamilyMode(Given):
    """What a family takes in one mode; `ratio` is what it takes when none is given."""

    ratios: list[str]
    ratio: str | None
    resolutions: list[str]
    camera_fixed: bool


class Family(Given):
    """What one family of models can. `lengths` are whole seconds, `by_model` when it may choose one itself."""

    family: str
    title: str
    upstream: str
    modes: dict[str, FamilyMode]
    resolution: str | None
    lengths: list[int]
    length: int | None
    by_model: bool
    frames: list[int] | None
    audio: bool
    flex: bool
    priority: bool
    formats: list[str]
    task_types: list[str]
    references: dict[str, int] | None
    draft: dict[str, Any] | None


class Steering(Given):
    """A word for prompts: `emu:` and its name. `refused` when there will be no task."""

    name: str
    about: str
    refused: bool


class EffectOn(Given):
    """An effect of faults, and the kinds of exchange that it can strike."""

    name: str
    on: list[str]


class CodeShown(Given):
    """A code that something can be refused with, or fail with."""

    code: str
    status: int


class Catalogue(Given):
    """What can be asked for. `codes` has the kinds of exchange, and `task` for the codes of failures.

    `tiers` are Kling's words for resolutions.
    """

    doors: list[Door]
    families: list[Family]
    outcomes: list[Steering]
    tiers: dict[str, str]
    effects: list[EffectOn]
    codes: dict[str, list[CodeShown]]
