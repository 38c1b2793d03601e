"""docs/scenarios.md against the code: every key, word, effect, code and steering prompt stands on the page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.core.plan.outcome import STEERING_WORDS
from ark_emulator.core.scenario.effects import KINDS, EffectKind, Operation
from ark_emulator.loading.diagnostics.diagnostics import CODES
from ark_emulator.loading.schema.json_schema import schema

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
FIRST_CELLS = " ".join(row[0] for row in ROWS)
SCHEMA = schema()
DOCUMENTS = [SCHEMA, *(each for each in SCHEMA["$defs"].values() if each.get("additionalProperties") is False)]


def row_of(key: str) -> list[str]:
    (found,) = [row for row in ROWS if row[0] == f"`{key}`" and len(row) == 4]
    return found


@pytest.mark.parametrize("key", sorted({key for document in DOCUMENTS for key in document["properties"]}))
def test_every_key_has_a_row(key: str) -> None:
    if key in ("code", "message", "rate"):
        assert f"{key}:" in FIRST_CELLS or f"`{key}`" in PAGE
    else:
        assert re.search(rf"[`.]{key}`|\{{{key}:", FIRST_CELLS), key


def words_in(node: Any) -> Iterator[str]:
    """Every word of an enumeration anywhere in the schema."""
    if isinstance(node, dict):
        yield from (word for word in [*node.get("enum", []), node.get("const")] if isinstance(word, str))
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from words_in(each)


def test_the_page_lists_every_word_for_a_value() -> None:
    words = sorted(set(words_in(SCHEMA)))
    assert len(words) > 40
    assert [word for word in words if f"`{word}`" not in PAGE] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_page_lists_every_effect_with_its_legal_exchanges(kind: EffectKind) -> None:
    told = row_of(kind.name)[2]
    everywhere = set(Operation) - {Operation.CALLBACK}
    legal = everywhere if told == "every request" else {Operation(word) for word in told.split(", ")}
    assert legal == kind.on


def test_the_page_lists_the_codes_of_complaints() -> None:
    told = {row[0].strip("`"): row[1] for row in ROWS if row[0].startswith("`SC")}
    assert told == dict(CODES)


def test_the_page_lists_the_steering_prompts() -> None:
    told = {row[0].strip("`").removeprefix("emu:"): row[1] for row in ROWS if row[0].startswith("`emu:")}
    assert told == {steer.name: steer.about for steer in STEERING_WORDS}
