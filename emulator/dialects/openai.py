"""The client shape of OpenAI's videos: forms read into documents, and the flat video object.

Its SDKs send a create request as a form, always, and flatten what is nested: `metadata[ratio]`,
`metadata[content][][type]`, `images[]`. They group a form by field name, so a list of objects arrives column by
column: all types, then all URLs, then all roles.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NOT_START": "unknown",
        "SUBMITTED": "queued",
        "QUEUED": "queued",
        "IN_PROGRESS": "in_progress",
        "SUCCESS": "completed",
        "FAILURE": "failed",
    }
)
"""A gateway's status in OpenAI's words (new-api source). `unknown` is none of OpenAI's: it ends their polling."""

_NESTED: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_DISPOSITION: Final = re.compile(rb'(\w+)="((?:[^"\\]|\\.)*)"')
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_DEEPEST: Final = 16

Path: TypeAlias = tuple[str, ...]


class BadForm(ValueError):
    """A form that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. A file's value is a data URI."""

    name: str
    value: str
    file: bool = False


def form(body: bytes, content_type: str) -> tuple[Field, ...]:
    """The fields of a form in their order, whether it is multipart or URL-encoded. Raises BadForm."""
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return tuple(Field(name, value) for name, value in pairs)
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise BadForm("no multipart boundary param in Content-Type")
    return tuple(_parts(body, found.group(1).encode("latin-1", "replace")))


def tree(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The document that flattened names stand for: `a[b]` is b within a, `a[]` one more element, `a[0]` the first."""
    paths = [(_path(name), value) for name, value in fields]
    built = _built(paths, 0) if paths else {}
    return built if isinstance(built, dict) else {}


def is_nested(name: str) -> bool:
    """True for a field name that reaches into a document."""
    return _NESTED.fullmatch(name) is not None


def video(
    *,
    id: str,
    model: str,
    status: str,
    progress: int,
    created_at: int,
    completed_at: int,
    seconds: str,
    url: str,
    error: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """OpenAI's video object as new-api prints it: `completed_at` and `metadata.url` are there from the beginning."""
    document: dict[str, Any] = {"id": id, "task_id": id, "object": "video", "model": model, "status": status}
    document |= {"progress": progress, "created_at": created_at, "completed_at": completed_at, "seconds": seconds}
    if error is not None:
        document["error"] = dict(error)
    return document | {"metadata": {"url": url}}


def _parts(body: bytes, boundary: bytes) -> Iterator[Field]:
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise BadForm("multipart: NextPart: EOF")
    for piece in pieces[1:-1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        if not blank:
            raise BadForm("multipart: a part without a header")
        headers = _headers(head)
        given = dict(_DISPOSITION.findall(headers.get(b"content-disposition", b"")))
        name = given.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in given:
            kind = headers.get(b"content-type", b"application/octet-stream").decode("latin-1")
            yield Field(name, f"data:{kind};base64,{b64encode(content).decode()}", file=True)
        else:
            yield Field(name, content.decode("utf-8", "replace"))


def _headers(head: bytes) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _path(name: str) -> Path:
    """`a[b][]` is (a, b, ""); deeper ones are cut off, nobody sends them."""
    found = _NESTED.fullmatch(name)
    if found is None:
        return (name,)
    return (found.group(1), *found.group(2)[1:-1].split("][")[: _DEEPEST - 1])


def _built(paths: Sequence[tuple[Path, Any]], depth: int) -> Any:
    """The document of everything that lies under one place; `depth` parts of each path lead there."""
    deeper = [(path, value) for path, value in paths if len(path) > depth]
    if not deeper:
        return paths[-1][1]
    heads = list(dict.fromkeys(path[depth] for path, _ in deeper))
    if heads == [""]:
        return [_built(row, depth + 1) for row in _rows(deeper, depth + 1)]
    found = {head: _built([pair for pair in deeper if pair[0][depth] == head], depth + 1) for head in heads}
    if all(head.isdecimal() for head in heads):
        return [found[head] for head in sorted(heads, key=int)]
    return found


def _rows(paths: Sequence[tuple[Path, Any]], depth: int) -> list[list[tuple[Path, Any]]]:
    """The elements of a list whose fields came row by row, or column by column."""
    columns = [(path, list(group)) for path, group in groupby(paths, key=lambda pair: pair[0])]
    if len({path for path, _ in columns}) == len(columns):
        return _from_columns(dict(columns), depth)
    rows: list[list[tuple[Path, Any]]] = []
    for path, value in paths:
        if not rows or any(path == taken for taken, _ in rows[-1]):
            rows.append([])
        rows[-1].append((path, value))
    return rows


def _from_columns(columns: Mapping[Path, list[tuple[Path, Any]]], depth: int) -> list[list[tuple[Path, Any]]]:
    """Elements from columns. Where a column is shorter, its values go to those elements whose `type` they fit."""
    types = next((pairs for path, pairs in columns.items() if path[depth:] == ("type",)), [])
    count = len(types) or max(len(pairs) for pairs in columns.values())
    rows: list[list[tuple[Path, Any]]] = [[] for _ in range(count)]
    for path, pairs in columns.items():
        places = _places(path[depth:], len(pairs), [kind for _, kind in types], count)
        for place, pair in zip(places, pairs, strict=False):
            rows[place].append(pair)
    return rows


def _places(tail: Path, wanted: int, types: Sequence[Any], count: int) -> Sequence[int]:
    """The elements that a column's values belong to."""
    if wanted >= count:
        return range(count)
    of_type = [place for place, kind in enumerate(types) if tail and kind == tail[0]]
    if of_type:
        return of_type
    with_media = [place for place, kind in enumerate(types) if kind != "text"]
    return with_media if len(with_media) >= wanted else range(count)
