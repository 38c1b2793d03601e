"""The store in one SQLite file, for one process or for several processes of one machine.

An acknowledged commit survives the end of the process, even by SIGKILL, because the operating system has the data. It
is not synced to the disk each time (`synchronous=NORMAL`): a power failure may lose the newest commits, but never
damages the file.

A single process opens the file exclusively. It needs no write lock and keeps no log. Commits that arrive during a
transaction are written together in the next one. Several processes share one write lock for the whole file, and read
each other's commits from the log. The event loop only runs short reads; everything else runs in a thread.
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
"""Seconds without a heartbeat after which a process counts as dead."""
Result = TypeVar("Result")


class SqliteStore:
    """The store in the file at `path`. `patience` is the number of seconds to wait for a lock of another process.

    With `alone`, no other process can open the file. Without it, open the store after the last fork.
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
        self._reader: sqlite3.Connection | None = None
        self._inode = 0
        self._queue: list[tuple[CommitRequest, asyncio.Future[int]]] = []
        self._batch: asyncio.Future[Any] | None = None
        self._file_lock: FileLock | None = None
        self._local_lock = asyncio.Lock()
        self._wait_overdue = False
        self._locked_space: str | None = None
        self._lock_owner: asyncio.Task[Any] | None = None
        self._version = 0
        self._data_version = -1
        self._versions: dict[str, tuple[int, int]] = {}

    async def open(self) -> None:
        """Open, create or upgrade the file. Raises UnusableStore when it cannot be used."""
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
                self._file_lock, self._reader = FileLock(self.path), reader(self.path)
        except (OSError, sqlite3.Error) as error:
            connection.close()
            raise UnusableStore(
                f"{self.path} cannot be shared ({error}); look at the permissions of its folder"
            ) from error
        self._connection = connection

    async def close(self) -> None:
        """Write all pending changes, release the lock, and close the file."""
        worker, waiter, file_lock = self._worker, self._waiter, self._file_lock
        if worker is None:
            return
        while self._batch is not None:
            await asyncio.wait([self._batch])
        if self._locked_space is not None:
            self._release_file_lock()
        self._worker = self._waiter = self._file_lock = None
        if waiter is not None and file_lock is not None:
            # In the same thread, after a wait that may still use the files of the lock.
            waiter.run(file_lock.close)
            waiter.stop()
        try:
            await worker.run(self._close)
        finally:
            worker.stop()

    def _close(self) -> None:
        for connection in (self._reader, self._connection):
            if connection is not None:
                connection.close()
        self._reader = self._connection = None

    async def load(self, space: str) -> Contents:
        """Return everything in a space."""
        return await self._run(lambda connection: rows.contents(connection, space))

    async def commits_since(self, known: Mapping[str, int]) -> Mapping[str, Sequence[Commit] | None]:
        """Return the commits after the known version of each space; None where the space has to be loaded again."""
        self._require_open()
        if not self.shared:
            return dict.fromkeys(known, ())
        return await self._read(
            lambda reader: {space: self._commits_after(reader, space, known[space])[0] for space in known}
        )

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        """Wait for the write lock of the file, acquire it, and return the commits of the space after `known`.

        All spaces share one lock: RuntimeError when the calling asyncio task holds it already.
        """
        self._require_open()
        if not self.shared:
            return ()
        await self._acquire_for(space)
        try:
            found, self._version = await self._read(lambda reader: self._commits_after(reader, space, known))
        except BaseException:
            self._release_file_lock()
            raise
        return found

    async def commit(
        self, space: str, puts: Puts, events: Sequence[bytes] = (), *, clears: bool = False, release: bool = False
    ) -> int:
        """Write, and return the new version after the transaction. A failed commit writes nothing.

        Raises LockLost without the lock, or when another process wrote in spite of it.
        """
        request = CommitRequest(space, dict(puts), tuple(events), clears)
        if not all(isinstance(part, bytes) for part in (*events, *filter(None, request.puts.values()))):
            raise TypeError("records are bytes")
        self._require_open()
        if not self.shared:
            return await self._commit_in_batch(request)
        try:
            return await self._commit_locked(request)
        finally:
            if release:
                await self.release(space)

    async def release(self, space: str) -> None:
        """Release the write lock."""
        if self._locked_space == space:
            self._release_file_lock()

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        """Return the current mark of the store, and the spaces committed to after the mark `since`."""
        return await self._read(lambda reader: rows.changed(reader, since))

    async def heartbeat(self) -> None:
        """Record that this process is alive."""
        if self.shared:
            await self._run(lambda connection: rows.record_heartbeat(connection, self.process_id, time.time()))

    async def live_processes(self) -> frozenset[str]:
        """Return the processes with a heartbeat in the last three seconds."""
        if not self.shared:
            return frozenset({self.process_id})
        return await self._read(lambda reader: rows.live_processes(reader, time.time() - ALIVE))

    async def drop(self, space: str) -> None:
        """Remove a space with its log. Release the lock if the calling task holds it."""
        self._require_open()
        request = CommitRequest(space, {}, (), clears=True, drops=True)
        if not self.shared:
            await self._commit_in_batch(request)
            return
        if self._locked_space != space or self._lock_owner is not asyncio.current_task():
            await self._acquire_for(space)  # without reading commits, because the space may be damaged
        try:
            await self._commit_locked(request)
        finally:
            await self.release(space)

    async def probe(self) -> None:
        """Write as much as a large commit does, under the lock, and remove it again."""
        if not self.shared:
            await self._run(rows.probe)
            return
        await self._acquire_file_lock()
        try:
            await self._run(rows.probe)
        finally:
            self._release_file_lock()

    # One process: all commits that arrive during a transaction are written together in the next one.

    async def _commit_in_batch(self, request: CommitRequest) -> int:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue.append((request, future))
        if self._batch is None:
            self._start_batch()
        return await future

    def _start_batch(self) -> None:
        worker = self._worker
        batch, self._queue = self._queue, []
        if not batch or worker is None:
            self._batch = None
            return
        requests = [request for request, _ in batch]
        self._batch = worker.run(lambda: self._call(lambda found: rows.write(found, requests, None)))
        self._batch.add_done_callback(lambda batch_future: self._on_batch_done(batch, batch_future))

    def _on_batch_done(
        self,
        batch: Sequence[tuple[CommitRequest, "asyncio.Future[int]"]],
        batch_future: "asyncio.Future[Sequence[int]]",
    ) -> None:
        error = batch_future.exception()
        versions: Iterable[int] = [0] * len(batch) if error is not None else batch_future.result()
        for (_, future), version in zip(batch, versions, strict=True):
            if future.done():
                continue
            if error is None:
                future.set_result(version)
            else:
                future.set_exception(error)
        self._start_batch()

    # Several processes: one transaction for each commit, under the lock.

    async def _commit_locked(self, request: CommitRequest) -> int:
        if self._locked_space != request.space:
            raise LockLost(f"this process does not hold the write lock of '{request.space}'")
        expected = None if request.drops else self._version
        writing = self._run(lambda found: rows.write(found, [request], self.process_id, expected))
        # A transaction in the thread cannot be cancelled, and the lock must not be released before it ends.
        task = asyncio.ensure_future(writing)
        try:
            (version,) = await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise
        self._version = version
        return version

    async def _acquire_for(self, space: str) -> None:
        """Wait for the lock and acquire it for a space. RuntimeError when this asyncio task holds it already."""
        if self._lock_owner is not None and self._lock_owner is asyncio.current_task():
            raise RuntimeError("an asyncio task must release its write lock before it acquires another one")
        await self._acquire_file_lock()
        self._locked_space, self._lock_owner = space, asyncio.current_task()

    async def _acquire_file_lock(self) -> None:
        """Acquire the lock of the file. Raises StoreUnavailable after `patience`, as when its holder is suspended.

        The wait in the thread cannot be cancelled. No other wait starts before it ends.
        """
        if self._wait_overdue:
            raise StoreUnavailable(self._lock_timeout())
        try:
            async with asyncio.timeout(self._patience):
                await self._local_lock.acquire()
        except TimeoutError:
            raise StoreUnavailable(self._lock_timeout()) from None
        file_lock, waiter = self._file_lock, self._waiter
        try:
            if file_lock is None or waiter is None:
                raise StoreUnavailable(f"{self.path} is closed")
            if file_lock.try_acquire():
                return
            waiting = waiter.run(file_lock.acquire)
        except BaseException as error:
            self._local_lock.release()
            raise (StoreUnavailable(f"{self.path}: {error}") if isinstance(error, OSError) else error) from None
        try:
            async with asyncio.timeout(self._patience):
                await asyncio.shield(waiting)
        except (asyncio.CancelledError, TimeoutError) as error:
            self._wait_overdue = isinstance(error, TimeoutError)
            waiting.add_done_callback(lambda _: self._release_unclaimed(file_lock))
            if self._wait_overdue:
                raise StoreUnavailable(self._lock_timeout()) from None
            raise
        except OSError as error:
            self._local_lock.release()
            raise StoreUnavailable(f"{self.path}: {error}") from error

    def _release_unclaimed(self, file_lock: FileLock) -> None:
        """Release a lock whose waiter was cancelled or timed out before the lock was acquired."""
        self._wait_overdue = False
        if self._file_lock is file_lock:
            file_lock.release()
        self._local_lock.release()

    def _lock_timeout(self) -> str:
        return f"{self.path}: another process has held the write lock for more than {self._patience:g} s"

    def _release_file_lock(self) -> None:
        self._locked_space = self._lock_owner = None
        if self._file_lock is not None:
            self._file_lock.release()
        self._local_lock.release()

    def _commits_after(self, reader: sqlite3.Connection, space: str, known: int) -> tuple[Sequence[Commit] | None, int]:
        """Return the commits of a space after `known`, and its version, which is cached until the file changes."""
        seen = rows.data_version(reader)
        if seen != self._data_version:
            self._data_version = seen
            self._versions.clear()
        if space not in self._versions:
            self._versions[space] = rows.version(reader, space)
        version, dropped = self._versions[space]
        return (() if version == known else rows.commits_after(reader, space, known, version, dropped)), version

    # Access to the file.

    def _require_open(self) -> WorkerThread:
        if self._worker is None:
            raise StoreUnavailable(f"{self.path} is closed")
        return self._worker

    async def _read(self, look: Callable[[sqlite3.Connection], Result]) -> Result:
        """Read in the event loop if there is a reading connection that need not wait, else in the thread."""
        self._require_open()
        if self._reader is not None:
            try:
                return look(self._reader)
            except sqlite3.Error:
                self._data_version = -1
        try:
            return await self._run(look)
        finally:
            # The data versions of two connections cannot be compared.
            self._data_version = -1

    async def _run(self, act: Callable[[sqlite3.Connection], Result]) -> Result:
        return await self._require_open().run(lambda: self._call(act))

    def _call(self, act: Callable[[sqlite3.Connection], Result]) -> Result:
        """Call `act` with the connection, in the thread. Raises StoreUnavailable with a message of one line."""
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
