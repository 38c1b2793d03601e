"""The gateways over HTTP: who answers, what is checked first, what is proxied, and what lies beneath in Ark."""

import json
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.scenario.effects import AnswerEffect, Operation, Refuse
from ark_emulator.core.scenario.scenario_model import Conditions, FaultRule, KeyPolicy, KeyStatus, Scenario
from ark_emulator.core.time.clock import ClockMode

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller, Serve

TASKS = "/api/v3/contents/generations/tasks"
ORCA = "byteplus/dreamina-seedance-2-0-260128"
EASY, BAY, STOCK = "dreamina-seedance-2-0", "seedance-2.0", "doubao-seedance-2-0-260128"
DAY = 86_400


async def submit(ark: Caller, model: str = STOCK, path: str = "/v1/video/generations", **fields: Any) -> Any:
    """A submit and whatever answers it."""
    key, headers = fields.pop("key", "sk-test"), fields.pop("headers", {})
    return await ark.call("POST", path, key, json={"model": model, "prompt": "a cat", **fields}, headers=headers)


async def submitted(ark: Caller, model: str = STOCK, path: str = "/v1/video/generations", **fields: Any) -> str:
    answer = await submit(ark, model, path, **fields)
    assert answer.status == 200, answer.body
    return answer.json["id"]


async def generation(ark: Caller, task: str, prefix: str = "") -> dict[str, Any]:
    return (await ark.call("GET", f"{prefix}/v1/video/generations/{task}")).json


async def status(ark: Caller, task: str) -> str:
    told = await generation(ark, task)
    return told.get("data", told)["status"]


async def video(ark: Caller, task: str) -> dict[str, Any]:
    return (await ark.call("GET", f"/v1/videos/{task}")).json


async def content(ark: Caller, task: str, **headers: Any) -> Any:
    return await ark.call("GET", f"/v1/videos/{task}/content", headers=headers)


def keyed(**policies: Any) -> Scenario:
    return Scenario(keys={f"sk-{name}": policy for name, policy in policies.items()})


# --- who answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "envelope"),
    [(ORCA, "data"), (EASY, "data"), (STOCK, "data"), (BAY, "status"), ("seedance-2.0-fast", "status")],
)
async def test_the_model_chooses_the_gateway_and_the_task_keeps_it(ark: Caller, model: str, envelope: str) -> None:
    task = await submitted(ark, model)
    assert envelope in await generation(ark, task)
    assert (await ark.control("GET", f"tasks/{task}"))["model"]


async def test_the_host_comes_before_the_model(ark: Caller) -> None:
    answer = await submit(ark, BAY, headers={"Host": "easyrouter.io"})
    assert (answer.status, answer.json["error"]["message"]) == (400, "model not allowed")
    answer = await submit(ark, "none", headers={"Host": "api.tokenbay.com"})
    assert (answer.status, answer.json["error"]["code"]) == (200, "model_not_found")


async def test_a_server_may_be_told_which_gateway_answers(serve: Serve) -> None:
    ark = await serve(gateway="orcarouter")
    assert (await submit(ark, BAY)).json["error"]["type"] == "orcarouter_api_error"
    assert await submitted(ark, ORCA)
    assert (await ark.call("GET", "/v1/videos/none")).json["error"]["type"] == "orcarouter_api_error"


@pytest.mark.parametrize("name", ["orcarouter", "easyrouter", "tokenbay", "newapi"])
async def test_every_gateway_has_its_five_routes_under_its_name(ark: Caller, name: str) -> None:
    model = {"orcarouter": ORCA, "easyrouter": EASY, "tokenbay": BAY, "newapi": BAY}[name]
    for path in ("video/generations", "videos"):
        task = await submitted(ark, model, f"/{name}/v1/{path}")
        await ark.advance(30)
        told = await generation(ark, task, f"/{name}")
        assert told.get("data", told)["status"] == "SUCCESS"
        assert (await ark.call("GET", f"/{name}/v1/videos/{task}")).json["status"] in ("SUCCESS", "completed")
        assert (await ark.call("GET", f"/{name}/v1/videos/{task}/content")).body[4:8] == b"ftyp"
        assert await generation(ark, task) == told


async def test_a_named_gateway_knows_no_tasks_of_another(ark: Caller) -> None:
    task = await submitted(ark, EASY)
    answer = await ark.call("GET", f"/orcarouter/v1/video/generations/{task}")
    assert (answer.status, answer.json["error"]["code"]) == (404, "task_not_exist")
    assert (await ark.call("GET", f"/newapi/v1/videos/{task}/content")).status == 404


async def test_models_that_are_handed_to_a_dialect_that_is_not_there_have_no_channel(ark: Caller) -> None:
    for path in ("/v1/video/generations", "/orcarouter/v1/videos"):
        answer = await submit(ark, "kling/kling-v9", path)
        assert (answer.status, answer.json["error"]["code"]) == (503, "model_not_found")


