"""Validate the settings of a server: the type, the range and the accepted words of each."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.facts.disputed_numbers import DisputedNumbers
from ark_emulator.core.request.rules import Strictness
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.suggestion import did_you_mean
from ark_emulator.core.time.clock import FASTEST, SLOWEST, ClockMode
from ark_emulator.dialects.newapi.trait_checks import InvalidTrait
from ark_emulator.dialects.newapi.traits import GATEWAYS, validate_overrides
from ark_emulator.dialects.powertokens_videos.dialect import NAME as VIDEOS
from ark_emulator.runtime.common.path_prefixes import InvalidPrefix, parse_prefix
from ark_emulator.runtime.media.references import MediaCheck
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.stores.addresses import validate_address
from ark_emulator.stores.store import UnusableStore


class SettingsError(ValueError):
    """A setting has an invalid value; the message names the setting and the accepted values."""


class UnknownSetting(TypeError):
    """A setting does not exist; the message suggests a similar name."""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The numbers from `least` to `most`, integers if `kind` is int; `description` describes them in a message."""

    kind: type[int] | type[float]
    least: float
    most: float
    description: str

    def holds(self, value: object) -> bool:
        """Return whether the value is a number of this kind within these bounds; booleans are not numbers."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.kind is float or isinstance(value, int)) and self.least <= value <= self.most


LATEST: Final = 9_999_999_999
"""The last second whose milliseconds have thirteen digits, which storage names require: in the year 2286."""
NUMBER_RANGES: Final[Mapping[str, NumberRange]] = {
    "port": NumberRange(int, 0, 65535, "a port from 0 to 65535"),
    "speed": NumberRange(float, SLOWEST, FASTEST, "a number from 0.000001 to 1000000"),
    "seed": NumberRange(int, 0, 2**63 - 1, f"a whole number from 0 to {2**63 - 1}"),
    "start": NumberRange(float, 0, LATEST, f"a unix second from 0 to {LATEST}"),
    "download_limit": NumberRange(int, 1, 10**9, f"a whole number from 1 to {10**9}"),
    "clip_bytes": NumberRange(int, 0, 256 * 1024 * 1024, "a number of bytes from 0 to 268435456"),
    "workers": NumberRange(int, 1, 64, "a whole number from 1 to 64"),
}
"""The numbers that settings accept. Some also accept None, see `Settings`."""
CHOICES: Final[Mapping[str, Collection[str]]] = {
    "log": ("text", "json", "off"),
    "media_check": get_args(MediaCheck),
    "media_urls": ("http", "data"),
    "gateway": (*GATEWAYS, VIDEOS),
}
"""The words that settings accept."""


def validate_settings(settings: Settings) -> None:
    """Raise SettingsError for the first setting with an invalid value."""
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if value is not None or NoneType not in get_args(field.type):
            _CHECKS[field.name](field.name, value)


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


def _refuse(name: str, wanted: str, value: object, hint: str = "") -> None:
    raise SettingsError(f"{name} must be {wanted}, not {value!r}{hint}")


def _number(name: str, value: object) -> None:
    if not NUMBER_RANGES[name].holds(value):
        _refuse(name, NUMBER_RANGES[name].description, value)


def _word(name: str, value: object) -> None:
    words = list(CHOICES[name])
    if value not in words:
        _refuse(name, f"{', '.join(words[:-1])} or {words[-1]}", value, did_you_mean(str(value), words))


def _of(kind: type, wanted: str) -> Callable[[str, object], None]:
    def check(name: str, value: object) -> None:
        if not isinstance(value, kind):
            _refuse(name, wanted, value)

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


_SWITCH: Final = _of(bool, "true or false")
_CHECKS: Final[Mapping[str, Callable[[str, Any], None]]] = {
    **dict.fromkeys(NUMBER_RANGES, _number),
    **dict.fromkeys(CHOICES, _word),
    **dict.fromkeys(
        ("isolate", "reject_foreign_origins", "strict_lifecycle", "lenient_head", "lenient_auth", "ascii_headers"),
        _SWITCH,
    ),
    "mode": _of(ClockMode, "live, frozen or polls"),
    "validation": _of(Strictness, "strict, warn or off"),
    "limits": _of(Limits, "off, individual, enterprise or an ark_emulator.core.facts.account_limits.Limits"),
    "numbers": _of(DisputedNumbers, "an ark_emulator.core.facts.disputed_numbers.DisputedNumbers"),
    "scenario": _of(Scenario, "an ark_emulator.core.scenario.scenario_model.Scenario"),
    "callback_secret": validate_not_blank,
    "control_token": validate_secret,
    "host": _host,
    "keys": _keys,
    "public_url": _public_url,
    "endpoints": _endpoints,
    "callback_rewrite": _callback_rewrite,
    "traits": _traits,
    "store": _store,
    "prefixes": _prefixes,
}
