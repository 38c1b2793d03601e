"""The server: makes a connection of ours for every client, and ends in sight."""

import asyncio
import contextlib
import sys
from typing import Any, Final, Protocol

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from ark_emulator.web.server import http_limits
from ark_emulator.web.server.connection import Connection, FastResponse, ParseErrorHandler, WritableResponse
from ark_emulator.web.server.head_memory import HeadMemory


class Handler(Protocol):
    """What answers requests. `at_once` does it without waiting for anything, where it can: it has no effect else."""

    async def __call__(self, request: web.Request) -> Any:
        """The response to a request, which aiohttp can send."""

    def fast_response(self, request: web.Request) -> WritableResponse | None:
        """The same response if it is complete by now, or None."""


GRACE: Final = 2.5
"""Real seconds that exchanges in flight have to finish after a stop was asked for."""
_REST: Final = 0.5
"""Real seconds that those which did not finish have to come to their end; aiohttp waits so long twice."""


class Runner(web.AppRunner):
    """Serves an application, whose requests `handle` answers in place of aiohttp's routes.

    What it does not answer, `tell` does. Bodies arrive as they were sent, packed or not.
    """

    def __init__(self, app: web.Application, handle: Handler, tell: ParseErrorHandler) -> None:
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

        return _Server(handled, handle.fast_response, made.request_factory, self._tell)


class _Server(web.Server):
    """Makes a protocol of ours for every connection."""

    def __init__(self, handle: Any, fast_response: FastResponse, make: Any, tell: ParseErrorHandler) -> None:
        super().__init__(handle, request_factory=make, handler_cancellation=True)
        self._tell = tell
        self._fast_response = fast_response
        self.open = 0
        self.most = most_connections()
        self.heads = HeadMemory()
        self._unread: dict[Connection, int] = {}
        self._held = 0

    def __call__(self) -> RequestHandler:
        return Connection(self, self._fast_response, self._tell)

    def hold(self, connection: "Connection", size: int) -> None:
        """Count what a client has not taken yet, and reset those that took nothing for longest if it is too much."""
        self._unread[connection] = size
        self._held += size
        while self._held > http_limits.UNREAD_BYTES and len(self._unread) > 1:
            longest = next(iter(self._unread))
            self.taken(longest)
            longest.give_up()

    def taken(self, connection: "Connection") -> None:
        """Count no longer what a client had not taken."""
        self._held -= self._unread.pop(connection, 0)


def take_more_files() -> None:
    """Have the system allow this program as many open files as `bounds.FILES`, or as it ever may have."""
    try:
        import resource
    except ImportError:  # where a program may open as many as it likes
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = http_limits.FILES if hard == resource.RLIM_INFINITY else min(http_limits.FILES, hard)
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
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(soft - http_limits.SPARE, soft // 2)