async def test_a_world_in_the_path_has_the_gateways_too(ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-own", "clock": {"mode": "frozen", "start": 5}})
    task = (await ark.call("POST", "/w/sk-own/v1/videos", None, json={"model": BAY, "prompt": "p"})).json["id"]
    assert (await ark.call("GET", f"/w/sk-own/v1/videos/{task}", None)).json["status"] == "QUEUED"
    assert (await ark.call("GET", f"/v1/videos/{task}", "sk-own")).json["status"] == "QUEUED"
    assert (await ark.call("GET", f"/v1/videos/{task}", "sk-other")).json["code"] == "task_not_exist"


# --- what is checked, and in which order ----------------------------------------------------------------------------


async def test_the_first_thing_wrong_is_told(ark: Caller) -> None:
    """Each step mends what the one before complained of: key, body, model, prompt, length, metadata, upstream."""
    sent = [
        (None, b"{"),
        ("sk-test", b"{"),
        ("sk-test", {}),
        ("sk-test", {"model": "none"}),
        ("sk-test", {"model": STOCK, "duration": 5000, "metadata": {"seed": "x", "ratio": "9:1"}}),
        ("sk-test", {"model": STOCK, "prompt": "p", "duration": 5000, "metadata": {"seed": "x", "ratio": "9:1"}}),
        ("sk-test", {"model": STOCK, "prompt": "p", "metadata": {"seed": "x", "ratio": "9:1"}}),
        ("sk-test", {"model": STOCK, "prompt": "p", "metadata": {"ratio": "9:1"}}),
        ("sk-test", {"model": STOCK, "prompt": "p", "metadata": {"ratio": "16:9"}}),
    ]
    told = []
    for key, body in sent:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = await ark.call("POST", "/v1/videos", key, data=raw, headers={"Content-Type": "application/json"})
        error = answer.json.get("error", answer.json)
        told.append((answer.status, error.get("code", "")))
    assert told == [
        *((401, ""), (400, ""), (400, ""), (503, "model_not_found"), (400, "invalid_request")),
        *((400, "invalid_seconds"), (500, "build_request_failed"), (400, "fail_to_fetch_task"), (200, "")),
    ]


async def test_an_empty_balance_is_told_after_the_prompt_and_before_the_metadata(serve: Serve) -> None:
    ark = await serve(scenario=keyed(poor=KeyPolicy(balance=0.01)))
    bad = {"key": "sk-poor", "metadata": {"seed": "x"}}
    assert (await submit(ark, STOCK, prompt="", **bad)).json["code"] == "invalid_request"
    answer = await submit(ark, STOCK, **bad)
    assert (answer.status, answer.json["code"]) == (403, "insufficient_user_quota")
    assert answer.json["message"] == "预扣费额度失败, 用户剩余额度: ＄0.010000, 需要预扣费额度: ＄1.750000"


@pytest.mark.parametrize(("model", "told"), [(STOCK, 403), (ORCA, 402), (EASY, 402), (BAY, 200)])
async def test_a_balance_that_does_not_suffice_is_refused_as_each_gateway_does(
    serve: Serve, model: str, told: int
) -> None:
    ark = await serve(scenario=keyed(poor=KeyPolicy(balance=0.01)))
    answer = await submit(ark, model, key="sk-poor")
    assert answer.status == told
    assert "quota" in str(answer.json)


async def test_a_key_that_may_not_use_a_model_is_refused_before_anything_else_about_the_model(serve: Serve) -> None:
    ark = await serve(scenario=keyed(narrow=KeyPolicy(models=("*-fast*",))))
    answer = await submit(ark, "none", key="sk-narrow")
    assert (answer.status, answer.json["error"]["code"]) == (403, "")
    assert answer.json["error"]["message"].startswith("This token has no access to model none")
    assert (await submit(ark, EASY, key="sk-narrow")).json["error"]["message"] == "model not allowed"
    assert (await submit(ark, "dreamina-seedance-2-0-fast", key="sk-narrow")).status == 200


@pytest.mark.parametrize("status", [KeyStatus.EXPIRED, KeyStatus.DISABLED, KeyStatus.MISPLACED])
async def test_a_key_that_is_missing_unknown_or_past_its_time_is_told_the_same(serve: Serve, status: KeyStatus) -> None:
    ark = await serve(scenario=keyed(old=KeyPolicy(status=status)))
    told = set()
    for key in (None, "sk-unknown", "sk-old"):
        answer = await submit(ark, STOCK, key=key)
        told.add((answer.status, answer.json["error"]["message"].partition(" (request id")[0]))
    assert told == {(401, "Invalid token")}


async def test_a_key_may_come_without_the_word_bearer(ark: Caller) -> None:
    body = {"model": BAY, "prompt": "p"}
    for given in ("sk-test", "bearer sk-test", "Bearer sk-test"):
        answer = await ark.call("POST", "/v1/videos", None, json=body, headers={"Authorization": given})
        assert answer.status == 200


async def test_what_ark_refuses_is_passed_on_with_arks_body(ark: Caller) -> None:
    answer = await submit(ark, EASY, metadata={"resolution": "8k"})
    inner = json.loads(answer.json["error"]["message"])
    assert (answer.status, inner["error"]["param"]) == (400, "resolution")
    fast = await submit(ark, "seedance-2.0-fast", metadata={"resolution": "1080p"})
    assert (fast.status, "resolution" in fast.json["error"]["message"]) == (200, True)


async def test_ark_limits_are_told_as_a_busy_upstream(serve: Serve) -> None:
    ark = await serve(limits=Limits(creates_per_minute=1))
    await submitted(ark, ORCA)
    answer = await submit(ark, ORCA)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert answer.json["error"]["message"] == "当前分组上游负载已饱和，请稍后再试"


async def test_unknown_routes_and_methods_are_one_404_that_asks_for_no_key(ark: Caller) -> None:
    for method, path in (("GET", "/v1/videos"), ("DELETE", "/v1/videos/x"), ("PUT", "/v1/videos"), ("POST", "/v1/a/b")):
        answer = await ark.call(method, path, None)
        assert answer.status == 404
        assert answer.json == {
            "error": {
                "message": f"Invalid URL ({method} {path})",
                "type": "invalid_request_error",
                "param": "",
                "code": "",
            }
        }
    assert (await ark.call("GET", "/easyrouter/v1/videos", None)).json["error"][
        "message"
    ] == "Invalid URL (GET /v1/videos)"


async def test_any_page_may_call_a_gateway(ark: Caller) -> None:
    answer = await ark.call("OPTIONS", "/v1/videos", None, headers={"Origin": "https://app.example"})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, "*")


