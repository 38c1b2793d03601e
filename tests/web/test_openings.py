"""Clips that open with the first frame of their request, where PyAV is installed: inline ones, and chains of clips."""

import base64
import io
from fractions import Fraction
from typing import Any

import av
import pytest
from ark_emulator.core.request.rules import Strictness
from ark_emulator.media.render import photo
from ark_emulator.runtime.media import pictures

from tests.support.caller import Caller, Serve

MODEL = "seedance-1-0-pro-250528"
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (30, 30, 220)


def picture(colour: tuple[int, int, int], width: int = 400, height: int = 400) -> str:
    """A picture of one colour as a data URL."""
    shown = av.VideoFrame(width, height, "rgb24")
    line = (bytes(colour) * width).ljust(shown.planes[0].line_size, b"\0")
    shown.planes[0].update(line * height)
    coder = av.CodecContext.create("png", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, "rgb24", Fraction(1, 24)
    body = b"".join(bytes(packet) for packet in [*coder.encode(shown), *coder.encode()])
    return f"data:image/png;base64,{base64.b64encode(body).decode()}"


def first_frame(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}, "role": "first_frame"}


async def made(ark: Caller, *images: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The result of a task with these pictures: its body by the name of the link."""
    body = {
        "model": MODEL,
        "content": [{"type": "text", "text": "a cat"}, *images],
        "resolution": "480p",
        "duration": 2,
    }
    created = await ark.call("POST", ark.tasks, json={**body, "return_last_frame": True, **fields})
    assert created.status == 200, created.body
    await ark.advance(10)
    return (await ark.poll(created.json["id"]))["content"]


async def first_colour(ark: Caller, link: str) -> tuple[int, int, int]:
    """The colour in the middle of the first frame of a clip, or of a picture."""
    answer = await ark.call("GET", link, None)
    assert answer.status == 200, answer.body
    with av.open(io.BytesIO(answer.body)) as file:
        shown = next(file.decode(video=0)).reformat(format="rgb24", src_colorspace="ITU709")
    plane = shown.planes[0]
    start = shown.height // 2 * plane.line_size + shown.width // 2 * 3
    return tuple(bytes(plane)[start : start + 3])


def near(found: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) <= 30 for one, other in zip(found, wanted, strict=True))


async def test_a_clip_opens_with_the_first_frame_of_its_request(ark: Caller) -> None:
    content = await made(ark, first_frame(picture(RED)))
    assert near(await first_colour(ark, content["video_url"]), RED)
    assert near(await first_colour(ark, content["last_frame_url"]), RED)
    whole = [await ark.call("GET", content["video_url"], None) for _ in range(2)]
    assert whole[0].body == whole[1].body


async def test_a_last_frame_opens_the_next_clip_and_so_on(ark: Caller) -> None:
    content = await made(ark, first_frame(picture(GREEN)))
    for _ in range(3):
        content = await made(ark, first_frame(content["last_frame_url"]))
    assert near(await first_colour(ark, content["video_url"]), GREEN)


async def test_a_last_frame_of_2_5_opens_the_next_clip_too(ark: Caller) -> None:
    flags = {"model": "dreamina-seedance-2-5-260628", "duration": 4}
    content = await made(ark, first_frame(picture(GREEN)), **flags)
    for _ in range(2):
        assert ".jpeg?" in content["last_frame_url"]
        content = await made(ark, first_frame(content["last_frame_url"]), **flags)
    assert near(await first_colour(ark, content["video_url"]), GREEN)


async def test_an_ordinary_last_frame_opens_the_next_clip_too(ark: Caller) -> None:
    first = await made(ark)
    second = await made(ark, first_frame(first["last_frame_url"]))
    assert await first_colour(ark, second["video_url"]) == pytest.approx(
        await first_colour(ark, first["last_frame_url"]), abs=12
    )


async def test_two_pictures_give_two_clips_even_for_the_same_name(ark: Caller) -> None:
    red = (await made(ark, first_frame(picture(RED))))["video_url"]
    assert near(await first_colour(ark, red), RED)
    await ark.control("POST", "reset")
    blue = (await made(ark, first_frame(picture(BLUE))))["video_url"]
    assert red == blue
    assert near(await first_colour(ark, blue), BLUE)


@pytest.mark.parametrize("url", ["https://example.com/cat.png", "https://example.com/x_last-frame.png"])
async def test_a_picture_elsewhere_opens_nothing(ark: Caller, url: str) -> None:
    plain, elsewhere = await made(ark), await made(ark, first_frame(url))
    assert await first_colour(ark, elsewhere["video_url"]) == pytest.approx(
        await first_colour(ark, plain["video_url"]), abs=3
    )


async def test_a_picture_that_cannot_be_shown_opens_nothing_and_somebody_is_told(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    ark = await serve(media_check="off")
    content = await made(ark, first_frame("data:image/png;base64,iVBORw0KGgo="))
    assert not near(await first_colour(ark, content["video_url"]), RED)
    assert "a clip opens with the test card" in caplog.text


async def test_without_a_decoder_clips_open_with_the_test_card(ark: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo, "available", lambda: False)
    content = await made(ark, first_frame(picture(RED)))
    assert not near(await first_colour(ark, content["video_url"]), RED)


async def test_a_reference_picture_opens_nothing(ark: Caller) -> None:
    reference = {**first_frame(picture(RED)), "role": "reference_image"}
    content = await made(ark, reference, model="dreamina-seedance-2-0-260128", duration=4)
    assert not near(await first_colour(ark, content["video_url"]), RED)


STRANGE = [
    *(
        "http://[::1",
        "http://[",
        "http://[::1]:port/x",
        "http://[fe80::1%]/a.png",
        "http://\u2100/a.png",
        "http://a b/c",
    ),
    *(
        "http://h:99999999/a.png",
        "//",
        "?",
        "#",
        "http:",
        "http://h/\\..\\a",
        "data:",
        "data:image/png",
        "data:image/png,",
    ),
    *("data:image/png;base64,", "data:image/png;base64,%%%", "data:image/png;base64,A", "data:image/svg+xml,<svg/>"),
    *("asset://", "asset://asset-1", "x" * 5_000, "http://h/" + "/" * 500, "http://h/a-lastframe.png"),
    "data:image/png;base64," + base64.b64encode(b"ffconcat version 1.0\nfile secret.mp4\n").decode(),
    "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode(),
]
"""References of which some are refused at the create; the others must not harm the result."""


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("url", STRANGE, ids=lambda url: url[:40])
async def test_whatever_an_accepted_task_refers_to_its_clip_can_be_downloaded(
    serve: Serve, url: str, lenient: bool, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = {"validation": "off", "media_check": "off"} if lenient else {}
    ark = await serve(**{name: Strictness.OFF if name == "validation" else value for name, value in chosen.items()})
    text = {"type": "text", "text": "a cat"}
    body = {"model": MODEL, "content": [text, first_frame(url)], "duration": 2, "return_last_frame": True}
    created = await ark.call("POST", ark.tasks, json={**body, "resolution": "480p"})
    if not lenient and created.status == 400:
        return
    assert created.status == 200, created.body
    await ark.advance(10)
    task = await ark.poll(created.json["id"])
    assert task["status"] == "succeeded"
    own = f"/_emulator/tasks/{task['id']}"
    links = [task["content"]["video_url"], task["content"]["last_frame_url"], f"{own}/clip", f"{own}/last-frame"]
    assert [(await ark.call("GET", link, None)).status for link in links] == [200] * 4
    assert "unexpected" not in caplog.text


@pytest.mark.parametrize("host", ["[::1", "[", "a b", "h:port", "\u00e9.example", "h/../x", "u@h", ""])
async def test_whatever_host_a_task_was_created_for_its_clip_can_be_downloaded(
    ark: Caller, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await ark.call(
        "POST",
        ark.tasks,
        json={"model": MODEL, "content": [{"type": "text", "text": "a cat"}]},
        headers={"Host": host.encode("utf-8").decode("latin-1")},
    )
    if answer.status != 200:
        assert answer.status == 400
        return
    await ark.advance(10)
    link = (await ark.poll(answer.json["id"]))["content"]["video_url"]
    path = link.partition("://")[2].partition("/")[2]
    assert (await ark.call("GET", f"{ark.url}/{path}", None)).status in (200, 403)
    assert "unexpected" not in caplog.text


async def test_a_first_frame_that_was_not_kept_is_replaced_by_the_test_card_and_noted(
    ark: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pictures, "MOST", 0)
    monkeypatch.setattr(pictures, "SHOWN", 100)
    content = await made(ark, first_frame(picture(RED)))
    assert not near(await first_colour(ark, content["video_url"]), RED)
    assert pictures.LEFT_OUT in (await ark.control("GET", "journal"))["items"][0]["notes"]
    assert "test card" not in caplog.text


async def test_results_that_are_kept_do_not_keep_the_pictures_they_open_with(ark: Caller) -> None:
    content = await made(ark, first_frame(picture(RED)))
    assert near(await first_colour(ark, content["video_url"]), RED)
    assert near(await first_colour(ark, content["video_url"]), RED)
    kept = ark.running.engine.results._kept
    assert kept
    assert not [each for each in kept if getattr(getattr(each, "opening", None), "text", "")]
