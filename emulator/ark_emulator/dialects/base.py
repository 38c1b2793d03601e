"""The interface of every dialect, its request and response types, and the reading of JSON bodies within limits."""

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
"""The maximum number of elements that are read of a list: far more than any model accepts, few enough to be read at
once (inferred; 64 images are known to be accepted).
"""
MOST_PARTS: Final = 150_000
"""The maximum number of values in a JSON document: parsing more in one step would delay other requests (inferred)."""
MOST_TEXT: Final = 8 * 1024 * 1024
"""The maximum number of bytes in a JSON document besides inline media, for the same reason (inferred)."""
TOO_MUCH_TEXT: Final = "it has more than 8 MiB beside inline media"
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

Value = TypeVar("Value")
Steps: TypeAlias = Generator[None, None, Value]
"""Work that yields between its steps, so that the caller can let other requests pass."""


class BodyTooComplex(ValueError):
    """A JSON document exceeds the limits of size."""


@dataclass(frozen=True, slots=True)
class UnreadableDocument:
    """Stands for the document of a body that has no valid JSON."""

    reason: str
    too_much: bool = False


UNREAD: Final = object()
"""Stands for the document of a body that has not been read yet."""


@dataclass(frozen=True, slots=True)
class DialectRequest:
    """A request as a dialect needs it: headers by lower-case name, the whole body, the API key and the origin.

    Two values may have been parsed from the body in advance: `document` is the JSON document or `UnreadableDocument`,
    and `submit_body` is the submit of a gateway.
    """

    body: bytes
    key: str
    origin: str
    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]] = ()
    document: Any = UNREAD
    submit_body: Any = None


@dataclass(frozen=True, slots=True)
class DialectResponse:
    """A response: status, body, and headers besides the content type."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A list request: the filters, and the range of matching tasks to return."""

    offset: int
    limit: int
    statuses: frozenset[str]
    ids: frozenset[str]
    model: str | None
    tier: str


class TaskPrinter(Protocol):
    """The format of a poll response. If `direct`, it shows the task as it is, otherwise as the gateway last saw it."""

    @property
    def name(self) -> str: ...

    @property
    def direct(self) -> bool: ...

    def knows(self, task: Task, name: str) -> bool:
        """Return whether this API knows the task by that name."""

    def task_document(self, task: TaskView) -> dict[str, Any]:
        """Return the task object of a poll, a list item or a callback."""

    def encode(self, document: object) -> bytes:
        """Return a document as JSON bytes, as this API writes them."""


class Dialect(TaskPrinter, Protocol):
    """One emulated API: how to read a submission and how to serialize every response.

    If `bare_keys`, the API key may be sent in the Authorization header without the word Bearer.
    """

    bare_keys: bool

    def submission(self, call: DialectRequest) -> Submission:
        """Return the submission of a create request. Raises Refusal if the shape of the request is wrong."""

    def alias(self, dice: Dice, key: str, number: int) -> str | None:
        """Return the public id of the `number`-th task of a key; None if the id is Ark's own."""

    def created_response(self, task: Task) -> dict[str, Any]:
        """Return the body of the response to a create request."""

    def callback_body(self, task: TaskView) -> bytes:
        """Return the body of a callback about the task."""

    def error_response(self, refusal: Refusal, request_id: str) -> DialectResponse:
        """Return the response to a rejected request."""

    def headers(self, request_id: str, request_headers: Mapping[str, str], status: int) -> Mapping[str, str]:
        """Return the headers of every response. `request_headers` are those of the request, by names in any case."""


def json_bytes(document: object) -> bytes:
    """Return a document as JSON bytes. Text that cannot be encoded is replaced by the replacement character."""
    try:
        return to_json(document)
    except PydanticSerializationError:
        # Twice: to_jsonable_python rejects such text in keys, and other values that it converts may contain such text.
        return to_json(_writable(to_jsonable_python(_writable(document))))


_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _writable(document: Any) -> Any:
    if isinstance(document, str):
        return _SURROGATE.sub("\ufffd", document)
    if isinstance(document, dict):
        return {_writable(name): _writable(value) for name, value in document.items()}
    return [_writable(value) for value in document] if isinstance(document, list | tuple) else document


def run_steps(steps: Steps[Value]) -> Value:
    """Return the result of a generator, without a pause between its steps."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: Value = end.value
            return value


def read_document(call: DialectRequest, empty: bytes = b"") -> Any:
    """Return the JSON document of a call; `empty` stands for an empty body. Raises ValueError as `parse_json` does."""
    match call.document:
        case UnreadableDocument(reason=reason, too_much=too_much):
            raise BodyTooComplex(reason) if too_much else ValueError(reason)
        case document if document is UNREAD:
            return parse_json(call.body or empty)
        case document:
            return document


def read_call(call: DialectRequest, refusal: Callable[[str], Refusal]) -> Any:
    """Return the JSON document of a request, an empty object for an empty body. Raises `refusal` of the reason."""
    try:
        return read_document(call, b"{}")
    except ValueError as error:
        raise refusal(str(error)) from None


def read_json(body: bytes, refusal: Callable[[str], Refusal]) -> Any:
    """Return the JSON document in `body`. Raises what `refusal` returns for the reason if there is none."""
    try:
        return parse_json(body)
    except ValueError as error:
        raise refusal(str(error)) from None


def parse_json(body: bytes) -> Any:
    """Return the JSON document in `body`. Raises ValueError if there is none.

    Raises BodyTooComplex if it exceeds a limit.
    """
    if len(body) > MOST_TEXT:
        raise BodyTooComplex(TOO_MUCH_TEXT)
    if len(body) > MOST_PARTS:
        run_steps(check_part_count(body))
    return from_json(body, allow_inf_nan=False)


def check_part_count(body: bytes) -> Steps[None]:
    """Raise BodyTooComplex if too many characters separate values, not counting those in strings."""
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
