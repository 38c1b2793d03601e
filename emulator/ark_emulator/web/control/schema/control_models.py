"""What the control API takes and answers, as models."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ark_emulator.core.task.values import StatusWord
from ark_emulator.core.time.clock import FASTEST, SLOWEST, ClockWord


class RequestModel(BaseModel):
    """A request body. Unknown keys are rejected."""

    model_config = ConfigDict(extra="forbid")


class AnswerModel(BaseModel):
    """A response body. It may have more keys than these."""

    model_config = ConfigDict(extra="allow")


class Trouble(BaseModel):
    """The error of a control request."""

    code: str
    message: str


class Refused(BaseModel):
    """The response to a control request that was rejected."""

    error: Trouble


class ClockModel(AnswerModel):
    """The clock of a world: `now` in unix seconds, `speed` in virtual seconds per real second."""

    mode: ClockWord
    now: float
    speed: float


class HealthModel(AnswerModel):
    """The state of the server."""

    status: Literal["ok"]
    version: str
    uptime: float
    clock: ClockModel
    world: str
    worlds: int
    scenario: str | None
    store: str
    store_ok: bool


class Advance(RequestModel):
    """How far to move the clock forward: exactly one of the three."""

    seconds: float | None = Field(None, ge=0)
    to: float | None = None
    until: Literal["next", "idle"] | None = None


class EffectModel(AnswerModel):
    """Something that happened: `kind` is move, callback, expiry, erased, exchange and the like."""

    at: float
    kind: str
    task: str | None = None
    status: str | None = None
    result: str | None = None


class Advanced(AnswerModel):
    """The new time, and the events up to it in order."""

    now: float
    effects: list[EffectModel]


class Resume(RequestModel):
    """The new speed. Without it, the clock keeps its speed."""

    speed: float | None = Field(None, ge=SLOWEST, le=FASTEST)


class Moment(AnswerModel):
    """The time of a world."""

    now: float


class ClockRequest(RequestModel):
    """The clock of a new world."""

    mode: ClockWord | None = None
    start: float | None = None
    speed: float | None = Field(None, ge=SLOWEST, le=FASTEST)


class WorldRequest(RequestModel):
    """A world to create. Without `api_key`, a key is generated."""

    api_key: str | None = Field(None, max_length=256)
    seed: int | None = None
    clock: ClockWord | ClockRequest | None = None
    scenario: str | dict[str, Any] | None = None


class WorldModel(AnswerModel):
    """A world: clients select it by this key or this path prefix."""

    api_key: str
    seed: int
    clock: ClockModel
    scenario: str
    path: str


class Worlds(AnswerModel):
    """All worlds."""

    items: list[WorldModel]
    total: int


class MoveModel(AnswerModel):
    """A status and when it began."""

    status: str
    at: float


class AttemptModel(AnswerModel):
    """One attempt to deliver a callback; `at` is virtual, `took` real seconds."""

    at: float
    took: float
    verdict: str
    response_status: int | None = None


class DeliveryModel(AnswerModel):
    """A callback."""

    id: str
    task: str
    url: str
    status: str
    state: Literal["pending", "delivered", "failed"]
    attempts: list[AttemptModel]


class TaskInside(AnswerModel):
    """A task with its internal state."""

    id: str
    dialect: str
    model: str
    status: str
    created_at: float
    moves: list[MoveModel]
    deliveries: list[DeliveryModel]
    plan: dict[str, Any]


class Tasks(AnswerModel):
    """A page of tasks, newest first."""

    items: list[TaskInside]
    total: int


class Force(RequestModel):
    """The new status, and the error code and message of a task that fails."""

    status: StatusWord
    code: str | None = None
    message: str | None = None


class Callbacks(AnswerModel):
    """Callbacks, oldest first."""

    items: list[DeliveryModel]
    total: int


class HeldModel(AnswerModel):
    """Whether callbacks are held back, and how many were released by this request."""

    paused: bool
    released: int | None = None


class JournalEntryModel(AnswerModel):
    """One exchange, secrets masked."""

    number: int
    at: float
    method: str
    path: str
    status: int
    key: str


class Entries(AnswerModel):
    """The newest entries of the journal in chronological order."""

    items: list[JournalEntryModel]
    total: int


class Movement(AnswerModel):
    """A ledger entry: `amount` in USD was charged to the balance of a key; a negative amount was given back."""

    at: float
    task: str | None
    kind: Literal["hold", "settle", "refund"]
    amount: float


class LedgerModel(AnswerModel):
    """Amounts held, settled and given back, in USD, and the remaining balance of each key that has one."""

    balance: float | None
    currency: Literal["USD"]
    entries: list[Movement]
    spent: float
    balances: dict[str, float]


class MatchModel(BaseModel):
    """Criteria that an entry must match; strings are globs."""

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    path: str | None = None
    model: str | None = None
    prompt: str | None = None
    status: int | str | None = None
    task: str | None = None
    key: str | None = None
    dialect: str | None = None


class Verify(RequestModel):
    """What to verify: how many entries match, or that matching entries occurred in an order."""

    match: MatchModel | None = None
    exactly: int | None = Field(None, ge=0)
    at_least: int | None = Field(None, ge=0)
    at_most: int | None = Field(None, ge=0)
    in_order: list[MatchModel] | None = None


class Verified(AnswerModel):
    """The expectation holds."""

    ok: Literal[True]
    count: int


class NotVerified(AnswerModel):
    """The expectation does not hold; `near` has the nearest misses and how they differ."""

    ok: Literal[False]
    count: int
    near: list[dict[str, Any]]


class FindingModel(AnswerModel):
    """Something a client did that costs money, a result or goodwill."""

    code: str
    severity: str
    message: str
    evidence: list[int]


class ReportCardModel(AnswerModel):
    """The report card."""

    grade: str
    findings: list[FindingModel]


class DiagnosticModel(AnswerModel):
    """A mistake and its place; lines and columns count from 1. `text` is all of it on one line."""

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str
    text: str


class Mistakes(Trouble):
    """The mistakes in a scenario or a fault."""

    complaints: list[DiagnosticModel]


class Invalid(BaseModel):
    """The mistakes in a scenario or a fault that was rejected."""

    error: Mistakes


class FaultRequest(BaseModel):
    """A fault as in a scenario file: the kind of exchange, conditions, and one effect."""

    model_config = ConfigDict(extra="allow")

    on: Literal["create", "fetch", "list", "delete", "content", "download", "callback"]


class RuleModel(AnswerModel):
    """A fault rule: conditions, the effect, and the values of the effect."""

    name: str
    on: str
    when: dict[str, Any]
    effect: str


class FaultModel(RuleModel):
    """A fault that was added through the control API."""

    id: str


class Faults(AnswerModel):
    """The faults that were added through the control API, oldest first."""

    items: list[FaultModel]
    total: int


class ScenarioRequest(RequestModel):
    """The name of a built-in scenario, or a complete scenario: exactly one of the two."""

    name: str | None = None
    scenario: dict[str, Any] | None = None


class ScenarioModel(AnswerModel):
    """A scenario."""

    name: str
    about: str
    source: list[str]
    expects: str
    outcomes: list[dict[str, Any]]
    faults: list[RuleModel]


class Done(AnswerModel):
    """The request succeeded."""
