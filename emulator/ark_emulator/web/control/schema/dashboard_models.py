"""What the routes of the dashboard take and answer, as models."""

from typing import Any, Literal

from pydantic import Field

from ark_emulator.web.control.schema.control_models import (
    AnswerModel,
    ClockModel,
    DiagnosticModel,
    MoveModel,
    RequestModel,
    ScenarioModel,
)


class ShortTask(AnswerModel):
    """The summary of a task, with its planned statuses."""

    id: str
    dialect: str
    model: str
    status: str
    created_at: float
    marks: list[MoveModel]
    waits: bool
    gone_at: float


class Overview(AnswerModel):
    """The state that a dashboard loads first. `event` is the number of the last event that it includes.

    With `?ids`, only `event`, `clock`, `items` and `missing` are present.
    """

    event: int
    clock: ClockModel
    items: list[ShortTask]
    counts: dict[str, int] | None = None
    total: int | None = None
    missing: list[str] | None = None


class DialectBody(AnswerModel):
    """The response to a poll of that path."""

    dialect: str
    own: bool
    path: str
    body: Any


class Dialects(AnswerModel):
    """A task in every dialect that supports it, and the journal entries of its create request and last poll."""

    task: str
    items: list[DialectBody]
    created: dict[str, Any] | None
    polled: dict[str, Any] | None


class BuiltinScenario(AnswerModel):
    """A built-in scenario: its description, the incidents it is based on, and what a good client does."""

    group: str
    name: str
    about: str
    source: list[str]
    expects: list[str]


class BuiltinScenarios(AnswerModel):
    """Every built-in scenario, group by group."""

    items: list[BuiltinScenario]
    total: int


class ScenarioText(AnswerModel):
    """The text of a scenario."""

    name: str
    text: str


class Checked(AnswerModel):
    """The mistakes in a text; `full` shows each faulty line with a caret under the mistake."""

    ok: bool
    complaints: list[DiagnosticModel]
    full: str
    scenario: ScenarioModel | None = None


class DemoRequest(RequestModel):
    """The number of tasks, and the virtual seconds within which they are created."""

    count: int = Field(40, ge=1, le=500)
    seed: int = 0
    seconds: float = Field(120, ge=1, le=86_400)


class DemoDone(AnswerModel):
    """How many tasks were accepted, how many refused, and how many created without a response."""

    now: float
    accepted: int
    refused: int
    lost: int
    polls: int
    tasks: list[str]


class DoorModel(AnswerModel):
    """A model name that requests use, and the lifecycle stage of the model on its site."""

    name: str
    family: str
    site: str
    stage: Literal["active", "retiring", "retired"]


class Entrance(AnswerModel):
    """A gateway or service to send requests to. `wire` is the format of its requests."""

    door: str
    title: str
    wire: Literal["ark", "gateway", "kling"]
    path: str
    models: list[DoorModel]


class FamilyMode(AnswerModel):
    """The values that a family accepts in one mode; `ratio` is the default."""

    ratios: list[str]
    ratio: str | None
    resolutions: list[str]
    camera_fixed: bool


class Family(AnswerModel):
    """The abilities of a family of models. `lengths` are in whole seconds; `by_model` if the model can choose one."""

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


class Steering(AnswerModel):
    """A word for prompts: `emu:` and its name. `refused` if no task is created."""

    name: str
    about: str
    refused: bool


class EffectOn(AnswerModel):
    """An effect of faults, and the kinds of exchange that it can change."""

    name: str
    on: list[str]


class CodeModel(AnswerModel):
    """An error code of a refusal or of a failed task."""

    code: str
    status: int


class Catalogue(AnswerModel):
    """The values that requests accept. `codes` maps each kind of exchange to its error codes, and `task` to failures.

    `tiers` are Kling's names for resolutions.
    """

    doors: list[Entrance]
    families: list[Family]
    outcomes: list[Steering]
    tiers: dict[str, str]
    effects: list[EffectOn]
    codes: dict[str, list[CodeModel]]