async def test_a_body_that_is_too_large_is_told_by_the_gateway(ark: Caller) -> None:
    answer = await ark.call(
        "POST", "/v1/videos", data=b" " * (64 * 1024 * 1024 + 1), headers={"Content-Type": "application/json"}
    )
    assert answer.status == 413
    assert answer.json["error"]["type"] == "new_api_error"


# --- content types and headers --------------------------------------------------------------------------------------


async def test_submits_and_errors_name_a_charset_and_polls_do_not(ark: Caller) -> None:
    answer = await submit(ark)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    polled = await ark.call("GET", f"/v1/videos/{answer.json['id']}")
    assert polled.headers["Content-Type"] == "application/json"
    missing = await ark.call("GET", "/v1/videos/none")
    assert (missing.status, missing.headers["Content-Type"]) == (400, "application/json; charset=utf-8")
    assert len({each.headers["X-Oneapi-Request-Id"] for each in (answer, polled, missing)}) == 3
    assert "X-Request-Id" not in polled.headers


async def test_openais_clients_are_told_how_often_to_poll(serve: Serve) -> None:
    ark = await serve(speed=20.0)
    task = await submitted(ark, EASY)
    assert (await ark.call("GET", f"/v1/videos/{task}")).headers["openai-poll-after-ms"] == "50"
    assert "openai-poll-after-ms" not in (await ark.call("GET", f"/v1/video/generations/{task}")).headers
    stock = await submitted(ark)
    assert "openai-poll-after-ms" not in (await ark.call("GET", f"/v1/videos/{stock}")).headers


# --- what lies beneath ----------------------------------------------------------------------------------------------


async def test_every_gateway_task_is_a_task_of_ark_with_the_same_key(ark: Caller) -> None:
    task = await submitted(ark, EASY, duration=7, metadata={"ratio": "9:16", "seed": 11})
    (beneath,) = (await ark.call("GET", TASKS)).json["items"]
    assert (await generation(ark, task))["data"]["data"]["id"] == beneath["id"]
    await ark.advance(10)
    told = await ark.poll(beneath["id"])
    assert (told["status"], told["duration"], told["ratio"], told["seed"]) == ("succeeded", 7, "9:16", 11)
    assert (await generation(ark, task))["data"]["result_url"] == told["content"]["video_url"]


async def test_each_side_knows_a_task_by_its_own_id_alone(ark: Caller) -> None:
    task = await submitted(ark)
    beneath = (await ark.call("GET", TASKS)).json["items"][0]["id"]
    assert (await ark.call("GET", f"{TASKS}/{task}")).status == 404
    assert (await ark.call("DELETE", f"{TASKS}/{task}")).status == 404
    assert (await ark.call("GET", f"/v1/video/generations/{beneath}")).status == 400


async def test_a_prompts_flags_and_steering_work_through_a_gateway(ark: Caller) -> None:
    task = await submitted(ark, ORCA, prompt="emu:moderation")
    await ark.advance(10)
    told = (await generation(ark, task))["data"]
    assert (told["status"], told["progress"], "result_url" in told) == ("FAILURE", "100%", False)
    assert "may contain sensitive information" in told["fail_reason"]


async def test_a_refused_submit_leaves_no_task(ark: Caller) -> None:
    await submit(ark, STOCK, prompt="emu:moderation-input")
    assert (await ark.call("GET", TASKS)).json["total"] == 0


async def test_defaults_and_dropped_fields_reach_ark_as_the_pages_say(ark: Caller) -> None:
    await submitted(ark, ORCA)
    await submitted(ark, "dreamina-seedance-2-0-fast", metadata={"camera_fixed": False, "draft": True, "frames": 57})
    inside = {item["dialect"]: item for item in (await ark.control("GET", "tasks"))["items"]}
    await ark.advance(10)
    shown = {item["model"]: item for item in (await ark.call("GET", TASKS)).json["items"]}
    assert shown["dreamina-seedance-2-0-260128"]["generate_audio"] is False
    assert shown["dreamina-seedance-2-0-fast-260128"]["draft"] is False
    assert set(inside) == {"orcarouter", "easyrouter"}


@pytest.mark.parametrize(("profile", "ratio", "mode"), [("friendly", "1:1", "i2v"), ("stock", "16:9", "t2v")])
async def test_a_form_with_a_file_makes_an_image_to_video_task_where_files_count(
    serve: Serve, profile: str, ratio: str, mode: str
) -> None:
    ark = await serve(traits={"newapi": {"profile": profile}})
    form = aiohttp.FormData()
    form.add_field("model", STOCK)
    form.add_field("prompt", "a cat")
    form.add_field("metadata[ratio]", "1:1")
    form.add_field("input_reference", PNG, filename="a.png", content_type="image/png")
    answer = await ark.call("POST", "/v1/videos", data=form)
    assert answer.status == 200, answer.body
    await ark.advance(10)
    (told,) = (await ark.call("GET", TASKS)).json["items"]
    assert told["ratio"] == ratio
    assert (await ark.control("GET", f"tasks/{answer.json['id']}"))["plan"]["mode"] == mode


# --- time -----------------------------------------------------------------------------------------------------------


async def test_a_task_goes_through_every_state(serve: Serve) -> None:
    ark = await serve(traits={"newapi": {"profile": "friendly"}})
    task = await submitted(ark)
    shown = []
    for _ in range(6):
        shown.append((await status(ark, task), (await video(ark, task))["status"]))
        await ark.advance(1)
    assert shown[0] == ("QUEUED", "queued")
    assert [after for before, after in pairwise(shown) if after != before] == [
        *(("IN_PROGRESS", "in_progress"), ("SUCCESS", "completed"))
    ]


