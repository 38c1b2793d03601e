"""Callbacks under control: what each attempt sent and got, holding them back, sending again, coming for them."""

import asyncio
import hashlib
import hmac
from typing import Any

import pytest
from ark_emulator.runtime.callbacks import callback_sender

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller, Serve

START = 1_790_000_000


@pytest.fixture
def hook(receiver: Receiver) -> str:
    """An address that takes callbacks."""
    return receiver.url + "/hook"


async def listed(ark: Caller, query: str = "") -> list[dict[Any, Any]]:
    return (await ark.control("GET", f"callbacks{query}"))["items"]


async def states(ark: Caller, query: str = "") -> list[tuple[str, str]]:
    return [(item["status"], item["state"]) for item in await listed(ark, query)]


# --- the log ----------------------------------------------------------------------------------------------------------


async def test_every_attempt_is_listed_with_what_was_sent_and_what_came_back(
    ark: Caller, receiver: Receiver, hook: str
) -> None:
    receiver.answers["/hook"] = 500
    task_id = await ark.create(callback_url=hook)
    await ark.advance(60)
    (*_, last) = await listed(ark)
    assert (last["id"], last["task"], last["url"], last["state"]) == (f"{task_id}.2", task_id, hook, "failed")
    assert [(each["at"] - START, each["verdict"]) for each in last["attempts"]] == [
        *[(5, "status"), (6, "status"), (8, "status"), (12, "status")]
    ]
    for attempt in last["attempts"]:
        assert 0 < attempt["took"] < 5
        assert attempt["request"]["url"] == hook
        assert attempt["request"]["headers"]["Content-Type"] == "application/json"
        assert f'"id":"{task_id}"' in attempt["request"]["body"]
        assert attempt["response"]["headers"]["Content-Length"] == "0"


async def test_the_list_tells_what_happened_in_its_order_and_can_be_narrowed(
    ark: Caller, receiver: Receiver, hook: str
) -> None:
    receiver.answers["/broken"] = 500
    first = await ark.create(callback_url=hook)
    await ark.advance(0.5)
    second = await ark.create(callback_url=receiver.url + "/broken")
    await ark.advance(2)
    order = [(item["task"], item["status"]) for item in await listed(ark)]
    assert order == [(first, "queued"), (second, "queued"), (first, "running"), (second, "running")]
    assert [item["task"] for item in await listed(ark, f"?task={second}")] == [second] * 2
    assert await states(ark, "?state=failed") == [("queued", "failed"), ("running", "failed")]
    page = await ark.control("GET", "callbacks?offset=1&limit=2")
    assert ([item["task"] for item in page["items"]], page["total"]) == ([second, first], 4)


@pytest.mark.parametrize("query", ["state=lost", "limit=x", "offset=-1"])
async def test_a_list_that_cannot_be_is_refused(ark: Caller, query: str) -> None:
    assert (await ark.call("GET", f"/_emulator/callbacks?{query}", None)).status == 400


async def test_the_inside_of_a_task_shows_its_callbacks_without_what_was_sent(ark: Caller, hook: str) -> None:
    task_id = await ark.create(callback_url=hook)
    await ark.advance(0)
    (sent,) = (await ark.control("GET", f"tasks/{task_id}"))["deliveries"]
    assert (sent["state"], sent["attempts"][0]["verdict"]) == ("delivered", "delivered")
    assert "request" not in sent["attempts"][0]


# --- holding back -----------------------------------------------------------------------------------------------------


async def test_what_comes_due_while_callbacks_are_paused_goes_out_in_order_afterwards(
    ark: Caller, receiver: Receiver, hook: str
) -> None:
    assert await ark.control("POST", "callbacks/pause") == {"paused": True}
    tasks = [await ark.create(callback_url=f"{hook}/{number}") for number in range(3)]
    effects = await ark.advance(60)
    assert "callback" not in {effect["kind"] for effect in effects}
    assert receiver.got == []
    assert {(await ark.status(task)) for task in tasks} == {"succeeded"}
    page = await ark.control("GET", "callbacks")
    assert page["paused"] is True
    assert {item["state"] for item in page["items"]} == {"pending"}
    assert await ark.control("POST", "callbacks/resume") == {"paused": False, "released": 3}
    for number in range(3):
        await receiver.wait_for(3, f"/hook/{number}")
        assert receiver.told(f"/hook/{number}") == ["queued", "running", "succeeded"]


async def test_a_callback_that_was_tried_before_the_pause_is_tried_again_after_it(
    ark: Caller, receiver: Receiver, hook: str
) -> None:
    receiver.answers["/hook"] = 500
    await ark.create("emu:fail", callback_url=hook)
    await ark.advance(5)
    tried = len(receiver.got)
    await ark.control("POST", "callbacks/pause")
    await ark.advance(100)
    assert len(receiver.got) == tried
    receiver.answers["/hook"] = 200
    await ark.control("POST", "callbacks/resume")
    await receiver.wait_for(tried + 1)
    await ark.advance(100)
    assert len(receiver.got) == tried + 1
    assert (await states(ark))[-1] == ("failed", "delivered")


