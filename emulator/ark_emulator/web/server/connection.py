"""The protocol of one connection: aiohttp's parser and request loop, with the limits and error bodies of this package.

aiohttp's own errors repeat what the client sent, API keys included, and print stack traces. All uses of its private
names are in this module. Without them, requests are answered through its public interface (`KNOWS_AIOHTTP`).
"""

import asyncio
import contextlib
import re
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias, cast

from aiohttp import StreamReader, web
from aiohttp.http import RawRequestMessage, StreamWriter
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from ark_emulator.log import logger
from ark_emulator.runtime.common.tracebacks import clear_tracebacks, place_of
from ark_emulator.web.server import http_limits
from ark_emulator.web.server.head_memory import HeadMemory
from ark_emulator.web.server.request_heads import (
    END,
    STRICT,
    VERSION,
    leaves_head,
    problem_of,
    skipped,
    with_known_version,
)


class WritableResponse(Protocol):
    """A complete response, which one call can write."""

    keep_alive: bool

    def written(self, request: BaseRequest) -> bytes:
        """Return the head and body of the response to a request."""


FastResponse: TypeAlias = Callable[[web.Request], WritableResponse | None]
ParseErrorHandler: TypeAlias = Callable[[BaseRequest, int, BaseException | None], web.Response]
"""Returns the response to a request that reached no handler, from its status and the error, if there is one."""

_PRIVATE: Final = (
    "_messages",
    "_message_tail",
    "_waiter",
    "_request_factory",
    "_task_handler",
    "_keepalive",
    "_paused",
    "_loop",
    "_current_request",
)
try:
    from aiohttp.web_protocol import _ErrInfo

    KNOWS_AIOHTTP = all(hasattr(RequestHandler, name) for name in (*_PRIVATE, "_next_keepalive_close_time"))
except ImportError:
    KNOWS_AIOHTTP = False
"""Whether aiohttp has the private names that this module uses, as all versions that pyproject.toml allows have.

Otherwise requests are answered through its public interface: without fast responses, and without the limits that it
cannot express (the time for a head, its version, half-closed connections)."""
_BOUNDS_ITSELF: Final = hasattr(RequestHandler, "_max_msg_queue_size")
"""Whether aiohttp itself stops reading when many requests wait, and closes a connection without any (since 3.14)."""
_QUEUE: Final = 32
"""Waiting requests of one connection at which reading from it stops, if aiohttp does not bound them."""
_BODY_PIECE: Final = 16 * 1024
"""Bytes of a body in chunks that are parsed at once. Trailers in the same piece as a chunk are not counted."""
_OVERSIZED: Final = re.compile(rb"0*[1-9A-Fa-f][0-9A-Fa-f]{8,}[ \t;\r]")
"""The size of a chunk that is larger than any body may be."""
_PARSER: Final = "_parser" if STRICT else "_request_parser"
"""Where aiohttp keeps the parser of a connection."""
_TENDED: Final = 0.01
"""Real seconds between checks of a connection that is about to close or is not read from."""

OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "access_log": None,
        "auto_decompress": False,
        "keepalive_timeout": http_limits.IDLE,
        "max_line_size": http_limits.LINE,
        "max_field_size": http_limits.LINE,
        "max_headers": http_limits.HEADERS,
    }
)
_PROBING: Final = (
    ("TCP_KEEPIDLE", http_limits.PROBED),
    ("TCP_KEEPINTVL", http_limits.BETWEEN),
    ("TCP_KEEPCNT", http_limits.PROBES),
)
_TOO_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Shared(Protocol):
    """The state that the connections of one server share."""

    open: int
    most: int
    heads: HeadMemory

    def hold(self, connection: "Connection", size: int) -> None:
        """Count the bytes that a client has not read yet."""

    def taken(self, connection: "Connection") -> None:
        """Stop counting the unread bytes of a client."""


