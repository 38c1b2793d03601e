"""Checks of the heads of requests, as bytes and as aiohttp's messages."""

import re
from collections.abc import Sequence
from typing import Final

from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import BadHttpMessage, HttpProcessingError, InvalidURLError
from aiohttp.web_protocol import RequestHandler

from ark_emulator.web.server import http_limits

END: Final = b"\r\n\r\n"
"""The end of a head, and of a body in chunks."""
VERSION: Final = b" HTTP/1.1\r\n"
"""The end of the first line of nearly every request."""
_LATER: Final = re.compile(rb"((?:\r\n)*[^\r\n]* HTTP/1\.)[2-9](?=\r?\n)")
_MAYBE_LATER: Final = re.compile(rb" HTTP/1\.[2-9]\r?")

STRICT: Final = hasattr(RequestHandler, "_parser")
"""Whether aiohttp itself refuses a request without a host, with two of them, and one for `*` (since 3.14)."""


def problem_of(message: RawRequestMessage) -> tuple[int, HttpProcessingError] | None:
    """Return the status and the error of a head that aiohttp accepts and this server does not; None for a valid one."""
    if message.version[0] != 1:
        return 505, BadHttpMessage("another major version")
    if (reason := _problem_of_headers(message)) is not None:
        return 400, BadHttpMessage(reason)
    if message.path == "*" and message.method != "OPTIONS":
        return 400, InvalidURLError("*")
    if not message.path.startswith("/"):
        try:
            _ = message.url.host  # aiohttp reads it where no handler catches errors
        except ValueError as error:
            return 400, InvalidURLError(str(error))
    return None


def _problem_of_headers(message: RawRequestMessage) -> str | None:
    if len(message.raw_headers) > http_limits.HEADERS:  # not counted before aiohttp 3.14
        return "Too many headers"
    if message.chunked and message.headers["Transfer-Encoding"].strip(" \t").lower() != "chunked":
        return "a transfer coding that is not supported"
    if not STRICT:
        hosts = len(message.headers.getall("Host", ()))
        if hosts > 1 or (not hosts and message.version[1]):
            return f"{'Duplicate' if hosts else 'Missing'} 'Host' header"
    return None


def with_known_version(data: bytes, *, begun: bool) -> tuple[bytes, bytes]:
    """Return `data` with HTTP/1.2 and later minor versions as HTTP/1.1, and the bytes that need more after them.

    `data` is from a first line, whose beginning came before if it has `begun`. The parser knows no such version, and
    RFC 9110 (section 2.5) wants its requests treated as those of the highest version that the server supports.
    """
    found = _LATER.match(data)
    if found is not None:
        return found[1] + b"1" + data[found.end() :], b""
    space = data.rfind(b" ")
    end = data[space:] if space >= (0 if begun else 1) else b""
    if end and (VERSION.startswith(end) or _MAYBE_LATER.fullmatch(end)):
        return data[:space], end
    return data, b""


def leaves_head(data: bytes, start: int, bodies: Sequence[int | None]) -> bool:
    """Return whether the beginning of another head is at the end of `data`, behind all that is complete.

    The first head begins at `start`. `bodies` are the lengths of the bodies behind each complete head, None for one in
    chunks. Where that cannot be said, it is False.
    """
    place = start
    for number, length in enumerate(bodies, 1):
        end = data.find(END, place)
        if end < 0:
            return False
        if length is not None:
            place = end + len(END) + length
        elif number == len(bodies):
            place = data.rfind(END) + len(END)
        else:
            return False
    return bool(data[place:].strip(b"\r\n"))


def skipped(data: bytes, start: int) -> int:
    """Return where the next head begins, after any line ends before it."""
    while data.startswith(b"\r\n", start):
        start += 2
    return start