async def test_time_may_run_until_idle_while_callbacks_are_held(ark: Caller, hook: str) -> None:
    await ark.control("POST", "callbacks/pause")
    await ark.create(callback_url=hook)
    assert (await ark.control("POST", "clock/advance", {"until": "idle"}))["now"] == START + 5


async def test_a_pause_is_the_worlds_own(ark: Caller, receiver: Receiver, hook: str) -> None:
    other = (await ark.control("POST", "worlds", {"clock": {"mode": "frozen", "start": START}}))["api_key"]
    await ark.control("POST", "callbacks/pause")
    await ark.create(callback_url=hook + "/default")
    await ark.create(key=other, callback_url=hook + "/other")
    await ark.advance(60)
    await ark.control("POST", f"clock/advance?world={other}", {"seconds": 60})
    assert receiver.told("/hook/other") == ["queued", "running", "succeeded"]
    assert receiver.told("/hook/default") == []


async def test_a_reset_ends_a_pause_and_forgets_what_was_held(ark: Caller, receiver: Receiver, hook: str) -> None:
    await ark.control("POST", "callbacks/pause")
    await ark.create(callback_url=hook + "/before")
    await ark.advance(60)
    await ark.control("POST", "reset")
    assert (await ark.control("GET", "callbacks")) == {"items": [], "total": 0, "paused": False}
    await ark.create(callback_url=hook + "/after")
    await ark.advance(60)
    assert receiver.told() == ["queued", "running", "succeeded"]
    assert receiver.told("/hook/before") == []


async def test_resuming_what_was_never_paused_changes_nothing(ark: Caller, receiver: Receiver, hook: str) -> None:
    assert await ark.control("POST", "callbacks/resume") == {"paused": False, "released": 0}
    await ark.create(callback_url=hook)
    await ark.advance(60)
    assert receiver.told() == ["queued", "running", "succeeded"]


# --- sending again ----------------------------------------------------------------------------------------------------


async def test_a_callback_can_be_sent_again_and_is_the_same(ark: Caller, receiver: Receiver, hook: str) -> None:
    task_id = await ark.create(callback_url=hook)
    await ark.advance(60)
    await ark.control("POST", f"callbacks/{task_id}.1/redeliver")
    await receiver.wait_for(4)
    assert receiver.got[3].body == receiver.got[1].body
    await ark.advance(60)
    assert len((await listed(ark))[1]["attempts"]) == 2


@pytest.mark.parametrize("verb", ["redeliver", "acknowledge"])
@pytest.mark.parametrize("name", ["{task}.9", "{task}", "{task}.x", "cgt-20260921221320-zzzzz.0", ".", "1.99999999999"])
async def test_a_callback_that_does_not_exist_is_not_found(ark: Caller, hook: str, verb: str, name: str) -> None:
    task_id = await ark.create(callback_url=hook)
    answer = await ark.call("POST", f"/_emulator/callbacks/{name.format(task=task_id)}/{verb}", None)
    assert answer.status == 404
    assert answer.json["error"]["message"]


# --- coming for them --------------------------------------------------------------------------------------------------


async def test_a_receiver_that_nobody_can_call_comes_for_what_it_has_not_got(ark: Caller) -> None:
    task_id = await ark.create(callback_url="http://127.0.0.1:9/unreachable")
    await ark.advance(60)
    assert await states(ark) == [("queued", "failed"), ("running", "failed"), ("succeeded", "failed")]
    waiting = await listed(ark, "?pending")
    assert [item["body"]["status"] for item in waiting] == ["queued", "running", "succeeded"]
    assert waiting[-1]["body"] == await ark.poll(task_id)
    for item in waiting:
        taken = await ark.control("POST", f"callbacks/{item['id']}/acknowledge")
        assert (taken["state"], taken["attempts"][-1]["verdict"]) == ("delivered", "acknowledged")
    assert await listed(ark, "?pending") == []
    assert {state for _, state in await states(ark)} == {"delivered"}


async def test_what_was_delivered_is_not_waiting(ark: Caller, receiver: Receiver, hook: str) -> None:
    receiver.answers["/hook"] = lambda got: answer_of(got.status)

    async def answer_of(status: str) -> int:
        return 500 if status == "running" else 200

    await ark.create(callback_url=hook)
    await ark.advance(60)
    assert [item["body"]["status"] for item in await listed(ark, "?pending")] == ["running"]


async def test_a_callback_that_was_come_for_is_not_sent(ark: Caller, receiver: Receiver, hook: str) -> None:
    await ark.control("POST", "callbacks/pause")
    await ark.create(callback_url=hook)
    await ark.advance(60)
    for item in await listed(ark, "?pending"):
        await ark.control("POST", f"callbacks/{item['id']}/acknowledge")
    await ark.control("POST", "callbacks/resume")
    await ark.advance(60)
    assert receiver.got == []


