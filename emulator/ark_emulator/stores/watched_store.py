"""A store that knows whether it can be read and written, by what came of the calls that were made to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from struct import error as StructError
from typing import Final, TypeVar

from ark_emulator.log import logger
from ark_emulator.stores.store import Commit, Contents, Damaged, Puts, Store, StoreGone

Result = TypeVar("Result")
GARBAGE: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, StructError)
"""What decoding raises when stored bytes are not what this store writes."""


class StoreHealth:
    """Whether the store works. It is `well` until a call fails, and again once a call of the same kind went through.

    Reads and writes are apart: a full disk or a read-only replica can be read. Each outage is logged once, however many
    requests meet it, and so is its end. `failed` is called when a write failed.
    """

    def __init__(self) -> None:
        self.failed: Callable[[], None] = lambda: None
        self._unreadable = False
        self._unwritable = False
        self._damaged: set[str] = set()

    @property
    def well(self) -> bool:
        """True while the store can be read and written, and everything in it that was read made sense."""
        return not (self._unreadable or self._unwritable or self._damaged)

    @property
    def writable(self) -> bool:
        """True unless the last write failed."""
        return not self._unwritable

    def read_failed(self, error: StoreGone) -> None:
        """Note that the store could not be read."""
        self._log(error)
        self._unreadable = True

    def write_failed(self, error: StoreGone) -> None:
        """Note that the store could not be written."""
        self._log(error)
        self._unwritable = True
        self.failed()

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

    def is_damaged(self, space: str, error: Damaged) -> None:
        """Note that the records of a space make no sense."""
        if space not in self._damaged:
            self._damaged.add(space)
            logger.error("%s", error)

    def is_whole(self, space: str) -> None:
        """Note that the records of a space were understood."""
        self._damaged.discard(space)

    def _log(self, error: StoreGone) -> None:
        if not (self._unreadable or self._unwritable):
            logger.warning("store unreachable: %s", error)

    def _log_recovery(self) -> None:
        if not (self._unreadable or self._unwritable):
            logger.warning("the store is back")


class WatchedStore:
    """A store around another one that notes in `health` what came of each call; in all else it is the other."""

    def __init__(self, store: Store) -> None:
        self.health = StoreHealth()
        self.name = store.name
        self.shared = store.shared
        self.me = store.me
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
        except GARBAGE as error:
            raise Damaged.of(self.name, space, error) from error

    async def news(self, known: Mapping[str, int]) -> Mapping[str, Sequence[Commit] | None]:
        """Return the commits after the known version of each space."""
        return await self._read(self._store.news(known))

    async def take(self, space: str, known: int) -> Sequence[Commit] | None:
        """Take the pen of a space. That fails where nothing can be written, but does not show that something can."""
        try:
            return await self._store.take(space, known)
        except StoreGone as error:
            self.health.write_failed(error)
            raise

    async def commit(
        self, space: str, puts: Puts, told: Sequence[bytes] = (), *, clears: bool = False, gives: bool = False
    ) -> int:
        """Commit records with the pen in hand."""
        return await self._write(self._store.commit(space, puts, told, clears=clears, gives=gives))

    async def give(self, space: str) -> None:
        """Give the pen back."""
        await self._store.give(space)

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        """Return the spaces committed to after a mark."""
        return await self._read(self._store.changed(since))

    async def beat(self) -> None:
        """Say that this process lives. Where it is too small to show that others could write, a probe is needed."""
        try:
            await self._store.beat()
        except StoreGone as error:
            self.health.write_failed(error)
            raise

    async def living(self) -> frozenset[str]:
        """Return the processes that live."""
        return await self._read(self._store.living())

    async def drop(self, space: str) -> None:
        """Remove a space."""
        await self._write(self._store.drop(space))
        self.health.is_whole(space)

    async def probe(self) -> None:
        """Find out whether the store can be written."""
        await self._write(self._store.probe())

    async def _read(self, call: Awaitable[Result]) -> Result:
        try:
            result = await call
        except StoreGone as error:
            self.health.read_failed(error)
            raise
        self.health.was_read()
        return result

    async def _write(self, call: Awaitable[Result]) -> Result:
        try:
            result = await call
        except StoreGone as error:
            self.health.write_failed(error)
            raise
        self.health.was_written()
        return result
