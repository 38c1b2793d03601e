"""Render clips and last frames, each a pure function of its specification."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from ark_emulator.media.encode import h264, jpeg, mp4, png
from ark_emulator.media.encode.h264 import FRAME_RATE
from ark_emulator.media.encode.macroblock import BLOCK, SIDE
from ark_emulator.media.render import card

CONTAINERS = ("mp4", "mov")
STILLS = ("png", "jpeg")
_GROUP = 2 * FRAME_RATE  # pictures from one IDR to the next, so that a player seeks quickly


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """The specification of a clip. The same specification always gives the same bytes.

    Raises ValueError for an odd or too small size, for no frames, and for an unknown container or picture format.
    """

    title: str  # the model, shown on the picture
    label: str  # the task's id, shown on the picture and kept in the comment tag
    width: int  # pixels, even
    height: int
    frames: int  # at 24 per second
    audio: bool
    watermark: bool = False  # "AI Generated" at the bottom right
    container: str = "mp4"
    pad_to: int = 0  # bytes to which a `free` box fills the file; 0 for no padding
    still: str = "png"  # the format of the last frame

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2:
            raise ValueError(f"the sides of a 4:2:0 picture are even, not {self.width} x {self.height}")
        if self.width < card.SMALLEST_WIDTH or self.height < card.SMALLEST_HEIGHT:
            raise ValueError(f"no room for the test card in {self.width} x {self.height} pixels")
        if self.frames < 1:
            raise ValueError("a clip has at least one frame")
        if self.container not in CONTAINERS:
            raise ValueError(f"a container is one of {', '.join(CONTAINERS)}, not {self.container}")
        if self.still not in STILLS:
            raise ValueError(f"a last frame is one of {', '.join(STILLS)}, not {self.still}")


def render_clip(spec: ClipSpec) -> bytes:
    """Return the clip as a file: in MP4 Constrained Baseline H.264, and AAC-LC mono when it has sound.

    In QuickTime it is H.264 in 4:4:4 and uncompressed sound (recorded). Raises ValueError when the picture is larger
    than any H.264 level allows.
    """
    quicktime = spec.container == "mov"
    predicted = _predicted_samples(spec.width, spec.height, spec.frames, quicktime)
    layout = card.layout_of(spec.width, spec.height)
    still = card.still(layout, _paragraphs(spec), spec.watermark)
    coder = h264.StillCoder(quicktime)
    samples = list(predicted)
    sync = range(0, spec.frames, _GROUP)
    for group, frame in enumerate(sync):
        samples[frame] = coder.sample(card.moment(still, layout, frame, spec.frames), idr_pic_id=group % 2)
    movie = mp4.Movie(
        width=spec.width,
        height=spec.height,
        picture_rate=FRAME_RATE,
        configuration=h264.parameter_sets(spec.width, spec.height, quicktime).configuration(),
        pictures=samples,
        sync=[frame + 1 for frame in sync],
        sound=spec.audio,
        comment=spec.label,
        quicktime=quicktime,
    )
    return mp4.write(movie, spec.pad_to)


def render_last_frame(spec: ClipSpec) -> bytes:
    """Return the last frame of the clip as a picture of the format `still`, without the watermark."""
    layout = card.layout_of(spec.width, spec.height)
    still = card.still(layout, _paragraphs(spec), watermark=False)
    picture = card.moment(still, layout, spec.frames - 1, spec.frames)
    if spec.still == "jpeg":
        return jpeg.write(spec.width, spec.height, [row.tiles for row in picture])
    return png.write(spec.width, spec.height, _bands(picture, spec.height))


def _paragraphs(spec: ClipSpec) -> tuple[str, ...]:
    return spec.title, spec.label, f"{spec.width}x{spec.height} {FRAME_RATE} fps {spec.frames} frames"


@lru_cache(maxsize=32)
def _predicted_samples(width: int, height: int, frames: int, full_chroma: bool) -> tuple[bytes, ...]:
    """Return every P picture of a clip; empty where an IDR picture belongs. They do not depend on its texts."""
    layout = card.layout_of(width, height)
    macroblocks = layout.columns * layout.rows
    return tuple(
        h264.predicted_sample(card.changes(layout, frame, frames), frame % _GROUP, macroblocks, full_chroma)
        if frame % _GROUP
        else b""
        for frame in range(frames)
    )


def _bands(picture: h264.Picture, height: int) -> Iterator[png.Band]:
    """Yield the picture as bands of equal lines, cut off at `height`."""
    top = 0
    for runs, equal in groupby(_block_lines(picture)):
        bottom = min(height, top + BLOCK * len(list(equal)))
        if bottom > top:
            yield png.Band(runs, bottom - top)
        top = bottom


def _block_lines(picture: h264.Picture) -> Iterator[tuple[png.Run, ...]]:
    """Yield the runs of each line of blocks, from the top."""
    for row, same in groupby(picture):
        lines = [_runs(row, line) for line in range(SIDE // BLOCK)]
        for _ in same:
            yield from lines


def _runs(row: h264.MacroblockRow, line: int) -> tuple[png.Run, ...]:
    start = line * (SIDE // BLOCK)
    segments = ((tile.luma[start : start + 4], tile.cb, tile.cr) for tile in row.tiles)
    return tuple(run for segment, same in groupby(segments) for run in _segment(*segment) * len(list(same)))


@lru_cache(maxsize=4096)
def _segment(luma: bytes, cb: int, cr: int) -> tuple[png.Run, ...]:
    """Return one line of blocks of one tile."""
    return tuple(png.Run(rgb(sample, cb, cr), BLOCK * len(list(same))) for sample, same in groupby(luma))


def rgb(luma: int, cb: int, cr: int) -> bytes:
    """Return a BT.709 colour in 8-bit video range as full-range RGB (ITU-R BT.709-6 section 3)."""
    y, b, r = (luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    channels = (y + 1.5748 * r, y - 0.187324 * b - 0.468124 * r, y + 1.8556 * b)
    return bytes(min(255, max(0, round(255 * channel))) for channel in channels)
