"""Decode values as Go and new-api do: names in any case, numbers in text, and the error messages of the decoders.

Nothing here depends on a gateway or a field of a submit, only on Go's `encoding/json`, `strconv` and `net/url`.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from math import inf, isinf
from typing import Any, Final

from ark_emulator.dialects import large_bodies
from ark_emulator.dialects.base import BodyTooComplex, DialectRequest, Steps, parse_json, read_document, run_steps

LONGEST_MENDED: Final = 256 * 1024
"""The maximum bytes of a JSON text inside a field in which invalid Unicode is replaced (inferred)."""
LONGEST_PAIRED: Final = 1024 * 1024
"""The maximum bytes of a JSON object in which duplicate names are distinguished."""
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
    """A text is not a whole number; the message is that of Go's strconv. `value` is the value that Go returns
    nevertheless.
    """

    def __init__(self, text: str, reason: str, value: int = 0) -> None:
        super().__init__(f"strconv.Atoi: parsing {quote(text)}: {reason}")
        self.value = value


def json_type(value: object) -> str:
    """Return Go's name of the JSON type of a value."""
    return _KINDS.get(type(value), "null")


def quote(text: str) -> str:
    """Return a text in quotes, escaped as by Go's strconv."""
    return json.dumps(text, ensure_ascii=False)


def parse_int(text: str) -> int:
    """Return the whole number in a text, which may have a sign but no spaces. Raises NotANumber."""
    if _WHOLE.fullmatch(text) is None:
        raise NotANumber(text, "invalid syntax")
    digits = text.lstrip("+-0") or "0"
    value = int(digits[:20]) * (-1 if text.startswith("-") else 1)
    if len(digits) > 19 or not -MOST - 1 <= value <= MOST:
        raise NotANumber(text, "value out of range", -MOST - 1 if value < 0 else MOST)
    return value


def form_number(text: str) -> int | float | str:
    """Return the number that a form field contains, finite or not, else the text itself."""
    try:
        return parse_int(text)
    except NotANumber:
        if _ENDLESS.fullmatch(text) is not None:
            return float(text)
        found = float(text) if _FLOAT.fullmatch(text) is not None and len(text) < 400 else inf
        return text if isinf(found) else found


def lenient_int(value: object) -> int:
    """Return a whole number, or one in a text, else 0."""
    if isinstance(value, str):
        try:
            return parse_int(value)
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


def known_fields(document: Mapping[str, Any], known: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the values with known names, in their order; the case of a name does not matter."""
    for name, value in document.items():
        found = name if name in known else name.casefold()
        if found in known:
            yield found, value


def tolerant_document(call: DialectRequest) -> Steps[tuple[Any, bool]]:
    """Return a JSON document, and whether invalid Unicode in it was replaced by U+FFFD. Raises ValueError."""
    try:
        return read_document(call), False
    except BodyTooComplex:
        raise
    except ValueError as error:
        reason = str(error)
    mended = yield from _mended(call.body)
    if mended == call.body:
        raise ValueError(reason)
    return (yield from large_bodies.parse_document(mended)), True


def _tolerant(text: bytes) -> Any:
    """Return the JSON document in a field. Invalid Unicode in it is replaced by U+FFFD."""
    try:
        return parse_json(text)
    except ValueError:
        mended = run_steps(_mended(text)) if len(text) <= LONGEST_MENDED else text
        if mended == text:
            raise
        return parse_json(mended)


def _mended(body: bytes) -> Steps[bytes]:
    """Return JSON with U+FFFD in place of invalid UTF-8 and of unpaired surrogates."""
    body = yield from large_bodies.reencode(body)
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


def first_value(body: bytes, name: str, document: Mapping[str, Any]) -> Any:
    """Return the first of several values under one name in a JSON object; `document` holds the last ones.

    In a large body the last value counts: parsing it again would delay other requests (inferred).
    """
    if len(body) > LONGEST_PAIRED or body.count(quote(name).encode()) < 2:
        return document.get(name)
    try:
        pairs = json.loads(body, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return document.get(name)
    return next((value for key, value in pairs if key == name), None)


def decoder_error(body: bytes) -> str:
    """Return the error of Go's JSON decoder for a body that is not JSON, as far as its beginning determines it."""
    text = body[:64].decode("utf-8", "replace").lstrip(" \t\r\n")
    if text in ("", "-"):
        return "unexpected end of JSON input"
    if text[0] == "-" and not text[1].isdecimal():
        return f"invalid character {_rune(text[1])} in numeric literal"
    return f"invalid character {_rune(text[0])} looking for beginning of value"


def _rune(character: str) -> str:
    """Return a character in single quotes, as in errors of Go's decoder."""
    return {"'": r"'\''", '"': "'\"'"}.get(character) or f"'{quote(character)[1:-1]}'"
