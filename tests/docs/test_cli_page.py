"""docs/cli.md agrees with the parser: every command has a section, every flag a row with the text of its help.

`python tests/docs/test_cli_page.py` regenerates the tables of the page.
"""

import argparse
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from ark_emulator.cli import _parser
from ark_emulator.cli.exec_command import child_environment
from ark_emulator.cli.remote import EVENTS

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
TABLE = re.compile(r"<!-- flags of (?P<command>[a-z]+) -->\n(?P<rows>.*?)<!-- end -->\n", re.DOTALL)
SECTION = re.compile(r"^## (?P<command>\S+)\n(?P<text>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
VARIABLE = re.compile(r"\s*\[(?P<name>ARK_EMULATOR_[A-Z_]+)\]$")
AS_SERVE = "exec"  # its flags are those of serve, and the page says so instead of repeating them


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return every command with its parser."""
    return next(dict(action.choices) for action in _parser()._actions if isinstance(action, argparse._SubParsersAction))


def rows_of(parser: argparse.ArgumentParser, verb: str = "", above: Collection[str] = ()) -> Iterator[str]:
    """Yield the rows of a table: the flag or argument, its meaning, and its variable.

    A verb has no rows for the flags in `above`, which are those of its command.
    """
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction) or action.dest in above:
            continue
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from rows_of(inner, f"{name} ", [each.dest for each in parser._actions])
            continue
        text, variable = action.help or "", ""
        if found := VARIABLE.search(text):
            text, variable = text[: found.start()], f"`{found['name']}`"
        value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
        name = f"{action.option_strings[-1]} {value}".strip() if action.option_strings else value
        cells = [f"`{verb}{name}`", text, variable]
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |".replace("|  |", "| |")


def table(command: str) -> str:
    """Return the table of a command's flags, an empty text if it has none."""
    rows = list(rows_of(commands()[command]))
    return "\n".join(["", "| flag | means | variable |", "|---|---|---|", *rows, "", ""]) if rows else ""


def regenerated(page: str) -> str:
    """Return the page with every table regenerated from the parser."""
    return TABLE.sub(
        lambda found: f"<!-- flags of {found['command']} -->\n{table(found['command'])}<!-- end -->\n", page
    )


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert [found["command"] for found in SECTION.finditer(PAGE.read_text("utf-8"))] == list(commands())


@pytest.mark.parametrize("command", [name for name in commands() if name != AS_SERVE])
def test_the_section_of_a_command_has_its_flags(command: str) -> None:
    tables = {found["command"]: found["rows"] for found in TABLE.finditer(PAGE.read_text("utf-8"))}
    assert tables[command] == table(command), "regenerate it: python tests/docs/test_cli_page.py"


def test_the_flags_that_are_not_repeated_are_those_of_serve() -> None:
    assert list(rows_of(commands()[AS_SERVE])) == list(rows_of(commands()["serve"]))


def test_every_event_and_every_variable_of_a_program_is_on_the_page() -> None:
    sections = {found["command"]: found["text"] for found in SECTION.finditer(PAGE.read_text("utf-8"))}
    assert [event for event in EVENTS if f"`{event}" not in sections["trigger"]] == []
    variables = child_environment({}, "http://127.0.0.1:1", "sk", "token")
    assert [name for name in variables if f"`{name}`" not in sections["exec"]] == []


def test_an_outdated_table_is_regenerated() -> None:
    page = PAGE.read_text("utf-8")
    assert regenerated(page) == page
    outdated = page.replace("`--bodies`", "`--corpses`")
    assert outdated != page
    assert regenerated(outdated) == page


if __name__ == "__main__":
    PAGE.write_text(regenerated(PAGE.read_text("utf-8")), "utf-8")
