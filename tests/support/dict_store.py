"""A store in dictionaries that many processes of one test share: each has its own DictStore over one Common."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ark_emulator.stores.store import KEPT, Commit, Contents, LockLost, Puts, StoreUnavailable


@dataclass
class _Space:
    """One space: its records, its log, and its pen with whoever holds it.

    `dropped` is the version that its last drop led to: whoever is further behind needs nothing from before.
    """

    version: int = 0
    mark: int = 0
    dropped: int = 1
    records: dict[str, bytes] = field(default_factory=dict)
    log: deque[Commit] = field(default_factory=lambda: deque(maxlen=KEPT))
    pen: asyncio.Lock = field(default_factory=asyncio.Lock)
    holder: str | None = None
    writer: object = None


@dataclass
class Common:
    """What the processes share. `gone` makes every call fail with that reason until it is None again.

    `real` is the steady source of seconds that heartbeats go by.
    """

    real: Callable[[], float] = time.monotonic
    gone: str | None = None
    mark: int = 0
    spaces: dict[str, _Space] = field(default_factory=dict)
    beats: dict[str, float] = field(default_factory=dict)

    def take_away(self, space: str) -> None:
        """Take the pen away from whoever holds it, as if it had been kept for too long."""
        shelf = self.spaces[space]
        if shelf.holder is not None:
            shelf.holder = shelf.writer = None
            shelf.pen.release()

    def kill(self, process: str) -> None:
        """Let a process die: its pens are free, and it is not heard of again."""
        self.beats.pop(process, None)
        for name, shelf in self.spaces.items():
            if shelf.holder == process:
                self.take_away(name)


class DictStore:
    """One process's door to the common store. Not `shared`: it is the only process, as far as it knows."""

    name = "dict"
    offset = 0.0

    def __init__(self, common: Common | None = None, process_id: str = "one", *, shared: bool = True) -> None:
        self.common = Common() if common is None else common
        self.process_id = process_id
        self.shared = shared

    async def open(self) -> None:
        await self._reached()

    async def close(self) -> None:
        self.common.kill(self.process_id)

    async def load(self, space: str) -> Contents:
        await self._reached()
        shelf = self._space(space)
        return Contents(shelf.version, dict(shelf.records))

    async def commits_since(self, known: Mapping[str, int]) -> dict[str, Sequence[Commit] | None]:
        await self._reached()
        return {space: self._news(space, version) for space, version in known.items()}

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        await self._reached()
        if self.shared:
            task, shelf = asyncio.current_task(), self._space(space)
            if any(other.writer is task and other.holder == self.process_id for other in self.common.spaces.values()):
                raise RuntimeError("whoever holds a pen must give it back before taking another")
            await shelf.pen.acquire()
            shelf.holder, shelf.writer = self.process_id, task
        return self._news(space, known)

    async def commit(
        self, space: str, puts: Puts, events: Sequence[bytes] = (), *, clears: bool = False, release: bool = False
    ) -> int:
        await self._reached()
        shelf = self._space(space)
        if self.shared and shelf.holder != self.process_id:
            raise LockLost(space)
        self._write(shelf, puts, events, clears)
        if release:
            await self.release(space)
        return shelf.version

    async def release(self, space: str) -> None:
        if self._space(space).holder == self.process_id:
            self.common.take_away(space)

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        await self._reached()
        return self.common.mark, [name for name, shelf in self.common.spaces.items() if shelf.mark > since]

    async def heartbeat(self) -> None:
        await self._reached()
        self.common.beats[self.process_id] = self.common.real()

    async def live_processes(self) -> frozenset[str]:
        await self._reached()
        recent = self.common.real() - 3.0
        return frozenset(process for process, moment in self.common.beats.items() if moment > recent)

    async def drop(self, space: str) -> None:
        await self._reached()
        shelf = self._space(space)
        held = shelf.holder == self.process_id and shelf.writer is asyncio.current_task()
        if self.shared and not held:
            await self.acquire(space, 0)
        shelf.log.clear()
        if shelf.version:
            self._write(shelf, {}, (), True)
            shelf.dropped = shelf.version
        await self.release(space)

    async def probe(self) -> None:
        await self._reached()

    async def _reached(self) -> None:
        """Everything takes a while, so that others come between; and the store may be away."""
        await asyncio.sleep(0)
        if self.common.gone is not None:
            raise StoreUnavailable(self.common.gone)

    def _space(self, space: str) -> _Space:
        return self.common.spaces.setdefault(space, _Space())

    def _news(self, space: str, known: int) -> Sequence[Commit] | None:
        shelf = self._space(space)
        if not self.shared or known == shelf.version:
            return ()
        first = max(known + 1, shelf.dropped)
        newer = [commit for commit in shelf.log if commit.version >= first]
        return newer if newer and newer[0].version == first else None

    def _write(self, shelf: _Space, puts: Puts, events: Sequence[bytes], clears: bool) -> None:
        if clears:
            shelf.records.clear()
        for name, record in puts.items():
            if record is None:
                shelf.records.pop(name, None)
            else:
                shelf.records[name] = bytes(record)
        shelf.version += 1
        self.common.mark += 1
        shelf.mark = self.common.mark
        shelf.log.append(Commit(shelf.version, self.process_id, dict(puts), tuple(events), clears))
