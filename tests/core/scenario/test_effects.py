"""Effects as values, and the table of where each is legal."""

import dataclasses
from typing import get_args

from ark_emulator.core.scenario.effects import (
    BY_NAME,
    BY_VALUE,
    KINDS,
    AnswerEffect,
    FaultEffect,
    Hang,
    Missing,
    Operation,
    Refuse,
    name_of,
    still_missing,
)

ON_EVERY_REQUEST = {"refuse", "status", "html", "empty", "delay", "hang", "reset", "truncate", "drip"}


def test_every_effect_has_one_row() -> None:
    assert {kind.value for kind in KINDS} == set(get_args(FaultEffect))
    assert len(BY_NAME) == len(BY_VALUE) == len(KINDS)


def test_every_kind_of_exchange_has_effects() -> None:
    for on in Operation:
        assert [kind.name for kind in KINDS if on in kind.on], on


def test_an_effect_of_requests_is_legal_for_all_of_them_and_for_no_callback() -> None:
    for kind in KINDS:
        if kind.name in ON_EVERY_REQUEST:
            assert kind.on == set(Operation) - {Operation.CALLBACK}, kind.name


def test_special_effects_are_legal_only_where_they_mean_something() -> None:
    only = {
        Operation.CREATE: {"after_commit"},
        Operation.DOWNLOAD: {"missing", "expire", "wrong_type", "escaped"},
        Operation.CALLBACK: {"lose", "duplicate", "late", "reorder"},
    }
    for on, names in only.items():
        assert {kind.name for kind in KINDS if kind.on == {on}} == names


def test_an_effect_knows_its_name() -> None:
    assert name_of(Refuse("ServerOverloaded")) == "refuse"
    assert name_of(AnswerEffect(503)) == "status"
    assert name_of(Hang()) == "hang"


def test_effects_are_values_that_can_be_compared_and_kept_in_sets() -> None:
    for kind in KINDS:
        assert dataclasses.is_dataclass(kind.value)
        assert kind.value.__dataclass_params__.frozen
        assert hasattr(kind.value, "__slots__")


def test_an_object_is_missing_for_its_own_first_downloads() -> None:
    counters: dict[str, int] = {}
    effect = Missing(2)
    asked = ["a", "b", "a", "a", "b", "b", "a"]
    answers = [still_missing(counters, "rule", name, effect) for name in asked]
    assert answers == [True, True, True, False, True, False, False]


def test_two_rules_hide_an_object_independently() -> None:
    counters: dict[str, int] = {}
    assert still_missing(counters, "one", "a", Missing(1))
    assert still_missing(counters, "two", "a", Missing(1))
    assert not still_missing(counters, "one", "a", Missing(1))
