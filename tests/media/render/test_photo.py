"""Clips that open with a client's picture: the decoded first, last and other frames."""

import io
import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from ark_emulator.media.render import photo
from ark_emulator.media.render.clip import ClipSpec

RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (30, 30, 220)


def spec(width: int = 864, height: int = 496, frames: int = 49, **more: Any) -> ClipSpec:
    return ClipSpec("model", "cgt-1", width, height, frames, **{"audio": True, **more})


def image(
    width: int,
    height: int,
    kind: str = "png",
    colours: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]] = (RED, GREEN, BLUE),
) -> bytes:
    """Return an encoded picture of vertical stripes."""
    stripes = b"".join(bytes(colours[place * len(colours) // width]) for place in range(width))
    shown = av.VideoFrame(width, height, "rgb24")
    shown.planes[0].update(stripes.ljust(shown.planes[0].line_size, b"\0") * height)
    coder = av.CodecContext.create({"jpeg": "mjpeg", "webp": "libwebp"}.get(kind, kind), "w")
    coder.width, coder.height, coder.time_base = width, height, Fraction(1, 24)  # type: ignore[attr-defined]
    coder.pix_fmt = {"jpeg": "yuvj420p", "webp": "yuv420p", "bmp": "bgr24"}.get(kind, "rgb24")  # type: ignore[attr-defined]
    return b"".join(bytes(packet) for packet in [*coder.encode(shown.reformat(format=coder.pix_fmt)), *coder.encode()])  # type: ignore[attr-defined]


def pictures(body: bytes) -> Iterator[av.VideoFrame | None]:
    with av.open(io.BytesIO(body)) as file:
        yield from file.decode(video=0)


def colour(frame: av.VideoFrame, across: float, down: float) -> tuple[int, int, int]:
    """Return red, green and blue at a position in a frame, as fractions of its sides."""
    shown = frame.reformat(format="rgb24", src_colorspace="ITU709")
    plane = shown.planes[0]
    start = int(down * shown.height) * plane.line_size + int(across * shown.width) * 3
    return tuple(bytes(plane)[start : start + 3])


def colour_of_jpeg(frame: av.VideoFrame, across: float, down: float) -> tuple[int, int, int]:
    """Return the same as `colour` for a picture in JFIF's colours."""
    plane = frame.reformat(format="rgb24").planes[0]
    start = int(down * frame.height) * plane.line_size + int(across * frame.width) * 3
    return tuple(bytes(plane)[start : start + 3])


def near(found: tuple[int, int, int], expected: tuple[int, int, int], by: int = 30) -> bool:
    return all(abs(one - other) <= by for one, other in zip(found, expected, strict=True))


def contained(kind: str) -> bytes:
    """Return a picture in a container, as GIF and AVIF are."""
    if kind == "avif" and "libsvtav1" not in av.codecs_available:
        pytest.skip("this PyAV writes no AVIF")
    body = io.BytesIO()
    with av.open(body, "w", format=kind) as file:
        stream = file.add_stream({"gif": "gif", "avif": "libsvtav1"}[kind], rate=1)
        stream.width, stream.height, stream.pix_fmt = 864, 496, {"gif": "rgb8", "avif": "yuv420p"}[kind]
        shown = next(pictures(image(864, 496))).reformat(format=stream.pix_fmt)
        file.mux([*stream.encode(shown), *stream.encode()])
    return body.getvalue()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp", "tiff", "gif", "avif"])
def test_the_first_frame_is_the_picture(kind: str) -> None:
    body = contained(kind) if kind in ("gif", "avif") else image(864, 496, kind)
    first = next(pictures(photo.render_clip(spec(), body)))
    for across, expected in ((0.1, RED), (0.5, GREEN), (0.9, BLUE)):
        for down in (0.02, 0.3, 0.99):
            assert near(colour(first, across, down), expected), (across, down)


@pytest.mark.parametrize(("width", "height"), [(864, 496), (1470, 630), (480, 854), (834, 1112)])
def test_the_decoded_clip_matches_the_specification(width: int, height: int) -> None:
    body = photo.render_clip(spec(width, height, 97), image(500, 400))
    with av.open(io.BytesIO(body)) as file:
        video = file.streams.video[0]
        frames = list(file.decode(video))
        assert (video.codec_context.name, video.profile, video.average_rate) == ("h264", "Constrained Baseline", 24)
        assert len(file.streams.audio) == 1
        assert file.metadata["comment"] == "cgt-1"
    assert {(frame.width, frame.height) for frame in frames} == {(width, height)}
    assert len(frames) == 97
    assert [place for place, frame in enumerate(frames) if frame.key_frame] == [0, 48, 96]
    assert [frame.time for frame in frames] == pytest.approx([place / 24 for place in range(97)])


def test_a_picture_of_another_shape_covers_the_frame_and_keeps_its_middle() -> None:
    first = next(pictures(photo.render_clip(spec(496, 864), image(900, 300))))
    assert near(colour(first, 0.02, 0.5), GREEN)
    assert near(colour(first, 0.98, 0.5), GREEN)


def test_the_clip_moves_and_its_bar_is_full_at_the_end() -> None:
    shown = [bytes(frame.planes[0]) for frame in pictures(photo.render_clip(spec(), image(864, 496)))]
    assert all(one != other for one, other in itertools.pairwise(shown))
    *_, last = pictures(photo.render_clip(spec(), image(864, 496)))
    assert all(min(colour(last, across, 0.995)) > 180 for across in (0.05, 0.5, 0.95))


def test_the_last_frame_is_the_one_that_the_clip_ends_with_but_for_the_watermark() -> None:
    *_, last = pictures(photo.render_clip(spec(watermark=True), image(864, 496)))
    (still,) = pictures(photo.render_last_frame(spec(watermark=True), image(864, 496)))
    assert (still.width, still.height) == (864, 496)
    for across in (0.02, 0.1, 0.5, 0.7):
        for down in (0.1, 0.5, 0.7, 0.995):
            assert near(colour(still, across, down), colour(last, across, down), 40), (across, down)
    plain = photo.render_last_frame(spec(), image(864, 496))
    assert photo.render_last_frame(spec(watermark=True), image(864, 496)) == plain


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert photo.render_clip(spec(), image(300, 200)) == photo.render_clip(spec(), image(300, 200))
    assert photo.render_clip(spec(), image(300, 200)) != photo.render_clip(spec(), image(300, 200, "jpeg"))


def test_padding_and_quicktime_are_as_for_any_clip() -> None:
    assert len(photo.render_clip(spec(pad_to=500_000), image(300, 200))) == 500_000
    assert photo.render_clip(spec(container="mov"), image(300, 200))[4:12] == b"ftypqt  "


@pytest.mark.parametrize(("width", "height"), [(864, 496), (1470, 630), (1284, 716)])
def test_a_quicktime_file_has_full_chroma(width: int, height: int) -> None:
    body = photo.render_clip(spec(width, height, container="mov"), image(864, 496))
    with av.open(io.BytesIO(body)) as file:
        video, sound = file.streams.video[0], file.streams.audio[0]
        assert (video.profile, video.codec_context.pix_fmt) == ("High 4:4:4 Predictive", "yuv444p")
        assert sound.codec_context.name == "pcm_s16le"
    first, *_, last = pictures(body)
    for across, expected in ((0.1, RED), (0.5, GREEN), (0.9, BLUE)):
        assert near(colour(first, across, 0.3), expected)
    assert near(colour(last, 0.9, 0.3), BLUE)


def test_a_last_frame_may_be_a_jpeg() -> None:
    (still,) = pictures(photo.render_last_frame(spec(still="jpeg"), image(864, 496)))
    assert (still.width, still.height, still.format.name) == (864, 496, "yuvj420p")
    for across, expected in ((0.1, RED), (0.5, GREEN), (0.9, BLUE)):
        assert near(colour_of_jpeg(still, across, 0.6), expected)
    assert photo.render_last_frame(spec(still="jpeg"), image(864, 496)) == photo.render_last_frame(
        spec(still="jpeg"), image(864, 496)
    )


def test_a_clip_of_one_frame_is_the_picture() -> None:
    (only,) = pictures(photo.render_clip(spec(frames=1), image(864, 496)))
    (still,) = pictures(photo.render_last_frame(spec(frames=1), image(864, 496)))
    assert near(colour(only, 0.5, 0.99), GREEN)
    assert near(colour(still, 0.5, 0.99), GREEN)


@pytest.mark.parametrize("broken", [b"", b"no picture at all", image(300, 200)[:100], b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_unreadable(broken: bytes) -> None:
    with pytest.raises(photo.UnreadablePicture):
        photo.render_clip(spec(), broken)


def test_a_picture_that_is_too_large_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo, "MOST_PIXELS", 1_000)
    with pytest.raises(photo.UnreadablePicture, match="300 x 200"):
        photo.render_clip(spec(), image(300, 200))


PLAYLISTS = {
    "ffconcat": b"ffconcat version 1.0\nfile secret.mp4\n",
    "concat without a head": b"file 'secret.mp4'\n" * 10,
    "sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n"
    b"a=rtpmap:96 H264/90000\r\n",
    "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nsecret.mp4\n",
    "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>secret.mp4</BaseURL></MPD>',
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.png"/></svg>',
    "text": b"hello\n" * 100,
}


@pytest.mark.parametrize("name", PLAYLISTS)
def test_playlists_that_name_other_files_are_not_decoded(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.mp4").write_bytes(photo.render_clip(spec(), image(300, 200)))
    opened = []
    monkeypatch.setattr(av, "open", lambda *what, **how: opened.append(what))
    with pytest.raises(photo.UnreadablePicture, match="no format of pictures"):
        photo.render_clip(spec(), PLAYLISTS[name])
    assert opened == []


def test_a_movie_is_not_decoded_as_a_picture() -> None:
    with pytest.raises(photo.UnreadablePicture, match="no format of pictures"):
        photo.render_clip(spec(), photo.render_clip(spec(), image(300, 200)))


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("name", PLAYLISTS)
def test_the_decoder_of_a_picture_may_open_nothing_else(
    name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.mp4").write_bytes(photo.render_clip(spec(), image(300, 200)))
    requested = []
    real = av.open
    monkeypatch.setattr(av, "open", lambda *what, **how: requested.append(how) or real(*what, **how))
    with pytest.raises(photo.UnreadablePicture):
        photo.render_clip(spec(), image(300, 200, kind)[:12] + PLAYLISTS[name])
    assert requested == [{"format": f"{kind}_pipe", "options": {"protocol_whitelist": ""}}]
