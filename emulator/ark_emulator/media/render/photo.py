"""Clips that open with a client's picture: the still picture with a running timecode and a progress bar on it.

Needs PyAV, which the extra `image` installs; it is imported when the first such clip is rendered. The first frame is
the picture alone, so a clip that opens with a last frame continues exactly where the one before ended.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from importlib.util import find_spec
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ark_emulator.media.encode import h264, mp4
from ark_emulator.media.encode.bits import with_length
from ark_emulator.media.encode.macroblock import BLOCK, SIDE, Tile
from ark_emulator.media.inspect.detect import format_of
from ark_emulator.media.render import card
from ark_emulator.media.render.clip import ClipSpec

if TYPE_CHECKING:
    from av import VideoFrame

MOST_PIXELS: Final = 100_000_000
"""The largest picture that is decoded; the largest one that the service accepts has 36 million pixels (documented)."""
_OPTIONS: Final = {"preset": "ultrafast", "tune": "zerolatency", "crf": "23"}
_PROFILES: Final = {"mp4": ("baseline", "yuv420p"), "mov": ("high444", "yuv444p")}
"""Profile and pixel format of each container."""
_STILLS: Final = {"png": ("png", "rgb24"), "jpeg": ("mjpeg", "yuvj420p")}
"""Encoder and pixel format of each format of a last frame."""
_HEAD: Final = 64  # bytes that tell the format
_DEMUXERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{kind: f"{kind}_pipe" for kind in ("jpeg", "png", "webp", "bmp", "tiff")},
        **dict.fromkeys(("heic", "heif", "avif"), "mov"),
        "gif": "gif",
    }
)
"""The demuxer of each picture format."""
_ALONE: Final = {"protocol_whitelist": ""}
"""Options that allow a decoder to open nothing but the given bytes."""
_TIME_BASE: Final = Fraction(1, h264.FRAME_RATE)
_SPS, _PPS = 7, 8  # nal_unit_type, Table 7-1
_SLICES: Final = (1, 5)  # of a P and of an IDR picture


class UnreadablePicture(ValueError):
    """The picture cannot be decoded, or is too large."""


@cache
def available() -> bool:
    """Return whether PyAV is installed."""
    return find_spec("av") is not None


def render_clip(spec: ClipSpec, picture: bytes) -> bytes:
    """Return a clip that opens with `picture`, an encoded image, which covers the frame. Raises UnreadablePicture."""
    samples, sync, configuration = _coded(spec, _Canvas(spec, picture))
    movie = mp4.Movie(
        width=spec.width,
        height=spec.height,
        picture_rate=h264.FRAME_RATE,
        configuration=configuration,
        pictures=samples,
        sync=sync,
        sound=spec.audio,
        comment=spec.label,
        quicktime=spec.container == "mov",
    )
    return mp4.write(movie, spec.pad_to)


def render_last_frame(spec: ClipSpec, picture: bytes) -> bytes:
    """Return the last frame of that clip in its picture format, without the watermark. Raises UnreadablePicture."""
    from av import CodecContext

    canvas = _Canvas(spec, picture)
    if spec.frames > 1:
        canvas.draw(spec.frames - 1, watermark=False)
    codec, pixels = _STILLS[spec.still]
    coder: Any = CodecContext.create(codec, "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = spec.width, spec.height, pixels, _TIME_BASE
    coder.thread_count = 1
    if spec.still == "jpeg":
        coder.color_range, coder.options = 2, {"flags": "+bitexact+qscale", "global_quality": "236"}
    shown = canvas.frame().reformat(
        format=pixels, src_colorspace="ITU709", dst_colorspace="ITU601", dst_color_range="JPEG"
    )
    return b"".join(bytes(packet) for packet in [*coder.encode(shown), *coder.encode(None)])


class _Canvas:
    """The picture in the size of the clip, as planes of samples, and the parts that move on it.

    The planes are 4:4:4 for a QuickTime file, else 4:2:0; a last frame is made from the same planes.
    """

    def __init__(self, spec: ClipSpec, picture: bytes) -> None:
        self.spec = spec
        self.layout = card.layout_of(spec.width, spec.height)
        self.pixels = _PROFILES[spec.container][1]
        self.shift = 0 if self.pixels == "yuv444p" else 1
        self.planes = _fitted(picture, spec.width, spec.height, self.pixels)

    def draw(self, frame: int, *, watermark: bool) -> None:
        """Draw all parts of this frame."""
        for address, tile in card.overlay(self.layout, frame, self.spec.frames, watermark):
            self.paint(address, tile)

    def move(self, frame: int) -> None:
        """Update the canvas from the previous frame to this one."""
        for change in card.changes(self.layout, frame, self.spec.frames):
            self.paint(change.address, change.tile)

    def paint(self, address: int, tile: Tile) -> None:
        """Draw a tile at the macroblock of that address, clipped to the picture."""
        row, column = divmod(address, self.layout.columns)
        self._put(0, SIDE * row, SIDE * column, _luma(tile.luma))
        side = SIDE >> self.shift
        for plane, sample in ((1, tile.cb), (2, tile.cr)):
            self._put(plane, side * row, side * column, [bytes((sample,)) * side] * side)

    def _put(self, plane: int, top: int, left: int, lines: Sequence[bytes]) -> None:
        shift = self.shift if plane else 0
        samples, width, height = self.planes[plane], self.spec.width >> shift, self.spec.height >> shift
        for place, line in enumerate(lines[: height - top], top):
            kept = line[: width - left]
            samples[place * width + left : place * width + left + len(kept)] = kept

    def frame(self) -> "VideoFrame":
        """Return the canvas as a frame for an encoder."""
        from av import VideoFrame

        made = VideoFrame(self.spec.width, self.spec.height, self.pixels)
        for plane, samples in zip(made.planes, self.planes, strict=True):
            width, padding = plane.width, bytes(plane.line_size - plane.width)
            lines = (samples[start : start + width] + padding for start in range(0, len(samples), width))
            plane.update(b"".join(lines) if padding else bytes(samples))
        return made


@lru_cache(maxsize=1024)
def _luma(blocks: bytes) -> Sequence[bytes]:
    """Return the lines of a tile's luma, pixel by pixel."""
    across = SIDE // BLOCK
    lines = [blocks[start : start + across] for start in range(0, len(blocks), across)]
    return [bytes(sample for sample in line for _ in range(BLOCK)) for line in lines for _ in range(BLOCK)]


