"""The results of handlers, and how they are sent: complete, truncated, slowly, or not at all."""

import asyncio
import re
import socket
import struct
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NamedTuple, TypeAlias

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from multidict import CIMultiDict

from ark_emulator.core.storage.preconditions import http_date
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.web.http.clock_wait import clock_shows
from ark_emulator.web.http.exchange import Exchange

_PIECE: Final = 256 * 1024
_PIECES_PER_SECOND: Final = 10
"""Pieces per second of a slow body."""


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """A response with all its headers, `Content-Length` included, that is sent in pieces."""

    status: int
    headers: Mapping[str, str]
    body: bytes | memoryview


@dataclass(frozen=True, slots=True)
class Degraded:
    """A response of which only `share` of the body is sent, or `rate` bytes per virtual second."""

    result: "HandlerResult"
    share: float = 1.0
    rate: int | None = None


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """No response: the connection is reset."""


HandlerResult: TypeAlias = DialectResponse | StreamedBody | Degraded | ConnectionReset | web.StreamResponse


class SentResponse(NamedTuple):
    """The response that was sent, and the part of its body that the journal keeps."""

    response: "web.StreamResponse | CompleteResponse"
    body: bytes


class NoResponse(web.StreamResponse):
    """The response of an exchange without one; its status is 0."""

    def __init__(self) -> None:
        super().__init__(status=0)
        self.force_close()

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        return None


class CompleteResponse:
    """A complete response, whose head and body are written in one call; `more` overrides `headers`.

    It replaces aiohttp's response with the part of its interface that is needed here, in a fraction of the time.
    `keep_alive` is valid once the response is written.
    """

    __slots__ = ("body", "headers", "keep_alive", "status")

    def __init__(self, status: int, headers: dict[str, str], more: Mapping[str, str], body: bytes) -> None:
        self.headers: MutableMapping[str, str] = headers
        if more:
            self.headers = CIMultiDict(headers)
            self.headers.update(more)
        if status not in _BODILESS:
            self.headers["Content-Length"] = str(len(body))
        self.status = status
        self.body = body
        self.keep_alive = True

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Write the response, and wait until the client has read most of it.

        The body is released then, since the connection keeps this object until the next request.
        """
        text = self.written(request)
        self.body = b""
        await request.writer.write(text)
        del text
        await request.writer.drain()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""

    def written(self, request: BaseRequest) -> bytes:
        """Return head and body as bytes. Raises ValueError for a control character in a header."""
        self.keep_alive = request.keep_alive
        sends_body = request.method != "HEAD" and self.status not in _BODILESS
        return self._head(request) + (self.body if sends_body else b"")

    def _head(self, request: BaseRequest) -> bytes:
        """Return the status line and the headers."""
        minor = min(request.version[1], 1)
        if not self.keep_alive:
            self.headers["Connection"] = "close"
        elif minor == 0:
            self.headers["Connection"] = "keep-alive"
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        if not "".join(lines).isprintable() and any(map(_CONTROL.search, lines)):
            raise ValueError("a header holds a control character")
        text = "\r\n".join(lines)
        reason = _REASONS.get(self.status, "")
        return f"HTTP/1.{minor} {self.status} {reason}\r\n{text}\r\n\r\n".encode("utf-8", "ignore")


_BODILESS: Final = frozenset({204, 304})
_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def complete_response(
    reply: DialectResponse, exchange: Exchange, *, emulated: bool, at: float | None = None
) -> CompleteResponse:
    """Return a reply with all headers: those of its dialect if `emulated`, and the date `at`, by default now."""
    headers = {"Content-Type": reply.content_type}
    if emulated:
        headers |= exchange.dialect.headers(exchange.request_id, exchange.request.headers, reply.status)
    headers["Date"] = http_date(exchange.world.now if at is None else at)
    return CompleteResponse(reply.status, headers, reply.headers, reply.body)


async def send(result: HandlerResult, exchange: Exchange, *, emulated: bool) -> SentResponse:
    """Send a result, unless aiohttp sends it. An `emulated` response has the headers of its dialect."""
    match result:
        case DialectResponse():
            return SentResponse(complete_response(result, exchange, emulated=emulated), result.body)
        case StreamedBody():
            return await _sent_in_pieces(result, exchange)
        case Degraded():
            return await _sent_in_pieces(
                _streamed(result.result, exchange, emulated), exchange, result.share, result.rate
            )
        case ConnectionReset():
            reset(exchange)
            return SentResponse(NoResponse(), b"")
        case web.StreamResponse():
            return SentResponse(result, b"")


def reset(exchange: Exchange) -> None:
    """Reset the connection: close it with an RST packet, without a response."""
    transport = exchange.request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        no_linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _streamed(result: HandlerResult, exchange: Exchange, emulated: bool) -> StreamedBody:
    match result:
        case StreamedBody():
            return result
        case DialectResponse():
            response = complete_response(result, exchange, emulated=emulated)
            return StreamedBody(
                response.status, {**response.headers, "Content-Length": str(len(result.body))}, result.body
            )
    raise TypeError(result)


async def _sent_in_pieces(
    streamed: StreamedBody, exchange: Exchange, share: float = 1.0, rate: int | None = None
) -> SentResponse:
    """Send a body in pieces. A client that hangs up is not an error. A truncated body closes the connection."""
    request, body = exchange.request, memoryview(streamed.body)
    kept = body[: int(len(body) * share)]
    response = web.StreamResponse(status=streamed.status, headers=streamed.headers)
    if streamed.status == 304 or request.method == "HEAD":
        length = streamed.headers.get("Content-Length")
        response.content_length = None if length is None else int(length)
    if len(kept) < len(body):
        response.force_close()
    try:
        await response.prepare(request)
        await _write(response, kept, exchange, rate)
        await response.write_eof()
    except ConnectionError:
        pass
    return SentResponse(response, bytes(kept) if streamed.status >= 400 or share < 1.0 else b"")


async def _write(response: web.StreamResponse, body: memoryview, exchange: Exchange, rate: int | None) -> None:
    piece = _PIECE if rate is None else max(1, rate // _PIECES_PER_SECOND)
    began = exchange.world.now
    for start in range(0, len(body), piece):
        if rate is not None and start:
            await clock_shows(exchange, began + start / rate)
        await response.write(body[start : start + piece])
