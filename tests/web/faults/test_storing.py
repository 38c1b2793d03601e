"""What goes wrong with objects in storage."""

from typing import Any

import pytest

from tests.support.raw_client import Plain


async def test_each_object_is_missing_for_its_own_first_downloads(plain: Plain) -> None:
    clip, other = await plain.clip(), await plain.clip()
    await plain.fault(on="download", missing=2)
    assert [(await plain.http.get(clip)).status_code for _ in range(3)] == [404, 404, 200]
    assert [(await plain.http.get(other)).status_code for _ in range(3)] == [404, 404, 200]


async def test_a_link_is_dead_so_many_seconds_after_the_success(plain: Plain) -> None:
    task = await plain.server.create()
    await plain.server.advance(5)
    link = (await plain.poll(task)).json()["content"]["video_url"]
    await plain.fault(on="download", expire="60s")
    await plain.server.advance(59)
    assert (await plain.http.get(link)).status_code == 200
    await plain.server.advance(1)
    gone = await plain.http.get(link)
    assert (gone.status_code, gone.json()["Message"]) == (403, "Request has expired")


async def test_a_clip_comes_as_a_picture_and_a_picture_as_a_clip(plain: Plain) -> None:
    content = (await plain.server.finished(return_last_frame=True))["content"]
    await plain.fault(on="download", wrong_type=True)
    kinds = {name: (await plain.http.get(link)).headers["Content-Type"] for name, link in content.items()}
    assert kinds == {"video_url": "image/png", "last_frame_url": "video/mp4"}
    refused = await plain.http.get(content["video_url"] + "x")
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/json")


async def test_an_escaped_link_is_one_whose_signature_does_not_match(plain: Plain) -> None:
    link = await plain.clip()
    await plain.fault(on="download", nth=1, escaped=True)
    refused = await plain.http.get(link)
    assert (refused.status_code, refused.json()["Code"]) == (403, "SignatureDoesNotMatch")
    assert (await plain.http.get(link)).status_code == 200


@pytest.mark.parametrize("rule", [{"missing": 1}, {"escaped": True}, {"expire": "0s"}, {"refuse": "AccessDenied"}])
async def test_a_refused_download_is_noted_with_its_task_and_its_fault(plain: Plain, rule: dict[str, Any]) -> None:
    link = await plain.clip()
    name = await plain.fault(on="download", **rule)
    await plain.http.get(link)
    entry = (await plain.journal())[-1]
    (task,) = (await plain.server.control("GET", "tasks"))["items"]
    assert (entry["fault"], entry["task"]) == (name, task["id"])
