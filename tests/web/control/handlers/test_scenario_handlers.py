"""Switching scenarios while a world runs: what changes, what stays, and what is wrong with a bad one."""

from typing import Any

import pytest

from tests.support.caller import Caller, Serve

TASKS = "/api/v3/contents/generations/tasks"
FAILING = {"outcomes": [{"then": ["queued", "running", {"failed": "InternalServiceError"}]}]}


async def use(ark: Caller, document: dict[str, Any], world: None = None) -> dict[str, Any]:
    """Switches the scenario by an object."""
    path = "scenario" if world is None else f"scenario?world={world}"
    return await ark.control("PUT", path, {"scenario": document})


async def refused(ark: Caller, **request: Any) -> tuple[int, dict[Any, Any]]:
    """What is wrong with a request to switch: its status and its error."""
    answer = await ark.call("PUT", "/_emulator/scenario", None, **request)
    return answer.status, answer.json["error"]


async def test_a_scenario_is_shown_in_every_detail_that_it_has(ark: Caller) -> None:
    await ark.control("PUT", "scenario", {"name": "lost-reply-told"})
    shown = await ark.control("GET", "scenario")
    assert (shown["name"], shown["outcomes"]) == ("lost-reply-told", [])
    assert shown["expects"].startswith("the client")
    (fault,) = shown["faults"]
    assert (fault["on"], fault["when"], fault["effect"]) == ("create", {"first": 3}, "after_commit")
    assert (fault["with"]["reply"], fault["with"]["status"]) == ("status", 503)


async def test_yaml_json_and_names_are_all_understood(ark: Caller) -> None:
    text = "version: 1\nname: of-yaml\ntimings: {queued: 9s}\n"
    for body, kind in ((text, "application/yaml"), (text, "text/yaml; charset=utf-8")):
        answer = await ark.call("PUT", "/_emulator/scenario", None, data=body, headers={"Content-Type": kind})
        assert (answer.status, answer.json["name"]) == (200, "of-yaml")
    assert (await use(ark, {"name": "of-json"}))["name"] == "of-json"
    assert (await ark.control("PUT", "scenario", {"name": "output-moderation"}))["name"] == "output-moderation"
    assert (await ark.control("PUT", "scenario", {"name": "default"}))["name"] == "default"
    assert (await ark.control("GET", "health"))["scenario"] == "default"


async def test_tasks_keep_the_lives_that_they_were_given(ark: Caller) -> None:
    before = await ark.create()
    await use(ark, FAILING)
    after = await ark.create()
    await ark.advance(10)
    assert [await ark.status(before), await ark.status(after)] == ["succeeded", "failed"]


async def test_added_faults_stay_as_far_as_they_have_counted_and_the_scenarios_begin_anew(ark: Caller) -> None:
    await use(ark, {"faults": [{"on": "list", "nth": 1, "status": 418}]})
    await ark.control("POST", "faults", {"on": "fetch", "nth": 2, "status": 418})
    assert (await ark.call("GET", TASKS)).status == 418
    assert (await ark.call("GET", f"{TASKS}/x")).status == 404
    await use(ark, {"faults": [{"on": "list", "nth": 1, "status": 418}]})
    assert (await ark.call("GET", TASKS)).status == 418
    assert (await ark.call("GET", f"{TASKS}/x")).status == 418
    assert (await ark.control("GET", "faults"))["total"] == 1


async def test_keys_apply_at_once(ark: Caller) -> None:
    await use(ark, {"keys": {"sk-test": {"status": "overdue"}}})
    assert (await ark.try_create()).status == 403
    assert (await ark.try_create(key="sk-other")).status == 401
    await ark.control("PUT", "scenario", {"name": "default"})
    assert (await ark.try_create(key="sk-other")).status == 200


async def test_a_key_of_another_plan_is_refused_in_words_of_its_own(ark: Caller) -> None:
    await use(ark, {"keys": {"sk-test": {"status": "misplaced"}}})
    for answer in (await ark.try_create(), await ark.call("GET", TASKS), await ark.call("GET", f"{TASKS}/x")):
        assert (answer.status, answer.json["error"]["code"]) == (401, "AuthenticationError")
        assert answer.json["error"]["message"].startswith(
            "The API key or AK/SK in the request is missing or invalid. Request id: "
        )


