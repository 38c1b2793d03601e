"""`exec` runs a server while one program runs, `demo` while a guided tour runs."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from ark_emulator.cli.common.flags import EXIT_USAGE, PREFIX
from ark_emulator.cli.remote import SubCommands
from ark_emulator.cli.serve.ready import open_dashboard, reachable
from ark_emulator.cli.serve.reload import Watch
from ark_emulator.cli.serve.setting_flags import add_serve_flags, settings_of
from ark_emulator.cli.serve.store_flags import warn_of_readers

NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127
KEY: Final = "sk-ark-emulator"
"""The API key that the program gets if any key is accepted."""
CLIP: Final = Path("ark-emulator-demo.mp4")
LOCAL: Final = ("127.0.0.1", "localhost")
_FORWARDED: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_FROM_TERMINAL: Final = ("SIGINT", "SIGQUIT")


def add_run_commands(commands: SubCommands, environment: Mapping[str, str]) -> None:
    """Add `exec` and `demo`."""
    parser = commands.add_parser("exec", help="run a program with its own server: exec [flags of serve] -- CMD...")
    add_serve_flags(parser, environment)
    quiet = {
        name: value for name, value in (("port", 0), ("log", "off")) if not environment.get(f"{PREFIX}{name.upper()}")
    }
    parser.set_defaults(run=exec_command, **quiet)
    parser.epilog = (
        "Sets ARK_EMULATOR_URL, ARK_BASE_URL, ARK_API_KEY, OPENAI_BASE_URL and OPENAI_API_KEY, and extends NO_PROXY."
    )
    touring = commands.add_parser("demo", help="run a guided tour; saves a clip to the current folder")
    touring.add_argument("--output", type=Path, default=CLIP, metavar="FILE", help=f"file to save the clip to ({CLIP})")
    touring.set_defaults(run=_demo)


def split_command(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words of a command line before the first `--`, and those of the program after it."""
    if not words or words[0] != "exec" or "--" not in words:
        return list(words), []
    end = words.index("--")
    return list(words[:end]), list(words[end + 1 :])


def exec_command(chosen: argparse.Namespace) -> int:
    """Serve on a free port, run the program with the matching environment, and return its exit code."""
    from ark_emulator.cli.common.log_handler import logging_to_stderr

    with logging_to_stderr():
        return _execute(chosen)


def _execute(chosen: argparse.Namespace) -> int:
    if not chosen.program:
        print("ark-emulator exec: name a program after --, as in: ark-emulator exec -- pytest", file=sys.stderr)
        return EXIT_USAGE
    from ark_emulator.embedded import ServerThread
    from ark_emulator.server import CannotBind, exit_code
    from ark_emulator.stores.store import StoreUnavailable, UnusableStore

    settings = settings_of(chosen)
    if settings.workers > 1:
        print("ark-emulator exec: --workers is not supported here; omit it", file=sys.stderr)
        return EXIT_USAGE
    warn_of_readers(settings.store)
    server = ServerThread(settings, Watch(chosen.scenario).start if chosen.watch else None)
    try:
        url = reachable(server.begin())
    except (CannotBind, StoreUnavailable, UnusableStore) as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return exit_code(problem)
    try:
        if chosen.open:
            open_dashboard(url)
        key = chosen.key[0] if chosen.key else KEY
        code = _run(chosen.program, child_environment(os.environ, url, key, settings.control_token))
        _print_findings(url, key if chosen.isolate else None, settings.control_token)
        return code
    finally:
        server.end()


def _demo(chosen: argparse.Namespace) -> int:
    from ark_emulator.cli.common.log_handler import logging_to_stderr
    from ark_emulator.cli.demo_tour import demo

    with logging_to_stderr():
        return demo(chosen)


def child_environment(environment: Mapping[str, str], url: str, key: str, token: str | None = None) -> dict[str, str]:
    """Return the environment of the program: SDKs and our commands find the server and bypass proxies."""
    bypass = {
        name: ",".join(dict.fromkeys([*filter(None, environment.get(name, "").split(",")), *LOCAL]))
        for name in ("NO_PROXY", "no_proxy")
    }
    addresses = {
        f"{PREFIX}URL": url,
        "ARK_BASE_URL": f"{url}/api/v3",
        "ARK_API_KEY": key,
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": key,
        "PATH": os.pathsep.join([*filter(None, [environment.get("PATH")]), str(Path(sys.executable).parent)]),
    }
    return {**environment, **bypass, **addresses, **({f"{PREFIX}CONTROL_TOKEN": token} if token else {})}


def _run(program: Sequence[str], environment: Mapping[str, str]) -> int:
    with _forwarding() as begun:
        try:
            process = subprocess.Popen(program, env=dict(environment))
        except FileNotFoundError:
            print(f"ark-emulator exec: {program[0]}: not found", file=sys.stderr)
            return NOT_FOUND
        except OSError as problem:
            print(f"ark-emulator exec: {program[0]}: {problem.strerror}", file=sys.stderr)
            return NOT_EXECUTABLE
        begun(process)
        code = process.wait()
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _forwarding() -> Iterator[Callable[["subprocess.Popen[bytes]"], None]]:
    """Forward signals to a program, also those that arrive while it starts; call the result with the program.

    Do not forward signals of the terminal, which sends them to both processes.
    """
    started: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def forward(number: int, _: object) -> None:
        if signal.Signals(number).name in _FROM_TERMINAL and _in_foreground():
            return
        if not started:
            early.append(number)
        elif started[0].poll() is None:
            started[0].send_signal(number)

    def begun(process: "subprocess.Popen[bytes]") -> None:
        started.append(process)
        for number in early:
            process.send_signal(number)

    kinds = [getattr(signal, name) for name in _FORWARDED if hasattr(signal, name)]
    before = {number: signal.signal(number, forward) for number in kinds}
    try:
        yield begun
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Return whether a terminal sends its signals to this process, and so to the program as well."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def _print_findings(url: str, world: str | None, token: str | None) -> None:
    """Print the report card of the program's world if it has findings."""
    from ark_emulator.cli.common import terminal_format
    from ark_emulator.client import ControlError, Unreachable, connect

    try:
        report = connect(url, world, token).report()
    except (ControlError, Unreachable):
        return
    if any(each["severity"] != "note" for each in report["findings"]):
        print("ark-emulator: the report card of this run", *terminal_format.report(report), sep="\n  ", file=sys.stderr)
