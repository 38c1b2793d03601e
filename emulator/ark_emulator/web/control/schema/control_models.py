"""What the control API takes and answers, as models."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ark_emulator.core.time.clock import FASTEST, SLOWEST


class Taken(BaseModel):
    """A request body. Unknown keys are rejected."""

    model_config = ConfigDict(extra="forbid")


class Given(BaseModel):
    """A response body. It may have more keys than these."""

    model_config = ConfigDict(extra="allow")


class Trouble(BaseModel):
    """The error of a control request."""

    code: str
    message: str


class Refused(BaseModel):
    """The response to a control request that was rejected."""

    error: Trouble


class ClockShown(Given):
    """The clock of a world: `now` in unix seconds, `speed` in virtual seconds per real second."""

    mode: Literal["live", "frozen", "polls"]
    now: float
    speed: float


class Health(Given):
    """The state of the server."""

    status: Literal["ok"]
    version: str
    uptime: float
    clock: ClockShown
    world: str
    worlds: int
    scenario: str | None
    store: str
    store_ok: bool


class Advance(Taken):
    """How far to move the clock forward: exactly one of the three."""

    seconds: float | None = Field(None, ge=0)
    to: float | None = None
    until: Literal["next", "idle"] | None = None


class Effect(Given):
    """Something that happened: `kind` is move, callback, expiry, erased, exchange and the like."""

    at: float
    kind: str
    task: str | None = None
    status: str | None = None
    result: str | None = None


class Advanced(Given):
    """The new time, and the events up to it in order."""

    now: float
    effects: list[Effect]


class Resume(Taken):
    """The new speed. Without it, the clock keeps its speed."""

    speed: float | None = Field(None, ge=SLOWEST, le=FASTEST)


class Moment(Given):
    """The time of a world."""

    now: float


class ClockWish(Taken):
    """The clock of a new world."""

    mode: Literal["live", "frozen", "polls"] | None = None
    start: float | None = None
    speed: float | None = Field(None, ge=SLOWEST, le=FASTEST)


class WorldWish(Taken):
    """A world to create. Without `api_key`, a key is generated."""

    api_key: str | None = Field(None, max_length=256)
    seed: int | None = None
    clock: Literal["live", "frozen", "polls"] | ClockWish | None = None
    scenario: str | dict[str, Any] | None = None


class WorldShown(Given):
    """A world: clients select it by this key or this path prefix."""

    api_key: str
    seed: int
    clock: ClockShown
    scenario: str
    path: str


class Worlds(Given):
    """All worlds."""

    items: list[WorldShown]
    total: int


class Move(Given):
    """A status and when it began."""

    status: str
    at: float


class AttemptShown(Given):
    """One attempt to deliver a callback; `at` is virtual, `took` real seconds."""

    at: float
    took: float
    verdict: str
    response_status: int | None = None


class DeliveryShown(Given):
    """A callback."""

    id: str
    task: str
    url: str
    status: str
    state: Literal["pending", "delivered", "failed"]
    attempts: list[AttemptShown]


class TaskInside(Given):
    """A task with its internal state."""

    id: str
    dialect: str
    model: str
    status: str
    created_at: float
    moves: list[Move]
    deliveries: list[DeliveryShown]
    plan: dict[str, Any]


class Tasks(Given):
    """A page of tasks, newest first."""

    items: list[TaskInside]
    total: int


class Force(Taken):
    """The new status, and the error code and message of a task that fails."""

    status: Literal["queued", "running", "succeeded", "failed", "expired", "cancelled"]
    code: str | None = None
    message: str | None = None


class Callbacks(Given):
    """Callbacks, oldest first."""

    items: list[DeliveryShown]
    total: int


class Held(Given):
    """Whether callbacks are held back, and how many were released by this request."""

    paused: bool
    released: int | None = None


class EntryShown(Given):
    """One exchange, secrets masked."""

    number: int
    at: float
    method: str
    path: str
    status: int
    key: str


class Entries(Given):
    """The newest entries of the journal in chronological order."""

    items: list[EntryShown]
    total: int


class Movement(Given):
    """A ledger entry: `amount` in USD was charged to the balance of a key; a negative amount was given back."""

    at: float
    task: str | None
    kind: Literal["hold", "settle", "refund"]
    amount: float


class LedgerShown(Given):
    """Amounts held, settled and given back, in USD, and the remaining balance of each key that has one."""

    balance: float | None
    currency: Literal["USD"]
    entries: list[Movement]
    spent: float
    balances: dict[str, float]


class Match(BaseModel):
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


class Verify(Taken):
    """What to verify: how many entries match, or that matching entries occurred in an order."""

    match: Match | None = None
    exactly: int | None = Field(None, ge=0)
    at_least: int | None = Field(None, ge=0)
    at_most: int | None = Field(None, ge=0)
    in_order: list[Match] | None = None


class Verified(Given):
    """The expectation holds."""

    ok: Literal[True]
    count: int


class NotVerified(Given):
    """The expectation does not hold; `near` has the nearest misses and how they differ."""

    ok: Literal[False]
    count: int
    near: list[dict[str, Any]]


class FindingShown(Given):
    """Something a client did that costs money, a result or goodwill."""

    code: str
    severity: str
    message: str
    evidence: list[int]


class Card(Given):
    """The report card."""

    grade: str
    findings: list[FindingShown]


class ComplaintShown(Given):
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

    complaints: list[ComplaintShown]


class Invalid(BaseModel):
    """The mistakes in a scenario or a fault that was rejected."""

    error: Mistakes


class FaultWish(BaseModel):
    """A fault as in a scenario file: the kind of exchange, conditions, and one effect."""

    model_config = ConfigDict(extra="allow")

    on: Literal["create", "fetch", "list", "delete", "content", "download", "callback"]


class RuleShown(Given):
    """A fault rule: conditions, the effect, and the values of the effect."""

    name: str
    on: str
    when: dict[str, Any]
    effect: str


class FaultShown(RuleShown):
    """A fault that was added through the control API."""

    id: str


class Faults(Given):
    """The faults that were added through the control API, oldest first."""

    items: list[FaultShown]
    total: int


class ScenarioWish(Taken):
    """The name of a built-in scenario, or a complete scenario: exactly one of the two."""

    name: str | None = None
    scenario: dict[str, Any] | None = None


class ScenarioShown(Given):
    """A scenario."""

    name: str
    about: str
    source: list[str]
    expects: str
    outcomes: list[dict[str, Any]]
    faults: list[RuleShown]


class Done(Given):
    """The request succeeded."""
