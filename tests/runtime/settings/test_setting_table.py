"""The table of settings agrees with the fields of `Settings`, the flags of `serve`, and the facts of the core."""

import argparse
from dataclasses import fields
from typing import Any

import pytest
from ark_emulator import Emulator
from ark_emulator.cli.common.flags import PREFIX, Parser
from ark_emulator.cli.serve.setting_flags import _CONVERTERS, _PARSERS, add_serve_flags, settings_of
from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits
from ark_emulator.core.request.rules import Strictness
from ark_emulator.core.time.clock import END, FASTEST, SLOWEST, ClockMode
from ark_emulator.runtime.settings.setting_table import FIELDS, LATEST, NUMBER_RANGES, OWN, SETTINGS, Setting, Words
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.settings.settings_validation import SettingsError, UnknownSetting, value_of_word


def parsed(*words: str, **environment: str) -> argparse.Namespace:
    parser = Parser()
    add_serve_flags(parser, environment)
    return parser.parse_args(words)


def test_every_field_of_settings_has_one_row() -> None:
    assert sorted(FIELDS) == sorted(field.name for field in fields(Settings))
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    assert len({setting.flag for setting in SETTINGS}) == len(SETTINGS)


def test_a_setting_with_a_syntax_of_its_own_has_a_parser_and_no_other_has_one() -> None:
    assert sorted(_PARSERS) == sorted(setting.name for setting in SETTINGS if setting.accepts == OWN)
    assert set(_CONVERTERS) <= set(FIELDS)


def test_a_command_line_without_flags_has_the_default_settings() -> None:
    assert settings_of(parsed()) == Settings()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_flag_is_parsed_and_has_its_variable_in_the_help(setting: Setting) -> None:
    assert hasattr(parsed(), setting.destination)
    parser = Parser()
    add_serve_flags(parser, {})
    (action,) = (action for action in parser._actions if setting.flag in action.option_strings)
    assert action.help == f"{setting.help} [{PREFIX}{setting.destination.upper()}]"
    assert (action.metavar, action.nargs == 0) == (setting.metavar or None, not setting.metavar)


@pytest.mark.parametrize("setting", [each for each in FIELDS.values() if isinstance(each.accepts, Words)])
def test_every_word_selects_a_value_on_the_command_line_and_in_an_emulator(setting: Setting) -> None:
    assert isinstance(setting.accepts, Words)
    for word in setting.accepts.words:
        value = value_of_word(setting.name, word)
        assert getattr(settings_of(parsed(setting.flag, word)), setting.name) == value
        assert getattr(Settings(**{setting.name: value}), setting.name) == value


def test_the_words_for_enums_are_their_values() -> None:
    assert FIELDS["mode"].accepts == Words(tuple(ClockMode))
    assert FIELDS["validation"].accepts == Words(tuple(Strictness))


def test_the_numbers_are_those_of_the_clock() -> None:
    assert (NUMBER_RANGES["speed"].least, NUMBER_RANGES["speed"].most) == (SLOWEST, FASTEST)
    assert NUMBER_RANGES["start"].most == LATEST == END


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("mode", "polls", ClockMode.POLLS),
        ("validation", "warn", Strictness.WARN),
        ("limits", "off", NO_LIMITS),
        ("limits", "enterprise", Limits("enterprise")),
        ("limits", NO_LIMITS, NO_LIMITS),
        ("log", "nonsense", "nonsense"),
    ],
)
def test_a_word_selects_an_object_and_other_values_stay_as_they_are(name: str, word: object, value: object) -> None:
    assert value_of_word(name, word) == value


def test_an_unknown_word_is_rejected_by_the_name_of_the_argument() -> None:
    with pytest.raises(
        SettingsError, match=r"^clock must be live, frozen or polls, not 'frosen'; did you mean 'frozen'"
    ):
        value_of_word("mode", "frosen")


@pytest.mark.parametrize("setting", [setting for setting in FIELDS.values() if setting.not_embedded])
def test_an_emulator_rejects_a_setting_that_needs_several_processes(setting: Setting) -> None:
    arguments: dict[str, Any] = {setting.name: 1}
    with pytest.raises(UnknownSetting, match=setting.not_embedded):
        Emulator(**arguments).start()
