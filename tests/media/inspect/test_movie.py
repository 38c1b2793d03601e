"""Inspection of movies: files from ffmpeg, our own clips, and indexes built box by box."""

import struct
from fractions import Fraction
from io import BytesIO

import av
import pytest
from ark_emulator.media.inspect.detect import Found, inspect
from ark_emulator.media.render.clip import ClipSpec, render_clip
from hypothesis import given
from hypothesis import strategies as st

NTSC = Fraction(30000, 1001)
LEVEL = (1, 0, 0, 0, 1, 0, 0, 0, 1)
UPRIGHT = (0, 1, 0, -1, 0, 0, 0, 0, 1)


def look(content: bytes) -> Found:
    return inspect(BytesIO(content))


def muxed(
    codec: str = "mpeg4",
    file: str = "mp4",
    rate: Fraction | int = 24,
    frames: int = 48,
    sound: bool = False,
    **how: str,
) -> bytes:
    """Return a clip of 64 x 48 pixels from ffmpeg; `how` contains options of the muxer."""
    target = BytesIO()
    with av.open(target, "w", format=file, options=how) as container:
        stream = container.add_stream(codec, rate=rate, options={"g": "12", "x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        track = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for number in range(frames):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts, frame.time_base = number, 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if track is not None:
            silence = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            silence.planes[0].update(bytes(silence.planes[0].buffer_size))
            silence.sample_rate, silence.pts = 48000, 0
            container.mux(track.encode(silence))
            container.mux(track.encode())
    return target.getvalue()


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def indexed(
    seconds: int = 5,
    *,
    long: bool = False,
    entry: bytes = b"avc1",
    shown: tuple[int, int] = (0, 0),
    matrix: tuple[int, ...] = LEVEL,
    before: bytes = b"",
) -> bytes:
    """Return a movie of 1280 x 720 pixels at 30 frames a second that consists of its index alone, after other boxes."""
    version = bytes((long, 0, 0, 0))

    def times(units: int, duration: int) -> bytes:
        return version + struct.pack(">QQIQ" if long else ">IIII", 0, 0, units, duration)

    place = version + struct.pack(">QQI4xQ" if long else ">III4xI", 0, 0, 1, 0)
    track = box(
        b"trak",
        box(
            b"tkhd", place, bytes(16), struct.pack(">9i", *matrix), struct.pack(">II", *(side << 16 for side in shown))
        ),
        box(
            b"mdia",
            box(b"mdhd", times(600, 600 * seconds)),
            box(b"hdlr", bytes(8), b"vide", bytes(12)),
            box(
                b"minf",
                box(
                    b"stbl",
                    box(b"stsd", struct.pack(">4xI", 1), box(entry, bytes(24), struct.pack(">HH", 1280, 720))),
                    box(b"stts", struct.pack(">4xIII", 1, 30 * seconds, 20)),
                ),
            ),
        ),
    )
    return box(b"ftyp", b"isom", bytes(4)) + before + box(b"moov", box(b"mvhd", times(1000, 1000 * seconds)), track)


@pytest.mark.parametrize("container", ["mp4", "mov"])
@pytest.mark.parametrize("audio", [False, True], ids=["silent", "with sound"])
def test_our_own_clips_are_read_as_they_were_specified(container: str, audio: bool) -> None:
    content = render_clip(ClipSpec("model", "label", 1280, 720, frames=121, audio=audio, container=container))
    found = look(content)
    assert found == Found(len(content), container, 1280, 720, found.seconds, 24.0, "h264")
    assert found.seconds == pytest.approx(121 / 24)


@pytest.mark.parametrize(("codec", "name"), [("libx264", "h264"), ("libx265", "h265"), ("mpeg4", "mp4v")])
def test_the_codec_is_detected(codec: str, name: str) -> None:
    assert look(muxed(codec)).codec == name


@pytest.mark.parametrize("rate", [24, 25, 60, NTSC])
@pytest.mark.parametrize("file", ["mp4", "mov"])
def test_size_length_and_frame_rate_agree_with_the_muxer(file: str, rate: Fraction | int) -> None:
    found = look(muxed(file=file, rate=rate))
    assert (found.format, found.width, found.height) == (file, 64, 48)
    assert found.frame_rate == pytest.approx(float(rate), rel=1e-4)
    assert found.seconds == pytest.approx(48 / rate, abs=0.002)


@pytest.mark.parametrize("flags", ["frag_keyframe", "frag_keyframe+empty_moov", "cmaf"])
@pytest.mark.parametrize("sound", [False, True], ids=["silent", "with sound"])
def test_a_fragmented_movie_is_as_long_as_its_fragments(flags: str, sound: bool) -> None:
    found = look(muxed("libx264", frames=72, sound=sound, movflags=flags))
    assert (found.width, found.frame_rate) == (64, pytest.approx(24))
    assert found.seconds == pytest.approx(3.0, abs=0.01)


def test_a_movie_without_pictures_is_sound() -> None:
    target = BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    found = look(target.getvalue())
    assert (found.format, found.width, found.frame_rate, found.broken) == ("m4a", None, None, False)
    assert found.seconds == pytest.approx(0.04, abs=0.03)


@pytest.mark.parametrize("long", [False, True], ids=["32 bits", "64 bits"])
def test_times_may_have_either_length(long: bool) -> None:
    found = look(indexed(long=long, matrix=UPRIGHT))
    assert (found.width, found.height, found.seconds, found.frame_rate) == (720, 1280, 5.0, 30.0)


def test_a_clip_whose_track_has_no_size_is_read_from_its_samples() -> None:
    found = look(indexed(shown=(0, 0)))
    assert (found.width, found.height) == (1280, 720)


@pytest.mark.parametrize(
    "before",
    [box(b"free", bytes(1000)), box(b"mdat", bytes(100_000)), struct.pack(">I4sQ", 1, b"mdat", 16 + 90) + bytes(90)],
    ids=["padding", "the media", "media with a long size"],
)
def test_the_index_is_found_behind_other_boxes(before: bytes) -> None:
    assert look(indexed(before=before)).seconds == 5.0


def test_an_index_without_a_size_reaches_to_the_end_of_the_file() -> None:
    content = indexed()
    at = content.index(b"moov") - 4
    assert look(content[:at] + bytes(4) + content[at + 4 :]).seconds == 5.0


def test_a_file_without_a_brand_is_quicktime() -> None:
    content = indexed()
    assert look(content[content.index(b"moov") - 4 :]).format == "mov"


def test_a_clip_cut_off_within_its_media_still_has_facts() -> None:
    content = render_clip(ClipSpec("model", "label", 1280, 720, frames=121, audio=False))
    found = look(content[: len(content) // 2])
    assert (found.broken, found.width) == (False, 1280)


@pytest.mark.parametrize("kept", [12, 40, 100, 300])
def test_a_movie_cut_off_within_its_index_is_broken(kept: int) -> None:
    assert look(indexed()[:kept]).broken


def test_a_movie_without_any_time_is_broken() -> None:
    assert look(indexed(seconds=0)).broken


WHOLE = [indexed(), indexed(long=True), muxed(frames=12, movflags="frag_keyframe+empty_moov")]


@given(st.sampled_from(WHOLE), st.data())
def test_a_damaged_movie_is_no_error(content: bytes, data: st.DataObject) -> None:
    damaged = bytearray(content[: data.draw(st.integers(8, len(content)))])
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=6)):
        damaged[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFF]))
    found = look(bytes(damaged))
    assert found.size == len(damaged)
    assert found.seconds is None or found.seconds >= 0


@given(st.binary(max_size=400))
def test_an_index_of_arbitrary_bytes_is_no_error(content: bytes) -> None:
    assert look(box(b"ftyp", b"isom") + box(b"moov", content)).format == "mp4"
