"""The flags of `serve` and `exec`, generated from the table of settings, and the settings for a command line.

A parser imports what it needs when it is called, so that `--help` is fast.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ark_emulator.cli.common.flags import EXIT_USAGE, add_flag, bounded, not_blank, one_of, secret, within
from ark_emulator.cli.serve import gateway_flags, reload
from ark_emulator.runtime.settings.setting_table import (
    FIELDS,
    NOT_BLANK,
    SECRET,
    SETTINGS,
    SWITCH,
    TEXT,
    Kind,
    NumberRange,
    Setting,
    Words,
)

if TYPE_CHECKING:
    from ark_emulator.core.facts.disputed_numbers import DisputedNumbers
    from ark_emulator.runtime.settings.settings import Settings


def add_serve_flags(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    """Add the flags of `serve`. Each also reads ARK_EMULATOR_<FLAG>; the flag has precedence.

    The default of a flag is None, an empty list for a repeatable one, and False for a switch. `settings_of` then omits
    the setting, so that the default in `Settings` applies.
    """
    for setting in SETTINGS:
        more: dict[str, Any] = {"metavar": setting.metavar} if setting.metavar else {"action": "store_true"}
        if setting.repeatable:
            more["action"] = "append"
        default: Any = [] if setting.repeatable else None if setting.metavar else False
        add_flag(parser, environment, setting.flag, _parser_of(setting), default, setting.help, **more)


def settings_of(chosen: argparse.Namespace) -> "Settings":
    """Return the settings for the flags of `serve`. Print an error and raise SystemExit if they are invalid."""
    from ark_emulator.runtime.settings.settings import Settings
    from ark_emulator.runtime.settings.settings_validation import SettingsError, validate_settings, value_of_word

    given = {name: getattr(chosen, setting.destination) for name, setting in FIELDS.items()}
    values: dict[str, Any] = {
        name: _CONVERTERS[name](value) if name in _CONVERTERS else value_of_word(name, value)
        for name, value in given.items()
        if value is not None and value != []
    }
    settings = Settings(**values)
    try:
        validate_settings(settings)
    except SettingsError as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        raise SystemExit(EXIT_USAGE) from None
    return settings


def _parser_of(setting: Setting) -> Callable[[str], Any]:
    """Return the function that parses one value of a flag. It raises ArgumentTypeError."""
    match setting.accepts:
        case NumberRange(kind=kind):
            return lambda text: kind(bounded(text, setting.name))
        case Words(words=words):
            return lambda text: one_of(text, words)
        case "own":
            return _PARSERS[setting.name]
        case kind_name:
            return _KIND_PARSERS[kind_name]


def _url(text: str) -> str:
    from ark_emulator.runtime.settings.settings_validation import is_address

    if not is_address(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL that begins with http:// or https://")
    return text


def _endpoint(text: str) -> tuple[str, str]:
    from ark_emulator.runtime.settings.settings_validation import SettingsError, validate_model

    name, model = _halves(text)
    if not name or not model:
        raise argparse.ArgumentTypeError(f"{text!r} is not ep-ID=MODEL")
    try:
        validate_model(model)
    except SettingsError as problem:
        raise argparse.ArgumentTypeError(f"{text!r}: {problem}") from None
    return name, model


def _rewriting(text: str) -> tuple[str, str]:
    if not all(_halves(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not FROM=TO")
    return _halves(text)


def _halves(pair: str) -> tuple[str, str]:
    left, _, right = pair.partition("=")
    return left, right


def _number(text: str) -> tuple[str, int]:
    from ark_emulator.core.facts.disputed_numbers import NAMES

    name, _, value = text.partition("=")
    return one_of(name, NAMES), int(within(value, int, 0, 2**63, "a whole number"))


def _store(text: str) -> str:
    from ark_emulator.stores.addresses import validate_address
    from ark_emulator.stores.store import UnusableStore

    try:
        return validate_address(text)
    except UnusableStore as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


_KIND_PARSERS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    SWITCH: bool,
    TEXT: str,
    NOT_BLANK: not_blank,
    SECRET: secret,
}
_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "public_url": _url,
    "endpoints": _endpoint,
    "numbers": _number,
    "gateway": gateway_flags.parse_gateway,
    "traits": gateway_flags.parse_trait,
    "prefixes": gateway_flags.parse_prefix,
    "callback_rewrite": _rewriting,
    "store": _store,
}
"""The parsers of the settings whose values have a syntax of their own."""


def _numbers(pairs: list[tuple[str, int]]) -> "DisputedNumbers":
    from ark_emulator.core.facts.disputed_numbers import DisputedNumbers

    return DisputedNumbers(**dict(pairs))


_CONVERTERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "keys": frozenset,
    "public_url": lambda url: url.rstrip("/"),
    "endpoints": dict,
    "numbers": _numbers,
    "traits": gateway_flags.traits_of,
    "prefixes": tuple,
    "callback_rewrite": tuple,
    "scenario": reload.scenario_or_exit,
}
"""The settings that are not the parsed value itself."""
