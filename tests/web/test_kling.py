"""Kling through OrcaRouter over HTTP: whole lives on both routes, the clip, failures, money, callbacks, and privacy."""

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import av
import pytest
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.request.rules import Strictness
from ark_emulator.media.encode import png

from tests.support.callback_receiver import Receiver
from tests.support.caller import Answer, Caller, Serve

OMNI, V3, V2 = "kling/kling-v3-omni", "kling/kling-v3", "kling/kling-v2-6"
ROUTES = ("/v1/video/generations", "/v1/videos", "/orcarouter/v1/video/generations", "/orcarouter/v1/videos")
TASKS = "/api/v3/contents/generations/tasks"
DAY = 86_400


def picture_of(width: int, height: int) -> bytes:
    """A PNG of one colour."""
    return png.write(width, height, [png.Band([png.Run(b"\x10\x80\xf0", width)], height)])


async def submit(ark: Caller, model: str = V3, path: str = ROUTES[0], **fields: Any) -> Answer:
    return await ark.call("POST", path, json={"model": model, "prompt": "a cat", **fields})


async def submitted(ark: Caller, model: str = V3, path: str = ROUTES[0], **fields: Any) -> str:
    answer = await submit(ark, model, path, **fields)
    assert answer.status == 200, answer.body
    return answer.json["id"]


async def data(ark: Caller, task: str) -> dict[str, Any]:
    return (await ark.call("GET", f"/v1/video/generations/{task}")).json["data"]


async def beneath(ark: Caller, task: str) -> str:
    return (await ark.control("GET", f"tasks/{task}"))["id"]


async def spent(ark: Caller) -> tuple[list[tuple[str, int]], float]:
    """Kinds of entries and their quota, in order, and USD in all."""
    ledger = await ark.control("GET", "ledger")
    return [(entry["kind"], entry["quota"]) for entry in ledger["entries"]], ledger["spent"]


async def refusal(ark: Caller, model: str = V3, **fields: Any) -> tuple[Any, ...]:
    """Status, code and what Kling itself said of a submit that is refused."""
    answer = await submit(ark, model, **fields)
    error = answer.json["error"]
    inner = json.loads(error["message"]) if error["message"].startswith("{") else {}
    return answer.status, error["code"], inner.get("code"), inner.get("message")


@pytest.mark.parametrize("path", ROUTES)
async def test_a_task_lives_from_submit_to_clip_on_every_route(ark: Caller, path: str) -> None:
    metadata = {"mode": "pro", "aspect_ratio": "9:16", "duration": "3", "sound": "on"}
    task = await submitted(ark, V3, path, metadata=metadata)
    prefix = path.removesuffix("/video/generations").removesuffix("/videos")
    told = []
    for seconds in (0, 2, 10):
        await ark.advance(seconds)
        poll = (await ark.call("GET", f"{prefix}/video/generations/{task}")).json["data"]
        told.append((poll["status"], poll["progress"]))
    assert told == [("SUBMITTED", "10%"), ("IN_PROGRESS", "30%"), ("SUCCESS", "100%")]
    video = (await ark.call("GET", f"{prefix}/videos/{task}")).json
    assert (video["status"], video["seconds"]) == ("completed", "3.041")
    clip = await ark.call("GET", f"{prefix}/videos/{task}/content")
    assert (clip.status, clip.headers["Content-Type"]) == (200, "video/mp4")
    with av.open(BytesIO(clip.body)) as found:
        (picture,) = found.streams.video
        assert (picture.width, picture.height, picture.frames) == (1080, 1920, 73)
        assert len(found.streams.audio) == 1
    link = poll["result_url"].partition("127.0.0.1")[2].partition("/")[2]
    assert (await ark.call("GET", f"/{link}", None)).body == clip.body


@pytest.mark.parametrize(
    ("model", "metadata", "size"),
    [
        (V2, {}, (1280, 720)),
        (V2, {"aspect_ratio": "1:1"}, (960, 960)),
        (V3, {"mode": "pro", "duration": "3"}, (1920, 1080)),
        (OMNI, {"image_list": [{"image_url": "https://e/a.png"}], "duration": "3"}, (1920, 1080)),
        (V3, {"mode": "4k", "duration": "3", "aspect_ratio": "1:1"}, (2880, 2880)),
    ],
)
async def test_the_clip_has_the_size_of_its_mode(
    ark: Caller, model: str, metadata: dict[Any, Any], size: tuple[int, int]
) -> None:
    task = await submitted(ark, model, metadata=metadata)
    await ark.advance(10)
    clip = await ark.call("GET", f"/v1/videos/{task}/content")
    with av.open(BytesIO(clip.body)) as found:
        assert (found.streams.video[0].width, found.streams.video[0].height) == size
        assert not found.streams.audio


