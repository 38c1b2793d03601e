"""Decoded JPEG pictures of tiles."""

import io
from typing import Any

import av
import pytest
from ark_emulator.media.encode import jpeg
from ark_emulator.media.encode.macroblock import Tile, flat
from ark_emulator.media.render.clip import rgb
from hypothesis import given
from hypothesis import strategies as st

GREY = flat(180)


def decoded(body: bytes) -> Any:
    with av.open(io.BytesIO(body)) as file:
        return next(file.decode(video=0))


def colour(body: bytes, across: int, down: int) -> tuple[int, ...]:
    """Return red, green and blue at a pixel."""
    frame = decoded(body).reformat(format="rgb24")
    plane = frame.planes[0]
    start = down * plane.line_size + 3 * across
    return tuple(bytes(plane)[start : start + 3])


@pytest.mark.parametrize(
    "tile", [GREY, flat(16), flat(235), flat(168, 44, 136), flat(52, 108, 212), flat(28, 212, 120)]
)
def test_a_flat_tile_has_its_colour(tile: Tile) -> None:
    found = colour(jpeg.write(16, 16, [[tile]]), 8, 8)
    assert all(abs(one - other) <= 3 for one, other in zip(found, rgb(tile.luma[0], tile.cb, tile.cr), strict=True))


@pytest.mark.parametrize(("width", "height"), [(16, 16), (1, 1), (17, 33), (854, 480), (1470, 630)])
def test_the_picture_has_the_requested_size(width: int, height: int) -> None:
    rows = [[GREY] * -(-width // 16)] * -(-height // 16)
    frame = decoded(jpeg.write(width, height, rows))
    assert (frame.width, frame.height) == (width, height)


@given(st.lists(st.sampled_from((16, 80, 144, 208)), min_size=16, max_size=16))
def test_every_pattern_of_a_tile_is_kept(luma: list[int]) -> None:
    frame = decoded(jpeg.write(32, 16, [[Tile(bytes(luma)), GREY]]))
    plane = frame.planes[0]
    body = bytes(plane)
    for place, expected in enumerate(luma):
        row, column = divmod(place, 4)
        found = body[(4 * row + 1) * plane.line_size + 4 * column + 1]
        assert abs(found - round((expected - 16) / 219 * 255)) <= 2


def test_the_same_tiles_give_the_same_bytes() -> None:
    rows = [[GREY, flat(16)], [flat(64, 192, 204), GREY]]
    assert jpeg.write(32, 32, rows) == jpeg.write(32, 32, rows)


def test_no_marker_appears_within_the_picture() -> None:
    body = jpeg.write(320, 160, [[flat(16 + 12 * (place % 18)) for place in range(20)]] * 10)
    scan = body[body.index(b"\xff\xda") + 14 : -2]
    assert body.endswith(b"\xff\xd9")
    assert all(scan[at + 1 : at + 2] in (b"\0", b"") for at, byte in enumerate(scan) if byte == 0xFF)
