"""The effects of faults on requests, one section per kind of effect."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.web.server import http_runner

from tests.support.caller import Caller, Serve
from tests.support.raw_client import Plain

TASKS = "/api/v3/contents/generations/tasks"


# Errors by code, in each dialect, with the retry headers.


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


# Responses of a proxy in place of the service.


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, "upstream connect error"), (504, "upstream request timeout"), (418, "I'm a Teapot"), (599, "status 599")],
)
async def test_a_status_comes_with_a_plain_text_that_fits(plain: Plain, status: int, body: str) -> None:
    await plain.fault(on="fetch", status=status)
    answer = await plain.poll("cgt-1")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (status, body, "text/plain")


async def test_the_body_its_type_and_more_headers_are_those_of_the_rule(plain: Plain) -> None:
    rule = {"status": 200, "body": {"error": "x"}, "content_type": "application/problem+json; charset=utf-8"}
    await plain.fault(on="create", **rule, headers={"X-Proxy": "nginx"}, retry_after=2)
    answer = await plain.create()
    assert answer.json() == {"error": "x"}
    assert answer.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert (answer.headers["X-Proxy"], answer.headers["Retry-After"]) == ("nginx", "2")


@pytest.mark.parametrize("rule", [{"status": 502}, {"html": True}])
async def test_the_service_never_hears_of_the_request(plain: Plain, rule: dict[str, Any]) -> None:
    await plain.fault(on="create", **rule)
    await plain.create()
    assert (await plain.server.control("GET", "tasks"))["total"] == 0


async def test_a_page_has_status_200(plain: Plain) -> None:
    await plain.fault(on="list", html=True)
    page = await plain.ask("GET", "/api/v3/contents/generations/tasks")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "<html" in page.text


# Delays: in virtual time, or until the client gives up.


async def test_a_delay_takes_virtual_seconds(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    fast = plainly(await serve(mode=ClockMode.LIVE, speed=1_000))
    await fast.fault(on="create", delay="60s")
    began, really = await fast.server.now(), time.monotonic()
    assert (await fast.create()).status_code == 200
    assert await fast.server.now() - began >= 60
    assert time.monotonic() - really < 30


async def test_a_delayed_create_is_heard_only_after_the_delay(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    slow = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    await slow.fault(on="create", delay="1h")
    creating = asyncio.ensure_future(slow.create())
    await slow.held()
    assert (await slow.server.control("GET", "tasks"))["total"] == 0
    assert not creating.done()
    creating.cancel()


async def test_a_delay_is_over_when_the_clock_is_set_past_it(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    slow = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    await slow.fault(on="create", delay="1h")
    creating = asyncio.ensure_future(slow.create())
    await slow.held()
    await slow.server.advance(1)
    assert not creating.done()
    await slow.server.advance(3_600)
    assert (await asyncio.wait_for(creating, 20)).status_code == 200


@pytest.mark.parametrize("mode", [ClockMode.FROZEN, ClockMode.POLLS])
async def test_a_clock_that_stands_still_is_not_waited_for_and_the_journal_says_so(
    serve: Serve, plainly: Callable[[Caller], Plain], mode: ClockMode
) -> None:
    still = plainly(await serve(mode=mode))
    name = await still.fault(on="create", delay="1h")
    assert (await still.create()).status_code == 200
    (entry,) = await still.journal()
    assert (entry["fault"], entry["notes"]) == (name, ["a delay was skipped: the clock is stopped"])


async def test_a_clock_that_is_stopped_ends_the_wait(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    slow = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    await slow.fault(on="fetch", delay="1h")
    polling = asyncio.ensure_future(slow.poll("cgt-1"))
    await slow.held()
    await slow.server.control("POST", "clock/freeze")
    assert (await asyncio.wait_for(polling, 20)).status_code == 404


async def test_the_lengths_of_a_range_follow_from_the_seed(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    waits = []
    for _ in range(2):
        fast = plainly(await serve(mode=ClockMode.LIVE, speed=1_000, seed=7))
        await fast.fault(on="fetch", delay="100s..900s")
        began = await fast.server.now()
        await fast.poll("cgt-1")
        waits.append(await fast.server.now() - began)
    assert all(wait >= 100 for wait in waits)
    assert abs(waits[0] - waits[1]) < 400


async def test_a_hanging_exchange_is_noted_when_the_client_gives_up(plain: Plain) -> None:
    name = await plain.fault(on="fetch", hang=True)
    noted = asyncio.Event()
    plain.server.running.engine.worlds.default.listeners.append(lambda event: noted.set())
    polling = asyncio.ensure_future(plain.poll("cgt-1"))
    await plain.held()
    assert not polling.done()
    polling.cancel()
    await asyncio.wait_for(noted.wait(), 20)
    (entry,) = await plain.journal()
    assert (entry["status"], entry["fault"], entry["task"]) == (0, name, "cgt-1")


@pytest.mark.parametrize("rule", [{"hang": True}, {"delay": "1h"}])
async def test_a_server_that_stops_does_not_wait_for_those_it_holds_up(
    serve: Serve, plainly: Callable[[Caller], Plain], rule: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_runner, "GRACE", 60.0)
    held = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    await held.fault(on="fetch", **rule)
    polling = asyncio.ensure_future(held.poll("cgt-1"))
    await held.held()
    began = time.monotonic()
    await held.server.running.stop()
    assert time.monotonic() - began < 20
    (answer,) = await asyncio.gather(polling, return_exceptions=True)
    assert isinstance(answer, httpx.TransportError) or answer.status_code == 404


# Responses that are reset, truncated or slow.


async def test_a_reset_is_a_reset_of_the_connection_and_not_its_end(plain: Plain) -> None:
    name = await plain.fault(on="fetch", reset=True)
    got, ended = await plain.raw(f"{plain.server.tasks}/cgt-1")
    assert (got, ended) == (b"", ConnectionResetError)
    (entry,) = await plain.journal()
    assert (entry["status"], entry["fault"], entry["response"]["body"]) == (0, name, "")


async def test_a_reset_create_creates_nothing(
    plain: Plain, breaks: Callable[[Awaitable[Any]], Awaitable[bool]]
) -> None:
    await plain.fault(on="create", reset=True)
    assert await breaks(plain.create())
    assert (await plain.server.control("GET", "tasks"))["total"] == 0
    (entry,) = await plain.journal()
    assert (entry["model"], entry["prompt"]) == ("dreamina-seedance-2-0-260128", "a cat")


@pytest.mark.parametrize(("share", "kept"), [("0%", 0.0), ("50%", 0.5), ("99%", 0.99)])
async def test_a_truncated_answer_announces_the_whole_and_ends_with_the_connection(
    plain: Plain, share: str, kept: float
) -> None:
    task = await plain.server.create()
    whole = (await plain.poll(task)).content
    await plain.fault(on="fetch", truncate=share)
    got, ended = await plain.raw(f"{plain.server.tasks}/{task}")
    head, _, body = got.partition(b"\r\n\r\n")
    assert f"content-length: {len(whole)}".encode() in head.lower()
    assert b"connection: close" in head.lower()
    assert (body, ended) == (whole[: int(len(whole) * kept)], None)
    assert (await plain.journal())[-1]["response"]["body"] == body.decode()


async def test_a_truncated_refusal_is_cut_too(
    plain: Plain, breaks: Callable[[Awaitable[Any]], Awaitable[bool]]
) -> None:
    await plain.fault(on="fetch", truncate="50%")
    assert await breaks(plain.poll("cgt-1"))
    assert (await plain.journal())[0]["status"] == 404


async def test_half_a_clip_arrives(plain: Plain) -> None:
    link = await plain.clip()
    whole = (await plain.http.get(link)).content
    await plain.fault(on="download", truncate="50%")
    got, ended = await plain.raw(httpx.URL(link).raw_path.decode())
    assert got.partition(b"\r\n\r\n")[2] == whole[: len(whole) // 2]
    assert ended is None


async def test_a_dripping_answer_takes_as_long_as_its_bytes(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    fast = plainly(await serve(mode=ClockMode.LIVE, speed=1_000))
    task = await fast.server.create()
    whole = (await fast.poll(task)).content
    await fast.fault(on="fetch", drip="10B/s")
    began = await fast.server.now()
    dripped = await fast.poll(task)
    assert dripped.json()["id"] == task
    assert await fast.server.now() - began >= len(whole) / 10 - 1


async def test_nothing_drips_while_the_clock_stands_still(plain: Plain) -> None:
    task = await plain.server.create()
    await plain.fault(on="fetch", drip="1B/s")
    assert (await plain.poll(task)).json()["id"] == task
    assert (await plain.journal())[-1]["notes"] == ["a delay was skipped: the clock is stopped"]


async def test_a_head_request_can_be_cut_without_harm(plain: Plain) -> None:
    link = await plain.clip()
    await plain.fault(on="download", truncate="50%")
    answer = await plain.http.head(link)
    assert answer.content == b""


# Bodies that are empty or not JSON.


async def test_an_empty_create_reply_has_the_real_status_and_the_task_exists(plain: Plain) -> None:
    await plain.fault(on="create", empty=True)
    answer = await plain.create()
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "0")
    assert (await plain.server.control("GET", "tasks"))["total"] == 1


async def test_an_empty_refusal_keeps_its_status(plain: Plain) -> None:
    await plain.fault(on="fetch", empty=True)
    answer = await plain.poll("cgt-1")
    assert (answer.status_code, answer.content) == (404, b"")


async def test_an_empty_download_announces_nothing(plain: Plain) -> None:
    link = await plain.clip()
    await plain.fault(on="download", empty=True)
    answer = await plain.http.get(link)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"", "video/mp4")


@pytest.mark.parametrize("on", ["create", "fetch", "list", "delete"])
async def test_a_malformed_body_is_complete_and_no_json(plain: Plain, on: str) -> None:
    task = await plain.server.create()
    await plain.fault(on=on, malformed=True)
    path = f"{plain.server.tasks}/{task}"
    answer = await {
        "create": plain.create,
        "fetch": lambda: plain.poll(task),
        "list": lambda: plain.ask("GET", plain.server.tasks),
        "delete": lambda: plain.ask("DELETE", path),
    }[on]()
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


# Responses with another status word, or with other types or names of fields.


async def test_any_word_can_be_shown_as_the_status_of_a_poll_and_of_a_list(plain: Plain) -> None:
    await plain.fault(on="fetch", show="EXPLODED")
    await plain.fault(on="list", show="")
    task = await plain.server.create()
    assert (await plain.poll(task)).json()["status"] == "EXPLODED"
    assert [item["status"] for item in (await plain.ask("GET", TASKS)).json()["items"]] == [""]


async def test_a_gateways_poll_shows_the_word_wherever_a_status_stands(plain: Plain) -> None:
    made = await plain.ask("POST", "/newapi/v1/video/generations", json={"model": "seedance-2.0", "prompt": "a cat"})
    name = made.json().get("task_id") or made.json()["id"]
    real = (await plain.ask("GET", f"/newapi/v1/video/generations/{name}")).text
    await plain.fault(on="fetch", show="PONDERING")
    shown = (await plain.ask("GET", f"/newapi/v1/video/generations/{name}")).text
    assert "PONDERING" not in real
    assert '"status":"PONDERING"' in shown


async def test_a_refusal_is_shown_as_it_is(plain: Plain) -> None:
    await plain.fault(on="fetch", drift=["error"])
    assert (await plain.poll("cgt-1")).json()["error"]["code"] == "NotFound.TaskNotFound"


async def test_usage_and_duration_drift_to_text_and_nothing_else_does(plain: Plain) -> None:
    real = await plain.server.finished()
    await plain.fault(on="fetch", drift=["usage", "duration"])
    drifted = (await plain.poll(real["id"])).json()
    assert drifted["usage"] == {name: str(count) for name, count in real["usage"].items()}
    assert (drifted["duration"], real["duration"]) == ("5", 5)
    same = [name for name in real if name not in ("usage", "duration")]
    assert {name: drifted[name] for name in same} == {name: real[name] for name in same}


async def test_an_error_drifts_to_another_name(plain: Plain) -> None:
    real = await plain.server.finished("emu:fail")
    await plain.fault(on="list", drift="error")
    (item,) = (await plain.ask("GET", TASKS)).json()["items"]
    assert (item["failure_reason"], "error" in item) == (real["error"], False)


# Responses of a replica with a lag.


@pytest.mark.parametrize(
    ("after", "real", "stale"), [(0, "queued", "queued"), (2, "running", "queued"), (9, "succeeded", "running")]
)
async def test_a_poll_shows_the_status_before_the_real_one(plain: Plain, after: int, real: str, stale: str) -> None:
    task = await plain.server.create()
    await plain.server.advance(after)
    await plain.fault(on="fetch", nth=2, backwards=True)
    assert [(await plain.poll(task)).json()["status"] for _ in range(3)] == [real, stale, real]


async def test_a_stale_poll_is_of_its_own_time_as_a_whole(plain: Plain) -> None:
    task = await plain.server.create()
    await plain.server.advance(2)
    running = (await plain.poll(task)).json()
    await plain.server.advance(10)
    await plain.fault(on="fetch", backwards=True)
    stale = await plain.poll(task)
    assert stale.json() == running
    assert stale.headers["Date"] == "Mon, 21 Sep 2026 14:13:32 GMT"


async def test_a_list_is_of_before_the_latest_change_of_any_task_in_it(plain: Plain) -> None:
    first = await plain.server.create()
    await plain.server.advance(10)
    second = await plain.server.create()
    await plain.server.advance(2)
    await plain.fault(on="list", backwards=True)
    told = {item["id"]: item["status"] for item in (await plain.ask("GET", TASKS)).json()["items"]}
    assert told == {first: "succeeded", second: "queued"}


async def test_what_is_not_there_is_not_there_in_the_past_either(plain: Plain) -> None:
    await plain.fault(on="fetch", backwards=True)
    await plain.fault(on="list", backwards=True)
    assert (await plain.poll("cgt-1")).status_code == 404
    assert (await plain.ask("GET", TASKS)).json() == {"total": 0, "items": []}


async def test_a_gateways_poll_goes_back_as_well(plain: Plain) -> None:
    made = await plain.ask("POST", "/newapi/v1/video/generations", json={"model": "seedance-2.0", "prompt": "a cat"})
    name = made.json().get("task_id") or made.json()["id"]
    path = f"/newapi/v1/video/generations/{name}"
    await plain.server.advance(60)
    done = (await plain.ask("GET", path)).json()
    await plain.fault(on="fetch", backwards=True)
    assert (await plain.ask("GET", path)).json() != done


# Creates that are committed, with a broken response.


@pytest.mark.parametrize(
    ("reply", "seen"),
    [("reset", 0), ("truncate", 0), ("malformed", 200), (503, 503), (200, 200), ("30s", 200)],
)
async def test_the_task_exists_whatever_happens_to_the_reply(plain: Plain, reply: str, seen: int) -> None:
    name = await plain.fault(on="create", after_commit=reply)
    try:
        status = (await plain.create()).status_code
    except httpx.TransportError:
        status = 0
    assert status == seen
    (task,) = (await plain.server.control("GET", "tasks"))["items"]
    (entry,) = await plain.journal()
    assert (entry["fault"], entry["task"]) == (name, task["id"])
    await plain.server.advance(10)
    (task,) = (await plain.server.control("GET", "tasks"))["items"]
    assert (task["status"], task["usage"]["total_tokens"]) == ("succeeded", 108_900)


async def test_a_lost_reply_is_a_reset_and_stands_in_the_journal_without_one(
    plain: Plain, breaks: Callable[[Awaitable[Any]], Awaitable[bool]]
) -> None:
    await plain.fault(on="create", after_commit="reset")
    assert await breaks(plain.create())
    (entry,) = await plain.journal()
    assert (entry["status"], entry["response"]["body"]) == (0, "")


async def test_a_request_that_is_refused_gets_its_refusal(plain: Plain) -> None:
    await plain.fault(on="create", after_commit="reset")
    refused = await plain.create(ratio="7:5")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidParameter")
    assert (await plain.server.control("GET", "tasks"))["total"] == 0


async def test_a_status_can_say_whether_to_try_again(plain: Plain) -> None:
    await plain.fault(on="create", after_commit=503, should_retry=False, retry_after="9s")
    answer = await plain.create()
    assert (answer.headers["x-should-retry"], answer.headers["Retry-After"]) == ("false", "9")


async def test_a_late_reply_comes_after_the_task_does(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    slow = plainly(await serve(mode=ClockMode.LIVE, speed=1))
    accepted = asyncio.Event()
    world = slow.server.running.engine.worlds.default
    world.listeners.append(lambda event: accepted.set() if event["kind"] == "accepted" else None)
    await slow.fault(on="create", after_commit="1h")
    creating = asyncio.ensure_future(slow.create())
    await asyncio.wait_for(accepted.wait(), 20)
    assert not creating.done()
    await slow.server.advance(3_600)
    (task,) = (await slow.server.control("GET", "tasks"))["items"]
    assert (await asyncio.wait_for(creating, 20)).json()["id"] == task["id"]


async def test_a_gateways_reply_can_be_lost_as_well(
    plain: Plain, breaks: Callable[[Awaitable[Any]], Awaitable[bool]]
) -> None:
    await plain.fault(on="create", after_commit="reset")
    body = {"model": "seedance-2.0", "prompt": "a cat"}
    assert await breaks(plain.ask("POST", "/newapi/v1/video/generations", json=body))
    assert (await plain.server.control("GET", "tasks"))["total"] == 1


# Stored objects.


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
