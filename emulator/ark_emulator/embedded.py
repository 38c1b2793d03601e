"""An emulator in this process: a real server on a free port, in its own thread and event loop."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ark_emulator.client import Client, Scenario, is_text

if TYPE_CHECKING:
    from typing import Self

    from ark_emulator.core.scenario.scenario_model import Scenario as LoadedScenario
    from ark_emulator.runtime.settings.settings import Settings
    from ark_emulator.server import Running

__tracebackhide__ = True
"""pytest hides the lines of this module in tracebacks."""
_PATIENCE: Final = 30.0
"""Maximum real seconds to start or stop a server."""


class Emulator(Client):
    """An emulator and a client of its default world. Use it as a context manager, or call `start()` and `stop()`.

    `scenario` is a built-in name, a file, a YAML text, a mapping, or several of these. `clock` is live, frozen or
    polls. `seed`, `start` (unix seconds) and `speed` are those of `serve`. Keys that are not in `keys` are rejected.
    `isolate` gives every key its own world; this client then uses the world of `api_key`. `limits` is off, individual
    or enterprise. Other settings are the fields of `Settings` (`ark_emulator.runtime.settings`), except `workers`.
    """

    def __init__(
        self,
        scenario: Scenario | Sequence[Scenario] | None = None,
        clock: str | None = None,
        *,
        seed: int | None = None,
        start: float | None = None,
        speed: float | None = None,
        keys: Iterable[str] = (),
        isolate: bool = False,
        limits: str | None = None,
        **settings: Any,
    ) -> None:
        allowed = (keys,) if isinstance(keys, str) else tuple(keys)
        super().__init__("", api_key=allowed[0] if allowed else None)
        given = {"mode": clock, "seed": seed, "start": start, "speed": speed, "limits": limits}
        chosen = {name: value for name, value in given.items() if value is not None}
        self._arguments = {"port": 0, "log": "off", **settings, **chosen}
        self._arguments |= {"keys": frozenset(allowed), "isolate": isolate}
        self._scenarios = _listed(scenario)
        self._isolated = isolate
        self._thread: ServerThread | None = None

    def __enter__(self) -> "Self":
        return self if self._thread else self.start()

    def close(self) -> None:
        """Stop serving, as `stop` does."""
        self.stop()

    def start(self) -> "Self":
        """Start serving.

        Raises UnknownSetting (a TypeError) for an unknown setting, SettingsError (a ValueError) for an invalid value,
        ScenarioError for an invalid scenario, and CannotBind if the port is in use.
        """
        if self._thread is not None:
            raise RuntimeError("this emulator is already running")
        thread, url = _started(self._arguments, self._scenarios)
        self._thread = thread
        token = self._arguments.get("control_token")
        self._bind(url, None, token, self.api_key)
        if self._isolated:
            self.call("POST", "worlds", {"api_key": self.api_key})
            self._bind(url, self.api_key, token, self.api_key)
        return self

    def stop(self) -> None:
        """Stop serving and discard all state; do nothing if it is not running."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.end()