async def test_a_clip_follows_a_first_frame_that_came_with_the_request(ark: Caller) -> None:
    picture = picture_of(400, 400)
    for image in (b64encode(picture).decode(), f"data:image/png;base64,{b64encode(picture).decode()}"):
        task = await submitted(ark, V3, image=image)
        plan = (await ark.control("GET", f"tasks/{task}"))["plan"]
        assert (plan["picture"]["width"], plan["picture"]["height"], plan["mode"]) == (960, 960, "i2v")
    small = f"data:image/png;base64,{b64encode(picture_of(200, 300)).decode()}"
    assert await refusal(ark, image=small) == (
        *(400, "fail_to_fetch_task", 1201),
        "image is invalid: its sides must have 300 px at least",
    )


async def test_what_kling_refuses_is_passed_on_with_its_code(ark: Caller) -> None:
    told = [
        await refusal(ark, metadata={"duration": 5}),
        await refusal(ark, V2, metadata={"duration": "7"}),
        await refusal(ark, V2, metadata={"image_list": [{"image_url": "https://e/a.png"}]}),
        await refusal(ark, OMNI, metadata={"multi_shot": True}),
        await refusal(ark, prompt="emu:moderation-input"),
    ]
    assert told == [
        (400, "fail_to_fetch_task", 1201, "duration must be of type string, not number"),
        (400, "fail_to_fetch_task", 1201, "duration is invalid: it must be one of 5, 10"),
        (400, "fail_to_fetch_task", 1201, "image_list is not supported by kling-v2-6"),
        (400, "fail_to_fetch_task", 1200, "shot_type is required when multi_shot is true"),
        (400, "fail_to_fetch_task", 1301, "Failure to pass the risk control system"),
    ]
    assert (await refusal(ark, prompt=" "))[:2] == (400, "invalid_request")
    assert (await refusal(ark, "kling/kling-v9"))[:2] == (503, "model_not_found")
    assert (await spent(ark))[1] == 0


async def test_a_lenient_server_lets_pass_what_kling_refuses_and_says_so(serve: Serve) -> None:
    warning = await serve(validation=Strictness.WARN)
    task = await submitted(warning, V2, metadata={"duration": "7", "cfg_scale": 3})
    notes = (await warning.control("GET", f"tasks/{task}"))["plan"]["notes"]
    assert "cfg_scale is not supported by kling-v2-6" in notes
    off = await serve(validation=Strictness.OFF)
    assert await submitted(off, V2, metadata={"mode": "4k", "image_list": "x", "duration": 5})


async def test_other_gateways_have_no_kling(ark: Caller) -> None:
    for name in ("newapi", "easyrouter", "tokenbay"):
        answer = await submit(ark, V3, f"/{name}/v1/videos")
        assert answer.json["error"]["code"] in ("model_not_found", "model_not_allowed")


async def test_a_success_settles_its_units_and_a_failure_gives_the_hold_back(ark: Caller) -> None:
    task = await submitted(ark, V2, metadata={"mode": "pro"})
    assert await spent(ark) == ([("hold", 50_000)], 0.1)
    await ark.advance(10)
    # 2.5 units count as 3 tokens of 0.14 USD.
    assert await spent(ark) == ([("hold", 50_000), ("settle", 160_000)], 0.42)
    entry = (await ark.control("GET", "ledger"))["entries"][-1]
    assert (entry["task"], entry["upstream"], entry["tokens"]) == (task, await beneath(ark, task), 3)
    await submitted(ark, V2, prompt="emu:fail")
    await ark.advance(10)
    entries, dollars = await spent(ark)
    assert (entries[2:], dollars) == ([("hold", 50_000), ("refund", -50_000)], 0.42)


