"""Write PNG pictures of 8-bit RGB that consist of few runs of colour and many equal lines."""

import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ark_emulator.media.encode import deflate

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRUE_COLOUR = 2
_FILTER_NONE, _FILTER_UP = 0, 2  # PNG section 9.2


class Run(NamedTuple):
    """Neighbouring pixels of one colour: three bytes of RGB."""

    colour: bytes
    pixels: int


class Band(NamedTuple):
    """Equal lines one below the other. Runs that reach beyond the picture are cut off."""

    runs: Sequence[Run]
    lines: int


def write(width: int, height: int, bands: Iterable[Band]) -> bytes:
    """Return a PNG file of `width` x `height` pixels; the bands together have exactly `height` lines."""
    same_line = bytes((_FILTER_UP,)) + bytes(3 * width)
    same_bits = deflate.literal(_FILTER_UP) + deflate.repeated(b"\0", 3 * width)
    bits, checksum = [], 1
    for band in bands:
        runs = _cut(band.runs, width)
        line = bytes((_FILTER_NONE,)) + b"".join(run.colour * run.pixels for run in runs)
        bits.append(deflate.literal(_FILTER_NONE) + "".join(deflate.repeated(*run) for run in runs))
        bits.append(same_bits * (band.lines - 1))
        checksum = deflate.adler32_of_repeated(same_line, band.lines - 1, zlib.adler32(line, checksum))
    header = struct.pack(">IIBBBBB", width, height, 8, _TRUE_COLOUR, 0, 0, 0)
    data = deflate.zlib_stream("".join(bits), checksum)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _cut(runs: Sequence[Run], width: int) -> list[Run]:
    kept, left = [], width
    for run in runs:
        if left > 0:
            kept.append(Run(run.colour, min(run.pixels, left)))
            left -= run.pixels
    return kept


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