class ServerThread:
    """A thread that runs one server until `end`. It calls `serving` in its event loop when the server is ready."""

    def __init__(self, settings: "Settings", serving: "Callable[[Running], None] | None" = None) -> None:
        self._settings = settings
        self._serving = serving
        self._ready = threading.Event()
        self._problem: BaseException | None = None
        self._url = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="ark-emulator", daemon=True)

    def begin(self) -> str:
        """Start the thread; return the URL of the server when it is ready."""
        self._thread.start()
        if not self._ready.wait(_PATIENCE):
            raise TimeoutError("the emulator did not start")
        if self._problem is not None:
            raise self._problem
        return self._url

    def end(self) -> None:
        """Stop the server and the thread."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as problem:
            self._problem = problem
            if self._ready.is_set():  # `begin` has returned, so it cannot raise this
                from ark_emulator.log import logger
                from ark_emulator.runtime.common.tracebacks import describe_error

                logger.error("the server ended: %s", describe_error(problem))
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        from ark_emulator.server import start

        running = await start(self._settings)
        self._url, self._loop, self._stop = running.url, asyncio.get_running_loop(), asyncio.Event()
        if self._serving is not None:
            self._serving(running)
        self._ready.set()
        try:
            await self._stop.wait()
        finally:
            await running.stop()


def refusals() -> tuple[type[Exception], ...]:
    """Return the exceptions by which `Emulator.start` rejects its arguments; their messages need no traceback."""
    from ark_emulator.loading.diagnostics.diagnostics import ScenarioError
    from ark_emulator.runtime.settings.settings_validation import SettingsError, UnknownSetting
    from ark_emulator.server import CannotBind
    from ark_emulator.stores.store import StoreUnavailable, UnusableStore

    return SettingsError, UnknownSetting, ScenarioError, CannotBind, StoreUnavailable, UnusableStore, OSError


def _started(given: Mapping[str, Any], scenarios: Sequence[object]) -> tuple[ServerThread, str]:
    """Return a running server and its URL. Rejections are raised without the traceback of the other thread."""
    try:
        thread = ServerThread(_settings(given, scenarios))
        return thread, thread.begin()
    except refusals() as problem:
        raise problem.with_traceback(None) from None


def _listed(scenario: object) -> tuple[object, ...]:
    if scenario is None:
        return ()
    several = isinstance(scenario, Iterable) and not isinstance(scenario, str | Path | Mapping)
    return tuple(scenario) if several else (scenario,)  # type: ignore[arg-type]


def _settings(given: Mapping[str, Any], scenarios: Sequence[object]) -> "Settings":
    """Return the settings of a server. Raises UnknownSetting for an unknown name, SettingsError for a value."""
    from ark_emulator.core.scenario.scenario_model import merged
    from ark_emulator.runtime.settings.settings import Settings
    from ark_emulator.runtime.settings.settings_validation import validate_settings, value_of_word

    _reject_unknown(given)
    read: dict[str, Any] = {name: value_of_word(name, value) for name, value in given.items()}
    if scenarios:
        read["scenario"] = merged([_loaded(scenario) for scenario in scenarios])
    settings = Settings(**read)
    validate_settings(settings)
    return settings


def _reject_unknown(given: Mapping[str, Any]) -> None:
    """Raise UnknownSetting for a setting that an Emulator does not accept."""
    from dataclasses import fields

    from ark_emulator.core.suggestion import did_you_mean
    from ark_emulator.runtime.settings.setting_table import FIELDS
    from ark_emulator.runtime.settings.settings import Settings
    from ark_emulator.runtime.settings.settings_validation import UnknownSetting

    rows = [FIELDS[field.name] for field in fields(Settings)]
    for row in rows:
        if row.not_embedded and row.name in given:
            raise UnknownSetting(f"Emulator takes no {row.name!r}: {row.not_embedded}")
    names = [row.name for row in rows]
    for name in given:
        if name not in names:
            arguments = [row.argument or row.name for row in rows if not row.not_embedded]
            offered = ["clock", *(each for each in arguments if each != "clock")]
            hint = did_you_mean(name, offered) or f"; it takes {', '.join(offered)}"
            raise UnknownSetting(f"Emulator takes no {name!r}{hint}")


def _loaded(scenario: object) -> "LoadedScenario":
    """Load a scenario. Raises ScenarioError, SettingsError for an unknown name, and OSError."""
    from ark_emulator.loading import loader
    from ark_emulator.runtime.settings.settings_validation import SettingsError

    if isinstance(scenario, Mapping):
        return loader.scenario_from_object(scenario)
    if isinstance(scenario, Path):
        return loader.scenario_from_file(scenario)
    if not isinstance(scenario, str):
        accepted = "a name, a file, a text or a mapping, or a list of these"
        raise SettingsError(f"scenario must be {accepted}, not {scenario!r}")
    if is_text(scenario):
        return loader.scenario_from_text(scenario, "<text>")
    try:
        return loader.scenario_named(scenario)
    except KeyError as problem:
        raise SettingsError(f"scenario: {problem.args[0]}") from None
