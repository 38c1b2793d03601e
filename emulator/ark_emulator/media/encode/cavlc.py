"""CAVLC: the variable-length codes of transform coefficients (H.264 section 9.2).

Only what the test card needs: blocks of 16 whose neighbours have no coefficients (nC = 0), and the
first coefficient of a chroma DC block.
"""

from itertools import pairwise

# Table 9-5, column 0 <= nC < 2: TOKENS[total coefficients][trailing ones].
_TOKENS = tuple(
    tuple(line.split())
    for line in """
1
000101 01
00000111 000100 001
000000111 00000110 0000101 00011
0000000111 000000110 00000101 000011
00000000111 0000000110 000000101 0000100
0000000001111 00000000110 0000000101 00000100
0000000001011 0000000001110 00000000101 000000100
0000000001000 0000000001010 0000000001101 0000000100
00000000001111 00000000001110 0000000001001 00000000100
00000000001011 00000000001010 00000000001101 0000000001100
000000000001111 000000000001110 00000000001001 00000000001100
000000000001011 000000000001010 000000000001101 00000000001000
0000000000001111 000000000000001 000000000001001 000000000001100
0000000000001011 0000000000001110 0000000000001101 000000000001000
0000000000000111 0000000000001010 0000000000001001 0000000000001100
0000000000000100 0000000000000110 0000000000000101 0000000000001000
""".strip().splitlines()
)

# Tables 9-7 and 9-8: TOTAL_ZEROS[total coefficients - 1][zeros before the last coefficient].
_TOTAL_ZEROS = tuple(
    tuple(line.split())
    for line in """
1 011 010 0011 0010 00011 00010 000011 000010 0000011 0000010 00000011 00000010 000000011 000000010 000000001
111 110 101 100 011 0101 0100 0011 0010 00011 00010 000011 000010 000001 000000
0101 111 110 101 0100 0011 100 011 0010 00011 00010 000001 00001 000000
00011 111 0101 0100 110 101 100 0011 011 0010 00010 00001 00000
0101 0100 0011 111 110 101 100 011 0010 00001 0001 00000
000001 00001 111 110 101 100 011 010 0001 001 000000
000001 00001 101 100 011 11 010 0001 001 000000
000001 0001 00001 011 11 10 010 001 000000
000001 000000 0001 11 10 001 01 00001
00001 00000 001 11 10 01 0001
0000 0001 001 010 1 011
0000 0001 01 1 001
000 001 1 01
00 01 1
0 1
""".strip().splitlines()
)

# Table 9-10: RUNS[min(zeros left, 7) - 1][run before].
_RUNS = tuple(
    tuple(line.split())
    for line in """
1 0
1 01 00
11 10 01 00
11 10 01 001 000
11 10 011 010 001 000
11 000 001 011 010 101 100
111 110 101 100 011 010 001 0001 00001 000001 0000001 00000001 000000001 0000000001 00000000001
""".strip().splitlines()
)

_CHROMA_NONE, _CHROMA_ONE, _CHROMA_TRAILING_ONE = "01", "000111", "1"  # Table 9-5, column nC = -1
_CHROMA_NO_ZEROS = "1"  # Table 9-9


def block_of_sixteen(levels: list[int]) -> str:
    """Return bits of 16 coefficient levels given in scan order."""
    places = [place for place, level in enumerate(levels) if level]
    if not places:
        return _TOKENS[0][0]
    places.reverse()
    values = [levels[place] for place in places]
    ones = _trailing_ones(values)
    bits = [_TOKENS[len(values)][ones], *("1" if value < 0 else "0" for value in values[:ones])]
    bits.append(_level_bits(values[ones:], ones, len(values)))
    zeros = places[0] + 1 - len(values)
    if len(values) < len(levels):
        bits.append(_TOTAL_ZEROS[len(values) - 1][zeros])
    for place, earlier in pairwise(places):
        if not zeros:
            break
        run = place - earlier - 1
        bits.append(_RUNS[min(zeros, 7) - 1][run])
        zeros -= run
    return "".join(bits)


def chroma_dc(level: int) -> str:
    """Return bits of a chroma DC block in which only the first of four levels may differ from zero."""
    if level == 0:
        return _CHROMA_NONE
    if abs(level) == 1:
        return _CHROMA_TRAILING_ONE + ("1" if level < 0 else "0") + _CHROMA_NO_ZEROS
    return _CHROMA_ONE + _level_bits([level], 0, 1) + _CHROMA_NO_ZEROS


def _trailing_ones(values: list[int]) -> int:
    count = 0
    for value in values[:3]:
        if abs(value) != 1:
            break
        count += 1
    return count


def _level_bits(values: list[int], ones: int, total: int) -> str:
    """Return levels after the trailing ones, from the highest frequency down (section 9.2.2.1)."""
    suffix = 1 if total > 10 and ones < 3 else 0
    bits = []
    for index, value in enumerate(values):
        code = 2 * abs(value) - (1 if value < 0 else 2)
        if index == 0 and ones < 3:
            code -= 2  # a first level of one would have been a trailing one
        bits.append(_level_code(code, suffix))
        suffix = suffix or 1
        if abs(value) > 3 << (suffix - 1) and suffix < 6:
            suffix += 1
    return "".join(bits)


def _level_code(code: int, suffix: int) -> str:
    """Return a level as unary prefix and binary suffix; prefix 15 opens a suffix of 12 bits."""
    if suffix == 0 and 14 <= code < 30:
        return "0" * 14 + "1" + format(code - 14, "04b")
    escape = 15 << suffix if suffix else 30
    if code >= escape:
        return "0" * 15 + "1" + format(code - escape, "012b")
    prefix, rest = divmod(code, 1 << suffix)
    return "0" * prefix + "1" + (format(rest, f"0{suffix}b") if suffix else "")
