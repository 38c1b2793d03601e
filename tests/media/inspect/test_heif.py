"""Inspection of HEIF pictures: two from libheif, and small ones built box by box."""

import struct
from base64 import b64decode
from io import BytesIO

import pytest
from ark_emulator.media.inspect.detect import Found, inspect
from hypothesis import given
from hypothesis import strategies as st

# 64 x 48 pixels, coded as 64 x 64 and cut; the second one is to be turned by 270 degrees.
LEVEL = b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAA"
    "AERAAAEAAQAAAAABoQABAAAAAAAAABsAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADd"
    "aXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAA"
    "AwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xh"
    "cAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAACNtZGF0AAAA"
    "FygBrwVY+vFkG9f0476NOF0SfHDJ3M3A"
)
UPRIGHT = b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAA"
    "AERAAAIAAQAAAAAB7AABAAAAAAAAABsAAgAAAAACBwABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZl"
    "AgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH/"
    "/wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29s"
    "cm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAA"
    "AwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAEdtZGF0AAAAFygBrwVY+vFk"
    "G9f0476NOF0SfHDJ3M3AAAAABkV4aWYAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA"
)


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def sides(width: int, height: int) -> bytes:
    return box(b"ispe", struct.pack(">4xII", width, height))


def heif(primary: int, properties: list[bytes], items: dict[int, list[int]], *, wide: bool = False) -> bytes:
    """Return a header with these properties and the properties of each item; `wide` uses wide numbers throughout."""
    rows = [
        struct.pack(">IB" if wide else ">HB", item, len(which))
        + struct.pack(f">{len(which)}{'H' if wide else 'B'}", *which)
        for item, which in items.items()
    ]
    table = box(b"ipma", bytes((wide, 0, 0, wide)), struct.pack(">I", len(rows)), *rows)
    item = box(b"pitm", bytes((wide, 0, 0, 0)), struct.pack(">I" if wide else ">H", primary))
    meta = box(b"meta", bytes(4), item, box(b"iprp", box(b"ipco", *properties), table))
    return box(b"ftyp", b"heic", bytes(4), b"mif1") + meta


def look(content: bytes) -> Found:
    return inspect(BytesIO(content))


@pytest.mark.parametrize(("content", "expected"), [(LEVEL, (64, 48)), (UPRIGHT, (48, 64))], ids=["level", "upright"])
def test_a_heic_picture_has_the_size_at_which_it_is_shown(content: bytes, expected: tuple[int, int]) -> None:
    found = look(content)
    assert (found.format, found.width, found.height, found.broken) == ("heic", *expected, False)


@pytest.mark.parametrize("wide", [False, True])
def test_a_picture_of_tiles_has_the_size_of_the_whole(wide: bool) -> None:
    properties = [sides(512, 512), sides(4032, 3024), box(b"irot", b"\x01")]
    items = {1: [1], 2: [1], 49: [2, 3]}
    found = look(heif(49, properties, items, wide=wide))
    assert (found.width, found.height) == (3024, 4032)


def test_half_a_turn_leaves_the_sides_as_they_are() -> None:
    found = look(heif(1, [sides(40, 30), box(b"irot", b"\x02")], {1: [1, 2]}))
    assert (found.width, found.height) == (40, 30)


@pytest.mark.parametrize(
    "content",
    [
        heif(2, [sides(40, 30)], {1: [1]}),
        heif(1, [sides(40, 30)], {1: [7]}),
        heif(1, [sides(0, 30)], {1: [1]}),
        heif(1, [sides(40, 30), box(b"clap", bytes(16))], {1: [1, 2]}),
        LEVEL[:200],
        LEVEL[:30],
    ],
    ids=["no such item", "no such property", "no width", "cut to nothing", "cut off", "cut off early"],
)
def test_a_picture_without_a_size_is_broken(content: bytes) -> None:
    assert look(content).broken


@given(st.sampled_from([LEVEL, UPRIGHT]), st.data())
def test_a_damaged_heic_picture_is_no_error(content: bytes, data: st.DataObject) -> None:
    damaged = bytearray(content[: data.draw(st.integers(8, len(content)))])
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=6)):
        damaged[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFF]))
    assert look(bytes(damaged)).size == len(damaged)
