"""The bound of regular expressions: by the syntax tree of this Python version, and by the text alone."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ark_emulator.core.scenario import patterns, regex_cost
from ark_emulator.core.scenario.regex_cost import (
    MOST_STEPS,
    SEEN,
    PatternError,
    needle_of_regex,
    steps_of_regex,
    tree_is_known,
)
from hypothesis import given
from hypothesis import strategies as st

PRIVATE: Any = regex_cost

DANGEROUS = [
    *("(a+)+$", "(a|aa)+$", "(.*)(.*)(.*)x", r"(\w+\s?)*$", "(?:a?){60}a{60}"),
    *("a*a*a*b", "a?a?a?a?aaaa.*b.*c", "a{0,900}a{0,900}a{0,900}b", "a*?a*?a*?b", "[ab]+[ab]+[ab]+c"),
    *(r"(a)\1", "(?=a)b", "(?<!a)b", "(a)?(?(1)b|c)", "(?P<n>a)(?P=n)", r"\((a+)+\)"),
]
HARMLESS = [
    "fight|battle|war",
    "fight.*night",
    r"\d:\d",
    "打斗|血腥",
    r"a\/b",
    "^a cat",
    r"v1\.5 \(pro\)",
    "fights?",
    r"\*{2}",
]

FLAT = st.lists(
    st.sampled_from(
        ["a", "b", ".", "[ab]", r"\d", r"\*", "^", "$", r"\b", "|", "a*", "b+", "a?", "[ab]{2,9}", ".*?", "a++"]
    ),
    max_size=6,
).map("".join)


@pytest.fixture(params=["no private modules", "no parser", "another tree", "another part"])
def unknown_tree(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Simulate a Python version with other syntax trees, in the four ways in which they can differ."""
    caches: list[Any] = [tree_is_known, patterns.predicate_of, patterns.steps_of]
    if request.param == "no private modules":
        monkeypatch.setattr(regex_cost, "_parser", None)
        monkeypatch.setattr(regex_cost, "_constants", None)
    elif request.param == "no parser":
        monkeypatch.delattr(PRIVATE._parser, "parse")
    elif request.param == "another tree":
        monkeypatch.setattr(PRIVATE._parser, "parse", lambda *_: [("LITERAL", 97, "more")])
    else:
        monkeypatch.setattr(regex_cost, "_SINGLE", ())
    for cache in caches:
        cache.cache_clear()
    yield request.param
    for cache in caches:
        cache.cache_clear()


def test_the_tree_of_this_python_version_is_known() -> None:
    assert tree_is_known()


def test_a_tree_with_other_costs_than_expected_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    parse = PRIVATE._parser.parse
    monkeypatch.setattr(PRIVATE._parser, "parse", lambda text, flags: parse(text.replace(".*", "."), flags))
    tree_is_known.cache_clear()
    try:
        assert not tree_is_known()
    finally:
        tree_is_known.cache_clear()


def test_one_part_that_is_unknown_is_judged_by_the_text_although_the_rest_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tree_is_known()
    monkeypatch.setattr(regex_cost, "_NO_WIDTH", ())
    assert steps_of_regex(re.compile("ab$")) == SEEN * len("ab$")
    assert steps_of_regex(re.compile("a+")) < steps_of_regex(re.compile("a+$"))
    with pytest.raises(PatternError, match="has a group"):
        steps_of_regex(re.compile("(a)$"))


@pytest.mark.parametrize("body", DANGEROUS)
def test_no_dangerous_expression_is_accepted_when_the_tree_is_unknown(unknown_tree: str, body: str) -> None:
    assert not tree_is_known()
    with pytest.raises(PatternError):
        patterns.predicate_of(f"/{body}/")


@pytest.mark.parametrize("body", HARMLESS)
def test_plain_words_and_one_repeat_are_accepted_on_every_python_version(unknown_tree: str, body: str) -> None:
    assert not tree_is_known()
    assert callable(patterns.predicate_of(f"/{body}/"))
    assert patterns.needle_of(f"/{body}/") == ""


@pytest.mark.parametrize("body", HARMLESS)
def test_what_is_accepted_by_the_text_is_accepted_by_the_tree(body: str) -> None:
    assert tree_is_known()
    assert steps_of_regex(re.compile(body)) <= MOST_STEPS


def test_globs_do_not_need_the_tree(unknown_tree: str) -> None:
    assert patterns.predicate_of("*fight*night*")("a fight at night.")
    assert patterns.steps_of("*fight*") == 0


def test_an_expression_refused_by_its_text_says_that_the_python_version_is_the_reason(unknown_tree: str) -> None:
    with pytest.raises(PatternError, match=r"has a group, which this version of Python"):
        patterns.predicate_of("/(foo|bar){1,3}!/")


@given(FLAT)
def test_the_text_never_promises_fewer_steps_than_the_tree(body: str) -> None:
    try:
        found = re.compile(body)
    except re.error:
        return
    by_tree, by_text = regex_cost._steps_by_tree(found), regex_cost._steps_by_text(body)
    assert min(by_tree, MOST_STEPS + 1) <= by_text


@pytest.mark.parametrize(("body", "text"), [("a*aaaaaaaaab", "a" * SEEN), ("[ab]*aaaab", "ab" * (SEEN // 2))])
def test_the_worst_expression_accepted_by_its_text_ends_soon(unknown_tree: str, body: str, text: str) -> None:
    fits = patterns.predicate_of(f"/{body}/")
    began = time.thread_time()
    fits(text)
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    ("body", "flags", "needle"),
    [("a cat.*dogs", 0, "a cat"), ("cat", re.IGNORECASE, ""), ("(?i)cat", 0, ""), ("打cat", 0, "cat"), ("a|b", 0, "")],
)
def test_a_needle_is_only_what_every_fitting_text_has_in_it(body: str, flags: int, needle: str) -> None:
    assert needle_of_regex(re.compile(body, flags)) == needle
