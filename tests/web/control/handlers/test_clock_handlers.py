"""Time by the control API: it stands, runs, jumps, and tells what a jump has brought."""

import time
from typing import Any

import pytest
from ark_emulator.core.time.clock import END, SLOWEST, ClockMode
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.settings.settings_validation import SettingsError, validate_settings

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller, Serve

START = 1_790_000_000
DAY = 86_400


async def test_two_days_on_a_frozen_clock_take_milliseconds_and_everything_happens(
    ark: Caller, receiver: Receiver
) -> None:
    done = await ark.finished()
    stuck = await ark.create("a cat emu:stuck-running", callback_url=receiver.url)
    await receiver.wait_for(1)
    link = done["content"]["video_url"]
    assert (await ark.call("GET", link, None)).status == 200

    began = time.perf_counter()
    effects = await ark.advance(48 * 3600)
    took = time.perf_counter() - began

    task = await ark.poll(stuck)
    assert (task["status"], task["updated_at"]) == ("expired", START + 10 + 48 * 3600)
    assert "error" not in task
    assert receiver.told() == ["queued", "running", "expired"]
    assert receiver.got[-1].body == task
    dead = await ark.call("GET", link, None)
    assert dead.status == 403
    assert b"expired" in dead.body.lower()
    assert took < 2.0
    assert [(each["kind"], each["task"], each["at"] - START) for each in effects if each["kind"] != "callback"] == [
        ("move", stuck, 11),
        ("expiry", done["id"], 5 + DAY),
        ("move", stuck, 10 + 2 * DAY),
    ]


async def test_a_link_lives_a_day_to_the_second(ark: Caller) -> None:
    link = (await ark.finished())["content"]["video_url"]
    await ark.control("POST", "clock/advance", {"to": START + 5 + DAY - 1})
    assert (await ark.call("GET", link, None)).status == 200
    await ark.advance(1)
    assert (await ark.call("GET", link, None)).status == 403


async def test_the_clock_tells_its_mode_and_its_time(ark: Caller) -> None:
    assert await ark.control("GET", "clock") == {"mode": "frozen", "now": START, "speed": 1.0}


async def test_health_tells_the_clock_too(ark: Caller) -> None:
    health = await ark.control("GET", "health")
    assert health["status"] == "ok"
    assert health["clock"] == {"mode": "frozen", "now": START, "speed": 1.0}


async def test_an_advance_tells_what_it_brought_with_time_and_task(ark: Caller, receiver: Receiver) -> None:
    task_id = await ark.create(callback_url=receiver.url)
    await receiver.wait_for(1)
    effects = await ark.advance(2)
    assert {"at": START + 1, "kind": "move", "task": task_id, "status": "running"} in effects
    (called,) = [each for each in effects if each["kind"] == "callback"]
    assert (called["at"], called["task"], called["status"], called["result"]) == (
        START + 1,
        task_id,
        "running",
        "delivered",
    )


async def test_an_advance_takes_fractions(ark: Caller) -> None:
    task_id = await ark.create()
    await ark.advance(0.25)
    await ark.advance(0.5)
    assert await ark.status(task_id) == "queued"
    await ark.advance(0.25)
    assert await ark.status(task_id) == "running"
    assert await ark.now() == START + 1


async def test_the_clock_goes_to_a_moment(ark: Caller) -> None:
    answer = await ark.control("POST", "clock/advance", {"to": START + 3600})
    assert answer == {"now": START + 3600, "effects": []}


async def test_the_clock_goes_to_the_next_thing_that_happens(ark: Caller) -> None:
    task_id = await ark.create()
    shown = []
    for _ in range(2):
        answer = await ark.control("POST", "clock/advance", {"until": "next"})
        shown.append((await ark.status(task_id), answer["now"] - START))
    assert shown == [("running", 1), ("succeeded", 5)]


async def test_the_clock_goes_on_until_no_task_is_on_its_way(ark: Caller, receiver: Receiver) -> None:
    receiver.answers["/"] = 500
    await ark.create(callback_url=receiver.url + "/")
    await ark.create("emu:stuck-running", execution_expires_after=3600)
    answer = await ark.control("POST", "clock/advance", {"until": "idle"})
    assert answer["now"] == START + 3600
    assert receiver.told() == ["queued", "running", *["succeeded"] * 4]
    assert (await ark.control("POST", "clock/advance", {"until": "idle"}))["now"] == START + 3600


async def test_idle_is_reached_at_once_where_there_are_no_tasks(ark: Caller) -> None:
    assert await ark.control("POST", "clock/advance", {"until": "idle"}) == {"now": START, "effects": []}


@pytest.mark.parametrize(
    "body",
    [
        {"seconds": -1},
        {"seconds": "5"},
        {"seconds": True},
        {"to": START - 1},
        {"seconds": 1, "to": START + 1},
        {"seconds": 1e300},
        {"until": "later"},
        {},
        [],
    ],
)
async def test_an_invalid_advance_is_refused_and_changes_nothing(ark: Caller, body: dict[str, Any]) -> None:
    answer = await ark.call("POST", "/_emulator/clock/advance", None, json=body)
    assert answer.status == 400
    assert set(answer.json["error"]) == {"code", "message"}
    assert await ark.now() == START


