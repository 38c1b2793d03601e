"""A store in dictionaries, shared by the processes of one test: each has its own DictStore on one Common."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ark_emulator.stores.store import KEPT, Commit, Contents, LockLost, Puts, StoreUnavailable


@dataclass
class _Space:
    """One space: its records, its log, and its write lock with the process and asyncio task that hold it.

    `dropped` is the version after its last drop. Older commits are not needed any more.
    """

    version: int = 0
    mark: int = 0
    dropped: int = 1
    records: dict[str, bytes] = field(default_factory=dict)
    log: deque[Commit] = field(default_factory=lambda: deque(maxlen=KEPT))
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    holder: str | None = None
    writer: object = None


@dataclass
class Common:
    """The shared state. While `gone` is not None, every call fails with that reason.

    `real` returns steady seconds for heartbeats.
    """

    real: Callable[[], float] = time.monotonic
    gone: str | None = None
    mark: int = 0
    spaces: dict[str, _Space] = field(default_factory=dict)
    beats: dict[str, float] = field(default_factory=dict)

    def expire_lock(self, space: str) -> None:
        """Release the write lock of a space, as if it had expired."""
        space_state = self.spaces[space]
        if space_state.holder is not None:
            space_state.holder = space_state.writer = None
            space_state.lock.release()

    def kill(self, process: str) -> None:
        """Simulate the death of a process: release its locks, and stop its heartbeat."""
        self.beats.pop(process, None)
        for name, space_state in self.spaces.items():
            if space_state.holder == process:
                self.expire_lock(name)


class DictStore:
    """The common store as one process uses it. Without `shared`, it assumes that it is the only process."""

    name = "dict"
    offset = 0.0

    def __init__(self, common: Common | None = None, process_id: str = "one", *, shared: bool = True) -> None:
        self.common = Common() if common is None else common
        self.process_id = process_id
        self.shared = shared

    async def open(self) -> None:
        await self._connect()

    async def close(self) -> None:
        self.common.kill(self.process_id)

    async def load(self, space: str) -> Contents:
        await self._connect()
        space_state = self._space(space)
        return Contents(space_state.version, dict(space_state.records))

    async def commits_since(self, known: Mapping[str, int]) -> dict[str, Sequence[Commit] | None]:
        await self._connect()
        return {space: self._commits_after(space, version) for space, version in known.items()}

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        await self._connect()
        if self.shared:
            task, space_state = asyncio.current_task(), self._space(space)
            if any(other.writer is task and other.holder == self.process_id for other in self.common.spaces.values()):
                raise RuntimeError("an asyncio task must release its write lock before it acquires another one")
            await space_state.lock.acquire()
            space_state.holder, space_state.writer = self.process_id, task
        return self._commits_after(space, known)

    async def commit(
        self, space: str, puts: Puts, events: Sequence[bytes] = (), *, clears: bool = False, release: bool = False
    ) -> int:
        await self._connect()
        space_state = self._space(space)
        if self.shared and space_state.holder != self.process_id:
            raise LockLost(space)
        self._write(space_state, puts, events, clears)
        if release:
            await self.release(space)
        return space_state.version

    async def release(self, space: str) -> None:
        if self._space(space).holder == self.process_id:
            self.common.expire_lock(space)

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        await self._connect()
        return self.common.mark, [name for name, space_state in self.common.spaces.items() if space_state.mark > since]

    async def heartbeat(self) -> None:
        await self._connect()
        self.common.beats[self.process_id] = self.common.real()

    async def live_processes(self) -> frozenset[str]:
        await self._connect()
        recent = self.common.real() - 3.0
        return frozenset(process for process, moment in self.common.beats.items() if moment > recent)

    async def drop(self, space: str) -> None:
        await self._connect()
        space_state = self._space(space)
        held = space_state.holder == self.process_id and space_state.writer is asyncio.current_task()
        if self.shared and not held:
            await self.acquire(space, 0)
        space_state.log.clear()
        if space_state.version:
            self._write(space_state, {}, (), True)
            space_state.dropped = space_state.version
        await self.release(space)

    async def probe(self) -> None:
        await self._connect()

    async def _connect(self) -> None:
        """Yield to other tasks, as a real store does, and fail while the store is unavailable."""
        await asyncio.sleep(0)
        if self.common.gone is not None:
            raise StoreUnavailable(self.common.gone)

    def _space(self, space: str) -> _Space:
        return self.common.spaces.setdefault(space, _Space())

    def _commits_after(self, space: str, known: int) -> Sequence[Commit] | None:
        space_state = self._space(space)
        if not self.shared or known == space_state.version:
            return ()
        first = max(known + 1, space_state.dropped)
        newer = [commit for commit in space_state.log if commit.version >= first]
        return newer if newer and newer[0].version == first else None

    def _write(self, space_state: _Space, puts: Puts, events: Sequence[bytes], clears: bool) -> None:
        if clears:
            space_state.records.clear()
        for name, record in puts.items():
            if record is None:
                space_state.records.pop(name, None)
            else:
                space_state.records[name] = bytes(record)
        space_state.version += 1
        self.common.mark += 1
        space_state.mark = self.common.mark
        space_state.log.append(Commit(space_state.version, self.process_id, dict(puts), tuple(events), clears))
