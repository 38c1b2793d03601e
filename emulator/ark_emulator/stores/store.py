"""What a store beyond one process's memory must do: keep records by name, and say what changed since.

A space is everything of one world (or the directory of worlds): named records, a version that counts its commits, and
a log of the newest commits. Whoever wants to write takes the space's pen first; there is one pen, so what is done with
it in hand is done as if nobody else were there. Processes keep what they read: to be up to date, they ask for the
commits after the version that they know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

DIRECTORY: Final = ""
"""The space that holds what worlds there are."""
KEPT: Final = 1_000
"""How many commits of a space are kept for those who have read it before; whoever is further behind loads it anew."""
HIGHEST: Final = 2**53
"""The highest version or mark that a store counts to; more is no count of ours."""
_EXCERPT: Final = 200
_REPAIR: Final = "Restore a copy, or name another store to begin with an empty one"
Puts = Mapping[str, bytes | None]
"""Records by name; None removes one."""


class StoreUnavailable(Exception):
    """The store cannot be reached, or cannot write, at the moment."""


class Spoilt(StoreUnavailable):
    """The store answers, but something in it has a form in which this store writes nothing."""


class Damaged(StoreUnavailable):
    """What is stored makes no sense. It stays so until somebody repairs it; the message says what to do."""

    @classmethod
    def of(cls, store: str, space: str, error: Exception, part: str = "") -> "Damaged":
        """Return the error for a space whose records could not be understood, or for another `part` of a store."""
        where = part or (f"the world in space {space!r}" if space else "the list of worlds")
        why = " ".join(str(error).split())[:_EXCERPT] or type(error).__name__
        return cls(f"{store} is damaged: {where} cannot be read ({why}). {_REPAIR}")


class LockLost(Exception):
    """The pen was taken away before the commit came: somebody else may have written. Nothing was committed."""


class UnusableStore(Exception):
    """What stands at that address is not a store of ours, or is broken; the message says what to do."""


class StoreInUse(UnusableStore):
    """What stands at that address is used by another server, which shares it with nobody."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: the version it led to, who made it, what it put, and what it told of.

    One that `clears` removed every record before it put its own.
    """

    version: int
    by: str
    puts: Puts = field(default_factory=lambda: MappingProxyType({}))
    told: Sequence[bytes] = ()
    clears: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """A whole space as of one version. One that was never written to is empty and of version 0."""

    version: int
    records: Mapping[str, bytes]


class Store(Protocol):
    """Keeps the records of all worlds of one emulator.

    Every method may raise StoreGone. `name` is what health says. `shared` tells whether other processes may write:
    where they may not, the pen is always free and there is never any news. `me` names this process among the others.
    `offset` is the seconds that the store's clock is ahead of this machine's, as measured when it was opened: with it
    added to the time here, the processes of many machines agree. It is 0.0 where all share one machine.
    """

    name: str
    shared: bool
    process_id: str
    offset: float

    async def open(self) -> None:
        """Connect, and upgrade an older format. Raises Unfit for what cannot be used, StoreGone for what is away."""

    async def close(self) -> None:
        """Write what is to be written, give back every pen, and disconnect."""

    async def load(self, space: str) -> Contents:
        """Everything in a space."""

    async def commits_since(self, known: Mapping[str, int]) -> Mapping[str, Sequence[Commit] | None]:
        """The commits after the known version of each space, in one round trip; None: too far behind, load it anew."""

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        """Wait for the space's pen, take it, and answer with the news, as `news` does.

        A store may have a single pen for all of its spaces. So whoever holds one gives it back before taking another:
        RuntimeError when one asyncio task holds a pen and takes one.
        """

    async def commit(
        self, space: str, puts: Puts, told: Sequence[bytes] = (), *, clears: bool = False, gives: bool = False
    ) -> int:
        """Write with the pen in hand, and answer with the new version once nothing can undo it.

        The pen is kept, unless this commit `gives` it back. Raises PenLost when it was taken away meanwhile.
        """

    async def release(self, space: str) -> None:
        """Give the pen back."""

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        """The spaces committed to after a mark of the whole store, and the mark as it stands now. Begin with 0."""

    async def heartbeat(self) -> None:
        """Say that this process lives; to be said every second."""

    async def live_processes(self) -> frozenset[str]:
        """The processes that have said so within the last three seconds."""

    async def drop(self, space: str) -> None:
        """Remove a space with its log; those who know it hear of it as a commit that clears and puts nothing."""

    async def probe(self) -> None:
        """Write something without a meaning, and remove it again. Raises StoreGone where nothing can be written."""
