"""Several processes that serve one address and share their worlds: one parent that only looks after its workers.

The parent binds the address, starts the workers on the sockets that they inherit, and replaces those that die. It ends
when it is told to, and so do they; when it is killed, they notice and end as well.
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
"""Real seconds after which workers that were told to end are ended."""
FAILURES: Final = 5
"""How many workers may die one after the other before they have served anything; then the server ends."""
EXIT_FAILED: Final = 1
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class CannotFork(Exception):
    """This system has no way to hand a socket on to several processes."""


@dataclass(slots=True)
class _Worker:
    """A process: its place among the workers, and the end of a pipe on which it says that it serves."""

    place: int
    ready: int
    serves: bool = False


Serving = Callable[[Running, int], None]
"""What a worker does once it serves, given its place."""


def serve_with_workers(settings: Settings, announce: Callable[[str], None], serving: Serving) -> int:
    """Serve with `settings.workers` processes until told to stop; answers with the exit code.

    `announce` is called with the address once every worker serves. Raises CannotBind and CannotFork.
    """
    if not hasattr(os, "fork"):
        raise CannotFork("--workers needs a system that can fork: run several servers on one redis:// store instead")
    with contextlib.closing(bound(settings)) as listening, _shared_store(settings) as (shared, folder):
        return _Parent(shared, listening, serving, folder).run(lambda: announce(listening.url))


class _Parent:
    """Looks after the workers."""

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
        """Start the workers, and look after them until the end; answers with the exit code."""
        before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._kill)
        code = 0
        try:
            for place in range(self._settings.workers):
                self._start(place)
            code = self._look_after(announce)
        finally:
            self._end()
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)
        return code

    def _look_after(self, announce: Callable[[], None]) -> int:
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
        """Wait until every worker serves; False when one ends first."""
        return all(self._serves(worker) for worker in tuple(self._workers.values())) and not self._stopping

    @staticmethod
    def _serves(worker: _Worker) -> bool:
        """Wait until a worker serves; False when it ends first."""
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
        """Be a worker; never returns."""
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
        """Let every worker end, and wait for that."""
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
    """End in good order when nobody holds the other end of this pipe any more: the parent is gone."""
    with contextlib.suppress(OSError):
        os.read(life, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)  # in a thread of its own: whoever does not end by then is ended
    os._exit(0)


@contextlib.contextmanager
def _shared_store(settings: Settings) -> Iterator[tuple[Settings, SharedFolder | None]]:
    """The settings with a store that all workers share: a file for as long as they serve, where none was named."""
    if settings.store != MEMORY:
        yield settings, None
        return
    folder = SharedFolder()
    try:
        yield replace(settings, store=f"sqlite:{folder.path / 'worlds.db'}"), folder
    finally:
        folder.leave()
