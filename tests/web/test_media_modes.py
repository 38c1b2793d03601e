"""The modes of results: other addresses, inline data, padding, a file in place of the clip, limits on downloads."""

import asyncio
import base64
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import pytest
from ark_emulator.core.storage.signing import presign
from ark_emulator.loading.loader import scenario_from_file
from ark_emulator.runtime.media import results
from ark_emulator.runtime.media.results import Clip, Fixture, Rendered

from tests.support.callback_receiver import Receiver
from tests.support.caller import Answer, Caller, Serve

START = 1_790_000_000
DAY = 86_400
BUCKET = "ark-acg-cn-beijing.tos-cn-beijing.volces.com"
SMALL = {"duration": 4, "resolution": "480p"}
SCENARIO = """\
version: 1
name: fixture
outcomes:
  - when: {prompt: "*plain*"}
    then: [{queued: 1s}, {running: 1s}, succeeded]
  - then: [{queued: 1s}, {running: 1s}, {succeeded: {clip: clips/real.mp4}}]
"""


def link_of(task: dict[str, Any]) -> str:
    return task["content"]["video_url"]


async def get(ark: Caller, link: str, **more: Any) -> Answer:
    return await ark.call("GET", link, None, **more)


def frames_of(body: bytes) -> int:
    with av.open(io.BytesIO(body)) as clip:
        return sum(1 for _ in clip.decode(video=0))


# --- under other addresses --------------------------------------------------------------------------------------------


