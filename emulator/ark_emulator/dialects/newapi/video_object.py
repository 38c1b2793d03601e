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

MOST_FIELDS: Final = 1_000
"""The most parts of a multipart form (Go's own limit). That a URL-encoded one may have no more fields is inferred."""
LONGEST_HEAD: Final = 8_192
"""Bytes that the headers of one part may have (inferred)."""
_NESTED: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_DISPOSITION: Final = re.compile(rb'(?<!\w)(\w++)="((?:[^"\\]|\\.)*+)"')
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_DEEPEST: Final = 16

Path: TypeAlias = tuple[str, ...]


class BadForm(ValueError):
    """A form that cannot be read; the message says why."""


class NoBoundary(BadForm):
    """A multipart form whose Content-Type does not name its boundary."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. A file's value is a data URI. An image is a file whether or not it has a file name."""

    name: str
    value: str
    file: bool = False


def form(body: bytes, content_type: str) -> tuple[Field, ...]:
    """The fields of a form in their order, whether it is multipart or URL-encoded. Raises BadForm."""
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return tuple(_pairs(body))
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise NoBoundary("no multipart boundary param in Content-Type")
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
    seconds: str | None,
    url: str,
    error: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return OpenAI's video object as new-api prints it: `completed_at` and `metadata.url` are always there."""
    document: dict[str, Any] = {"id": id, "task_id": id, "object": "video", "model": model, "status": status}
    document |= {"progress": progress, "created_at": created_at, "completed_at": completed_at}
    if seconds is not None:
        document["seconds"] = seconds
    if error is not None:
        document["error"] = dict(error)
    return document | {"metadata": {"url": url}}


def _pairs(body: bytes) -> Iterator[Field]:
    if body.count(b"&") >= MOST_FIELDS:
        raise BadForm("number of URL query parameters exceeded limit")
    for pair in filter(None, body.split(b"&")):
        name, _, value = pair.partition(b"=")
        yield Field(_unquoted(name), _unquoted(value))


def _unquoted(raw: bytes) -> str:
    """The text that URL encoding stands for. It may be long, so it is left to a codec that knows such escapes."""
    raw = raw.replace(b"+", b" ")
    if b"%" in raw:
        escaped = raw.replace(b"\\", b"%5c").replace(b"%", b"\\x")
        try:
            raw = escaped.decode("unicode_escape").encode("latin-1")
        except UnicodeDecodeError as error:
            at_fault = escaped[error.start : error.start + 8].replace(b"\\x", b"%")[:3]
            raise BadForm(f'invalid URL escape "{at_fault.decode("latin-1")}"') from None
    return raw.decode("utf-8", "replace")


def _parts(body: bytes, boundary: bytes) -> Iterator[Field]:
    edge = b"\r\n--" + boundary
    pieces = (b"\r\n" + body).split(edge, MOST_FIELDS + 2)
    if len(pieces) > MOST_FIELDS + 2:
        raise BadForm("multipart: message too large")
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise BadForm("multipart: NextPart: EOF")
    for piece in pieces[1:-1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        if not blank:
            raise BadForm(f"malformed MIME header line: {head.strip()[:80].decode('latin-1')}")
        if len(head) > LONGEST_HEAD:
            raise BadForm("multipart: message too large")
        headers = _headers(head)
        given = dict(_DISPOSITION.findall(headers.get(b"content-disposition", b"")))
        name = given.get(b"name", b"").decode("utf-8", "replace")
        kind = _media_type(headers.get(b"content-type", b"").decode("latin-1"), content)
        if b"filename" in given or kind.startswith(_VISIBLE):
            yield Field(name, f"data:{kind};base64,{b64encode(content).decode()}", file=True)
        else:
            yield Field(name, content.decode("utf-8", "replace"))


def _media_type(stated: str, content: bytes) -> str:
    """Return the media type of a part: as stated, or where that says nothing, as its first bytes tell."""
    if stated.startswith((*_VISIBLE, "audio/")):
        return stated
    found = next((kind for start, kind in _BEGINNINGS if content.startswith(start)), None)
    if found is None and content[8:12] == b"WEBP" and content.startswith(b"RIFF"):
        found = "image/webp"
    return found or stated or "application/octet-stream"


_VISIBLE: Final = ("image/", "video/")
_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
"""How the files of images begin, as far as their first bytes alone tell them from text."""


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
    under: dict[str, list[tuple[Path, Any]]] = {}
    for pair in deeper:
        under.setdefault(pair[0][depth], []).append(pair)
    if list(under) == [""]:
        return [_built(row, depth + 1) for row in _rows(deeper, depth + 1)]
    found = {head: _built(pairs, depth + 1) for head, pairs in under.items()}
    if all(head.isdecimal() for head in found):
        return [found[head] for head in sorted(found, key=_position)]
    return found


def _position(digits: str) -> tuple[int, str]:
    """What puts numbers in order, however long they are."""
    plain = digits.lstrip("0")
    return len(plain), plain


def _rows(paths: Sequence[tuple[Path, Any]], depth: int) -> list[list[tuple[Path, Any]]]:
    """The elements of a list whose fields came row by row, or column by column."""
    columns = [(path, list(group)) for path, group in groupby(paths, key=lambda pair: pair[0])]
    if len({path for path, _ in columns}) == len(columns):
        return _from_columns(dict(columns), depth)
    rows: list[list[tuple[Path, Any]]] = [[]]
    taken: set[Path] = set()
    for path, value in paths:
        if path in taken:
            rows.append([])
            taken.clear()
        taken.add(path)
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
