"""DEFLATE (RFC 1951) with the fixed Huffman codes, for data whose repeats are known in advance.

`zlib.compress` gives other bytes with every build of zlib, but a file that is rendered again must keep its hash. As in
`bits`, a bit string is text, here in the order of the stream.
"""

import struct
import zlib
from functools import lru_cache

_LONGEST = 258  # bytes that one match may repeat
_FINAL_FIXED_BLOCK = "1" + "10"  # BFINAL, then BTYPE 1 from its low bit
_END_OF_BLOCK = "0000000"
_DISTANCES = {1: "00000", 3: "00010"}  # section 3.2.6; those without extra bits that are used here


@lru_cache(maxsize=256)
def literal(value: int) -> str:
    """Return one byte (section 3.2.6)."""
    return format(0x30 + value, "08b") if value < 144 else format(0x190 + value - 144, "09b")


@lru_cache(maxsize=256)
def match(length: int, distance: int) -> str:
    """Repeat 3 to 258 bytes from 1 or 3 bytes back."""
    symbol, extra, width = _length_code(length)
    code = format(symbol - 256, "07b") if symbol < 280 else format(0xC0 + symbol - 280, "08b")
    return code + (format(extra, f"0{width}b")[::-1] if width else "") + _DISTANCES[distance]


def repeated(unit: bytes, count: int) -> str:
    """Return a unit of 1 or 3 bytes, `count` times."""
    size = len(unit)
    matches, rest = divmod((count - 1) * size, _LONGEST)
    bits = "".join(literal(value) for value in unit) + match(_LONGEST, size) * matches
    if rest >= 3:
        return bits + match(rest, size)
    return bits + literal(unit[0]) * rest  # a rest of one or two is left by units of one byte only


def zlib_stream(bits: str, checksum: int) -> bytes:
    """Return a zlib stream (RFC 1950) of one block; `checksum` is the Adler-32 of the data."""
    block = _FINAL_FIXED_BLOCK + bits + _END_OF_BLOCK
    size = -(-len(block) // 8)
    return b"\x78\x01" + int(block[::-1], 2).to_bytes(size, "little") + struct.pack(">I", checksum)


def adler32_of_repeated(data: bytes, count: int, checksum: int) -> int:
    """Continue an Adler-32 over `count` copies of `data`."""
    for _ in range(count):
        checksum = zlib.adler32(data, checksum)
    return checksum


def _length_code(length: int) -> tuple[int, int, int]:
    """Return symbol, extra bits and their number (table of section 3.2.5)."""
    if length == _LONGEST:
        return 285, 0, 0
    offset = length - 3
    width = max(0, offset.bit_length() - 3)
    return 257 + 4 * width + (offset >> width), offset & ((1 << width) - 1), width
