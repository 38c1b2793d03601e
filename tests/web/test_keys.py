"""Which API keys may call: those of `--key`, those a scenario lists, and the key that a world is named by."""

from pathlib import Path

import pytest

from tests.support.caller import Caller, Serve

TASKS = "/api/v3/contents/generations/tasks"
LISTING = {"keys": {"sk-listed": {}}}
EMULATED = [
    "/api/v3/models",
    TASKS,
    f"{TASKS}/cgt-x",
    "/v1/videos/task_x",
    "/v1/video/generations/x",
    "/byteplus/api/v3/models",
]


async def test_a_key_that_is_allowed_may_call(serve: Serve) -> None:
    ark = await serve(keys=frozenset({"sk-only"}))
    assert (await ark.try_create(key="sk-only")).status == 200
    assert (await ark.try_create(key="sk-other")).status == 401


@pytest.mark.parametrize("path", EMULATED)
async def test_the_name_of_the_default_world_is_no_key(serve: Serve, path: str) -> None:
    ark = await serve(keys=frozenset({"sk-only"}))
    named = (await ark.call("GET", path, "default")).status
    unknown = (await ark.call("GET", path, "sk-unknown")).status
    within = (await ark.call("GET", f"/w/default{path}", None)).status
    assert named == within == unknown
    assert named in (401, 403)
    assert (await ark.call("GET", path, "sk-only")).status not in (401, 403)


async def test_a_create_in_the_default_world_by_its_path_needs_a_key(serve: Serve) -> None:
    ark = await serve(keys=frozenset({"sk-only"}))
    body = {"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}]}
    assert (await ark.call("POST", f"/w/default{TASKS}", None, json=body)).status == 401
    assert (await ark.call("POST", f"/w/default{TASKS}", "default", json=body)).status == 401
    assert (await ark.call("POST", f"/w/default{TASKS}", "sk-only", json=body)).status == 200
    assert len((await ark.control("GET", "tasks"))["items"]) == 1


async def test_without_a_list_of_keys_the_path_of_the_default_world_needs_none(ark: Caller) -> None:
    assert (await ark.call("GET", f"/w/default{TASKS}", None)).status == 200
    assert (await ark.call("GET", TASKS, "default")).status == 200


async def test_the_name_of_the_default_world_is_no_key_of_a_scenario_that_lists_others(ark: Caller) -> None:
    await ark.control("PUT", "scenario", {"scenario": LISTING})
    assert (await ark.call("GET", TASKS, "sk-listed")).status == 200
    assert (await ark.call("GET", TASKS, "default")).status == 401
    assert (await ark.call("GET", f"/w/default{TASKS}", None)).status == 401


async def test_a_world_that_was_made_admits_the_key_that_it_is_named_by(serve: Serve) -> None:
    ark = await serve(keys=frozenset({"sk-only"}))
    await ark.control("POST", "worlds", {"api_key": "sk-mine"})
    assert (await ark.call("GET", TASKS, "sk-mine")).status == 200
    assert (await ark.call("GET", f"/w/sk-mine{TASKS}", None)).status == 200
    assert (await ark.call("GET", f"/w/sk-mine{TASKS}", "sk-other")).status == 401


@pytest.mark.parametrize("store", ["memory:", "sqlite"])
async def test_an_isolated_key_gets_a_world_only_when_it_may_call(serve: Serve, tmp_path: Path, store: str) -> None:
    where = store if store == "memory:" else f"sqlite:{tmp_path / 'worlds.db'}"
    ark = await serve(keys=frozenset({"sk-only"}), isolate=True, store=where)
    for key, path in (("sk-other", TASKS), ("default", TASKS), (None, f"/w/sk-other{TASKS}")):
        assert (await ark.call("GET", path, key)).status == 401
    assert [each["api_key"] for each in (await ark.control("GET", "worlds"))["items"]] == ["default"]
    assert (await ark.call("GET", TASKS, "sk-only")).status == 200
    names = [each["api_key"] for each in (await ark.control("GET", "worlds"))["items"]]
    assert [name[:6] for name in names] == ["defaul", "sk-..."]


async def test_an_isolated_key_that_the_scenario_does_not_list_is_refused(serve: Serve) -> None:
    ark = await serve(isolate=True)
    await ark.control("PUT", "scenario", {"scenario": LISTING})
    assert (await ark.call("GET", TASKS, "sk-other")).status == 401
    assert (await ark.call("GET", TASKS, "sk-listed")).status == 200


async def test_the_first_call_under_isolate_may_come_with_the_name_of_the_default_world(serve: Serve) -> None:
    ark = await serve(isolate=True)
    assert (await ark.call("GET", TASKS, "default")).status == 200
