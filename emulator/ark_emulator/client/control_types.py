"""What the control API answers with, as types. More keys may stand beside these; times are seconds of virtual time."""

from typing import Any, Literal, NotRequired, TypedDict


class ClockInfo(TypedDict):
    """A world's clock. `now` is a unix second."""

    mode: Literal["live", "frozen", "polls"]
    now: float
    speed: float


class HealthInfo(TypedDict):
    """How a server is doing. `world` is the one that was asked about; `store_ok` says that its store can be reached."""

    status: str
    version: str
    clock: ClockInfo
    world: str
    worlds: int
    scenario: str | None
    store: str
    store_ok: bool
    uptime: NotRequired[float]


class EffectInfo(TypedDict):
    """Something that happened while the clock was set forward: a `move`, a `callback`, an `expiry` and the like."""

    at: float
    kind: str
    task: NotRequired[str]
    status: NotRequired[str]
    result: NotRequired[str]


class MoveInfo(TypedDict):
    """A status and the moment at which it began."""

    status: str
    at: float


class AttemptInfo(TypedDict):
    """One try to deliver a callback; `took` is in real seconds."""

    at: float
    took: float
    verdict: str
    response_status: NotRequired[int | None]


class CallbackInfo(TypedDict):
    """One callback with every attempt at it."""

    id: str
    task: str
    url: str
    status: str
    state: Literal["pending", "delivered", "failed"]
    attempts: list[AttemptInfo]


class TaskInfo(TypedDict):
    """A task from the inside. `cost` and `usage` are there once it has succeeded, `alias` where a gateway names it."""

    id: str
    alias: NotRequired[str]
    dialect: str
    model: str
    status: str
    created_at: float
    moves: list[MoveInfo]
    ahead: NotRequired[list[MoveInfo]]
    usage: NotRequired[dict[str, int]]
    cost: NotRequired[Any]
    deliveries: list[CallbackInfo]
    plan: dict[str, Any]
    prompt: NotRequired[str]


class MessageInfo(TypedDict):
    """One half of an exchange, its secrets masked."""

    headers: dict[str, str]
    body: str


class JournalItem(TypedDict):
    """One exchange of the journal. A `status` of 0 means that no reply was sent."""

    number: int
    at: float
    method: str
    path: str
    status: int
    key: str
    task: NotRequired[str]
    dialect: NotRequired[str]
    model: NotRequired[str]
    prompt: NotRequired[str]
    rule: NotRequired[str]
    fault: NotRequired[str]
    attempt: NotRequired[int]
    request: MessageInfo
    response: MessageInfo


class CostInfo(TypedDict):
    """What something costs; `usd` is None where no price is published."""

    tokens: int
    usd: float | None


class FindingInfo(TypedDict):
    """Something the report card holds against a client. `evidence` are numbers of journal entries."""

    code: str
    severity: Literal["note", "warning", "error"]
    message: str
    evidence: list[int]
    cost: NotRequired[CostInfo]
    task: NotRequired[str]


class ReportInfo(TypedDict):
    """The report card: a grade from A to F, and what it rests on."""

    grade: str
    findings: list[FindingInfo]
    wasted: NotRequired[CostInfo]


class LedgerItem(TypedDict):
    """A movement of money."""

    at: float
    task: str
    kind: Literal["hold", "settle", "refund"]
    amount: float
    quota: NotRequired[int]
    tokens: NotRequired[int]


class LedgerInfo(TypedDict):
    """What was held, settled and refunded. `balance` is None where it is unlimited."""

    balance: float | None
    currency: str
    entries: list[LedgerItem]
    spent: float
