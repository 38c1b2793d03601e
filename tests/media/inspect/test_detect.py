"""Inspection of pictures and sound: files from real encoders, and invalid bytes."""

import struct
import subprocess
import sys
import wave
from collections.abc import Callable
from io import BytesIO

import av
import pytest
from ark_emulator.media.inspect.boxes import READS, VOLUME
from ark_emulator.media.inspect.detect import Found, format_of, inspect
from hypothesis import given
from hypothesis import strategies as st

PIXELS = {"mjpeg": "yuvj420p", "png": "rgb24", "libwebp": "yuv420p", "bmp": "bgr24", "tiff": "rgb24", "gif": "rgb8"}
FORMATS = {"mjpeg": "jpeg", "libwebp": "webp"}
PICTURE_STARTS = (
    b"\xff\xd8\xff\xe1",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"RIFF\0\0\0\0WEBPVP8X",
)
OTHER_STARTS = (b"ID3", b"\xff\xfb\x90", b"RIFF\0\0\0\0WAVEfmt ", b"\0\0\0\x10ftypisom", b"\0\0\0\x10ftypheic")


class Counting(BytesIO):
    """A file that counts what is read from it."""

    reads = 0
    volume = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.reads += 1
        self.volume += len(found)
        return found


def look(content: bytes) -> Found:
    return inspect(BytesIO(content))


def picture(codec: str, width: int = 330, height: int = 302) -> bytes:
    file = BytesIO()
    with av.open(file, "w", format="gif" if codec == "gif" else "image2pipe") as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, PIXELS[codec]
        frame = av.VideoFrame(width, height, PIXELS[codec])
        frame.pts = 0
        for packet in [*stream.encode(frame), *stream.encode()]:
            container.mux(packet)
    return file.getvalue()


def sound(container_format: str, codec: str, seconds: float, rate: int = 44100, **options: str) -> bytes:
    file = BytesIO()
    with av.open(file, "w", format=container_format, options=options) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame(format="s16", layout="mono", samples=round(seconds * rate))
        frame.sample_rate, frame.pts = rate, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        resampler = av.AudioResampler(stream.format, "mono", rate, frame_size=stream.frame_size or None)
        for piece in resampler.resample(frame) + resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode())
    return file.getvalue()


def wav(frames: int, rate: int = 8000) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(bytes(2 * frames))
    return file.getvalue()


@pytest.mark.parametrize("codec", PIXELS)
def test_the_size_of_a_picture_is_read_whatever_its_format(codec: str) -> None:
    content = picture(codec)
    assert look(content) == Found(len(content), FORMATS.get(codec, codec), 330, 302)


def test_a_photo_taken_upright_is_as_high_as_it_is_shown() -> None:
    plain = picture("mjpeg")
    orientation = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x112, 3, 1, 6) + bytes(4)
    segment = b"Exif\0\0" + orientation
    upright = plain[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(segment)) + segment + plain[2:]
    found = look(upright)
    assert (found.width, found.height) == (302, 330)


@pytest.mark.parametrize(
    ("content", "expected"),
    [(sound("mp3", "libmp3lame", 3), 3.0), (sound("mp3", "libmp3lame", 3, write_xing="0"), 3.0)],
    ids=["with a table of contents", "without one"],
)
def test_the_length_of_an_mp3_file_is_exact_to_a_few_frames(content: bytes, expected: float) -> None:
    found = look(content)
    assert found.format == "mp3"
    assert found.seconds == pytest.approx(expected, abs=3 * 1152 / 44100)


def test_a_tag_before_the_sound_does_not_count_as_sound() -> None:
    plain = sound("mp3", "libmp3lame", 2, write_xing="0", id3v2_version="0")
    tagged = b"ID3\x03\0\0" + bytes((0, 0, 0x7F, 0x7F)) + bytes(0x3FFF) + plain
    assert look(tagged).seconds == pytest.approx(look(plain).seconds, abs=0.001)
    assert look(tagged).format == "mp3"


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_mulaw"])
def test_the_length_of_a_wav_file_is_exact(codec: str) -> None:
    found = look(sound("wav", codec, 1.25, rate=16000))
    assert (found.format, found.seconds) == ("wav", 1.25)


@pytest.mark.parametrize("body", [0xFFFFFFFF, 0x7FFFFFFF])
def test_a_streamed_wav_file_is_as_long_as_its_bytes_and_not_as_its_header_says(body: int) -> None:
    content = bytearray(wav(8000))
    content[40:44] = struct.pack("<I", body)
    assert look(bytes(content)).seconds == pytest.approx(1.0, abs=0.01)


