"""Marks in prompts: the same as a search of the whole text finds, in bounded time."""

import re
import time

import pytest
from ark_emulator.core.facts.catalogue import find
from ark_emulator.core.plan.planning import steered_outcome
from ark_emulator.core.request.intent import understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE
from ark_emulator.core.request.prompt_scan import MARKS, budget, marked
from ark_emulator.core.task.values import Item, Kind, Submission, TaskParameters
from hypothesis import given
from hypothesis import strategies as st

FLAG = re.compile(r"(?<!\S)--([A-Za-z]+)[ \t]+(\S+)")
STEER = re.compile(r"\bemu:([a-z0-9-]+)")


@given(text=st.lists(st.sampled_from(["--", "-", "dur", "5", " ", "\n", "\t", "x", "é"]), max_size=40).map("".join))
def test_flags_are_found_as_a_search_of_the_whole_text_finds_them(text: str) -> None:
    found = [each.groups() for each in marked(text, "--", FLAG, budget())]
    assert found == [each.groups() for each in FLAG.finditer(text)]


@given(text=st.lists(st.sampled_from(["emu:", "emu", ":", "fail", "-", " ", "x", "7"]), max_size=40).map("".join))
def test_steering_words_are_found_as_a_search_of_the_whole_text_finds_them(text: str) -> None:
    found = [each.group(1) for each in marked(text, "emu:", STEER, budget())]
    assert found == STEER.findall(text)


def test_the_places_that_may_be_read_are_shared_by_all_texts_of_a_prompt() -> None:
    places = budget()
    assert len(list(marked("--a 1 " * (MARKS - 2), "--", FLAG, places))) == MARKS - 2
    assert len(list(marked("--a 1 --b 2 --c 3", "--", FLAG, places))) == 2
    assert list(marked("--a 1", "--", FLAG, places)) == []


def test_a_word_that_steers_is_found_after_many_that_do_not() -> None:
    assert steered_outcome("emu: " * (MARKS - 1) + "emu:fail") is not None
    assert steered_outcome("emu: " * MARKS + "emu:fail") is None


@pytest.mark.parametrize(
    "text",
    [
        *("a cat ", "a", "1", "-", "--", "--a ", "--dur 5 ", "emu: ", "emu:x", "emu:x-", "--d", "猫", "vertical-"),
        *("--dur" + " " * 100, "--" + "d" * 100, "-a", "21:", "square "),
    ],
)
def test_no_prompt_of_any_length_takes_long_to_read(text: str) -> None:
    model = find("dreamina-seedance-2-0-260128")
    assert model is not None
    prompt = (text * (8_000_000 // len(text) + 1))[:8_000_000]
    submission = Submission("ark", "k", model.family, (Item(Kind.TEXT, prompt),), TaskParameters(), "http://localhost")
    began = time.process_time()
    understand(submission, model, "dreamina-seedance-2-0-260128", NO_EVIDENCE)
    steered_outcome(prompt)
    assert time.process_time() - began < 0.5