async def test_limits_come_and_go_and_nobody_who_waits_is_forgotten(ark: Caller) -> None:
    await use(ark, {"limits": {"concurrent": 1, "queued": 9}})
    first, second = await ark.create(), await ark.create()
    await ark.advance(2)
    assert [await ark.status(first), await ark.status(second)] == ["running", "queued"]
    await ark.control("PUT", "scenario", {"name": "default"})
    third = await ark.create()
    await ark.advance(2)
    assert [await ark.status(second), await ark.status(third)] == ["queued", "running"]
    await ark.advance(10)
    assert {await ark.status(task) for task in (first, second, third)} == {"succeeded"}


async def test_a_scenario_sets_clock_speed_and_seed_of_a_world_that_was_given_none(serve: Serve) -> None:
    ark = await serve(mode=None)
    await use(ark, {"clock": {"mode": "frozen", "speed": 5}, "seed": 9})
    clock = await ark.control("GET", "clock")
    assert (clock["mode"], clock["speed"]) == ("frozen", 5)
    seeds = {}
    for seed in (9, 10, 9):
        await ark.control("POST", "reset")
        await use(ark, {"seed": seed})
        seeds.setdefault(seed, set()).add((await ark.create())[-5:])
    assert len(seeds[9]) == 1
    assert seeds[9] != seeds[10]
    await ark.control("POST", "reset")
    assert (await ark.control("GET", "clock"))["mode"] == "frozen"


async def test_what_was_chosen_for_a_world_stays_as_chosen(serve: Serve) -> None:
    ark = await serve(seed=3, limits=None)
    await use(ark, {"clock": "live", "seed": 9})
    assert (await ark.control("GET", "clock"))["mode"] == "frozen"
    worlds = (await ark.control("GET", "worlds"))["items"]
    assert worlds[0]["seed"] == 3
    await ark.control("POST", "worlds", {"api_key": "sk-own", "clock": "frozen"})
    await use(ark, {"clock": {"mode": "live", "speed": 7}}, "sk-own")
    assert await ark.control("GET", "clock?world=sk-own") | {"now": 0} == {"mode": "frozen", "speed": 7, "now": 0}


async def test_a_world_can_be_made_with_a_scenario(ark: Caller) -> None:
    made = await ark.control("POST", "worlds", {"api_key": "sk-a", "scenario": "output-moderation"})
    assert made["scenario"] == "output-moderation"
    other = {"name": "mine", "clock": {"mode": "polls"}, "seed": 5, "limits": "individual"}
    made = await ark.control("POST", "worlds", {"api_key": "sk-b", "scenario": other})
    assert (made["scenario"], made["seed"], made["clock"]["mode"]) == ("mine", 5, "polls")
    assert (await ark.control("GET", "scenario?world=sk-b"))["limits"] == {"account": "individual"}
    assert (await ark.control("GET", "health"))["scenario"] == "default"


async def test_a_world_of_no_scenario_of_its_own_is_like_the_default_one(serve: Serve) -> None:
    ark = await serve(isolate=True)
    await use(ark, FAILING)
    task = await ark.create(key="sk-new")
    await ark.control("POST", "clock/advance?world=sk-new", {"seconds": 10})
    assert (await ark.call("GET", f"{TASKS}/{task}", "sk-new")).json["status"] == "failed"