def test_an_empty_wav_file_lasts_no_time() -> None:
    assert look(wav(0)) == Found(44, "wav", seconds=0.0)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"", "unknown"),
        (b"\xff", "unknown"),
        (b"\xff\xfe<\0h\0", "unknown"),
        (b"hello, this is text", "unknown"),
        (b"BMW is not a bitmap, it is a car", "unknown"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\x1aE\xdf\xa3\x01\0\0\0", "matroska"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"\xff\xf3\x50\x80", "mp3"),
        (b"\0\0\0\x1cftypavif", "avif"),
        (b"\0\0\0\x1cftypM4A ", "m4a"),
        (b"\0\0\0\x1cftypqt  ", "mov"),
        (b"\0\0\0\x1cftypXYZ!", "mp4"),
        (b"\0\0\0\x08wide\0\0\0\0", "mov"),
        (b"<!DOCTYPE html><html>", "html"),
    ],
)
def test_the_first_bytes_identify_the_format(head: bytes, name: str) -> None:
    assert format_of(head) == name


def test_a_format_that_is_only_known_by_name_is_not_broken() -> None:
    assert look(b"OggS" + bytes(100)) == Found(104, "ogg")


@pytest.mark.parametrize(
    ("codec", "kept"), [("mjpeg", 18), ("png", 18), ("gif", 9), ("bmp", 20), ("tiff", 18), ("libwebp", 16)]
)
def test_a_picture_that_ends_within_its_header_is_broken(codec: str, kept: int) -> None:
    found = look(picture(codec)[:kept])
    assert (found.format, found.broken) == (FORMATS.get(codec, codec), True)


@pytest.mark.parametrize("content", [b"ID3\x03\0\0\0\0\0\0", b"\xff\xfb\x90\x00", wav(10)[:20]], ids=repr)
def test_sound_that_ends_within_its_header_is_broken(content: bytes) -> None:
    assert look(content).seconds in (None, pytest.approx(0, abs=0.1))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_inspected_without_an_error(content: bytes) -> None:
    assert look(content).size == len(content)


@given(st.sampled_from(PICTURE_STARTS), st.binary(max_size=300))
def test_a_picture_has_two_sides_or_is_broken(start: bytes, content: bytes) -> None:
    found = look(start + content)
    sized = found.width is not None and found.width > 0 and found.height is not None and found.height > 0
    assert sized != found.broken


@given(st.sampled_from(OTHER_STARTS), st.binary(max_size=300))
def test_what_begins_like_sound_or_a_movie_and_makes_no_sense_is_no_error(start: bytes, content: bytes) -> None:
    found = look(start + content)
    assert found.broken or found.seconds is not None or found.width is not None


WHOLE = [picture("mjpeg", 64, 48), picture("tiff", 64, 48), picture("libwebp", 64, 48), wav(100)]


@given(st.sampled_from(WHOLE), st.data())
def test_a_damaged_file_is_inspected_without_an_error(content: bytes, data: st.DataObject) -> None:
    damaged = bytearray(content[: data.draw(st.integers(0, len(content)))])
    for at in data.draw(st.lists(st.integers(0, max(0, len(damaged) - 1)), max_size=5)):
        damaged[at : at + 1] = data.draw(st.binary(max_size=4))
    assert look(bytes(damaged)).size == len(damaged)


MILLIONS = 12_000_000
HOSTILE: dict[str, Callable[[], bytes]] = {
    "a photo without a picture": lambda: b"\xff\xd8" + bytes(MILLIONS),
    "a photo of nothing but notes": lambda: b"\xff\xd8" + b"\xff\xe1\xff\xff" * (MILLIONS // 4),
    "endless fields": lambda: b"II+\0\x08\0\0\0\x10" + bytes(7) + b"\xff" * 8 + bytes(MILLIONS),
    "sound without sound": lambda: b"\xff\xfb\xf0\xf0" + bytes(MILLIONS),
    "chunks of nothing": lambda: b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * (MILLIONS // 8),
    "boxes of nothing": lambda: b"\0\0\0\x08ftypisom" + b"\0\0\0\x08free" * (MILLIONS // 8),
    "an index of gigabytes": lambda: b"\0\0\0\x08ftyp" + b"\xff\xff\xff\xffmoov" + bytes(MILLIONS),
    "items without end": lambda: b"\0\0\0\x0cftypheic" + b"\xff\xff\xff\xffmeta" + bytes(MILLIONS),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bytes_made_to_waste_time_cost_a_bounded_number_of_reads(name: str) -> None:
    file = Counting(HOSTILE[name]())
    assert inspect(file).broken
    assert file.reads <= READS + 2
    assert file.volume <= VOLUME + 100


def test_the_libraries_are_not_imported_before_the_first_file_of_their_kind() -> None:
    program = (
        "import sys, io, ark_emulator.media.inspect.detect as i\n"
        "i.inspect(io.BytesIO(b'text'))\n"
        "print(sorted({'imagesize', 'tinytag'} & sys.modules.keys()))\n"
        "i.inspect(io.BytesIO(b'GIF89a'))\n"
        "print(sorted({'imagesize', 'tinytag'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "['imagesize']"]
