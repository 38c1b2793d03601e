"""Conditional and range requests (RFC 9110, sections 13 and 14), as the storage answers them.

Header mappings have lower-case names. Entity tags come unquoted; a client may send them quoted, weak (`W/`) or bare, as
the storage's own documentation shows them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from math import floor
from typing import Final

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TWO: Final = "([0-9]{2})"
_DATE: Final = re.compile(rf"(?:{'|'.join(_DAYS)}), {_TWO} ({'|'.join(_MONTHS)}) ([0-9]{{4}}) {_TWO}:{_TWO}:{_TWO} GMT")
_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Validators:
    """The validators of one version of an object: its tag, unquoted, and its last change in unix seconds."""

    tag: str
    last_modified: float


class Condition(StrEnum):
    """The result of a request's conditions: carry it out, 304, or 412."""

    MET = "met"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Selection:
    """The bytes to send: from `start` up to, not including, `stop`; `partial` makes it a 206."""

    start: int
    stop: int
    partial: bool


def weigh(headers: Mapping[str, str], validators: Validators) -> Condition:
    """Evaluate If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, for GET and HEAD.

    A tag condition overrides the date condition beside it; an invalid date is ignored.
    """
    if "if-match" in headers:
        if not _names(headers["if-match"], validators.tag, weak=False):
            return Condition.FAILED
    elif _changed_since(headers.get("if-unmodified-since"), validators) is True:
        return Condition.FAILED
    if "if-none-match" in headers:
        if _names(headers["if-none-match"], validators.tag, weak=True):
            return Condition.NOT_MODIFIED
    elif _changed_since(headers.get("if-modified-since"), validators) is False:
        return Condition.NOT_MODIFIED
    return Condition.MET


def select(headers: Mapping[str, str], size: int, validators: Validators) -> Selection | None:
    """Return the bytes that Range and If-Range request; None when the range begins past the end (416).

    One range is served: `a-b`, `a-` or the suffix `-n`. A malformed header and a list of ranges get the whole: the
    storage documents a single range only, and HTTP lets a server ignore Range rather than answer in multiparts.
    """
    whole = Selection(0, size, partial=False)
    found = _RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or not _still_the_same(headers.get("if-range"), validators):
        return whole
    first, last = found.groups()
    if not first and not last:
        return whole
    if not first:
        length = min(int(last), size)
        return Selection(size - length, size, partial=True) if length else None
    start = int(first)
    if last and int(last) < start:
        return whole
    if start >= size:
        return None
    return Selection(start, min(int(last) + 1, size) if last else size, partial=True)


def http_date(moment: float) -> str:
    """Return a unix moment in the format of HTTP, independent of the locale: `Mon, 02 Jan 2006 15:04:05 GMT`."""
    return _http_date(floor(moment))


@lru_cache(maxsize=128)
def _http_date(second: int) -> str:
    at = datetime.fromtimestamp(second, UTC)
    return f"{_DAYS[at.weekday()]}, {at:%d} {_MONTHS[at.month - 1]} {at.year:04d} {at:%H:%M:%S} GMT"


def parse_http_date(text: str) -> int | None:
    """Return the unix second of an HTTP date in its one modern form; None when it is no such date."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    day, month, year, hour, minute, second = found.groups()
    try:
        at = datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    return int(at.timestamp())


def _changed_since(date: str | None, validators: Validators) -> bool | None:
    since = parse_http_date(date) if date is not None else None
    return None if since is None else floor(validators.last_modified) > since


def _still_the_same(condition: str | None, validators: Validators) -> bool:
    if condition is None:
        return True
    since = parse_http_date(condition)
    if since is not None:
        return since == floor(validators.last_modified)
    return condition.strip() != "*" and _names(condition, validators.tag, weak=False)


def _names(listed: str, tag: str, *, weak: bool) -> bool:
    if listed.strip() == "*":
        return True
    return any(_is_tag(one.strip(), tag, weak=weak) for one in listed.split(","))


def _is_tag(text: str, tag: str, *, weak: bool) -> bool:
    if text.startswith("W/"):
        text = text.removeprefix("W/") if weak else ""
    return text in (tag, f'"{tag}"')
