"""Named dice: a number depends on seed and name alone."""

from typing import Any

from ark_emulator.core.time.dice import Dice
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

seeds = st.integers(-(2**200), 2**200)
names = st.lists(st.one_of(st.text(max_size=5), st.integers()), min_size=1, max_size=4).map(tuple)


@given(seed=seeds, asked=st.lists(names, min_size=1, max_size=10), data=st.data())
def test_throws_do_not_depend_on_the_order_in_which_they_are_asked_for(
    seed: int, asked: list[Any], data: DataObject
) -> None:
    dice = Dice(seed)
    inorder = {name: dice.chance(*name) for name in asked}
    shuffled = {name: Dice(seed).chance(*name) for name in data.draw(st.permutations(asked))}
    assert inorder == shuffled


@given(seed=seeds, name=names)
def test_a_chance_is_at_least_zero_and_less_than_one(seed: int, name: tuple[Any, ...]) -> None:
    assert 0 <= Dice(seed).chance(*name) < 1


@given(low=st.integers(-1000, 1000), width=st.integers(0, 1000), name=names)
def test_a_whole_number_keeps_within_its_bounds(low: int, width: int, name: tuple[Any, ...]) -> None:
    assert low <= Dice(1).whole(low, low + width, *name) <= low + width


@given(low=st.floats(0, 1e6), width=st.floats(0, 1e6), name=names)
def test_a_number_between_two_keeps_between_them(low: float, width: float, name: tuple[Any, ...]) -> None:
    assert low <= Dice(1).between(low, low + width, *name) <= low + width


@given(length=st.integers(1, 128), name=names)
def test_hexadecimal_digits_come_in_the_number_asked_for(length: int, name: tuple[Any, ...]) -> None:
    digits = Dice(1).hex(length, *name)
    assert len(digits) == length
    assert set(digits) <= set("0123456789abcdef")


def test_both_bounds_of_a_whole_number_are_thrown() -> None:
    assert {Dice(1).whole(1, 6, throw) for throw in range(200)} == {1, 2, 3, 4, 5, 6}


def test_other_seeds_and_other_names_give_other_throws() -> None:
    assert len({Dice(seed).chance("a") for seed in range(1000)}) == 1000
    assert len({Dice(0).chance("a", number) for number in range(1000)}) == 1000


def test_names_are_not_run_together() -> None:
    assert Dice(0).chance("a", "b") != Dice(0).chance("ab")
    assert Dice(0).chance("a", 12) != Dice(0).chance("a", 1, 2)


def test_throws_spread_evenly() -> None:
    throws = [Dice(3).chance("spread", number) for number in range(4000)]
    tenths = [sum(low <= throw * 10 < low + 1 for throw in throws) for low in range(10)]
    assert all(300 < tenth < 500 for tenth in tenths)


def test_normal_throws_have_mean_zero_and_deviation_one() -> None:
    throws = [Dice(3).normal("normal", number) for number in range(2000)]
    mean = sum(throws) / len(throws)
    deviation = (sum((throw - mean) ** 2 for throw in throws) / len(throws)) ** 0.5
    assert abs(mean) < 0.1
    assert 0.9 < deviation < 1.1


def test_a_throw_is_the_same_in_every_version() -> None:
    assert Dice(7).hex(16, "place", "sk-test") == "c0beb5a77d3ecf91"


def test_a_series_gives_the_numbers_of_its_names() -> None:
    dice = Dice(7)
    for number in (1, 2, 30):
        assert dice.nth("fault\x1frule\x1fsk-1", number) == dice.chance("fault", "rule", "sk-1", number)


def test_a_series_gives_the_digits_of_its_names() -> None:
    dice = Dice(7)
    for length in (1, 16, 38):
        assert dice.nth_hex(length, "request\x1fsk-1", 30) == dice.hex(length, "request", "sk-1", 30)
