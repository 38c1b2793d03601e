"""The types of the responses of the control API. Responses may have more keys. Times are virtual, in seconds."""

from typing import Any, Literal, NotRequired, TypedDict


class ClockInfo(TypedDict):
    """The clock of a world. `now` is a unix second."""

    mode: Literal["live", "frozen", "polls"]
    now: float
    speed: float


class HealthInfo(TypedDict):
    """The health of a server. `world` is the world of the request; `store_ok` is true if the store is reachable."""

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
    """An event that occurred while the clock advanced, such as a `move`, a `callback` or an `expiry`."""

    at: float
    kind: str
    task: NotRequired[str]
    status: NotRequired[str]
    result: NotRequired[str]


class MoveInfo(TypedDict):
    """A status and the time at which it began."""

    status: str
    at: float


class AttemptInfo(TypedDict):
    """One attempt to deliver a callback; `took` is in real seconds."""

    at: float
    took: float
    verdict: str
    response_status: NotRequired[int | None]


class CallbackInfo(TypedDict):
    """One callback with all its attempts."""

    id: str
    task: str
    url: str
    status: str
    state: Literal["pending", "delivered", "failed"]
    attempts: list[AttemptInfo]


class TaskInfo(TypedDict):
    """A task with its internal state. `cost` and `usage` exist after success, `alias` if a gateway names it."""

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
    """A request or a response of an exchange, with secrets masked."""

    headers: dict[str, str]
    body: str


class JournalItem(TypedDict):
    """One exchange of the journal. A `status` of 0 means that no response was sent."""

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
    """A cost; `usd` is None if no price is published."""

    tokens: int
    usd: float | None


class FindingInfo(TypedDict):
    """A finding of the report card. `evidence` lists numbers of journal entries."""

    code: str
    severity: Literal["note", "warning", "error"]
    message: str
    evidence: list[int]
    cost: NotRequired[CostInfo]
    task: NotRequired[str]


class ReportInfo(TypedDict):
    """The report card: a grade from A to F and its findings."""

    grade: str
    findings: list[FindingInfo]
    wasted: NotRequired[CostInfo]


class LedgerItem(TypedDict):
    """One entry of the ledger."""

    at: float
    task: str
    kind: Literal["hold", "settle", "refund"]
    amount: float
    quota: NotRequired[int]
    tokens: NotRequired[int]


class LedgerInfo(TypedDict):
    """The ledger: all holds, settlements and refunds. `balance` is None if it is unlimited."""

    balance: float | None
    currency: str
    entries: list[LedgerItem]
    spent: float
