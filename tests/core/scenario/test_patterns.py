"""Globs, and regular expressions with bounded run time."""

import fnmatch
import time

import pytest
from ark_emulator.core.scenario.patterns import (
    LONGEST,
    LONGEST_GLOB,
    SEEN_WITH_GAPS,
    glob_of,
    is_regex,
    literal,
    needle_of,
    predicate_of,
    steps_of,
)
from ark_emulator.core.scenario.regex_cost import SEEN, PatternError
from hypothesis import given
from hypothesis import strategies as st

SMALL = st.text("ab*?.", min_size=1, max_size=8)
TEXTS = st.text("ab.", max_size=10)


@given(SMALL, TEXTS)
def test_a_glob_fits_what_a_shell_glob_fits(glob: str, text: str) -> None:
    assert predicate_of(glob)(text) == fnmatch.fnmatchcase(text, glob)


@given(SMALL, TEXTS)
def test_what_a_glob_fits_has_the_needle_of_the_glob_in_it(glob: str, text: str) -> None:
    if predicate_of(glob, ignore_case=True)(text.lower()):
        assert needle_of(glob) in text.lower()


@pytest.mark.parametrize(
    ("glob", "fits", "fails"),
    [
        ("*seedance-2-0*", "dreamina-seedance-2-0-260128", "doubao-seedance-1-0-pro-250528"),
        ("sk-?", "sk-1", "sk-12"),
        ("*打斗*", "一场打斗在屋顶上", "一只猫在屋顶上"),
        ("a*b*c", "a--b--c", "a--c--b"),
        ("*.mp4", "a/b.mp4", "a/b.mp4x"),
        ("[x]", "[x]", "x"),
        ("*", "", None),
    ],
)
def test_stars_and_question_marks_are_the_only_signs_of_a_glob(glob: str, fits: str, fails: str | None) -> None:
    assert predicate_of(glob)(fits)
    assert fails is None or not predicate_of(glob)(fails)


def test_a_glob_without_signs_is_one_text() -> None:
    assert literal("sk-1") == "sk-1"
    assert literal("sk-*") is None
    assert literal("/sk/") is None


def test_a_regular_expression_fits_anywhere_and_minds_case_unless_configured() -> None:
    assert predicate_of("/fig.t/")("two fighters")
    assert not predicate_of("/fight/")("FIGHT")
    assert predicate_of("/fight/i")("FIGHT")
    assert predicate_of("/^a/")("ab")
    assert not predicate_of("/^b/")("ab")


def test_a_regular_expression_sees_only_the_start_of_a_long_text() -> None:
    assert predicate_of("/x/")("a" * (SEEN - 1) + "x")
    assert not predicate_of("/x/")("a" * SEEN + "x")
    assert predicate_of("*x*")("a" * SEEN + "x")


@pytest.mark.parametrize(
    "pattern",
    [
        "/(a+)+$/",
        "/(a*)*b/",
        "/(a|aa)+$/",
        "/(a|a?)+b/",
        "/(.*)(.*)(.*)x/",
        "/a*a*a*b/",
        r"/(\w+\s?)*$/",
        r"/(x+x+)+y/",
        "/(?:a?){60}a{60}/",
        r"/^(([a-z])+.)+[A-Z]([a-z])+$/",
        r"/(a)\1/",
        "/(?=a)b/",
        "/(?<!a)b/",
        "/(a)?(?(1)b|c)/",
        "/(?P<n>a)(?P=n)/",
    ],
)
def test_an_expression_that_may_take_very_long_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        predicate_of(pattern)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("/fight|battle|war/", "a battle"),
        ("/fight.*night/", "fight at night"),
        (r"/\d{1,3}:\d{1,3}/", "ratio 16:9"),
        ("/^.*fight.*night/", "a fight at night"),
        ("/(very ){2,4}slow/", "very very slow"),
        ("/[a-z]+ing/", "fighting"),
        ("/(foo|bar){1,3}!/", "foobar!"),
        ("/打斗|血腥/", "血腥"),
        (r"/a\/b/", "a/b"),
    ],
)
def test_plain_expressions_are_accepted(pattern: str, fits: str) -> None:
    assert predicate_of(pattern)(fits)
    assert not predicate_of(pattern)("-")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "at least one character"),
        ("/", "in slashes"),
        ("//", "is empty"),
        ("/a", "in slashes"),
        ("/a/g", "only an i may follow"),
        ("/(a/", "is invalid"),
        ("/[z-a]/", "is invalid"),
        ("/" + "a" * (LONGEST + 1) + "/", "longer than"),
    ],
)
def test_a_pattern_that_is_none_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        predicate_of(pattern)


def test_the_worst_text_for_the_worst_expression_that_is_accepted_needs_few_steps() -> None:
    assert not predicate_of("/a*b/")("a" * SEEN)
    assert not predicate_of("/(?:[ab][ab])*c/")("ab" * SEEN)


@pytest.mark.parametrize(
    ("pattern", "needle"),
    [
        ("*Fight*at night*", "at night"),
        ("Fight?", "fight"),
        ("/Fight.*night club/", "night club"),
        ("/fight|war/", ""),
        ("/fight/i", ""),
        ("/(?i)fight/", ""),
        ("/打斗ab/", "ab"),
        ("*", ""),
    ],
)
def test_a_needle_is_the_longest_piece_that_has_to_be_there(pattern: str, needle: str) -> None:
    assert needle_of(pattern) == needle


def test_only_what_begins_with_a_slash_is_an_expression() -> None:
    assert is_regex("/a/")
    assert not is_regex("a/b")


@pytest.mark.parametrize("piece", ["?", "a?", "?a", "*?a", "??*"])
def test_a_glob_with_gaps_takes_linear_time(piece: str) -> None:
    fits = predicate_of((piece * LONGEST_GLOB)[: LONGEST_GLOB - 1] + "b")
    began = time.thread_time()
    assert not fits("a" * SEEN_WITH_GAPS)
    assert time.thread_time() - began < 0.25


def test_a_glob_with_gaps_is_bounded_and_fits_no_text_that_is_longer_than_prompts_are() -> None:
    assert predicate_of("*?")("a" * SEEN_WITH_GAPS)
    assert not predicate_of("*?")("a" * (SEEN_WITH_GAPS + 1))
    with pytest.raises(PatternError, match="at most 4096"):
        predicate_of("?" * (LONGEST_GLOB + 1))


@given(SMALL | st.just(""), TEXTS)
def test_a_plain_glob_fits_what_a_shell_glob_fits_even_with_a_slash_in_front(glob: str, text: str) -> None:
    assert glob_of(f"/{glob}")(f"/{text}") == fnmatch.fnmatchcase(text, glob)


def test_groups_and_branches_weigh_more_than_single_characters() -> None:
    assert steps_of("/(a|b){3}c/") > 5 * steps_of("/[ab]{3}c/")
    assert steps_of("*a*") == 0
    with pytest.raises(PatternError):
        predicate_of("/(.|..){13}qq/")
