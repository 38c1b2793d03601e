"""Read the size of HEIF pictures: HEIC, and AVIF (ISO/IEC 23008-12).

We read them ourselves because imagesize expects a longer rotation property than the format has. It cannot read pictures
that were taken upright with a phone.
"""

import struct

from ark_emulator.media.inspect.boxes import BudgetedReader, child, children, content, top

_QUARTER_TURN = 1  # bit of `irot` that swaps the sides


def read(source: BudgetedReader, size: int) -> tuple[int, int] | None:
    """Return width and height of the primary picture as displayed, None if the file does not state them.

    Raises struct.error, IndexError, ZeroDivisionError or BudgetExceeded for invalid content.
    """
    for kind, start, stop in top(source, size):
        if kind == b"meta":
            return _primary(content(source, start, stop)[4:])
    return None


def _primary(meta: memoryview) -> tuple[int, int] | None:
    properties = list(children(child(meta, b"iprp", b"ipco")))
    sides = None
    for index in _associated(child(meta, b"iprp", b"ipma"), _primary_item(child(meta, b"pitm"))):
        if 0 < index <= len(properties):
            sides = _changed(sides, *properties[index - 1])
    return sides


def _changed(sides: tuple[int, int] | None, kind: bytes, value: memoryview) -> tuple[int, int] | None:
    """Return the sides after one more property: the size first, then clipping and rotation in their order."""
    if kind == b"ispe":
        width, height = struct.unpack_from(">4xII", value)
        return width, height
    if kind == b"clap":
        across, per_across, down, per_down = struct.unpack_from(">4I", value)
        return across // per_across, down // per_down
    if kind == b"irot" and sides is not None and value[0] & _QUARTER_TURN:
        return sides[1], sides[0]
    return sides


def _primary_item(item: memoryview) -> int:
    (number,) = struct.unpack_from(">I" if item[0] else ">H", item, 4)
    return int(number)


def _associated(table: memoryview, item: int) -> list[int]:
    """Return the properties of an item, counted from 1."""
    version, wide = table[0], bool(table[3] & 1)
    (entries,) = struct.unpack_from(">I", table, 4)
    at = 8
    for _ in range(entries):
        number, count = struct.unpack_from(">IB" if version else ">HB", table, at)
        at += 5 if version else 3
        if number == item:
            indexes = struct.unpack_from(f">{count}{'H' if wide else 'B'}", table, at)
            return [index & (0x7FFF if wide else 0x7F) for index in indexes]
        at += count * (2 if wide else 1)
    return []
