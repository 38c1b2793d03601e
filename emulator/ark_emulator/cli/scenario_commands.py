"""`check`, `scenarios`, `schema` and `init`: the commands for scenario files."""

import argparse
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from ark_emulator.cli.common.flags import EXIT_USAGE, one_of
from ark_emulator.cli.common.output import in_json

EXIT_FINDINGS: Final = 1
_FORMATS: Final = ("full", "concise", "json", "github")
_SCHEMA_FILE: Final = Path(".ark-emulator", "scenario.schema.json")


class SubParsers(Protocol):
    """What `argparse` answers to `add_subparsers`."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:
        """A parser for one more command."""


def add_scenario_commands(commands: SubParsers, environment: Mapping[str, str]) -> None:
    """Add the commands for scenario files."""
    checking = commands.add_parser("check", help="find mistakes in scenario files")
    checking.add_argument("path", nargs="+", type=Path, help="a file, or a folder of scenario files")
    usual = "github" if environment.get("GITHUB_ACTIONS") == "true" else "full"
    checking.add_argument(
        "--format",
        type=lambda text: one_of(text, _FORMATS),
        default=environment.get("ARK_EMULATOR_FORMAT", usual),
        metavar="FORM",
        help="full, concise, json or github (full; github in GitHub Actions)",
    )
    checking.set_defaults(run=check)
    listing = commands.add_parser("scenarios", help="list the built-in scenarios, or print one")
    listing.add_argument("name", nargs="?", help="name of the scenario to print")
    listing.set_defaults(run=scenarios)
    describing = commands.add_parser("schema", help="print the JSON Schema of scenario files")
    describing.set_defaults(run=schema)
    starting = commands.add_parser("init", help="write a starter scenario, and the schema for editors")
    starting.add_argument(
        "path", nargs="?", type=Path, default=Path("scenario.yaml"), help="file to write (scenario.yaml)"
    )
    starting.add_argument("--force", action="store_true", help="overwrite an existing file")
    starting.set_defaults(run=init)


def check(chosen: argparse.Namespace) -> int:
    """Print the mistakes in the files; return 1 if there are any, 2 if a path cannot be read."""
    from ark_emulator.loading.diagnostics.caret_rendering import FORMATS
    from ark_emulator.loading.loader import check_files, files_in

    try:
        files = list(dict.fromkeys(file for path in chosen.path for file in files_in(path)))
        found = check_files(files)
    except OSError as error:
        named = error.filename or ", ".join(map(str, chosen.path))
        return _unusable(f"cannot read {named}: {error.strerror}")
    if not files:
        return _unusable(f"no scenario files in {', '.join(map(str, chosen.path))}")
    text = FORMATS[chosen.format](found)
    sys.stdout.write(in_json(text) if chosen.format == "json" else text)
    return EXIT_FINDINGS if found else 0


def scenarios(chosen: argparse.Namespace) -> int:
    """List the built-in scenarios with their descriptions, or print the file of one."""
    from ark_emulator.loading import builtin

    if chosen.name is None:
        sys.stdout.write(_table(builtin.overview()))
        return 0
    try:
        file = builtin.file_of(chosen.name)
    except KeyError as error:
        return _unusable(str(error.args[0]))
    sys.stdout.write(file.read_text("utf-8"))
    return 0


def schema(chosen: argparse.Namespace) -> int:
    """Print the JSON Schema of scenario files."""
    sys.stdout.write(in_json(_schema()))
    return 0


def init(chosen: argparse.Namespace) -> int:
    """Write a starter scenario and the schema that its first line names for editors."""
    path: Path = chosen.path / "scenario.yaml" if chosen.path.is_dir() else chosen.path
    if path.exists() and not chosen.force:
        return _unusable(f"{path} exists; --force overwrites it")
    schema_file = path.parent / _SCHEMA_FILE
    wanted = {path: STARTER.format(schema=_SCHEMA_FILE.as_posix()), schema_file: _schema()}
    for file, text in wanted.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        except OSError as error:
            return _unusable(f"cannot write {error.filename or file}: {error.strerror}")
    print(path)
    print(f"Try: ark-emulator serve --scenario {path}", file=sys.stderr)
    return 0


def _schema() -> str:
    content = pkgutil.get_data("ark_emulator.data", "scenario.schema.json")
    if content is None:
        raise FileNotFoundError("the package data scenario.schema.json cannot be read")
    return content.decode("utf-8")


def _table(rows: Sequence[tuple[str, str, str]]) -> str:
    """Return lines of name and description, below a line for each group."""
    width = max((len(name) for _, name, _ in rows), default=0)
    lines: list[str] = []
    latest = ""
    for group, name, about in rows:
        if group != latest:
            lines += [*([""] if lines else []), f"{group}:"]
            latest = group
        lines.append(f"  {name:{width}}  {about}")
    return "".join(f"{line}\n" for line in lines)


def _unusable(reason: str) -> int:
    print(f"ark-emulator: {reason}", file=sys.stderr)
    return EXIT_USAGE


STARTER: Final = """\
# yaml-language-server: $schema=./{schema}
version: 1
name: starter
about: Every third task fails after rendering, and the second create request hits a rate limit.

# Outcomes of tasks. The first rule that matches wins.
outcomes:
  - when: {{every: 3}}
    then: [{{queued: 1s}}, {{running: 2s..4s}}, {{failed: OutputVideoSensitiveContentDetected}}]
  - then: [{{queued: 1s}}, {{running: 2s..4s}}, succeeded]

# Faults of requests and responses. The first rule that matches wins.
faults:
  - {{on: create, nth: 2, refuse: ModelAccountRpmRateLimitExceeded, retry_after: 2s}}
  - {{on: fetch, every: 10, status: 503}}
"""
