"""The data files: their form, their sources, and that they are consistent with each other."""

import json
from pathlib import Path
from typing import Any

import ark_emulator.data
import pytest
from ark_emulator.data import load

FOLDER = Path(ark_emulator.data.__file__).parent
NAMES = ("models", "sizes", "errors", "kling")
SOURCES = ("seed: ", "documented: ", "recorded: ", "inferred: ")


def tables(name: str) -> dict[str, list[dict[str, Any]]]:
    return {key: value for key, value in load(name).items() if key != "about"}


@pytest.mark.parametrize("name", NAMES)
def test_every_row_names_the_class_of_its_source(name: str) -> None:
    for table, rows in tables(name).items():
        for row in rows:
            assert str(row["source"]).startswith(SOURCES), (table, row)
            assert len(row["source"]) > len("documented: "), (table, row)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_has_one_row_per_line(name: str) -> None:
    lines = (FOLDER / f"{name}.json").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("    {")]
    assert len(rows) == sum(len(table) for table in tables(name).values())
    assert all(isinstance(json.loads(row.rstrip(",")), dict) for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_of_a_table_have_the_same_columns(name: str) -> None:
    for table, rows in tables(name).items():
        columns = {frozenset(row) - {"suffix"} for row in rows}
        assert len(columns) == 1, (table, columns)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_says_what_it_is_about(name: str) -> None:
    assert len(load(name)["about"]) > 20


def test_a_table_is_read_once() -> None:
    assert load("sizes") is load("sizes")


def test_a_name_without_a_table_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load("no-such-table")


def test_every_fact_about_a_model_belongs_to_a_listed_family() -> None:
    found = tables("models")
    families = [row["family"] for row in found["families"]]
    assert len(set(families)) == len(families)
    for table, rows in found.items():
        for row in rows:
            assert row.get("family", families[0]) in families, (table, row)


def test_every_size_row_serves_a_generation_and_every_generation_of_clips_has_one() -> None:
    served = {name for row in load("sizes")["sizes"] for name in row["tables"]}
    assert served == {row["sizes"] for row in load("models")["families"] if row["sizes"]}
