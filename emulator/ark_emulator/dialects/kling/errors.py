"""Kling's error responses and failure messages, by cause, from the table `errors` in `kling.json`."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from ark_emulator.core.facts.error_table import ErrorRow, Refusal, rows
from ark_emulator.core.task.values import Failure
from ark_emulator.data import load
from ark_emulator.dialects.base import DialectResponse, json_bytes
from ark_emulator.dialects.kling.response import request_id


@dataclass(frozen=True, slots=True)
class KlingError:
    """One row: a pattern of causes, the code, HTTP status and message, and the message of a task that failed so."""

    cause: str
    code: int
    status: int
    message: str
    failure: str | None


@cache
def kling_errors() -> Sequence[KlingError]:
    """Return the table. The first row that matches a cause applies."""
    columns = ("cause", "code", "status", "message", "failure")
    return tuple(KlingError(**{name: row[name] for name in columns}) for row in load("kling")["errors"])


def error_of(cause: str) -> KlingError:
    """Return the row of a cause. Raises KeyError if there is none, which is a bug."""
    for row in kling_errors():
        if fnmatchcase(cause, row.cause):
            return row
    raise KeyError(cause)


def kling_error_response(refusal: Refusal, upstream_id: str) -> DialectResponse:
    """Return Kling's response to a rejected request. Its request id is a UUID."""
    row = error_of(refusal.key)
    message = row.message.format(told=refusal.render().message)
    body = {"code": row.code, "message": message, "request_id": request_id(upstream_id)}
    return DialectResponse(row.status, json_bytes(body))


def kling_failure(failure: Failure) -> Failure:
    """Return a failure with Kling's message if it is known; a message of a scenario is kept."""
    for row in rows():
        if row.in_task and row.code == failure.code and _has_message_of(row, failure.message):
            words = error_of(row.key).failure
            return failure if words is None else Failure(failure.code, words)
    return failure


def _has_message_of(row: ErrorRow, message: str) -> bool:
    """Return whether a message begins as that of the row does."""
    return message.startswith(row.message.partition("{")[0])
