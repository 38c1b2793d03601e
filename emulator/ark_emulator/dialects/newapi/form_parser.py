"""Parse multipart and URL-encoded forms, and the nested field names of OpenAI's SDKs.

These SDKs always send a create request as a form, and flatten nested values: `metadata[ratio]`,
`metadata[content][][type]`, `images[]`. They group a form by field name, so a list of objects arrives column by column:
all types, then all URLs, then all roles.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TypeAlias

from ark_emulator.dialects import large_bodies
from ark_emulator.dialects.base import Steps, run_steps

MOST_FIELDS: Final = 1_000
"""The maximum number of parts of a multipart form (Go's own limit). The same limit of a URL-encoded form is inferred.
"""
MOST_TEXT: Final = 8 * 1024 * 1024
"""The maximum bytes of all fields of a form that are neither files nor `data:` URIs. Go's limit is 10 MB."""
LONGEST_HEAD: Final = 8_192
"""The maximum bytes of the headers of one part (inferred)."""
_NESTED: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_DISPOSITION: Final = re.compile(rb'(?<!\w)(\w++)="((?:[^"\\]|\\.)*+)"')
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_DEEPEST: Final = 16
_BLANK: Final = b"\r\n\r\n"
_BEGINNING: Final = 16
"""Bytes at the beginning of a file that identify its media type."""

Path: TypeAlias = tuple[str, ...]


class BadForm(ValueError):
    """A form is invalid; the message says why."""


class NoBoundary(BadForm):
    """The Content-Type of a multipart form has no boundary."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. The value of a file is a data URI. An image is a file with or without a file name."""

    name: str
    value: str
    file: bool = False


def parse_form(body: bytes, content_type: str) -> tuple[FormField, ...]:
    """Return the fields of a form as `parse_form_steps` does, in one go."""
    return run_steps(parse_form_steps(body, content_type))


def parse_form_steps(body: bytes, content_type: str) -> Steps[tuple[FormField, ...]]:
    """Return the fields of a multipart or URL-encoded form in their order. Raises BadForm."""
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return (yield from _pairs(body))
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise NoBoundary("no multipart boundary param in Content-Type")
    return (yield from _parts(body, found.group(1).encode("latin-1", "replace")))


def nested_document(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the document of flattened names: `a[b]` is b within a, `a[]` another element, `a[0]` the first element."""
    paths = [(_path(name), value) for name, value in fields]
    built = _built(paths, 0) if paths else {}
    return built if isinstance(built, dict) else {}


def is_nested(name: str) -> bool:
    """Return whether a field name has brackets that address a value inside a document."""
    return _NESTED.fullmatch(name) is not None


class _Texts:
    """Builds the texts of one form within a common limit; inline media does not count."""

    def __init__(self, too_large: str) -> None:
        self._room = MOST_TEXT
        self._too_large = too_large

    def built(self, pieces: Iterable[str]) -> Steps[str]:
        """Return the text of joined pieces, which grows in place. Raises BadForm if there is too much text."""
        text, inline = "", False
        for piece in pieces:
            was_inline, inline = inline, piece.isascii() and (inline if text else piece.startswith("data:"))
            if not inline:
                self._room -= len(piece) + (len(text) if was_inline else 0)
                if self._room < 0:
                    raise BadForm(self._too_large)
            text += piece
            yield
        return text


def _between(body: bytes, edge: bytes, start: int, most: int) -> Steps[list[tuple[int, int]]]:
    """Return the start and end of the pieces between separators; after `most` pieces, the last one is the rest."""
    spans: list[tuple[int, int]] = []
    while len(spans) < most:
        place = yield from large_bodies.find(body, edge, start)
        spans.append((start, len(body) if place < 0 else place))
        if place < 0:
            return spans
        start = place + len(edge)
    return [*spans, (start, len(body))]


def _pairs(body: bytes) -> Steps[tuple[FormField, ...]]:
    spans = yield from _between(body, b"&", 0, MOST_FIELDS)
    if len(spans) > MOST_FIELDS:
        raise BadForm("number of URL query parameters exceeded limit")
    texts, fields = _Texts("http: POST too large"), []
    for start, end in spans:
        if start == end:
            continue
        equals = yield from large_bodies.find(body, b"=", start, end)
        equals = end if equals < 0 else equals
        name = yield from texts.built(_unquoted(body, start, equals))
        fields.append(FormField(name, (yield from texts.built(_unquoted(body, equals + 1, end)))))
    return tuple(fields)


def _unquoted(body: bytes, start: int, end: int) -> Iterator[str]:
    """Yield URL-decoded text. No piece ends within an escape."""
    decoder = getincrementaldecoder("utf-8")("replace")
    while start < end:
        stops = min(end, start + large_bodies.STEP)
        if stops < end and (escape := body.rfind(b"%", stops - 2, stops)) >= 0:
            stops = escape
        yield decoder.decode(_unescaped(body[start:stops]), stops == end)
        start = stops


def _unescaped(raw: bytes) -> bytes:
    """Return URL-decoded bytes, decoded by a codec that is written in C."""
    raw = raw.replace(b"+", b" ")
    if b"%" not in raw:
        return raw
    escaped = raw.replace(b"\\", b"%5c").replace(b"%", b"\\x")
    try:
        return escaped.decode("unicode_escape").encode("latin-1")
    except UnicodeDecodeError as error:
        at_fault = escaped[error.start : error.start + 8].replace(b"\\x", b"%")[:3]
        raise BadForm(f'invalid URL escape "{at_fault.decode("latin-1")}"') from None


def _parts(body: bytes, boundary: bytes) -> Steps[tuple[FormField, ...]]:
    edge = b"\r\n--" + boundary
    begins = len(edge) - 2 if body.startswith(edge[2:]) else 0
    spans = yield from _between(body, edge, begins, MOST_FIELDS + 2 - bool(begins))
    spans = [(0, 0), *spans] if begins else spans
    if len(spans) > MOST_FIELDS + 2:
        raise BadForm("multipart: message too large")
    if len(spans) < 2 or not body.startswith(b"--", spans[-1][0]):
        raise BadForm("multipart: NextPart: EOF")
    texts, fields = _Texts("multipart: message too large"), []
    for start, end in spans[1:-1]:
        fields.append((yield from _part(body, start, end, texts)))
    return tuple(fields)


def _part(body: bytes, start: int, end: int, texts: _Texts) -> Steps[FormField]:
    blank = yield from large_bodies.find(body, _BLANK, start, end)
    if blank < 0:
        head = body[start : min(end, start + LONGEST_HEAD)].strip()[:80]
        raise BadForm(f"malformed MIME header line: {head.decode('latin-1')}")
    if blank - start > LONGEST_HEAD:
        raise BadForm("multipart: message too large")
    headers = _headers(body[start:blank])
    given = dict(_DISPOSITION.findall(headers.get(b"content-disposition", b"")))
    name = given.get(b"name", b"").decode("utf-8", "replace")
    begins = blank + len(_BLANK)
    beginning = body[begins : min(end, begins + _BEGINNING)]
    kind = _media_type(headers.get(b"content-type", b"").decode("latin-1"), beginning)
    if b"filename" in given or kind.startswith(_VISIBLE):
        return FormField(
            name, (yield from large_bodies.encode_base64(body, begins, end, f"data:{kind};base64,")), file=True
        )
    return FormField(name, (yield from texts.built(large_bodies.decode_text(body, begins, end))))


def _media_type(stated: str, content: bytes) -> str:
    """Return the media type of a part: as stated, or detected by the first bytes if the statement is not specific."""
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
"""How image files begin, for formats that their first bytes distinguish from text."""


def _headers(head: bytes) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _path(name: str) -> Path:
    """Return the parts of a name: `a[b][]` is (a, b, ""). Parts that are nested too deeply are cut off."""
    found = _NESTED.fullmatch(name)
    if found is None:
        return (name,)
    return (found.group(1), *found.group(2)[1:-1].split("][")[: _DEEPEST - 1])


def _built(paths: Sequence[tuple[Path, Any]], depth: int) -> Any:
    """Return the document of all values under one path prefix; `depth` is the number of parts of the prefix."""
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
    """Return a sort key that orders numbers of any length."""
    plain = digits.lstrip("0")
    return len(plain), plain


def _rows(paths: Sequence[tuple[Path, Any]], depth: int) -> list[list[tuple[Path, Any]]]:
    """Return the elements of a list whose fields came row by row, or column by column."""
    columns = [(path, list(group)) for path, group in groupby(paths, key=lambda pair: pair[0])]
    if len({path for path, _ in columns}) == len(columns):
        return _from_columns(dict(columns), depth)
    rows: list[list[tuple[Path, Any]]] = [[]]
    seen: set[Path] = set()
    for path, value in paths:
        if path in seen:
            rows.append([])
            seen.clear()
        seen.add(path)
        rows[-1].append((path, value))
    return rows


def _from_columns(columns: Mapping[Path, list[tuple[Path, Any]]], depth: int) -> list[list[tuple[Path, Any]]]:
    """Return elements from columns. The values of a shorter column go to the elements whose `type` matches."""
    types = next((pairs for path, pairs in columns.items() if path[depth:] == ("type",)), [])
    count = len(types) or max(len(pairs) for pairs in columns.values())
    rows: list[list[tuple[Path, Any]]] = [[] for _ in range(count)]
    for path, pairs in columns.items():
        places = _places(path[depth:], len(pairs), [kind for _, kind in types], count)
        for place, pair in zip(places, pairs, strict=False):
            rows[place].append(pair)
    return rows


def _places(tail: Path, needed: int, types: Sequence[Any], count: int) -> Sequence[int]:
    """Return the elements that the values of a column belong to."""
    if needed >= count:
        return range(count)
    of_type = [place for place, kind in enumerate(types) if tail and kind == tail[0]]
    if of_type:
        return of_type
    with_media = [place for place, kind in enumerate(types) if kind != "text"]
    return with_media if len(with_media) >= needed else range(count)
