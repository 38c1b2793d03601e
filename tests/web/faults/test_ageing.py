"""Answers of a replica that has fallen behind."""

import pytest

from tests.support.raw_client import Plain

TASKS = "/api/v3/contents/generations/tasks"


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
