"""What a request to Kling comes to: its endpoint, mode and length, read from the fields it gives. Total: never refuses.

The fields stand in `own` of a submission as they came. The tables are in `emulator/ark_emulator/data/kling.json`.
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
"""The length of a clip, unless asked otherwise (seed)."""


@dataclass(frozen=True, slots=True)
class KlingField:
    """What a field takes: its JSON type, and where it exists at all; None where everything is allowed.

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
    """One way in which a field may have a value, `*` for any: with these models, in these modes; None for all."""

    field: str
    value: str
    models: tuple[str, ...] | None
    modes: tuple[str, ...] | None


def fits(value: object, type_name: str) -> bool:
    """True for a value of that JSON type."""
    return isinstance(value, _TYPES[type_name]) and (type_name == "boolean" or not isinstance(value, bool))


def given(own: Own, name: str) -> Any:
    """The value of a field; None when it is not given, or empty, or of another type."""
    value = own.get(name)
    return value if value not in ("", [], {}) and fits(value, fields()[name].type) else None


def items(own: Own, name: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a list."""
    found = own.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else ()


def endpoint(own: Own) -> str:
    """The endpoint that serves the request: the fields decide, not the model (seed)."""
    if given(own, "image_list") is not None or given(own, "video_list") is not None:
        return "omni-video"
    if given(own, "image") is not None or given(own, "image_tail") is not None:
        return "image2video"
    return "text2video"


def mode(own: Own) -> str:
    """The mode asked for, else that of the endpoint."""
    asked = given(own, "mode")
    return asked if isinstance(asked, str) else str(_rows("endpoints", "endpoint")[endpoint(own)]["mode"])


def action(own: Own) -> str:
    """What new-api calls the endpoint."""
    return str(_rows("endpoints", "endpoint")[endpoint(own)]["action"])


def resolution(own: Own) -> str | None:
    """The resolution that the mode stands for; None for a mode that does not exist."""
    found = _rows("tiers", "mode").get(mode(own))
    return None if found is None else str(found["resolution"])


def seconds(own: Own) -> int | None:
    """The length that a request or one of its shots asks for, None when it is none or no number in a string."""
    asked = given(own, "duration")
    return int(asked) if asked is not None and asked.isascii() and asked.isdecimal() and len(asked) < 4 else None


def durations(model: str, own: Own) -> tuple[int, ...]:
    """The lengths that a model makes of such a request; none for a model that is not Kling's."""
    with_video = given(own, "video_list") is not None
    for row in load("kling")["durations"]:
        if model in row["models"] and row["video_input"] in (None, with_video):
            return tuple(row["seconds"])
    return ()


def most(name: str) -> int:
    """A bound of the table of counts. KeyError when there is none of that name."""
    return int(_rows("counts", "name")[name]["most"])


@cache
def fields() -> Mapping[str, KlingField]:
    """Every field that is read, by its name. Any other is passed over."""
    return MappingProxyType({row["field"]: KlingField(**_values(row)) for row in load("kling")["fields"]})


@cache
def combinations() -> Mapping[tuple[str, str], tuple[KlingCombination, ...]]:
    """The ways in which a field may have a value, where not every one is allowed."""
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
