"""A space of the store as one process has it: its version, its pen, and what is written before anybody is answered.

Whoever changes what a space holds does so within `async with space`. Those who wait for the pen in one process share
it, and what they did is written in one commit, for which each of them waits.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

from ark_emulator.runtime.persistence.world_records import ChangeSet, RecordMapper, event_record
from ark_emulator.runtime.world.world import Event
from ark_emulator.stores.store import Commit, Damaged, LockLost, Puts, Store, StoreUnavailable
from ark_emulator.stores.watched_store import GARBAGE

_TRIES: Final = 5
"""How often a read waits for writes that fail one after the other."""
MAX_LOCK_SECONDS: Final = 0.02
"""Real seconds for which a process keeps a pen while its own work waits for it; then others get a turn."""


class SpaceSession:
    """One space. Its scribe turns what it holds into records.

    It is `stale` when memory may differ from what the store holds: a write failed, or too many commits were missed.
    Whatever comes next then loads it anew. `mended` is called after that, `news` after commits of others were applied.
    `checked` is called after each load, with what is wrong if the records make no sense.
    """

    def __init__(self, store: Store, name: str, scribe: RecordMapper) -> None:
        self.name = name
        self.version = 0
        self.stale = False
        self.mended: Callable[[], None] = lambda: None
        self.news: Callable[[], None] = lambda: None
        self.checked: Callable[[SpaceSession, Damaged | None], None] = lambda space, damage: None
        self._store = store
        self._scribe = scribe
        self._inside: dict[object, int] = {}
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._taking: asyncio.Task[Sequence[Commit] | None] | None = None
        self._held = False
        self._since = 0.0
        self._flush: asyncio.Task[None] | None = None
        self._last: asyncio.Task[None] | None = None
        self._flights: set[asyncio.Task[Any]] = set()
        self._writing: list[Puts] = []
        self._epoch = 0
        self._told: list[bytes] = []
        self._after: list[Callable[[], None]] = []

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        if task in self._inside:
            self._inside[task] += 1
            return
        if self._store.shared:
            await self._enter()
        elif self.stale:
            await self.reload()
        self._inside[task] = 1

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task = asyncio.current_task()
        self._inside[task] -= 1
        if self._inside[task]:
            return
        del self._inside[task]
        dirty = self._dirty
        flush = self._flush_soon() if dirty or self._store.shared else None
        if self._store.shared:
            self._lock.release()
        elif flush is None and self._flights:
            flush, dirty = self._last, True  # it may carry what was done here before somebody else collected
        if flush is not None and dirty:
            await asyncio.shield(flush)

    def publish(self, event: Event, by_time: bool) -> None:
        """Let other processes know of an event with the next commit, if it comes of work with the pen in hand."""
        if self._store.shared and self._inside:
            self._told.append(event_record(event, by_time))

    def after_commit(self, act: Callable[[], None]) -> None:
        """Do something once what was done so far is committed; never, if it is lost."""
        self._after.append(act)

    def has_pending(self, task_id: str | None) -> bool:
        """True while what was done to a task may still be lost, or is lost; for None, anything at all.

        Whoever has the pen in hand sees what was done, and is never unsure.
        """
        if task_id is None or self.stale:
            unsure = self.stale or self._dirty or bool(self._writing)
        else:
            unsure = self._scribe.touches(task_id) or any(f"grown:{task_id}" in puts for puts in self._writing)
        return unsure and asyncio.current_task() not in self._inside

    async def flush(self) -> None:
        """Wait until what was done so far is committed. If it is lost, load what the store holds instead.

        A read therefore succeeds although nothing can be written. Raises StoreGone when the store cannot be read.
        """
        for _ in range(_TRIES):
            if not self.stale:
                flush = self._flush_soon() if self._dirty else self._last
                if flush is None or not await _failed(flush):
                    return
            await self.reload()
            if not self.has_pending(None):
                return
        raise StoreUnavailable(f"writes to space {self.name!r} fail faster than it can be loaded")

    @property
    def _dirty(self) -> bool:
        return bool(self._after or self._told or self._scribe.dirty)

    def apply_commits(self, news: Sequence[Commit] | None) -> None:
        """Take over what others have committed; None when too much was missed."""
        if news is None:
            self.stale = True
            return
        heard = False
        for commit in news:
            if commit.version <= self.version or self.stale:
                continue
            if commit.by != self._store.process_id:
                if (commit.version != self.version + 1 and not commit.clears) or self._dirty:
                    self.stale = True
                    return
                try:
                    self._scribe.apply(ChangeSet(commit.puts, commit.told, commit.clears), commit.by)
                except GARBAGE:
                    self.stale = True
                    return
                heard = True
            self.version = commit.version
        if heard:
            self.news()

    async def reload(self) -> None:
        """Load a stale space anew."""
        async with self._lock:
            await self._reload()

    async def drain(self) -> None:
        """Wait until everything is written and the pen is given back. Never raises."""
        for _ in range(2):
            if self._flush is not None or self._held:
                await asyncio.gather(self._flush_soon(), return_exceptions=True)

    async def load(self) -> None:
        """Be what the store holds. Raises Damaged when that makes no sense; the space is stale then."""
        try:
            contents = await self._store.load(self.name)
        except Damaged as error:
            self.checked(self, error)
            raise
        self._epoch += 1
        self.stale, self._told, self._after = True, [], []
        try:
            self._scribe.load(contents.records)
        except GARBAGE as error:
            damage = Damaged.of(self._store.name, self.name, error)
            self.checked(self, damage)
            raise damage from error
        self.stale, self.version = False, contents.version
        self.checked(self, None)

    async def _reload(self) -> None:
        if not self.stale:
            return
        if self._flights:
            await asyncio.wait(self._flights)
        await self.load()
        self.mended()

    async def _enter(self) -> None:
        """Wait for our turn and for the pen, and be up to date."""
        self._waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1
            if self._held:
                self._flush_soon()
        try:
            await self._take()
        except BaseException:
            self._lock.release()
            raise

    async def _take(self) -> None:
        if not self._held:
            if self._taking is None:
                # A task of its own: stores tell by the task who holds pens, and the pen may outlive the request.
                self._taking = asyncio.get_running_loop().create_task(self._store.acquire(self.name, self.version))
                self._taking.add_done_callback(ignore_result)
            taking = self._taking
            try:
                news = await asyncio.shield(taking)
            except asyncio.CancelledError:
                self._flush_soon()
                raise
            except BaseException as error:
                self._taking = None
                self.stale |= isinstance(error, Damaged)
                raise
            self._taking = None
            self._held, self._since = True, time.monotonic()
            self.apply_commits(news)
        if self.stale:
            try:
                await self._reload()
            except BaseException:
                self._flush_soon()
                raise

    def _flush_soon(self) -> asyncio.Task[None]:
        """Have everything written that is done by the time it is our turn, and the pen given back."""
        if self._flush is None:
            work = self._flush_shared(self._epoch) if self._store.shared else self._flush_alone(self._epoch)
            self._flush = asyncio.get_running_loop().create_task(work)
            self._flush.add_done_callback(ignore_result)
        return self._flush

    async def _flush_shared(self, epoch: int) -> None:
        async with self._lock:
            self._flush = None
            if self._taking is not None:
                await self._take()
            if not self._held:
                self._check(epoch)
                return
            gives = not self._waiting or time.monotonic() - self._since > MAX_LOCK_SECONDS
            try:
                self._check(epoch)
                if self._dirty:
                    await self._write(gives=gives)
                    self._held = not gives
                elif gives:
                    self._held = False
                    await self._store.release(self.name)
            except BaseException:
                self.stale, self._held = True, False
                with suppress(StoreUnavailable, LockLost):
                    await self._store.release(self.name)
                raise

    async def _flush_alone(self, epoch: int) -> None:
        self._flush = None
        self._check(epoch)
        if not self._dirty:
            return
        try:
            await self._write(gives=False)
        except BaseException:
            self.stale = True
            raise

    async def _write(self, *, gives: bool) -> None:
        """Commit what was done, and then let happen what waited for that."""
        written = self._scribe.collect() or ChangeSet({})
        news, self._told = self._told, []
        after, self._after = self._after, []
        task = self._last = asyncio.current_task()
        if task is not None:
            self._flights.add(task)
            task.add_done_callback(self._flights.discard)
        self._writing.append(written.puts)
        try:
            version = await self._store.commit(self.name, written.puts, news, clears=written.clears, gives=gives)
        finally:
            self._writing.remove(written.puts)
        self.version = max(self.version, version)
        for act in after:
            act()

    def _check(self, epoch: int) -> None:
        """Raises PenLost when what was done since then has been thrown away, or is about to be."""
        if self.stale or epoch != self._epoch:
            self.stale = self.stale or self._dirty
            raise LockLost(self.name)


async def _failed(flush: "asyncio.Task[None]") -> bool:
    """Wait for a write, and return True when it failed."""
    try:
        await asyncio.shield(flush)
    except (StoreUnavailable, LockLost):
        return True
    return False


def ignore_result(task: "asyncio.Task[Any]") -> None:
    """Let nobody complain of an error that whoever waited for it has heard of, or that nobody waited for."""
    if not task.cancelled():
        task.exception()
