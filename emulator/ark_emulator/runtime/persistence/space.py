"""One space of a store as one process sees it: its version, its write lock, and its commits.

A change of a space is made `async with session:`. All asyncio tasks of a process that wait for the write lock at the
same time share it. Their changes go into one commit, and each of them waits for that commit.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

from ark_emulator.runtime.persistence.record_mapper import ChangeSet, RecordMapper, event_record
from ark_emulator.runtime.world.unit_of_work import Event
from ark_emulator.stores.store import Commit, Damaged, LockLost, Puts, Store, StoreUnavailable
from ark_emulator.stores.watched_store import GARBAGE

_READ_ATTEMPTS: Final = 5
"""How often `wait_committed` reloads the space when one write after the other fails."""
MAX_LOCK_SECONDS: Final = 0.02
"""Real seconds for which a process keeps the write lock while its own tasks wait for it; then it releases the lock."""
OnChecked = Callable[[str, Damaged | None], None]
"""Called after each load with the name of the space, and with the damage when the records could not be decoded."""


def _ignore() -> None:
    """Do nothing."""


class SpaceSession:
    """One space. `mapper` converts between the state in memory and the records of the space.

    The session is `stale` when memory may differ from the store: a write failed, or commits were missed. The next
    transaction or refresh then loads the space again.

    `on_remote_commits` is called after commits of other processes were applied, and `on_reloaded` after a stale space
    was loaded again.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        mapper: RecordMapper,
        *,
        on_checked: OnChecked,
        on_remote_commits: Callable[[], None] = _ignore,
        on_reloaded: Callable[[], None] = _ignore,
    ) -> None:
        self.name = name
        self.version = 0
        self.stale = False
        self._store = store
        self._mapper = mapper
        self._on_checked = on_checked
        self._on_remote_commits = on_remote_commits
        self._on_reloaded = on_reloaded
        self._depths: dict[object, int] = {}
        self._local_lock = asyncio.Lock()
        self._waiting = 0
        self._acquiring: asyncio.Task[Sequence[Commit] | None] | None = None
        self._holds_lock = False
        self._acquired_at = 0.0
        self._next_flush: asyncio.Task[None] | None = None
        self._last_write: asyncio.Task[None] | None = None
        self._writes: set[asyncio.Task[Any]] = set()
        self._puts_in_flight: list[Puts] = []
        self._epoch = 0
        self._events: list[bytes] = []
        self._callbacks: list[Callable[[], None]] = []

    @property
    def refreshed(self) -> bool:
        """Return whether other processes may have committed while a task waited to enter."""
        return self._store.shared

    async def __aenter__(self) -> "SpaceSession":
        task = asyncio.current_task()
        if task in self._depths:
            self._depths[task] += 1
            return self
        if self._store.shared:
            await self._enter()
        elif self.stale:
            await self.reload()
        self._depths[task] = 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task = asyncio.current_task()
        self._depths[task] -= 1
        if self._depths[task]:
            return
        del self._depths[task]
        dirty = self._dirty
        flush = self._schedule_flush() if dirty or self._store.shared else None
        if self._store.shared:
            self._local_lock.release()
        elif flush is None and self._writes:
            # Another task has already collected the changes of this one into the write in flight.
            flush, dirty = self._last_write, True
        if flush is not None and dirty:
            await asyncio.shield(flush)

    def publish(self, event: Event, by_time: bool) -> None:
        """Send an event to other processes with the next commit, if a transaction of this process is open."""
        if self._store.shared and self._depths:
            self._events.append(event_record(event, by_time))

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` when all earlier changes are committed; never, if they are lost."""
        self._callbacks.append(callback)

    def is_committed(self, task_id: str | None = None) -> bool:
        """Return whether the state of a task, or of the whole space, is committed; True inside a transaction."""
        if task_id is None or self.stale:
            pending = self.stale or self._dirty or bool(self._puts_in_flight)
        else:
            record = f"grown:{task_id}"
            pending = self._mapper.touches(task_id) or any(record in puts for puts in self._puts_in_flight)
        return not pending or asyncio.current_task() in self._depths

    async def wait_committed(self) -> None:
        """Wait until all earlier changes are committed. If they are lost, load the stored state instead.

        A read therefore succeeds while writes fail. Raises StoreUnavailable when the store cannot be read.
        """
        for _ in range(_READ_ATTEMPTS):
            if not self.stale:
                flush = self._schedule_flush() if self._dirty else self._last_write
                if flush is None or not await _failed(flush):
                    return
            await self.reload()
            if self.is_committed():
                return
        raise StoreUnavailable(f"writes to space {self.name!r} fail faster than it can be loaded")

    @property
    def _dirty(self) -> bool:
        return bool(self._callbacks or self._events or self._mapper.dirty)

    def apply_commits(self, commits: Sequence[Commit] | None) -> None:
        """Apply commits of other processes. None means that some are missing: the space becomes stale."""
        if commits is None:
            self.stale = True
            return
        applied = False
        for commit in commits:
            if commit.version <= self.version or self.stale:
                continue
            if commit.by != self._store.process_id:
                if (commit.version != self.version + 1 and not commit.clears) or self._dirty:
                    self.stale = True
                    return
                try:
                    self._mapper.apply(ChangeSet(commit.puts, commit.events, commit.clears), commit.by)
                except GARBAGE:
                    self.stale = True
                    return
                applied = True
            self.version = commit.version
        if applied:
            self._on_remote_commits()

    async def reload(self) -> None:
        """Load the space again if it is stale."""
        async with self._local_lock:
            await self._reload()

    async def drain(self) -> None:
        """Wait until all changes are written and the write lock is released. Never raises."""
        for _ in range(2):
            if self._next_flush is not None or self._holds_lock:
                await asyncio.gather(self._schedule_flush(), return_exceptions=True)

    async def load(self) -> None:
        """Replace the state in memory by the stored one. Raises Damaged when that cannot be decoded."""
        try:
            contents = await self._store.load(self.name)
        except Damaged as error:
            self._on_checked(self.name, error)
            raise
        self._epoch += 1
        self.stale, self._events, self._callbacks = True, [], []
        try:
            self._mapper.load(contents.records)
        except GARBAGE as error:
            damage = Damaged.of(self._store.name, self.name, error)
            self._on_checked(self.name, damage)
            raise damage from error
        self.stale, self.version = False, contents.version
        self._on_checked(self.name, None)

    async def _reload(self) -> None:
        if not self.stale:
            return
        if self._writes:
            await asyncio.wait(self._writes)
        await self.load()
        self._on_reloaded()

    async def _enter(self) -> None:
        """Acquire the local lock and the write lock, and apply the commits of other processes."""
        self._waiting += 1
        try:
            await self._local_lock.acquire()
        finally:
            self._waiting -= 1
            if self._holds_lock:
                self._schedule_flush()
        try:
            await self._acquire()
        except BaseException:
            self._local_lock.release()
            raise

    async def _acquire(self) -> None:
        """Acquire the write lock unless this process holds it, and refresh the space."""
        if not self._holds_lock:
            if self._acquiring is None:
                # Stores identify the holder of a lock by its asyncio task, and the lock may outlive the request.
                self._acquiring = asyncio.get_running_loop().create_task(self._store.acquire(self.name, self.version))
                self._acquiring.add_done_callback(ignore_result)
            acquiring = self._acquiring
            try:
                commits = await asyncio.shield(acquiring)
            except asyncio.CancelledError:
                self._schedule_flush()
                raise
            except BaseException as error:
                self._acquiring = None
                self.stale |= isinstance(error, Damaged)
                raise
            self._acquiring = None
            self._holds_lock, self._acquired_at = True, time.monotonic()
            self.apply_commits(commits)
        if self.stale:
            try:
                await self._reload()
            except BaseException:
                self._schedule_flush()
                raise

    def _schedule_flush(self) -> asyncio.Task[None]:
        """Return the task that commits all changes made until it starts, and then releases the write lock."""
        if self._next_flush is None:
            work = self._flush_shared(self._epoch) if self._store.shared else self._flush_alone(self._epoch)
            self._next_flush = asyncio.get_running_loop().create_task(work)
            self._next_flush.add_done_callback(ignore_result)
        return self._next_flush

    async def _flush_shared(self, epoch: int) -> None:
        async with self._local_lock:
            self._next_flush = None
            if self._acquiring is not None:
                await self._acquire()
            if not self._holds_lock:
                self._check_epoch(epoch)
                return
            release = not self._waiting or time.monotonic() - self._acquired_at > MAX_LOCK_SECONDS
            try:
                self._check_epoch(epoch)
                if self._dirty:
                    await self._write(release=release)
                    self._holds_lock = not release
                elif release:
                    self._holds_lock = False
                    await self._store.release(self.name)
            except BaseException:
                self.stale, self._holds_lock = True, False
                with suppress(StoreUnavailable, LockLost):
                    await self._store.release(self.name)
                raise

    async def _flush_alone(self, epoch: int) -> None:
        self._next_flush = None
        self._check_epoch(epoch)
        if not self._dirty:
            return
        try:
            await self._write(release=False)
        except BaseException:
            self.stale = True
            raise

    async def _write(self, *, release: bool) -> None:
        """Commit the changes, then call the callbacks that wait for the commit."""
        changes = self._mapper.collect() or ChangeSet({})
        events, self._events = self._events, []
        callbacks, self._callbacks = self._callbacks, []
        task = self._last_write = asyncio.current_task()
        if task is not None:
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)
        self._puts_in_flight.append(changes.puts)
        try:
            version = await self._store.commit(self.name, changes.puts, events, clears=changes.clears, release=release)
        finally:
            self._puts_in_flight.remove(changes.puts)
        self.version = max(self.version, version)
        for callback in callbacks:
            callback()

    def _check_epoch(self, epoch: int) -> None:
        """Raise LockLost when the changes made in `epoch` were discarded by a load, or are about to be."""
        if self.stale or epoch != self._epoch:
            self.stale = self.stale or self._dirty
            raise LockLost(self.name)


async def _failed(flush: "asyncio.Task[None]") -> bool:
    """Wait for a write, and return whether it failed."""
    try:
        await asyncio.shield(flush)
    except (StoreUnavailable, LockLost):
        return True
    return False


def ignore_result(task: "asyncio.Task[Any]") -> None:
    """Mark the exception of a task as retrieved: its waiters get it, and asyncio must not log it as unhandled."""
    if not task.cancelled():
        task.exception()
