"""What handlers answer with, and how it goes over the wire: whole, cut off, slowly, or not at all."""

import asyncio
import re
import socket
import struct
import sys
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NamedTuple, TypeAlias

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from multidict import CIMultiDict

from ark_emulator.dialects.base import DialectResponse
from ark_emulator.web.http.clock_wait import clock_shows
from ark_emulator.web.http.exchange import Exchange

_PIECE: Final = 256 * 1024
_BEATS: Final = 10
"""Pieces a second in which a slow body is sent."""


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """An answer complete with its headers, sent piece by piece; `Content-Length` is among them."""

    status: int
    headers: Mapping[str, str]
    body: bytes | memoryview


@dataclass(frozen=True, slots=True)
class Degraded:
    """An answer that suffers on its way: only `share` of its body arrives, or `rate` bytes of it a virtual second."""

    answer: "HandlerResult"
    share: float = 1.0
    rate: int | None = None


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """No answer: the connection is reset."""


HandlerResult: TypeAlias = DialectResponse | StreamedBody | Degraded | ConnectionReset | web.StreamResponse


class SentResponse(NamedTuple):
    """What went out: the response, and of its body what is worth keeping."""

    response: "web.StreamResponse | CompleteResponse"
    body: bytes


class NoResponse(web.StreamResponse):
    """Stands for a response that never was; its status is 0."""

    def __init__(self) -> None:
        super().__init__(status=0)
        self.force_close()

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        return None


class CompleteResponse:
    """A complete answer, its head and its body written at once; what is in `more` wins over `headers`.

    It stands where aiohttp expects a response of its own, and does what that does, as far as our answers need it, in a
    fraction of the time. `keep_alive` tells whether the connection goes on after it, once it was written.
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
        """Write the answer, and wait until the client has taken most of it.

        An answer that was written is forgotten: its connection keeps this object until the next request.
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
        """The whole of the answer to a request. ValueError when something in its head would end a line."""
        self.keep_alive = request.keep_alive
        sends_body = request.method != "HEAD" and self.status not in _BODILESS
        return self._head(request) + (self.body if sends_body else b"")

    def _head(self, request: BaseRequest) -> bytes:
        """The status line and the headers."""
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


Finish: TypeAlias = Callable[[DialectResponse, Exchange], CompleteResponse]


async def send(answer: HandlerResult, exchange: Exchange, finish: Finish) -> SentResponse:
    """Send an answer; one that aiohttp can send by itself is left to it. `finish` gives a reply all its headers."""
    match answer:
        case DialectResponse():
            return SentResponse(finish(answer, exchange), answer.body)
        case StreamedBody():
            return await _sent_in_pieces(answer, exchange)
        case Degraded():
            return await _sent_in_pieces(_parcel(answer.answer, exchange, finish), exchange, answer.share, answer.rate)
        case ConnectionReset():
            reset(exchange)
            return SentResponse(NoResponse(), b"")
        case web.StreamResponse():
            return SentResponse(answer, b"")


def reset(exchange: Exchange) -> None:
    """Let the client's system see the connection reset: it is closed with nothing sent and no farewell."""
    transport = exchange.request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        at_once = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _parcel(answer: HandlerResult, exchange: Exchange, finish: Finish) -> StreamedBody:
    match answer:
        case StreamedBody():
            return answer
        case DialectResponse():
            response = finish(answer, exchange)
            return StreamedBody(
                response.status, {**response.headers, "Content-Length": str(len(answer.body))}, answer.body
            )
    raise TypeError(answer)


async def _sent_in_pieces(
    parcel: StreamedBody, exchange: Exchange, share: float = 1.0, rate: int | None = None
) -> SentResponse:
    """Write the parcel; a client that hangs up is not an error. What is cut off ends with the connection."""
    request, body = exchange.request, memoryview(parcel.body)
    kept = body[: int(len(body) * share)]
    response = web.StreamResponse(status=parcel.status, headers=parcel.headers)
    if parcel.status == 304 or request.method == "HEAD":
        length = parcel.headers.get("Content-Length")
        response.content_length = None if length is None else int(length)
    if len(kept) < len(body):
        response.force_close()
    try:
        await response.prepare(request)
        await _write(response, kept, exchange, rate)
        await response.write_eof()
    except ConnectionError:
        pass
    return SentResponse(response, bytes(kept) if parcel.status >= 400 or share < 1.0 else b"")


async def _write(response: web.StreamResponse, body: memoryview, exchange: Exchange, rate: int | None) -> None:
    piece = _PIECE if rate is None else max(1, rate // _BEATS)
    began = exchange.world.now
    for start in range(0, len(body), piece):
        if rate is not None and start:
            await clock_shows(exchange, began + start / rate)
        await response.write(body[start : start + piece])
