"""HTTP as aiohttp speaks it, with our words wherever it would use its own, and with an end that is in sight.

What aiohttp says by itself repeats what was sent, keys included, and prints stack traces of it.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias, cast

from aiohttp import web
from aiohttp.http import RawRequestMessage, StreamWriter
from aiohttp.http_exceptions import InvalidURLError
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler, _ErrInfo
from aiohttp.web_request import BaseRequest

from emulator.runtime.tracebacks import forget
from emulator.web import bounds


class Written(Protocol):
    """An answer that is complete, so that it can be written at once."""

    keep_alive: bool

    def written(self, request: BaseRequest) -> bytes:
        """Head and body of the answer to a request."""


class Handler(Protocol):
    """What answers requests. `at_once` does it without waiting for anything, where it can: it has no effect else."""

    async def __call__(self, request: web.Request) -> Any:
        """The response to a request, which aiohttp can send."""

    def at_once(self, request: web.Request) -> Written | None:
        """The same response if it is complete by now, or None."""


AtOnce: TypeAlias = Callable[[web.Request], Written | None]
Tell: TypeAlias = Callable[[BaseRequest, int, BaseException | None], web.Response]
"""The answer to a request that no handler has answered, by its status and the error behind it, if there is one."""

GRACE: Final = 2.5
"""Real seconds that exchanges in flight have to finish after a stop was asked for."""
_REST: Final = 0.5
"""Real seconds that those which did not finish have to come to their end; aiohttp waits so long twice."""

_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "access_log": None,
        "auto_decompress": False,
        "keepalive_timeout": bounds.IDLE,
        "max_line_size": bounds.LINE,
        "max_field_size": bounds.LINE,
        "max_headers": bounds.HEADERS,
    }
)
_PROBING: Final = (("TCP_KEEPIDLE", bounds.PROBED), ("TCP_KEEPINTVL", bounds.BETWEEN), ("TCP_KEEPCNT", bounds.PROBES))
_TOO_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Runner(web.AppRunner):
    """Serves an application, whose requests `handle` answers in place of aiohttp's routes.

    What it does not answer, `tell` does. Bodies arrive as they were sent, packed or not.
    """

    def __init__(self, app: web.Application, handle: Handler, tell: Tell) -> None:
        super().__init__(app, handle_signals=False, shutdown_timeout=_REST)
        self._handle = handle
        self._tell = tell
        self._busy: set[asyncio.Task[Any]] = set()

    async def shutdown(self) -> None:
        """Tell the application of the end, let exchanges in flight finish, and end those that do not in time."""
        await super().shutdown()
        for grace in (GRACE, _REST):
            if self._busy:
                await asyncio.wait(self._busy, timeout=grace)
            for task in self._busy:
                task.cancel()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        handle = self._handle

        async def handled(request: web.Request) -> Any:
            task = asyncio.current_task()
            if task is not None:
                self._busy.add(task)
                task.add_done_callback(self._busy.discard)
            try:
                return await handle(request)
            except web.HTTPException as refused:
                return self._tell(request, refused.status, refused)

        return _Server(handled, handle.at_once, made.request_factory, self._tell)


class _Server(web.Server):
    """Makes a protocol of ours for every connection."""

    def __init__(self, handle: Any, at_once: AtOnce, make: Any, tell: Tell) -> None:
        super().__init__(handle, request_factory=make, handler_cancellation=True)
        self._tell = tell
        self._at_once = at_once
        self.open = 0
        self.most = most_connections()
        self._unread: dict[_Connection, int] = {}
        self._held = 0

    def __call__(self) -> RequestHandler:
        return _Connection(self, self._at_once, self._tell)

    def hold(self, connection: "_Connection", size: int) -> None:
        """Count what a client has not taken yet, and reset those that took nothing for longest if it is too much."""
        self._unread[connection] = size
        self._held += size
        while self._held > bounds.UNREAD_BYTES and len(self._unread) > 1:
            longest = next(iter(self._unread))
            self.taken(longest)
            longest.give_up()

    def taken(self, connection: "_Connection") -> None:
        """Count no longer what a client had not taken."""
        self._held -= self._unread.pop(connection, 0)


class _Connection(RequestHandler):
    """One client's connection. It ends when a head does not come to its end, or nobody takes what is sent.

    What can be answered at once is, as it comes in. aiohttp makes a task for every request, and wakes up twice for it,
    which takes as long as all the rest; that is for those that have to wait for something.
    """

    __slots__ = ("_at_once", "_begun", "_head", "_server", "_tell", "_unread")

    def __init__(self, server: _Server, at_once: AtOnce, tell: Tell) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(server, loop=loop, **_OPTIONS)
        self._server = server
        self._at_once = at_once
        self._tell = tell
        self._begun = False
        self._head: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

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

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget what was waited for."""
        self._server.open -= 1
        self._server.taken(self)
        for timer in (self._head, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, answer what can be answered at once, and mind how long a head takes."""
        waiting, self._waiter = self._waiter, None  # nobody is woken by what is answered here
        try:
            super().data_received(data)
        finally:
            self._waiter = waiting
        came = bool(self._messages)
        if came:
            self._begun = True
            self._refuse_no_address()
        if came and waiting is not None and not waiting.done() and not self._answered_at_once():
            waiting.set_result(None)
        if came or (self._begun and (waiting is None or waiting.done())):
            if self._head is not None:
                self._head.cancel()
                self._head = None
        elif self._head is None:
            self._head = self._loop.call_later(bounds.HEAD, self._refuse_head)

    def _refuse_no_address(self) -> None:
        """Have refused what names a host that there cannot be: aiohttp looks at it only where nobody catches errors."""
        for place, (message, _) in enumerate(self._messages):
            if isinstance(message, RawRequestMessage) and not message.path.startswith("/"):
                try:
                    _ = message.url.host
                except ValueError as error:
                    refused = InvalidURLError(str(error))
                    self._messages[place] = (_ErrInfo(400, refused, "no address"), EMPTY_PAYLOAD)

    def _answered_at_once(self) -> bool:
        """Answer the only request there is, if nothing has to be waited for; False when it is left to aiohttp."""
        message, payload = self._messages[0]
        if len(self._messages) > 1 or payload is not EMPTY_PAYLOAD or not isinstance(message, RawRequestMessage):
            return False
        if message.method != "GET" or message.should_close or message.upgrade or "Expect" in message.headers:
            return False
        transport, make, task = self.transport, self._request_factory, self._task_handler
        if self._paused or transport is None or self._parser is None or make is None or task is None:
            return False
        request = cast(web.Request, make(message, payload, self, StreamWriter(self, self._loop), task))
        answer = self._at_once(request)
        if answer is None:
            return False
        self._messages.popleft()
        self._parser.message_consumed()
        transport.write(answer.written(request))
        self._keepalive = True
        self._next_keepalive_close_time = self._loop.time() + bounds.IDLE
        return True

    def pause_writing(self) -> None:
        """Mind how long nobody takes what is sent."""
        super().pause_writing()
        self._unread = self._loop.call_later(bounds.UNREAD, self.give_up)
        if self.transport is not None:
            self._server.hold(self, self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Go on: it was taken."""
        if self._unread is not None:
            self._unread.cancel()
        self._server.taken(self)
        super().resume_writing()

    def _refuse_head(self) -> None:
        self._head = None
        waiting = self._waiter
        if self.transport is not None and waiting is not None and not waiting.done():
            self.transport.write(_TOO_LATE)
            self.force_close()

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
        """Note on one line that something went wrong with the connection."""
        sys.stderr.write(f"ark-emulator: a connection failed: {place_of(more.get('exc_info') or sys.exception())}\n")


def place_of(error: object) -> str:
    """What an error is and where it arose; its own words may repeat what a client sent, so they are left out."""
    trace = getattr(error, "__traceback__", None)
    if trace is None:
        return type(error).__name__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{type(error).__name__} in {trace.tb_frame.f_code.co_qualname}, line {trace.tb_lineno}"


def take_more_files() -> None:
    """Have the system allow this program as many open files as `bounds.FILES`, or as it ever may have."""
    try:
        import resource
    except ImportError:  # where a program may open as many as it likes
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = bounds.FILES if hard == resource.RLIM_INFINITY else min(bounds.FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # some systems have yet another limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """How many connections there may be at a time, so that some of the files that may be open are left for others."""
    try:
        import resource
    except ImportError:  # where a program may open as many as it likes
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(soft - bounds.SPARE, soft // 2)
