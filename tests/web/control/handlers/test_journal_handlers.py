"""The journal over the control API: exchanges, moves beside them, retries grouped, questions with near misses."""

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.web.control import list_response

from tests.support.caller import Caller
from tests.support.constants import PATIENT

TASKS = "/api/v3/contents/generations/tasks"


async def entries(ark: Caller, query: str = "") -> dict[str, Any]:
    return await ark.control("GET", f"journal{query}")


async def test_every_exchange_is_kept_in_order_and_control_calls_are_not(ark: Caller) -> None:
    task = await ark.create()
    await ark.poll(task)
    await ark.control("GET", "health")
    items = (await entries(ark))["items"]
    assert [(item["number"], item["method"], item["status"]) for item in items] == [(1, "POST", 200), (2, "GET", 200)]
    assert [item["task"] for item in items] == [task, task]
    assert items[0]["model"] and items[0]["prompt"] == "a cat"


async def test_moves_stand_beside_the_exchanges_they_followed(ark: Caller) -> None:
    task = await ark.create()
    await ark.advance(2)
    await ark.poll(task)
    await ark.advance(10)
    moves = [each for each in (await entries(ark, "?moves=1"))["moves"] if each["kind"] == "move"]
    assert [each["status"] for each in moves] == ["queued", "running", "succeeded"]
    assert [each["after"] for each in moves[1:]] == [1, 2]
    assert "moves" not in await entries(ark)


async def test_it_can_be_narrowed(ark: Caller) -> None:
    await ark.create("a red cat")
    await ark.create("a blue dog")
    await ark.call("GET", f"{TASKS}/x")
    assert (await entries(ark, "?prompt=*red*"))["total"] == 1
    assert (await entries(ark, "?status=404"))["items"][0]["path"] == f"{TASKS}/x"
    assert (await entries(ark, "?status=4xx"))["total"] == 1
    assert [item["number"] for item in (await entries(ark, "?after=1&limit=1"))["items"]] == [3]


async def test_the_same_request_after_a_failure_counts_as_its_retry(ark: Caller) -> None:
    await ark.control("POST", "faults", {"on": "fetch", "first": 2, "status": 503})
    task = await ark.create()
    for _ in range(3):
        await ark.call("GET", f"{TASKS}/{task}")
    tries = [(item["attempt"], item["attempts"]) for item in (await entries(ark))["items"][1:]]
    assert tries == [(1, 3), (2, 3), (3, 3)]
    assert (await entries(ark, "?retries=1"))["total"] == 3


async def test_a_question_that_does_not_hold_shows_what_came_near(ark: Caller) -> None:
    await ark.create("a red cat")
    match = {"method": "POST", "prompt": "a blue cat"}
    answer = await ark.call("POST", "/_emulator/journal/verify", None, json={"match": match, "exactly": 1})
    assert answer.status == 417
    assert answer.json["count"] == 0
    (near,) = answer.json["near"]
    assert near["differs"] == {"prompt": {"wanted": "a blue cat", "got": "a red cat"}}


async def test_an_order_is_verified_with_others_between(ark: Caller) -> None:
    task = await ark.create()
    await ark.call("GET", TASKS)
    await ark.poll(task)
    order = [{"method": "POST"}, {"path": f"*/{task}"}]
    verified = await ark.control("POST", "journal/verify", {"in_order": order})
    assert verified == {"ok": True, "count": 2}
    answer = await ark.call("POST", "/_emulator/journal/verify", None, json={"in_order": order[::-1]})
    assert (answer.status, answer.json["count"]) == (417, 1)


async def test_an_unknown_criterion_is_named(ark: Caller) -> None:
    answer = await ark.call("POST", "/_emulator/journal/verify", None, json={"match": {"promt": "x"}})
    assert answer.status == 400
    assert "promt" in answer.json["error"]["message"]


async def test_it_can_be_emptied(ark: Caller) -> None:
    await ark.create()
    await ark.control("DELETE", "journal")
    assert (await entries(ark, "?moves=1"))["items"] == []


async def test_entries_come_without_bodies_when_they_are_wanted_in_brief(ark: Caller) -> None:
    await ark.create("a red cat")
    (brief,) = (await entries(ark, "?brief=1"))["items"]
    (whole,) = (await entries(ark))["items"]
    assert "request" not in brief
    assert "response" not in brief
    assert whole == brief | {"request": whole["request"], "response": whole["response"]}
    assert brief["prompt"] == "a red cat"


async def test_one_entry_is_found_by_its_number_and_the_tries_of_a_wish_by_that_of_the_first(ark: Caller) -> None:
    await ark.create("before")
    await ark.control("POST", "faults", {"on": "create", "first": 1, "status": 503})
    for _ in range(2):
        await ark.try_create("again")
    found = (await entries(ark, "?number=3"))["items"]
    assert [(each["number"], each["first"], each["attempt"]) for each in found] == [(3, 2, 2)]
    tries = (await entries(ark, "?first=2&brief=1"))["items"]
    assert [(each["number"], each["status"], each["attempts"]) for each in tries] == [(2, 503, 2), (3, 200, 2)]


async def _filled(ark: Caller, count: int, size: int) -> list[int]:
    """The numbers of so many entries that were just written, with bodies of that size."""
    for number in range(count):
        await ark.call("POST", TASKS, data=b"%d" % number + b"x" * size, headers={"Content-Type": "application/json"})
    return [entry.number for entry in ark.running.engine.worlds.default.journal]


@pytest.mark.parametrize("query", ["limit=10000", "limit=10000&brief=1", "limit=10000&moves=1", "limit=7", "limit=0"])
async def test_a_long_list_says_the_same_as_a_short_one(
    ark: Caller, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    await _filled(ark, 20, 3_000)
    await ark.finished()
    short = (await ark.call("GET", f"/_emulator/journal?{query}", None)).json
    monkeypatch.setattr(list_response, "WHOLE", 0)
    long = await ark.call("GET", f"/_emulator/journal?{query}", None)
    assert long.json == short
    assert long.headers["Content-Type"] == "application/json"
    assert list(long.json) == list(short)


async def test_a_long_list_holds_up_nobody_and_is_never_in_memory_as_a_whole(ark: Caller) -> None:
    journal = ark.running.engine.worlds.default.journal
    one = (await _filled(ark, 1, 10))[0]
    for _ in range(900):
        journal.add(replace(journal.numbered(one), request=b"\0" * 60_000, number=0))
    reader, writer = await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(b"GET /_emulator/journal?limit=10000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    longest, began = 0.0, time.monotonic()
    while time.monotonic() - began < 1.0:  # real time: so long others look how long they wait
        asked = time.monotonic()
        await asyncio.sleep(0)
        longest = max(longest, time.monotonic() - asked)
    unread = [each.transport.get_write_buffer_size() for each in ark.running._runner.server.connections]
    assert max(unread) < 2_000_000
    assert longest < 0.3
    journal.clear()
    writer.transport.resume_reading()  # type: ignore[attr-defined]
    async with asyncio.timeout(PATIENT):
        document = json.loads(await _whole(reader))
    assert 0 < len(document["items"]) < document["total"] == 901
    writer.close()


async def _whole(reader: asyncio.StreamReader) -> bytes:
    """The body of an answer in chunks."""
    while await reader.readline() != b"\r\n":
        pass
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    return body