async def test_a_client_that_reaches_us_by_the_name_of_the_bucket_gets_links_of_that_name(ark: Caller) -> None:
    created = await ark.call(
        "POST",
        ark.tasks,
        headers={"Host": BUCKET},
        json={"model": "doubao-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}], **SMALL},
    )
    await ark.advance(10)
    link = link_of(await ark.poll(created.json["id"]))
    assert link.startswith(f"http://{BUCKET}/doubao-seedance-2-0/02{START}")
    here = link.replace(f"http://{BUCKET}", ark.url)
    by_alias = await get(ark, here, headers={"Host": BUCKET})
    assert (by_alias.status, frames_of(by_alias.body)) == (200, 97)
    assert (await get(ark, here)).status == 200


async def test_the_public_address_may_be_the_bucket_itself(serve: Serve) -> None:
    ark = await serve(public_url=f"http://{BUCKET}")
    task = await ark.finished(return_last_frame=True, **SMALL)
    for link in task["content"].values():
        assert link.startswith(f"http://{BUCKET}/")
        assert (await get(ark, link.replace(f"http://{BUCKET}", ark.url), headers={"Host": BUCKET})).status == 200


# --- inside the answer ------------------------------------------------------------------------------------------------


@pytest.fixture
async def inline(serve: Serve) -> Caller:
    return await serve(media_urls="data")


def inside(url: str, content_type: str) -> bytes:
    kind, _, text = url.partition(";base64,")
    assert kind == f"data:{content_type}"
    return base64.b64decode(text, validate=True)


async def test_a_data_url_is_the_clip_and_another_the_last_frame(inline: Caller, ark: Caller) -> None:
    fields = {"return_last_frame": True, **SMALL}
    content = (await inline.finished(**fields))["content"]
    clip, picture = inside(content["video_url"], "video/mp4"), inside(content["last_frame_url"], "image/png")
    links = (await ark.finished(**fields))["content"]
    assert clip == (await get(ark, links["video_url"])).body
    assert picture == (await get(ark, links["last_frame_url"])).body


async def test_a_data_url_is_the_same_on_every_poll_in_lists_and_in_callbacks(
    inline: Caller, receiver: Receiver
) -> None:
    task = await inline.finished(callback_url=receiver.url, **SMALL)
    assert link_of(await inline.poll(task["id"])) == link_of(task)
    listed = (await inline.call("GET", inline.tasks)).json["items"]
    assert link_of(listed[0]) == link_of(task)
    assert link_of((await receiver.wait_for(3))[-1].body) == link_of(task)


async def test_a_quicktime_clip_inside_the_answer_says_that_it_is_one(inline: Caller) -> None:
    movie = await inline.finished(model="doubao-seedance-2-5-260628", output_format="mov", **SMALL)
    assert inside(link_of(movie), "video/quicktime")[4:12] == b"ftypqt  "


async def test_what_is_not_there_stays_a_link(inline: Caller) -> None:
    link = link_of(await inline.finished("emu:dead-url"))
    assert link.startswith(inline.url)
    assert (await get(inline, link)).status == 404


# --- as large as a real one -------------------------------------------------------------------------------------------


async def test_clips_are_padded_to_the_size_asked_for_and_pictures_are_not(serve: Serve) -> None:
    ark = await serve(clip_bytes=2_000_000)
    content = (await ark.finished(return_last_frame=True, **SMALL))["content"]
    clip, picture = await get(ark, content["video_url"]), await get(ark, content["last_frame_url"])
    assert len(clip.body) == 2_000_000
    assert frames_of(clip.body) == 97
    assert len(picture.body) < 100_000


# --- in the form asked for --------------------------------------------------------------------------------------------


async def test_a_mov_is_a_quicktime_file(ark: Caller) -> None:
    task = await ark.finished(model="doubao-seedance-2-5-260628", output_format="mov", **SMALL)
    assert task["output_format"] == "mov"
    assert urlsplit(link_of(task)).path.endswith(".mov")
    answer = await get(ark, link_of(task))
    assert (answer.headers["Content-Type"], answer.body[4:12]) == ("video/quicktime", b"ftypqt  ")


async def test_a_watermark_is_on_the_clip_alone(ark: Caller) -> None:
    plain, marked = [
        (await ark.finished(watermark=watermark, return_last_frame=True, **SMALL))["content"]
        for watermark in (False, True)
    ]
    shown = [next(picture_of((await get(ark, one["video_url"])).body)) for one in (plain, marked)]
    corners = [frame[-496 * 864 // 8 :] for frame in shown]
    assert corners[0] != corners[1]


def picture_of(body: bytes) -> Iterator[bytes | None]:
    """The luma of every frame, line by line."""
    with av.open(io.BytesIO(body)) as clip:
        for frame in clip.decode(video=0):
            yield bytes(frame.planes[0])


# --- from a file ------------------------------------------------------------------------------------------------------


@pytest.fixture
def fixture_file(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    file = tmp_path / "clips" / "real.mp4"
    file.write_bytes(bytes(range(256)) * 2_000)
    return file


@pytest.fixture
async def filed(serve: Serve, fixture_file: Path) -> Caller:
    path = fixture_file.parents[1] / "scenario.yaml"
    path.write_text(SCENARIO)
    return await serve(scenario=scenario_from_file(path))


async def test_a_scenario_serves_a_file_beside_it_as_the_clip(filed: Caller, fixture_file: Path) -> None:
    task = await filed.finished(**SMALL)
    body = fixture_file.read_bytes()
    answer = await get(filed, link_of(task))
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "video/mp4", body)
    assert answer.headers["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    part = await get(filed, link_of(task), headers={"Range": "bytes=-3"})
    assert (part.status, part.body) == (206, body[-3:])


async def test_other_tasks_of_that_scenario_have_clips_of_their_own(filed: Caller) -> None:
    assert frames_of((await get(filed, link_of(await filed.finished("a plain cat", **SMALL)))).body) == 97


async def test_a_file_that_changes_is_served_as_it_is_now(filed: Caller, fixture_file: Path) -> None:
    link = link_of(await filed.finished(**SMALL))
    assert (await get(filed, link)).status == 200
    fixture_file.write_bytes(b"something else")
    assert (await get(filed, link)).body == b"something else"


async def test_a_file_that_is_gone_is_an_object_that_is_not_there(filed: Caller, fixture_file: Path) -> None:
    link = link_of(await filed.finished(**SMALL))
    fixture_file.unlink()
    answer = await get(filed, link)
    assert (answer.status, answer.json["Code"]) == (404, "NoSuchKey")
    assert await filed.status((await filed.finished(**SMALL))["id"]) == "succeeded"


async def test_a_file_that_cannot_be_read_is_an_object_that_is_not_there(
    filed: Caller, fixture_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(origin: Fixture, picture: None) -> None:
        raise PermissionError(origin.path)

    monkeypatch.setattr(results, "_rendered", unreadable)
    assert (await get(filed, link_of(await filed.finished(**SMALL)))).status == 404


async def test_a_file_that_is_too_large_is_not_served_and_somebody_is_told(
    filed: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(results, "LARGEST_FILE", 1_000)
    assert (await get(filed, link_of(await filed.finished(**SMALL)))).status == 404
    assert "real.mp4 is not served as a clip" in caplog.text


async def test_a_file_goes_into_a_data_url_too(serve: Serve, filed: Caller, fixture_file: Path) -> None:
    ark = await serve(scenario=filed.running.engine.settings.scenario, media_urls="data")
    assert inside(link_of(await ark.finished(**SMALL)), "video/mp4") == fixture_file.read_bytes()


# --- so often and no more ---------------------------------------------------------------------------------------------


@pytest.fixture
async def limited(serve: Serve) -> Caller:
    return await serve(download_limit=2)


async def test_each_object_may_be_downloaded_so_often_and_no_more(limited: Caller) -> None:
    content = (await limited.finished(return_last_frame=True, **SMALL))["content"]
    clip, picture = content.values()
    assert [(await get(limited, clip)).status for _ in range(4)] == [200, 200, 403, 403]
    assert (await get(limited, clip)).json["Code"] == "AccessDenied"
    assert [(await get(limited, picture)).status for _ in range(3)] == [200, 200, 403]
    assert (await get(limited, link_of(await limited.finished(**SMALL)))).status == 200


async def test_only_what_starts_a_download_counts(limited: Caller) -> None:
    link = link_of(await limited.finished(**SMALL))
    etag = (await get(limited, link)).headers["ETag"]
    for header in ({"Range": "bytes=5-"}, {"If-None-Match": etag}, {"Range": "bytes=9999999-"}):
        assert [(await get(limited, link, headers=header)).status for _ in range(3)] in (
            [206] * 3,
            [304] * 3,
            [416] * 3,
        )
    assert [(await get(limited, link)).status for _ in range(2)] == [200, 403]


async def test_however_many_come_at_once_no_more_than_the_limit_are_served(limited: Caller) -> None:
    link = link_of(await limited.finished(duration=10, resolution="1080p"))
    statuses = [answer.status for answer in await asyncio.gather(*(get(limited, link) for _ in range(12)))]
    assert (statuses.count(200), statuses.count(403)) == (2, 10)


async def test_after_a_reset_the_same_object_is_counted_anew(limited: Caller) -> None:
    link = link_of(await limited.finished(**SMALL))
    assert [(await get(limited, link)).status for _ in range(3)] == [200, 200, 403]
    await limited.control("POST", "reset")
    assert link_of(await limited.finished(**SMALL)) == link
    assert (await get(limited, link)).status == 200


async def test_a_result_is_gone_after_a_day_even_for_those_who_can_sign(ark: Caller) -> None:
    link = urlsplit(link_of(await ark.finished(**SMALL)))
    keys = ark.running.engine.storage_keys["ap-southeast-1"]

    def signed() -> str:
        return ark.url + presign(keys, "GET", link.netloc, link.path, START, 2 * DAY)

    assert (await get(ark, signed())).status == 200
    await ark.advance(DAY)
    assert (await get(ark, signed())).status == 404


# --- as a storage answers ---------------------------------------------------------------------------------------------


async def test_conditions_and_ranges_are_answered(ark: Caller) -> None:
    link = link_of(await ark.finished(**SMALL))
    whole = await get(ark, link)
    etag, changed = whole.headers["ETag"], whole.headers["Last-Modified"]
    size = len(whole.body)

    async def asked(**headers: Any) -> tuple[Any, ...]:
        answer = await get(ark, link, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return answer.status, answer.body if answer.status in (200, 206) else None

    assert await asked(If_None_Match=etag) == (304, None)
    assert await asked(If_Modified_Since=changed) == (304, None)
    assert await asked(If_Match='"0"') == (412, None)
    assert await asked(If_Unmodified_Since="Mon, 01 Jan 2024 00:00:00 GMT") == (412, None)
    assert await asked(Range="bytes=-10") == (206, whole.body[-10:])
    assert await asked(Range=f"bytes={size - 5}-") == (206, whole.body[-5:])
    assert await asked(Range=f"bytes={size}-") == (416, None)
    assert await asked(Range="bytes=0-9", If_Range=etag) == (206, whole.body[:10])
    assert await asked(Range="bytes=0-9", If_Range='"0"') == (200, whole.body)


async def test_the_headers_are_those_of_the_storage(ark: Caller) -> None:
    answer = await get(ark, link_of(await ark.finished(**SMALL)))
    assert answer.headers["Server"] == "TosServer"
    assert answer.headers["x-tos-storage-class"] == "STANDARD"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["x-tos-request-id"].startswith(answer.headers["x-tos-id-2"])
    assert answer.headers["x-tos-expiration"].startswith('expiry-date="Tue, 22 Sep 2026 14:13:25 GMT"')


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 403), ("PUT", 403), ("DELETE", 403), ("POST", 403)])
async def test_nothing_but_a_download_is_allowed(ark: Caller, method: str, status: int) -> None:
    answer = await ark.call(method, link_of(await ark.finished(**SMALL)), None, data=b"x" if method == "PUT" else None)
    assert (answer.status, answer.headers["Server"]) == (status, "TosServer")


async def test_a_large_clip_is_rendered_once_however_many_ask_for_it_at_once(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = []

    def counted(origin: Clip, picture: None) -> Rendered:
        rendered.append(origin)
        return whole(origin, picture)

    whole = results._rendered
    monkeypatch.setattr(results, "_rendered", counted)
    link = link_of(await ark.finished(duration=10, resolution="1080p"))
    answers = await asyncio.gather(*(get(ark, link) for _ in range(10)))
    assert {(answer.status, len(answer.body)) for answer in answers} == {(200, len(answers[0].body))}
    assert len(rendered) == 1


async def test_nothing_is_rendered_for_somebody_without_a_signature(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "_rendered", lambda *_: pytest.fail("rendered"))
    link = link_of(await ark.finished(duration=10, resolution="1080p"))
    assert (await get(ark, link.partition("?")[0])).status == 403
    assert (await get(ark, link.replace("X-Tos-Signature=", "X-Tos-Signature=0"))).status == 403
