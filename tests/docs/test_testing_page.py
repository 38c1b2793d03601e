"""docs/testing.md agrees with the code: the tables of the report card, the methods of a client, the plugin."""

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest
from ark_emulator import Emulator, pytest_plugin
from ark_emulator.client import Client
from ark_emulator.data import load
from ark_emulator.pytest_plugin import CHOICES
from ark_emulator.runtime.settings.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
FIRST_CELLS = " ".join(row[0] for row in ROWS)


def test_the_findings_and_their_meanings_are_those_of_the_table() -> None:
    told = [row for row in ROWS if re.fullmatch(r"`[a-z]+(-[a-z]+)+`", row[0])]
    assert told == [[f"`{row['code']}`", row["about"]] for row in load("conduct")["codes"]]


def test_the_grades_and_their_points_are_those_of_the_table() -> None:
    told = [row for row in ROWS if re.fullmatch("[A-F]", row[0])]
    grades = load("conduct")["grades"]
    assert told == [[row["grade"], "" if row["points"] is None else str(row["points"]), row["about"]] for row in grades]
    severities = [str(row["points"]) for row in load("conduct")["severities"]]
    assert f"worth {severities[0]}, {severities[1]} or {severities[2]} points" in PAGE


def test_the_paces_are_those_of_the_table() -> None:
    paces = load("conduct")["paces"]
    told = [row for row in ROWS if row[0] in ("any other", *(pace["dialect"] for pace in paces))]
    assert told == [
        ["any other" if pace["dialect"] == "*" else pace["dialect"], str(pace["seconds"]), pace["source"]]
        for pace in paces
    ]


@pytest.mark.parametrize(
    "name", ["url", "api_key", *(name for name, _ in inspect.getmembers(Client) if not name.startswith("_"))]
)
def test_every_method_of_a_client_is_on_the_page(name: str) -> None:
    assert re.search(rf"`{name}[`(]", FIRST_CELLS), name


def test_every_argument_of_the_marker_is_on_the_page() -> None:
    assert [choice for choice in CHOICES if f"`{choice}`" not in FIRST_CELLS] == []


def test_every_option_and_fixture_of_the_plugin_is_on_the_page() -> None:
    source = inspect.getsource(pytest_plugin)
    options = re.findall(r'"(--ark-emulator-\w+)"', source)
    fixtures = re.findall(r"@pytest\.fixture.*?\ndef (\w+)\(", source)
    assert (len(options), len(fixtures)) == (3, 3)
    assert [name for name in options if f"`{name}" not in FIRST_CELLS] == []
    assert [name for name in fixtures if f"`{name}`" not in PAGE] == []


def test_every_argument_of_an_emulator_is_on_the_page() -> None:
    section = PAGE.partition("## Without pytest")[2].partition("\n## ")[0]
    named = [name for name in inspect.signature(Emulator).parameters if name not in ("scenario", "clock", "settings")]
    signature = next(line for line in section.splitlines() if line.startswith("`Emulator("))
    assert [name for name in named if f"{name}=" not in signature] == []
    others = {field.name for field in fields(Settings)} - {*named, "scenario", "mode"}
    assert sorted(name for name in others if f"`{name}`" not in section) == []


@pytest.mark.parametrize("name", ["stop", "world", "use"])
def test_every_method_of_an_emulator_is_on_the_page(name: str) -> None:
    assert re.search(rf"`{name}\(", PAGE)
