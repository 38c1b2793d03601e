"""Decoded clips: exact pixels, frames, rate and sound at every size of the pixel table."""

import io
import itertools
import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import av
import pytest
from ark_emulator.media.render.clip import ClipSpec, render_clip, render_last_frame
from hypothesis import given, settings
from hypothesis import strategies as st

SIZES = sorted(
    {
        *[(854, 480), (752, 560), (640, 640), (560, 752), (480, 854), (992, 432)],
        *[(864, 496), (496, 864), (864, 480), (736, 544), (544, 736), (480, 864), (960, 416)],
        *[(1280, 720), (1112, 834), (960, 960), (834, 1112), (720, 1280), (1470, 630)],
        *[(1248, 704), (1120, 832), (832, 1120), (704, 1248), (1504, 640)],
        *[(1920, 1080), (1664, 1248), (1440, 1440), (1248, 1664), (1080, 1920), (2206, 946)],
        *[(1920, 1088), (1088, 1920), (2176, 928)],
        *[(3840, 2160), (3326, 2494), (2880, 2880), (2494, 3326), (2160, 3840), (4398, 1886)],
    }
)


def spec(width: int = 864, height: int = 496, frames: int = 97, **more: Any) -> ClipSpec:
    return ClipSpec(
        "doubao-seedance-2-0-260128", "cgt-20260921221320-jlrcs", width, height, frames, **{"audio": True, **more}
    )


def opened(body: bytes) -> Any:
    return av.open(io.BytesIO(body))


def pictures(body: bytes) -> Iterator[Any]:
    yield from opened(body).decode(video=0)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_decoded_pixels_frames_rate_and_sound_match_the_specification(width: int, height: int) -> None:
    frames = 121 if width * height <= 1280 * 720 else 29
    body = render_clip(spec(width, height, frames))
    container = opened(body)
    video, sound = container.streams.video[0], container.streams.audio[0]
    decoded = list(container.decode(video=0))
    assert {(frame.width, frame.height) for frame in decoded} == {(width, height)}
    assert len(decoded) == video.frames == frames
    assert video.average_rate == 24
    assert video.codec_context.name == "h264"
    assert video.profile == "Constrained Baseline"
    assert decoded[0].format.name == "yuv420p"
    assert (sound.codec_context.name, sound.channels, sound.rate) == ("aac", 1, 44_100)
    assert container.duration == round(frames / 24 * 1_000_000)


def test_a_silent_clip_has_no_sound_track() -> None:
    assert len(opened(render_clip(spec(audio=False))).streams.audio) == 0


@pytest.mark.parametrize("frames", [29, 97, 121, 361])
def test_sound_never_outlives_the_picture(frames: int) -> None:
    container = opened(render_clip(spec(640, 640, frames)))
    sound = container.streams.audio[0]
    ends = [float((packet.pts + packet.duration) * sound.time_base) for packet in container.demux(sound) if packet.pts]
    assert max(ends) <= frames / 24 + 1e-6
    assert max(ends) > frames / 24 - 0.06


def test_an_independent_picture_comes_at_least_every_two_seconds() -> None:
    keys = [place for place, frame in enumerate(pictures(render_clip(spec(frames=361)))) if frame.key_frame]
    assert keys[0] == 0
    assert all(later - earlier <= 48 for earlier, later in zip(keys, [*keys[1:], 361], strict=True))


def test_a_player_can_seek_to_every_second_and_finds_the_picture_of_that_moment() -> None:
    body = render_clip(spec(frames=241))
    straight = [bytes(frame.planes[0]) for frame in pictures(body)]
    container = opened(body)
    video = container.streams.video[0]
    for second in (9, 3, 7, 1):
        container.seek(int(second / video.time_base), stream=video)
        found = next(frame for frame in container.decode(video) if frame.time >= second - 1e-9)
        assert found.time == pytest.approx(second)
        assert bytes(found.planes[0]) == straight[second * 24]


@pytest.mark.parametrize(("width", "height"), [(864, 496), (1470, 630), (834, 1112), (480, 854)])
def test_the_last_frame_equals_the_picture_that_a_decoder_ends_with(width: int, height: int) -> None:
    clip, picture = spec(width, height, 49), render_last_frame(spec(width, height, 49))
    *_, last = pictures(render_clip(clip))
    (still,) = pictures(picture)
    assert (still.width, still.height) == (width, height)
    shown, kept = _rgb(last), _rgb(still)
    assert len(shown) == len(kept)
    worst = max(abs(one - other) for one, other in zip(shown[::7], kept[::7], strict=True))
    assert worst <= 3, f"channels differ by up to {worst}"


def test_the_watermark_is_on_the_clip_and_not_on_its_last_frame() -> None:
    plain, marked = spec(frames=29), spec(frames=29, watermark=True)
    assert render_clip(plain) != render_clip(marked)
    assert render_last_frame(plain) == render_last_frame(marked)
    first, other = next(pictures(render_clip(plain))), next(pictures(render_clip(marked)))
    assert bytes(first.planes[0]) != bytes(other.planes[0])


def test_every_picture_differs_from_the_one_before_it() -> None:
    shown = [bytes(frame.planes[0]) for frame in pictures(render_clip(spec(frames=97)))]
    assert all(one != other for one, other in itertools.pairwise(shown))


def test_two_tasks_have_different_clips() -> None:
    one = render_clip(spec())
    other = render_clip(ClipSpec("doubao-seedance-2-0-260128", "cgt-20260921221320-m6gj8", 864, 496, 97, audio=True))
    assert one != other