class Connection(RequestHandler):
    """One client's connection. It closes if a head stays incomplete, or if the client stops reading.

    A request with a fast response is answered in `data_received`. For any other request aiohttp wakes its task twice,
    which takes as long as the rest of a poll.
    """

    __slots__ = (
        "_begun",
        "_chunked",
        "_fast_response",
        "_first_chunk",
        "_first_line",
        "_framing",
        "_head",
        "_left",
        "_newest",
        "_parse_error",
        "_patience",
        "_reading",
        "_refused",
        "_rest",
        "_server",
        "_sizes",
        "_tail",
        "_tended",
        "_unread",
        "holds",
    )

    def __init__(self, server: Any, fast_response: FastResponse, parse_error: ParseErrorHandler) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(server, loop=loop, **OPTIONS)
        self._server: Shared = server
        self._fast_response = fast_response
        self._parse_error = parse_error
        self._begun = False
        self._chunked = False
        self._first_chunk = False
        self._first_line = True
        self._framing = 0
        self._left = 0
        self._reading = 0
        self._refused = False
        self._rest = b""
        self._sizes: deque[int] = deque()
        self._tail = b""
        self._head: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._tended: asyncio.TimerHandle | None = None
        self._newest: StreamReader = EMPTY_PAYLOAD
        self._patience: float | None = None
        self.holds = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Enable TCP keep-alive probes. Abort the connection if there are too many."""
        super().connection_made(transport)
        self._server.open += 1
        if self._server.open > self._server.most:
            cast(asyncio.Transport, transport).abort()
            return
        line = transport.get_extra_info("socket")
        if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
            for option, value in _PROBING:
                if hasattr(socket, option):
                    line.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        if not _BOUNDS_ITSELF:
            self._tended = self._loop.call_later(OPTIONS["keepalive_timeout"], self._end_silent)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Cancel all timers and release what the connection holds."""
        self._server.open -= 1
        self._server.taken(self)
        self._server.heads.release(self)
        for timer in (self._head, self._unread, self._tended):
            if timer is not None:
                timer.cancel()
        self._newest = EMPTY_PAYLOAD  # the body knows its connection
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse bytes, apply the limits, and answer a request that has a fast response."""
        if not KNOWS_AIOHTTP:
            super().data_received(data)
            return
        queued = len(self._messages)
        if (
            self._newest is EMPTY_PAYLOAD
            and not (queued or self._reading or self._rest or self._refused)
            and data.find(END) == len(data) - len(END)
            and VERSION in data
        ):
            # One head and nothing else, as polls are. One that is answered already changes none of the counts below.
            if self._take(data, True) and len(self._sizes) < 2:
                return
        else:
            self._take_pieces(data)
        if self._sizes or self._reading or self._rest or self._framing:
            self._count_heads(len(self._messages) - queued)
        if not _BOUNDS_ITSELF and len(self._messages) >= _QUEUE and self.transport is not None:
            self.transport.pause_reading()
            self._tend()

    def _take_pieces(self, data: bytes) -> None:
        """Parse bytes in pieces that complete one request each, until too many requests wait.

        The parser discards the requests that it found in a piece if it finds an error in the same piece.
        """
        if self._rest:
            data, self._rest = self._rest + data, b""
        start, size, pieces = 0, len(data), 0
        while not self._refused:
            if start < size and len(self._messages) >= _QUEUE:
                self._rest = data[start:]
                break
            end = self._end_of_piece(data, start)
            piece = data[start:end]
            if (self._first_line or not self._reading) and self._newest.is_eof():
                if VERSION in piece:
                    self._first_line = False
                else:
                    piece, self._rest = with_known_version(piece, begun=self._reading > 0)
                    self._first_line = b"\n" not in piece.lstrip(b"\r\n")
            if self._first_chunk and piece:
                self._first_chunk = False
                if _OVERSIZED.match(piece):
                    self._refuse_body(413)
                    break
            self._take(piece, pieces < _QUEUE)
            start, pieces = end, pieces + 1
            if start >= size:
                break

    def _end_of_piece(self, data: bytes, start: int) -> int:
        """Return where the body ends whose length is known, or the next head, or a piece of a body, or else `data`."""
        if self._left and not self._newest.is_eof():
            end = min(len(data), start + self._left)
            self._left -= end - start
            return end
        if not self._newest.is_eof():
            end = min(len(data), start + _BODY_PIECE)
            found = data.find(END, start, end)
            return end if found < 0 else found + len(END)
        found = data.find(END, start)
        return len(data) if found < 0 else found + len(END)

    def _take(self, data: bytes, may_respond: bool) -> bool:
        """Parse one piece, and bound its head in size and time.

        If `may_respond`, answer the request if it has a fast response. Return whether it was answered.
        """
        waiting, self._waiter = self._waiter, None  # the request loop stays asleep for a fast response
        body, count = self._newest, len(self._messages)
        taken = None if body.is_eof() else body.total_bytes
        try:
            super().data_received(data)
        finally:
            self._waiter = waiting
        size, of_body = self._reading + len(data), None
        if taken is not None:
            of_body = body.total_bytes - taken
            size -= min(len(data), of_body)
            is_framing = not (of_body or body.is_eof() or self._message_tail)
            self._framing = self._framing + len(data) if is_framing else 0
            if self._framing > http_limits.HEAD_BYTES:
                self._refuse_body(431)
                return False
        if len(self._messages) == count:
            if data and not self._message_tail:  # aiohttp keeps what follows an upgrade there
                self._reading = size if self._mind_head(data, count, False, of_body) else 0
            if self._reading > http_limits.HEAD_BYTES:
                self._refuse(431)
            return False
        self._begun = True
        self._reading = 0
        message, self._newest = self._messages[-1]
        if data:
            self._mind_head(data, count, True, of_body)
        self._refuse_bad_heads(count)
        if not isinstance(message, RawRequestMessage):
            self._take_error(None if taken is None or body.is_eof() else body)
        elif size > http_limits.HEAD_BYTES:
            self._messages.pop()
            self._refuse(431)
        elif self._newest is not EMPTY_PAYLOAD:
            self._left = int(message.headers.get("Content-Length", 0))
            self._first_chunk = message.chunked
        if waiting is not None and not waiting.done():
            if may_respond and self._respond_fast():
                return True
            waiting.set_result(None)
        self._sizes.extend([0] * (len(self._messages) - count - 1))
        self._sizes.append(size)
        return False

    def _take_error(self, unfinished: StreamReader | None) -> None:
        """Stop parsing after an error, which is the newest message.

        A request with an `unfinished` body gets one response: that of its handler if the handler has started.
        """
        self._stop_parsing()
        if unfinished is None:
            return
        error = self._messages.pop()
        if self._messages and self._messages[-1][1] is unfinished:
            self._messages[-1] = error
        else:
            unfinished.set_exception(web.RequestPayloadError("the body is broken"))

    def _refuse_body(self, status: int) -> None:
        """Refuse the body that is being read for what frames its chunks, and all that follows it.

        The status is for a request that has not begun. The handler of one that has begun answers.
        """
        self._messages.append((_ErrInfo(status, BadHttpMessage(""), ""), EMPTY_PAYLOAD))
        self._take_error(self._newest)

    def _stop_parsing(self) -> None:
        """Ignore all further bytes, and free the memory of the parser."""
        self._refused = True
        self._rest, self._reading, self._framing = b"", 0, 0
        setattr(self, _PARSER, None)

    def _refuse(self, status: int) -> None:
        """Refuse the head that is being read. Complete requests before it are still answered."""
        self._stop_parsing()
        if self._head is not None:
            self._head.cancel()
            self._head = None
        if not self._newest.is_eof():
            self._cut_off_body()
        self._messages.append((_ErrInfo(status, BadHttpMessage(""), ""), EMPTY_PAYLOAD))
        waiting = self._waiter
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def _count_heads(self, new: int) -> None:
        """Count the heads that this connection holds; refuse the `new` requests for which there is no memory."""
        heads = self._server.heads
        if heads.hold(self, self._held()):
            return
        self._stop_parsing()
        heads.hold(self, self._held())
        while new > 0 and heads.is_exceeded():
            self._messages.pop()
            self._sizes.pop()
            new -= 1
            heads.hold(self, self._held())
        self._refuse(503)

    def _held(self) -> int:
        """Return the bytes of the heads that this connection holds, and of those that wait to be parsed.

        The last request that was begun is held until the next one is.
        """
        while len(self._sizes) > len(self._messages) + 1:
            self._sizes.popleft()
        return sum(self._sizes) + self._reading + self._framing + len(self._rest)

    def free_heads(self) -> None:
        """Refuse the head or the trailers that are being read, or close a connection without a request."""
        if self._reading:
            self._refuse(503)
        elif self._framing:
            self._refuse_body(503)
        elif self._is_idle() and not self._rest and self.transport is not None:
            self.transport.close()
            self._sizes.clear()
        self._server.heads.hold(self, self._held())

    def _mind_head(self, data: bytes, count: int, came: bool, body: int | None) -> bool:
        """Start the timer of a head that begins at the end of `data`, and cancel that of a complete one.

        Return whether a head begins there. The messages from `count` on came with `data`, of which the first `body`
        bytes belong to the body of the message before, unless it is None.
        """
        if came and body is None and self._newest is EMPTY_PAYLOAD and data.endswith(END):
            unfinished = False
        else:
            unfinished = not self._begun or self._leaves_head(data, count, body)
        if self._head is not None and (came or not unfinished):
            self._head.cancel()
            self._head = None
        if unfinished and self._head is None:
            self._head = self._loop.call_later(http_limits.HEAD, self._refuse_head)
        goes_on = unfinished or (self._chunked and not self._newest.is_eof())
        self._tail = data[1 - len(END) :] if goes_on else b""
        return unfinished

    def _leaves_head(self, data: bytes, count: int, body: int | None) -> bool:
        heads = list(islice(self._messages, count, None))
        bodies: list[int | None] = [None] if body is not None and self._chunked else []
        for message, payload in heads:
            if not isinstance(message, RawRequestMessage) or message.upgrade:
                return False
            bodies.append(None if message.chunked else payload.total_bytes)
            self._chunked = message.chunked
        if not self._newest.is_eof():
            return False
        if self._tail:
            return leaves_head(self._tail + data, 0, bodies)
        return leaves_head(data, skipped(data, body or 0), bodies)

    def _refuse_bad_heads(self, count: int) -> None:
        """Replace messages from `count` on that aiohttp accepts and this server does not by errors."""
        for place in range(count, len(self._messages)):
            message = self._messages[place][0]
            if isinstance(message, RawRequestMessage) and (problem := problem_of(message)) is not None:
                status, error = problem
                self._messages[place] = (_ErrInfo(status, error, ""), EMPTY_PAYLOAD)

    def _respond_fast(self) -> bool:
        """Answer the only waiting request if it has a fast response. Return False to leave it to aiohttp."""
        message, payload = self._messages[0]
        if len(self._messages) > 1 or payload is not EMPTY_PAYLOAD or not isinstance(message, RawRequestMessage):
            return False
        if message.method != "GET" or message.should_close or message.upgrade or "Expect" in message.headers:
            return False
        transport, make, task = self.transport, self._request_factory, self._task_handler
        if self._paused or transport is None or make is None or task is None:
            return False
        request = cast(web.Request, make(message, payload, self, StreamWriter(self, self._loop), task))
        response = self._fast_response(request)
        if response is None:
            return False
        self._messages.popleft()
        if _BOUNDS_ITSELF:
            cast(Any, self._parser).message_consumed()
        transport.write(response.written(request))
        self._keepalive = True
        self._next_keepalive_close_time = self._loop.time() + http_limits.IDLE
        return True

    def pause_writing(self) -> None:
        """Start the timer of a client that does not read."""
        super().pause_writing()
        self._unread = self._loop.call_later(http_limits.UNREAD, self.give_up)
        if self.transport is not None:
            self._server.hold(self, self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Cancel the timer of a client that does not read."""
        if self._unread is not None:
            self._unread.cancel()
        self._server.taken(self)
        super().resume_writing()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio allows it
        """Keep a half-closed connection until its requests are answered.

        A client that is gone looks the same, so an exchange that waits on purpose ends the connection.
        """
        if self._patience is not None:
            return True
        if not KNOWS_AIOHTTP or self.transport is None or self.holds or self._is_idle():
            return None
        if not self._newest.is_eof():
            self._cut_off_body()
        self._patience = self._loop.time() + http_limits.HALF_CLOSED
        self._tend()
        return True

    def _cut_off_body(self) -> None:
        self._newest.set_exception(web.RequestPayloadError("the client has sent a part of the body only"))
        self._newest.feed_eof()

    def _end_silent(self) -> None:
        """Abort a connection without any bytes, which aiohttp before 3.14 keeps."""
        if not self._begun and self.transport is not None:
            self.transport.abort()

    def _is_idle(self) -> bool:
        """Return whether no request waits for a response."""
        waiting = self._waiter
        return not self._messages and waiting is not None and not waiting.done()

    def _is_answering(self) -> bool:
        """Return whether a part of the current response was sent."""
        request = self._current_request
        return request is None or request.writer.output_size > 0

    def _tend(self) -> None:
        """Close a half-closed connection once all requests are answered, and resume reading once few requests wait."""
        self._tended, transport = None, self.transport
        if transport is None:
            return
        if self._rest and len(self._messages) < _QUEUE // 2:
            self.data_received(b"")
            if self._tended is not None:
                return
        if self._patience is not None:
            late = self._loop.time() > self._patience and not self._is_answering()
            if late or self._is_idle():
                transport.close()
                return
        elif len(self._messages) < _QUEUE // 2:
            transport.resume_reading()
            return
        self._tended = self._loop.call_later(_TENDED, self._tend)

    def _refuse_head(self) -> None:
        self._head = None
        if self.transport is None:
            return
        if self._is_idle():
            self.transport.write(_TOO_LATE)
            self.force_close()
        else:
            self._head = self._loop.call_later(http_limits.HEAD, self._refuse_head)

    def give_up(self) -> None:
        """Reset the connection of a client that does not read."""
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Return the response to a request that was not parsed, or whose handler failed, and close the connection."""
        if isinstance(exc, ConnectionError):
            raise exc
        response = self._parse_error(request, status, exc)
        if exc is not None:
            clear_tracebacks(exc)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of another response was sent already")
        return response

    def log_exception(self, *args: Any, **more: Any) -> None:
        """Log that a connection failed, unless the client did not finish a body.

        The error's message is left out: it may repeat what the client sent.
        """
        error = more.get("exc_info") or sys.exception()
        if not isinstance(error, web.RequestPayloadError):
            logger.error("a connection failed: %s", place_of(error if isinstance(error, BaseException) else None))


@contextlib.contextmanager
def waiting_on_purpose(request: BaseRequest) -> Iterator[None]:
    """Close the connection during a deliberate wait as soon as the client half-closes it: the client may be gone."""
    connection = request.protocol
    if not isinstance(connection, Connection):
        yield
        return
    connection.holds += 1
    try:
        yield
    finally:
        connection.holds -= 1
