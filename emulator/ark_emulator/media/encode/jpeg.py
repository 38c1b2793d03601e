"""Write baseline JPEG pictures (ITU-T T.81) of tiles: one tile is one unit of 16 x 16 pixels, in 4:2:0.

Every quantizer is 1, so a flat block has exactly its colour. The Huffman tables are those of annex K.3.
"""

import struct
from collections.abc import Sequence
from functools import cache, lru_cache
from math import cos, pi, sqrt
from typing import Final

from ark_emulator.media.encode.macroblock import BLOCK, SIDE, Tile

_BLOCK: Final = 8  # pixels
_NO_COMPONENTS: Final = (0, 0, 0)
_ZIGZAG: Final = tuple(
    sorted(
        range(64),
        key=lambda at: (at // 8 + at % 8, at // 8 if (at // 8 + at % 8) % 2 else at % 8),
    )
)
"""Positions of a block, row by row, in the order of figure A.6."""
_COSINES: Final = tuple(
    tuple((sqrt(0.5) if wave == 0 else 1.0) / 2 * cos((2 * place + 1) * wave * pi / 16) for place in range(8))
    for wave in range(8)
)
"""The basis of the transform (section A.3.3): `[wave][place]`."""

# Annex K.3: how many codes there are of each length from 1 to 16 bits, and the symbols in that order.
_DC_LUMA: Final = (bytes.fromhex("00010501010101010100000000000000"), bytes(range(12)))
_DC_CHROMA: Final = (bytes.fromhex("00030101010101010101010000000000"), bytes(range(12)))
_AC_LUMA: Final = (
    bytes.fromhex("0002010303020403050504040000017d"),
    bytes.fromhex(
        "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738"
        "393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5"
        "a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    ),
)
_AC_CHROMA: Final = (
    bytes.fromhex("00020102040403040705040400010277"),
    bytes.fromhex(
        "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a353637"
        "38393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3"
        "a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
    ),
)


def write(width: int, height: int, rows: Sequence[Sequence[Tile]]) -> bytes:
    """Return a JPEG file of `width` x `height` pixels; the tiles cover it, and are cut off at its edges.

    The colours of the tiles are BT.709 in video range, those of the file are BT.601 in full range, as JFIF has it.
    """
    coder, before, bits = _RowCoder(), _NO_COMPONENTS, []
    for row in rows:
        text, before = coder.row(tuple(row), before)
        bits.append(text)
    return b"".join((_head(width, height), _entropy_coded("".join(bits)), b"\xff\xd9"))


class _RowCoder:
    """Codes rows of tiles. A repeated row after the same levels is coded once."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[Tile, ...], tuple[int, int, int]], tuple[str, tuple[int, int, int]]] = {}

    def row(self, tiles: tuple[Tile, ...], before: tuple[int, int, int]) -> tuple[str, tuple[int, int, int]]:
        """Return the bits of a row and the DC levels after it, given those before it."""
        found = self._known.get((tiles, before))
        if found is None:
            luma, blue, red = before
            bits: list[str] = []
            for tile in tiles:
                blocks, cb, cr = _unit(tile)
                for level, rest in blocks:
                    bits += (_dc(level - luma, False), rest)
                    luma = level
                bits += (_dc(cb - blue, True), _end(True), _dc(cr - red, True), _end(True))
                blue, red = cb, cr
            found = self._known[tiles, before] = "".join(bits), (luma, blue, red)
        return found


@lru_cache(maxsize=1 << 14)
def _unit(tile: Tile) -> tuple[tuple[tuple[int, str], ...], int, int]:
    """Return the four luma blocks of a tile as DC level and bits of the rest, and the DC levels of both colours."""
    across = SIDE // BLOCK
    offset, cb, cr = _colours(tile.cb, tile.cr)
    blocks = []
    for top in (0, 2):
        for left in (0, 2):
            corners = (
                tile.luma[top * across + left],
                tile.luma[top * across + left + 1],
                tile.luma[(top + 1) * across + left],
                tile.luma[(top + 1) * across + left + 1],
            )
            blocks.append(_luma_block(corners, offset))
    return tuple(blocks), 8 * (cb - 128), 8 * (cr - 128)


@cache
def _colours(cb: int, cr: int) -> tuple[float, int, int]:
    """Return what the colour differences add to the luma, and their values, in JFIF's terms."""
    b, r = (cb - 128) / 224, (cr - 128) / 224
    red, green, blue = 1.5748 * r, -0.187324 * b - 0.468124 * r, 1.8556 * b
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return 255 * luma, _sample(128 + 255 * (blue - luma) / 1.772), _sample(128 + 255 * (red - luma) / 1.402)


def _sample(value: float) -> int:
    return min(255, max(0, round(value)))


@lru_cache(maxsize=1 << 12)
def _luma_block(corners: tuple[int, int, int, int], offset: float) -> tuple[int, str]:
    """Return the block of 8 x 8 pixels that four squares of 4 x 4 make: its DC level, and the bits of the rest."""
    samples = [_sample((corner - 16) / 219 * 255 + offset) - 128 for corner in corners]
    if len(set(samples)) == 1:
        return 8 * samples[0], _end(False)
    block = [samples[(y // BLOCK) * 2 + x // BLOCK] for y in range(_BLOCK) for x in range(_BLOCK)]
    levels = [round(_transformed(block, *divmod(at, _BLOCK))) for at in _ZIGZAG]
    return levels[0], _ac(levels[1:])


def _transformed(block: Sequence[int], down: int, across: int) -> float:
    """Return one coefficient of the transform of section A.3.3."""
    rows = (
        sum(block[y * _BLOCK + x] * _COSINES[across][x] for x in range(_BLOCK)) * _COSINES[down][y]
        for y in range(_BLOCK)
    )
    return sum(rows)


def _ac(levels: Sequence[int]) -> str:
    """Return the bits of 63 luma levels in zigzag order (section F.1.2.2)."""
    codes, bits, zeros = _codes(*_AC_LUMA), [], 0
    for level in levels:
        if not level:
            zeros += 1
            continue
        bits += [codes[0xF0]] * (zeros // 16)
        size = abs(level).bit_length()
        bits += (codes[zeros % 16 << 4 | size], _amplitude(level, size))
        zeros = 0
    return "".join(bits) + (_end(False) if zeros else "")


@cache
def _dc(difference: int, chroma: bool) -> str:
    """Return the bits of a DC level, as the difference from the one before (section F.1.2.1)."""
    size = abs(difference).bit_length()
    return _codes(*(_DC_CHROMA if chroma else _DC_LUMA))[size] + _amplitude(difference, size)


def _amplitude(level: int, size: int) -> str:
    return format(level if level > 0 else level + (1 << size) - 1, f"0{size}b") if size else ""


@cache
def _end(chroma: bool) -> str:
    """Return the code of a block whose remaining levels are zero."""
    return _codes(*(_AC_CHROMA if chroma else _AC_LUMA))[0]


@cache
def _codes(counts: bytes, symbols: bytes) -> dict[int, str]:
    """Return the code of each symbol (annex C)."""
    codes, code, place = {}, 0, 0
    for length, count in enumerate(counts, 1):
        for symbol in symbols[place : place + count]:
            codes[symbol] = format(code, f"0{length}b")
            code += 1
        place += count
        code <<= 1
    return codes


def _entropy_coded(bits: str) -> bytes:
    """Return the bits as bytes, ones filling the last; a zero byte follows every 0xFF (section F.1.2.3)."""
    length = -(-len(bits) // 8)
    return int(bits.ljust(8 * length, "1"), 2).to_bytes(length, "big").replace(b"\xff", b"\xff\0")


def _head(width: int, height: int) -> bytes:
    """Return everything before the entropy-coded bits: JFIF's header, the tables, the frame, the scan."""
    tables = (
        (bytes((kind,)), *table) for kind, table in ((0, _DC_LUMA), (16, _AC_LUMA), (1, _DC_CHROMA), (17, _AC_CHROMA))
    )
    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes.fromhex("012200 021100 031100")
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\1\1\0" + struct.pack(">HHBB", 1, 1, 0, 0)),
            _segment(0xDB, b"\0" + bytes((1,)) * 64),
            _segment(0xC0, frame),
            *(_segment(0xC4, *table) for table in tables),
            _segment(0xDA, bytes.fromhex("03 0100 0211 0311 003f00")),
        )
    )


def _segment(marker: int, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body
