"""The page about the gateways says what the tables say."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.data import load
from emulator.dialects.newapi_traits import GATEWAYS

PAGE = (Path(__file__).parents[2] / "docs" / "gateways.md").read_text("utf-8")
IN_WORDS = {"labels", "fields", "headers", "channel", "upstream_order", "length"}
"""Traits that the page tells in words or in tables of their own: their values are long."""
TRAITS = {row["trait"]: row for row in load("gateways")["traits"]}


def cell(value: Any) -> str:
    """A trait's value as a cell of the page's table."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(value)
        case str():
            return f"`{value}`"
        case list():
            return " ".join(f"`{each}`" for each in value) or "none"
    parts = [f"`{name}: {each if isinstance(each, str) else json.dumps(each)}`" for name, each in value.items()]
    return " ".join(parts) or "none"


@pytest.mark.parametrize("name", sorted(TRAITS.keys() - IN_WORDS))
def test_the_page_has_the_row_of_every_trait(name: str) -> None:
    row = TRAITS[name]
    cells = [f"`{name}`", *(cell(row[gateway]) for gateway in GATEWAYS), row["about"]]
    assert f"| {' | '.join(cells)} |" in PAGE


def test_the_page_has_no_row_for_a_trait_that_is_gone() -> None:
    table = PAGE.partition("| trait |")[2].partition("\n\n")[0].splitlines()[2:]
    assert {line.split("`")[1] for line in table} == TRAITS.keys() - IN_WORDS


def test_the_page_has_the_words_for_a_task() -> None:
    order = ("unseen", "queued", "running", "succeeded", "failed", "expired", "given-up")
    for gateway, name in (("newapi", "new-api"), ("orcarouter", "OrcaRouter"), ("easyrouter", "EasyRouter, TokenBay")):
        labels = TRAITS["labels"][gateway]
        cells = [f"{labels[state][0]} {labels[state][1]}%" for state in order]
        assert f"| {name} | {' | '.join(cells)} |" in PAGE
        assert labels["expired"] == labels["cancelled"]
    assert TRAITS["labels"]["easyrouter"] == TRAITS["labels"]["tokenbay"]