def test_the_index_comes_before_the_media() -> None:
    body = render_clip(spec())
    assert 0 < body.index(b"moov") < body.index(b"mdat")


def test_a_quicktime_file_says_so() -> None:
    body = render_clip(spec(container="mov"))
    assert body[4:12] == b"ftypqt  "
    assert sum(1 for _ in pictures(body)) == 97


@pytest.mark.parametrize(("width", "height"), [(864, 496), (1470, 630), (1284, 716), (480, 854)])
def test_a_quicktime_file_has_full_chroma_and_shows_what_the_mp4_shows(width: int, height: int) -> None:
    full, half = (spec(width, height, 60, container=container) for container in ("mov", "mp4"))
    container = opened(render_clip(full))
    video = container.streams.video[0]
    assert (video.profile, video.codec_context.pix_fmt) == ("High 4:4:4 Predictive", "yuv444p")
    for one, other in zip(pictures(render_clip(full)), pictures(render_clip(half)), strict=True):
        assert (one.width, one.height) == (width, height)
        assert _lines(one, 0) == _lines(other, 0)
        for plane in (1, 2):
            wide = b"".join(line[::2] for line in _lines(one, plane)[::2])
            assert wide == b"".join(_lines(other, plane))


def _lines(frame: Any, plane: int) -> list[bytes]:
    shown = frame.planes[plane]
    body = bytes(shown)
    return [body[row * shown.line_size : row * shown.line_size + shown.width] for row in range(shown.height)]


@pytest.mark.parametrize("frames", [29, 97, 121])
def test_the_sound_of_a_quicktime_file_is_uncompressed_and_as_long_as_the_picture(frames: int) -> None:
    container = opened(render_clip(spec(640, 640, frames, container="mov")))
    sound = container.streams.audio[0]
    assert (sound.codec_context.name, sound.rate, sound.channels) == ("pcm_s16le", 44_100, 1)
    heard = b"".join(bytes(frame.planes[0])[: 2 * frame.samples] for frame in container.decode(audio=0))
    assert len(heard) == 2 * (frames * 44_100 // 24)
    samples = struct.unpack(f"<{len(heard) // 2}h", heard)
    assert max(samples) == 8000
    assert sum(1 for one, other in itertools.pairwise(samples[:1024]) if one < 0 <= other) in (9, 10)


def test_a_last_frame_may_be_a_jpeg_of_the_same_pixels() -> None:
    for width, height in ((864, 496), (1284, 716), (834, 1112)):
        (png,) = pictures(render_last_frame(spec(width, height, 49)))
        (jpeg,) = pictures(render_last_frame(spec(width, height, 49, still="jpeg")))
        assert (jpeg.width, jpeg.height) == (width, height)
        shown, kept = (_lines(frame.reformat(format="gray8"), 0) for frame in (jpeg, png))
        worst = max(
            abs(one - other)
            for upper, lower in zip(shown[::9], kept[::9], strict=True)
            for one, other in zip(upper[::7], lower[::7], strict=True)
        )
        assert worst <= 4


def test_padding_makes_the_file_just_as_large_as_asked() -> None:
    body = render_clip(spec(pad_to=1_000_000))
    assert len(body) == 1_000_000
    assert sum(1 for _ in pictures(body)) == 97


def test_the_task_is_named_in_the_comment() -> None:
    assert opened(render_clip(spec())).metadata["comment"] == "cgt-20260921221320-jlrcs"


@given(
    st.integers(192, 500).map(lambda half: 2 * half),
    st.integers(192, 500).map(lambda half: 2 * half),
    st.integers(1, 60),
    st.booleans(),
)
@settings(max_examples=15, deadline=None)
def test_any_even_size_and_length_decodes(width: int, height: int, frames: int, audio: bool) -> None:
    decoded = list(pictures(render_clip(spec(width, height, frames, audio=audio))))
    assert len(decoded) == frames
    assert (decoded[-1].width, decoded[-1].height) == (width, height)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"width": 865}, "even"),
        ({"width": 2, "height": 2}, "no room"),
        ({"frames": 0}, "at least one"),
        ({"container": "avi"}, "mp4, mov"),
        ({"still": "gif"}, "png, jpeg"),
    ],
)
def test_a_clip_that_cannot_be_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        spec(**wrong)


GOLDEN = {
    (864, 496, 97, True, False): "ad8d2c6ebe8f7d5b55ef2ee05297b0a78ca75e4cf488ff5b883f8e237dde26d2",
    (1280, 720, 121, True, True): "8130b710bcdaf855dd21364fb26df884125c60eb9fb4752c63d23348bc0c1016",
    (720, 1280, 121, False, False): "5211c3131242bcb134abcf1961570106719c96375a26c869137149df5440dab6",
    (1470, 630, 29, True, False): "65357b4a91ac4fb67cb3910aa001bf1709e4a83db6250bef3dbd598343efeae3",
}


@pytest.mark.parametrize("shape", GOLDEN)
def test_the_bytes_of_a_clip_never_change(shape: tuple[int, int, int, bool, bool]) -> None:
    width, height, frames, audio, watermark = shape
    body = render_clip(spec(width, height, frames, audio=audio, watermark=watermark))
    assert sha256(body).hexdigest() == GOLDEN[shape]


def _rgb(frame: Any) -> bytes:
    """Return the pixels of a picture as RGB, without the padding of its lines."""
    shown = frame.reformat(format="rgb24", src_colorspace="ITU709", dst_color_range="JPEG")
    plane = shown.planes[0]
    body, line = bytes(plane), plane.line_size
    return b"".join(body[row * line : row * line + shown.width * 3] for row in range(shown.height))
