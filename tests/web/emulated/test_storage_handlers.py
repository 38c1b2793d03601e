"""Results over HTTP: the links of a success, and what the storage answers to everything else."""

import hashlib
import io
import re
from urllib.parse import parse_qs, urlsplit

import av
import pytest

from tests.support.caller import Caller, Serve

START = 1_790_000_000
DAY = 86_400


def decoded(body: bytes) -> tuple[int, int, int, int, bool]:
    """Width, height, frames and rate of a clip, and whether it has sound."""
    with av.open(io.BytesIO(body)) as clip:
        (video,) = clip.streams.video
        frames = sum(1 for _ in clip.decode(video))
        return video.width, video.height, frames, int(video.average_rate), bool(clip.streams.audio)


async def test_the_link_is_the_same_on_every_poll_and_leads_to_the_clip(ark: Caller) -> None:
    task = await ark.finished(ratio="16:9", duration=4, resolution="480p")
    link = task["content"]["video_url"]
    await ark.advance(100)
    assert (await ark.poll(task["id"]))["content"]["video_url"] == link
    answer = await ark.call("GET", link, None)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "video/mp4")
    assert decoded(answer.body) == (864, 496, 97, 24, True)
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert answer.headers["ETag"].strip('"') == hashlib.md5(answer.body).hexdigest()


async def test_a_silent_clip_has_no_sound(ark: Caller) -> None:
    task = await ark.finished(duration=4, resolution="480p", generate_audio=False)
    assert decoded((await ark.call("GET", task["content"]["video_url"], None)).body)[-1] is False


async def test_a_clip_downloads_to_the_same_bytes_every_time_whole_or_in_parts(ark: Caller) -> None:
    link = (await ark.finished(duration=4, resolution="480p"))["content"]["video_url"]
    whole = (await ark.call("GET", link, None)).body
    assert (await ark.call("GET", link, None)).body == whole
    part = await ark.call("GET", link, None, headers={"Range": "bytes=100-199"})
    assert part.status == 206
    assert part.body == whole[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"


async def test_two_tasks_have_two_clips(ark: Caller) -> None:
    one, other = [(await ark.finished(duration=4, resolution="480p"))["content"]["video_url"] for _ in range(2)]
    assert one != other
    assert (await ark.call("GET", one, None)).body != (await ark.call("GET", other, None)).body


async def test_the_last_frame_is_a_png_of_the_size_of_the_clip(ark: Caller) -> None:
    task = await ark.finished(ratio="9:16", resolution="480p", duration=4, return_last_frame=True)
    answer = await ark.call("GET", task["content"]["last_frame_url"], None)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    assert answer.body.startswith(b"\x89PNG\r\n\x1a\n")
    with av.open(io.BytesIO(answer.body)) as picture:
        assert (picture.streams.video[0].width, picture.streams.video[0].height) == (496, 864)


async def test_there_is_no_last_frame_unless_it_was_asked_for(ark: Caller) -> None:
    content = (await ark.finished())["content"]
    assert list(content) == ["video_url"]
    guessed = content["video_url"].replace(".mp4", "_last-frame.png")
    assert (await ark.call("GET", guessed, None)).status == 403


async def test_a_download_with_an_api_key_is_refused_unless_the_server_is_lenient(ark: Caller, serve: Serve) -> None:
    link = (await ark.finished(duration=4, resolution="480p"))["content"]["video_url"]
    refused = await ark.call("GET", link, "sk-test")
    assert (refused.status, refused.json["Code"]) == (400, "InvalidArgument")
    assert (await ark.call("GET", link, None)).status == 200
    lenient = await serve(lenient_auth=True)
    link = (await lenient.finished(duration=4, resolution="480p"))["content"]["video_url"]
    assert (await lenient.call("GET", link, "sk-test")).status == 200


async def test_the_last_frame_of_2_5_is_a_jpeg_that_has_the_name_of_its_task(ark: Caller) -> None:
    task = await ark.finished(model="doubao-seedance-2-5-260628", resolution="480p", duration=4, return_last_frame=True)
    link = task["content"]["last_frame_url"]
    path = urlsplit(link).path
    assert path.startswith("/doubao-seedance-2-5/")
    assert path.endswith(f"/{task['id']}.jpeg")
    answer = await ark.call("GET", link, None)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    with av.open(io.BytesIO(answer.body)) as file:
        shown = next(file.decode(video=0))
    assert (file.format.name in ("jpeg_pipe", "image2", "mjpeg"), shown.width, shown.height) == (True, 854, 480)
    assert (await ark.call("GET", link, None)).body == answer.body
    part = await ark.call("GET", link, None, headers={"Range": "bytes=0-3"})
    assert (part.status, part.body[:3]) == (206, b"\xff\xd8\xff")
    assert (await ark.call("HEAD", link, None)).status == 403
    for other in (link.replace(".jpeg", ".png"), link.replace(task["id"], "cgt-20260101000000-xxxxx")):
        assert (await ark.call("GET", other, None)).status in (403, 404)
    assert (await ark.call("GET", f"/_emulator/tasks/{task['id']}/last-frame", None)).body == answer.body


async def test_the_last_frame_of_other_models_is_a_png(ark: Caller) -> None:
    task = await ark.finished(resolution="480p", duration=4, return_last_frame=True)
    link = task["content"]["last_frame_url"]
    assert urlsplit(link).path.endswith("_last-frame.png")
    assert (await ark.call("GET", link, None)).headers["Content-Type"] == "image/png"


async def test_a_dead_link_to_a_jpeg_leads_to_no_object(ark: Caller) -> None:
    task = await ark.finished(
        model="doubao-seedance-2-5-260628",
        content=[{"type": "text", "text": "a cat emu:dead-url"}],
        resolution="480p",
        duration=4,
        return_last_frame=True,
    )
    answer = await ark.call("GET", task["content"]["last_frame_url"], None)
    assert (answer.status, answer.json["Code"]) == (404, "NoSuchKey")


async def test_a_head_of_a_link_signed_for_get_is_refused_unless_the_server_is_lenient(
    ark: Caller, serve: Serve
) -> None:
    link = (await ark.finished())["content"]["video_url"]
    refused = await ark.call("HEAD", link, None)
    assert (refused.status, refused.body) == (403, b"")
    lenient = await serve(lenient_head=True)
    link = (await lenient.finished(duration=4, resolution="480p"))["content"]["video_url"]
    head, get = await lenient.call("HEAD", link, None), await lenient.call("GET", link, None)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.body))


