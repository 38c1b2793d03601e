"""Scenarios and faults written as YAML: what is written is read as the same value."""

from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.scenario.scenario_model import merged
from ark_emulator.loading.builtin import builtin_names
from ark_emulator.loading.diagnostics.diagnostics import Diagnostics
from ark_emulator.loading.loader import load_all, load_builtin, scenario_from_object, scenario_from_text
from ark_emulator.loading.yaml.yaml_reader import read
from ark_emulator.loading.yaml.yaml_writer import yaml_of
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6), WORDS)
DOCUMENTS = st.dictionaries(
    WORDS, st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3))
)


@given(DOCUMENTS)
def test_whatever_is_written_is_read_as_the_same(document: dict[str, Any]) -> None:
    text = yaml_of(document)
    complaints = Diagnostics("written", text)
    found = read(text, complaints)
    assert (found, complaints.found) == (document, [])


@pytest.mark.parametrize("word", ["on", "no", "16:9", "012", "1e3", "3s", "true", "null", "", "~", "- x", "a: b", "#"])
def test_words_that_yaml_might_take_for_something_else_stay_words(word: str) -> None:
    assert read(yaml_of([word, {word: word}]), Diagnostics("written", "")) == [word, {word: word}]


def test_a_rule_stands_on_one_line_as_in_a_file_written_by_hand() -> None:
    assert yaml_of([{"on": "create", "first": 3, "retry_after": "2s"}]) == "- {on: create, first: 3, retry_after: 2s}\n"


@pytest.mark.parametrize("name", builtin_names())
def test_a_scenario_keeps_the_text_it_was_read_from(name: str) -> None:
    scenario = load_builtin(name)
    assert scenario.text is not None
    assert scenario_from_text(scenario.text, f"{name}.yaml") == scenario


def test_a_scenario_from_an_object_has_a_text_of_the_same_meaning() -> None:
    document = {"name": "made", "outcomes": [{"when": {"prompt": "*fox*"}, "then": ["queued", "running", "succeeded"]}]}
    made = scenario_from_object(document)
    assert made.text is not None
    assert scenario_from_text(made.text, "made.yaml") == made


def test_scenarios_that_were_merged_have_a_text_that_means_all_of_them() -> None:
    names = ["lost-reply", "poll-503-once", "low-balance"]
    whole = load_all(names)
    assert whole.text is not None
    again = scenario_from_text(whole.text, "whole.yaml")
    assert (again.name, again.keys) == (whole.name, whole.keys)
    # Rules without a name are named after their scenario, so those have other names here.
    assert [replace(rule, name="") for rule in again.faults] == [replace(rule, name="") for rule in whole.faults]
    assert len(again.faults) == 2
    assert merged([load_builtin(name) for name in names]) == whole
