"""The page about the gateways says of Kling's fields what the table says."""

from pathlib import Path
from typing import Any

import pytest
from ark_emulator.data import load
from ark_emulator.dialects.kling.response import STATUSES

PAGE = (Path(__file__).parents[2] / "docs" / "gateways.md").read_text("utf-8")
FIELDS = load("kling")["fields"]
LABELS = {row["trait"]: row["value"] for row in load("kling")["traits"]}["labels"]


def listed(names: list[str] | None) -> str:
    """Names as a cell of the page's table."""
    return "all" if names is None else " ".join(f"`{name.removeprefix('kling-')}`" for name in names)


def taken(row: dict[str, Any]) -> str:
    """What a field takes, in the page's words."""
    if row["values"]:
        return listed(row["values"])
    if row["least"] is not None:
        return f"{row['type']}, {row['least']} to {row['most']}"
    return f"{row['type']}, {row['longest']} characters at most" if row["longest"] else str(row["type"])


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row["field"])
def test_the_page_has_the_row_of_every_field(row: dict[str, Any]) -> None:
    assert f"| `{row['field']}` | {taken(row)} | {listed(row['models'])} | {listed(row['endpoints'])} |" in PAGE


def test_the_page_has_no_field_that_is_gone() -> None:
    table = PAGE.partition("| field | takes |")[2].partition("\n\n")[0].splitlines()[2:]
    assert [line.split("`")[1] for line in table] == [row["field"] for row in FIELDS]


def test_the_page_has_klings_words_for_a_task() -> None:
    for state in ("queued", "running", "succeeded", "failed"):
        status, progress = LABELS[state]
        assert f"| `{STATUSES[state]}` | {status} {progress}% |" in PAGE
