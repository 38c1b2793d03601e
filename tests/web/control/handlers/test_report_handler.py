"""The report card over HTTP: what clients do, and what is held against them."""

import contextlib
from typing import Any

import aiohttp
import pytest
from ark_emulator.core.time.clock import ClockMode

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller, Serve

TASKS = "/api/v3/contents/generations/tasks"


async def codes(ark: Any) -> list[str]:
    """The codes of all findings."""
    return [each["code"] for each in (await ark.control("GET", "report"))["findings"]]


async def test_a_client_that_does_all_well_has_an_a(ark: Caller, receiver: Receiver) -> None:
    task = await ark.finished(callback_url=receiver.url)
    assert (await ark.call("GET", task["content"]["video_url"], None)).status == 200
    await ark.advance(100_000)
    report = await ark.control("GET", "report")
    assert (report["grade"], report["findings"]) == ("A", [])
    assert report["exchanges"] == 3


async def test_a_client_that_has_not_called_has_an_a(ark: Caller) -> None:
    assert await ark.control("GET", "report") == {"grade": "A", "findings": [], "exchanges": 0}


async def test_the_same_create_twice_is_a_note_with_its_evidence(ark: Caller) -> None:
    await ark.create()
    second = await ark.create()
    report = await ark.control("GET", "report")
    assert report["grade"] == "A"
    assert [(each["code"], each["severity"], each["evidence"], each["task"]) for each in report["findings"]] == [
        ("identical-create", "note", [1, 2], second)
    ]


async def test_a_task_that_nobody_asks_for_is_left_behind_and_has_a_price(ark: Caller) -> None:
    await ark.create()
    await ark.advance(60)
    report = await ark.control("GET", "report")
    (finding,) = report["findings"]
    assert (report["grade"], finding["code"], finding["evidence"]) == ("B", "task-left-behind", [1])
    assert finding["cost"]["tokens"] == report["wasted"]["tokens"] == 108_900
    assert finding["cost"]["usd"] > 0.5


async def test_polling_on_after_the_end_is_found(ark: Caller) -> None:
    task = await ark.finished()
    for _ in range(3):
        await ark.poll(task["id"])
    assert await codes(ark) == ["poll-after-final"]


async def test_a_clip_that_nobody_fetched_in_time_is_lost(ark: Caller) -> None:
    task = await ark.create("emu:short-url")
    await ark.advance(5)
    assert await ark.status(task) == "succeeded"
    assert await codes(ark) == []
    await ark.advance(60)
    assert await codes(ark) == ["result-not-downloaded"]


@pytest.mark.parametrize("prompt", ["emu:no-url", "emu:empty-url", "emu:dead-url"])
async def test_a_clip_that_nobody_could_fetch_is_not_the_clients_fault(ark: Caller, prompt: str) -> None:
    await ark.finished(prompt)
    await ark.advance(100_000)
    assert await codes(ark) == []


async def test_a_result_that_came_inside_the_answer_need_not_be_fetched(serve: Serve) -> None:
    ark = await serve(media_urls="data")
    await ark.finished(duration=4, resolution="480p")
    await ark.advance(100_000)
    assert await codes(ark) == []


async def test_a_receiver_that_refuses_is_found(ark: Caller, receiver: Receiver) -> None:
    receiver.answers["/deaf"] = 500
    await ark.finished(callback_url=receiver.url + "/deaf")
    await ark.advance(60)
    assert await codes(ark) == ["callback-not-acknowledged"]


async def test_the_url_of_a_callback_is_quoted_without_its_secrets(ark: Caller, receiver: Receiver) -> None:
    receiver.answers["/deaf"] = 400
    url = receiver.url.replace("://", "://user:password-of-mine@")
    await ark.finished(callback_url=f"{url}/deaf?token=token-of-mine&own=sk-test")
    await ark.advance(60)
    (finding,) = (await ark.control("GET", "report"))["findings"]
    assert "/deaf?token=toke…" in finding["message"]
    assert not any(secret in finding["message"] for secret in ("password-of-mine", "token-of-mine", "sk-test"))


