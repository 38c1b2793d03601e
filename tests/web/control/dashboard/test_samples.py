"""The sample media: always the same, and such that every model takes them."""

import base64
from io import BytesIO

import pytest
from ark_emulator.media.inspect.detect import inspect

from tests.support.caller import Caller, Serve


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("picture.png", "image/png"),
        ("other.png", "image/png"),
        ("clip.mp4", "video/mp4"),
        ("sound.wav", "audio/wav"),
    ],
)
async def test_a_sample_is_what_its_name_says(ark: Caller, name: str, kind: str) -> None:
    answer = await ark.call("GET", f"/_emulator/samples/{name}", None)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert (await ark.call("GET", f"/_emulator/samples/{name}", None)).body == answer.body
    assert inspect(BytesIO(answer.body)).format == name.rpartition(".")[2]


async def test_there_are_no_other_samples(ark: Caller) -> None:
    assert (await ark.call("GET", "/_emulator/samples/nothing.png", None)).status == 404


async def test_samples_are_taken_as_input_where_media_are_looked_at(serve: Serve) -> None:
    ark = await serve(media_check="headers")
    inline = {}
    for name in ("picture.png", "other.png", "sound.wav"):
        answer = await ark.call("GET", f"/_emulator/samples/{name}", None)
        inline[name] = f"data:{answer.headers['Content-Type']};base64,{base64.b64encode(answer.body).decode()}"
    text = {"type": "text", "text": "the sun sets"}
    frames = [
        {"type": "image_url", "image_url": {"url": inline[name]}, "role": role}
        for name, role in (("picture.png", "first_frame"), ("other.png", "last_frame"))
    ]
    answer = await ark.try_create(content=[text, *frames])
    assert answer.status == 200, answer.body
    references = [
        {"type": "image_url", "image_url": {"url": inline["picture.png"]}, "role": "reference_image"},
        {"type": "audio_url", "audio_url": {"url": inline["sound.wav"]}, "role": "reference_audio"},
        {"type": "video_url", "video_url": {"url": f"{ark.url}/_emulator/samples/clip.mp4"}, "role": "reference_video"},
    ]
    answer = await ark.try_create(content=[text, *references])
    assert answer.status == 200, answer.body


async def test_samples_need_no_control_token(serve: Serve) -> None:
    ark = await serve(control_token="let-me-in")
    assert (await ark.call("GET", "/_emulator/samples/clip.mp4", None)).status == 200
    assert (await ark.call("GET", "/_emulator/catalogue", None)).status == 401


async def test_the_sample_clip_is_taken_by_whoever_downloads_it(serve: Serve) -> None:
    ark = await serve(media_check="fetch")
    clip = f"{ark.url}/_emulator/samples/clip.mp4"
    text = {"type": "text", "text": "the sun sets"}
    item = {"type": "video_url", "video_url": {"url": clip}, "role": "reference_video"}
    for kind in ("edit", "extend", "reference"):
        asked = {"model": "doubao-seedance-2-5-260628", "content": [text, item], "omni_reference_task_type": kind}
        answer = await ark.call("POST", ark.tasks, json=asked)
        assert answer.status == 200, answer.body
    metadata = {"video_list": [{"video_url": clip, "refer_type": "feature"}]}
    asked = {"model": "kling/kling-v3-omni", "prompt": "the sun sets", "metadata": metadata}
    answer = await ark.call("POST", "/orcarouter/v1/video/generations", json=asked)
    assert answer.status == 200, answer.body
