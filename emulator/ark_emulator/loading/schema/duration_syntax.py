"""Parse durations, shares and rates: `500ms 2s 3m 1h`, `8s..12s`, `{median: 2s, p99: 20s}`, `50%`, `2kB/s`.

Every function raises InvalidValue.
"""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

from ark_emulator.core.time.durations import Length, LogNormal, Uniform, exactly

UNITS: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
LONGEST: Final = 366 * 86_400.0
"""The longest duration, in seconds."""
_NUMBER: Final = r"([0-9]+(?:\.[0-9]+)?)"
_DURATION: Final = re.compile(rf"{_NUMBER}(ms|s|m|h|d)")
_SHARE: Final = re.compile(rf"{_NUMBER}%")
_RATE: Final = re.compile(rf"{_NUMBER}\s*(B|kB|KB|KiB|MB|MiB)/s")
_BYTES: Final = {"B": 1, "kB": 1000, "KB": 1000, "KiB": 1024, "MB": 1_000_000, "MiB": 1_048_576}
FORMS: Final = "write a number and ms, s, m, h or d, as in 500ms or 2s"


class InvalidValue(ValueError):
    """A value is not valid: the code of the diagnostic, what is wrong, and how to fix it."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def seconds(value: Any) -> float:
    """Return a duration in seconds; a number without a unit is in seconds."""
    if isinstance(value, str) and (found := _DURATION.fullmatch(value)):
        return _bounded(float(found[1]) * UNITS[found[2]])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _bounded(float(value))
    if isinstance(value, str):
        raise InvalidValue("SC106", f"'{value}' is not a duration", FORMS)
    raise InvalidValue("SC104", f"expected a duration, not {kind_of(value)}", FORMS)


def length(value: Any) -> Length:
    """Return a duration, a range of two, or a median with the value that one in a hundred exceeds."""
    if isinstance(value, str) and ".." in value:
        least, _, most = value.partition("..")
        span = Uniform(seconds(least.strip()), seconds(most.strip()))
        if span.most < span.least:
            raise InvalidValue("SC105", f"the end of the range '{value}' is less than its start")
        return span
    if isinstance(value, dict):
        return _tail(value)
    return exactly(seconds(value))


def share(value: Any) -> float:
    """Return a share from 0 to 1, written as a percentage or as a number."""
    given = value
    if isinstance(value, str) and (found := _SHARE.fullmatch(value)):
        value = float(found[1]) / 100
    if isinstance(value, str):
        raise InvalidValue("SC106", f"'{value}' is not a share", "write a percentage, as in 50%")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidValue("SC104", f"expected a share, not {kind_of(value)}", "write a percentage, as in 50%")
    if not 0 <= value <= 1:
        hint = f"did you mean {value:g}%?" if 1 < value <= 100 and value == given else ""
        raise InvalidValue("SC105", "a share must be between 0% and 100%", hint)
    return float(value)


def rate(value: Any) -> int:
    """Return a rate in bytes per second."""
    hint = "write a number and B/s, kB/s or MB/s, as in 2kB/s"
    if not isinstance(value, str):
        raise InvalidValue("SC104", f"expected a rate, not {kind_of(value)}", hint)
    found = _RATE.fullmatch(value)
    if found is None:
        raise InvalidValue("SC106", f"'{value}' is not a rate", hint)
    return max(1, _whole(float(found[1]) * _BYTES[found[2]], value))


def kind_of(value: Any) -> str:
    """Return the type of a value, in the words of a scenario file."""
    if value is None:
        return "nothing"
    names: tuple[tuple[Callable[[Any], bool], str], ...] = (
        (lambda item: isinstance(item, bool), "true or false"),
        (lambda item: isinstance(item, int), "a whole number"),
        (lambda item: isinstance(item, float), "a number"),
        (lambda item: isinstance(item, str), "a text"),
        (lambda item: isinstance(item, list), "a list"),
    )
    return next((name for test, name in names if test(value)), "a mapping")


def _tail(value: dict[str, Any]) -> LogNormal:
    hint = "write {median: 2s, p99: 20s}"
    if value.keys() != {"median", "p99"}:
        raise InvalidValue("SC106", "a distribution has exactly the keys median and p99", hint)
    tail = LogNormal(seconds(value["median"]), seconds(value["p99"]))
    if not 0 < tail.median < tail.p99:
        raise InvalidValue(
            "SC105", "the p99 of a distribution must be greater than its median, and the median greater than 0"
        )
    return tail


def _bounded(value: float) -> float:
    if not 0 <= value <= LONGEST:
        raise InvalidValue("SC105", "a duration must be between 0s and 366d")
    return value


def _whole(value: float, text: str) -> int:
    if not isfinite(value):
        raise InvalidValue("SC105", f"'{text}' is too large")
    return int(value)
