"""The events of a world: one frozen class per kind, each with the document that clients, stores and replicas receive.

The classes are the only definition of the kinds and their fields. Tests compare them with the table in docs/control.md
and with the reducers of the dashboard.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final

from ark_emulator.core.task.values import Delivery, DeliveryAttempt, Status, Task, Transition
from ark_emulator.core.time.clock import ClockMode

EventDocument = dict[str, Any]
"""An event as JSON: `at` (virtual unix seconds), `kind`, and the other fields of its class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldEvent:
    """Something that happened in a world at the virtual time `at`.

    Fields named in `omitted_if_none` are absent from the document when they are None; other fields are always present.
    """

    kind: ClassVar[str]
    omitted_if_none: ClassVar[frozenset[str]] = frozenset()
    at: float

    def document(self) -> EventDocument:
        """Return the event as JSON values: `at` and `kind` first, then the fields in the order of the class."""
        document: EventDocument = {"at": self.at, "kind": self.kind}
        for name in field_names(type(self)):
            value = getattr(self, name)
            if value is not None or name not in self.omitted_if_none:
                document[name] = value
        return document


_FIELD_NAMES: Final[dict[type[WorldEvent], tuple[str, ...]]] = {}


def field_names(event_type: type[WorldEvent]) -> tuple[str, ...]:
    """Return the fields of a kind of event beyond `at`, in the order of the document."""
    names = _FIELD_NAMES.get(event_type)
    if names is None:
        names = _FIELD_NAMES[event_type] = tuple(field.name for field in fields(event_type) if field.name != "at")
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAccepted(WorldEvent):
    """A task was created."""

    kind = "accepted"
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(WorldEvent):
    """The status of a task changed."""

    kind = "move"
    task: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkExpired(WorldEvent):
    """The link to the result of a task expired."""

    kind = "expiry"
    task: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayTimedOut(WorldEvent):
    """A gateway gave up a task; Ark may still finish it."""

    kind = "timeout"
    task: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackChanged(WorldEvent):
    """An attempt to deliver a callback ended, or the callback was acknowledged or given up without an attempt."""

    kind = "callback"
    omitted_if_none = frozenset({"attempt"})
    task: str
    status: Status
    result: str
    attempt: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskErased(WorldEvent):
    """A task was deleted, or the retention period of its record ended."""

    kind = "erased"
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDeleted(WorldEvent):
    """Ark's record of a task was deleted; the gateway keeps its own record."""

    kind = "deleted"
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswered(WorldEvent):
    """A request was answered, or its response was withheld. Secrets in the texts are masked."""

    kind = "exchange"
    number: int
    method: str
    path: str
    status: int
    task: str | None
    dialect: str
    fault: str | None
    took: float
    attempt: int
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChanged(WorldEvent):
    """The clock was stopped, started or moved."""

    kind = "clock"
    mode: ClockMode
    now: float
    speed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPauseChanged(WorldEvent):
    """Callbacks were paused or resumed."""

    kind = "callbacks"
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultsChanged(WorldEvent):
    """A fault was added or removed; `total` is the number of added faults."""

    kind = "faults"
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioChanged(WorldEvent):
    """The scenario was replaced."""

    kind = "scenario"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldReset(WorldEvent):
    """The world was emptied."""

    kind = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsMissed(WorldEvent):
    """A subscriber missed events and must reload its state. Only the event stream sends it; worlds never publish it."""

    kind = "resync"
    omitted_if_none = frozenset({"missed"})
    missed: int | None = None


EVENT_TYPES: Final[tuple[type[WorldEvent], ...]] = (
    TaskAccepted,
    StatusChanged,
    CallbackChanged,
    LinkExpired,
    GatewayTimedOut,
    TaskErased,
    TaskDeleted,
    RequestAnswered,
    ClockChanged,
    CallbackPauseChanged,
    FaultsChanged,
    ScenarioChanged,
    WorldReset,
    EventsMissed,
)
"""Every kind of event, in the order of the table in docs/control.md."""

_TRANSITIONS: Final[dict[str, type[StatusChanged | LinkExpired | GatewayTimedOut]]] = {
    each.kind: each for each in (StatusChanged, LinkExpired, GatewayTimedOut)
}


def transition_event(task_id: str, transition: Transition) -> WorldEvent:
    """Return the event that reports a transition of a task."""
    return _TRANSITIONS[transition.kind](at=transition.at, task=task_id, status=transition.status)


def attempt_event(task: Task, delivery: Delivery, attempt: DeliveryAttempt) -> CallbackChanged:
    """Return the event that reports a delivery attempt; `delivery` does not include the attempt yet."""
    return CallbackChanged(
        at=attempt.at,
        task=task.id,
        status=delivery.status,
        result=attempt.verdict,
        attempt=len(delivery.attempts) + 1,
    )
