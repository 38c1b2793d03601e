"""Reading values as Go and new-api read them: names in any case, numbers in text, and what a decoder complains of.

Nothing here knows a gateway or a field of a submit; everything is about Go's `encoding/json`, `strconv` and `net/url`.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from math import inf, isinf
from typing import Any, Final

from ark_emulator.dialects import large_bodies
from ark_emulator.dialects.base import BodyTooComplex, DialectRequest, Steps, document_of, finished, parsed

LONGEST_MENDED: Final = 256 * 1024
"""Bytes of a JSON text inside a field in which what is no Unicode is replaced (inferred)."""
LONGEST_PAIRED: Final = 1024 * 1024
"""Bytes of a JSON object in which names that stand there twice are told apart."""
MOST: Final = 2**63 - 1
"""The largest whole number that Go's int holds."""
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_FLOAT: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", re.ASCII)
_ENDLESS: Final = re.compile(r"[+-]?inf(inity)?|nan", re.IGNORECASE)
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_LONGEST_ESCAPE: Final = len(rb"\ud83d\ude00")
_KINDS: Final[Mapping[type, str]] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "bool",
    list: "array",
    dict: "object",
}


class NotANumber(ValueError):
    """A text is no whole number; the message is that of Go's strconv. `value` is what Go makes of it nevertheless."""

    def __init__(self, text: str, reason: str, value: int = 0) -> None:
        super().__init__(f"strconv.Atoi: parsing {quoted(text)}: {reason}")
        self.value = value


def kind(value: object) -> str:
    """Return Go's word for the JSON type of a value."""
    return _KINDS.get(type(value), "null")


def quoted(text: str) -> str:
    """Return a text in quotes, with what Go's strconv escapes."""
    return json.dumps(text, ensure_ascii=False)


def whole(text: str) -> int:
    """Return the whole number in a text, which may have a sign and no spaces. Raises NotANumber."""
    if _WHOLE.fullmatch(text) is None:
        raise NotANumber(text, "invalid syntax")
    digits = text.lstrip("+-0") or "0"
    value = int(digits[:20]) * (-1 if text.startswith("-") else 1)
    if len(digits) > 19 or not -MOST - 1 <= value <= MOST:
        raise NotANumber(text, "value out of range", -MOST - 1 if value < 0 else MOST)
    return value


def number(text: str) -> int | float | str:
    """Return the number that a form field stands for, which may be no finite one, else the text itself."""
    try:
        return whole(text)
    except NotANumber:
        if _ENDLESS.fullmatch(text) is not None:
            return float(text)
        found = float(text) if _FLOAT.fullmatch(text) is not None and len(text) < 400 else inf
        return text if isinf(found) else found


def lenient_whole(value: object) -> int:
    """Return a whole number, or one in a text, else 0."""
    if isinstance(value, str):
        try:
            return whole(value)
        except NotANumber:
            return 0
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST else 0


def lenient_object(value: object) -> dict[str, Any] | None:
    """Return an object, or one in a text, else None. The text `null` is an empty object."""
    if isinstance(value, str):
        try:
            value = _tolerant(value.encode("utf-8", "replace"))
        except ValueError:
            return None
        value = {} if value is None else value
    return value if isinstance(value, dict) else None


def named(document: Mapping[str, Any], known: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the values that a decoder takes, in their order, each under the known name that it has in any case."""
    for name, value in document.items():
        found = name if name in known else name.casefold()
        if found in known:
            yield found, value


def tolerant(call: DialectRequest) -> Steps[tuple[Any, bool]]:
    """Return a JSON document, and whether some of it is no Unicode: that becomes U+FFFD. Raises ValueError."""
    try:
        return document_of(call), False
    except BodyTooComplex:
        raise
    except ValueError as error:
        reason = str(error)
    mended = yield from _mended(call.body)
    if mended == call.body:
        raise ValueError(reason)
    return (yield from large_bodies.document(mended)), True


def _tolerant(text: bytes) -> Any:
    """Return a JSON document that stands in a field. Where some of it is no Unicode, that becomes U+FFFD."""
    try:
        return parsed(text)
    except ValueError:
        mended = finished(_mended(text)) if len(text) <= LONGEST_MENDED else text
        if mended == text:
            raise
        return parsed(mended)


def _mended(body: bytes) -> Steps[bytes]:
    """Return JSON with U+FFFD in place of bytes that are no UTF-8 and of halves of surrogate pairs."""
    body = yield from large_bodies.reencoded(body)
    mended = BytesIO()
    done = at = 0
    while at < len(body):
        ends = at + large_bodies.STEP
        found = _ESCAPE.search(body, at, ends + _LONGEST_ESCAPE)
        if found is None or found.start() >= ends:
            at = ends
            yield
            continue
        at = found.end()
        if found[1] is not None:
            mended.write(body[done : found.start()])
            mended.write(rb"\ufffd")
            done = at
            yield
    if not done:
        return body
    mended.write(body[done:])
    return mended.getvalue()


def first_of(body: bytes, name: str, document: Mapping[str, Any]) -> Any:
    """Return the value that a name has where it stands first in a JSON object; `document` holds the last ones.

    In a large body the last one counts: reading it once more would delay other requests (inferred).
    """
    if len(body) > LONGEST_PAIRED or body.count(quoted(name).encode()) < 2:
        return document.get(name)
    try:
        pairs = json.loads(body, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return document.get(name)
    return next((value for key, value in pairs if key == name), None)


def complaint(body: bytes) -> str:
    """Return what Go's JSON decoder says of a body that is no JSON, as far as its beginning tells."""
    text = body[:64].decode("utf-8", "replace").lstrip(" \t\r\n")
    if text in ("", "-"):
        return "unexpected end of JSON input"
    if text[0] == "-" and not text[1].isdecimal():
        return f"invalid character {_rune(text[1])} in numeric literal"
    return f"invalid character {_rune(text[0])} looking for beginning of value"


def _rune(character: str) -> str:
    """Return a character in single quotes, as Go's decoder names it."""
    return {"'": r"'\''", '"': "'\"'"}.get(character) or f"'{quoted(character)[1:-1]}'"
