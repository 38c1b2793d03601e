"""`ark-emulator serve`: its banner and the start of the server."""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ark_emulator import __version__
from ark_emulator.cli.common.flags import EXIT_USAGE
from ark_emulator.cli.serve import ready, reload, store_flags
from ark_emulator.cli.serve.setting_flags import settings_of

if TYPE_CHECKING:
    from ark_emulator.runtime.settings.settings import Settings
    from ark_emulator.runtime.world.world import World
    from ark_emulator.server import Running


def serve(chosen: argparse.Namespace) -> int:
    """Serve until stopped; return the exit code."""
    from ark_emulator.cli.common.log_handler import logging_to_stderr

    with logging_to_stderr():
        return _serve(chosen)


def _serve(chosen: argparse.Namespace) -> int:
    from ark_emulator.server import CannotBind, exit_code, run
    from ark_emulator.stores.store import StoreUnavailable, UnusableStore

    settings = settings_of(chosen)
    store_flags.warn_of_readers(settings.store)
    if (problem := ready.unwritable(chosen.ready_file)) is not None:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return EXIT_USAGE
    watch = reload.Watch(chosen.scenario) if chosen.watch else None
    announce = partial(_announce, settings=settings, ready_file=chosen.ready_file, browse=chosen.open)
    try:
        if settings.workers > 1:
            return store_flags.serve(settings, partial(_serving, watch=watch), lambda url: announce(url, None))
        run(settings, partial(_alone, watch=watch, announce=announce))
    except ready.CannotTell as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return EXIT_USAGE
    except (CannotBind, StoreUnavailable, UnusableStore) as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return exit_code(problem)
    return 0


def _alone(running: "Running", watch: reload.Watch | None, announce: Callable[..., None]) -> None:
    announce(running.url, running.engine.worlds.default)
    _serving(running, 0, watch)


def _serving(running: "Running", place: int, watch: reload.Watch | None) -> None:
    """Start watching the scenario files in the first process: one watcher is enough."""
    if watch is not None and place == 0:
        watch.start(running)


def _announce(
    url: str, world: "World | None", settings: "Settings", ready_file: str | None = None, *, browse: bool = False
) -> None:
    """Print the first line of stdout, which scripts read, and a banner for people on stderr.

    If the `world` is not in this process, request its state from the server.
    """
    if ready_file is not None:
        ready.tell_ready(ready_file, url)
    print(f"ARK_EMULATOR_URL={url}", flush=True)
    _warn_when_open(settings)
    if world is not None:
        clock, scenario = {"mode": world.clock.mode, "speed": world.clock.speed}, world.behaviour.scenario.name
    else:
        asked = store_flags.health(url, settings)
        clock, scenario = asked["clock"], asked["scenario"]
    told = {"version": __version__, "url": url, "mode": clock["mode"], "speed": clock["speed"], "scenario": scenario}
    shared = settings.workers > 1 and settings.store == "memory:"
    told |= {
        "dashboard": ready.dashboard(url),
        "kept": "tasks lost at exit" if shared else store_flags.kept(settings.store),
    }
    # Keys are secrets: with `--key` the examples name the variable that clients usually read.
    told["authorization"] = '"Authorization: Bearer $ARK_API_KEY"' if settings.keys else "'Authorization: Bearer x'"
    told["api_key"] = 'os.environ["ARK_API_KEY"]' if settings.keys else '"x"'
    print(_BANNER.format(**told), file=sys.stderr)
    proxy = os.environ.get("HTTP_PROXY") or os.environ.get("http_proxy")
    if proxy and "127.0.0.1" not in (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""):
        print("  ! HTTP_PROXY is set: add NO_PROXY=127.0.0.1,localhost\n", file=sys.stderr)
    if browse:
        ready.open_dashboard(url)


def _warn_when_open(settings: "Settings") -> None:
    """Warn if other machines can control the emulator."""
    from ark_emulator.web.server.listening import is_local

    if not settings.guarded and not is_local(settings.host):
        print(
            f"  ! bound to {settings.host}: other machines can control the emulator; add --control-token T\n",
            file=sys.stderr,
        )


_BANNER = """\
ark-emulator {version} is ready (Ctrl-C stops it)
  Ark API   {url}/api/v3        clock {mode}, speed {speed:g}        {kept}
  Dashboard {dashboard}        scenario {scenario}
Try:
  curl -s {url}/api/v3/contents/generations/tasks -H {authorization} -H 'Content-Type: application/json' \\
       -d '{{"model":"dreamina-seedance-2-0-260128","content":[{{"type":"text","text":"a cat"}}]}}'
  from volcenginesdkarkruntime import Ark      # or byteplussdkarkruntime
  ark = Ark(base_url="{url}/api/v3", api_key={api_key})
"""
