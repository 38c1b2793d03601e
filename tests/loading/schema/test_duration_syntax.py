"""Durations, ranges, distributions, shares and rates."""

from collections.abc import Callable
from typing import Any

import pytest
from ark_emulator.core.time.durations import LogNormal, Uniform, exactly
from ark_emulator.loading.schema.duration_syntax import InvalidValue, kind_of, length, rate, seconds, share


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500ms", 0.5),
        ("2s", 2),
        ("3m", 180),
        ("1h", 3600),
        ("1d", 86_400),
        ("1.5s", 1.5),
        ("0s", 0),
        (2, 2),
        (0.5, 0.5),
    ],
)
def test_a_duration_is_a_number_with_a_unit_or_one_of_seconds(text: object, value: float) -> None:
    assert seconds(text) == value


def test_a_length_is_a_duration_a_range_or_a_distribution() -> None:
    assert length("2s") == exactly(2)
    assert length("8s..12s") == Uniform(8, 12)
    assert length("500ms .. 1m") == Uniform(0.5, 60)
    assert length({"median": "2s", "p99": 20}) == LogNormal(2, 20)


def test_a_share_is_a_percentage_or_a_number_up_to_one() -> None:
    assert [share("50%"), share("0.5%"), share(0.25), share(1)] == [0.5, 0.005, 0.25, 1.0]


def test_a_percentage_without_its_sign_is_pointed_out() -> None:
    for value, hint in ((50, "did you mean 50%?"), (1.5, "did you mean 1.5%?"), (101, ""), (-1, ""), ("150%", "")):
        with pytest.raises(InvalidValue) as caught:
            share(value)
        assert (caught.value.code, caught.value.hint) == ("SC105", hint)


@pytest.mark.parametrize(
    ("text", "value"), [("2kB/s", 2000), ("100B/s", 100), ("1.5 MB/s", 1_500_000), ("2KiB/s", 2048), ("0.1B/s", 1)]
)
def test_a_rate_is_in_bytes_per_second(text: str, value: int) -> None:
    assert rate(text) == value


@pytest.mark.parametrize(
    ("reader", "value", "code"),
    [
        (seconds, "2x", "SC106"),
        (seconds, "2 s", "SC106"),
        (seconds, "", "SC106"),
        (seconds, "-1s", "SC106"),
        (seconds, "1s2s", "SC106"),
        (seconds, -1, "SC105"),
        (seconds, float("inf"), "SC105"),
        (seconds, float("nan"), "SC105"),
        (seconds, "9999999d", "SC105"),
        (seconds, True, "SC104"),
        (seconds, None, "SC104"),
        (seconds, [1], "SC104"),
        (length, "12s..8s", "SC105"),
        (length, "8..12s", "SC106"),
        (length, "8s..", "SC106"),
        (length, {"median": "2s"}, "SC106"),
        (length, {"median": "2s", "p99": "1s"}, "SC105"),
        (length, {"median": 0, "p99": "1s"}, "SC105"),
        (length, {"median": "2s", "p99": "3s", "p50": 1}, "SC106"),
        (share, "50", "SC106"),
        (share, "150%", "SC105"),
        (share, -0.1, "SC105"),
        (share, True, "SC104"),
        (share, None, "SC104"),
        (rate, "2kB", "SC106"),
        (rate, 2000, "SC104"),
        (rate, "9" * 400 + "B/s", "SC105"),
    ],
)
def test_what_cannot_be_read_has_a_code(reader: Callable[[Any], Any], value: object, code: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        reader(value)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *((None, "nothing"), (True, "true or false"), (1, "a whole number"), (1.5, "a number")),
        *(("x", "a text"), ([], "a list"), ({}, "a mapping")),
    ],
)
def test_a_value_has_words(value: object, words: str) -> None:
    assert kind_of(value) == words
