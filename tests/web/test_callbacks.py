"""Callbacks over the network: what a receiver gets, when, how often, and that none makes another wait."""

import asyncio
from typing import Any

import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.callbacks import callback_sender

from tests.support.callback_receiver import Received, Receiver
from tests.support.caller import Caller, Serve
from tests.support.constants import PATIENT

START = 1_790_000_000


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets receivers have no more than a twentieth of a second."""
    monkeypatch.setattr(callback_sender, "ATTEMPT_TIMEOUT", 0.05)


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("a cat", ["queued", "running", "succeeded"]),
        ("emu:fail", ["queued", "running", "failed"]),
        ("emu:expired", ["queued", "running", "expired"]),
    ],
)
async def test_a_receiver_is_told_every_status_with_the_body_of_a_poll(
    ark: Caller, receiver: Receiver, prompt: str, told: list[str]
) -> None:
    task_id = await ark.create(prompt, callback_url=receiver.url + "/hook")
    polled = []
    for seconds in (0, 1, 4):
        await ark.advance(seconds)
        polled.append(await ark.poll(task_id))
    assert receiver.told() == told
    assert [got.body for got in receiver.got] == polled
    assert {got.path for got in receiver.got} == {"/hook"}


async def test_nobody_is_told_of_a_cancellation(ark: Caller, receiver: Receiver) -> None:
    task_id = await ark.create(callback_url=receiver.url)
    await ark.call("DELETE", f"/api/v3/contents/generations/tasks/{task_id}")
    await ark.advance(3600)
    assert await ark.status(task_id) == "cancelled"
    assert receiver.told() == ["queued"]


async def test_a_task_without_a_callback_url_calls_nobody(ark: Caller, receiver: Receiver) -> None:
    await ark.create()
    await ark.create(callback_url="")
    await ark.create(callback_url=None)
    await ark.advance(60)
    assert receiver.got == []


async def test_only_the_end_of_a_task_is_told_again_and_only_three_times(ark: Caller, receiver: Receiver) -> None:
    receiver.answers["/"] = 500
    await ark.create(callback_url=receiver.url + "/")
    effects = await ark.advance(60)
    assert receiver.told() == ["queued", "running", *["succeeded"] * 4]
    tried = [each["at"] - START for each in effects if each["kind"] == "callback" and each["status"] == "succeeded"]
    assert tried == [5, 6, 8, 12]
    await ark.advance(3600)
    assert len(receiver.got) == 6


async def test_a_receiver_that_recovers_is_told_once_more_and_then_left_alone(ark: Caller, receiver: Receiver) -> None:
    async def only_the_third(_: Received) -> int:
        return 200 if receiver.told().count("failed") == 3 else 503

    receiver.answers["/"] = only_the_third
    await ark.create("emu:fail", callback_url=receiver.url + "/")
    await ark.advance(3600)
    assert receiver.told() == ["queued", "running", "failed", "failed", "failed"]


@pytest.mark.parametrize(("status", "verdict"), [(302, "redirect"), (500, "status"), (404, "status")])
async def test_the_ways_of_not_taking_a_callback_are_told_apart(
    ark: Caller, receiver: Receiver, status: int, verdict: str
) -> None:
    receiver.answers["/"] = status
    await ark.create(callback_url=receiver.url + "/")
    await ark.advance(60)
    items = (await ark.control("GET", "callbacks"))["items"]
    assert [item["state"] for item in items] == ["failed"] * 3
    attempts = items[-1]["attempts"]
    assert [(each["verdict"], each["response_status"]) for each in attempts] == [(verdict, status)] * 4
    assert [each["at"] - START for each in attempts] == [5, 6, 8, 12]
    assert "/elsewhere" not in {got.path for got in receiver.got}


async def test_a_receiver_that_refuses_or_is_no_address_hurts_nothing(ark: Caller) -> None:
    urls = "http://127.0.0.1:9/", "http://[::1/", "nonsense", "ftp://127.0.0.1/x"
    made = [await ark.try_create(callback_url=url) for url in urls]
    taken = [answer.json["id"] for answer in made if answer.status == 200]
    assert taken
    await ark.advance(60)
    assert [await ark.status(task_id) for task_id in taken] == ["succeeded"] * len(taken)
    items = (await ark.control("GET", "callbacks"))["items"]
    assert {item["state"] for item in items} == {"failed"}
    assert {each["verdict"] for item in items for each in item["attempts"]} <= {"refused", "error"}
    assert (await ark.control("POST", "clock/advance", {"until": "idle"}))["now"] == START + 60


async def test_a_receiver_that_hangs_is_given_up_and_the_advance_comes_to_its_goal(
    hurry: None, ark: Caller, receiver: Receiver
) -> None:
    receiver.answers["/"] = receiver.hang
    task_id = await ark.create(callback_url=receiver.url + "/")
    effects = await ark.advance(3600)
    assert await ark.now() == START + 3600
    assert await ark.status(task_id) == "succeeded"
    verdicts = [each["result"] for each in effects if each["kind"] == "callback"]
    assert set(verdicts) == {"timeout"}


@pytest.mark.parametrize("speed", [20.0, 10_000.0])
async def test_in_live_time_a_receiver_that_hangs_delays_nobody_else(
    serve: Serve, receiver: Receiver, speed: float
) -> None:
    ark = await serve(mode=ClockMode.LIVE, speed=speed)
    receiver.answers["/hangs"] = receiver.hang
    receiver.answers["/broken"] = 500
    await ark.create(callback_url=receiver.url + "/hangs")
    await ark.create(callback_url=receiver.url + "/broken")
    others = [f"/other/{number}" for number in range(5)]
    for path in others:
        await ark.create(callback_url=receiver.url + path)
    for path in others:
        await receiver.wait_for(3, path)
        assert receiver.told(path) == ["queued", "running", "succeeded"]
    assert receiver.told("/hangs") == ["queued"]
    await receiver.wait_for(6, "/broken")
    assert receiver.told("/broken") == ["queued", "running", *["succeeded"] * 4]


async def test_statuses_arrive_in_order_however_fast_the_clock(serve: Serve, receiver: Receiver) -> None:
    ark = await serve(mode=ClockMode.LIVE, speed=1e6)
    paths = [f"/{number}" for number in range(30)]
    await asyncio.gather(*(ark.create(callback_url=receiver.url + path) for path in paths))
    for path in paths:
        await receiver.wait_for(3, path)
        assert receiver.told(path) == ["queued", "running", "succeeded"]


async def test_a_receiver_may_poll_the_task_before_it_answers(ark: Caller, receiver: Receiver) -> None:
    async def look(received: Received) -> int:
        shown.append(await ark.status(received.body["id"]))
        return 200

    shown = []
    receiver.answers["/"] = look
    await ark.create(callback_url=receiver.url + "/")
    await ark.advance(60)
    assert shown == receiver.told() == ["queued", "running", "succeeded"]


async def test_on_a_clock_that_goes_by_polls_too_a_receiver_may_poll_before_it_answers(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_sender, "ATTEMPT_TIMEOUT", 3 * PATIENT)
    ark = await serve(mode=ClockMode.POLLS)

    async def look(received: Received) -> int:
        await ark.status(received.body["id"])
        return 200

    receiver.answers["/"] = look
    task_id = await ark.create(callback_url=receiver.url + "/")
    async with asyncio.timeout(PATIENT):
        while await ark.status(task_id) != "succeeded":
            pass
        await receiver.wait_for(3)
    assert receiver.told() == ["queued", "running", "succeeded"]
    assert {each["verdict"] for item in await settled(ark, 3) for each in item["attempts"]} == {"delivered"}


async def test_on_a_clock_that_goes_by_polls_a_final_callback_that_failed_waits_until_time_is_moved(
    serve: Serve, receiver: Receiver
) -> None:
    ark = await serve(mode=ClockMode.POLLS)
    receiver.answers["/"] = 500
    task_id = await ark.create(callback_url=receiver.url + "/")
    async with asyncio.timeout(PATIENT):
        while await ark.status(task_id) != "succeeded":
            pass
        await receiver.wait_for(3)
    for _ in range(3):
        await ark.status(task_id)
    assert receiver.told() == ["queued", "running", "succeeded"]
    await ark.advance(60)
    assert receiver.told() == ["queued", "running", *["succeeded"] * 4]


async def settled(ark: Caller, count: int) -> list[dict[Any, Any]]:
    """The callbacks, once so many have been settled."""
    while True:
        items = (await ark.control("GET", "callbacks"))["items"]
        if sum(item["state"] != "pending" for item in items) >= count:
            return items


async def test_a_callback_carries_the_trace_of_the_create_request(ark: Caller, receiver: Receiver) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    body = {
        "model": "dreamina-seedance-2-0-260128",
        "content": [{"type": "text", "text": "a cat"}],
        "callback_url": receiver.url,
    }
    await ark.call("POST", "/api/v3/contents/generations/tasks", headers={"traceparent": trace}, json=body)
    (got,) = await receiver.wait_for(1)
    assert got.headers["traceparent"] == trace
