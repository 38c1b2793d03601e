"""A server in a thread, for clients that block."""

import asyncio
import threading

from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import Running, start

from tests.support.constants import PATIENT


class Threaded:
    """A server in a thread of its own, for clients that block."""

    def __init__(self, settings: Settings) -> None:
        self.url = ""
        self.running: Running | None = None
        self._settings = settings
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Threaded":
        self._thread.start()
        assert self._ready.wait(PATIENT)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.running is not None
        asyncio.run_coroutine_threadsafe(self.running.stop(), self._loop).result(PATIENT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENT)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self.running = self._loop.run_until_complete(start(self._settings))
        self.url = self.running.url
        self._ready.set()
        self._loop.run_forever()