async def test_a_task_of_stock_is_unknown_at_first_and_skips_states(ark: Caller) -> None:
    task = await submitted(ark)  # the clock starts 10 s before a look
    assert (await video(ark, task))["status"] == "unknown"
    told = (await generation(ark, task))["data"]
    assert (told["status"], told["progress"], told["data"]) == ("NOT_START", "0%", {"id": told["data"]["id"]})
    await ark.advance(9)
    assert await status(ark, task) == "NOT_START"
    assert (await content(ark, task)).json["error"]["message"].endswith("current status: NOT_START")
    await ark.advance(1)
    told = (await generation(ark, task))["data"]
    assert (told["status"], told["start_time"], told["finish_time"]) == ("SUCCESS", 0, told["submit_time"] + 10)


async def test_a_cancelled_task_is_stuck_until_stock_gives_it_up(ark: Caller) -> None:
    task = await submitted(ark)
    beneath = (await ark.call("GET", TASKS)).json["items"][0]["id"]
    assert (await ark.call("DELETE", f"{TASKS}/{beneath}")).status == 200
    await ark.advance(DAY - 1)
    assert (await generation(ark, task))["data"]["progress"] == "30%"
    assert (await video(ark, task))["status"] == "in_progress"
    spent = await ark.control("GET", "ledger")
    assert spent["spent"] == 1.75


async def test_a_stuck_task_is_given_up_after_1440_minutes_and_refunded(ark: Caller) -> None:
    task = await submitted(ark, prompt="emu:stuck-running")
    effects = await ark.advance(DAY)
    assert ("timeout", "failed") in {(effect["kind"], effect["status"]) for effect in effects}
    told = (await generation(ark, task))["data"]
    assert (told["status"], told["fail_reason"], told["quota"]) == ("FAILURE", "任务超时（1440分钟）", 0)
    assert told["result_url"] == told["fail_reason"]
    assert told["finish_time"] == told["submit_time"] + DAY
    assert (await video(ark, task))["status"] == "failed"
    assert (await ark.control("GET", "ledger"))["spent"] == 0
    await ark.advance(DAY)
    assert (await generation(ark, task))["data"] == {**told, "id": told["id"]}


@pytest.mark.parametrize("model", [ORCA, EASY, BAY])
async def test_the_other_gateways_end_a_task_that_expired(ark: Caller, model: str) -> None:
    task = await submitted(ark, model, prompt="emu:expired")
    await ark.advance(10)
    told = await generation(ark, task)
    told = told.get("data", told)
    assert (told["status"], told["fail_reason"]) == ("FAILURE", "task expired")
    assert (await ark.control("GET", "ledger"))["spent"] == 0


async def test_in_polls_mode_each_poll_of_a_gateway_moves_on(serve: Serve) -> None:
    ark = await serve(mode=ClockMode.POLLS)
    task = await submitted(ark, EASY)
    assert [await status(ark, task) for _ in range(3)] == ["QUEUED", "IN_PROGRESS", "SUCCESS"]
    stock = await submitted(ark)
    assert [await status(ark, stock) for _ in range(2)] == ["NOT_START", "SUCCESS"]


# --- the content proxy ----------------------------------------------------------------------------------------------


async def test_before_the_end_there_is_no_content(serve: Serve) -> None:
    ark = await serve(traits={"newapi": {"profile": "friendly"}})
    task = await submitted(ark)
    answer = await content(ark, task)
    assert (answer.status, answer.json) == (
        400,
        {
            "error": {
                "message": "Task is not completed yet, current status: QUEUED",
                "type": "invalid_request_error",
            }
        },
    )
    failed = await submitted(ark, prompt="emu:fail")
    await ark.advance(10)
    assert (await content(ark, failed)).json["error"]["message"].endswith("current status: FAILURE")


async def test_content_of_an_unknown_task_is_not_found(ark: Caller) -> None:
    answer = await content(ark, "task_none")
    assert (answer.status, answer.json) == (
        404,
        {"error": {"message": "Task not found", "type": "invalid_request_error"}},
    )
    assert (await ark.call("GET", "/v1/videos/x/content", None)).status == 401


async def test_the_clip_is_handed_on_with_the_storages_headers(ark: Caller) -> None:
    task = await submitted(ark)
    await ark.advance(10)
    direct = await ark.call("GET", (await generation(ark, task))["data"]["result_url"], None)
    proxied = await ark.call(
        "GET", f"/v1/videos/{task}/content?variant=thumbnail", headers={"Accept": "application/binary"}
    )
    assert (proxied.status, proxied.body) == (200, direct.body)
    assert proxied.headers["ETag"] == direct.headers["ETag"]
    assert proxied.headers["Content-Type"] == "video/mp4"
    assert proxied.headers["Cache-Control"] == "public, max-age=86400"


@pytest.mark.parametrize(("model", "told"), [(STOCK, 200), (BAY, 206), (ORCA, 206), (EASY, 200)])
async def test_a_range_is_honoured_where_the_gateway_passes_it_on(ark: Caller, model: str, told: int) -> None:
    task = await submitted(ark, model)
    await ark.advance(10)
    answer = await content(ark, task, Range="bytes=4-7")
    assert answer.status == told
    assert answer.body == b"ftyp" if told == 206 else len(answer.body) > 1000


async def test_conditions_of_the_client_stay_with_the_proxy(ark: Caller) -> None:
    task = await submitted(ark)
    await ark.advance(10)
    etag = (await content(ark, task)).headers["ETag"]
    assert (await content(ark, task, **{"If-None-Match": etag})).status == 200


@pytest.mark.parametrize(
    ("prompt", "wait", "message"),
    [
        ("a cat", DAY + 1, "Upstream service returned status 403"),
        ("emu:dead-url", 0, "Upstream service returned status 404"),
        ("emu:no-url", 0, "Failed to fetch video content"),
        ("emu:empty-url", 0, "Failed to fetch video content"),
    ],
)
async def test_when_the_storage_does_not_hand_it_out_the_proxy_says_502(
    ark: Caller, prompt: str, wait: int, message: str
) -> None:
    task = await submitted(ark, prompt=prompt)
    await ark.advance(10 + wait)
    answer = await content(ark, task)
    assert (answer.status, answer.json) == (502, {"error": {"message": message, "type": "server_error"}})


