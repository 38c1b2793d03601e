"""Encode macroblocks that decode to exactly the given samples.

A tile is the content of one macroblock: 16 flat luma blocks of 4x4 pixels, and one pair of colour differences. Coded as
Intra 16x16, such a tile needs only its luma and chroma DC coefficients. With the quantiser chosen here, the inverse
transform multiplies them by whole numbers, so nothing is rounded.
"""

from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from ark_emulator.media.encode import cavlc
from ark_emulator.media.encode.bits import signed, unsigned

SIDE = 16  # pixels
BLOCK = 4  # pixels

# H.264 section 8.5.10: at luma quantiser 40 a DC coefficient of the 4x4 Hadamard transform adds 4 to the pixels.
LUMA_QUANTISER = 40
_LUMA_STEP = 4
# Section 8.5.11: the chroma quantiser 40 - 12 = 28 makes it 2.
CHROMA_QUANTISER_OFFSET = -12
_CHROMA_STEP = 2
# In 4:4:4 chroma is transformed as luma is, and the quantiser of 28 makes a DC coefficient add 1 (section 8.5.5).

_GAIN = 16  # the forward Hadamard transform of a 4x4 matrix, divided by this, undoes the inverse one
_HADAMARD = ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, -1, 1), (1, -1, 1, -1))
_ZIGZAG = (0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15)  # Table 8-2, as row * 4 + column


class Tile(NamedTuple):
    """Content of a macroblock: luma of its 16 blocks row by row, and the two colour differences."""

    luma: bytes
    cb: int = 128
    cr: int = 128


def flat(luma: int, cb: int = 128, cr: int = 128) -> Tile:
    """Return a tile of one colour, in 8-bit video range."""
    return Tile(bytes((luma,)) * 16, cb, cr)


class Prediction(IntEnum):
    """Where a macroblock is predicted from; the value is its Intra16x16PredMode (Table 8-4)."""

    ABOVE = 0
    LEFT = 2  # DC prediction: in the top row the mean of the left neighbour, or 128 in the corner


# Table 8-5 numbers the same predictions differently for chroma.
_CHROMA_MODE = {Prediction.ABOVE: 2, Prediction.LEFT: 0}

CORNER = flat(128)  # what the first macroblock of a picture is predicted from

INTRA_SLICE = 0
PREDICTED_SLICE = 5  # mb_type of intra macroblocks starts here in P slices (Table 7-13)


@lru_cache(maxsize=1 << 15)
def macroblock(tile: Tile, neighbour: Tile, prediction: Prediction, slice_kind: int, full_chroma: bool = False) -> str:
    """Return bits of the Intra 16x16 macroblock that turns its neighbour's edge into `tile`.

    With `full_chroma` it is one of a 4:4:4 picture. Raises ValueError when the difference is no whole number of
    quantiser steps.
    """
    luma = _luma_levels(tile, neighbour, prediction)
    if full_chroma:
        mb_type = slice_kind + 1 + prediction
        planes = (_flat_levels(tile.cb - neighbour.cb), _flat_levels(tile.cr - neighbour.cr))
        return unsigned(mb_type) + signed(0) + "".join(cavlc.block_of_sixteen(levels) for levels in (luma, *planes))
    cb = _chroma_level(tile.cb - neighbour.cb)
    cr = _chroma_level(tile.cr - neighbour.cr)
    coded_chroma = 1 if cb or cr else 0
    mb_type = slice_kind + 1 + prediction + 4 * coded_chroma  # Table 7-11
    bits = unsigned(mb_type) + unsigned(_CHROMA_MODE[prediction]) + signed(0) + cavlc.block_of_sixteen(luma)
    if coded_chroma:
        bits += cavlc.chroma_dc(cb) + cavlc.chroma_dc(cr)
    return bits


def _luma_levels(tile: Tile, neighbour: Tile, prediction: Prediction) -> list[int]:
    if prediction is Prediction.ABOVE:
        edge = neighbour.luma[12:] * 4
    elif len(set(neighbour.luma)) == 1:
        edge = neighbour.luma
    else:
        raise ValueError("the mean of a left neighbour is only known when it is flat")
    residual = [sample - predicted for sample, predicted in zip(tile.luma, edge, strict=True)]
    levels = []
    for position in _ZIGZAG:
        level, rest = divmod(_transformed(residual, *divmod(position, 4)), _GAIN * _LUMA_STEP)
        if rest:
            raise ValueError("luma values of a mixed tile must differ by multiples of 64")
        levels.append(level)
    return levels


def _transformed(matrix: list[int], row: int, column: int) -> int:
    """Return one element of H * matrix * H."""
    down, across = _HADAMARD[row], _HADAMARD[column]
    return sum(down[y] * across[x] * matrix[4 * y + x] for y in range(4) for x in range(4))


def _flat_levels(difference: int) -> list[int]:
    """Return the 16 levels that change a whole plane of a 4:4:4 macroblock by one number."""
    return [difference, *[0] * 15]


def _chroma_level(difference: int) -> int:
    level, rest = divmod(difference, _CHROMA_STEP)
    if rest:
        raise ValueError("colour differences must differ by even numbers")
    return level
