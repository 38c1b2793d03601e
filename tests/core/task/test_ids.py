"""Ids: their recorded shapes, that they repeat with the seed, and that they never collide."""

import re

import pytest
from ark_emulator.core.task import ids
from ark_emulator.core.time.dice import Dice
from hypothesis import given
from hypothesis import strategies as st

NOON = 1_790_000_000.0
POD = "ac155fa0"

moments = st.floats(0, 9_999_999_999, allow_nan=False)
places = st.integers(0, ids.PLACES - 1)


def test_two_hundred_thousand_tasks_of_one_key_in_one_second_have_different_ids_and_objects() -> None:
    dice = Dice(7)
    spots = [ids.place(dice, "sk-test", number) for number in range(200_000)]
    assert len(set(spots)) == 200_000
    some = spots[::20]
    assert len({ids.task_id(NOON, spot) for spot in some}) == len(some)
    assert len({ids.object_name(NOON, spot, POD) for spot in some}) == len(some)


def test_the_places_of_a_key_walk_the_whole_cycle() -> None:
    dice = Dice(7)
    step = (ids.place(dice, "k", 1) - ids.place(dice, "k", 0)) % ids.PLACES
    assert step % 3 != 0
    assert ids.PLACES == 27**5
    assert ids.place(dice, "k", ids.PLACES) == ids.place(dice, "k", 0)


@given(first=places, second=places)
def test_two_places_are_spelled_differently(first: int, second: int) -> None:
    same = first == second
    assert (ids.task_id(NOON, first) == ids.task_id(NOON, second)) is same
    assert (ids.object_name(NOON, first, POD) == ids.object_name(NOON, second, POD)) is same


@given(created_at=moments, spot=places)
def test_an_object_name_leads_back_to_its_task(created_at: float, spot: int) -> None:
    name = ids.object_name(created_at, spot, POD)
    assert ids.is_object_name(name)
    assert ids.pod_of(name) == POD
    assert ids.task_ids_of(name) == (ids.task_id(created_at, spot), ids.task_id(created_at, spot, batch=True))


@given(tail=st.text("0123456789abcdef", min_size=6, max_size=6))
def test_any_name_of_the_right_form_leads_to_some_id(tail: str) -> None:
    name = ids.object_name(NOON, 0, POD)[:-6] + tail
    assert all(re.fullmatch(r"cgt-(batch-)?\d{14}-\w{5}", found) for found in ids.task_ids_of(name))


def test_a_task_id_reports_the_time_in_china() -> None:
    assert re.fullmatch(rf"cgt-20260921221320-[{ids.ALPHABET}]{{5}}", ids.task_id(NOON, 5))
    assert ids.task_id(NOON, 5, batch=True).startswith("cgt-batch-20260921221320-")


def test_an_object_name_has_the_recorded_form() -> None:
    assert re.fullmatch(r"021790000000000" + "0" * 20 + "ffffac155fa0[0-9a-f]{6}", ids.object_name(NOON, 5, POD))


@pytest.mark.parametrize("text", ["", "02", "x" * 53, "03" + "0" * 51, ids.object_name(NOON, 5, POD) + "0"])
def test_other_texts_are_no_object_names(text: str) -> None:
    assert not ids.is_object_name(text)


def test_a_request_id_has_fifty_three_characters_and_begins_with_its_moment() -> None:
    found = ids.request_id(NOON + 0.123, Dice(1), "k", 4)
    assert re.fullmatch(r"021790000000123[0-9a-f]{38}", found)
    assert found != ids.request_id(NOON + 0.123, Dice(1), "k", 5)


def test_a_public_task_id_is_task_and_thirty_two_characters() -> None:
    found = {ids.public_task_id(Dice(1), "k", number) for number in range(1000)}
    assert len(found) == 1000
    assert all(re.fullmatch(r"task_[0-9A-Za-z]{32}", each) for each in found)


def test_other_seeds_and_other_keys_begin_at_other_places() -> None:
    assert len({ids.place(Dice(seed), "k", 0) for seed in range(100)}) == 100
    assert len({ids.place(Dice(1), f"k{number}", 0) for number in range(100)}) == 100


def test_a_stamp_is_in_utc() -> None:
    assert ids.utc_stamp(NOON) == "20260921141320"


@given(created_at=st.integers(0, 4_000_000_000), spot=st.integers(0, ids.PLACES - 2))
def test_a_decimal_id_has_eighteen_digits_and_is_found_by_its_objects_name(created_at: int, spot: int) -> None:
    found = ids.decimal_id(created_at, spot)
    assert re.fullmatch(r"[1-9][0-9]{17}", found)
    assert found != ids.decimal_id(created_at, spot + 1)
    assert ids.decimal_id_of(ids.object_name(created_at + 0.25, spot, "0a0b0c0d")) == found


def test_all_decimal_ids_of_one_second_lie_before_those_of_the_next() -> None:
    last, following = ids.decimal_id(1_790_000_000, ids.PLACES - 1), ids.decimal_id(1_790_000_001, 0)
    assert int(ids.decimal_id(1_790_000_000, 0)) < int(last) < int(following)
