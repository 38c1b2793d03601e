"""Reads large bodies in steps, each as a generator that yields after about a millisecond of work.

The caller lets other requests pass between two steps. `base.finished` runs a generator in one go.
"""

import string
from base64 import b64encode
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final, TypeAlias

from pydantic_core import from_json

from ark_emulator.dialects.base import MOST_TEXT, TOO_MUCH_TEXT, BodyTooComplex, Steps, refuse_many_parts

Media: TypeAlias = Sequence[tuple[int, int]]

STEP: Final = 1 << 18
"""Bytes that one step handles."""
_BASE64_STEP: Final = 3 << 16
"""A multiple of 3, so that base64 of the pieces is base64 of the whole."""
_WINDOW: Final = 1 << 14
"""Every stretch that is twice as long is found."""
_LONGEST_PREFIX: Final = 200
_BASE64: Final = string.ascii_letters.encode() + string.digits.encode() + b"+/-_=\\"
_LINES: Final = ((rb"\n", b""), (rb"\r", b""))
_ESCAPES: Final = ((rb"\/", b"/"), (rb"\u002B", b"+"), (rb"\u002b", b"+"), *_LINES)
"""What JSON encoders write for characters of base64, and for ends of lines in it, which mean nothing."""
_COPIED: Final = 10
"""How many bytes of base64 count as one of text: they are copied in less time than others are parsed."""
_LONGEST_ESCAPE: Final = 6
_SHORTEST_LINE: Final = 16
"""Characters of a line of base64 for each escape. A text with more escapes is no base64."""
_LONGEST_TEXT: Final = 1_000_000
"""Bytes of a string above which it is no prompt, so that ends of lines in it can be left out."""


def found(body: bytes, what: bytes, start: int, end: int | None = None) -> Steps[int]:
    """Return where `what` is next between two positions, -1 when it is not there."""
    end = len(body) if end is None else end
    while start < end:
        place = body.find(what, start, min(end, start + STEP + len(what) - 1))
        if place >= 0:
            return place
        start += STEP
        yield
    return -1


def decoded(body: bytes, start: int, end: int) -> Iterator[str]:
    """Yield UTF-8 as pieces of text, with the replacement character for what is not UTF-8."""
    decoder = getincrementaldecoder("utf-8")("replace")
    for at in range(start, end, STEP):
        yield decoder.decode(body[at : min(end, at + STEP)], at + STEP >= end)


def reencoded(body: bytes) -> Steps[bytes]:
    """Return a body as UTF-8, with the replacement character for what is not UTF-8."""
    whole = BytesIO()
    for piece in decoded(body, 0, len(body)):
        whole.write(piece.encode())
        yield
    return whole.getvalue()


def base64(body: bytes, start: int, end: int, prefix: str) -> Steps[str]:
    """Return part of a body in base64, after a prefix. The text grows in place, so it is copied only once."""
    whole = prefix
    for at in range(start, end, _BASE64_STEP):
        whole += b64encode(body[at : min(end, at + _BASE64_STEP)]).decode("ascii")
        yield
    return whole


def document(body: bytes) -> Steps[Any]:
    """Return the JSON document in a body. Raises ValueError for other text, BodyTooComplex for too large a document.

    Parsing is one step, which cannot be divided. It is short: there is little text beside base64, and base64 is copied.
    """
    media: Media = ()
    if len(body) > MOST_TEXT:
        media = yield from _media(body)
        body, media = yield from _without_escapes(body, media)
        copied = sum(end - start for start, end in media)
        if len(body) - copied + copied // _COPIED > MOST_TEXT:
            raise BodyTooComplex(TOO_MUCH_TEXT)
        yield
    yield from refuse_many_parts(_beside(body, media) if media else body)
    yield
    found = from_json(body, allow_inf_nan=False)
    yield
    return found


def _beside(body: bytes, media: Media) -> bytes:
    """Return a body without its base64."""
    ends = (0, *(end for _, end in media))
    starts = (*(start for start, _ in media), len(body))
    return b"".join(body[end:start] for end, start in zip(ends, starts, strict=True))


def _without_escapes(body: bytes, media: Media) -> Steps[tuple[bytes, Media]]:
    """Return a body without the usual escapes in its base64, and where base64 without any escape then is.

    One escape makes parsing of a long string several times slower, so base64 with other escapes counts as text.
    """
    plain = BytesIO()
    moved: list[tuple[int, int]] = []
    done = 0
    for start, end in media:
        if (yield from found(body, b"\\", start, end)) < 0:
            moved.append((start + plain.tell() - done, end + plain.tell() - done))
            continue
        for at in range(done, start, STEP):
            plain.write(body[at : min(start, at + STEP)])
            yield
        begins, at, escaped = plain.tell(), start, False
        while at < end:
            piece = _whole_escapes(body[at : min(end, at + STEP)])
            at += len(piece)
            piece = _simpler(piece, end - start > _LONGEST_TEXT)
            escaped = escaped or b"\\" in piece
            plain.write(piece)
            yield
        if not escaped:
            moved.append((begins, plain.tell()))
        done = end
    if not done:
        return body, media
    for at in range(done, len(body), STEP):
        plain.write(body[at : at + STEP])
        yield
    return plain.getvalue(), moved


def _whole_escapes(piece: bytes) -> bytes:
    """Return a piece without an escape at its end that may go on in the next one."""
    cut = piece.rfind(b"\\", max(1, len(piece) - _LONGEST_ESCAPE + 1))
    return piece if cut < 0 or len(piece) < STEP else piece[:cut]


def _simpler(piece: bytes, lines: bool) -> bytes:
    """Return a piece of base64 without the escapes that encoders write in it, those of `lines` among them."""
    if rb"\\" in piece:
        return piece
    lines = lines and piece.count(b"\\") * _SHORTEST_LINE <= len(piece)
    for escape, character in _ESCAPES if lines else _ESCAPES[: -len(_LINES)]:
        piece = piece.replace(escape, character)
    return piece


def _media(body: bytes) -> Steps[Media]:
    """Return where the long stretches of base64 in a JSON body begin and end.

    None of them has a quote in it. It does not matter whether they are strings: outside of one they are no JSON, and
    parsing ends there.
    """
    media: list[tuple[int, int]] = []
    at = last = 0
    while at < len(body):
        if body.find(b'"', at, at + _WINDOW) >= 0:
            at += _WINDOW
            continue
        start = body.rfind(b'"', last, at) + 1 or last
        last = yield from found(body, b'"', at)
        last = len(body) if last < 0 else last
        if (yield from _is_base64(body, start, last)):
            media.append((start, last))
        at = last + 1
    return media


def _is_base64(body: bytes, start: int, end: int) -> Steps[bool]:
    """Return whether a stretch is base64, perhaps with escapes, and perhaps behind the beginning of a `data:` URI."""
    at = body.find(b",", start, min(end, start + _LONGEST_PREFIX)) + 1 or start
    for piece in range(at, end, STEP):
        if body[piece : min(end, piece + STEP)].translate(None, _BASE64):
            return False
        yield
    return True