@pytest.mark.parametrize(
    ("base", "model"),
    [
        ("/v1/video/generations", "dreamina-seedance-2-0"),
        ("/orcarouter/v1/video/generations", "byteplus/dreamina-seedance-2-0-260128"),
        ("/tokenbay/v1/videos", "seedance-2.0"),
        ("/newapi/v1/videos", "dreamina-seedance-2-0-260128"),
    ],
)
async def test_clients_of_gateways_are_judged_alike(ark: Caller, base: str, model: str) -> None:
    made = await ark.call("POST", base, json={"model": model, "prompt": "a cat", "duration": 5})
    name = made.json["id"]
    await ark.advance(60)
    assert await codes(ark) == ["task-left-behind"]
    (finding,) = (await ark.control("GET", "report"))["findings"]
    assert (finding["task"], finding["cost"]["tokens"]) == (name, 108_900)
    for _ in range(4):
        assert (await ark.call("GET", f"{base}/{name}")).status == 200
    assert await codes(ark) == ["poll-after-final"]
    prefix = base.partition("/v1")[0]
    assert (await ark.call("GET", f"{prefix}/v1/videos/{name}/content")).status == 200
    await ark.advance(100_000)
    assert await codes(ark) == ["poll-after-final"]


@pytest.mark.parametrize("reply", ["reset", "truncate", "malformed", 503])
async def test_a_create_whose_reply_was_lost_and_that_is_sent_again_is_paid_for_twice(ark: Caller, reply: str) -> None:
    await ark.control("POST", "faults", {"on": "create", "first": 1, "after_commit": reply})
    with contextlib.suppress(aiohttp.ClientError, AssertionError, ValueError):
        await ark.create()
    second = await ark.create()
    report = await ark.control("GET", "report")
    (finding,) = report["findings"]
    assert (report["grade"], finding["code"], finding["evidence"]) == ("D", "duplicate-create", [1, 2])
    assert (finding["task"], finding["cost"]["tokens"]) == (second, 108_900)


async def test_a_resubmit_after_a_poll_that_failed_is_found(ark: Caller) -> None:
    task = await ark.create()
    await ark.control("POST", "faults", {"on": "fetch", "first": 1, "status": 502})
    assert (await ark.call("GET", f"{TASKS}/{task}")).status == 502
    await ark.create()
    assert await codes(ark) == ["duplicate-create", "resubmit-after-poll-error"]


async def test_a_retry_that_does_not_wait_as_told_is_found(ark: Caller) -> None:
    fault = {"on": "create", "first": 1, "refuse": "ModelAccountRpmRateLimitExceeded", "retry_after": 30}
    await ark.control("POST", "faults", fault)
    assert (await ark.try_create()).status == 429
    await ark.create()
    assert await codes(ark) == ["retry-after-ignored"]


async def test_a_retry_that_waits_by_the_virtual_clock_is_not(ark: Caller) -> None:
    fault = {"on": "create", "first": 1, "refuse": "ModelAccountRpmRateLimitExceeded", "retry_after": 30}
    await ark.control("POST", "faults", fault)
    assert (await ark.try_create()).status == 429
    await ark.advance(30)
    await ark.create()
    assert await codes(ark) == []


async def test_polls_that_come_too_fast_are_found_where_time_is_real(serve: Serve) -> None:
    ark = await serve(mode=ClockMode.LIVE)
    task = await ark.create("emu:slow")
    for _ in range(4):
        await ark.poll(task)
    assert await codes(ark) == ["poll-too-fast"]


async def test_a_report_is_of_one_world(ark: Caller) -> None:
    world = await ark.control("POST", "worlds", {"api_key": "sk-other"})
    await ark.create(key="sk-other")
    await ark.advance(60)
    assert await codes(ark) == []
    assert (await ark.control("GET", f"report?world={world['api_key']}"))["exchanges"] == 1


async def test_a_download_counts_for_the_world_that_made_the_clip(ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-other"})
    task = await ark.create("emu:short-url", key="sk-other")
    await ark.control("POST", "clock/advance?world=sk-other", {"seconds": 5})
    shown = (await ark.call("GET", f"{TASKS}/{task}", "sk-other")).json
    assert (await ark.call("GET", shown["content"]["video_url"], None)).status == 200
    await ark.control("POST", "clock/advance?world=sk-other", {"seconds": 60})
    assert (await ark.control("GET", "report?world=sk-other"))["findings"] == []
