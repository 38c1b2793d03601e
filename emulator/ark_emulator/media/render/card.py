"""The test card: colour bars, a dark panel with a running timecode and text, a watermark, a progress bar.

All parts are aligned to the grid of macroblocks, so a picture is rows of tiles, and the next frame is a list of changed
tiles. The moving parts (timecode, progress bar) depend only on the size and the number of frames.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ark_emulator.media.encode.h264 import FRAME_RATE, Change, MacroblockRow, Picture, macroblocks_across
from ark_emulator.media.encode.macroblock import BLOCK, SIDE, Tile, flat
from ark_emulator.media.render import font

SMALLEST_WIDTH, SMALLEST_HEIGHT = 384, 192  # pixels: room for timecode, watermark and bar
WATERMARK = "AI Generated"

_PITCH = font.WIDTH + 1  # dots from one character to the next
_LINE = font.HEIGHT + 1  # dots from one line to the next
_BLOCKS = SIDE // BLOCK  # blocks along the side of a macroblock

# Luma inside one tile may differ by multiples of 64 only, so ink, bar and ground keep those distances.
_GROUND, _TRACK, _INK = 16, 80, 208
_PANEL = flat(_GROUND)
_BAR = tuple(Tile((bytes((_INK,)) * filled).ljust(_BLOCKS, bytes((_TRACK,))) * _BLOCKS) for filled in range(5))

# The bars of SMPTE RP 219 at 75 %, in BT.709, rounded to what the quantiser reaches: luma to 4, chroma to 2.
_COLOURS = (
    flat(180, 128, 128),  # grey
    flat(168, 44, 136),  # yellow
    flat(144, 148, 44),  # cyan
    flat(132, 64, 52),  # green
    flat(64, 192, 204),  # magenta
    flat(52, 108, 212),  # red
    flat(28, 212, 120),  # blue
)

Tiles = Sequence[Sequence[Tile]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The position of each part of the card, in macroblocks. A dot of text is `scale` blocks of 4 pixels wide."""

    columns: int
    rows: int
    scale: int
    margin: int
    panel_top: int
    timecode_top: int
    text_top: int
    text_bottom: int
    text_width: int  # in characters
    watermark_top: int
    watermark_left: int
    bar_top: int

    @property
    def line_height(self) -> int:
        """Return rows of macroblocks that a line of text takes; the timecode is twice as large."""
        return _LINE * self.scale // _BLOCKS

    @property
    def timecode_scale(self) -> int:
        """Return dots of the timecode in blocks; even, so that each character starts on a macroblock."""
        return 2 * self.scale