async def test_a_link_dies_after_a_day(ark: Caller) -> None:
    link = (await ark.finished())["content"]["video_url"]
    assert parse_qs(urlsplit(link).query)["X-Tos-Expires"] == [str(DAY)]
    await ark.advance(DAY)
    answer = await ark.call("GET", link, None)
    assert (answer.status, answer.headers["Content-Type"]) == (403, "application/json")
    assert b"expired" in answer.body.lower()


@pytest.mark.parametrize(
    ("there", "instead", "code"),
    [
        (r"X-Tos-Signature=.", "X-Tos-Signature=x", "SignatureDoesNotMatch"),
        (r"X-Tos-Expires=\d+", "X-Tos-Expires=604800", "SignatureDoesNotMatch"),
        (r"X-Tos-Date=\d{8}", "X-Tos-Date=20260922", "SignatureDoesNotMatch"),
        (r"_?[0-9a-f]\.mp4", "0f.mp4", "SignatureDoesNotMatch"),
        (r"\?.*", "", "AccessDenied"),
    ],
)
async def test_a_link_that_was_tampered_with_is_refused(ark: Caller, there: str, instead: str, code: str) -> None:
    link = (await ark.finished())["content"]["video_url"]
    tampered = re.sub(there, instead, link, count=1)
    assert tampered != link
    answer = await ark.call("GET", tampered, None)
    assert (answer.status, answer.headers["Content-Type"]) == (403, "application/json")
    assert answer.json["Code"] == code


async def test_a_well_signed_link_to_nothing_is_not_found(ark: Caller) -> None:
    link = (await ark.finished("emu:dead-url"))["content"]["video_url"]
    assert (await ark.call("GET", link, None)).status == 404


async def test_the_clip_of_a_deleted_task_is_not_found(ark: Caller) -> None:
    task = await ark.finished()
    await ark.call("DELETE", f"{ark.tasks}/{task['id']}")
    assert (await ark.call("GET", task["content"]["video_url"], None)).status == 404


async def test_a_link_works_by_the_name_and_the_number_of_this_machine(ark: Caller) -> None:
    link = (await ark.finished())["content"]["video_url"]
    assert (await ark.call("GET", link.replace("127.0.0.1", "localhost"), None)).status == 200