# --- callbacks ------------------------------------------------------------------------------------------------------


async def test_orcarouter_calls_back_once_with_its_poll(ark: Caller, receiver: Receiver) -> None:
    task = await submitted(ark, ORCA, metadata={"callback_url": receiver.url + "/hook"})
    await ark.advance(10)
    (received,) = receiver.got
    assert received.body == await generation(ark, task)
    assert received.body["data"]["status"] == "SUCCESS"


async def test_orcarouter_calls_back_for_a_task_it_gives_up_and_then_no_more(ark: Caller, receiver: Receiver) -> None:
    await submitted(ark, ORCA, prompt="emu:stuck-running", metadata={"callback_url": receiver.url + "/hook"})
    await ark.advance(3 * DAY)
    assert [each.body["data"]["fail_reason"] for each in receiver.got] == ["任务超时（1440分钟）"]


async def test_orcarouters_callback_waits_for_its_next_look(serve: Serve, receiver: Receiver) -> None:
    ark = await serve(traits={"orcarouter": {"lag": 15}})
    await submitted(ark, ORCA, metadata={"callback_url": receiver.url + "/hook"})
    await ark.advance(9)
    assert receiver.got == []
    effects = await ark.advance(1)
    assert [effect["at"] for effect in effects if effect["kind"] == "callback"] == [await ark.now()]
    assert receiver.got[0].body["data"]["finish_time"] == int(await ark.now())


@pytest.mark.parametrize("model", [STOCK, EASY, BAY])
async def test_the_other_gateways_leave_callbacks_to_ark(ark: Caller, receiver: Receiver, model: str) -> None:
    await submitted(ark, model, metadata={"callback_url": receiver.url + "/hook"})
    await ark.advance(10)
    assert [each.status for each in receiver.got] == ["queued", "running", "succeeded"]
    assert all(each.body["id"].startswith("cgt-") for each in receiver.got)


# --- faults and journal ---------------------------------------------------------------------------------------------


async def test_a_fault_is_told_in_the_words_of_the_gateway_that_was_meant(serve: Serve) -> None:
    refuse = FaultRule("busy", Operation.CREATE, Conditions(first=2), Refuse("ServerOverloaded"))
    ark = await serve(scenario=Scenario(faults=(refuse,)))
    assert (await submit(ark, ORCA)).json["error"]["code"] == "rate_limit_exceeded"
    assert (await submit(ark, STOCK)).json["code"] == "fail_to_fetch_task"
    assert (await submit(ark, STOCK)).status == 200


async def test_a_fault_may_ask_for_the_dialect_and_strike_the_content(serve: Serve) -> None:
    rule = FaultRule("bay", Operation.CONTENT, Conditions(dialect=("tokenbay",)), AnswerEffect(503))
    ark = await serve(scenario=Scenario(faults=(rule,)))
    bay, stock = await submitted(ark, BAY), await submitted(ark, STOCK)
    await ark.advance(10)
    assert ((await content(ark, bay)).status, (await content(ark, stock)).status) == (503, 200)


async def test_the_journal_names_the_dialect_and_the_id_the_creator_got(ark: Caller) -> None:
    task = await submitted(ark, EASY)
    (entry,) = (await ark.control("GET", "journal"))["items"]
    assert (entry["dialect"], entry["task"]) == ("easyrouter", task)


# --- PowerTokens ----------------------------------------------------------------------------------------------------

POWERTOKENS = "/byteplus/api/v3/contents/generations/tasks"


