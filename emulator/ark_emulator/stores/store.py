"""The interface of a store: named records in spaces, write locks, and a log of commits.

A space holds everything of one world, or the directory of worlds: named records, a version that counts its commits, and
a log of the newest commits. A writer acquires the write lock of the space first, so that commits of a space never
overlap. Processes keep what they have read, and refresh it with the commits after the version that they know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

DIRECTORY: Final = ""
"""The space of the directory of worlds."""
KEPT: Final = 1_000
"""The number of commits in the log of a space. A process that is further behind has to load the space again."""
HIGHEST: Final = 2**53
"""The highest valid version or mark. A higher stored number is treated as damage."""
_EXCERPT: Final = 200
_REPAIR: Final = "Restore a copy, or name another store to begin with an empty one"
Puts = Mapping[str, bytes | None]
"""Records by name; None removes one."""


class StoreUnavailable(Exception):
    """The store cannot be reached or written at the moment."""


class Spoilt(StoreUnavailable):
    """The store answers, but something in it has a form that this store never writes."""


class Damaged(StoreUnavailable):
    """Stored data cannot be decoded. A retry does not help; the message says how to repair it."""

    @classmethod
    def of(cls, store: str, space: str, error: Exception, part: str = "") -> "Damaged":
        """Return the error for a space whose records cannot be decoded, or for another `part` of a store."""
        where = part or (f"the world in space {space!r}" if space else "the list of worlds")
        why = " ".join(str(error).split())[:_EXCERPT] or type(error).__name__
        return cls(f"{store} is damaged: {where} cannot be read ({why}). {_REPAIR}")


class LockLost(Exception):
    """The write lock was lost before the commit: another process may have written. Nothing was committed."""


class UnusableStore(Exception):
    """The address is not that of a store of the emulator, or the store is damaged; the message says what to do."""


class StoreInUse(UnusableStore):
    """The store is in use by another server, which does not share it."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: the version after it, the process that made it, its records and its events.

    A commit that `clears` removed every older record first.
    """

    version: int
    by: str
    puts: Puts = field(default_factory=lambda: MappingProxyType({}))
    events: Sequence[bytes] = ()
    clears: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """The records of a space at one version. A space that was never written is empty and has version 0."""

    version: int
    records: Mapping[str, bytes]


class Store(Protocol):
    """Keeps the records of all worlds of one emulator.

    Every method may raise StoreUnavailable. `name` is the address without secrets. `shared` is True when other
    processes may write; otherwise the write lock is always free and there are never commits of others. `process_id`
    names this process. `offset` is the number of seconds by which the clock of the store is ahead of the clock of this
    machine, measured by `open`. It is 0.0 for a store whose processes run on one machine.
    """

    name: str
    shared: bool
    process_id: str
    offset: float

    async def open(self) -> None:
        """Connect, and upgrade an older format. Raises UnusableStore when the store cannot be used."""

    async def close(self) -> None:
        """Write all pending changes, release every write lock, and disconnect."""

    async def load(self, space: str) -> Contents:
        """Return everything in a space."""

    async def commits_since(self, known: Mapping[str, int]) -> Mapping[str, Sequence[Commit] | None]:
        """Return the commits after the known version of each space, in one round trip.

        None means that some of them are no longer kept: load the space again.
        """

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        """Wait for the write lock of a space, acquire it, and return the commits after `known` as `commits_since` does.

        A store may have one lock for all spaces. So one asyncio task may hold only one lock: RuntimeError otherwise.
        """

    async def commit(
        self, space: str, puts: Puts, events: Sequence[bytes] = (), *, clears: bool = False, release: bool = False
    ) -> int:
        """Write while holding the lock, and return the new version when the commit is durable.

        The lock is kept unless `release` is true. Raises LockLost, and writes nothing, when the lock was lost.
        """

    async def release(self, space: str) -> None:
        """Release the write lock of a space."""

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        """Return the current mark of the store, and the spaces committed to after the mark `since`. Begin with 0."""

    async def heartbeat(self) -> None:
        """Record that this process is alive. Call it every second."""

    async def live_processes(self) -> frozenset[str]:
        """Return the processes with a heartbeat in the last three seconds."""

    async def drop(self, space: str) -> None:
        """Remove a space with its log. Other processes see this as a commit that clears and puts nothing."""

    async def probe(self) -> None:
        """Write something without meaning, and remove it again. Raises StoreUnavailable when writes fail."""
