"""Which prefixes of paths are valid, and the path after a prefix."""

import pytest
from ark_emulator.runtime.common.path_prefixes import InvalidPrefix, parse_prefix, parse_prefixes, strip_prefix
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.settings.settings_validation import SettingsError, validate_settings


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("/seedance", "/seedance"),
        ("seedance/", "/seedance"),
        ("/seedance/api/v3", "/seedance"),
        ("/seedance/api/v3/", "/seedance"),
        ("/relay/v1", "/relay"),
        ("/proxy/byteplus/api/v3", "/proxy/byteplus"),
        ("/wide", "/wide"),
    ],
)
def test_a_prefix_may_be_given_with_the_base_of_the_routes(text: str, means: str) -> None:
    assert parse_prefix(text) == means


@pytest.mark.parametrize(
    "text",
    ["", "/", "/api/v3", "/v1", "/a b", "/a?b", "/a#b", "/a%20", "/{id}", "/é", "/a//b", "/_emulator", "/w", "/w/x"],
)
def test_an_invalid_prefix_is_rejected(text: str) -> None:
    with pytest.raises(InvalidPrefix):
        parse_prefix(text)
    with pytest.raises(SettingsError, match="prefixes"):
        validate_settings(Settings(prefixes=(text,)))


@pytest.mark.parametrize("value", ["/seedance", 5, (5,)])
def test_prefixes_are_a_list_of_texts(value: int | str | tuple[int]) -> None:
    with pytest.raises(SettingsError, match="prefixes must be a list of paths"):
        validate_settings(Settings(prefixes=value))


def test_the_longest_prefix_comes_first_and_each_once() -> None:
    assert parse_prefixes(["/a", "/a/b/api/v3", "a/"]) == ("/a/b", "/a")


def test_the_path_after_a_prefix() -> None:
    assert strip_prefix("/a/api/v3", ("/a",)) == "/api/v3"
    assert strip_prefix("/ab/api/v3", ("/a",)) is None
    assert strip_prefix("/a", ("/a",)) is None
    assert strip_prefix("/a/_emulator/clock", ("/a",)) is None
