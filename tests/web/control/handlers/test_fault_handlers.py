"""Faults that are added while a world runs."""

from typing import Any

import pytest

from tests.support.caller import Caller

TASKS = "/api/v3/contents/generations/tasks"


async def add(ark: Caller, **rule: Any) -> dict[str, Any]:
    return await ark.control("POST", "faults", rule)


async def polls(ark: Caller, count: int) -> list[int]:
    """The statuses of so many polls of nothing."""
    return [(await ark.call("GET", f"{TASKS}/x")).status for _ in range(count)]


async def test_an_added_fault_has_an_id_and_is_shown_as_it_acts(ark: Caller) -> None:
    answer = await ark.call("POST", "/_emulator/faults", None, json={"on": "fetch", "first": 1, "status": 503})
    assert (answer.status, answer.json["id"]) == (201, "added-1")
    shown = {"id": "added-1", "name": "added-1", "on": "fetch", "when": {"first": 1}, "effect": "status"}
    written = {"with": {"status": 503}, "yaml": "- {on: fetch, first: 1, status: 503}\n"}
    assert (await ark.control("GET", "faults"))["items"] == [shown | written]
    assert await polls(ark, 2) == [503, 404]


async def test_added_faults_come_before_the_scenarios_and_the_oldest_first(ark: Caller) -> None:
    await ark.control("PUT", "scenario", {"scenario": {"faults": [{"on": "fetch", "status": 500}]}})
    await add(ark, on="fetch", first=2, status=501)
    await add(ark, on="fetch", first=3, status=502)
    assert await polls(ark, 4) == [501, 501, 502, 500]


async def test_a_fault_can_be_taken_back_alone_or_with_all_others(ark: Caller) -> None:
    first = (await add(ark, on="fetch", first=9, status=501))["id"]
    await add(ark, on="fetch", status=502)
    assert await polls(ark, 1) == [501]
    await ark.control("DELETE", f"faults/{first}")
    assert await polls(ark, 1) == [502]
    await ark.control("DELETE", "faults")
    assert await polls(ark, 1) == [404]
    assert (await ark.control("GET", "faults")) == {"items": [], "total": 0}


async def test_ids_are_never_given_twice_so_that_counts_are_never_mixed(ark: Caller) -> None:
    first = (await add(ark, on="fetch", nth=1, status=501))["id"]
    assert await polls(ark, 1) == [501]
    await ark.control("DELETE", f"faults/{first}")
    second = (await add(ark, on="fetch", nth=1, status=501))["id"]
    assert first != second
    assert await polls(ark, 2) == [501, 404]


async def test_taking_back_what_is_not_there_is_told(ark: Caller) -> None:
    answer = await ark.call("DELETE", "/_emulator/faults/added-9", None)
    assert (answer.status, answer.json["error"]["code"]) == (404, "unknown_fault")


async def test_a_reset_of_the_world_takes_them_back(ark: Caller) -> None:
    await add(ark, on="fetch", status=503)
    await ark.control("POST", "reset")
    assert await polls(ark, 1) == [404]


async def test_faults_belong_to_one_world(ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-own"})
    await ark.control("POST", "faults?world=sk-own", {"on": "fetch", "status": 503})
    assert (await ark.call("GET", f"{TASKS}/x", "sk-own")).status == 503
    assert await polls(ark, 1) == [404]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({}, "SC102"),
        ({"on": "fetch"}, "SC201"),
        ({"on": "fetch", "reset": True, "hang": True}, "SC201"),
        ({"on": "fetch", "after_commit": "reset"}, "SC202"),
        ({"on": "create", "refuse": "NoSuchCode"}, "SC204"),
        ({"on": "create", "nth": 0, "reset": True}, "SC105"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_in_words(ark: Caller, rule: dict[Any, Any], code: str) -> None:
    answer = await ark.call("POST", "/_emulator/faults", None, json=rule)
    assert (answer.status, answer.json["error"]["code"]) == (422, "invalid_fault")
    complaint = answer.json["error"]["complaints"][0]
    assert complaint["code"] == code
    assert complaint["text"].startswith(f"{code} {complaint['message']}")
    assert (await ark.control("GET", "faults"))["total"] == 0
