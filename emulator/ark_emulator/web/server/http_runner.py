"""The aiohttp runner of the server: makes a `Connection` for every client, and bounds the time of a shutdown."""

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
    """The handler of all requests. `fast_response` has no effect where it returns None."""

    async def __call__(self, request: web.Request) -> Any:
        """Return the response to a request, which aiohttp can send."""

    def fast_response(self, request: web.Request) -> WritableResponse | None:
        """Return the same response if it is available without waiting, else None."""


GRACE: Final = 2.5
"""Real seconds that exchanges in flight have to finish after the start of a shutdown."""
_REST: Final = 0.5
"""Real seconds that cancelled exchanges have to finish; aiohttp waits so long twice."""


class Runner(web.AppRunner):
    """Serve an application whose requests `handle` answers in place of aiohttp's routes.

    `parse_error` returns the response to a request that `handle` does not answer. Bodies are not decompressed.
    """

    def __init__(self, app: web.Application, handle: Handler, parse_error: ParseErrorHandler) -> None:
        super().__init__(app, handle_signals=False, shutdown_timeout=_REST)
        self._handle = handle
        self._parse_error = parse_error
        self._busy: set[asyncio.Task[Any]] = set()

    async def shutdown(self) -> None:
        """Shut the application down, wait for exchanges in flight, and cancel those that take too long."""
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
            except web.HTTPException as error:
                return self._parse_error(request, error.status, error)

        return _Server(handled, handle.fast_response, made.request_factory, self._parse_error)


class _Server(web.Server):
    """Make a `Connection` for every client."""

    def __init__(self, handle: Any, fast_response: FastResponse, make: Any, parse_error: ParseErrorHandler) -> None:
        super().__init__(handle, request_factory=make, handler_cancellation=True)
        self._parse_error = parse_error
        self._fast_response = fast_response
        self.open = 0
        self.most = most_connections()
        self.heads = HeadMemory()
        self._unread: dict[Connection, int] = {}
        self._held = 0

    def __call__(self) -> RequestHandler:
        return Connection(self, self._fast_response, self._parse_error)

    def hold(self, connection: "Connection", size: int) -> None:
        """Count the bytes that a client has not read, and reset the slowest clients if the sum is too large."""
        self._unread[connection] = size
        self._held += size
        while self._held > http_limits.UNREAD_BYTES and len(self._unread) > 1:
            longest = next(iter(self._unread))
            self.taken(longest)
            longest.give_up()

    def taken(self, connection: "Connection") -> None:
        """Stop counting the unread bytes of a client."""
        self._held -= self._unread.pop(connection, 0)


def take_more_files() -> None:
    """Raise the limit on open files to `http_limits.FILES`, or to the hard limit if that is lower."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = http_limits.FILES if hard == resource.RLIM_INFINITY else min(http_limits.FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # some systems have yet another limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """Return the most connections at a time that leave `http_limits.SPARE` of the open files to the rest."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(soft - http_limits.SPARE, soft // 2)
