"""Suggestions for misspelt words."""

import ast
from pathlib import Path

import pytest
from ark_emulator.core.suggestion import closest, did_you_mean

PACKAGE = Path(__file__).parents[2] / "emulator" / "ark_emulator"


@pytest.mark.parametrize(
    ("word", "expected"),
    [("frozn", "frozen"), ("live", "live"), ("weekly", None), ("", None), ("frozen" * 1000, None)],
)
def test_the_most_similar_word_is_found(word: str, expected: str | None) -> None:
    assert closest(word, ("live", "frozen", "polls")) == expected


def test_the_end_of_a_message_quotes_the_word_unless_another_form_is_given() -> None:
    assert did_you_mean("frozn", ["frozen"]) == "; did you mean 'frozen'?"
    assert did_you_mean("frozn", ["frozen"], "--{}") == "; did you mean --frozen?"
    assert did_you_mean("weekly", ["frozen"]) == ""
    assert did_you_mean("weekly", []) == ""


def test_no_other_module_compares_words_by_similarity() -> None:
    importers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.ImportFrom) and node.module == "difflib")
        or (isinstance(node, ast.Import) and any(alias.name == "difflib" for alias in node.names))
    }
    assert importers == {"core/suggestion.py"}
