"""The scenarios of `serve`: load them, and reload them when their files change."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ark_emulator.cli.common.flags import EXIT_USAGE

if TYPE_CHECKING:
    import asyncio

    from ark_emulator.core.scenario.scenario_model import Scenario
    from ark_emulator.server import Running

PAUSE: Final = 0.5
"""Real seconds between two checks of the files."""


class BadScenario(Exception):
    """A scenario cannot be used; the message is for people, and may have several lines."""


def add_flags(add: Callable[..., None]) -> None:
    """Add the flags that choose scenarios."""
    add("--scenario", str, [], "built-in scenario or file; repeatable (none)", action="append", metavar="NAME|FILE")
    add("--watch", bool, False, "reload scenario files when they change", action="store_true")


def scenario_of(names: Sequence[str]) -> "Scenario":
    """Return the scenarios of these names and files, merged in order. Raises BadScenario with all mistakes."""
    from ark_emulator.core.scenario.scenario_model import DEFAULT

    if not names:
        return DEFAULT
    from ark_emulator.loading.diagnostics.caret_rendering import full
    from ark_emulator.loading.diagnostics.diagnostics import ScenarioError
    from ark_emulator.loading.loader import load_all

    try:
        return load_all(names)
    except ScenarioError as error:
        raise BadScenario(full(error.complaints).rstrip()) from None
    except KeyError as error:
        raise BadScenario(f"ark-emulator: {error.args[0]}") from None
    except OSError as error:
        raise BadScenario(f"ark-emulator: cannot read {error.filename}: {error.strerror}") from None


def scenario_or_exit(names: Sequence[str]) -> "Scenario":
    """Return the same, but print mistakes to stderr and raise SystemExit with the exit code of wrong usage."""
    try:
        return scenario_of(names)
    except BadScenario as problem:
        print(problem, file=sys.stderr)
        raise SystemExit(EXIT_USAGE) from None


class Watch:
    """Watch scenario files, and update a server when they have changed and are valid."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._stamps = self._look()
        self._job: asyncio.Task[None] | None = None

    def start(self, running: "Running") -> None:
        """Start watching, within the running event loop, until that ends."""
        import asyncio

        self._job = asyncio.get_running_loop().create_task(self._run(running))

    def stop(self) -> None:
        """Stop watching."""
        if self._job is not None:
            self._job.cancel()

    def changed(self) -> "Scenario | None":
        """Return the reloaded scenarios if a file has changed since the last check and all are valid.

        Print the mistakes in them; the last valid scenarios stay active.
        """
        stamps = self._look()
        if stamps == self._stamps:
            return None
        self._stamps = stamps
        try:
            return scenario_of(self._names)
        except BadScenario as problem:
            print(f"{problem}\nark-emulator: the previous scenario stays active", file=sys.stderr)
            return None

    async def _run(self, running: "Running") -> None:
        import asyncio

        while True:
            await asyncio.sleep(PAUSE)
            if (scenario := self.changed()) is not None:
                await running.engine.worlds.replace_scenario(scenario)
                print(f"ark-emulator: scenario {scenario.name} was reloaded", file=sys.stderr)

    def _look(self) -> dict[Path, tuple[int, int] | None]:
        return {path: _stamp(path) for path in map(_file_of, self._names)}


def _file_of(name: str) -> Path:
    """Return the file for a word on the command line, by the rules of the loader."""
    from ark_emulator.loading import builtin
    from ark_emulator.loading.loader import SUFFIXES

    path = Path(name)
    return path if path.suffix in SUFFIXES or len(path.parts) > 1 else builtin.file_of(name)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return the modification time and the size of a file, None if it does not exist."""
    try:
        found: Any = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
