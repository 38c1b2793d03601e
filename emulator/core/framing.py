"""Pixels and ratios: how large a clip is, read from `emulator/data/sizes.json`.

A size is always (width, height) in pixels.
"""

from collections.abc import Mapping
from functools import cache
from math import gcd, log, sqrt
from types import MappingProxyType
from typing import Final, TypeAlias

from emulator.core.catalogue import NAMED_RATIOS, Model
from emulator.data import load

Size: TypeAlias = tuple[int, int]
SizeTable: TypeAlias = Mapping[str, Mapping[str, Size]]
"""Resolution, then named ratio, to size."""

SAME_SHAPE: Final = 0.01
"""A picture this near to a named ratio (difference of logarithms) is taken to have it. Inferred."""


@cache
def size_tables() -> Mapping[str, SizeTable]:
    """Every size table by its name, which is a generation: 2.5, 2.0, 1.5, 1.0."""
    tables: dict[str, dict[str, Mapping[str, Size]]] = {}
    for row in load("sizes")["sizes"]:
        cells = MappingProxyType({ratio: (row[ratio][0], row[ratio][1]) for ratio in NAMED_RATIOS})
        for name in row["tables"]:
            tables.setdefault(name, {})[row["resolution"]] = cells
    return MappingProxyType({name: MappingProxyType(table) for name, table in tables.items()})


def size(model: Model, resolution: str, ratio: str) -> Size:
    """The size of a clip. KeyError for a resolution the model lacks, ValueError for a ratio that is not `W:H`.

    Named ratios are in the table. Any other has the area of the tier's 1:1 and even sides: the service accepts a
    few such ratios, the pixels it then makes are inferred.
    """
    cells = _cells(model, resolution)
    return cells[ratio] if ratio in cells else _sides(cells["1:1"], number(ratio))


def size_like(model: Model, resolution: str, picture: Size) -> Size:
    """The size of a clip that has the shape of a picture instead of a named ratio. KeyError as for `size`.

    A picture of a named ratio gives the table's size, any other the area of the tier's 1:1 and even sides.
    """
    cells = _cells(model, resolution)
    shape = picture[0] / picture[1]
    nearest = ratio_of(*picture)
    if abs(log(shape / number(nearest))) <= SAME_SHAPE:
        return cells[nearest]
    return _sides(cells["1:1"], shape)


def ratio_of(width: float, height: float) -> str:
    """The named ratio nearest to a shape, by the difference of logarithms."""
    shape = width / height
    return min(NAMED_RATIOS, key=lambda ratio: abs(log(shape / number(ratio))))


def fraction_of(width: int, height: int) -> str:
    """The shape as a reduced fraction, as the service shows what `adaptive` came to: 480x854 is `240:427`."""
    divisor = gcd(width, height)
    return f"{width // divisor}:{height // divisor}"


def number(ratio: str) -> float:
    """Width over height of a ratio such as `16:9` or `1.91:1`. ValueError when it is not of that form."""
    width, _, height = ratio.partition(":")
    return float(width) / float(height)


def _cells(model: Model, resolution: str) -> Mapping[str, Size]:
    if model.sizes is None or resolution not in model.resolutions:
        raise KeyError(f"{model.family} makes no clips at {resolution}")
    return size_tables()[model.sizes][resolution]


def _sides(square: Size, shape: float) -> Size:
    area = square[0] * square[1]
    return _even(sqrt(area * shape)), _even(sqrt(area / shape))


def _even(length: float) -> int:
    return 2 * round(length / 2)
