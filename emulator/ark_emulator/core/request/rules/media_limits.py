"""The limits of a piece of input media, read from `media_limits.json` in `emulator/ark_emulator/data`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.task.values import Kind
from ark_emulator.data import load


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """The limits of one kind of media; None where there is none. Both ends are allowed.

    Sizes are in bytes, sides and pixels in pixels, rates in frames per second. The aspects, width over height, are
    text, because error texts print them as they stand.
    """

    formats: tuple[str, ...]
    codecs: tuple[str, ...] | None
    most_bytes: int
    least_pixels: int | None
    most_pixels: int | None
    least_side: int | None
    most_side: int | None
    least_aspect: str | None
    most_aspect: str | None
    least_rate: int | None
    most_rate: int | None


def media_limits_of(kind: Kind, generation: str) -> MediaLimits | None:
    """Return the limits for a kind of media on a generation of models; None for a kind that it does not accept."""
    return _table().get((kind, generation))


@cache
def _table() -> Mapping[tuple[str, str], MediaLimits]:
    found: dict[tuple[str, str], MediaLimits] = {}
    for row in load("media_limits")["media"]:
        values = {name: _value(row[name]) for name in _COLUMNS}
        found |= {(row["kind"], generation): MediaLimits(**values) for generation in row["generations"]}
    return MappingProxyType(found)


def _value(cell: Any) -> Any:
    return tuple(cell) if isinstance(cell, list) else cell


_COLUMNS: Final = tuple(MediaLimits.__slots__)
