"""How Kling tells what it refuses, and why a task failed: codes and words by cause, from `errors` in `kling.json`."""

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
    """One row: its causes as a pattern, code, HTTP status and message, and what a task that failed so says."""

    cause: str
    code: int
    status: int
    message: str
    failure: str | None


@cache
def kling_errors() -> Sequence[KlingError]:
    """The table. The first row that fits a cause counts."""
    columns = ("cause", "code", "status", "message", "failure")
    return tuple(KlingError(**{name: row[name] for name in columns}) for row in load("kling")["errors"])


def error_of(cause: str) -> KlingError:
    """The row of a cause. KeyError when there is none: a mistake of ours."""
    for row in kling_errors():
        if fnmatchcase(cause, row.cause):
            return row
    raise KeyError(cause)


def kling_error_response(refusal: Refusal, upstream_id: str) -> DialectResponse:
    """Kling's answer to a request that it refuses. The id of the request is a UUID there."""
    row = error_of(refusal.key)
    message = row.message.format(told=refusal.render().message)
    body = {"code": row.code, "message": message, "request_id": request_id(upstream_id)}
    return DialectResponse(row.status, json_bytes(body))


def kling_failure(failure: Failure) -> Failure:
    """A failure in Kling's words, where they are known; one in the words of a scenario stays as it is."""
    for row in rows():
        if row.in_task and row.code == failure.code and _is_told(row, failure.message):
            words = error_of(row.key).failure
            return failure if words is None else Failure(failure.code, words)
    return failure


def _is_told(row: ErrorRow, message: str) -> bool:
    """True for a message that begins as the row's does."""
    return message.startswith(row.message.partition("{")[0])
