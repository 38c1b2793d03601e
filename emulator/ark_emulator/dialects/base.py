"""What every dialect can do, and the two values that cross its border: a call coming in, a reply going out."""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from pydantic_core import PydanticSerializationError, from_json, to_json, to_jsonable_python

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.task.values import Submission, Task
from ark_emulator.core.time.dice import Dice

JSON: Final = "application/json"
MOST_ITEMS: Final = 10_000
"""The most elements of a list that are read: far more than any model takes, and few enough to be read at once
(inferred; 64 images are known to be accepted)."""
MOST_PARTS: Final = 150_000
"""The most values that a JSON document may have: reading more in one go would delay other requests (inferred)."""
MOST_TEXT: Final = 8 * 1024 * 1024
"""The most bytes that a JSON document may have beside inline media, for the same reason (inferred)."""
TOO_MUCH_TEXT: Final = "it has more than 8 MiB beside inline media"
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

Value = TypeVar("Value")
Steps: TypeAlias = Generator[None, None, Value]
"""Work that yields between its steps, so that the caller can let other requests pass."""


class BodyTooComplex(ValueError):
    """A JSON document is larger than is read."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands for the document of a body that holds none."""

    reason: str
    too_much: bool = False


UNREAD: Final = object()
"""Stands for the document of a body that was not read yet."""


@dataclass(frozen=True, slots=True)
class DialectRequest:
    """A request as a dialect needs it: headers by lower-case names, the whole body, who asked and by which address.

    Two values may have been read from the body in advance: `document`, the JSON document or `Unreadable`, and `opened`,
    which is a gateway's.
    """

    body: bytes
    key: str
    origin: str
    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]] = ()
    document: Any = UNREAD
    opened: Any = None


@dataclass(frozen=True, slots=True)
class DialectResponse:
    """An answer: status, body, headers beside the content type."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What a list request asks for: which views, and which stretch of them."""

    offset: int
    limit: int
    statuses: frozenset[str]
    ids: frozenset[str]
    model: str | None
    tier: str


class TaskPrinter(Protocol):
    """How the answer to a poll is printed. `direct` means: as the task is; otherwise as a gateway last saw it."""

    @property
    def name(self) -> str: ...

    @property
    def direct(self) -> bool: ...

    def knows(self, task: Task, name: str) -> bool:
        """True when this wire knows the task by that name."""

    def task_document(self, task: TaskView) -> dict[str, Any]:
        """The task object of a poll, a list item or a callback."""

    def encode(self, document: object) -> bytes:
        """JSON bytes of a document, as this wire writes them."""


class Dialect(TaskPrinter, Protocol):
    """One wire: how a submission is read from it, and how everything is printed to it.

    `bare_keys` means that the API key may stand in the Authorization header without the word Bearer.
    """

    bare_keys: bool

    def submission(self, call: DialectRequest) -> Submission:
        """What the call asks for. Raises Refusal when the wire itself is wrong."""

    def alias(self, dice: Dice, key: str, number: int) -> str | None:
        """The id the creator of a key's `number`-th task is given, None when it is Ark's own."""

    def created_response(self, task: Task) -> dict[str, Any]:
        """The body that answers a create request."""

    def callback_body(self, task: TaskView) -> bytes:
        """What a callback says of the task."""

    def error_response(self, refusal: Refusal, request_id: str) -> DialectResponse:
        """The answer to a request that was refused."""

    def headers(self, request_id: str, asked: Mapping[str, str], status: int) -> Mapping[str, str]:
        """What every answer carries in its headers; `asked` are the request's, by names in any case."""


def json_bytes(document: object) -> bytes:
    """JSON bytes of a document. Text that no encoding can write has the replacement character in its place."""
    try:
        return to_json(document)
    except PydanticSerializationError:
        # Twice: to_jsonable_python takes no such text as the name of a key, and makes plain values of all others.
        return to_json(_writable(to_jsonable_python(_writable(document))))


_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _writable(document: Any) -> Any:
    if isinstance(document, str):
        return _SURROGATE.sub("\ufffd", document)
    if isinstance(document, dict):
        return {_writable(name): _writable(value) for name, value in document.items()}
    return [_writable(value) for value in document] if isinstance(document, list | tuple) else document


def finished(steps: Steps[Value]) -> Value:
    """Return what a generator returns, without a pause between its steps."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: Value = end.value
            return value


def document_of(call: DialectRequest, empty: bytes = b"") -> Any:
    """Return the JSON document of a call; `empty` stands for an empty body. Raises ValueError as `parsed` does."""
    match call.document:
        case Unreadable(reason=reason, too_much=too_much):
            raise BodyTooComplex(reason) if too_much else ValueError(reason)
        case document if document is UNREAD:
            return parsed(call.body or empty)
        case document:
            return document


def read_call(call: DialectRequest, refusal: Callable[[str], Refusal]) -> Any:
    """Return the JSON document of a call, an empty object for an empty body. An error becomes a refusal."""
    try:
        return document_of(call, b"{}")
    except ValueError as error:
        raise refusal(str(error)) from None


def read_json(body: bytes, refusal: Callable[[str], Refusal]) -> Any:
    """The JSON document in `body`; when there is none, raises what `refusal` makes of the reason."""
    try:
        return parsed(body)
    except ValueError as error:
        raise refusal(str(error)) from None


def parsed(body: bytes) -> Any:
    """Return the JSON document in `body`. Raises ValueError for other text, BodyTooComplex for too large a document."""
    if len(body) > MOST_TEXT:
        raise BodyTooComplex(TOO_MUCH_TEXT)
    if len(body) > MOST_PARTS:
        finished(refuse_many_parts(body))
    return from_json(body, allow_inf_nan=False)


def refuse_many_parts(body: bytes) -> Steps[None]:
    """Raise BodyTooComplex for too many separators of values outside of strings."""
    if sum(map(body.count, _PARTING)) <= MOST_PARTS:
        return
    yield
    bare = body.replace(rb"\\", b"")
    yield
    bare = bare.replace(rb"\"", b"")
    yield
    if bare.count(b'"') <= 2 * MOST_PARTS:
        outside = b"".join(bare.split(b'"')[::2])
        yield
        if sum(map(outside.count, _PARTING)) <= MOST_PARTS:
            return
    raise BodyTooComplex(f"it has more than {MOST_PARTS} parts")


_PARTING: Final = (b"[", b"{", b":", b",")
