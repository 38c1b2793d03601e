"""What `serve` does for its flags --store and --workers."""

import contextlib
import json
import os
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ark_emulator.cli.common.flags import EXIT_USAGE
from ark_emulator.cli.serve.ready import reachable

if TYPE_CHECKING:
    from ark_emulator.runtime.settings.settings import Settings
    from ark_emulator.server import Running

SQLITE: Final = "sqlite:"
_PATIENCE: Final = 5.0


def serve(settings: "Settings", serving: Callable[["Running", int], None], announce: Callable[[str], None]) -> int:
    """Serve with several processes; return the exit code. Raises CannotBind."""
    from ark_emulator.workers import CannotFork, serve_with_workers

    try:
        return serve_with_workers(settings, announce, serving)
    except CannotFork as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return EXIT_USAGE


def warn_of_readers(store: str) -> None:
    """Print a warning when users other than the owner can read a store file that exists: it holds API keys."""
    path = Path(store.removeprefix(SQLITE))
    if not store.startswith(SQLITE) or os.name != "posix":
        return
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.is_file() and mode & (stat.S_IRGRP | stat.S_IROTH):
            message = f"{path} holds API keys and can be read by other users (mode {mode:04o}): chmod 600 {path}"
            print(f"ark-emulator: {message}", file=sys.stderr)


def health(url: str, settings: "Settings") -> Mapping[str, Any]:
    """Return the health of a server that has just started, or the settings if it does not respond."""
    import urllib.request

    from ark_emulator.core.time.clock import ClockMode

    asked = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with asked.open(f"{reachable(url)}/_emulator/health", timeout=_PATIENCE) as response:
            told: Mapping[str, Any] = json.load(response)
            return told
    except (OSError, ValueError):
        clock = {"mode": settings.mode or ClockMode.LIVE, "speed": settings.speed or 1.0}
        return {"clock": clock, "scenario": settings.scenario.name, "store": settings.store}


def kept(store: str) -> str:
    """Return where tasks are stored, for people."""
    return "tasks in memory, lost at exit" if store == "memory:" else f"tasks in {store}"