async def test_powertokens_passes_arks_tasks_through(ark: Caller) -> None:
    body = {"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}]}
    created = await ark.call("POST", POWERTOKENS, None, json=body, headers={"Authorization": "sk-test"})
    task = created.json["id"]
    assert (created.status, list(created.json)) == (200, ["id"])
    await ark.advance(10)
    told = (await ark.call("GET", f"{POWERTOKENS}/{task}")).json
    assert told == await ark.poll(task)
    assert (await ark.call("DELETE", f"{POWERTOKENS}/{task}")).body == b"{}"
    assert (await ark.call("GET", POWERTOKENS)).json["total"] == 0


async def test_powertokens_refuses_flex_in_arks_words_and_holds_a_fee(serve: Serve) -> None:
    ark = await serve(scenario=keyed(poor=KeyPolicy(balance=0.5), rich=KeyPolicy(balance=50)))
    body = {"model": "seedance-1-5-pro-251215", "content": [{"type": "text", "text": "a cat"}]}
    refused = await ark.call("POST", POWERTOKENS, "sk-rich", json={**body, "service_tier": "flex"})
    assert (refused.status, refused.json["error"]["param"]) == (400, "service_tier")
    poor = await ark.call("POST", POWERTOKENS, "sk-poor", json=body)
    assert (poor.status, poor.json["error"]["code"]) == (403, "insufficient_user_quota")
    assert (await ark.call("POST", POWERTOKENS, "sk-rich", json=body)).status == 200


PNG = bytes.fromhex("89504e470d0a1a0a0000000d494844520000020000000200080200000000000000")


async def test_a_gateway_hands_out_a_3d_file_from_the_folder_of_its_task(ark: Caller) -> None:
    made = await ark.call(
        "POST", "/newapi/v1/video/generations", json={"model": "hyper3d-gen2-260112", "prompt": "a robot"}
    )
    assert made.status == 200, made.body
    await ark.advance(60)
    body = await ark.call("GET", f"/newapi/v1/videos/{made.json['id']}/content")
    assert (body.status, body.body[:4]) == (200, b"glTF")


# --- stock new-api as it is deployed --------------------------------------------------------------------------------


async def test_a_slash_too_many_is_redirected_by_stock_alone(ark: Caller) -> None:
    for method, path, status in (
        ("POST", "/v1/videos/", 307),
        ("POST", "/v1/video/generations/?a=b", 307),
        ("GET", "/v1/videos/task_x/", 301),
        ("GET", "/newapi/v1/videos/task_x/content/", 301),
        ("POST", "/w/sk-test/newapi/v1/videos/", 307),
    ):
        await ark.control("POST", "worlds", {"api_key": "sk-test"}) if "/w/" in path else None
        answer = await ark.call(method, path, None, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (status, path.replace("/?", "?").removesuffix("/"))
    assert (await ark.call("POST", "/easyrouter/v1/videos/", None, allow_redirects=False)).status == 404
    assert (await ark.call("GET", "/v1/videos/", None, allow_redirects=False)).status == 404
    assert (await ark.call("POST", "/v1/videos/a/", None, allow_redirects=False)).status == 404


async def test_the_root_of_a_gateway_is_an_unknown_route_too(ark: Caller) -> None:
    answer = await ark.call("GET", "/v1", None)
    assert (answer.status, answer.json["error"]["message"]) == (404, "Invalid URL (GET /v1)")
    assert answer.headers["Cache-Control"] == "max-age=604800"
    other = await ark.call("GET", "/easyrouter/v1", None)
    assert (other.status, "Cache-Control" in other.headers) == (404, False)


async def test_stock_lets_pages_of_other_origins_call(ark: Caller) -> None:
    allowed = await ark.call("OPTIONS", "/v1/videos", None, headers={"Origin": "https://app.example"})
    assert (allowed.status, allowed.body) == (204, b"")
    assert {name: allowed.headers[name] for name in allowed.headers if name.startswith("Access-Control")} == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET,POST,PUT,DELETE,OPTIONS",
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": "43200",
    }
    refused = await ark.call("OPTIONS", "/v1/videos", None)
    assert (refused.status, refused.json["error"]["message"]) == (404, "Invalid URL (OPTIONS /v1/videos)")
    for path in ("/easyrouter/v1/videos", "/tokenbay/v1/videos"):
        assert (await ark.call("OPTIONS", path, None)).status == 204
    answer = await submit(ark)
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    missing = await ark.call("GET", "/v1/videos/none", headers={"Origin": "https://app.example"})
    assert missing.headers["Access-Control-Allow-Credentials"] == "true"


@pytest.mark.parametrize(("scheme", "status"), [("Bearer", 200), ("bearer", 200), ("BEARER", 401), ("bEarer", 401)])
async def test_stock_knows_the_word_before_a_key_in_two_ways(ark: Caller, scheme: str, status: int) -> None:
    header = {"Authorization": f"{scheme} sk-test"}
    answer = await ark.call("POST", "/v1/videos", None, json={"model": STOCK, "prompt": "p"}, headers=header)
    assert answer.status == status
    easy = await ark.call("POST", "/v1/videos", None, json={"model": EASY, "prompt": "p"}, headers=header)
    assert easy.status == 200
    polled = await ark.call("GET", f"/v1/videos/{easy.json['id']}", None, headers=header)
    assert polled.status == 200
    assert (await ark.call("GET", "/v1/videos/none", None, headers=header)).status == (400 if status == 200 else 401)


async def test_a_key_with_a_list_of_models_is_refused_before_the_model_is_missed(serve: Serve) -> None:
    ark = await serve(scenario=keyed(narrow=KeyPolicy(models=(STOCK,))))
    answer = await ark.call("POST", "/v1/videos", "sk-narrow", json={"prompt": "p"})
    assert answer.status == 403
    assert answer.json["error"]["message"].startswith("This token has no access to model  (request id: ")
    typed = await ark.call("POST", "/v1/videos", "sk-narrow", json={"model": 5})
    assert (typed.status, "field model must be a string" in typed.json["error"]["message"]) == (400, True)
    easy = await ark.call("POST", "/easyrouter/v1/videos", "sk-narrow", json={"prompt": "p"})
    assert easy.status == 400


async def test_a_body_that_is_no_gzip_is_refused_without_a_word(ark: Caller) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await ark.call("POST", "/v1/videos", data=b"{}", headers=headers)
    assert (answer.status, answer.body) == (400, b"")


async def test_what_is_upstream_is_the_second_of_two_models(ark: Caller) -> None:
    text = b'{"model": "%s", "prompt": "p", "model": "dreamina-seedance-2-0-fast-260128"}' % STOCK.encode()
    task = (await ark.call("POST", "/v1/videos", data=text, headers={"Content-Type": "application/json"})).json["id"]
    told = (await generation(ark, task))["data"]
    assert told["quota"] == 1_750_000 // 2
    assert told["properties"]["origin_model_name"] == STOCK
    assert told["properties"]["upstream_model_name"] == "dreamina-seedance-2-0-fast-260128"


async def test_the_friendly_profile_brings_back_what_a_demo_needs(serve: Serve) -> None:
    ark = await serve(traits={"newapi": {"profile": "friendly"}})
    task = await submitted(ark, duration=7, input_reference="https://example.com/a.png", metadata={"ratio": "1:1"})
    assert ((await status(ark, task)), (await video(ark, task))["status"]) == ("QUEUED", "queued")
    await ark.advance(10)
    polled = await ark.call("GET", f"/v1/videos/{task}")
    assert (polled.json["status"], polled.json["seconds"]) == ("completed", "7")
    assert polled.headers["openai-poll-after-ms"] == "1000"
    assert (await content(ark, task, Range="bytes=4-7")).status == 206
    assert (await ark.control("GET", f"tasks/{task}"))["plan"]["mode"] == "i2v"


async def test_stock_ignores_a_range_that_cannot_be_had(ark: Caller) -> None:
    task = await submitted(ark)
    await ark.advance(30)
    assert (await content(ark, task, Range="bytes=999999999-")).status == 200


@pytest.mark.parametrize(
    ("accepted", "said"),
    [
        ("zh-CN,zh;q=0.9", "该令牌无权访问模型 none"),
        ("zh", "该令牌无权访问模型 none"),
        ("zh-TW", "該令牌無權存取模型 none"),
        ("de, zh-CN", "This token has no access to model none"),
        ("", "This token has no access to model none"),
    ],
)
async def test_stock_speaks_the_language_that_comes_first(serve: Serve, accepted: str, said: str) -> None:
    ark = await serve(scenario=keyed(narrow=KeyPolicy(models=(STOCK,))))
    headers = {"Accept-Language": accepted}
    answer = await ark.call("POST", "/v1/videos", "sk-narrow", json={"model": "none"}, headers=headers)
    assert answer.json["error"]["message"].partition(" (request id: ")[0] == said
    easy = await ark.call("POST", "/easyrouter/v1/videos", "sk-narrow", json={"model": "none"}, headers=headers)
    assert easy.json["error"]["message"] == "model not allowed"


async def test_a_key_is_asked_for_in_chinese_too(ark: Caller) -> None:
    answer = await ark.call("GET", "/v1/videos/none", None, headers={"Accept-Language": "zh-CN"})
    assert answer.json["error"]["message"].startswith("无效的令牌 (request id: 2026")
    task = await submitted(ark, headers={"Accept-Language": "zh-CN"})
    assert await status(ark, task) == "NOT_START"


# --- users and keys -------------------------------------------------------------------------------------------------

ALICE = keyed(a=KeyPolicy(user="alice"), b=KeyPolicy(user="alice"), c=KeyPolicy(), test=KeyPolicy())


async def finished(ark: Caller, model: str = STOCK, key: str = "sk-a", **fields: Any) -> str:
    """A task that has succeeded by now."""
    task = await submitted(ark, model, key=key, **fields)
    await ark.advance(60)
    return task


@pytest.mark.parametrize(("model", "status"), [(STOCK, 400), (ORCA, 404), (EASY, 400), (BAY, 200)])
async def test_the_task_of_another_user_does_not_exist(serve: Serve, model: str, status: int) -> None:
    ark = await serve()
    task = await finished(ark, model)
    unknown = f"task_{'a' * 32}"
    for path in ("/v1/video/generations", "/v1/videos"):
        for named in ("", "/easyrouter"):
            theirs = await ark.call("GET", f"{named}{path}/{task}", "sk-other")
            nobodys = await ark.call("GET", f"{named}{path}/{unknown}", "sk-other")
            assert (theirs.status, theirs.json.get("code")) == (nobodys.status, nobodys.json.get("code"))
    host = {STOCK: "", ORCA: "api.orcarouter.ai", EASY: "easyrouter.io", BAY: "api.tokenbay.com"}[model]
    answer = await ark.call("GET", f"/v1/videos/{task}", "sk-other", headers={"Host": host} if host else {})
    assert answer.status == status and b"task_not_exist" in answer.body
    assert (await ark.call("GET", f"/v1/videos/{task}/content", "sk-other")).status == 404
    assert (await ark.call("GET", f"/v1/videos/{task}/content", "sk-a")).status == 200


@pytest.mark.parametrize("isolate", [False, True])
async def test_the_keys_of_one_user_see_the_same_tasks(serve: Serve, isolate: bool) -> None:
    ark = await serve(scenario=ALICE, isolate=isolate, mode=ClockMode.LIVE, speed=1e6)
    task = await submitted(ark, key="sk-a")
    for path in ("/v1/video/generations", "/v1/videos"):
        assert (await ark.call("GET", f"{path}/{task}", "sk-b")).status == 200
        assert (await ark.call("GET", f"{path}/{task}", "sk-c")).json["code"] == "task_not_exist"
    assert (await ark.call("GET", f"/v1/videos/{task}/content", "sk-c")).status == 404
    assert (await ark.call("GET", TASKS, "sk-b")).json["total"] == 1
    assert (await ark.call("GET", TASKS, "sk-c")).json["total"] == (0 if isolate else 1)


async def test_the_keys_of_one_user_spend_from_one_balance(serve: Serve) -> None:
    keys = keyed(a=KeyPolicy(user="alice", balance=3.0), b=KeyPolicy(user="alice"), c=KeyPolicy())
    ark = await serve(scenario=keys)
    assert (await submit(ark, key="sk-a")).status == 200
    answer = await submit(ark, key="sk-b")
    assert (answer.status, answer.json["code"]) == (403, "insufficient_user_quota")
    assert (await submit(ark, key="sk-c")).status == 200
    assert (await ark.control("GET", "ledger?key=sk-b"))["balance"] == 1.25


async def test_a_key_may_be_limited_below_the_balance(serve: Serve) -> None:
    ark = await serve(scenario=keyed(a=KeyPolicy(limit=0.01), b=KeyPolicy(limit=0.01, balance=0.005)))
    answer = await submit(ark, key="sk-a")
    assert (answer.status, answer.json["code"]) == (403, "pre_consume_token_quota_failed")
    assert answer.json["message"] == (
        "token quota is not enough, token remain quota: ＄0.010000, need quota: ＄1.750000"
    )
    assert (await submit(ark, key="sk-b")).json["code"] == "insufficient_user_quota"
    body = {"model": STOCK, "content": [{"type": "text", "text": "a cat"}]}
    assert (await ark.call("POST", TASKS, "sk-a", json=body)).status == 200


async def test_a_refund_gives_a_key_its_limit_back(serve: Serve) -> None:
    ark = await serve(scenario=keyed(a=KeyPolicy(limit=2.0)))
    await submitted(ark, key="sk-a", prompt="emu:fail")
    assert (await submit(ark, key="sk-a")).status == 403
    await ark.advance(60)
    assert (await submit(ark, key="sk-a")).status == 200


async def test_a_key_with_a_list_of_models_may_not_poll_a_task_of_another_model(serve: Serve) -> None:
    keys = keyed(a=KeyPolicy(user="alice"), b=KeyPolicy(user="alice", models=("dreamina-*",)))
    ark = await serve(scenario=keys)
    task = await finished(ark, STOCK)
    for path in ("/v1/video/generations", "/v1/videos"):
        answer = await ark.call("GET", f"{path}/{task}", "sk-b")
        assert answer.status == 403
        assert answer.json["error"]["message"].startswith(f"This token has no access to model {STOCK} (")
        answer = await ark.call("GET", f"{path}/task_none", "sk-b")
        assert answer.status == 403
        assert answer.json["error"]["message"].startswith("This token has no access to model  (")
    assert (await ark.call("GET", f"/v1/videos/{task}/content", "sk-b")).status == 200


# --- the list of models ---------------------------------------------------------------------------------------------


async def listed(ark: Caller, path: str = "/v1/models", key: str = "sk-test", **headers: Any) -> list[str]:
    answer = await ark.call("GET", path, key, headers=headers)
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.json["data"]]


