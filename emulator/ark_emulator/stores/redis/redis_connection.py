"""One pipelined connection to a Redis server, shared by all tasks of the process.

Responses arrive in the order of the commands, so a script that is sent after another one runs after it. No command is
retried: it may have been executed although its response was lost.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis import exceptions
from redis.asyncio.connection import AbstractConnection, Connection, parse_url

from ark_emulator.stores.store import Spoilt, StoreUnavailable, UnusableStore

CONNECT_TIMEOUT: Final = 1.0
"""Real seconds until an attempt to connect fails, the check of the server included."""
RESPONSE_TIMEOUT: Final = 2.0
"""Real seconds without a response after which the connection is closed."""
RETRY_PAUSE: Final = 0.25
"""Real seconds after a failed attempt to connect before the next one."""
_LOGIN: Final = "name and password are a part of the address: redis://name:password@host"
_TIMEOUT_CHECKS: Final = 8
"""How often the oldest pending response is checked during `RESPONSE_TIMEOUT`. A process that is itself slow checks less
often, so it does not mistake its own delay for that of the server."""
_TEMPORARY: Final = re.compile(r"\b(READONLY|MISCONF|OOM|NOREPLICAS|BUSY|UNBLOCKED|CLUSTERDOWN|MASTERDOWN|TRYAGAIN)\b")
_SPOILT: Final = re.compile(r"\bWRONGTYPE\b|\buser_script\b(?!.*\bNOPERM\b)")
"""The errors of a server whose keys hold something that a script does not expect."""
_TEMPORARY_ERRORS: Final = (
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
    exceptions.ClusterDownError,
    exceptions.TryAgainError,
)
"""The errors of a server that are temporary, by their code word or by the exception of the client library."""

Word = str | bytes | int
Ask = Callable[..., Awaitable[Any]]
Greet = Callable[[Ask], Awaitable[None]]
"""Runs first on every connection. It may raise UnusableStore."""


class Misfit(UnusableStore):
    """A command or script failed because of the stored data."""


class RedisConnection:
    """The connection to one server: connects at the first command, and again after the connection was lost.

    `address` is the URL without secrets.
    """

    def __init__(self, url: str, greet: Greet) -> None:
        self.address = _without_secrets(url)
        self._options = _options(url, self.address)
        self._greet = greet
        self._link: _Link | None = None
        self._connecting: asyncio.Task[_Link] | None = None
        self._failed: tuple[float, str] | None = None

    async def ask(self, *words: Word) -> Any:
        """Return the response to one command.

        Raises StoreUnavailable, or its subclass Spoilt when a key holds invalid data. Raises NoScriptError for a script
        that the server does not know.
        """
        link = self._link
        if link is None or link.ended:
            link = await self._reconnect_once()
        try:
            return await link.ask(*words)
        except Misfit as error:
            raise Spoilt(str(error)) from None
        except UnusableStore as error:  # the server was usable when the store was opened, and may be again
            raise StoreUnavailable(str(error)) from None

    def send(self, *words: Word) -> None:
        """Send a command if there is a connection, after all earlier ones, and ignore its response."""
        if self._link is not None and not self._link.ended:
            self._link.send(*words).add_done_callback(_ignore_result)

    async def open(self) -> None:
        """Connect now. Raises StoreUnavailable or UnusableStore."""
        self._link = await self._connect()

    async def close(self) -> None:
        """Disconnect. Pending commands raise StoreUnavailable."""
        if self._connecting is not None:
            self._connecting.cancel()
        if self._link is not None:
            await self._link.close(StoreUnavailable(f"{self.address} was left"))

    async def _reconnect_once(self) -> "_Link":
        """Return a new connection. Concurrent callers share one attempt."""
        now = asyncio.get_running_loop().time()
        if self._failed is not None and now < self._failed[0]:
            raise StoreUnavailable(self._failed[1])
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._reconnect())
        return await asyncio.shield(self._connecting)

    async def _reconnect(self) -> "_Link":
        try:
            self._link = await self._connect()
        except (StoreUnavailable, UnusableStore) as error:
            self._failed = (asyncio.get_running_loop().time() + RETRY_PAUSE, str(error))
            raise StoreUnavailable(str(error)) from None
        finally:
            self._connecting = None
        self._failed = None
        return self._link

    async def _connect(self) -> "_Link":
        kind: type[AbstractConnection] = self._options.get("connection_class", Connection)
        options = {name: value for name, value in self._options.items() if name != "connection_class"}
        try:
            connection = kind(**options, protocol=2, socket_timeout=None, socket_connect_timeout=CONNECT_TIMEOUT)
        except TypeError as error:
            raise UnusableStore(f"{self.address}: {error}") from None
        link = _Link(connection, self.address)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await connection.connect()  # type: ignore[no-untyped-call]
                link.start()
                await self._greet(link.ask)
        except BaseException as error:
            await link.close(StoreUnavailable(f"{self.address} did not let us in"))
            raise store_error(error, self.address, "cannot be reached") from None
        return link


class _Link:
    """One network connection, until it is lost."""

    def __init__(self, connection: AbstractConnection, address: str) -> None:
        self.ended = False
        self._connection = connection
        self._address = address
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._unsent: list[bytes] = []
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the tasks that send commands and receive responses."""
        self._tasks = [
            asyncio.create_task(self._until_it_ends(work)) for work in (self._send, self._receive, self._watch_timeouts)
        ]

    async def ask(self, *words: Word) -> Any:
        """Return the response to a command."""
        if self.ended:
            raise StoreUnavailable(f"{self._address} is gone")
        return await self.send(*words)

    def send(self, *words: Word) -> asyncio.Future[Any]:
        """Send a command, and return the future of its response."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._unsent += self._connection.pack_command(*words)
        self._waiting.append(answer)
        self._wake.set()
        return answer

    async def close(self, reason: StoreUnavailable) -> None:
        self._end(reason)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.disconnect(nowait=True)

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            unsent, self._unsent = self._unsent, []
            await self._connection.send_packed_command(unsent, check_health=False)

    async def _receive(self) -> None:
        while True:
            answer: Any
            try:
                answer = await self._connection.read_response()
            except exceptions.ResponseError as error:
                answer = store_error(error, self._address)
            waiting = self._waiting.popleft()
            if waiting.done():  # the caller was cancelled
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)

    async def _watch_timeouts(self) -> None:
        oldest, seen = None, 0
        while seen < _TIMEOUT_CHECKS:
            await asyncio.sleep(RESPONSE_TIMEOUT / _TIMEOUT_CHECKS)
            first = self._waiting[0] if self._waiting else None
            oldest, seen = first, seen + 1 if first is not None and first is oldest else 0
        raise TimeoutError

    async def _until_it_ends(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            self._end(store_error(error, self._address))
            await self._connection.disconnect(nowait=True)

    def _end(self, reason: BaseException) -> None:
        if self.ended:
            return
        self.ended = True
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(type(reason)(*reason.args))
        self._waiting.clear()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()


def _ignore_result(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()


def store_error(error: BaseException, address: str, lost: str = "is gone") -> BaseException:
    """Convert an error of the client library to StoreUnavailable or UnusableStore; others are returned unchanged.

    `lost` describes the server in the message for a network error.
    """
    words = " ".join(str(error).split())
    meant: BaseException = error
    match error:
        case exceptions.NoScriptError():
            pass
        case exceptions.AuthenticationError() | exceptions.AuthorizationError():
            meant = UnusableStore(f"{address} does not let us in: {words} ({_LOGIN})")
        case exceptions.InvalidResponse():
            meant = UnusableStore(f"what answers at {address} does not speak as Redis does")
        case TimeoutError() | exceptions.TimeoutError():
            meant = StoreUnavailable(f"{address} does not answer")
        case exceptions.ResponseError() if not isinstance(error, _TEMPORARY_ERRORS) and not _TEMPORARY.search(words):
            kind = Misfit if _SPOILT.search(words) else UnusableStore
            meant = kind(f"{address} cannot be used: {words}")
        case exceptions.RedisError() | OSError():
            meant = StoreUnavailable(f"{address} {lost}: {words}")
    return meant


def _options(url: str, address: str) -> dict[str, Any]:
    """Return the connection options of a URL. Raises UnusableStore."""
    try:
        return dict(parse_url(url))
    except ValueError as error:
        raise UnusableStore(f"{address} is no address of a store: {error}") from None


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name not in ("username", "password")])
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))
