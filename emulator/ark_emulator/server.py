"""Start and stop a server: bind, announce the URL, serve until a signal, and close all resources."""

import asyncio
import contextlib
import errno
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any, Final, TypeVar

from aiohttp import web

from ark_emulator.core.scenario.scenario_model import FaultRule, Scenario
from ark_emulator.dialects import build_dialects
from ark_emulator.log import logger
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.settings.scenario_loader import InvalidScenario
from ark_emulator.runtime.settings.settings import HOST, Settings
from ark_emulator.stores.addresses import store_at
from ark_emulator.stores.store import Damaged, Store, StoreInUse, UnusableStore
from ark_emulator.web.dispatch import Dispatcher, build
from ark_emulator.web.http.access_log import AccessLog
from ark_emulator.web.http.parse_errors import parse_error_handler
from ark_emulator.web.server import http_limits
from ark_emulator.web.server.http_runner import Runner, take_more_files
from ark_emulator.web.server.listening import Listeners, listen

Loaded = TypeVar("Loaded")
_HOSTS: Final = "Try --host 127.0.0.1 for this machine alone, or --host 0.0.0.0 for others too."
SHUTDOWN_SECONDS: Final = 4.5
"""Maximum real seconds between a signal and the exit of the program."""
_SETTLED: Final = 0.05
"""Real seconds after the start at which the garbage collector is configured: no request should wait for that."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Loader:
    """The `ScenarioLoader` for the control API. It imports YAML when it is used for the first time."""

    def named(self, name: str) -> Scenario:
        """Return the built-in scenario of that name. Raises KeyError, with a suggestion, if it does not exist."""
        from ark_emulator.loading import loader

        return loader.load_builtin(name)

    def names(self) -> Collection[str]:
        """Return the names of all built-in scenarios."""
        from ark_emulator.loading import builtin

        return builtin.builtin_names()

    def text(self, text: str) -> Scenario:
        """Return the scenario in a YAML text. Raises InvalidScenario."""
        from ark_emulator.loading import loader

        return _usable(lambda: loader.scenario_from_text(text, loader.OBJECT))

    def document(self, document: object) -> Scenario:
        """Return the scenario in a JSON object. Raises InvalidScenario."""
        from ark_emulator.loading import loader

        return _usable(lambda: loader.scenario_from_object(document))

    def fault(self, document: object) -> FaultRule:
        """Return the fault in a JSON object. Raises InvalidScenario."""
        from ark_emulator.loading import loader

        return _usable(lambda: loader.fault_from_object(document))

    def overview(self) -> Sequence[Mapping[str, Any]]:
        """Return group, name, about, source and expects of every built-in scenario, group by group."""
        from ark_emulator.loading import builtin

        return builtin.incidents()

    def source(self, name: str) -> str:
        """Return the text of a built-in scenario. Raises KeyError, with a suggestion, if it does not exist."""
        from ark_emulator.loading import builtin

        return builtin.file_of(name).read_text("utf-8")

    def carets(self, text: str) -> str:
        """Return the mistakes in a YAML text, each with its line and a caret under it; empty if there are none."""
        from ark_emulator.loading.diagnostics.caret_rendering import full
        from ark_emulator.loading.diagnostics.diagnostics import ScenarioError
        from ark_emulator.loading.loader import OBJECT, scenario_from_text

        try:
            scenario_from_text(text, OBJECT)
        except ScenarioError as error:
            return full(error.complaints)
        return ""

    def to_yaml(self, document: object) -> str:
        """Return a JSON document as YAML."""
        from ark_emulator.loading.yaml.yaml_writer import yaml_of

        return yaml_of(document)


def _usable(load: Callable[[], Loaded]) -> Loaded:
    from ark_emulator.loading.diagnostics.caret_rendering import to_object
    from ark_emulator.loading.diagnostics.diagnostics import ScenarioError

    try:
        return load()
    except ScenarioError as error:
        complaints = ({**to_object(each), "source": each.text, "text": str(each)} for each in error.complaints)
        raise InvalidScenario(tuple(complaints)) from None


EXIT_UNUSABLE_STORE: Final = 2
EXIT_BIND: Final = 3
EXIT_STORE: Final = 4


def exit_code(problem: Exception) -> int:
    """Return the exit code of a program whose server could not start.

    It is 3 if the address cannot be bound, 4 if the store is unreachable or in use, and 2 if the store is invalid or
    damaged, so that a retry would not help.
    """
    if isinstance(problem, CannotBind):
        return EXIT_BIND
    if isinstance(problem, Damaged):
        return EXIT_UNUSABLE_STORE
    return (
        EXIT_UNUSABLE_STORE
        if isinstance(problem, UnusableStore) and not isinstance(problem, StoreInUse)
        else EXIT_STORE
    )


class CannotBind(Exception):
    """The address is in use or is not one of this machine; the message says what to do."""


class Running:
    """A running server. `url` is its base URL."""

    def __init__(self, engine: Engine, runner: web.AppRunner, url: str, log: AccessLog) -> None:
        self.engine = engine
        self.url = url
        self._runner = runner
        self._log = log

    async def stop(self) -> None:
        """Stop accepting connections, finish the requests in flight, and close everything."""
        await self._runner.cleanup()
        self._log.flush()


async def start(settings: Settings, store: Store | None = None, listening: Listeners | None = None) -> Running:
    """Bind the address and start serving. `store` overrides the store of the settings.

    `listening` are sockets that already listen, possibly shared with other processes; they replace the address. Raises
    CannotBind if the address cannot be bound, UnusableStore and StoreUnavailable if the store cannot be opened.
    """
    store = store or store_at(settings.store, alone=settings.workers == 1)
    engine = Engine(settings, build_dialects(settings.traits), Loader(), store)
    try:
        for difference in await engine.worlds.open():
            logger.warning("the stored world stays as it is, whatever was said: %s", difference)
    except BaseException:
        await engine.close()
        raise
    log = AccessLog(settings.log)
    runner = Runner(build(engine), Dispatcher(engine, log), parse_error_handler(engine, log))
    await runner.setup()
    try:
        listening = listening or bound(settings)
        for each in listening.sockets:
            await web.SockSite(runner, each, backlog=http_limits.BACKLOG).start()
    except CannotBind:
        await runner.cleanup()
        raise
    return Running(engine, runner, listening.url, log)


def bound(settings: Settings) -> Listeners:
    """Return listening sockets for the address of a server. Raises CannotBind."""
    try:
        found = listen(settings.host, settings.port)
    except OSError as error:
        raise CannotBind(advice(settings, error)) from None
    for note in found.notes:
        logger.warning("%s", note)
    return found


async def serve(
    settings: Settings,
    announce: Callable[[Running], None],
    ending: Callable[[], None] = lambda: None,
    listening: Listeners | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. Call `announce` when the server is ready, and `ending` on the signal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop_serving(number: int, frame: FrameType | None) -> None:
        ending()
        loop.call_soon_threadsafe(stop.set)

    with _on_signals(stop_serving):
        running = await start(settings, listening=listening)
        try:
            announce(running)
            loop.call_later(_SETTLED, _settle)
            await stop.wait()
        finally:
            await running.stop()


def run(settings: Settings, announce: Callable[[Running], None], listening: Listeners | None = None) -> None:
    """Run `serve` on the fastest installed event loop. After a signal, exit within `SHUTDOWN_SECONDS`.

    Further signals are then ignored, because the program is already ending.
    """
    take_more_files()
    last = threading.Timer(SHUTDOWN_SECONDS, _give_up)
    last.daemon = True

    def ending() -> None:
        for number in _SIGNALS:
            signal.signal(number, _ignore)
        with contextlib.suppress(RuntimeError):  # another signal has already started it
            last.start()

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(settings, announce, ending, listening))
    finally:
        last.cancel()
        if last.ident:
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_IGN)


def _settle() -> None:
    """Exempt the objects of the start from garbage collection, and collect new ones less often."""
    gc.freeze()
    gc.set_threshold(5_000, 10, 160)  # small steps: a collection of 20,000 new objects takes up to 50 ms


def _ignore(number: int, frame: FrameType | None) -> None:
    """Ignore a further signal. With SIG_IGN, Python would report a signal that arrives at that moment."""


def _give_up() -> None:
    """End the program at once. The exit code is 0, because a signal requested the end."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()  # stderr is written line by line
    os._exit(0)


@contextlib.contextmanager
def _on_signals(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle signals with the `signal` module: handlers of an event loop would wait until it is idle."""
    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, handler)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    with contextlib.suppress(ImportError):
        if sys.platform == "win32":
            from winloop import new_event_loop
        else:
            from uvloop import new_event_loop
        return new_event_loop
    return None


def advice(settings: Settings, error: OSError) -> str:
    """Return the error for an address that cannot be bound, with what to try."""
    host, port = "127.0.0.1" if settings.host == HOST else settings.host, settings.port
    if isinstance(error, socket.gaierror):
        return f"cannot listen on {host}:{port}: there is no host {host!r}. {_HOSTS}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"cannot listen on {host}:{port}: {host} is no address of this machine. {_HOSTS}"
    if error.errno == errno.EACCES:
        return f"cannot listen on {host}:{port}: not allowed. Ports below 1024 may need rights: try --port 7333."
    why = "it is in use" if error.errno == errno.EADDRINUSE else error.strerror or error
    other = f"--port {port + 1}, or " if 0 < port < 65535 else ""
    return (
        f"cannot listen on {host}:{port}: {why}. "
        f"Another program may hold the port: try {other}--port 0 for any free one."
    )
