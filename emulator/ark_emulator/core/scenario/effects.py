"""The effects of faults, as values: one small class per effect, and where each may be used.

Nothing here applies an effect. Times are virtual seconds; the code that applies an effect decides what waits in real
time.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from ark_emulator.core.facts.error_table import Place
from ark_emulator.core.time.durations import Length


class Operation(StrEnum):
    """The kinds of exchange that a fault can be applied to."""

    CREATE = "create"
    FETCH = "fetch"
    LIST = "list"
    DELETE = "delete"
    CONTENT = "content"
    DOWNLOAD = "download"
    CALLBACK = "callback"


MET_ON: Final[Mapping[Operation, Place]] = MappingProxyType(
    {
        Operation.CREATE: "create",
        Operation.FETCH: "fetch",
        Operation.LIST: "list",
        Operation.DELETE: "delete",
        Operation.CONTENT: "fetch",
    }
)
"""The place of each exchange in the error table. A download has the storage's own codes, a callback none."""
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse with a code of the error table, in the dialect's form.

    `retry_after` is the seconds of a Retry-After header, `should_retry` the value of an x-should-retry header.
    """

    code: str
    retry_after: float | None = None
    should_retry: bool | None = None


@dataclass(frozen=True, slots=True)
class AnswerEffect:
    """Answer with this HTTP status in place of the real answer, as a proxy in between would.

    Without a `body`, one that fits the status is sent; without a `content_type` it is plain text.
    """

    status: int
    body: str | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)


@dataclass(frozen=True, slots=True)
class Html:
    """Answer with a page of HTML and status 200."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Answer with the real status and no body."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """Answer with a body that is not legal JSON."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Answer correctly, but late."""

    length: Length


@dataclass(frozen=True, slots=True)
class Hang:
    """Never answer, and keep the connection open."""


@dataclass(frozen=True, slots=True)
class ResetConnection:
    """Reset the connection instead of answering."""


@dataclass(frozen=True, slots=True)
class Truncate:
    """Announce the whole body, send this share of it (0 to 1) and close the connection."""

    share: float


@dataclass(frozen=True, slots=True)
class Drip:
    """Send the body slowly, in bytes per second."""

    bytes_per_second: int


class DriftingField(StrEnum):
    """The fields whose type or name can drift: `usage` to strings, `duration` to a string, `error` to another key."""

    USAGE = "usage"
    DURATION = "duration"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Drift:
    """Answer with fields of another type or under another name than documented."""

    fields: tuple[DriftingField, ...]


@dataclass(frozen=True, slots=True)
class Show:
    """Show this text as the task's status, independent of its real status."""

    status: str


@dataclass(frozen=True, slots=True)
class Backwards:
    """Show the status before the one that was shown last, as a stale replica does."""


ReplyFault: TypeAlias = ResetConnection | Hang | Truncate | Malformed | AnswerEffect | Delay


@dataclass(frozen=True, slots=True)
class AfterCommit:
    """Accept and bill the task, then apply this to the response."""

    reply: ReplyFault


@dataclass(frozen=True, slots=True)
class Missing:
    """Answer the first `times` downloads of an object with 404; see `still_missing`."""

    times: int


@dataclass(frozen=True, slots=True)
class Expire:
    """Limit the validity of the link to so many seconds from the task's success."""

    seconds: float


@dataclass(frozen=True, slots=True)
class WrongType:
    """Send the clip with a content type that is not its own."""


@dataclass(frozen=True, slots=True)
class Escaped:
    """Answer as if the ampersands of the link had come escaped: 403 SignatureDoesNotMatch."""


@dataclass(frozen=True, slots=True)
class Lose:
    """Never send the callback, but count it as sent."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Deliver the callback so many times in all."""

    times: int


@dataclass(frozen=True, slots=True)
class Late:
    """Send the callback so much later."""

    length: Length


@dataclass(frozen=True, slots=True)
class Reorder:
    """Swap the callback with the next one of the same task."""


FaultEffect: TypeAlias = (
    Refuse
    | AnswerEffect
    | Html
    | Empty
    | Malformed
    | Delay
    | Hang
    | ResetConnection
    | Truncate
    | Drip
    | Drift
    | Show
    | Backwards
    | AfterCommit
    | Missing
    | Expire
    | WrongType
    | Escaped
    | Lose
    | Duplicate
    | Late
    | Reorder
)

_REQUESTS: Final = frozenset(Operation) - {Operation.CALLBACK}
_JSON: Final = frozenset({Operation.CREATE, Operation.FETCH, Operation.LIST, Operation.DELETE})
_SHOWN: Final = frozenset({Operation.FETCH, Operation.LIST})
_CREATE: Final = frozenset({Operation.CREATE})
_DOWNLOAD: Final = frozenset({Operation.DOWNLOAD})
_CALLBACK: Final = frozenset({Operation.CALLBACK})


@dataclass(frozen=True, slots=True)
class EffectKind:
    """The name of an effect in a scenario file, the class of its values, and the exchanges it is legal for."""

    name: str
    value: type[FaultEffect]
    on: frozenset[Operation]


KINDS: Final[tuple[EffectKind, ...]] = (
    EffectKind("refuse", Refuse, _REQUESTS),
    EffectKind("status", AnswerEffect, _REQUESTS),
    EffectKind("html", Html, _REQUESTS),
    EffectKind("empty", Empty, _REQUESTS),
    EffectKind("malformed", Malformed, _JSON),
    EffectKind("delay", Delay, _REQUESTS),
    EffectKind("hang", Hang, _REQUESTS),
    EffectKind("reset", ResetConnection, _REQUESTS),
    EffectKind("truncate", Truncate, _REQUESTS),
    EffectKind("drip", Drip, _REQUESTS),
    EffectKind("drift", Drift, _SHOWN),
    EffectKind("show", Show, _SHOWN),
    EffectKind("backwards", Backwards, _SHOWN),
    EffectKind("after_commit", AfterCommit, _CREATE),
    EffectKind("missing", Missing, _DOWNLOAD),
    EffectKind("expire", Expire, _DOWNLOAD),
    EffectKind("wrong_type", WrongType, _DOWNLOAD),
    EffectKind("escaped", Escaped, _DOWNLOAD),
    EffectKind("lose", Lose, _CALLBACK),
    EffectKind("duplicate", Duplicate, _CALLBACK),
    EffectKind("late", Late, _CALLBACK),
    EffectKind("reorder", Reorder, _CALLBACK),
)
"""Every effect."""

BY_NAME: Final[Mapping[str, EffectKind]] = MappingProxyType({kind.name: kind for kind in KINDS})
BY_VALUE: Final[Mapping[type[FaultEffect], EffectKind]] = MappingProxyType({kind.value: kind for kind in KINDS})


def name_of(effect: FaultEffect) -> str:
    """Return the name of this effect in a scenario file."""
    return BY_VALUE[type(effect)].name


def still_missing(counters: MutableMapping[str, int], rule: str, name: str, effect: Missing) -> bool:
    """Return True while the object `name` must be answered with 404 under this rule; counts the download."""
    counter = f"missing/{rule}/{name}"
    seen = counters.get(counter, 0)
    if seen >= effect.times:
        return False
    counters[counter] = seen + 1
    return True
