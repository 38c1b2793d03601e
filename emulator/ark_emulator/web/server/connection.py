"""One connection: HTTP as aiohttp speaks it, with our words and our limits.

What aiohttp says by itself repeats what was sent, keys included, and prints stack traces of it. All uses of its private
names are here; where it has others, requests are answered through its public interface.
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
from ark_emulator.runtime.common.tracebacks import forget, place_of
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
    """An answer that is complete, so that it can be written at once."""

    keep_alive: bool

    def written(self, request: BaseRequest) -> bytes:
        """Head and body of the answer to a request."""


AtOnce: TypeAlias = Callable[[web.Request], WritableResponse | None]
ParseErrorHandler: TypeAlias = Callable[[BaseRequest, int, BaseException | None], web.Response]
"""The answer to a request that no handler has answered, by its status and the error behind it, if there is one."""

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
"""Whether aiohttp is built inside as all versions that pyproject.toml allows are. Where it is not, requests are
answered through its public interface alone: not at once, and without the limits that this interface has no place for
(the time for a head, its version, half-closed connections)."""
_BOUNDS_ITSELF: Final = hasattr(RequestHandler, "_max_msg_queue_size")
"""Whether aiohttp itself stops reading when many requests wait on one connection, and ends one without any (3.14)."""
_QUEUE: Final = 32
"""Requests that wait on one connection, at which reading from it stops where aiohttp does not see to it."""
_BODY_PIECE: Final = 16 * 1024
"""Bytes of a body in chunks that are parsed at once. Trailers in the same piece as a chunk are not counted."""
_OVERSIZED: Final = re.compile(rb"0*[1-9A-Fa-f][0-9A-Fa-f]{8,}[ \t;\r]")
"""The size of a chunk that is larger than any body may be."""
_PARSER: Final = "_parser" if STRICT else "_request_parser"
"""Where aiohttp keeps the parser of a connection."""
_TENDED: Final = 0.01
"""Real seconds after which a connection that will end, or is not read from, is looked at again."""

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
    """What the connections of one server share."""

    open: int
    most: int
    heads: HeadMemory

    def hold(self, connection: "Connection", size: int) -> None:
        """Count what a client has not taken yet."""

    def taken(self, connection: "Connection") -> None:
        """Count no longer what a client had not taken."""


class Connection(RequestHandler):
    """One client's connection. It ends when a head does not come to its end, or nobody takes what is sent.

    What can be answered at once is, as it comes in. aiohttp makes a task for every request, and wakes up twice for it,
    which takes as long as all the rest; that is for those that have to wait for something.
    """

    __slots__ = (
        "_at_once",
        "_begun",
        "_chunked",
        "_first_chunk",
        "_first_line",
        "_framing",
        "_head",
        "_left",
        "_newest",
        "_patience",
        "_reading",
        "_refused",
        "_rest",
        "_server",
        "_sizes",
        "_tail",
        "_tell",
        "_tended",
        "_unread",
        "holds",
    )

    def __init__(self, server: Any, at_once: AtOnce, tell: ParseErrorHandler) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(server, loop=loop, **OPTIONS)
        self._server: Shared = server
        self._at_once = at_once
        self._tell = tell
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
        """Have it watched by the system too; refuse it when there are too many."""
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
        """Forget what was waited for."""
        self._server.open -= 1
        self._server.taken(self)
        self._server.heads.release(self)
        for timer in (self._head, self._unread, self._tended):
            if timer is not None:
                timer.cancel()
        self._newest = EMPTY_PAYLOAD  # the body knows its connection
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, bound it, and answer what can be answered at once."""
        if not KNOWS_AIOHTTP:
            super().data_received(data)
            return
        queued = len(self._messages)
        if (
            self._newest is EMPTY_PAYLOAD
            and data.find(END) == len(data) - len(END)
            and VERSION in data
            and not (queued or self._reading or self._rest or self._refused)
        ):
            self._take(data, True)  # one head and nothing else, as polls are
        else:
            self._take_pieces(data)
        if self._sizes or self._reading or self._rest or self._framing:
            self._count_heads(len(self._messages) - queued)
        if not _BOUNDS_ITSELF and len(self._messages) >= _QUEUE and self.transport is not None:
            self.transport.pause_reading()
            self._tend()

    def _take_pieces(self, data: bytes) -> None:
        """Parse what came in pieces that complete one request each, as long as there is room for requests.

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

    def _take(self, data: bytes, at_once: bool) -> None:
        """Parse one piece, bound its head in size and time, and answer it if `at_once` and that is possible."""
        waiting, self._waiter = self._waiter, None  # nobody is woken by what is answered here
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
                return
        if len(self._messages) == count:
            if data and not self._message_tail:  # aiohttp keeps what follows an upgrade there
                self._reading = size if self._mind_head(data, count, False, of_body) else 0
            if self._reading > http_limits.HEAD_BYTES:
                self._refuse(431)
            return
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
            if at_once and self._answered_at_once():
                return
            waiting.set_result(None)
        self._sizes.extend([0] * (len(self._messages) - count - 1))
        self._sizes.append(size)

    def _take_error(self, unfinished: StreamReader | None) -> None:
        """Stop parsing: the newest message is an error.

        If it is in an `unfinished` body, its request gets one answer: that of its handler if that has begun.
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
        """Ignore all that comes from now on, and free what the parser holds."""
        self._refused = True
        self._rest, self._reading, self._framing = b"", 0, 0
        setattr(self, _PARSER, None)

    def _refuse(self, status: int) -> None:
        """Refuse the head that is being read, and all that follows it, after the requests that are complete."""
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
        """Start the time for a head whose beginning is at the end of `data`, and stop that for one that is complete.

        Return whether there is such a beginning.

        Messages from the one at `count` on came with it. Where the body of the one before was not complete yet, so many
        bytes of `data` belong to that `body`.
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
        """Have refused what aiohttp takes and this server does not, of the messages from that at `count` on."""
        for place in range(count, len(self._messages)):
            message = self._messages[place][0]
            if isinstance(message, RawRequestMessage) and (problem := problem_of(message)) is not None:
                status, error = problem
                self._messages[place] = (_ErrInfo(status, error, ""), EMPTY_PAYLOAD)

    def _answered_at_once(self) -> bool:
        """Answer the only request there is, if nothing has to be waited for; False when it is left to aiohttp."""
        message, payload = self._messages[0]
        if len(self._messages) > 1 or payload is not EMPTY_PAYLOAD or not isinstance(message, RawRequestMessage):
            return False
        if message.method != "GET" or message.should_close or message.upgrade or "Expect" in message.headers:
            return False
        transport, make, task = self.transport, self._request_factory, self._task_handler
        if self._paused or transport is None or make is None or task is None:
            return False
        request = cast(web.Request, make(message, payload, self, StreamWriter(self, self._loop), task))
        answer = self._at_once(request)
        if answer is None:
            return False
        self._messages.popleft()
        if _BOUNDS_ITSELF:
            cast(Any, self._parser).message_consumed()
        transport.write(answer.written(request))
        self._keepalive = True
        self._next_keepalive_close_time = self._loop.time() + http_limits.IDLE
        return True

    def pause_writing(self) -> None:
        """Mind how long nobody takes what is sent."""
        super().pause_writing()
        self._unread = self._loop.call_later(http_limits.UNREAD, self.give_up)
        if self.transport is not None:
            self._server.hold(self, self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Go on: it was taken."""
        if self._unread is not None:
            self._unread.cancel()
        self._server.taken(self)
        super().resume_writing()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio allows it
        """Keep the connection for the answers to what was asked: the client has only said that nothing more comes.

        A client that is gone altogether says the same. So an exchange that waits on purpose ends with it.
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
        """End a connection over which nothing ever came: before 3.14 aiohttp does not."""
        if not self._begun and self.transport is not None:
            self.transport.abort()

    def _is_idle(self) -> bool:
        """Whether there is no request to be answered."""
        waiting = self._waiter
        return not self._messages and waiting is not None and not waiting.done()

    def _is_answering(self) -> bool:
        """Whether a part of the answer to the present request was sent already."""
        request = self._current_request
        return request is None or request.writer.output_size > 0

    def _tend(self) -> None:
        """End a half-closed connection as soon as everything is answered, and read on as soon as there is room."""
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
        """Reset the connection: its client takes nothing of what is sent."""
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what could not be parsed, or what a handler failed at; the connection ends with it."""
        if isinstance(exc, ConnectionError):
            raise exc
        answer = self._tell(request, status, exc)
        if exc is not None:
            forget(exc)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of another answer has been sent already")
        return answer

    def log_exception(self, *args: Any, **more: Any) -> None:
        """Log that a connection failed, unless the client broke off a body.

        The error's message is left out: it may repeat what the client sent.
        """
        error = more.get("exc_info") or sys.exception()
        if not isinstance(error, web.RequestPayloadError):
            logger.error("a connection failed: %s", place_of(error if isinstance(error, BaseException) else None))


@contextlib.contextmanager
def waiting_on_purpose(request: BaseRequest) -> Iterator[None]:
    """Let the exchange end with its client's side of the connection: nobody may be there when the wait is over."""
    connection = request.protocol
    if not isinstance(connection, Connection):
        yield
        return
    connection.holds += 1
    try:
        yield
    finally:
        connection.holds -= 1
