"""Validation of settings: every setting is checked, and errors name the accepted values."""

import math
from dataclasses import fields, replace
from typing import Any

import pytest
from ark_emulator.core.facts.account_limits import NO_LIMITS
from ark_emulator.core.request.rules import Strictness
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.settings.setting_table import NUMBER_RANGES
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.settings.settings_validation import (
    CHOICES,
    SettingsError,
    is_address,
    validate_settings,
    value_of_word,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = [field.name for field in fields(Settings)]
USUAL = Settings()


def refused(name: str, value: Any) -> str:
    """Return the error message for a setting."""
    with pytest.raises(SettingsError) as caught:
        validate_settings(replace(USUAL, **{name: value}))
    return str(caught.value)


def test_the_default_settings_are_valid() -> None:
    validate_settings(USUAL)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_rejects_some_values(name: str) -> None:
    assert refused(name, object()).startswith(name)


@pytest.mark.parametrize("name", NAMES)
def test_none_is_accepted_if_it_means_unset(name: str) -> None:
    if getattr(USUAL, name) is None:
        validate_settings(replace(USUAL, **{name: None}))
    else:
        assert refused(name, None).startswith(name)


@given(st.sampled_from(list(NUMBER_RANGES)), st.integers() | st.floats())
def test_a_number_outside_its_bounds_is_rejected(name: str, value: float) -> None:
    span = NUMBER_RANGES[name]
    whole = isinstance(value, int) or span.kind is float
    if whole and math.isfinite(value) and span.least <= value <= span.most:
        validate_settings(replace(USUAL, **{name: value}))
    else:
        assert refused(name, value) == f"{name} must be {span.description}, not {value!r}"


@pytest.mark.parametrize("name", NUMBER_RANGES)
def test_the_bounds_are_accepted_and_a_boolean_is_not_a_number(name: str) -> None:
    for value in (
        NUMBER_RANGES[name].kind(NUMBER_RANGES[name].least),
        NUMBER_RANGES[name].kind(NUMBER_RANGES[name].most),
    ):
        validate_settings(replace(USUAL, **{name: value}))
    assert "not True" in refused(name, True)


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in CHOICES.items() for word in words])
def test_every_word_that_is_offered_is_taken(name: str, word: str) -> None:
    validate_settings(replace(USUAL, **{name: value_of_word(name, word)}))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("log", "txt", "log must be text, json or off, not 'txt'; did you mean 'text'?"),
        ("gateway", "orcaruter", "did you mean 'orcarouter'?"),
        ("keys", "sk-a", "keys must be a list of texts, not 'sk-a'"),
        ("keys", {1}, "keys must be a list of texts"),
        ("keys", {"sk-a", ""}, "every key in keys must not be empty or blank; leave it out to go without"),
        ("keys", {"sk-a", "\t"}, "every key in keys must not be empty or blank"),
        ("keys", {" sk-a"}, "every key in keys must not begin or end with white space"),
        ("control_token", "", "control_token must not be empty or blank; leave it out to go without"),
        ("control_token", " \n", "control_token must not be empty or blank"),
        ("control_token", "a\r\nb", "control_token must not begin or end with white space, nor contain control"),
        ("control_token", 7, "control_token must be a text, not 7"),
        ("callback_secret", "", "callback_secret must not be empty or blank"),
        ("host", "", "host must be a name or an address, such as 127.0.0.1"),
        ("public_url", "video.example", "public_url must be an address that begins with http:// or https://"),
        ("public_url", "http://[", "public_url must be an address"),
        ("endpoints", {"ep-1": "dreamina-seedance-2-0-26012"}, "did you mean 'dreamina-seedance-2-0-260128'?"),
        ("endpoints", {"ep-1": ["a"]}, "there is no model ['a']"),
        ("callback_rewrite", (("a", "b", "c"),), "callback_rewrite must be a list of pairs of texts"),
        ("callback_rewrite", "ab", "callback_rewrite must be a list of pairs of texts"),
        ("isolate", "yes", "isolate must be true or false, not 'yes'"),
        ("mode", "live", "mode must be live, frozen or polls"),
        ("store", "postgres://x", "store: 'postgres://x' is no store"),
        ("traits", {"foo": {"bar": 1}}, "traits: no such gateway: 'foo'"),
        ("traits", {"newapi": {"channel": {}}}, "traits: newapi.channel lacks platform"),
    ],
)
def test_the_error_for_an_invalid_value_names_the_accepted_values(name: str, value: Any, message: str) -> None:
    assert message in refused(name, value)


def test_the_error_for_a_token_does_not_repeat_it() -> None:
    assert "let-me-in" not in refused("control_token", "let-me-in ")


def test_valid_values_are_accepted() -> None:
    validate_settings(
        Settings(
            mode=ClockMode.POLLS,
            validation=Strictness.WARN,
            limits=NO_LIMITS,
            keys=frozenset({"a"}),
            public_url="https://video.example:8443/ark",
            endpoints={"ep-1": "dreamina-seedance-2-0-260128"},
            traits={"newapi": {"lag": 15}},
            callback_rewrite=(("http://a", "http://b"),),
            store="sqlite:a.db",
            start=1_790_000_000,
            speed=60,
        )
    )


@pytest.mark.parametrize("text", ["", "http://", "https:///path", "ftp://a", "a.example", "http//a"])
def test_an_address_has_a_scheme_and_a_host(text: str) -> None:
    assert not is_address(text)
