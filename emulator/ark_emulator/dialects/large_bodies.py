"""Read large bodies in steps, with generators that yield after about a millisecond of work.

The caller serves other requests between two steps. `base.run_steps` runs a generator in one go.
"""

import string
from base64 import b64encode
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final, TypeAlias

from pydantic_core import from_json

from ark_emulator.dialects.base import MOST_TEXT, TOO_MUCH_TEXT, BodyTooComplex, Steps, check_part_count

Media: TypeAlias = Sequence[tuple[int, int]]

STEP: Final = 1 << 18
"""Bytes that one step handles."""
_BASE64_STEP: Final = 3 << 16
"""A multiple of 3, so that base64 of the pieces is base64 of the whole."""
_WINDOW: Final = 1 << 14
"""Every run of base64 that is at least twice as long is found."""
_LONGEST_PREFIX: Final = 200
_BASE64: Final = string.ascii_letters.encode() + string.digits.encode() + b"+/-_=\\"
_LINES: Final = ((rb"\n", b""), (rb"\r", b""))
_ESCAPES: Final = ((rb"\/", b"/"), (rb"\u002B", b"+"), (rb"\u002b", b"+"), *_LINES)
"""How JSON encoders escape characters of base64, and the line ends in it, which have no meaning."""
_COPIED: Final = 10
"""How many bytes of base64 count as one byte of text: copying them takes less time than parsing that byte."""
_LONGEST_ESCAPE: Final = 6
_SHORTEST_LINE: Final = 16
"""Characters of a line of base64 for each escape. A text with more escapes is not base64."""
_LONGEST_TEXT: Final = 1_000_000
"""Bytes of a string above which it is not a prompt, so that line ends in it can be removed."""


def find(body: bytes, what: bytes, start: int, end: int | None = None) -> Steps[int]:
    """Return the next position of `what` between two positions; -1 if it is not found."""
    end = len(body) if end is None else end
    while start < end:
        place = body.find(what, start, min(end, start + STEP + len(what) - 1))
        if place >= 0:
            return place
        start += STEP
        yield
    return -1


def decode_text(body: bytes, start: int, end: int) -> Iterator[str]:
    """Yield UTF-8 as pieces of text, with the replacement character in place of invalid bytes."""
    decoder = getincrementaldecoder("utf-8")("replace")
    for at in range(start, end, STEP):
        yield decoder.decode(body[at : min(end, at + STEP)], at + STEP >= end)


def reencode(body: bytes) -> Steps[bytes]:
    """Return a body as UTF-8, with the replacement character in place of invalid bytes."""
    whole = BytesIO()
    for piece in decode_text(body, 0, len(body)):
        whole.write(piece.encode())
        yield
    return whole.getvalue()


def encode_base64(body: bytes, start: int, end: int, prefix: str) -> Steps[str]:
    """Return part of a body in base64, after a prefix. The text grows in place, so it is copied only once."""
    whole = prefix
    for at in range(start, end, _BASE64_STEP):
        whole += b64encode(body[at : min(end, at + _BASE64_STEP)]).decode("ascii")
        yield
    return whole


def parse_document(body: bytes) -> Steps[Any]:
    """Return the JSON document in a body. Raises ValueError if there is none, and BodyTooComplex if it exceeds a limit.

    Parsing is one step and cannot be divided. It is short: there is little text besides base64, and base64 is only
    copied.
    """
    media: Media = ()
    if len(body) > MOST_TEXT:
        media = yield from _media(body)
        body, media = yield from _without_escapes(body, media)
        copied = sum(end - start for start, end in media)
        if len(body) - copied + copied // _COPIED > MOST_TEXT:
            raise BodyTooComplex(TOO_MUCH_TEXT)
        yield
    yield from check_part_count(_beside(body, media) if media else body)
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
    """Return a body without the usual escapes in its base64, and the positions of base64 that then has no escape.

    One escape makes parsing a long string several times slower, so base64 with other escapes counts as text.
    """
    plain = BytesIO()
    moved: list[tuple[int, int]] = []
    done = 0
    for start, end in media:
        if (yield from find(body, b"\\", start, end)) < 0:
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
    """Return a piece without a trailing escape that may continue in the next piece."""
    cut = piece.rfind(b"\\", max(1, len(piece) - _LONGEST_ESCAPE + 1))
    return piece if cut < 0 or len(piece) < STEP else piece[:cut]


def _simpler(piece: bytes, lines: bool) -> bytes:
    """Return a piece of base64 without the escapes that encoders write; those of line ends are removed if `lines`."""
    if rb"\\" in piece:
        return piece
    lines = lines and piece.count(b"\\") * _SHORTEST_LINE <= len(piece)
    for escape, character in _ESCAPES if lines else _ESCAPES[: -len(_LINES)]:
        piece = piece.replace(escape, character)
    return piece


def _media(body: bytes) -> Steps[Media]:
    """Return the start and end of each long run of base64 in a JSON body.

    None of them contains a quote. Whether they are strings does not matter: outside of a string they are invalid JSON,
    which ends parsing.
    """
    media: list[tuple[int, int]] = []
    at = last = 0
    while at < len(body):
        if body.find(b'"', at, at + _WINDOW) >= 0:
            at += _WINDOW
            continue
        start = body.rfind(b'"', last, at) + 1 or last
        last = yield from find(body, b'"', at)
        last = len(body) if last < 0 else last
        if (yield from _is_base64(body, start, last)):
            media.append((start, last))
        at = last + 1
    return media


def _is_base64(body: bytes, start: int, end: int) -> Steps[bool]:
    """Return whether a run is base64, with or without escapes and the beginning of a `data:` URI."""
    at = body.find(b",", start, min(end, start + _LONGEST_PREFIX)) + 1 or start
    for piece in range(at, end, STEP):
        if body[piece : min(end, piece + STEP)].translate(None, _BASE64):
            return False
        yield
    return True