async def test_a_failure_says_why_in_klings_words(ark: Caller) -> None:
    task = await submitted(ark, prompt="emu:moderation")
    await ark.advance(10)
    told = await data(ark, task)
    assert (told["status"], told["fail_reason"]) == ("FAILURE", "Failure to pass the risk control system")
    assert "result_url" not in told
    video = (await ark.call("GET", f"/v1/videos/{task}")).json
    assert (video["status"], video["error"]["message"]) == ("failed", told["fail_reason"])
    assert (await ark.call("GET", f"/v1/videos/{task}/content")).status == 400


async def test_arks_routes_know_nothing_of_klings_tasks(ark: Caller) -> None:
    task = await submitted(ark)
    upstream = await beneath(ark, task)
    assert len(upstream) == 18 and upstream.isdecimal()
    assert (await ark.call("GET", TASKS)).json == {"total": 0, "items": []}
    for base in (TASKS, f"/byteplus{TASKS}"):
        for name in (task, upstream):
            assert (await ark.call("GET", f"{base}/{name}")).status == 404
            assert (await ark.call("DELETE", f"{base}/{name}")).status == 404
    for model in ("kling-v3", "kling/kling-v3"):
        body = {"model": model, "content": [{"type": "text", "text": "a cat"}]}
        assert (await ark.call("POST", TASKS, json=body)).status == 404
    listed = (await ark.call("GET", "/api/v3/models")).json
    assert "kling" not in json.dumps(listed)
    assert (await data(ark, task))["status"] == "SUBMITTED"


async def test_an_account_has_slots_for_five_tasks_of_kling(serve: Serve) -> None:
    ark = await serve(limits=Limits(account="individual"))
    tasks = [await submitted(ark, V3, metadata={"mode": "4k"}) for _ in range(6)]
    await ark.advance(2)
    assert [(await data(ark, task))["status"] for task in tasks] == ["IN_PROGRESS"] * 5 + ["SUBMITTED"]
    await ark.advance(20)
    assert {(await data(ark, task))["status"] for task in tasks} == {"SUCCESS"}


async def test_a_link_lives_thirty_days(ark: Caller) -> None:
    task = await submitted(ark, V2)
    await ark.advance(10)
    url = (await data(ark, task))["result_url"]
    link = "/" + url.partition("127.0.0.1")[2].partition("/")[2]
    await ark.advance(29 * DAY)
    assert (await ark.call("GET", link, None)).status == 200
    assert (await data(ark, task))["status"] == "SUCCESS"
    await ark.advance(DAY)
    assert (await ark.call("GET", link, None)).status == 403


async def test_the_gateway_calls_back_with_its_poll(ark: Caller, receiver: Receiver) -> None:
    task = await submitted(ark, metadata={"callback_url": f"{receiver.url}/done"})
    await ark.advance(10)
    (call,) = await receiver.wait_for(1)
    assert call.body["data"] == await data(ark, task)


async def test_kling_itself_calls_back_at_every_step_with_its_task_alone(serve: Serve, receiver: Receiver) -> None:
    ark = await serve(traits={"orcarouter": {"callbacks": "upstream"}})
    task = await submitted(ark, V3, metadata={"callback_url": f"{receiver.url}/k", "external_task_id": "mine"})
    await ark.advance(10)
    calls = [call.body for call in await receiver.wait_for(3)]
    assert [call["task_status"] for call in calls] == ["submitted", "processing", "succeed"]
    assert {call["task_id"] for call in calls} == {await beneath(ark, task)}
    assert calls[-1]["task_info"] == {"external_task_id": "mine"}
    assert calls[-1]["final_unit_deduction"] == "3"


async def test_a_form_of_openais_sdk_is_understood(ark: Caller) -> None:
    fields = {
        "model": V3,
        "prompt": "a cat",
        "metadata[mode]": "pro",
        "metadata[duration]": "10",
        "metadata[cfg_scale]": "0.3",
        "metadata[watermark_info][enabled]": "true",
    }
    answer = await ark.call("POST", "/v1/videos", data=fields)
    assert answer.status == 200, answer.body
    plan = (await ark.control("GET", f"tasks/{answer.json['id']}"))["plan"]
    assert (plan["picture"]["resolution"], plan["picture"]["frames"], plan["picture"]["watermark"]) == (
        "1080p",
        241,
        True,
    )
