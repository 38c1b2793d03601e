"""Words of a prompt that steer by the name of a built-in scenario, and what is noted of those that do not."""

import pytest
from ark_emulator.core.plan.outcome import STEERING_BY_NAME, SUCCESS
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.runtime.world.steering import MOST_NOTES, SteeringWords
from ark_emulator.server import Loader


class Counting(Loader):
    """A loader that counts what it loads."""

    def __init__(self) -> None:
        self.loaded = []

    def named(self, name: str) -> Scenario:
        self.loaded.append(name)
        return super().named(name)


@pytest.fixture
def incidents() -> SteeringWords:
    return SteeringWords(Counting())


def test_a_scenario_is_loaded_once_and_only_where_there_is_one(incidents: SteeringWords) -> None:
    assert incidents.outcome("success-without-url").rule == "emu:success-without-url"
    assert incidents.outcome("success-without-url") is not None
    assert incidents.outcome("lost-reply") is None
    assert incidents.outcome("no-such-thing") is None
    assert incidents._load.loaded == ["success-without-url", "lost-reply"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("prompt", "notes"),
    [
        ("a cat", ()),
        ("an emu: a bird", ()),
        (
            "emu:lost-reply",
            ("emu:lost-reply changed nothing: lost-reply is about faults alone; choose it with --scenario lost-reply",),
        ),
        ("emu:moderaton", ("emu:moderaton names no outcome, so it changed nothing; did you mean emu:moderation?",)),
        (
            "emu:success-without-ur",
            ("emu:success-without-ur names no outcome, so it changed nothing; did you mean emu:success-without-url?",),
        ),
        ("emu:qqq", ("emu:qqq names no outcome, so it changed nothing",)),
        ("a cat, EMU:FAIL", ("EMU:FAIL changed nothing: write it in small letters, as emu:fail",)),
        ("a cat, emu:Fail", ("emu:Fail changed nothing: write it in small letters, as emu:fail",)),
        ("emu:qqq and emu:qqq", ("emu:qqq names no outcome, so it changed nothing",)),
    ],
)
def test_a_word_that_changed_nothing_is_noted_with_what_would_have(
    incidents: SteeringWords, prompt: str, notes: tuple[str]
) -> None:
    assert incidents.notes(prompt, SUCCESS) == notes


def test_nothing_is_noted_where_a_word_had_its_way(incidents: SteeringWords) -> None:
    assert incidents.notes("emu:fail and emu:faild and EMU:OK", STEERING_BY_NAME["fail"]) == ()


def test_a_prompt_full_of_words_that_mean_nothing_is_noted_in_short(incidents: SteeringWords) -> None:
    prompt = " ".join(f"emu:w{number}" for number in range(5_000)) + " emu:" + "x" * 100_000
    assert len(incidents.notes(prompt, SUCCESS)) == MOST_NOTES
    assert len(incidents.notes("EMU:A EMU:B " * 2_000 + prompt, SUCCESS)) == MOST_NOTES
    assert [incidents.outcome(f"w{number}") for number in range(1_500)] == [None] * 1_500
    assert incidents._load.loaded == []  # type: ignore[attr-defined]
