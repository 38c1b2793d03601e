"""PowerTokens' second interface over HTTP: media in place of a prompt, Ark's ids and statuses, and Kling's own wire."""

from typing import Any

import pytest
from ark_emulator.core.scenario.scenario_model import KeyPolicy, Scenario

from tests.support.caller import Answer, Caller, Serve

TASKS = "/api/v3/contents/generations/tasks"
MODEL = "dreamina-seedance-2-0-260128"
BASE = "/powertokens"
IMAGE = "https://a.test/a.png"


def media(*more: dict[str, Any], text: str = "a cat") -> list[dict[Any, Any]]:
    return [{"type": "text", "text": text}, *more]


async def submit(
    ark: Caller, path: str = f"{BASE}/v1/videos", key: str = "sk-test", headers: None = None, **fields: Any
) -> Answer:
    body = {"model": MODEL, "media": media(), "seconds": "5", "size": "720p", **fields}
    body = {name: value for name, value in body.items() if value is not None}
    return await ark.call("POST", path, key, json=body, headers=headers or {})


async def submitted(ark: Caller, path: str = f"{BASE}/v1/videos", **fields: Any) -> str:
    answer = await submit(ark, path, **fields)
    assert answer.status == 200, answer.body
    return answer.json["id"]


async def beneath(ark: Caller, task: str) -> dict[str, Any]:
    return (await ark.control("GET", f"tasks/{task}"))["submission"]


async def test_a_submit_with_media_and_no_prompt_is_answered_as_pending(ark: Caller) -> None:
    answer = await submit(ark, ratio="16:9", generate_audio=True, watermark=False, seed=7)
    assert list(answer.json) == ["id", "task_id", "object", "model", "status", "progress", "created_at"]
    assert answer.json["id"] == answer.json["task_id"] and answer.json["id"].startswith("cgt-")
    assert (answer.json["object"], answer.json["status"], answer.json["progress"]) == ("video", "pending", 0)
    sent = await beneath(ark, answer.json["id"])
    assert {name: sent[name] for name in ("duration", "resolution", "ratio", "seed", "generate_audio")} == {
        "duration": 5,
        "resolution": "720p",
        "ratio": "16:9",
        "seed": 7,
        "generate_audio": True,
    }
    assert [(item["type"], item["value"]) for item in sent["content"]] == [("text", "a cat")]


@pytest.mark.parametrize(
    ("prefix", "host"), [(BASE, None), ("", "api.powertokens.ai"), ("", "API.PowerTokens.ai:443"), (BASE, "x.test")]
)
@pytest.mark.parametrize("route", ["/v1/videos", "/v1/video/generations"])
async def test_the_host_or_the_prefix_chooses_the_interface(ark: Caller, prefix: str, host: None, route: str) -> None:
    headers = {"Host": host} if host else {}
    task = await submitted(ark, f"{prefix}{route}", headers=headers)
    for path in (f"/v1/videos/{task}", f"/v1/video/generations/{task}", f"/v1/tasks/{task}"):
        answer = await ark.call("GET", prefix + path, headers=headers)
        assert (answer.status, answer.json["status"]) == (200, "queued"), path
    balance = await ark.call("GET", f"{prefix}/v1/balance", headers=headers)
    assert (balance.status, balance.json["balance"], balance.json["unlimited"]) == (200, None, True)


async def test_a_task_goes_through_arks_statuses(ark: Caller) -> None:
    task = await submitted(ark, return_last_frame=True)
    seen = []
    for _ in range(3):
        told = (await ark.call("GET", f"{BASE}/v1/videos/{task}")).json
        seen.append((told["status"], told["progress"], "completed_at" in told, "video_url" in told))
        await ark.advance(3)
    assert seen == [("queued", 0, False, False), ("running", 50, False, False), ("succeeded", 100, True, True)]
    told = (await ark.call("GET", f"{BASE}/v1/videos/{task}")).json
    assert told["metadata"]["url"] == told["video_url"] and told["last_frame_url"]
    assert told["completed_at"] - told["created_at"] == 5
    assert told["metadata"]["usage"]["total_tokens"] > 0


@pytest.mark.parametrize(
    ("prompt", "status"),
    [("emu:fail", "failed"), ("emu:expired", "expired"), ("emu:moderation", "failed")],
)
async def test_ends_without_a_clip_have_arks_words(ark: Caller, prompt: str, status: str) -> None:
    task = await submitted(ark, media=media(text=prompt))
    await ark.advance(3 * 86_400)
    told = (await ark.call("GET", f"{BASE}/v1/videos/{task}")).json
    assert (told["status"], "error" in told, "video_url" in told) == (status, status == "failed", False)
    if status == "failed":
        assert list(told["error"]) == ["code", "message"]