async def test_the_models_are_listed_as_new_api_lists_them(ark: Caller) -> None:
    answer = await ark.call("GET", "/newapi/v1/models")
    assert (answer.status, list(answer.json)) == (200, ["data", "object", "success"])
    assert (answer.json["object"], answer.json["success"]) == ("list", True)
    item = next(item for item in answer.json["data"] if item["id"] == STOCK)
    assert list(item) == ["id", "object", "created", "owned_by", "supported_endpoint_types"]
    assert item["supported_endpoint_types"] == ["openai-video"]
    assert (await ark.call("GET", "/v1/models", None)).status == 401


@pytest.mark.parametrize("name", ["", "/newapi", "/orcarouter", "/easyrouter", "/tokenbay"])
async def test_every_listed_model_can_be_submitted(ark: Caller, name: str) -> None:
    models = await listed(ark, f"{name}/v1/models")
    assert len(models) == len(set(models)) > 0
    for model in models:
        answer = await ark.call(
            "POST", f"{name}/v1/videos", json={"model": model, "prompt": "a cat", "image": "https://a.test/a.png"}
        )
        told = answer.json.get("code") or answer.json.get("error", {}).get("code")
        assert told not in ("model_not_found", "model_price_error", "model_not_allowed"), (model, answer.body)
    one = await ark.call("GET", f"{name}/v1/models/{models[0].replace('/', '%2F')}")
    assert one.json["id"] == models[0]


