"""The command line. It imports what serves only when something is to be served, so that `--help` is quick."""

import argparse
import difflib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from emulator import __version__

if TYPE_CHECKING:
    from emulator.server import Running

PREFIX = "ARK_EMULATOR_"
COMMANDS = ("serve",)
EXIT_USAGE = 2
EXIT_BIND = 3


class _Parser(argparse.ArgumentParser):
    """A parser that suggests what may have been meant."""

    def error(self, message: str) -> NoReturn:
        known = [name for action in self._actions for name in action.option_strings]
        for word in message.split():
            if word.startswith("--") and (close := difflib.get_close_matches(word.partition("=")[0], known, 1)):
                message += f". Did you mean {close[0]}?"
                break
        super().error(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; answers with the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "serve")
    parser = _parser()
    try:
        chosen = parser.parse_args(words)
        return _serve(chosen)
    except SystemExit as stop:
        return int(stop.code or 0)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="ark-emulator", description="A local emulator of the Ark video generation API.")
    parser.add_argument("--version", action="version", version=f"ark-emulator {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    serve = commands.add_parser("serve", help="serve the emulated API (the default command)")
    add_serve_flags(serve, os.environ)
    return parser


def add_serve_flags(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    """The flags of `serve`. Each also reads ARK_EMULATOR_<FLAG>; the flag wins."""

    def add(flag: str, kind: Any, default: Any, text: str, **more: Any) -> None:
        variable = PREFIX + flag.removeprefix("--").upper().replace("-", "_")
        value = environment.get(variable)
        if more.get("action") == "append":
            chosen: Any = value.split(",") if value else []
        else:
            chosen = default if value is None else value
        parser.add_argument(flag, type=kind, default=chosen, help=f"{text} [{variable}]", **more)

    add("--host", str, "127.0.0.1", "address to bind (127.0.0.1)", metavar="H")
    add("--port", _port, 7333, "port to bind; 0 takes a free one (7333)", metavar="N")
    add("--speed", _speed, 1.0, "virtual seconds per real second (1)", metavar="X")
    add(
        "--clock",
        _clock_mode,
        "live",
        "live, frozen, or polls: a poll moves time to the task's next step",
        metavar="MODE",
    )
    add("--seed", int, 0, "seed of all chance (0)", metavar="N")
    add("--start", float, None, "unix second at which the clock starts (now)", metavar="UNIX")
    add("--key", str, [], "an API key that may call; repeatable (any)", action="append", metavar="K")
    add("--public-url", str, None, "base address of result links (the request's own)", metavar="URL")
    add("--endpoint", str, [], "map an endpoint id to a model; repeatable", action="append", metavar="ep-ID=MODEL")
    add("--log", _log_form, "text", "text, json or off", metavar="FORM")


def _serve(chosen: argparse.Namespace) -> int:
    from emulator.core.clock import ClockMode
    from emulator.runtime.settings import Settings
    from emulator.server import CannotBind, run

    settings = Settings(
        host=chosen.host,
        port=chosen.port,
        seed=chosen.seed,
        mode=ClockMode(chosen.clock),
        speed=chosen.speed,
        start=chosen.start,
        keys=frozenset(chosen.key),
        public_url=chosen.public_url.rstrip("/") if chosen.public_url else None,
        log=chosen.log,
        endpoints=dict(pair.split("=", 1) for pair in chosen.endpoint),
    )
    try:
        run(settings, _announce)
    except CannotBind as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return EXIT_BIND
    return 0


def _announce(running: "Running") -> None:
    """The first line of stdout, which scripts read, and a banner for people on stderr."""
    print(f"ARK_EMULATOR_URL={running.url}", flush=True)
    clock = running.engine.worlds.default.clock
    proxy = os.environ.get("HTTP_PROXY") or os.environ.get("http_proxy")
    print(_BANNER.format(version=__version__, url=running.url, mode=clock.mode, speed=clock.speed), file=sys.stderr)
    if proxy and "127.0.0.1" not in (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""):
        print("  ! HTTP_PROXY is set: add NO_PROXY=127.0.0.1,localhost\n", file=sys.stderr)


_BANNER = """\
ark-emulator {version} is ready (Ctrl-C stops it)
  Ark API   {url}/api/v3        clock {mode}, speed {speed:g}        tasks in memory, lost at exit
  Control   {url}/_emulator/health
Try:
  curl -s {url}/api/v3/contents/generations/tasks -H 'Authorization: Bearer x' -H 'Content-Type: application/json' \\
       -d '{{"model":"dreamina-seedance-2-0-260128","content":[{{"type":"text","text":"a cat"}}]}}'
  from volcenginesdkarkruntime import Ark      # or byteplussdkarkruntime
  ark = Ark(base_url="{url}/api/v3", api_key="x")
"""


def _port(text: str) -> int:
    return int(_within(text, int, 0, 65535, "a port from 0 to 65535"))


def _speed(text: str) -> float:
    return float(_within(text, float, 1e-6, 1e6, "a number greater than 0"))


def _within(text: str, kind: type[int] | type[float], low: float, high: float, wanted: str) -> float:
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return value


def _clock_mode(text: str) -> str:
    return _one_of(text, ("live", "frozen", "polls"))


def _log_form(text: str) -> str:
    return _one_of(text, ("text", "json", "off"))


def _one_of(text: str, choices: Sequence[str]) -> str:
    if text in choices:
        return text
    close = difflib.get_close_matches(text, choices, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(choices)}{hint}")


if __name__ == "__main__":
    sys.exit(main())
