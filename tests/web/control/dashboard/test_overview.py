"""What a dashboard paints first, and the news by which it stays true."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller

START = 1_790_000_000


async def overview(ark: Caller, **query: Any) -> dict[str, Any]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return await ark.control("GET", f"overview?{asked}")


async def test_it_tells_of_each_task_with_its_whole_life(ark: Caller) -> None:
    task = await ark.create("a cat")
    seen = await overview(ark)
    (short,) = seen["items"]
    assert (short["id"], short["status"], short["prompt"], short["dialect"]) == (task, "queued", "a cat", "ark")
    assert short["marks"] == [
        {"status": "queued", "at": START},
        {"status": "running", "at": START + 1},
        {"status": "succeeded", "at": START + 5},
    ]
    assert short["waits"] is False
    assert short["link_expires_at"] == START + 5 + 86_400
    assert short["cost"]["USD"] > 0
    assert "sk-test" not in json.dumps(seen)
    assert (seen["total"], seen["counts"], seen["scenario"], seen["worlds"]) == (
        1,
        {"queued": 1},
        "default",
        ["default"],
    )


async def test_a_task_waits_where_something_to_come_decides_how_it_goes_on(ark: Caller) -> None:
    steps = [{"queued": {"polls": 2}}, {"running": "1s"}, "succeeded"]
    await ark.control("PUT", "scenario", {"scenario": {"outcomes": [{"then": steps}]}})
    task = await ark.create()
    (before,) = (await overview(ark))["items"]
    await ark.poll(task)
    await ark.poll(task)
    (after,) = (await overview(ark))["items"]
    assert [mark["status"] for mark in before["marks"]] == ["queued", "expired"]
    assert [mark["status"] for mark in after["marks"]] == ["queued", "running", "succeeded"]


async def test_it_marks_polls_faults_and_callbacks_past_and_planned(ark: Caller, receiver: Receiver) -> None:
    task = await ark.create("a cat", callback_url=receiver.url + "/hook")
    (fresh,) = (await overview(ark))["items"]
    assert [each["status"] for each in fresh["callbacks"]] == ["queued", "running", "succeeded"]
    assert [each["at"] for each in fresh["callbacks"]] == [START, START + 1, START + 5]
    await ark.control("POST", "faults", {"on": "fetch", "first": 1, "status": 503})
    await ark.call("GET", f"{ark.tasks}/{task}")
    await ark.advance(2)
    await ark.poll(task)
    (later,) = (await overview(ark))["items"]
    assert later["ticks"] == [START, START + 2]
    assert [each["at"] for each in later["faults"]] == [START]
    told = [(each["status"], each["state"]) for each in later["callbacks"]]
    assert told == [("queued", "delivered"), ("running", "delivered"), ("succeeded", "planned")]
    assert (await overview(ark))["callbacks"]["delivered"] == 2


async def test_it_tells_the_reason_of_a_failure(ark: Caller) -> None:
    await ark.create("emu:moderation")
    (short,) = (await overview(ark))["items"]
    assert short["error"] == "OutputVideoSensitiveContentDetected"


async def test_some_tasks_are_asked_for_by_any_of_their_names(ark: Caller) -> None:
    mine = await ark.create()
    body = {"model": "dreamina-seedance-2-0", "prompt": "a dog"}
    theirs = (await ark.call("POST", "/easyrouter/v1/video/generations", json=body)).json["id"]
    seen = await overview(ark, ids=f"{theirs},{mine},cgt-none")
    assert [item.get("alias", item["id"]) for item in seen["items"]] == [theirs, mine]
    assert seen["missing"] == ["cgt-none"]
    assert "counts" not in seen


async def test_the_newest_come_first_and_no_more_than_asked_for(ark: Caller) -> None:
    tasks = [await ark.create() for _ in range(5)]
    seen = await overview(ark, limit=2)
    assert [item["id"] for item in seen["items"]] == tasks[:2:-1]
    assert (seen["total"], seen["counts"]) == (5, {"queued": 5})


async def news(ark: Caller, do: Callable[..., Any]) -> dict[str, Any]:
    """The kinds and the data of the events that something causes, from the number on that an overview tells."""
    before = (await overview(ark))["event"]
    await do()
    events = ark.running.engine.worlds.default.events.since(before)
    return {event["kind"]: event for _, event in events}


async def test_moving_the_clock_is_told(ark: Caller) -> None:
    heard = await news(ark, lambda: ark.advance(30))
    assert heard["clock"] == {"at": START + 30, "kind": "clock", "mode": "frozen", "now": START + 30, "speed": 1.0}


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "told"),
    [
        ("PUT", "scenario", {"name": "lost-reply"}, "scenario", {"name": "lost-reply"}),
        ("POST", "faults", {"on": "fetch", "status": 503}, "faults", {"total": 1}),
        ("DELETE", "faults", None, "faults", {"total": 0}),
        ("POST", "reset", None, "reset", {}),
        ("POST", "clock/resume", {"speed": 5}, "clock", {"mode": "live", "speed": 5.0}),
    ],
)
async def test_what_is_steered_is_told_to_everybody_who_looks(
    ark: Caller, method: str, path: str, body: dict[str, Any], kind: str, told: dict[str, Any]
) -> None:
    heard = await news(ark, lambda: ark.control(method, path, body))
    assert told.items() <= heard[kind].items()


async def test_an_exchange_is_told_with_all_that_a_line_shows(ark: Caller) -> None:
    async with ark.session.get(f"{ark.url}/_emulator/events"):
        heard = await news(ark, lambda: ark.call("POST", "/w/default/api/v3/contents/generations/tasks", json={}))
    line = heard["exchange"]
    assert (line["method"], line["status"], line["dialect"], line["fault"]) == ("POST", 400, "ark", None)
    assert line["path"] == "/w/def…/api/v3/contents/generations/tasks"
