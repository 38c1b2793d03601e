"""The endpoint, mode and duration of a request to Kling, derived from the fields it gives.

These functions never refuse a request. They read the fields from `own` of a submission, as they came. The tables are in
`emulator/ark_emulator/data/kling.json`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.data import load

Own = Mapping[str, object]
_TYPES: Final[Mapping[str, tuple[type, ...]]] = MappingProxyType(
    {
        "string": (str,),
        "number": (int, float),
        "integer": (int,),
        "boolean": (bool,),
        "array": (list,),
        "object": (dict,),
    }
)
SECONDS: Final = 5
"""The default duration of a clip in seconds (seed)."""


@dataclass(frozen=True, slots=True)
class KlingField:
    """What a field accepts: its JSON type, and the endpoints and models that have it; None where all have it.

    `least` and `most` bound a number, `longest` the characters of a string.
    """

    field: str
    type: str
    endpoints: tuple[str, ...] | None
    models: tuple[str, ...] | None
    values: tuple[str, ...] | None
    least: float | None
    most: float | None
    longest: int | None


@dataclass(frozen=True, slots=True)
class KlingCombination:
    """One allowed use of a value of a field, `*` for any value: with these models, in these modes; None for all."""

    field: str
    value: str
    models: tuple[str, ...] | None
    modes: tuple[str, ...] | None


def fits(value: object, type_name: str) -> bool:
    """Return True for a value of that JSON type."""
    return isinstance(value, _TYPES[type_name]) and (type_name == "boolean" or not isinstance(value, bool))


def given(own: Own, name: str) -> Any:
    """Return the value of a field; None when it is missing, empty, or of another type."""
    value = own.get(name)
    return value if value not in ("", [], {}) and fits(value, fields()[name].type) else None


def items(own: Own, name: str) -> Sequence[Mapping[str, Any]]:
    """Return the objects of a list field."""
    found = own.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else ()


def endpoint(own: Own) -> str:
    """Return the endpoint that serves the request: the fields decide, not the model (seed)."""
    if given(own, "image_list") is not None or given(own, "video_list") is not None:
        return "omni-video"
    if given(own, "image") is not None or given(own, "image_tail") is not None:
        return "image2video"
    return "text2video"


def mode(own: Own) -> str:
    """Return the requested mode, else that of the endpoint."""
    asked = given(own, "mode")
    return asked if isinstance(asked, str) else str(_rows("endpoints", "endpoint")[endpoint(own)]["mode"])


def action(own: Own) -> str:
    """Return new-api's name for the endpoint."""
    return str(_rows("endpoints", "endpoint")[endpoint(own)]["action"])


def resolution(own: Own) -> str | None:
    """Return the resolution of the mode; None for a mode that does not exist."""
    found = _rows("tiers", "mode").get(mode(own))
    return None if found is None else str(found["resolution"])


def seconds(own: Own) -> int | None:
    """Return the requested duration of a request or one of its shots; None when it is missing or not digits in a
    string.
    """
    asked = given(own, "duration")
    return int(asked) if asked is not None and asked.isascii() and asked.isdecimal() and len(asked) < 4 else None


def durations(model: str, own: Own) -> tuple[int, ...]:
    """Return the durations that a model offers for such a request; none for a model that is not Kling's."""
    with_video = given(own, "video_list") is not None
    for row in load("kling")["durations"]:
        if model in row["models"] and row["video_input"] in (None, with_video):
            return tuple(row["seconds"])
    return ()


def most(name: str) -> int:
    """Return a bound of the table of counts. KeyError when there is none of that name."""
    return int(_rows("counts", "name")[name]["most"])


@cache
def fields() -> Mapping[str, KlingField]:
    """Return every field that is read, by its name. All others are ignored."""
    return MappingProxyType({row["field"]: KlingField(**_values(row)) for row in load("kling")["fields"]})


@cache
def combinations() -> Mapping[tuple[str, str], tuple[KlingCombination, ...]]:
    """Return the allowed uses of the field values that are not allowed everywhere."""
    found: dict[tuple[str, str], tuple[KlingCombination, ...]] = {}
    for row in load("kling")["combinations"]:
        key = row["field"], row["value"]
        found[key] = (*found.get(key, ()), KlingCombination(**_values(row)))
    return MappingProxyType(found)


@cache
def _rows(table: str, key: str) -> Mapping[str, Mapping[str, Any]]:
    return MappingProxyType({row[key]: row for row in load("kling")[table]})


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name != "source"}
