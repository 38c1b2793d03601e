"""Words that types need as literals are the values of their enumerations."""

from typing import get_args

from ark_emulator.core.facts.models import Account, LimitsWord
from ark_emulator.core.task.values import Status, StatusWord
from ark_emulator.core.time.clock import ClockMode, ClockWord


def test_the_literal_words_are_the_values_of_their_enumerations() -> None:
    assert get_args(ClockWord) == tuple(ClockMode)
    assert get_args(StatusWord) == tuple(Status)
    assert {"off", *get_args(Account)} == set(get_args(LimitsWord))
