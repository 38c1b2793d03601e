"""The commands that talk to a running emulator, by the standard library and the control API only."""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from ark_emulator.cli.common.flags import EXIT_USAGE, PREFIX, add_flag, bounded, one_of, within
from ark_emulator.cli.common.output import OutputLost, json_text

if TYPE_CHECKING:
    from ark_emulator.client import Client

EXIT_FINDINGS: Final = 1
_PORT: Final = "7333"
_BARE: Final = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
_UNDER_WAY: Final = ("running", "queued")
_STATES: Final = ("pending", "delivered", "failed")
_STATUSES: Final = {
    "task.succeed": "succeeded",
    "task.run": "running",
    "task.fail": "failed",
    "task.expire": "expired",
    "task.cancel": "cancelled",
}
EVENTS: Final = (*_STATUSES, "callback.resend", "fault", "fault.clear")
_HOW_TO_FAULT: Final = "give the kind of request and an effect: ark-emulator trigger fault on=fetch first=3 status=503"
Command = Callable[["Client", argparse.Namespace], int]


class SubCommands(Protocol):
    """What `argparse` answers to `add_subparsers`."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:
        """A parser for one more command."""


def add_remote_commands(commands: SubCommands, environment: Mapping[str, str]) -> None:
    """Add the commands that talk to a running emulator."""

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=text)
        add_connection_flags(parser, environment)
        parser.set_defaults(run=_connected(command))
        return parser

    listing = add("tasks", tasks, "list the tasks, or show one")
    listing.add_argument("id", nargs="?", help="id of the task to show")
    listing.add_argument("--status", help="only tasks with this status, such as queued or running")
    _add_limit(listing)
    saying = add("journal", journal, "list the exchanges")
    for criterion in ("status", "method", "task"):
        saying.add_argument(f"--{criterion}", help=f"only entries with this {criterion}")
    saying.add_argument("--bodies", action="store_true", help="include request and response bodies")
    _add_limit(saying)
    calling = add("callbacks", callbacks, "list the callbacks")
    calling.add_argument("--state", type=lambda text: one_of(text, _STATES), help="pending, delivered or failed")
    add("report", report, "show the report card of the clients; exits with 1 if it has findings")
    tailing = add("tail", tail, "print events until interrupted")
    tailing.add_argument("--kind", help="only events of this kind, such as move or callback")
    add("health", health, "show the state of the server; exits with 1 if it does not respond or cannot reach its store")
    _add_clock(add("clock", clock, "show the clock, or freeze, resume or advance it"), environment)
    using = add("use", use, "switch to another scenario")
    using.add_argument("scenario", help="built-in name or file")
    _add_trigger(add("trigger", trigger, "change a task, resend a callback or add a fault"))
    add("reset", reset, "empty the world and reset its clock")


def add_connection_flags(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    """Add the flags that select an emulator and a world."""
    token = environment.get(f"{PREFIX}CONTROL_TOKEN")
    url = f"http://127.0.0.1:{environment.get(f'{PREFIX}PORT') or _PORT}"
    add_flag(parser, environment, "--url", _url, url, f"URL of the server ({url})", metavar="URL")
    add_flag(parser, environment, "--world", str, None, "API key of the world (the default world)", metavar="KEY")
    add_flag(parser, environment, "--token", str, token, "control token of the server", metavar="T")
    add_flag(parser, environment, "--json", bool, False, "print JSON", action="store_true")


def _url(text: str) -> str:
    from ark_emulator.client.transport import BadAddress, parts_of

    try:
        parts_of(text)
    except BadAddress as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    return text


def _repeat_connection_flags(verb: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    """Accept the flags after a verb too; without a value there, they keep the value from before the verb."""
    add_connection_flags(verb, environment)
    for action in verb._actions:
        if action.dest != "help":
            action.default = argparse.SUPPRESS


def connected(chosen: argparse.Namespace) -> "Client":
    """Return the client for the connection flags."""
    from ark_emulator.client import connect

    return connect(chosen.url, chosen.world, chosen.token)


def tasks(client: "Client", chosen: argparse.Namespace) -> int:
    """List the tasks, or show one."""
    from ark_emulator.cli.common import terminal_format

    if chosen.id is not None:
        found = client.task(chosen.id)
        return _say(chosen, found, terminal_format.task(found))
    listed = client.tasks(**_given(chosen, "status", "limit"))
    return _say(chosen, listed, terminal_format.tasks(listed) if listed else ["no tasks"])


def journal(client: "Client", chosen: argparse.Namespace) -> int:
    """List the exchanges."""
    from ark_emulator.cli.common import terminal_format

    found = client.journal(**_given(chosen, "status", "method", "task", "limit"))
    return _say(chosen, found, terminal_format.journal(found, bodies=chosen.bodies) or ["no exchanges"])


def callbacks(client: "Client", chosen: argparse.Namespace) -> int:
    """List the callbacks."""
    from ark_emulator.cli.common import terminal_format

    found = client.callbacks(**_given(chosen, "state"))
    return _say(chosen, found, terminal_format.callbacks(found) or ["no callbacks"])


def report(client: "Client", chosen: argparse.Namespace) -> int:
    """Show the report card; return 1 if it has findings that are more than notes."""
    from ark_emulator.cli.common import terminal_format

    found = client.report()
    _say(chosen, found, terminal_format.report(found))
    return EXIT_FINDINGS if any(each["severity"] != "note" for each in found["findings"]) else 0


def tail(client: "Client", chosen: argparse.Namespace) -> int:
    """Print events until interrupted."""
    from ark_emulator.cli.common import terminal_format
    from ark_emulator.core.printable import on_one_line

    try:
        for event in client.events():
            if chosen.kind in (None, event["kind"]):
                print(json.dumps(event) if chosen.json else on_one_line(terminal_format.event(event)), flush=True)
    except KeyboardInterrupt:
        return 0
    return 0


def health(client: "Client", chosen: argparse.Namespace) -> int:
    """Show the state of the server; return 1 if it cannot reach its store."""
    from ark_emulator.cli.common import terminal_format

    found = client.health()
    _say(chosen, found, terminal_format.health(found, client.url))
    return 0 if found["store_ok"] else EXIT_FINDINGS


def clock(client: "Client", chosen: argparse.Namespace) -> int:
    """Show the clock, or move it."""
    from ark_emulator.cli.common import terminal_format

    match chosen.verb:
        case "freeze":
            client.freeze()
        case "resume":
            client.resume(chosen.speed)
        case "advance" | "next":
            found = client.advance(**_distance(chosen.span if chosen.verb == "advance" else "next"))
            shown = {**client.clock(), "effects": found}
            return _say(chosen, shown, [terminal_format.clock(client.clock()), *terminal_format.effects(found)])
    now = client.clock()
    return _say(chosen, now, [terminal_format.clock(now)])


def use(client: "Client", chosen: argparse.Namespace) -> int:
    """Switch to another scenario."""
    shown = client.use(chosen.scenario)
    return _say(chosen, shown, [": ".join(filter(None, (shown.get("name"), shown.get("about"))))])


def trigger(client: "Client", chosen: argparse.Namespace) -> int:
    """Change a task, resend a callback, or add or remove faults."""
    from ark_emulator.cli.common import terminal_format

    if chosen.message is not None and not (chosen.event == "task.fail" and chosen.what):
        raise CommandError(
            "--message goes with a code: ark-emulator trigger task.fail MyCode --message TEXT", EXIT_USAGE
        )
    if chosen.event == "fault":
        wanted = dict(map(_pair, chosen.what))
        if "on" not in wanted:
            raise CommandError(_HOW_TO_FAULT, EXIT_USAGE)
        name = client.fault(**wanted)
        return _say(chosen, {"id": name}, [f"{name} was added"])
    if chosen.event == "fault.clear":
        client.clear_faults(chosen.what[0] if chosen.what else None)
        return _say(chosen, {}, ["removed"])
    if chosen.event == "callback.resend":
        callback = chosen.what[0] if chosen.what else _newest(client.callbacks(**_given(chosen, "task")), "callback")
        sent = client.redeliver(callback)
        told = f"{sent['id']} {sent['status']} is being sent again; see: ark-emulator callbacks"
        return _say(chosen, sent, [told])
    task = chosen.task or _newest([each for each in client.tasks() if each["status"] in _UNDER_WAY][::-1], "task")
    code = chosen.what[0] if chosen.what else None
    moved = client.force(task, _STATUSES[chosen.event], code, chosen.message)
    return _say(chosen, moved, terminal_format.task(moved))


def reset(client: "Client", chosen: argparse.Namespace) -> int:
    """Empty the world."""
    from ark_emulator.cli.common import terminal_format

    client.reset()
    now = client.clock()
    return _say(chosen, now, [f"empty; clock {terminal_format.clock(now)}"])


class CommandError(Exception):
    """A command cannot be executed with these arguments; `code` is the exit code."""

    def __init__(self, message: str, code: int = EXIT_FINDINGS) -> None:
        super().__init__(message)
        self.code = code


def _connected(command: Command) -> Callable[[argparse.Namespace], int]:
    """Return a command as the parser runs it: with a client, and with errors as messages."""

    def run(chosen: argparse.Namespace) -> int:
        from ark_emulator.client import ControlError, Unreachable

        try:
            return command(connected(chosen), chosen)
        except Unreachable as problem:
            print(f"ark-emulator: {problem}\nStart one with: ark-emulator serve", file=sys.stderr)
        except CommandError as problem:
            print(f"ark-emulator: {problem}", file=sys.stderr)
            return problem.code
        except ControlError as problem:
            told = _no_token(chosen.token) if problem.code == "token_required" else problem
            print(f"ark-emulator: {told}", file=sys.stderr)
            return EXIT_USAGE if problem.status in (400, 404, 422) else EXIT_FINDINGS
        except OutputLost:
            raise
        except OSError as problem:
            print(f"ark-emulator: cannot read {problem.filename}: {problem.strerror}", file=sys.stderr)
            return EXIT_USAGE
        return EXIT_FINDINGS

    return run


def _no_token(given: str | None) -> str:
    if given is None:
        return f"this server requires its control token: add --token T, or set {PREFIX}CONTROL_TOKEN"
    return "the control token given by --token or its variable is wrong"


def _say(chosen: argparse.Namespace, document: object, lines: Sequence[str]) -> int:
    from ark_emulator.core.printable import on_one_line

    print(json_text(document) if chosen.json else "\n".join(map(on_one_line, lines)))
    return 0


def _given(chosen: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: getattr(chosen, name) for name in names if getattr(chosen, name) is not None}


def _newest(found: Sequence[Any], what: str) -> str:
    if not found:
        raise CommandError(f"there is no such {what}: name one by its id")
    return str(found[-1]["id"])


def _pair(text: str) -> tuple[str, Any]:
    """Return the key and value of `KEY=VALUE`; the value is parsed as JSON if possible."""
    name, separator, value = text.partition("=")
    if not separator:
        raise CommandError(f"{text!r} is not KEY=VALUE", EXIT_USAGE)
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


def _distance(text: str) -> dict[str, Any]:
    """Return how far to move the clock, as arguments of `advance`."""
    return {"until": text} if text in ("next", "idle") else {"seconds": _seconds(text)}


def _span(text: str) -> str:
    if text not in ("next", "idle"):
        _seconds(text)
    return text


def _seconds(text: str) -> float:
    from ark_emulator.loading.schema.duration_syntax import InvalidValue, seconds

    try:
        return seconds(float(text) if _BARE.fullmatch(text) else text)
    except InvalidValue as problem:
        raise argparse.ArgumentTypeError(f"{problem.message}; {problem.hint}, or next, or idle") from None


def _add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=_limit, metavar="N", help="only the newest N")


def _limit(text: str) -> int:
    return int(within(text, int, 1, 10**9, "a whole number from 1"))


def _add_clock(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=text)
        _repeat_connection_flags(verb, environment)
        return verb

    add("freeze", "stop the clock")
    resuming = add("resume", "start the clock")
    resuming.add_argument("--speed", type=_speed, metavar="X", help="virtual seconds per real second (unchanged)")
    add("advance", "move the clock forward").add_argument(
        "span", type=_span, help="duration such as 90s, 2h or 500ms; or next, or idle"
    )
    add("next", "move the clock to the next event")


def _speed(text: str) -> float:
    return bounded(text, "speed")


def _add_trigger(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("event", type=lambda text: one_of(text, EVENTS), metavar="EVENT", help=", ".join(EVENTS))
    parser.add_argument("what", nargs="*", help="task.fail: a code; callback.resend: an id; fault: KEY=VALUE ...")
    parser.add_argument("--task", metavar="ID", help="id of the task (the newest that has not ended)")
    parser.add_argument("--message", metavar="TEXT", help="task.fail: the error message; allows any code")
