"""Random durations before and after they are drawn."""

import pytest
from ark_emulator.core.time.dice import Dice
from ark_emulator.core.time.durations import LogNormal, Uniform, exactly
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(), st.floats(0, 100), st.floats(0, 100), st.integers())
def test_a_span_is_drawn_between_its_ends(seed: int, one: float, other: float, number: int) -> None:
    least, most = sorted((one, other))
    assert least <= Uniform(least, most).drawn(Dice(seed), number) <= most


def test_a_fixed_length_needs_no_dice() -> None:
    assert exactly(2.5).drawn(Dice(1), "any") == exactly(2.5).drawn(Dice(2), "other") == 2.5


def test_the_same_names_draw_the_same_length() -> None:
    tail = LogNormal(2.0, 20.0)
    assert tail.drawn(Dice(7), "delay", 1) == tail.drawn(Dice(7), "delay", 1)
    assert tail.drawn(Dice(7), "delay", 1) != tail.drawn(Dice(7), "delay", 2)


def test_half_of_a_tail_lies_under_its_median_and_one_in_a_hundred_over_its_p99() -> None:
    dice, tail, throws = Dice(1), LogNormal(2.0, 20.0), 5_000
    drawn = [tail.drawn(dice, number) for number in range(throws)]
    assert sum(length < 2.0 for length in drawn) / throws == pytest.approx(0.5, abs=0.03)
    assert sum(length > 20.0 for length in drawn) / throws == pytest.approx(0.01, abs=0.005)
    assert min(drawn) > 0