def _fitted(picture: bytes, width: int, height: int, pixels: str) -> list[bytearray]:
    """Return the planes of the picture, scaled to cover width x height pixels and cropped around its middle."""
    shown = _decoded(picture)
    scale = max(width / shown.width, height / shown.height)
    across, down = (2 * -(-round(side * scale) // 2) for side in (shown.width, shown.height))
    across, down = max(across, width), max(down, height)
    fitted = shown.reformat(across, down, pixels, dst_colorspace="ITU709", dst_color_range="MPEG")
    shift = 0 if pixels == "yuv444p" else 1
    planes = []
    for plane, samples in enumerate(fitted.planes):
        half = shift if plane else 0
        wide, high = width >> half, height >> half
        left, top = ((across - width) // 4 * 2) >> half, ((down - height) // 4 * 2) >> half
        body, line = memoryview(bytes(samples)), samples.line_size
        starts = (row * line + left for row in range(top, top + high))
        planes.append(bytearray(b"".join(body[start : start + wide] for start in starts)))
    return planes


def _decoded(picture: bytes) -> "VideoFrame":
    """Decode a picture. Raises UnreadablePicture.

    The decoder gets the format and may open nothing else. On its own it also accepts playlists and session
    descriptions, which name files and addresses of this machine.
    """
    import av

    demuxer = _DEMUXERS.get(format_of(picture[:_HEAD]))
    if demuxer is None:
        raise UnreadablePicture("these bytes are of no format of pictures")
    try:
        with av.open(BytesIO(picture), "r", format=demuxer, options=_ALONE) as file:
            image = file.streams.video[0]
            if not 0 < image.width * image.height <= MOST_PIXELS:
                raise UnreadablePicture(f"{image.width} x {image.height} pixels")
            return next(file.decode(image))
    except (av.FFmpegError, IndexError, StopIteration) as error:
        raise UnreadablePicture(str(error)) from None


def _coded(spec: ClipSpec, canvas: _Canvas) -> tuple[list[bytes], list[int], bytes]:
    """Return every picture as an access unit, the positions of IDR pictures from 1, and the body of the `avcC` box."""
    from av import CodecContext

    coder: Any = CodecContext.create("libx264", "w")
    profile, pixels = _PROFILES[spec.container]
    coder.width, coder.height, coder.pix_fmt = spec.width, spec.height, pixels
    coder.time_base, coder.framerate, coder.gop_size = _TIME_BASE, h264.FRAME_RATE, 2 * h264.FRAME_RATE
    coder.thread_count = 1  # in one thread the same frames give the same bytes
    coder.options = _OPTIONS | {"profile": profile}
    samples: list[bytes] = []
    sync: list[int] = []
    sets: dict[int, bytes] = {}
    for packet in _packets(coder, spec, canvas):
        units = list(_units(bytes(packet)))
        for unit in units:
            if unit[0] & 31 in (_SPS, _PPS):
                sets.setdefault(unit[0] & 31, unit)
        samples.append(b"".join(with_length(unit) for unit in units if unit[0] & 31 in _SLICES))
        if packet.is_keyframe:
            sync.append(len(samples))
    return samples, sync, h264.ParameterSets(sets[_SPS], sets[_PPS]).configuration()


def _packets(coder: Any, spec: ClipSpec, canvas: _Canvas) -> Iterator[Any]:
    for number in range(spec.frames):
        if number == 1:
            canvas.draw(1, watermark=spec.watermark)
        elif number:
            canvas.move(number)
        frame = canvas.frame()
        frame.pts = number
        yield from coder.encode(frame)
    yield from coder.encode(None)


def _units(stream: bytes) -> Iterator[bytes]:
    """Yield the NAL units of a byte stream (H.264 annex B)."""
    for piece in stream.split(b"\0\0\1"):
        if unit := piece.rstrip(b"\0"):
            yield unit