@lru_cache(maxsize=256)
def layout_of(width: int, height: int) -> Layout:
    """Return the layout for a picture of `width` x `height` pixels; only whole macroblocks carry text."""
    scale = max(1, min(width, height) // 540)
    whole_columns, whole_rows = width // SIDE, height // SIDE
    line = _LINE * scale // _BLOCKS
    bar_top = whole_rows - scale
    watermark_top = bar_top - 1 - line
    panel_top = whole_rows // 6
    text_top = panel_top + 1 + 2 * line
    timecode_width = macroblocks_across(len("00:00:00") * _PITCH * 2 * scale * BLOCK)
    margin = min(scale, (whole_columns - timecode_width) // 2)
    return Layout(
        columns=macroblocks_across(width),
        rows=macroblocks_across(height),
        scale=scale,
        margin=margin,
        panel_top=panel_top,
        timecode_top=panel_top + 1,
        text_top=text_top,
        text_bottom=watermark_top - 1,
        text_width=(whole_columns - 2 * margin) * _BLOCKS // (_PITCH * scale),
        watermark_top=watermark_top,
        watermark_left=whole_columns - macroblocks_across(len(WATERMARK) * _PITCH * scale * BLOCK),
        bar_top=bar_top,
    )


def still(layout: Layout, paragraphs: Sequence[str], watermark: bool) -> Picture:
    """Return the parts that do not move. Long paragraphs wrap; lines that do not fit are left out."""
    ground = MacroblockRow((_PANEL,) * layout.columns)
    picture = [MacroblockRow(tuple(_colour(layout, column) for column in range(layout.columns)))] * layout.rows
    lines = _wrapped(layout, paragraphs)
    bottom = layout.text_top + len(lines) * layout.line_height
    picture[layout.panel_top : bottom + 1] = [ground] * (bottom + 1 - layout.panel_top)
    for number, line in enumerate(lines):
        _draw(picture, text_tiles(line, layout.scale), layout.text_top + number * layout.line_height, layout.margin)
    if watermark:
        _draw(picture, text_tiles(WATERMARK, layout.scale), layout.watermark_top, layout.watermark_left)
    return tuple(picture)


def moment(still_picture: Picture, layout: Layout, frame: int, frames: int) -> Picture:
    """Return the still picture with the timecode and the progress bar of one frame, counted from 0."""
    picture = list(still_picture)
    for place, character in enumerate(timecode(frame)):
        tiles = text_tiles(character, layout.timecode_scale)
        _draw(picture, tiles, layout.timecode_top, layout.margin + place * len(tiles[0]))
    filled = _filled_blocks(layout, frame, frames)
    bar = MacroblockRow(tuple(_bar_tile(column, filled) for column in range(layout.columns)))
    picture[layout.bar_top :] = [bar] * (layout.rows - layout.bar_top)
    return tuple(picture)


def changes(layout: Layout, frame: int, frames: int) -> list[Change]:
    """Return the differences between a frame and the previous one, in order of address."""
    return sorted((*_timecode_changes(layout, frame), *_bar_changes(layout, frame, frames)))


def overlay(layout: Layout, frame: int, frames: int, watermark: bool) -> Iterator[tuple[int, Tile]]:
    """Yield the addresses and tiles of timecode, progress bar and, if `watermark`, the watermark of a frame."""
    parts = [(text_tiles(timecode(frame), layout.timecode_scale), layout.timecode_top, layout.margin)]
    if watermark:
        parts.append((text_tiles(WATERMARK, layout.scale), layout.watermark_top, layout.watermark_left))
    filled = _filled_blocks(layout, frame, frames)
    bar = [_bar_tile(column, filled) for column in range(layout.columns)]
    parts.append(([bar] * (layout.rows - layout.bar_top), layout.bar_top, 0))
    for lines, top, left in parts:
        for row, line in enumerate(lines, top):
            yield from ((row * layout.columns + column, tile) for column, tile in enumerate(line, left))


def timecode(frame: int) -> str:
    """Return minutes, seconds and frames since the first frame, as `00:00:00`."""
    seconds, rest = divmod(frame, FRAME_RATE)
    return f"{seconds // 60 % 100:02d}:{seconds % 60:02d}:{rest:02d}"


@lru_cache(maxsize=512)
def text_tiles(text: str, scale: int) -> Tiles:
    """Return a line of text as rows of tiles, on a ground that is filled up to whole macroblocks.

    A dot is `scale` x `scale` blocks; the line is 8 dots high and 6 dots wide for each character.
    """
    glyphs = [font.glyph(character) for character in text]
    lines = []
    for dots in (*zip(*glyphs, strict=True), ("." * font.WIDTH,) * len(text)):
        line = b"".join(bytes((_INK if dot == "#" else _GROUND,)) * scale for dot in ".".join((*dots, "")))
        lines += [line.ljust(-(-len(line) // _BLOCKS) * _BLOCKS, bytes((_GROUND,)))] * scale
    return tuple(
        tuple(
            Tile(b"".join(line[left : left + _BLOCKS] for line in lines[top : top + _BLOCKS]))
            for left in range(0, len(lines[0]), _BLOCKS)
        )
        for top in range(0, len(lines), _BLOCKS)
    )


def _wrapped(layout: Layout, paragraphs: Sequence[str]) -> list[str]:
    """Return lines of at most the width of the panel. Ids have no spaces, so lines break anywhere."""
    width = layout.text_width
    lines = [text[start : start + width] for text in paragraphs for start in range(0, len(text), width)]
    room = max(0, layout.text_bottom - layout.text_top) // layout.line_height
    return lines[:room]


def _draw(picture: list[MacroblockRow], tiles: Tiles, top: int, left: int) -> None:
    for row, line in enumerate(tiles, top):
        old = picture[row].tiles
        picture[row] = MacroblockRow((*old[:left], *line, *old[left + len(line) :]))


def _colour(layout: Layout, column: int) -> Tile:
    return _COLOURS[column * len(_COLOURS) // layout.columns]


def _filled_blocks(layout: Layout, frame: int, frames: int) -> int:
    """Return blocks of the bar that are filled: none in the first frame, all in the last."""
    return layout.columns * _BLOCKS * frame // max(1, frames - 1)


def _bar_tile(column: int, filled: int) -> Tile:
    return _BAR[min(_BLOCKS, max(0, filled - column * _BLOCKS))]


def _timecode_changes(layout: Layout, frame: int) -> Iterator[Change]:
    for place, (old, new) in enumerate(zip(timecode(frame - 1), timecode(frame), strict=True)):
        if old == new:
            continue
        before, after = text_tiles(old, layout.timecode_scale), text_tiles(new, layout.timecode_scale)
        above: Sequence[Tile] = (_PANEL,) * len(after[0])
        start = layout.timecode_top * layout.columns + layout.margin + place * len(after[0])
        for row, line in enumerate(after):
            for column, tile in enumerate(line):
                if tile != before[row][column]:
                    yield Change(start + row * layout.columns + column, tile, above[column])
            above = line


def _bar_changes(layout: Layout, frame: int, frames: int) -> Iterator[Change]:
    old, new = (_filled_blocks(layout, moment, frames) for moment in (frame - 1, frame))
    if old == new:
        return
    for column in range(old // _BLOCKS, (new - 1) // _BLOCKS + 1):
        tile, above = _bar_tile(column, new), _colour(layout, column)
        for row in range(layout.bar_top, layout.rows):
            yield Change(row * layout.columns + column, tile, above)
            above = tile
