"""Starts and stops a server: binds, says where it is, serves until told to stop, leaves nothing hanging."""

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
"""Real seconds after which a program that was told to stop is gone, whatever it still has to do."""
_SETTLED: Final = 0.05
"""Real seconds after the start at which there is time for what nobody has waited for."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Loader:
    """Loads scenarios for the control API. It imports YAML only when asked for the first time."""

    def named(self, name: str) -> Scenario:
        """The built-in scenario of that name. KeyError, with a suggestion, when there is none."""
        from ark_emulator.loading import loader

        return loader.load_builtin(name)

    def names(self) -> Collection[str]:
        """The names of all built-in scenarios."""
        from ark_emulator.loading import builtin

        return builtin.builtin_names()

    def text(self, text: str) -> Scenario:
        """The scenario in a text of YAML. Raises Unusable."""
        from ark_emulator.loading import loader

        return _usable(lambda: loader.scenario_from_text(text, loader.OBJECT))

    def document(self, document: object) -> Scenario:
        """The scenario in a JSON object. Raises Unusable."""
        from ark_emulator.loading import loader

        return _usable(lambda: loader.scenario_from_object(document))

    def fault(self, document: object) -> FaultRule:
        """The fault in a JSON object. Raises Unusable."""
        from ark_emulator.loading import loader

        return _usable(lambda: loader.fault_from_object(document))

    def overview(self) -> Sequence[Mapping[str, Any]]:
        """Group, name, about, source and expects of every built-in scenario, group by group."""
        from ark_emulator.loading import builtin

        return builtin.incidents()

    def source(self, name: str) -> str:
        """The text of the built-in scenario of that name. KeyError, with a suggestion, when there is none."""
        from ark_emulator.loading import builtin

        return builtin.file_of(name).read_text("utf-8")

    def carets(self, text: str) -> str:
        """All that is wrong with a text of YAML, each with its line and a caret under the place; empty when nothing."""
        from ark_emulator.loading.diagnostics.caret_rendering import full
        from ark_emulator.loading.diagnostics.diagnostics import ScenarioError
        from ark_emulator.loading.loader import OBJECT, scenario_from_text

        try:
            scenario_from_text(text, OBJECT)
        except ScenarioError as error:
            return full(error.complaints)
        return ""

    def to_yaml(self, document: object) -> str:
        """The YAML of a document of JSON."""
        from ark_emulator.loading.yaml.yaml_writer import yaml_of

        return yaml_of(document)


def _usable(load: Callable[[], Loaded]) -> Loaded:
    from ark_emulator.loading.diagnostics.caret_rendering import to_object
    from ark_emulator.loading.diagnostics.diagnostics import ScenarioError

    try:
        return load()
    except ScenarioError as error:
        told = ({**to_object(each), "source": each.text, "text": str(each)} for each in error.complaints)
        raise InvalidScenario(tuple(told)) from None


EXIT_UNUSABLE_STORE: Final = 2
EXIT_BIND: Final = 3
EXIT_STORE: Final = 4


def exit_code(problem: Exception) -> int:
    """How a program ends whose server could not start: 3 for its address, 4 for a store that cannot be had now.

    2 for a store that is none or is broken: to try again would not help.
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
    """The address is taken or not ours; the message says what to do."""


class Running:
    """A server that listens. `url` is its base address."""

    def __init__(self, engine: Engine, runner: web.AppRunner, url: str, log: AccessLog) -> None:
        self.engine = engine
        self.url = url
        self._runner = runner
        self._log = log

    async def stop(self) -> None:
        """Stop accepting, let what is in flight finish, close everything."""
        await self._runner.cleanup()
        self._log.flush()


async def start(settings: Settings, store: Store | None = None, listening: Listeners | None = None) -> Running:
    """Bind and serve; worlds are kept in `store` where one is given, else where the settings say.

    Raises CannotBind when the address cannot be had, Unfit and StoreGone when the store cannot. Sockets that are
    `listening` already, which may be shared with other processes, are served in place of an address.
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
    """Return the sockets of a server, which listen. Raises CannotBind."""
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
    """Serve until SIGTERM or SIGINT; `announce` is called once requests are answered, `ending` as the signal comes."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told(number: int, frame: FrameType | None) -> None:
        ending()
        loop.call_soon_threadsafe(stop.set)

    with _on_signals(told):
        running = await start(settings, listening=listening)
        try:
            announce(running)
            loop.call_later(_SETTLED, _settle)
            await stop.wait()
        finally:
            await running.stop()


def run(settings: Settings, announce: Callable[[Running], None], listening: Listeners | None = None) -> None:
    """Run `serve` on the fastest event loop that is installed; once a signal came, for `LAST` seconds at most.

    Further signals are then ignored: the program is about to end as it was told to.
    """
    take_more_files()
    last = threading.Timer(SHUTDOWN_SECONDS, _give_up)
    last.daemon = True

    def ending() -> None:
        for number in _SIGNALS:
            signal.signal(number, _heard)
        with contextlib.suppress(RuntimeError):  # another signal came in between, and has started it
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
    """Let the garbage collector pass over what stays for good, and look less often at what comes and goes."""
    gc.freeze()
    gc.set_threshold(5_000, 10, 160)  # small steps: one over 20,000 new objects takes up to 50 ms


def _heard(number: int, frame: FrameType | None) -> None:
    """Let a further signal pass. One that is ignored while it comes in would be complained of."""


def _give_up() -> None:
    """End the program, come what may: with the status of an orderly end, for that is what was asked for."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()  # stderr is written line by line
    os._exit(0)


@contextlib.contextmanager
def _on_signals(told: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have the end asked for through handlers of Python's own: those of an event loop wait until it is idle."""
    before = {number: signal.signal(number, told) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is told:
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
    """What to do about an address that cannot be had."""
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
