"""Several processes that serve one address and share their worlds: a parent that supervises workers.

The parent binds the address, starts the workers, which inherit the sockets, and replaces workers that end. A signal
ends the parent and its workers. If the parent is killed, the workers end too.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import FrameType
from typing import Final

from ark_emulator.log import logger
from ark_emulator.runtime.common.tracebacks import describe_error
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.store_errors import StoreUnavailable, UnusableStore
from ark_emulator.server import EXIT_STORE, EXIT_UNUSABLE_STORE, Running, bound, exit_code, run
from ark_emulator.stores.addresses import MEMORY
from ark_emulator.stores.shared_folder import SharedFolder
from ark_emulator.web.server.listening import Listeners

PATIENCE: Final = 4.7
"""Real seconds between SIGTERM and SIGKILL for a worker."""
FAILURES: Final = 5
"""The number of consecutive workers that may end before they are ready; after that, the server ends."""
EXIT_FAILED: Final = 1
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class CannotFork(Exception):
    """This system cannot fork, so processes cannot inherit a socket."""


@dataclass(slots=True)
class _Worker:
    """A process: its place among the workers, and the read end of the pipe on which it reports that it is ready."""

    place: int
    ready: int
    serves: bool = False


Serving = Callable[[Running, int], None]
"""A function that each worker calls when it is ready, with its place."""


def serve_with_workers(settings: Settings, announce: Callable[[str], None], serving: Serving) -> int:
    """Serve with `settings.workers` processes until a signal; return the exit code.

    `announce` is called with the URL when all workers are ready. Raises CannotBind and CannotFork.
    """
    if not hasattr(os, "fork"):
        raise CannotFork("--workers needs a system that can fork: run several servers on one redis:// store instead")
    with contextlib.closing(bound(settings)) as listening, _shared_store(settings) as (shared, folder):
        return _Parent(shared, listening, serving, folder).run(lambda: announce(listening.url))


class _Parent:
    """The supervisor of the workers."""

    def __init__(self, settings: Settings, listening: Listeners, serving: Serving, folder: SharedFolder | None) -> None:
        self._settings = settings
        self._folder = folder
        self._listening = listening
        self._serving = serving
        self._workers: dict[int, _Worker] = {}
        self._life, self._alive = os.pipe()
        self._stopping = False
        self._failures = 0

    def run(self, announce: Callable[[], None]) -> int:
        """Start the workers and supervise them until the end; return the exit code."""
        before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._kill)
        code = 0
        try:
            for place in range(self._settings.workers):
                self._start(place)
            code = self._supervise(announce)
        finally:
            self._end()
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)
        return code

    def _supervise(self, announce: Callable[[], None]) -> int:
        if self._all_serve():
            announce()
        while self._workers:
            process, status = os.wait()
            worker = self._workers.pop(process, None)
            if worker is None:
                continue
            serves = worker.serves or self._serves(worker)
            os.close(worker.ready)
            if self._stopping:
                continue
            code = os.waitstatus_to_exitcode(status)
            self._failures = 0 if serves else self._failures + 1
            if code in (EXIT_UNUSABLE_STORE, EXIT_STORE) or self._failures >= FAILURES:
                return code if code in (EXIT_UNUSABLE_STORE, EXIT_STORE) else EXIT_FAILED
            logger.warning("worker %s ended (%s), another takes its place", worker.place, code)
            self._start(worker.place)
        return 0

    def _all_serve(self) -> bool:
        """Wait until every worker is ready; return False if one ends first."""
        return all(self._serves(worker) for worker in tuple(self._workers.values())) and not self._stopping

    @staticmethod
    def _serves(worker: _Worker) -> bool:
        """Wait until a worker is ready; return False if it ends first."""
        worker.serves = worker.serves or bool(os.read(worker.ready, 1))
        return worker.serves

    def _start(self, place: int) -> None:
        read, write = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            process = os.fork()
            if process == 0:
                os.close(read)
                self._work(place, write)
            os.close(write)
            self._workers[process] = _Worker(place, read)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _work(self, place: int, ready: int) -> None:
        """Run a worker in this process, which ends with it."""
        code = EXIT_FAILED
        try:
            for number in (*_SIGNALS, signal.SIGALRM):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            os.close(self._alive)
            for worker in self._workers.values():
                os.close(worker.ready)
            threading.Thread(target=_end_with, args=(self._life,), daemon=True).start()

            def announce(running: Running) -> None:
                self._serving(running, place)
                os.write(ready, b"1")
                os.close(ready)

            run(self._settings, announce, self._listening)
            code = 0
        except (UnusableStore, StoreUnavailable) as problem:
            logger.error("%s", problem)
            code = exit_code(problem)
        except BaseException as problem:
            logger.error("a worker failed: %s", describe_error(problem))
        finally:
            if self._folder is not None:
                self._folder.leave()
            os._exit(code)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        self._signal(signal.SIGTERM)

    def _kill(self, number: int, frame: FrameType | None) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        for process in tuple(self._workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def _end(self) -> None:
        """Stop all workers and wait for their end."""
        if self._workers and not self._stopping:
            self._stop(signal.SIGTERM, None)
        while self._workers:
            process, _ = os.wait()
            worker = self._workers.pop(process, None)
            if worker is not None:
                os.close(worker.ready)
        os.close(self._alive)
        os.close(self._life)


def _end_with(life: int) -> None:
    """End this process when the other end of the pipe is closed, because the parent has ended."""
    with contextlib.suppress(OSError):
        os.read(life, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)  # this thread ends a process that does not stop in time
    os._exit(0)


@contextlib.contextmanager
def _shared_store(settings: Settings) -> Iterator[tuple[Settings, SharedFolder | None]]:
    """Yield settings with a store that all workers share: a temporary file in place of `memory:`."""
    if settings.store != MEMORY:
        yield settings, None
        return
    folder = SharedFolder()
    try:
        yield replace(settings, store=f"sqlite:{folder.path / 'worlds.db'}"), folder
    finally:
        folder.leave()
