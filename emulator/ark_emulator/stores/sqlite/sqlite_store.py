"""The store in one SQLite file, for one process or for several on one machine.

What a commit has acknowledged survives the end of the process, kill -9 included: it is in the operating system's hands
then. It is not forced onto the disk each time (`synchronous=NORMAL`), so when the power fails the last moments may be
gone; the file stays whole.

A single process holds the file for itself: no other can open it, the pen is always free, and no log is kept. Commits
that come while a transaction is under way share the next one. Several processes have one pen for the whole file, and
tell each other through the log. The event loop itself only reads what was just written, and what is still in memory.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from ark_emulator.stores.sqlite import sqlite_rows as rows
from ark_emulator.stores.sqlite.database_file import opened, reader
from ark_emulator.stores.sqlite.file_lock import LOCKS, FileLock
from ark_emulator.stores.sqlite.sqlite_rows import CommitRequest
from ark_emulator.stores.sqlite.worker_thread import WorkerThread
from ark_emulator.stores.store import Commit, Contents, LockLost, Puts, StoreUnavailable, UnusableStore

ALIVE: Final = 3.0
"""Seconds after which a process that was not heard of counts as dead."""
Result = TypeVar("Result")


class SqliteStore:
    """The store in the file at `path`. `patience` is how many seconds another process may lock the file.

    One that is not `alone` is to be opened after the last fork, and there may be others of its kind on the file.
    """

    offset = 0.0

    def __init__(self, path: str | Path, *, process_id: str, alone: bool, patience: float = 5.0) -> None:
        self.path = Path(path).absolute()
        self.name = f"sqlite:{path}"
        self.process_id = process_id
        self.shared = not alone
        self._patience = patience
        self._worker: WorkerThread | None = None
        self._waiter: WorkerThread | None = None
        self._connection: sqlite3.Connection | None = None
        self._eye: sqlite3.Connection | None = None
        self._inode = 0
        self._queued: list[tuple[CommitRequest, asyncio.Future[int]]] = []
        self._flight: asyncio.Future[Any] | None = None
        self._pen: FileLock | None = None
        self._turn = asyncio.Lock()
        self._overdue = False
        self._held: str | None = None
        self._holder: asyncio.Task[Any] | None = None
        self._version = 0
        self._seen = -1
        self._versions: dict[str, tuple[int, int]] = {}

    async def open(self) -> None:
        """Open the file, make it, or upgrade it. Raises Unfit for what cannot be used."""
        if self.shared and not LOCKS:
            raise UnusableStore(
                "this system has no locks by which processes could share a file; serve with one process"
            )
        self._worker = WorkerThread("store")
        try:
            await self._worker.run(self._open)
        except BaseException:
            self._worker.stop()
            self._worker = None
            raise
        if self.shared:
            self._waiter = WorkerThread("store-pen")

    def _open(self) -> None:
        connection = opened(self.path, alone=not self.shared, patience=self._patience if self.shared else 0.5)
        try:
            self._inode = self.path.stat().st_ino
            if self.shared:
                self._pen, self._eye = FileLock(self.path), reader(self.path)
        except (OSError, sqlite3.Error) as error:
            connection.close()
            raise UnusableStore(
                f"{self.path} cannot be shared ({error}); look at the permissions of its folder"
            ) from error
        self._connection = connection

    async def close(self) -> None:
        """Write what is to be written, give back the pen, and let go of the file."""
        worker, waiter, pen = self._worker, self._waiter, self._pen
        if worker is None:
            return
        while self._flight is not None:
            await asyncio.wait([self._flight])
        if self._held is not None:
            self._give()
        self._worker = self._waiter = self._pen = None
        if waiter is not None and pen is not None:
            # Behind whoever still waits in that thread: it uses the pen's files.
            waiter.run(pen.close)
            waiter.stop()
        try:
            await worker.run(self._close)
        finally:
            worker.stop()

    def _close(self) -> None:
        for connection in (self._eye, self._connection):
            if connection is not None:
                connection.close()
        self._eye = self._connection = None

    async def load(self, space: str) -> Contents:
        """Everything in a space."""
        return await self._done(lambda connection: rows.contents(connection, space))

    async def commits_since(self, known: Mapping[str, int]) -> Mapping[str, Sequence[Commit] | None]:
        """The commits after the known version of each space. None: too far behind, load it anew."""
        self._there()
        if not self.shared:
            return dict.fromkeys(known, ())
        return await self._looked(lambda eye: {space: self._news(eye, space, known[space])[0] for space in known})

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        """Wait for the file's pen, take it, and answer with the news of the space.

        There is one pen for all spaces: RuntimeError when whoever asks holds one already.
        """
        self._there()
        if not self.shared:
            return ()
        await self._take_pen(space)
        try:
            found, self._version = await self._looked(lambda eye: self._news(eye, space, known))
        except BaseException:
            self._give()
            raise
        return found

    async def commit(
        self, space: str, puts: Puts, told: Sequence[bytes] = (), *, clears: bool = False, gives: bool = False
    ) -> int:
        """Write, and answer with the new version once it is committed. Nothing of one that fails is written.

        Raises PenLost without the pen, or when somebody wrote in spite of it.
        """
        wanted = CommitRequest(space, dict(puts), tuple(told), clears)
        if not all(isinstance(part, bytes) for part in (*told, *filter(None, wanted.puts.values()))):
            raise TypeError("records are bytes")
        self._there()
        if not self.shared:
            return await self._grouped(wanted)
        try:
            return await self._written(wanted)
        finally:
            if gives:
                await self.release(space)

    async def release(self, space: str) -> None:
        """Give the pen back."""
        if self._held == space:
            self._give()

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        """The spaces committed to after a mark of the whole store, and the mark as it stands now."""
        return await self._looked(lambda eye: rows.changed(eye, since))

    async def heartbeat(self) -> None:
        """Say that this process lives."""
        if self.shared:
            await self._done(lambda connection: rows.beat(connection, self.process_id, time.time()))

    async def live_processes(self) -> frozenset[str]:
        """The processes that have said so within the last three seconds."""
        if not self.shared:
            return frozenset({self.process_id})
        return await self._looked(lambda eye: rows.living(eye, time.time() - ALIVE))

    async def drop(self, space: str) -> None:
        """Remove a space with its log. With the pen in hand, it is given back."""
        self._there()
        wanted = CommitRequest(space, {}, (), clears=True, drops=True)
        if not self.shared:
            await self._grouped(wanted)
            return
        if self._held != space or self._holder is not asyncio.current_task():
            await self._take_pen(space)  # without the news: what is dropped may be damaged
        try:
            await self._written(wanted)
        finally:
            await self.release(space)

    async def probe(self) -> None:
        """Write as much as a large commit would, with the pen in hand as for a commit, and remove it again."""
        if not self.shared:
            await self._done(rows.probe)
            return
        await self._wait_for_pen()
        try:
            await self._done(rows.probe)
        finally:
            self._give()

    # One process: everything that came while the last transaction ran goes into the next.

    async def _grouped(self, wanted: CommitRequest) -> int:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queued.append((wanted, future))
        if self._flight is None:
            self._fly()
        return await future

    def _fly(self) -> None:
        worker = self._worker
        batch, self._queued = self._queued, []
        if not batch or worker is None:
            self._flight = None
            return
        wants = [wanted for wanted, _ in batch]
        self._flight = worker.run(lambda: self._guarded(lambda found: rows.write(found, wants, None)))
        self._flight.add_done_callback(lambda flight: self._landed(batch, flight))

    def _landed(
        self, batch: Sequence[tuple[CommitRequest, "asyncio.Future[int]"]], flight: "asyncio.Future[Sequence[int]]"
    ) -> None:
        error = flight.exception()
        versions: Iterable[int] = [0] * len(batch) if error is not None else flight.result()
        for (_, future), version in zip(batch, versions, strict=True):
            if future.done():
                continue
            if error is None:
                future.set_result(version)
            else:
                future.set_exception(error)
        self._fly()

    # Several processes: one transaction for each commit, with the pen in hand.

    async def _written(self, wanted: CommitRequest) -> int:
        if self._held != wanted.space:
            raise LockLost(f"the pen of '{wanted.space}' is not in hand")
        expected = None if wanted.drops else self._version
        writing = self._done(lambda found: rows.write(found, [wanted], self.process_id, expected))
        # Once begun it is seen to its end, so that the pen is not given away in the middle of it.
        task = asyncio.ensure_future(writing)
        try:
            (version,) = await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise
        self._version = version
        return version

    async def _take_pen(self, space: str) -> None:
        """Wait for the pen and hold it for a space. RuntimeError when this task holds one already."""
        if self._holder is not None and self._holder is asyncio.current_task():
            raise RuntimeError("whoever holds a pen must give it back before taking another")
        await self._wait_for_pen()
        self._held, self._holder = space, asyncio.current_task()

    async def _wait_for_pen(self) -> None:
        """Take the pen. Raises StoreGone when its holder keeps it too long, as a suspended process does.

        The wait in the thread cannot be broken off. Until it ends, nobody else begins one.
        """
        if self._overdue:
            raise StoreUnavailable(self._stuck())
        try:
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreUnavailable(self._stuck()) from None
        pen, waiter = self._pen, self._waiter
        try:
            if pen is None or waiter is None:
                raise StoreUnavailable(f"{self.path} is closed")
            if pen.try_take():
                return
            waiting = waiter.run(pen.wait)
        except BaseException as error:
            self._turn.release()
            raise (StoreUnavailable(f"{self.path}: {error}") if isinstance(error, OSError) else error) from None
        try:
            async with asyncio.timeout(self._patience):
                await asyncio.shield(waiting)
        except (asyncio.CancelledError, TimeoutError) as error:
            self._overdue = isinstance(error, TimeoutError)
            waiting.add_done_callback(lambda _: self._unwanted(pen))
            if self._overdue:
                raise StoreUnavailable(self._stuck()) from None
            raise
        except OSError as error:
            self._turn.release()
            raise StoreUnavailable(f"{self.path}: {error}") from error

    def _unwanted(self, pen: FileLock) -> None:
        """The pen came, but whoever waited for it has gone."""
        self._overdue = False
        if self._pen is pen:
            pen.give()
        self._turn.release()

    def _stuck(self) -> str:
        return f"{self.path}: another process has held the write lock for more than {self._patience:g} s"

    def _give(self) -> None:
        self._held = self._holder = None
        if self._pen is not None:
            self._pen.give()
        self._turn.release()

    def _news(self, eye: sqlite3.Connection, space: str, known: int) -> tuple[Sequence[Commit] | None, int]:
        """The news of a space, and its version, which is remembered for as long as nothing in the file changes."""
        seen = rows.data_version(eye)
        if seen != self._seen:
            self._seen = seen
            self._versions.clear()
        if space not in self._versions:
            self._versions[space] = rows.version(eye, space)
        version, dropped = self._versions[space]
        return (() if version == known else rows.news(eye, space, known, version, dropped)), version

    # How everything gets to the file.

    def _there(self) -> WorkerThread:
        if self._worker is None:
            raise StoreUnavailable(f"{self.path} is closed")
        return self._worker

    async def _looked(self, look: Callable[[sqlite3.Connection], Result]) -> Result:
        """Looks at once where there is an eye for it, and in the thread where not, or where it must wait."""
        self._there()
        if self._eye is not None:
            try:
                return look(self._eye)
            except sqlite3.Error:
                self._seen = -1
        try:
            return await self._done(look)
        finally:
            # Another connection counts the changes of the file in another way.
            self._seen = -1

    async def _done(self, act: Callable[[sqlite3.Connection], Result]) -> Result:
        return await self._there().run(lambda: self._guarded(act))

    def _guarded(self, act: Callable[[sqlite3.Connection], Result]) -> Result:
        """Acts on the file in the thread. Raises StoreGone with one line on what is the matter."""
        if self._connection is None:
            raise StoreUnavailable(f"{self.path} is closed")
        try:
            if self.path.stat().st_ino != self._inode:
                raise StoreUnavailable(f"{self.path} is another file now; put the old one back, or start anew")
            return act(self._connection)
        except FileNotFoundError as error:
            raise StoreUnavailable(f"{self.path} is not there any more; put it back, or start anew") from error
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailable(f"{self.path}: {error}") from error
