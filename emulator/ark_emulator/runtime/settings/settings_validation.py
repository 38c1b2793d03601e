"""Validate the settings of a server: the type, the range and the accepted words of each."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from types import NoneType
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits
from ark_emulator.core.facts.disputed_numbers import DisputedNumbers
from ark_emulator.core.request.rules import Strictness
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.suggestion import did_you_mean
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.dialects.newapi.trait_checks import InvalidTrait
from ark_emulator.dialects.newapi.traits import GATEWAYS, validate_overrides
from ark_emulator.dialects.powertokens_videos.dialect import NAME as VIDEOS
from ark_emulator.runtime.common.path_prefixes import InvalidPrefix, parse_prefix
from ark_emulator.runtime.settings.setting_table import FIELDS, NUMBER_RANGES, NumberRange, Setting, Words
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.stores.addresses import validate_address
from ark_emulator.stores.store import UnusableStore


class SettingsError(ValueError):
    """A setting has an invalid value; the message names the setting and the accepted values."""


class UnknownSetting(TypeError):
    """A setting does not exist; the message suggests a similar name."""


CHOICES: Final[Mapping[str, Collection[str]]] = {
    **{name: row.accepts.words for name, row in FIELDS.items() if isinstance(row.accepts, Words)},
    "gateway": (*GATEWAYS, VIDEOS),
}
"""The words that settings accept."""
_OBJECTS: Final[Mapping[str, Callable[[Any], object]]] = {
    "mode": ClockMode,
    "validation": Strictness,
    "limits": lambda account: NO_LIMITS if account == "off" else Limits(account),
}
"""The settings that hold an object in place of the word that selects it."""


def validate_settings(settings: Settings) -> None:
    """Raise SettingsError for the first setting with an invalid value."""
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if value is not None or NoneType not in get_args(field.type):
            _CHECKS[field.name](field.name, value)


def value_of_word(name: str, value: object) -> object:
    """Return the object that a word selects, such as ClockMode.LIVE for "live" as `mode`; other values unchanged.

    Raises SettingsError if the setting holds an object and accepts neither the word nor the value.
    """
    if name not in _OBJECTS or isinstance(value, Limits):
        return value
    words = list(CHOICES[name])
    if value not in words:
        argument = FIELDS[name].argument or name
        _refuse(argument, _listed(words), value, did_you_mean(str(value), words))
    return _OBJECTS[name](value)


def validate_model(name: object) -> None:
    """Raise SettingsError for an unknown model."""
    if not isinstance(name, str) or catalogue.find_anywhere(name) is None:
        raise SettingsError(f"there is no model {name!r}{did_you_mean(str(name), catalogue.names())}")


def validate_not_blank(name: str, value: object) -> None:
    """Raise SettingsError for an empty or blank secret: an unset variable must not disable a protection."""
    if not isinstance(value, str):
        _refuse(name, "a text", value)
    elif not value.strip():
        raise SettingsError(f"{name} must not be empty or blank; leave it out to go without")


def validate_secret(name: str, value: object) -> None:
    """Raise SettingsError for a key or token that is invalid in a header; the message does not repeat it."""
    validate_not_blank(name, value)
    text = str(value)
    if text != text.strip() or not text.isprintable():
        raise SettingsError(f"{name} must not begin or end with white space, nor contain control characters")


def is_address(text: str) -> bool:
    """Return whether the text is an http or https URL."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _refuse(name: str, accepted: str, value: object, hint: str = "") -> None:
    raise SettingsError(f"{name} must be {accepted}, not {value!r}{hint}")


def _number(name: str, value: object) -> None:
    if not NUMBER_RANGES[name].holds(value):
        _refuse(name, NUMBER_RANGES[name].description, value)


def _word(name: str, value: object) -> None:
    words = list(CHOICES[name])
    if value not in words:
        _refuse(name, _listed(words), value, did_you_mean(str(value), words))


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _of(kind: type, accepted: str) -> Callable[[str, object], None]:
    def check(name: str, value: object) -> None:
        if not isinstance(value, kind):
            _refuse(name, accepted, value)

    return check


def _keys(name: str, value: object) -> None:
    if isinstance(value, str) or not isinstance(value, Collection) or not all(isinstance(key, str) for key in value):
        _refuse(name, "a list of texts", value)
    for key in value:  # type: ignore[attr-defined]
        validate_secret("every key in keys", key)


def _host(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        _refuse(name, "a name or an address, such as 127.0.0.1, or 0.0.0.0 for other machines too", value)


def _public_url(name: str, value: object) -> None:
    if not isinstance(value, str) or not is_address(value):
        _refuse(name, "an address that begins with http:// or https://", value)


def _endpoints(name: str, value: object) -> None:
    if not isinstance(value, Mapping):
        _refuse(name, "a mapping of endpoint ids to models", value)
        return
    for endpoint, model in value.items():
        try:
            validate_model(model)
        except SettingsError as problem:
            raise SettingsError(f"{name}: {endpoint!r}: {problem}") from None


def _callback_rewrite(name: str, value: object) -> None:
    pairs = value if isinstance(value, tuple | list) else [value]
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not all(isinstance(half, str) for half in pair):
            _refuse(name, "a list of pairs of texts, what to replace and by what", value)


def _traits(name: str, value: object) -> None:
    if not isinstance(value, Mapping):
        _refuse(name, "a mapping of gateways to mappings of traits", value)
        return
    try:
        validate_overrides(value)
    except InvalidTrait as problem:
        raise SettingsError(f"{name}: {problem}") from None


def _store(name: str, value: object) -> None:
    try:
        validate_address(str(value))
    except UnusableStore as problem:
        raise SettingsError(f"{name}: {problem}") from None


def _prefixes(name: str, value: object) -> None:
    if isinstance(value, str) or not isinstance(value, Collection) or not all(isinstance(each, str) for each in value):
        _refuse(name, "a list of paths", value)
        return
    for each in value:
        try:
            parse_prefix(each)
        except InvalidPrefix as problem:
            raise SettingsError(f"{name}: {problem}") from None


_OWN_CHECKS: Final[Mapping[str, Callable[[str, Any], None]]] = {
    "mode": _of(ClockMode, _listed([*CHOICES["mode"]])),
    "validation": _of(Strictness, _listed([*CHOICES["validation"]])),
    "limits": _of(Limits, "off, individual, enterprise or an ark_emulator.core.facts.account_limits.Limits"),
    "numbers": _of(DisputedNumbers, "an ark_emulator.core.facts.disputed_numbers.DisputedNumbers"),
    "scenario": _of(Scenario, "an ark_emulator.core.scenario.scenario_model.Scenario"),
    "gateway": _word,
    "host": _host,
    "keys": _keys,
    "public_url": _public_url,
    "endpoints": _endpoints,
    "callback_rewrite": _callback_rewrite,
    "traits": _traits,
    "store": _store,
    "prefixes": _prefixes,
}
"""The checks that do not follow from what the row of a setting accepts."""


def _check_of(setting: Setting) -> Callable[[str, Any], None]:
    """Return the function that raises SettingsError for an invalid value of a setting."""
    if setting.name in _OWN_CHECKS:
        return _OWN_CHECKS[setting.name]
    match setting.accepts:
        case NumberRange():
            return _number
        case Words():
            return _word
        case "switch":
            return _of(bool, "true or false")
        case "not blank":
            return validate_not_blank
        case "secret":
            return validate_secret
    raise LookupError(f"{setting.name} has a syntax of its own, and no check")


_CHECKS: Final = {name: _check_of(setting) for name, setting in FIELDS.items()}
