"""The values of a task, from the request to its result.

All are immutable. Times are unix seconds of the world's virtual clock, as floats; responses show whole seconds. Names
here are Ark's; the names of a gateway belong to its dialect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from ark_emulator.core.facts.upstreams import DAY as DAY
from ark_emulator.core.facts.upstreams import RETENTION, Upstream
from ark_emulator.core.task.gateway_policy import DIRECT, GatewayPolicy
from ark_emulator.core.task.result_variants import ORDINARY, ResultVariant

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class Status(StrEnum):
    """The six statuses of an Ark task (`expired` is documented, and missing from the SDKs' enumerations)."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True when no transition leads out of this status."""
        return not MOVES[self]


StatusWord: TypeAlias = Literal["queued", "running", "succeeded", "failed", "expired", "cancelled"]
"""The values of `Status`, for the types of documents and responses."""

MOVES: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.QUEUED: frozenset({Status.RUNNING, Status.FAILED, Status.EXPIRED, Status.CANCELLED}),
        Status.RUNNING: frozenset({Status.SUCCEEDED, Status.FAILED, Status.EXPIRED}),
        Status.SUCCEEDED: frozenset(),
        Status.FAILED: frozenset(),
        Status.EXPIRED: frozenset(),
        Status.CANCELLED: frozenset(),
    }
)
"""Every legal transition of a task. No other table of transitions exists."""


class Kind(StrEnum):
    """The type of a content item."""

    TEXT = "text"
    IMAGE = "image_url"
    VIDEO = "video_url"
    AUDIO = "audio_url"
    DRAFT = "draft_task"


class Mode(StrEnum):
    """How the content drives the generation, by the names Ark uses in its error texts."""

    TEXT = "t2v"
    FIRST_FRAME = "i2v"
    FIRST_LAST = "flf2v"
    REFERENCE = "r2v"
    DRAFT_FINAL = "draft"
    SOLID = "3d"


