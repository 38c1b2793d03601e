"""One task in every dialect: the response of a poll, without a poll."""

from typing import Any

import pytest

from tests.support.caller import Caller, Serve

GATEWAYS = {"newapi", "orcarouter", "easyrouter", "tokenbay"}


async def dialects(ark: Caller, task: str) -> dict[str, Any]:
    return await ark.control("GET", f"tasks/{task}/dialects")


def bodies(told: dict[str, Any], own: bool | None = None) -> dict[tuple[str, str], Any]:
    return {(each["dialect"], each["path"]): each["body"] for each in told["items"] if own in (None, each["own"])}


async def test_a_task_of_arks_is_shown_as_every_gateway_would(ark: Caller) -> None:
    task = await ark.create("a cat")
    await ark.advance(10)
    told = await dialects(ark, task)
    path = f"{ark.tasks}/{task}"
    assert bodies(told, own=True) == {("ark", path): await ark.poll(task)}
    assert {dialect for dialect, _ in bodies(told)} == GATEWAYS | {"ark", "powertokens"}
    shown = next(body for (dialect, _), body in bodies(told).items() if dialect == "tokenbay")
    assert "SUCCESS" in str(shown)


@pytest.mark.parametrize("gateway", sorted(GATEWAYS))
async def test_what_is_the_tasks_own_is_just_what_a_poll_is_told(ark: Caller, gateway: str) -> None:
    models = {"easyrouter": "dreamina-seedance-2-0", "tokenbay": "seedance-2.0"}
    model = models.get(gateway, "byteplus/dreamina-seedance-2-0-260128")
    body = {"model": model, "prompt": "a cat"}
    task = (await ark.call("POST", f"/{gateway}/v1/video/generations", json=body)).json["id"]
    for _ in range(3):
        own = bodies(await dialects(ark, task), own=True)
        assert len(own) == 2
        for (_, path), shown in own.items():
            assert shown == (await ark.call("GET", f"/{gateway}{path}")).json
        await ark.advance(20)


async def test_a_kling_task_is_shown_by_klings_gateway_alone(ark: Caller) -> None:
    body = {"model": "kling/kling-v2-6", "prompt": "a cat"}
    answer = await ark.call("POST", "/orcarouter/v1/video/generations", json=body)
    assert answer.status == 200, answer.body
    assert {each["dialect"] for each in (await dialects(ark, answer.json["id"]))["items"]} == {"kling"}


async def test_looking_leaves_no_trace(ark: Caller) -> None:
    steps = [{"queued": {"polls": 1}}, {"running": {"polls": 1}}, "succeeded"]
    await ark.control("PUT", "scenario", {"scenario": {"outcomes": [{"then": steps}]}})
    task = await ark.create()
    for _ in range(3):
        await dialects(ark, task)
    assert (await ark.control("GET", f"tasks/{task}"))["facts"] == []
    assert (await ark.control("GET", "journal"))["total"] == 1


async def test_the_create_and_the_last_poll_come_from_the_journal(ark: Caller) -> None:
    task = await ark.create("a cat")
    told = await dialects(ark, task)
    assert (told["created"]["method"], told["polled"]) == ("POST", None)
    assert "a cat" in told["created"]["request"]["body"]
    await ark.poll(task)
    await ark.advance(10)
    await ark.poll(task)
    assert (await dialects(ark, task))["polled"]["number"] == 3


async def test_an_unknown_task_is_told(ark: Caller) -> None:
    assert (await ark.call("GET", "/_emulator/tasks/cgt-none/dialects", None)).status == 404


async def test_a_result_is_seen_without_being_downloaded(serve: Serve) -> None:
    ark = await serve(download_limit=1)
    content = (await ark.finished("a cat", return_last_frame=True, resolution="480p", duration=4))["content"]
    task = (await ark.control("GET", "tasks"))["items"][0]["id"]
    before = (await ark.control("GET", "journal"))["total"]
    clip = await ark.call("GET", f"/_emulator/tasks/{task}/clip", None)
    frame = await ark.call("GET", f"/_emulator/tasks/{task}/last-frame", None)
    assert (clip.headers["Content-Type"], frame.headers["Content-Type"]) == ("video/mp4", "image/png")
    assert (await ark.control("GET", "journal"))["total"] == before
    assert clip.body == (await ark.call("GET", content["video_url"], None)).body
    assert frame.body == (await ark.call("GET", content["last_frame_url"], None)).body


async def test_what_has_no_result_has_none_to_see(ark: Caller) -> None:
    task = await ark.create("a cat")
    early = await ark.call("GET", f"/_emulator/tasks/{task}/clip", None)
    assert (early.status, early.json["error"]["code"]) == (409, "no_result")
    await ark.advance(10)
    missing = await ark.call("GET", f"/_emulator/tasks/{task}/last-frame", None)
    assert (missing.status, missing.json["error"]["code"]) == (404, "no_object")
