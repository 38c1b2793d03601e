"""The command line. A command imports its modules only when it runs, so that `--help` is fast."""

import argparse
import os
import sys
from collections.abc import Sequence

from ark_emulator import __version__
from ark_emulator.cli.common.flags import EXIT_USAGE, PREFIX, Parser
from ark_emulator.cli.common.output import guarded
from ark_emulator.cli.doctor import add_doctor_command
from ark_emulator.cli.exec_command import add_run_commands, split_command
from ark_emulator.cli.openapi_command import add_openapi_command
from ark_emulator.cli.remote import add_remote_commands
from ark_emulator.cli.scenario_commands import add_scenario_commands
from ark_emulator.cli.serve.serve_command import serve
from ark_emulator.cli.serve.setting_flags import add_serve_flags

__all__ = ["EXIT_USAGE", "PREFIX", "add_serve_flags", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    given = (*words, *(value for name, value in os.environ.items() if name.startswith(PREFIX)))
    return guarded(lambda: _run(words), given)


def _run(words: list[str]) -> int:
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "serve")
    try:
        ours, program = split_command(words)
        chosen = _parser().parse_args(ours, argparse.Namespace(program=program))
        return int(chosen.run(chosen))
    except SystemExit as stop:
        return int(stop.code or 0)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="ark-emulator", description="A local emulator of the Ark video generation API.")
    parser.add_argument("--version", action="version", version=f"ark-emulator {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    serving = commands.add_parser("serve", help="serve the emulated API (the default command)")
    add_serve_flags(serving, os.environ)
    serving.set_defaults(run=serve)
    add_run_commands(commands, os.environ)
    add_scenario_commands(commands, os.environ)
    add_openapi_command(commands)
    add_remote_commands(commands, os.environ)
    add_doctor_command(commands, os.environ)
    return parser
