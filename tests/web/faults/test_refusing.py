"""Refusals by code: in the words of whoever is asked, with the headers that speak of retrying."""

from typing import Any

import pytest

from tests.support.raw_client import Plain

TASKS = "/api/v3/contents/generations/tasks"


async def test_a_create_request_is_refused_in_arks_words_and_nothing_is_created(plain: Plain) -> None:
    await plain.fault(on="create", first=1, refuse="ServerOverloaded")
    refused = await plain.create()
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["type"]) == (429, "ServerOverloaded", "TooManyRequests")
    assert error["message"].endswith(f"Request id: {refused.headers['X-Request-Id']}")
    assert (await plain.server.control("GET", "tasks"))["total"] == 0
    assert (await plain.create()).status_code == 200


@pytest.mark.parametrize(
    ("rule", "headers"),
    [
        ({}, {}),
        ({"retry_after": "1500ms"}, {"retry-after": "1.5"}),
        ({"retry_after": 30, "should_retry": False}, {"retry-after": "30", "x-should-retry": "false"}),
        ({"should_retry": True}, {"x-should-retry": "true"}),
    ],
)
async def test_the_headers_about_retrying_are_those_of_the_rule(
    plain: Plain, rule: dict[Any, Any], headers: dict[Any, Any]
) -> None:
    await plain.fault(on="create", refuse="InternalServiceError", **rule)
    found = (await plain.create()).headers
    assert {name: found[name] for name in ("retry-after", "x-should-retry") if name in found} == headers


async def test_a_refusal_names_the_model_and_the_task_that_it_is_about(plain: Plain) -> None:
    await plain.fault(on="create", refuse="ModelNotOpen")
    assert "dreamina-seedance-2-0-260128" in (await plain.create()).json()["error"]["message"]
    await plain.fault(on="fetch", refuse="NotFound.TaskNotFound")
    assert "cgt-20260921221320-zzzzz" in (await plain.poll("cgt-20260921221320-zzzzz")).json()["error"]["message"]


async def test_a_refusal_of_input_names_every_item_of_its_kind(plain: Plain) -> None:
    await plain.fault(on="create", refuse="InputImageSensitiveContentDetected.PrivacyInformation")
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}, "role": "reference_image"}
    video = {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}, "role": "reference_video"}
    content = [{"type": "text", "text": "a cat"}, picture, video, picture]
    body = {"model": "dreamina-seedance-2-0-260128", "content": content}
    refused = await plain.server.call("POST", TASKS, json=body)
    assert "the input image 'content[1]' 'content[3]' may contain real person." in refused.json["error"]["message"]


async def test_lists_and_cancels_can_be_refused(plain: Plain) -> None:
    await plain.fault(on="list", refuse="AccountOverdueError")
    await plain.fault(on="delete", refuse="InternalServiceError")
    task = await plain.server.create()
    assert (await plain.ask("GET", TASKS)).status_code == 403
    assert (await plain.ask("DELETE", f"{TASKS}/{task}")).status_code == 500
    assert await plain.server.status(task) == "queued"


async def test_a_download_is_refused_in_the_storages_words(plain: Plain) -> None:
    link = await plain.clip()
    await plain.fault(on="download", refuse="NoSuchBucket", retry_after=3)
    refused = await plain.http.get(link)
    assert (refused.status_code, refused.json()["Code"]) == (404, "NoSuchBucket")
    assert (refused.headers["Retry-After"], refused.headers["server"]) == ("3", "TosServer")


async def test_a_gateway_refuses_in_its_own_words(plain: Plain) -> None:
    await plain.fault(on="create", refuse="ServerOverloaded")
    body = {"model": "seedance-2.0", "prompt": "a cat"}
    told = {}
    for gateway in ("easyrouter", "orcarouter", "tokenbay", "newapi"):
        refused = await plain.ask("POST", f"/{gateway}/v1/video/generations", json=body)
        told[gateway] = (refused.status_code, "cgt-" in refused.text, refused.text)
    assert {status for status, _, _ in told.values()} <= {200, 429, 500}
    assert not any(created for _, created, _ in told.values())
    assert len({text for _, _, text in told.values()}) > 1
    assert (await plain.server.control("GET", "tasks"))["total"] == 0