async def test_every_mistake_of_a_bad_scenario_is_told_with_its_place_and_nothing_changes(ark: Caller) -> None:
    await ark.control("PUT", "scenario", {"name": "output-moderation"})
    text = b"version: 1\nfaults:\n  - {on: fetsh, reset: true}\n  - {on: fetch, rest: true}\n"
    status, error = await refused(ark, data=text, headers={"Content-Type": "application/yaml"})
    assert (status, error["code"], error["message"]) == (422, "invalid_scenario", "there are 2 mistakes in it")
    first = error["complaints"][0]
    assert (first["line"], first["column"], first["code"]) == (3, 10, "SC103")
    assert first["text"].startswith("<scenario>:3:10: SC103 'fetsh' is not one of")
    assert (await ark.control("GET", "scenario"))["name"] == "output-moderation"


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"json": {"name": "output-modration"}}, 404, "unknown_scenario"),
        ({"json": {"name": 5}}, 400, "bad_scenario"),
        ({"json": {}}, 400, "bad_scenario"),
        ({"json": {"name": "default", "scenario": {}}}, 400, "bad_scenario"),
        ({"json": {"scenario": {"outcomes": [{}]}}}, 422, "invalid_scenario"),
        ({"json": {"scenario": []}}, 422, "invalid_scenario"),
        ({"data": b"\xff", "headers": {"Content-Type": "application/yaml"}}, 400, "bad_scenario"),
        ({"data": b"version: 1"}, 400, "bad_json"),
        ({"json": {"name": "/etc/passwd"}}, 404, "unknown_scenario"),
        (
            {
                "json": {
                    "scenario": {"outcomes": [{"then": ["queued", "running", {"succeeded": {"clip": "/etc/passwd"}}]}]}
                }
            },
            422,
            "invalid_scenario",
        ),
    ],
)
async def test_what_is_no_scenario_is_refused(ark: Caller, request_: dict[str, Any], status: int, code: str) -> None:
    found, error = await refused(ark, **request_)
    assert (found, error["code"]) == (status, code)


async def test_an_unknown_name_gets_a_suggestion(ark: Caller) -> None:
    _, error = await refused(ark, json={"name": "output-modration"})
    assert "did you mean 'output-moderation'?" in error["message"]


async def check(ark: Caller, text: str) -> dict[str, Any]:
    return (await ark.call("POST", "/_emulator/scenario/check", None, data=text.encode())).json


async def test_a_text_is_checked_with_carets_and_nothing_is_changed(ark: Caller) -> None:
    told = await check(ark, "version: 1\nfaults:\n  - {on: crate, status: 503}\n")
    assert told["ok"] is False
    (complaint,) = told["complaints"]
    assert (complaint["line"], complaint["column"], complaint["hint"]) == (3, 10, "did you mean 'create'?")
    lines = told["full"].splitlines()
    place = next(number for number, line in enumerate(lines) if "{on: crate" in line)
    assert lines[place + 1].index("^") == lines[place].index("crate")
    good = await check(ark, "version: 1\nname: good\nfaults:\n  - {on: create, status: 503}\n")
    assert (good["ok"], good["complaints"], good["full"], good["scenario"]["name"]) == (True, [], "", "good")
    assert (await ark.control("GET", "scenario"))["name"] == "default"


async def test_a_text_that_is_no_text_is_refused(ark: Caller) -> None:
    answer = await ark.call("POST", "/_emulator/scenario/check", None, data=b"\xff")
    assert (answer.status, answer.json["error"]["code"]) == (400, "bad_scenario")


async def test_every_built_in_scenario_is_listed_and_its_text_means_the_same(ark: Caller) -> None:
    listed = await ark.control("GET", "scenarios")
    assert listed["total"] == len(listed["items"]) > 60
    assert {each["group"] for each in listed["items"]} >= {"create", "polling", "callbacks"}
    assert all(each["about"] and each["source"] and each["expects"] for each in listed["items"])
    for name in ("lost-reply", "default"):
        text = (await ark.control("GET", f"scenarios/{name}"))["text"]
        assert (await check(ark, text))["ok"] is True
    answer = await ark.call("GET", "/_emulator/scenarios/lost-replay", None)
    assert (answer.status, "did you mean 'lost-reply'?" in answer.json["error"]["message"]) == (404, True)


TEXT = "version: 1\nname: mine # with a remark\nfaults:\n  - {on: create, nth: 2, status: 503}\n"


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"data": TEXT.encode(), "headers": {"Content-Type": "application/yaml"}}, TEXT),
        ({"json": {"scenario": {"version": 1, "seed": 3}}}, "version: 1\nseed: 3\n"),
        ({"json": {"name": "default"}}, None),
    ],
)
async def test_a_scenario_is_given_out_as_the_text_it_was_read_from(
    ark: Caller, request_: dict[str, Any], text: str
) -> None:
    await ark.call("PUT", "/_emulator/scenario", None, **request_)
    found = (await ark.control("GET", "scenario?text"))["text"]
    assert found == text if text else (await check(ark, found))["ok"]
    assert "text" not in await ark.control("GET", "scenario")