async def test_a_callback_that_is_given_up_is_tried_no_more(ark: Caller, receiver: Receiver, hook: str) -> None:
    receiver.answers["/hook"] = 500
    await ark.create(callback_url=hook)
    await ark.advance(5)
    (_, _, pending) = (await ark.control("GET", "callbacks"))["items"]
    assert (pending["status"], pending["state"]) == ("succeeded", "pending")
    dropped = await ark.control("POST", f"callbacks/{pending['id']}/drop")
    assert (dropped["state"], len(dropped["attempts"])) == ("failed", 1)
    effects = await ark.advance(60)
    assert [effect for effect in effects if effect["kind"] == "callback"] == []
    again = await ark.call("POST", f"/_emulator/callbacks/{pending['id']}/drop", None)
    assert (again.status, again.json["error"]["code"]) == (409, "not_pending")
    receiver.answers["/hook"] = 200
    await ark.control("POST", f"callbacks/{pending['id']}/redeliver")
    await receiver.wait_for(4)


async def test_acknowledging_twice_is_the_same_as_once(ark: Caller) -> None:
    task_id = await ark.create(callback_url="http://127.0.0.1:9/")
    await ark.advance(60)
    once = await ark.control("POST", f"callbacks/{task_id}.0/acknowledge")
    assert await ark.control("POST", f"callbacks/{task_id}.0/acknowledge") == once


# --- what goes along --------------------------------------------------------------------------------------------------


async def test_a_secret_signs_every_callback(serve: Serve, receiver: Receiver, hook: str) -> None:
    ark = await serve(callback_secret="s3cret")
    await ark.create(callback_url=hook)
    await ark.advance(60)
    moments = []
    for item, got in zip(await listed(ark), receiver.got, strict=True):
        sent = item["attempts"][0]["request"]
        told = dict(part.split("=") for part in got.headers["X-Emulator-Signature"].split(","))
        moments.append(int(told["t"]) - START)
        expected = hmac.new(b"s3cret", f"{told['t']}.{sent['body']}".encode(), hashlib.sha256).hexdigest()
        assert told["v1"] == expected
    assert moments == [0, 1, 5]


async def test_the_beginning_of_a_callback_url_can_be_replaced(serve: Serve, receiver: Receiver) -> None:
    ark = await serve(callback_rewrite=(("http://web:8000", receiver.url), ("http://web", "http://127.0.0.1:9")))
    await ark.create(callback_url="http://web:8000/hook?a=1")
    await ark.advance(0)
    (item,) = await listed(ark)
    assert item["url"] == "http://web:8000/hook?a=1"
    assert item["attempts"][0]["request"]["url"] == f"{receiver.url}/hook?a=1"
    assert receiver.told("/hook") == ["queued"]


async def test_the_credentials_of_a_callback_are_hidden_where_a_receiver_echoes_them(ark: Caller) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        sent = next(line for line in head.splitlines() if line.startswith("Authorization: "))
        answer = f"HTTP/1.1 200 OK\r\nX-Echo: {sent}\r\nContent-Length: {len(sent)}\r\nConnection: close\r\n\r\n{sent}"
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await ark.create(callback_url=f"http://user:password@127.0.0.1:{port}/hook")
        await ark.advance(0)
        item, *_ = await listed(ark)
    told = item["attempts"][0]["response"]
    assert (told["headers"]["X-Echo"], told["body"]) == ("Authorization: Basic dXNl…", "Authorization: Basic dXNl…")


async def test_a_secret_that_is_cut_off_in_a_transcript_is_not_shown_by_its_beginning(ark: Caller) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        sent = next(line for line in head.splitlines() if line.startswith("Authorization: ")).rpartition(" ")[2]
        body = "x" * 1_010 + "\\u0064" + sent[1:] + "x" * 100
        answer = f"HTTP/1.1 200 OK\r\nX-Echo: {'y' * 1_010}{sent}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await ark.create(callback_url=f"http://user:password@127.0.0.1:{port}/hook")
        await ark.advance(0)
        item, *_ = await listed(ark)
    told = item["attempts"][0]["response"]
    assert told["headers"]["X-Echo"] == "y" * 1_010 + "*" * 14
    assert told["body"] == "x" * 1_010 + "*" * 14


async def test_a_key_that_is_cut_off_in_what_a_callback_sent_is_not_shown_by_its_beginning(
    ark: Caller, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-a-secret-key"

    async def told(identifier: Any) -> Any:
        task_id = await ark.create(callback_url=hook, safety_identifier=identifier, key=key)
        await ark.advance(0)
        item, *_ = await listed(ark, f"?task={task_id}")
        return item["attempts"][0]["request"]["body"]

    place = (await told("z" * len(key))).index("zzz")
    monkeypatch.setattr(callback_sender, "MAX_STORED_REQUEST", place + len(key) - 1)
    assert (await told(key))[place:] == "*" * (len(key) - 1)
