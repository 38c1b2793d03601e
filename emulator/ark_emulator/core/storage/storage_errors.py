"""The refusals of the object storage: a row of the table for each, and the body it is rendered to.

Bodies are JSON, never XML. The rows are facts, kept in `storage_errors.json` with their sources.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from ark_emulator.data import load


class Denial(StrEnum):
    """Why the storage does not return an object; each value is a key of the table."""

    ANONYMOUS = "anonymous"
    AUTHORIZATION_HEADER = "authorization_header"
    UNKNOWN_KEY = "unknown_key"
    ILLEGAL_EXPIRES = "illegal_expires"
    EXCESSIVE_EXPIRES = "excessive_expires"
    EXPIRED = "expired"
    MISMATCH = "mismatch"
    METHOD = "method"
    PREFLIGHT = "preflight"
    NO_BUCKET = "no_bucket"
    NO_KEY = "no_key"
    DOWNLOAD_LIMIT = "download_limit"
    PRECONDITION = "precondition"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class StorageError:
    """One row: the HTTP status, the Code and Message of the body, and the EC where one is known.

    `detail` is the DetailErrCode; `names_resource` and `names_key` are True when the body repeats the path as Resource,
    and the object's name as Key.
    """

    status: int
    code: str
    message: str
    ec: str | None
    source: str
    detail: int | None = None
    names_resource: bool = True
    names_key: bool = False


@cache
def storage_errors() -> Mapping[Denial, StorageError]:
    """Return the table. ValueError when a row has no denial, KeyError when a denial has no row."""
    rows = {Denial(row["key"]): _row(row) for row in load("storage_errors")["rows"]}
    return MappingProxyType({denial: rows[denial] for denial in Denial})


def host_id(request_id: str) -> str:
    """Return the short form of a request id, up to its second dash.

    It is the whole `x-tos-id-2` of documented answers, and as HostId it makes the recorded body 217 bytes long.
    """
    return "-".join(request_id.split("-")[:2])


def error_body(error: StorageError, path: str, request_id: str) -> bytes:
    """Return the JSON body of a refusal of the decoded `path`."""
    body: dict[str, Any] = {"Code": error.code}
    if error.names_key:
        body["Key"] = path.removeprefix("/")
    body |= {"RequestId": request_id, "HostId": host_id(request_id), "Message": error.message}
    if error.names_resource:
        body["Resource"] = path
    if error.ec is not None:
        body["EC"] = error.ec
    if error.detail is not None:
        body["DetailErrCode"] = error.detail
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _row(row: Mapping[str, Any]) -> StorageError:
    return StorageError(**{name: value for name, value in row.items() if name != "key"})