async def test_a_frozen_clock_can_be_set_free_and_stopped_again(ark: Caller) -> None:
    answer = await ark.control("POST", "clock/resume", {"speed": 1e6})
    assert (answer["mode"], answer["speed"]) == ("live", 1e6)
    task_id = await ark.create()
    while await ark.status(task_id) != "succeeded":
        pass
    stopped = await ark.control("POST", "clock/freeze")
    assert stopped["mode"] == "frozen"
    assert stopped["now"] > START + 5
    assert await ark.now() == stopped["now"]


async def test_everything_still_works_at_the_end_of_time(ark: Caller) -> None:
    await ark.control("POST", "clock/advance", {"to": 9_999_999_000})
    link = (await ark.finished(duration=4, resolution="480p"))["content"]["video_url"]
    assert (await ark.call("GET", link, None)).status == 200
    beyond = await ark.call("POST", "/_emulator/clock/advance", None, json={"to": 10_000_000_000})
    assert (beyond.status, beyond.json["error"]["code"]) == (400, "too_far")


@pytest.mark.parametrize("speed", [5e-324, 1e-9, 1e7])
async def test_one_rule_says_what_a_speed_is_whoever_chooses_it(ark: Caller, speed: float) -> None:
    refused = await ark.call("POST", "/_emulator/worlds", None, json={"clock": {"mode": "live", "speed": speed}})
    assert (refused.status, refused.json["error"]["code"]) == (400, "bad_speed")
    assert "a number from 0.000001 to 1000000" in refused.json["error"]["message"]
    scenario = {"scenario": {"clock": {"speed": speed}}}
    assert (await ark.call("PUT", "/_emulator/scenario", None, json=scenario)).status == 422
    with pytest.raises(SettingsError):
        validate_settings(Settings(speed=speed))


async def test_the_slowest_speed_is_one_for_all(ark: Caller) -> None:
    validate_settings(Settings(speed=SLOWEST))
    await ark.control("PUT", "scenario", {"scenario": {"clock": {"speed": SLOWEST}}})
    assert (await ark.control("POST", "clock/resume", {"speed": SLOWEST}))["speed"] == SLOWEST


@pytest.mark.parametrize("speed", [0, -1, "fast", 5e-324, 1e-9, 1e7])
async def test_a_clock_cannot_run_at_a_speed_that_is_none(ark: Caller, speed: int) -> None:
    answer = await ark.call("POST", "/_emulator/clock/resume", None, json={"speed": speed})
    assert answer.status == 400
    assert (await ark.control("GET", "clock"))["mode"] == "frozen"


async def test_a_live_clock_can_be_set_forward(serve: Serve) -> None:
    ark = await serve(mode=ClockMode.LIVE)
    task_id = await ark.create()
    await ark.advance(60)
    assert await ark.status(task_id) == "succeeded"
    assert START + 60 <= await ark.now() < START + 120


async def test_a_reset_empties_the_world_and_starts_its_clock_again(ark: Caller) -> None:
    first = await ark.create()
    await ark.advance(3600)
    assert (await ark.control("POST", "reset"))["now"] == START
    assert (await ark.call("GET", f"/api/v3/contents/generations/tasks/{first}")).status == 404
    assert await ark.create() == first


async def test_nothing_of_a_world_that_was_reset_comes_back(ark: Caller, receiver: Receiver) -> None:
    receiver.answers["/old"] = receiver.hang
    task_id = await ark.create(callback_url=receiver.url + "/old")
    await receiver.wait_for(1)
    await ark.control("POST", "reset")
    assert await ark.create(callback_url=receiver.url + "/new") == task_id
    receiver.hold.set()
    await ark.advance(10)
    assert receiver.told("/old") == ["queued"]
    assert receiver.told("/new") == ["queued", "running", "succeeded"]
    attempts = (await ark.control("GET", "callbacks"))["items"]
    assert [len(each["attempts"]) for each in attempts] == [1, 1, 1]


@pytest.mark.parametrize("until", ["idle", "next"])
async def test_advancing_until_something_ends_at_the_end_of_time(serve: Serve, until: str) -> None:
    ark = await serve(start=END - 9)
    await ark.advance(8)
    await ark.create()
    told = await ark.control("POST", "clock/advance", {"until": until})
    assert told["now"] <= END
    for _ in range(3):
        told = await ark.control("POST", "clock/advance", {"until": until})
    assert [each["kind"] for each in told["effects"]] == []


async def test_polls_and_demo_traffic_end_at_the_end_of_time(serve: Serve) -> None:
    ark = await serve(start=END - 1, mode=ClockMode.POLLS)
    task = await ark.create()
    for _ in range(4):
        await ark.poll(task)
    assert await ark.now() <= END
    assert (await ark.control("POST", "demo", {"count": 2, "seconds": 60}))["now"] == END
