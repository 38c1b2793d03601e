"""A store that tracks whether it can be read and written, by the results of the calls to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from struct import error as StructError
from typing import Final, TypeVar

from ark_emulator.log import logger
from ark_emulator.stores.store import Commit, Contents, Damaged, Puts, Spoilt, Store, StoreUnavailable

Result = TypeVar("Result")
GARBAGE: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, StructError)
"""The exceptions of decoders for stored bytes that this store has not written."""


NONSENSE: Final = (*GARBAGE, Spoilt)
"""The exceptions of a call to a store that found something it cannot decode."""
COMMITS: Final = "the version of a space"
CHANGES: Final = "the list of changes"
PROCESSES: Final = "the list of processes"
"""The names, in messages, of the parts of a store other than the records of its spaces."""


class StoreHealth:
    """Whether the store works. It is healthy until a call fails, and again after a call of the same kind succeeds.

    Reads and writes are tracked separately, because a full disk or a read-only replica can still be read. The beginning
    and the end of an outage are logged once each. `on_write_failed` is called after each failed write.
    """

    def __init__(self, on_write_failed: Callable[[], None]) -> None:
        self._on_write_failed = on_write_failed
        self._unreadable = False
        self._unwritable = False
        self._damaged: set[tuple[str, str]] = set()

    @property
    def healthy(self) -> bool:
        """Return whether the latest read and write succeeded and all records read could be decoded."""
        return not (self._unreadable or self._unwritable or self._damaged)

    @property
    def writable(self) -> bool:
        """Return whether the latest write succeeded."""
        return not self._unwritable

    def read_failed(self, error: StoreUnavailable) -> None:
        """Record that the store could not be read."""
        self._log(error)
        self._unreadable = True

    def write_failed(self, error: StoreUnavailable) -> None:
        """Record that the store could not be written."""
        self._log(error)
        self._unwritable = True
        self._on_write_failed()

    def was_read(self) -> None:
        """Record that the store was read."""
        if self._unreadable:
            self._unreadable = False
            self._log_recovery()

    def was_written(self) -> None:
        """Record that the store was written, which proves that it can be read as well."""
        if self._unwritable or self._unreadable:
            self._unreadable = self._unwritable = False
            self._log_recovery()

    def is_damaged(self, space: str, error: Damaged, part: str = "") -> None:
        """Record that the records of a space, or another `part` of the store, cannot be decoded."""
        if (space, part) not in self._damaged:
            self._damaged.add((space, part))
            logger.error("%s", error)

    def is_whole(self, space: str, part: str = "") -> None:
        """Record that the records of a space, or another `part` of the store, were decoded."""
        if self._damaged:
            self._damaged.discard((space, part))

    def _log(self, error: StoreUnavailable) -> None:
        if not (self._unreadable or self._unwritable):
            logger.warning("store unreachable: %s", error)

    def _log_recovery(self) -> None:
        if not (self._unreadable or self._unwritable):
            logger.warning("the store is back")


class WatchedStore:
    """Wraps a store, and records the result of each call in `health`."""

    def __init__(self, store: Store, on_write_failed: Callable[[], None]) -> None:
        self.health = StoreHealth(on_write_failed)
        self.name = store.name
        self.shared = store.shared
        self.process_id = store.process_id
        self.offset = 0.0
        self._store = store

    async def open(self) -> None:
        """Open the store. A failure is not recorded, because the caller reports it."""
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
            return dict.fromkeys(known)  # loading each of them shows which one is damaged

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        """Acquire the write lock of a space. A failure counts as a failed write; success does not prove a write."""
        try:
            return await self._store.acquire(space, known)
        except NONSENSE as error:
            raise Damaged.of(self.name, space, error) from error
        except StoreUnavailable as error:
            self.health.write_failed(error)
            raise

    async def commit(
        self, space: str, puts: Puts, events: Sequence[bytes] = (), *, clears: bool = False, release: bool = False
    ) -> int:
        """Commit records while holding the write lock."""
        call = self._store.commit(space, puts, events, clears=clears, release=release)
        return await self._checked(self._write(call), space, COMMITS)

    async def release(self, space: str) -> None:
        """Release the write lock."""
        await self._store.release(space)

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        """Return the spaces committed to after a mark."""
        return await self._checked(self._read(self._store.changed(since)), "", CHANGES)

    async def heartbeat(self) -> None:
        """Send a heartbeat. It is too small to prove that a commit could be written; `probe` does that."""
        try:
            await self._checked(self._store.heartbeat(), "", PROCESSES)
        except Damaged:
            raise
        except StoreUnavailable as error:
            self.health.write_failed(error)
            raise

    async def live_processes(self) -> frozenset[str]:
        """Return the processes with a recent heartbeat."""
        return await self._checked(self._read(self._store.live_processes()), "", PROCESSES)

    async def drop(self, space: str) -> None:
        """Remove a space."""
        await self._checked(self._write(self._store.drop(space)), space, COMMITS)
        self.health.is_whole(space)

    async def probe(self) -> None:
        """Test whether the store can be written."""
        await self._checked(self._write(self._store.probe()), "", PROCESSES)

    async def _checked(self, call: Awaitable[Result], space: str, part: str) -> Result:
        """Await a call about a part of the store. Raises Damaged when that part cannot be decoded."""
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