async def test_both_interfaces_know_the_same_tasks(ark: Caller) -> None:
    task = await submitted(ark)
    native = f"/byteplus{TASKS}"
    assert (await ark.call("GET", f"{native}/{task}")).json["id"] == task
    body = {"model": MODEL, "content": [{"type": "text", "text": "a cat"}]}
    other = (await ark.call("POST", native, json=body)).json["id"]
    assert (await ark.call("GET", f"{BASE}/v1/videos/{other}")).json["status"] == "queued"
    assert (await ark.call("DELETE", f"{native}/{task}")).status == 200
    assert (await ark.call("GET", f"{BASE}/v1/videos/{task}")).json["status"] == "cancelled"


async def test_each_type_of_media_has_its_role_at_ark(ark: Caller) -> None:
    frames = [{"type": "first_frame", "url": IMAGE}, {"type": "last_frame", "url": IMAGE}]
    task = await submitted(ark, media=media(*frames))
    sent = (await beneath(ark, task))["content"]
    assert [(item["type"], item["role"]) for item in sent] == [
        *(("image_url", "first_frame"), ("image_url", "last_frame"), ("text", None))
    ]
    references = [
        {"type": "reference_image", "url": IMAGE},
        {"type": "reference_video", "url": "https://a.test/a.mp4"},
        {"type": "reference_audio", "url": "https://a.test/a.mp3"},
    ]
    task = await submitted(ark, media=media(*references))
    sent = (await beneath(ark, task))["content"]
    assert [(item["type"], item["role"]) for item in sent] == [
        *(("image_url", "reference_image"), ("video_url", "reference_video"), ("audio_url", "reference_audio")),
        ("text", None),
    ]


async def test_the_older_form_with_a_prompt_and_an_image_works_too(ark: Caller) -> None:
    task = await submitted(ark, media=None, prompt="a cat", image=IMAGE, seconds="-1")
    sent = await beneath(ark, task)
    assert [(item["type"], item["role"]) for item in sent["content"]] == [("image_url", "first_frame"), ("text", None)]
    assert sent["duration"] == -1
    task = await submitted(ark, media=None, prompt="a cat", seconds=None, size="480P")
    sent = await beneath(ark, task)
    assert (sent["duration"], sent["resolution"]) == (5, "480p")


async def test_a_form_is_read_as_well(ark: Caller) -> None:
    fields = {"model": MODEL, "prompt": "a cat", "seconds": "6", "size": "480p", "ratio": "9:16", "watermark": "true"}
    answer = await ark.call("POST", f"{BASE}/v1/videos", data=fields)
    sent = await beneath(ark, answer.json["id"])
    assert {name: sent[name] for name in ("duration", "resolution", "ratio", "watermark")} == {
        "duration": 6,
        "resolution": "480p",
        "ratio": "9:16",
        "watermark": True,
    }


@pytest.mark.parametrize(
    ("fields", "status", "text"),
    [
        ({"media": "x"}, 400, "media"),
        ({"media": [5]}, 400, "media[0].type"),
        ({"media": [{"type": "image", "url": IMAGE}]}, 400, "media[0].type"),
        ({"media": [{"type": ["first_frame"], "url": IMAGE}]}, 400, "media[0].type"),
        ({"media": [{"type": "first_frame", "url": 5}]}, 400, "media[0].url"),
        ({"media": [{"type": "text"}]}, 400, "media[0].text"),
        ({"media": []}, 400, "required"),
        ({"media": None}, 400, "required"),
        ({"seconds": "long"}, 500, 'strconv.Atoi: parsing "long"'),
        ({"seconds": "99"}, 400, "duration"),
        ({"size": "9p"}, 400, "resolution"),
        ({"prompt": 5}, 400, "prompt"),
        ({"service_tier": "flex"}, 400, "flex"),
        ({"model": "seedance-2.0"}, 503, "seedance-2.0"),
        ({"model": None}, 400, "model"),
    ],
)
async def test_what_is_wrong_with_a_submit_is_named(
    ark: Caller, fields: dict[str, Any], status: int, text: str
) -> None:
    answer = await submit(ark, **fields)
    assert answer.status == status, answer.body
    assert list(answer.json) == ["error"] and text in answer.json["error"]["message"]


async def test_the_clip_can_be_fetched_in_parts(ark: Caller) -> None:
    task = await submitted(ark)
    early = await ark.call("GET", f"{BASE}/v1/videos/{task}/content")
    assert early.status == 400 and "queued" in early.json["error"]["message"]
    await ark.advance(10)
    whole = await ark.call("GET", f"{BASE}/v1/videos/{task}/content")
    part = await ark.call("GET", f"{BASE}/v1/videos/{task}/content", headers={"Range": "bytes=100-"})
    assert (whole.status, part.status) == (200, 206)
    assert part.headers["Content-Range"] == f"bytes 100-{len(whole.body) - 1}/{len(whole.body)}"
    assert part.body == whole.body[100:]


async def test_a_balance_is_told_to_its_key(serve: Serve) -> None:
    ark = await serve(scenario=Scenario(keys={"sk-a": KeyPolicy(balance=10.0), "sk-b": KeyPolicy()}))
    await submitted(ark, key="sk-a")
    told = (await ark.call("GET", f"{BASE}/v1/balance", "sk-a")).json
    assert (told["balance"], told["used"], told["currency"]) == (8.25, 1.75, "USD")
    assert (await ark.call("GET", f"{BASE}/v1/balance", "sk-x")).status == 401


