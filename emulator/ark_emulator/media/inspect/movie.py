"""Read the facts of MP4 and QuickTime files: picture size, length and frame rate (ISO/IEC 14496-12 section 8).

We read them ourselves because no small library does: those for video bundle a native decoder of 15 to 100 MB, and the
small ones read the sound track alone.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ark_emulator.media.inspect.boxes import BudgetedReader, child, children, content, top

CODECS = {"avc1": "h264", "avc3": "h264", "hvc1": "h265", "hev1": "h265"}
_UNKNOWN = (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)  # how a header says that it does not know a duration
_BASE_OFFSET, _DESCRIPTION, _DEFAULT_DURATION = 1, 2, 8  # flags of `tfhd`
_DATA_OFFSET, _FIRST_FLAGS, _DURATION = 1, 4, 0x100  # flags of `trun`
_PER_SAMPLE = (0x100, 0x200, 0x400, 0x800)  # flags of `trun` that each add four bytes to every sample


@dataclass(frozen=True, slots=True)
class MovieFacts:
    """The facts of a movie. Without a video track, all but `seconds` are None.

    `width` and `height` are pixels as displayed, `frame_rate` is the average. `codec` is `h264`, `h265`, or the name of
    any other sample entry. `seconds` is the length of the whole movie.
    """

    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    frame_rate: float | None = None
    codec: str | None = None


@dataclass(slots=True)
class _Track:
    number: int
    video: bool
    timescale: int
    samples: int
    ticks: int  # of all samples together
    usual: int  # ticks of a sample in a fragment that does not say
    entry: str
    width: int
    height: int

    @property
    def seconds(self) -> float | None:
        return self.ticks / self.timescale if self.ticks and self.timescale else None


def read(source: BudgetedReader, size: int) -> MovieFacts | None:
    """Return the facts of a movie of `size` bytes, None if it has no index.

    Raises struct.error, IndexError or BudgetExceeded for invalid content.
    """
    announced, tracks = None, None
    for kind, start, stop in top(source, size):
        if kind == b"moov" and tracks is None:
            moov = content(source, start, stop)
            announced, tracks = _announced_seconds(moov), list(_tracks(moov))
            if not child(moov, b"mvex"):
                break
        elif kind == b"moof" and tracks is not None:
            _add_fragment(content(source, start, stop), tracks)
    return None if tracks is None else _facts(announced, tracks)


def _facts(announced: float | None, tracks: Iterable[_Track]) -> MovieFacts:
    seconds = announced or max((track.seconds for track in tracks if track.seconds), default=None)
    video = next((track for track in tracks if track.video), None)
    if video is None:
        return MovieFacts(seconds=seconds)
    return MovieFacts(
        width=video.width,
        height=video.height,
        seconds=seconds,
        frame_rate=video.samples / video.seconds if video.seconds else None,
        codec=CODECS.get(video.entry, video.entry),
    )


def _announced_seconds(moov: memoryview) -> float | None:
    """Return the length in the header of the movie. A fragmented movie has it in an extension, if at all."""
    timescale, duration = _times(child(moov, b"mvhd"))
    if child(moov, b"mvex"):
        extension = child(moov, b"mvex", b"mehd")
        (duration,) = struct.unpack_from(">Q" if extension[0] else ">I", extension, 4) if extension else (0,)
    return None if duration in _UNKNOWN or not timescale else duration / timescale


def _times(header: memoryview) -> tuple[int, int]:
    """Return units per second and duration in `mvhd` and `mdhd`; the longer form has 64-bit times."""
    timescale, duration = struct.unpack_from(">20xIQ" if header[0] else ">12xII", header)
    return timescale, duration


def _tracks(moov: memoryview) -> Iterator[_Track]:
    usual = {
        number: duration
        for kind, preset in children(child(moov, b"mvex"))
        if kind == b"trex"
        for number, duration in [struct.unpack_from(">4xI4xI", preset)]
    }
    for kind, trak in children(moov):
        if kind == b"trak":
            yield _track(trak, usual)


def _track(trak: memoryview, usual: dict[int, int]) -> _Track:
    header, media = child(trak, b"tkhd"), child(trak, b"mdia")
    table, video = child(media, b"minf", b"stbl"), bytes(child(media, b"hdlr")[8:12]) == b"vide"
    number, turned = _place(header)
    timescale, _ = _times(child(media, b"mdhd"))
    samples, ticks = _samples(child(table, b"stts"))
    entry, width, height = _entry(child(table, b"stsd")) if video else ("", 0, 0)
    if turned:
        width, height = height, width
    return _Track(number, video, timescale, samples, ticks, usual.get(number, 0), entry, width, height)


def _place(header: memoryview) -> tuple[int, bool]:
    """Return the number of a track, and whether its matrix rotates the picture by a quarter turn."""
    long = bool(header[0])
    (number,) = struct.unpack_from(">I", header, 20 if long else 12)
    a, b, _, c, d = struct.unpack_from(">5i", header, 52 if long else 40)
    return number, a == d == 0 and bool(b and c)


def _entry(description: memoryview) -> tuple[str, int, int]:
    """Return name, width and height of the first sample entry. Recorded clips have no size in `tkhd`."""
    name, width, height = struct.unpack_from(">12x4s24xHH", description)
    return name.decode("latin-1").strip("\0 "), width, height


def _samples(table: memoryview) -> tuple[int, int]:
    """Return the number of samples, and their ticks in all."""
    whole = len(table[8:]) // 8 * 8
    pairs = struct.iter_unpack(">II", table[8 : 8 + whole])
    samples = ticks = 0
    for count, duration in pairs:
        samples += count
        ticks += count * duration
    return samples, ticks


def _add_fragment(moof: memoryview, tracks: Iterable[_Track]) -> None:
    for kind, traf in children(moof):
        if kind != b"traf":
            continue
        header = child(traf, b"tfhd")
        flags, number = struct.unpack_from(">II", header)
        track = next((track for track in tracks if track.number == number), None)
        if track is None:
            continue
        usual = track.usual
        if flags & _DEFAULT_DURATION:
            before = 8 + (8 if flags & _BASE_OFFSET else 0) + (4 if flags & _DESCRIPTION else 0)
            (usual,) = struct.unpack_from(">I", header, before)
        for inner, run in children(traf):
            if inner == b"trun":
                samples, ticks = _run(run, usual)
                track.samples += samples
                track.ticks += ticks


def _run(run: memoryview, usual: int) -> tuple[int, int]:
    """Return how many samples a run of a fragment has, and their ticks in all."""
    flags, count = struct.unpack_from(">II", run)
    if not flags & _DURATION:
        return count, count * usual
    start = 8 + (4 if flags & _DATA_OFFSET else 0) + (4 if flags & _FIRST_FLAGS else 0)
    stride = 4 * sum(bool(flags & flag) for flag in _PER_SAMPLE)
    count = min(count, len(run[start:]) // stride)
    durations = struct.iter_unpack(f">I{stride - 4}x", run[start : start + count * stride])
    return count, sum(duration for (duration,) in durations)
