"""One connection to a Redis server that everybody shares: what is asked while others wait goes along with them.

Answers come in the order of the questions, so a script that was sent after another runs after it. Nothing is tried
twice: what was asked may have been done although the answer is lost.
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

CONNECTING: Final = 1.0
"""Real seconds that a connection may take, greetings included."""
ANSWERING: Final = 2.0
"""Real seconds that an answer may take; then the connection is given up."""
QUIET: Final = 0.25
"""Real seconds after a failed connection in which nobody tries again."""
_LOGIN: Final = "name and password are a part of the address: redis://name:password@host"
_LOOKS: Final = 8
"""How often it is looked, in that time, whether the oldest answer has come. A busy process looks rarely, and so does
not take its own slowness for the server's."""
_PASSING: Final = re.compile(r"\b(READONLY|MISCONF|OOM|NOREPLICAS|BUSY|UNBLOCKED|CLUSTERDOWN|MASTERDOWN|TRYAGAIN)\b")
_SPOILT: Final = re.compile(r"\bWRONGTYPE\b|\buser_script\b(?!.*\bNOPERM\b)")
"""What a server answers when a key holds something else than a script of ours expects."""
_PASSES: Final = (
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
    exceptions.ClusterDownError,
    exceptions.TryAgainError,
)
"""What a server answers that will be well again some day, by its word or by what the client makes of it."""

Word = str | bytes | int
Ask = Callable[..., Awaitable[Any]]
Greet = Callable[[Ask], Awaitable[None]]
"""What is said first on every connection. It may raise Unfit."""


class Misfit(UnusableStore):
    """A command or script failed at what is stored there."""


class RedisConnection:
    """The way to the server at an address: connects when first asked, and again after the connection was lost.

    `address` is the URL without what is secret.
    """

    def __init__(self, url: str, greet: Greet) -> None:
        self.address = _without_secrets(url)
        self._options = _options(url, self.address)
        self._greet = greet
        self._link: _Link | None = None
        self._connecting: asyncio.Task[_Link] | None = None
        self._failed: tuple[float, str] | None = None

    async def ask(self, *words: Word) -> Any:
        """Return the answer to one command.

        Raises StoreGone, which is Spoilt where a key holds what this store does not write, and NoScriptError for a
        script that is not known.
        """
        link = self._link
        if link is None or link.ended:
            link = await self._linked()
        try:
            return await link.ask(*words)
        except Misfit as error:
            raise Spoilt(str(error)) from None
        except UnusableStore as error:  # it was fit when it was opened, and may be again
            raise StoreUnavailable(str(error)) from None

    def send(self, *words: Word) -> None:
        """Send a command after those that were asked before, if there is a connection; the answer does not matter."""
        if self._link is not None and not self._link.ended:
            self._link.send(*words).add_done_callback(_passed_over)

    async def open(self) -> None:
        """Connect now. Raises StoreGone or Unfit."""
        self._link = await self._connected()

    async def close(self) -> None:
        """Disconnect; who still waits for an answer hears that the store is gone."""
        if self._connecting is not None:
            self._connecting.cancel()
        if self._link is not None:
            await self._link.close(StoreUnavailable(f"{self.address} was left"))

    async def _linked(self) -> "_Link":
        """A new connection, made once however many wait for it."""
        now = asyncio.get_running_loop().time()
        if self._failed is not None and now < self._failed[0]:
            raise StoreUnavailable(self._failed[1])
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._reconnected())
        return await asyncio.shield(self._connecting)

    async def _reconnected(self) -> "_Link":
        try:
            self._link = await self._connected()
        except (StoreUnavailable, UnusableStore) as error:
            self._failed = (asyncio.get_running_loop().time() + QUIET, str(error))
            raise StoreUnavailable(str(error)) from None
        finally:
            self._connecting = None
        self._failed = None
        return self._link

    async def _connected(self) -> "_Link":
        kind: type[AbstractConnection] = self._options.get("connection_class", Connection)
        options = {name: value for name, value in self._options.items() if name != "connection_class"}
        try:
            connection = kind(**options, protocol=2, socket_timeout=None, socket_connect_timeout=CONNECTING)
        except TypeError as error:
            raise UnusableStore(f"{self.address}: {error}") from None
        link = _Link(connection, self.address)
        try:
            async with asyncio.timeout(CONNECTING):
                await connection.connect()  # type: ignore[no-untyped-call]
                link.start()
                await self._greet(link.ask)
        except BaseException as error:
            await link.close(StoreUnavailable(f"{self.address} did not let us in"))
            raise store_error(error, self.address, "cannot be reached") from None
        return link


class _Link:
    """A connection while it lasts."""

    def __init__(self, connection: AbstractConnection, address: str) -> None:
        self.ended = False
        self._connection = connection
        self._address = address
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._unsent: list[bytes] = []
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to carry questions and answers."""
        self._tasks = [asyncio.create_task(self._until_it_ends(work)) for work in (self._send, self._take, self._watch)]

    async def ask(self, *words: Word) -> Any:
        """The answer to a command."""
        if self.ended:
            raise StoreUnavailable(f"{self._address} is gone")
        return await self.send(*words)

    def send(self, *words: Word) -> asyncio.Future[Any]:
        """What will be the answer to a command."""
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

    async def _take(self) -> None:
        while True:
            answer: Any
            try:
                answer = await self._connection.read_response()
            except exceptions.ResponseError as error:
                answer = store_error(error, self._address)
            waiting = self._waiting.popleft()
            if waiting.done():  # whoever asked has gone away
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)

    async def _watch(self) -> None:
        oldest, seen = None, 0
        while seen < _LOOKS:
            await asyncio.sleep(ANSWERING / _LOOKS)
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


def _passed_over(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()


def store_error(error: BaseException, address: str, lost: str = "is gone") -> BaseException:
    """What an error of the client's means to us: StoreGone, Unfit, or itself. `lost` says what became of the server."""
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
        case exceptions.ResponseError() if not isinstance(error, _PASSES) and not _PASSING.search(words):
            kind = Misfit if _SPOILT.search(words) else UnusableStore
            meant = kind(f"{address} cannot be used: {words}")
        case exceptions.RedisError() | OSError():
            meant = StoreUnavailable(f"{address} {lost}: {words}")
    return meant


def _options(url: str, address: str) -> dict[str, Any]:
    """What the client makes of a URL. Raises Unfit."""
    try:
        return dict(parse_url(url))
    except ValueError as error:
        raise UnusableStore(f"{address} is no address of a store: {error}") from None


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name not in ("username", "password")])
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))