@dataclass(frozen=True, slots=True)
class Item:
    """One element of `content`: its kind, its text, URL or draft task id, and its role if one was given."""

    kind: Kind
    value: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class TaskParameters:
    """The optional parameters of a create request under Ark's names; None means that it was not given.

    `subdivision_level`, `file_format` and `request_type` apply to 3D models; the last is a flag of the prompt only.
    """

    resolution: str | None = None
    ratio: str | None = None
    duration: int | None = None
    frames: int | None = None
    seed: int | None = None
    camera_fixed: bool | None = None
    watermark: bool | None = None
    generate_audio: bool | None = None
    draft: bool | None = None
    return_last_frame: bool | None = None
    service_tier: str | None = None
    priority: int | None = None
    execution_expires_after: int | None = None
    callback_url: str | None = None
    safety_identifier: str | None = None
    tools: tuple[str, ...] | None = None
    output_format: str | None = None
    omni_reference_task_type: str | None = None
    subdivision_level: str | None = None
    file_format: str | None = None
    request_type: int | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One create request, independent of the dialect it was sent in.

    `origin` is the scheme and host of the request: result links point there. `extras` holds what only the dialect
    interprets (a gateway's own fields); the core passes it through unread. `terms` are those of the gateway in front,
    if there is one; `named` is the model's name there. `own` holds the request in the terms of an upstream that is not
    Ark: the rules of that upstream read it.
    """

    dialect: str
    key: str
    model: str
    items: tuple[Item, ...]
    parameters: TaskParameters
    origin: str
    trace: str | None = None
    extras: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    terms: GatewayPolicy = DIRECT
    named: str | None = None
    upstream: Upstream = Upstream.ARK
    own: Mapping[str, object] = field(default_factory=lambda: NOTHING)

    @property
    def prompt(self) -> str:
        """All text items, joined by a newline."""
        return "\n".join(item.value for item in self.items if item.kind is Kind.TEXT)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan: a status, and how long it lasts.

    Exactly one of three applies: `seconds` of virtual time, `polls` (it ends after that many polls), or neither, which
    means that it never ends. A final status has no length.
    """

    status: Status
    seconds: float | None = None
    polls: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task failed, as the task object shows it."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The clip that a task will have produced: exact pixels, frames at 24 per second, and what is on it."""

    width: int
    height: int
    frames: int
    audio: bool
    watermark: bool
    last_frame: bool
    container: str
    ratio: str
    resolution: str
    by_frames: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """What a success costs: tokens, and how often each tool was used."""

    tokens: int
    searches: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything uncertain about a task, drawn once when it was accepted and never changed.

    Deadlines count from `accepted_at`; `expires_after` is in seconds from it. `lane` names the queue whose slots the
    task needs before it may run, None when it need not wait for others. `name` is the object's name in storage. The
    record is kept `retention` seconds from acceptance. `result` says how its success differs from an ordinary one,
    `shown` overrides single keys of what a success shows (a scenario sets both).
    """

    accepted_at: float
    expires_after: int
    steps: tuple[Step, ...]
    model: str
    family: str
    mode: Mode
    seed: int
    picture: Picture
    usage: Usage
    name: str
    failure: Failure | None = None
    tier: str = "default"
    draft: bool = False
    draft_task_id: str | None = None
    lane: str | None = None
    priority: int = 0
    link_life: int = DAY
    retention: int = RETENTION
    rule: str | None = None
    notes: tuple[str, ...] = ()
    result: ResultVariant = ORDINARY
    shown: Mapping[str, object] = field(default_factory=lambda: NOTHING)

    @property
    def expires_at(self) -> float:
        """The moment at which an unfinished task expires."""
        return self.accepted_at + self.expires_after


@dataclass(frozen=True, slots=True)
class Started:
    """Fact: the task's lane gave it a slot."""

    at: float


@dataclass(frozen=True, slots=True)
class Observed:
    """Fact: a poll saw the task in a step that is counted in polls."""

    at: float


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Fact: the creator cancelled the task while it was queued."""

    at: float


@dataclass(frozen=True, slots=True)
class Forced:
    """Fact: a control command or test moved the task; `failure` is its cause when it was made to fail."""

    at: float
    status: Status
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """Fact: Ark's record was deleted, while a gateway in front keeps its own."""

    at: float


Fact = Started | Observed | Cancelled | Forced | Erased


@dataclass(frozen=True, slots=True)
class Mark:
    """A status and the moment it began."""

    status: Status
    at: float


@dataclass(frozen=True, slots=True)
class Transition:
    """Something that happens without a request: a `move` to a status, the `expiry` of a result's link, or a `timeout`.

    A timeout means that the gateway in front counts the task as failed, independent of how it ends.
    """

    kind: str
    at: float
    status: Status


class DeliveryState(StrEnum):
    """The state of a callback delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Transcript:
    """What one attempt sent and received: the URL, the headers, and the beginnings of both bodies as text."""

    url: str
    request_headers: Mapping[str, str]
    request_body: str
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt to deliver a callback.

    `at` is virtual; `took` is in real seconds, because the network is real. `verdict` is one word: delivered, refused,
    timeout, redirect, status, tls or error; acknowledged, when the receiver fetched the callback through the control
    API; or lost, when a fault kept it from being sent. The last two leave no transcript.
    """

    at: float
    took: float
    verdict: str
    response_status: int | None = None
    detail: str = ""
    transcript: Transcript | None = None


class DeliveryOrder(StrEnum):
    """When a callback is sent relative to others of its task: in order, one place later, or whenever it is due."""

    KEPT = "kept"
    SWAPPED = "swapped"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback: the mark it reports, its URL, when it is due next, and its attempts.

    `fault` names the scenario's rule that was applied to it, and `order` says how that changed its position.
    """

    number: int
    status: Status
    marked_at: float
    url: str
    due: float
    state: DeliveryState = DeliveryState.PENDING
    attempts: tuple[DeliveryAttempt, ...] = ()
    order: DeliveryOrder = DeliveryOrder.KEPT
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A stored task: the request, its plan, the facts since, and the callbacks sent.

    `published` counts the transitions that were announced; a transition once counted never changes.
    """

    id: str
    number: int
    submission: Submission
    plan: Plan
    alias: str | None = None
    facts: tuple[Fact, ...] = ()
    published: int = 0
    deliveries: tuple[Delivery, ...] = field(default=())