async def test_the_host_or_the_name_chooses_whose_models_are_listed(ark: Caller) -> None:
    assert await listed(ark, "/easyrouter/v1/models") == [EASY, "dreamina-seedance-2-0-fast"]
    assert await listed(ark, Host="api.tokenbay.com") == [BAY, "seedance-2.0-fast"]
    everything = await listed(ark)
    assert {ORCA, EASY, BAY, STOCK, "kling/kling-v3"} <= set(everything)


async def test_a_key_sees_the_models_that_it_may_use(serve: Serve) -> None:
    ark = await serve(scenario=keyed(narrow=KeyPolicy(models=("seedance-*",)), test=KeyPolicy()))
    narrow = await listed(ark, key="sk-narrow")
    assert narrow and all(name.startswith("seedance-") for name in narrow)
    assert len(await listed(ark)) > len(narrow)


async def test_an_unknown_model_is_told_with_status_200(ark: Caller) -> None:
    answer = await ark.call("GET", "/v1/models/gpt-x")
    assert answer.status == 200
    assert answer.json == {
        "error": {
            "message": "The model 'gpt-x' does not exist",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
    }


async def test_the_list_of_orcarouter_can_be_asked_for_a_capability(ark: Caller) -> None:
    assert await listed(ark, "/orcarouter/v1/models?capability=chat") == []
    videos = await listed(ark, "/orcarouter/v1/models?capability=video")
    assert videos == await listed(ark, "/orcarouter/v1/models") and ORCA in videos
    item = (await ark.call("GET", "/orcarouter/v1/models")).json["data"][0]
    assert item["architecture"]["input_modalities"] == ["text", "image", "video", "audio"]
    assert await listed(ark, "/easyrouter/v1/models?capability=chat")


# --- remix ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "status"), [("", 400), ("/newapi", 400), ("/tokenbay", 200)])
async def test_a_remix_of_an_unknown_task_is_refused(ark: Caller, name: str, status: int) -> None:
    answer = await ark.call("POST", f"{name}/v1/videos/task_none/remix", json={"prompt": "a dog"})
    assert answer.status == status
    assert "task_origin_not_exist" in answer.body.decode()
    assert (await ark.call("POST", f"{name}/v1/videos/task_none/remix", None, json={})).status == 401


async def test_a_remix_of_a_known_task_breaks_as_it_does_at_stock_new_api(ark: Caller) -> None:
    task = await submitted(ark)
    answer = await ark.call("POST", f"/v1/videos/{task}/remix", json={"prompt": "a dog"})
    assert (answer.status, answer.json["error"]["type"]) == (500, "new_api_panic")
    assert (await ark.call("POST", f"/v1/videos/{task}/remix", "sk-other", json={})).status == 400
    unknown = await ark.call("POST", f"/powertokens/v1/videos/{task}/remix", json={})
    assert unknown.status == 404