@pytest.mark.parametrize("public", ["https://video.example", "https://video.example:8443", "http://video.example/ark"])
async def test_links_go_out_under_the_public_address_and_work_behind_it(serve: Serve, public: str) -> None:
    ark = await serve(public_url=public)
    link = (await ark.finished())["content"]["video_url"]
    assert link.startswith(public + "/")
    assert (await ark.call("GET", link.replace(public, ark.url), None)).status == 200


async def test_a_download_of_a_whole_second_of_clips_shows_what_the_task_says(ark: Caller) -> None:
    task = await ark.finished(model="seedance-1-0-pro-250528", frames=29, ratio="1:1", resolution="480p")
    assert task["frames"] == 29
    body = (await ark.call("GET", task["content"]["video_url"], None)).body
    assert decoded(body) == (640, 640, 29, 24, False)


@pytest.mark.parametrize(("file_format", "content_type"), [("glb", "model/gltf-binary"), ("obj", "model/obj")])
async def test_a_3d_task_leads_to_its_file_by_its_link_and_by_its_id(
    ark: Caller, file_format: str, content_type: str
) -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    content = [{"type": "text", "text": f"--fileformat {file_format}"}, picture]
    made = await ark.try_create(model="doubao-seed3d-1-0-250928", content=content)
    await ark.advance(10)
    task = await ark.poll(made.json["id"])
    linked = await ark.call("GET", task["content"]["file_url"], None)
    kept = await ark.call("GET", f"{ark.url}/_emulator/tasks/{task['id']}/clip", None)
    assert (linked.status, linked.headers["Content-Type"]) == (200, content_type)
    assert (kept.status, kept.body) == (200, linked.body)
    assert len(linked.body) > 100


@pytest.mark.parametrize(
    ("model", "text", "ending", "content_type"),
    [
        ("hyper3d-gen2-260112", "a robot --ff fbx", "fbx", "application/octet-stream"),
        ("hyper3d-gen2-260112", "a robot", "glb", "model/gltf-binary"),
        ("hitem3d-2-0-251223", "--ff 3", "stl", "model/stl"),
    ],
)
async def test_a_file_of_hyper3d_and_hitem3d_lies_in_a_folder_of_its_task_for_a_week(
    ark: Caller, model: str, text: str, ending: str, content_type: str
) -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    made = await ark.try_create(model=model, content=[{"type": "text", "text": text}, picture])
    await ark.advance(10)
    task = await ark.poll(made.json["id"])
    link = task["content"]["file_url"]
    undated = model.rpartition("-")[0]
    assert link.startswith(f"{ark.url}/ark-async-gateway/{undated}/{task['id']}/02")
    assert f".{ending}?" in link and "X-Tos-Expires=604800" in link
    linked = await ark.call("GET", link, None)
    kept = await ark.call("GET", f"{ark.url}/_emulator/tasks/{task['id']}/clip", None)
    assert (linked.status, linked.headers["Content-Type"]) == (200, content_type)
    assert (kept.status, kept.body) == (200, linked.body)
    await ark.advance(6 * 86_400)
    assert (await ark.call("GET", link, None)).status == 200
    await ark.advance(2 * 86_400)
    assert (await ark.call("GET", link, None)).status == 403


async def test_a_3d_link_is_signed_for_its_whole_path(ark: Caller) -> None:
    made = await ark.try_create(model="hyper3d-gen2-260112", content=[{"type": "text", "text": "a robot"}])
    await ark.advance(10)
    link = (await ark.poll(made.json["id"]))["content"]["file_url"]
    assert (await ark.call("GET", link.replace(made.json["id"], "cgt-20260101000000-xxxxx"), None)).status == 403
    assert (await ark.call("HEAD", link, None)).status == 403
    assert (await ark.call("POST", link, None)).status == 403


async def test_the_parameters_of_the_newest_sdk_choose_what_a_3d_task_makes(ark: Caller) -> None:
    content = [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]
    made = await ark.try_create(
        model="doubao-seed3d-2-0-260328", content=content, subdivision_level="high", file_format="obj"
    )
    await ark.advance(10)
    task = await ark.poll(made.json["id"])
    assert (task["subdivisionlevel"], task["fileformat"]) == ("high", "obj")
    assert ".obj?" in task["content"]["file_url"]
