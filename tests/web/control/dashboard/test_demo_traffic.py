"""Demo traffic: real requests of made-up clients, the same ones for the same seed."""

from typing import Any

import pytest

from tests.support.caller import Caller, Serve

START = 1_790_000_000


async def fill(ark: Caller, **body: Any) -> dict[str, Any]:
    return await ark.control("POST", "demo", body)


async def prompts(ark: Caller) -> list[tuple[str, str, str, str, float]]:
    items = (await ark.control("GET", "tasks?limit=500"))["items"]
    return [(each["dialect"], each["model"], each["prompt"], each["key"], each["created_at"]) for each in items]


async def test_it_fills_a_world_with_tasks_of_all_kinds_and_their_polls(ark: Caller) -> None:
    done = await fill(ark, count=60, seconds=120)
    assert done["accepted"] + done["refused"] == 60
    assert done["now"] == await ark.now() == START + 120
    seen = await ark.control("GET", "overview")
    assert seen["total"] == done["accepted"]
    assert {"succeeded", "failed"} <= seen["counts"].keys()
    assert len({item["dialect"] for item in seen["items"]}) >= 4
    assert len({item["created_at"] for item in seen["items"]}) > 50, "spread over the time"
    journal = await ark.control("GET", "journal?limit=10000")
    assert journal["total"] == 60 + done["polls"]


async def test_the_same_seed_makes_the_same_traffic_and_another_one_makes_other(serve: Serve) -> None:
    first, second, third = await serve(), await serve(), await serve()
    await fill(first, count=10, seconds=30, seed=7)
    await fill(second, count=10, seconds=30, seed=7)
    await fill(third, count=10, seconds=30, seed=8)
    assert await prompts(first) == await prompts(second)
    assert await prompts(first) != await prompts(third)


async def test_asking_twice_goes_on_where_the_first_time_ended(ark: Caller) -> None:
    await fill(ark, count=3, seconds=10)
    await fill(ark, count=3, seconds=10)
    told = [prompt for _, _, prompt, _, _ in await prompts(ark)]
    assert told[:3] == told[3:]
    assert await ark.now() == START + 20


async def test_faults_strike_it_as_they_strike_anybody(ark: Caller) -> None:
    await ark.control("POST", "faults", {"on": "create", "first": 4, "after_commit": "reset"})
    done = await fill(ark, count=10, seconds=10)
    assert done["lost"] == 4


async def test_it_goes_into_the_world_that_is_meant(ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-other", "clock": {"mode": "frozen", "start": 5}})
    done = await ark.control("POST", "demo?world=sk-other", {"count": 4, "seconds": 10})
    assert (done["now"], done["accepted"]) == (15, 4)
    assert (await ark.control("GET", "overview"))["total"] == 0


async def test_it_calls_with_keys_that_are_let_in(serve: Serve) -> None:
    ark = await serve(keys=frozenset({"sk-one"}))
    assert (await fill(ark, count=5, seconds=5))["accepted"] == 5
    keyed = await serve()
    await keyed.control("PUT", "scenario", {"scenario": {"keys": {"sk-rich": {}, "sk-old": {"status": "expired"}}}})
    assert (await fill(keyed, count=5, seconds=5))["accepted"] == 5


async def test_where_no_key_leads_to_the_world_it_says_so(serve: Serve) -> None:
    ark = await serve(isolate=True)
    answer = await ark.call("POST", "/_emulator/demo", None, json={})
    assert (answer.status, answer.json["error"]["code"]) == (409, "no_way_in")


@pytest.mark.parametrize("body", [{"count": 0}, {"count": 501}, {"seconds": 0}, {"seconds": 1e9}, {"cuont": 3}])
async def test_an_invalid_body_is_refused(ark: Caller, body: dict[str, Any]) -> None:
    assert (await ark.call("POST", "/_emulator/demo", None, json=body)).status == 400
