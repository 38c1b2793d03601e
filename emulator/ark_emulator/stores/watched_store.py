"""A store that knows whether it can be read and written, by what came of the calls that were made to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from struct import error as StructError
from typing import Final, TypeVar

from ark_emulator.log import logger
from ark_emulator.stores.store import Commit, Contents, Damaged, Puts, Spoilt, Store, StoreUnavailable

Result = TypeVar("Result")
GARBAGE: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, StructError)
"""What decoding raises when stored bytes are not what this store writes."""


NONSENSE: Final = (*GARBAGE, Spoilt)
"""What a call to a store raises when something stored makes no sense."""
COMMITS: Final = "what a commit goes by"
CHANGES: Final = "the list of changes"
PROCESSES: Final = "the list of processes"
"""Parts of a store beside the records of its spaces, as messages name them."""


class StoreHealth:
    """Whether the store works. It is `well` until a call fails, and again once a call of the same kind went through.

    Reads and writes are apart: a full disk or a read-only replica can be read. Each outage is logged once, however many
    requests meet it, and so is its end. `on_write_failed` is called when a write failed.
    """

    def __init__(self, on_write_failed: Callable[[], None]) -> None:
        self._on_write_failed = on_write_failed
        self._unreadable = False
        self._unwritable = False
        self._damaged: set[tuple[str, str]] = set()

    @property
    def healthy(self) -> bool:
        """True while the store can be read and written, and everything in it that was read made sense."""
        return not (self._unreadable or self._unwritable or self._damaged)

    @property
    def writable(self) -> bool:
        """True unless the last write failed."""
        return not self._unwritable

    def read_failed(self, error: StoreUnavailable) -> None:
        """Note that the store could not be read."""
        self._log(error)
        self._unreadable = True

    def write_failed(self, error: StoreUnavailable) -> None:
        """Note that the store could not be written."""
        self._log(error)
        self._unwritable = True
        self._on_write_failed()

    def was_read(self) -> None:
        """Note that the store has been read."""
        if self._unreadable:
            self._unreadable = False
            self._log_recovery()

    def was_written(self) -> None:
        """Note that a write went through, which is a read as well."""
        if self._unwritable or self._unreadable:
            self._unreadable = self._unwritable = False
            self._log_recovery()

    def is_damaged(self, space: str, error: Damaged, part: str = "") -> None:
        """Note that the records of a space make no sense, or another `part` of the store."""
        if (space, part) not in self._damaged:
            self._damaged.add((space, part))
            logger.error("%s", error)

    def is_whole(self, space: str, part: str = "") -> None:
        """Note that the records of a space, or another `part` of the store, were understood."""
        if self._damaged:
            self._damaged.discard((space, part))

    def _log(self, error: StoreUnavailable) -> None:
        if not (self._unreadable or self._unwritable):
            logger.warning("store unreachable: %s", error)

    def _log_recovery(self) -> None:
        if not (self._unreadable or self._unwritable):
            logger.warning("the store is back")


class WatchedStore:
    """A store around another one that notes in `health` what came of each call; in all else it is the other."""

    def __init__(self, store: Store, on_write_failed: Callable[[], None]) -> None:
        self.health = StoreHealth(on_write_failed)
        self.name = store.name
        self.shared = store.shared
        self.process_id = store.process_id
        self.offset = 0.0
        self._store = store

    async def open(self) -> None:
        """Open the store. Its failure is the caller's to tell."""
        await self._store.open()
        self.offset = self._store.offset

    async def close(self) -> None:
        """Close the store."""
        await self._store.close()

    async def load(self, space: str) -> Contents:
        """Return everything in a space. Raises Damaged when that cannot be decoded."""
        try:
            return await self._read(self._store.load(space))
        except NONSENSE as error:
            raise Damaged.of(self.name, space, error) from error

    async def commits_since(self, known: Mapping[str, int]) -> Mapping[str, Sequence[Commit] | None]:
        """Return the commits after the known version of each space, None where a space has to be loaded anew."""
        try:
            return await self._read(self._store.commits_since(known))
        except NONSENSE:
            return dict.fromkeys(known)  # loading each of them tells which one is damaged

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        """Take the pen of a space. That fails where nothing can be written, but does not show that something can."""
        try:
            return await self._store.acquire(space, known)
        except NONSENSE as error:
            raise Damaged.of(self.name, space, error) from error
        except StoreUnavailable as error:
            self.health.write_failed(error)
            raise

    async def commit(
        self, space: str, puts: Puts, told: Sequence[bytes] = (), *, clears: bool = False, gives: bool = False
    ) -> int:
        """Commit records with the pen in hand."""
        call = self._store.commit(space, puts, told, clears=clears, gives=gives)
        return await self._understood(self._write(call), space, COMMITS)

    async def release(self, space: str) -> None:
        """Give the pen back."""
        await self._store.release(space)

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        """Return the spaces committed to after a mark."""
        return await self._understood(self._read(self._store.changed(since)), "", CHANGES)

    async def heartbeat(self) -> None:
        """Say that this process lives. Where it is too small to show that others could write, a probe is needed."""
        try:
            await self._understood(self._store.heartbeat(), "", PROCESSES)
        except Damaged:
            raise
        except StoreUnavailable as error:
            self.health.write_failed(error)
            raise

    async def live_processes(self) -> frozenset[str]:
        """Return the processes that live."""
        return await self._understood(self._read(self._store.live_processes()), "", PROCESSES)

    async def drop(self, space: str) -> None:
        """Remove a space."""
        await self._understood(self._write(self._store.drop(space)), space, COMMITS)
        self.health.is_whole(space)

    async def probe(self) -> None:
        """Find out whether the store can be written."""
        await self._understood(self._write(self._store.probe()), "", PROCESSES)

    async def _understood(self, call: Awaitable[Result], space: str, part: str) -> Result:
        """Await a call about a part of the store. Raises Damaged when what is stored there makes no sense."""
        try:
            result = await call
        except NONSENSE as error:
            damage = Damaged.of(self.name, space, error, part)
            self.health.is_damaged(space, damage, part)
            raise damage from error
        self.health.is_whole(space, part)
        return result

    async def _read(self, call: Awaitable[Result]) -> Result:
        try:
            result = await call
        except Spoilt:
            raise
        except StoreUnavailable as error:
            self.health.read_failed(error)
            raise
        self.health.was_read()
        return result

    async def _write(self, call: Awaitable[Result]) -> Result:
        try:
            result = await call
        except Spoilt:
            raise
        except StoreUnavailable as error:
            self.health.write_failed(error)
            raise
        self.health.was_written()
        return result