@pytest.mark.parametrize("path", ["/v1/tasks/x", "/v1/balance", "/newapi/v1/tasks/x", "/tokenbay/v1/balance"])
async def test_no_other_gateway_has_these_routes(ark: Caller, path: str) -> None:
    answer = await ark.call("GET", path)
    assert answer.status == 404 and "Invalid URL" in answer.json["error"]["message"]


async def test_another_users_task_does_not_exist(ark: Caller) -> None:
    task = await submitted(ark)
    for path in (f"/v1/videos/{task}", f"/v1/tasks/{task}"):
        assert (await ark.call("GET", BASE + path, "sk-other")).json["error"]["code"] == "task_not_exist"
    assert (await ark.call("GET", f"{BASE}/v1/videos/{task}/content", "sk-other")).status == 404


async def test_its_models_are_listed(ark: Caller) -> None:
    listed = (await ark.call("GET", f"{BASE}/v1/models")).json["data"]
    assert {MODEL, "dreamina-seedance-2-5-260628", "dreamina-seedance-2-0-mini-260615"} < {
        each["id"] for each in listed
    }
    host = {"Host": "api.powertokens.ai"}
    assert (await ark.call("GET", "/v1/models", headers=host)).json["data"] == listed


# --- Kling's own wire -----------------------------------------------------------------------------------------------


async def kling(ark: Caller, endpoint: str = "text2video", prefix: str = BASE, **fields: Any) -> Answer:
    body = {"model_name": "kling-v3", "prompt": "a cat", "mode": "pro", "duration": "5", **fields}
    return await ark.call("POST", f"{prefix}/kling/v1/videos/{endpoint}", json=body)


@pytest.mark.parametrize("prefix", ["", BASE])
@pytest.mark.parametrize(("endpoint", "fields"), [("text2video", {}), ("image2video", {"image": IMAGE})])
async def test_a_task_of_kling_is_made_and_polled_in_klings_words(
    ark: Caller, prefix: str, endpoint: str, fields: dict[Any, Any]
) -> None:
    made = await kling(ark, endpoint, prefix, **fields)
    assert (made.status, made.json["code"], made.json["message"]) == (200, 0, "SUCCEED")
    task = made.json["data"]["task_id"]
    assert task.startswith("task_") and made.json["data"]["task_status"] == "submitted"
    path, seen = f"{prefix}/kling/v1/videos/{endpoint}/{task}", []
    for _ in range(3):
        told = (await ark.call("GET", path)).json
        assert (told["code"], told["data"]["task_id"]) == (0, task)
        seen.append(told["data"]["task_status"])
        await ark.advance(3)
    assert seen == ["submitted", "processing", "succeed"]
    (video,) = (await ark.call("GET", path)).json["data"]["task_result"]["videos"]
    assert video["duration"] == "5.041" and ".mp4" in video["url"]


async def test_a_failure_of_kling_is_told_in_klings_words(ark: Caller) -> None:
    task = (await kling(ark, prompt="emu:fail")).json["data"]["task_id"]
    await ark.advance(10)
    told = (await ark.call("GET", f"{BASE}/kling/v1/videos/text2video/{task}")).json["data"]
    assert told["task_status"] == "failed" and told["task_status_msg"]


@pytest.mark.parametrize(
    ("endpoint", "fields", "status", "code"),
    [
        ("text2video", {"duration": 5}, 400, 1201),
        ("text2video", {"prompt": " "}, 400, 1200),
        ("text2video", {"mode": "fast"}, 400, 1201),
        ("image2video", {}, 400, 1200),
    ],
)
async def test_what_kling_refuses_has_klings_own_body(
    ark: Caller, endpoint: str, fields: dict[str, Any], status: int, code: int
) -> None:
    answer = await kling(ark, endpoint, **fields)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert list(answer.json) == ["code", "message", "request_id"]


async def test_keys_models_and_unknown_tasks_are_refused_by_the_gateway(ark: Caller) -> None:
    answer = await ark.call("POST", f"{BASE}/kling/v1/videos/text2video", None, json={})
    assert (answer.status, "error" in answer.json) == (401, True)
    assert (await kling(ark, model_name="kling-v9")).status == 503
    assert (await kling(ark, model_name=None)).status == 400
    bad = await ark.call("POST", f"{BASE}/kling/v1/videos/text2video", data=b"[", headers={"Content-Type": "x/y"})
    assert (bad.status, "error" in bad.json) == (400, True)
    unknown = await ark.call("GET", f"{BASE}/kling/v1/videos/text2video/task_x")
    assert (unknown.status, unknown.json["code"]) == (404, 1203)
    assert (await ark.call("GET", f"{BASE}/kling/v1/videos/lip-sync/x")).status == 404


async def test_a_picture_is_no_matter_for_text_to_video(ark: Caller) -> None:
    task = (await kling(ark, image=IMAGE)).json["data"]["task_id"]
    sent = await beneath(ark, task)
    assert [item["type"] for item in sent["content"]] == ["text"]
