"""HTTP as aiohttp speaks it, with our words wherever it would use its own, and with an end that is in sight.

What aiohttp says by itself repeats what was sent, keys included, and prints stack traces of it.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

Tell: TypeAlias = Callable[[BaseRequest, int, BaseException | None], web.Response]
"""The answer to a request that no handler has answered, by its status and the error behind it, if there is one."""

GRACE: Final = 2.5
"""Real seconds that exchanges in flight have to finish after a stop was asked for."""
_REST: Final = 0.5
"""Real seconds that those which did not finish have to come to their end; aiohttp waits so long twice."""

_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({"access_log": None, "auto_decompress": False})


class Runner(web.AppRunner):
    """Serves an application. What no handler answers, `tell` does; bodies arrive as they were sent, packed or not."""

    def __init__(self, app: web.Application, tell: Tell) -> None:
        super().__init__(app, handle_signals=False, shutdown_timeout=_REST)
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
        handle = made.request_handler

        async def handled(request: BaseRequest) -> web.StreamResponse:
            task = asyncio.current_task()
            if task is not None:
                self._busy.add(task)
                task.add_done_callback(self._busy.discard)
            try:
                return await handle(request)
            except web.HTTPException as refused:
                return self._tell(request, refused.status, refused)

        return _Server(handled, made.request_factory, self._tell)


class _Server(web.Server):
    """Makes a protocol of ours for every connection."""

    def __init__(self, handle: Callable[[BaseRequest], Awaitable[web.StreamResponse]], make: Any, tell: Tell) -> None:
        super().__init__(handle, request_factory=make, handler_cancellation=True)
        self._tell = tell

    def __call__(self) -> RequestHandler:
        return _Connection(self, self._tell)


class _Connection(RequestHandler):
    __slots__ = ("_tell",)

    def __init__(self, server: web.Server, tell: Tell) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(server, loop=loop, **_OPTIONS)
        self._tell = tell

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what could not be parsed, or what a handler failed at; the connection ends with it."""
        if isinstance(exc, ConnectionError):
            raise exc
        answer = self._tell(request, status, exc)
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
