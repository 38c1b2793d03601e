"""The selection of faults: by operation, key, model and prompt, without reading more of a request than needed."""

from typing import Any, get_args

import pytest
from ark_emulator.core.scenario import effects
from ark_emulator.core.scenario.effects import Operation
from ark_emulator.web.faults.fault_effects import EFFECT_HANDLERS, REPLIES

from tests.support.caller import Caller, Serve

TASKS = "/api/v3/contents/generations/tasks"
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
TEXT = {"type": "text", "text": "a cat"}


async def add(ark: Caller, **rule: Any) -> str:
    """Add a fault that returns 418."""
    return (await ark.control("POST", "faults", {"status": 418, **rule}))["id"]


async def create(ark: Caller, **fields: Any) -> int:
    """Return the status of a create."""
    return (await ark.try_create(**fields)).status


@pytest.mark.parametrize(
    ("condition", "struck", "spared"),
    [
        ({"key": "sk-a*"}, {"key": "sk-abc"}, {"key": "sk-b"}),
        ({"model": "*1-0-pro*"}, {"model": "seedance-1-0-pro-250528"}, {}),
        ({"prompt": "*dog*"}, {"prompt": "A DOG"}, {"prompt": "a cat"}),
        ({"mode": "i2v"}, {"content": [TEXT, IMAGE]}, {}),
        ({"role": "first_frame"}, {"content": [TEXT, IMAGE]}, {}),
    ],
)
async def test_a_create_request_is_struck_by_what_it_asks_for(
    serve: Serve, condition: dict[str, Any], struck: dict[str, Any], spared: dict[str, Any]
) -> None:
    ark = await serve(media_check="off")
    await add(ark, on="create", **condition)
    assert (await create(ark, **spared), await create(ark, **struck)) == (200, 418)


async def test_headers_and_dialects_are_told_without_reading_the_body(ark: Caller) -> None:
    await add(ark, on="create", header={"X-Project-Name": "demo*"})
    await add(ark, on="create", dialect="easyrouter")
    body = {"model": "seedance-2.0", "prompt": "a cat"}
    assert (await ark.call("POST", TASKS, headers={"x-project-name": "demo-1"}, data=b"{")).status == 418
    assert (await ark.call("POST", TASKS, data=b"{")).status == 400
    assert (await ark.call("POST", "/easyrouter/v1/video/generations", json=body)).status == 418
    assert (await ark.call("POST", "/orcarouter/v1/video/generations", json=body)).status != 418


@pytest.mark.parametrize(
    "body",
    [
        b'{"model": "m-1", "content": [{"type": "tune", "text": "a dog"}]}',
        b'{"model": "m-1", "content": [{"type": "text", "text": "a dog"}, 5], "seed": "x"}',
        b'{"model": "m-1", "prompt": "a dog"}',
    ],
)
async def test_an_invalid_create_still_has_a_model_and_a_prompt(ark: Caller, body: bytes) -> None:
    await add(ark, on="create", model="m-1", prompt="*dog*")
    assert (await ark.call("POST", TASKS, data=body)).status == 418


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"model": 5, "content": {}}', b'{"content": [1, null]}'])
async def test_a_body_without_a_prompt_matches_no_condition(ark: Caller, body: bytes) -> None:
    await add(ark, on="create", prompt="*")
    assert (await ark.call("POST", TASKS, data=body)).status == 400


@pytest.mark.parametrize(("method", "on"), [("GET", "fetch"), ("DELETE", "delete")])
async def test_a_request_about_a_task_is_struck_by_what_its_creator_asked_for(
    ark: Caller, method: str, on: str
) -> None:
    dog, cat = await ark.create("a dog"), await ark.create("a cat")
    await add(ark, on=on, prompt="*dog*", mode="t2v")
    assert (await ark.call(method, f"{TASKS}/{dog}")).status == 418
    assert (await ark.call(method, f"{TASKS}/{cat}")).status == 200
    assert (await ark.call(method, f"{TASKS}/cgt-1")).status == 404


async def test_a_poll_matches_by_its_own_key(ark: Caller) -> None:
    task = await ark.create(key="sk-creator")
    await add(ark, on="fetch", key="sk-other")
    assert (await ark.call("GET", f"{TASKS}/{task}", "sk-other")).status == 418
    assert (await ark.call("GET", f"{TASKS}/{task}", "sk-creator")).status == 200


async def test_a_download_is_struck_by_key_and_prompt_of_the_tasks_creator(ark: Caller) -> None:
    dog, cat = await ark.finished("a dog", key="sk-a"), await ark.finished("a cat", key="sk-b")
    await add(ark, on="download", key="sk-a", prompt="*dog*", dialect="ark")
    links = [task["content"]["video_url"] for task in (dog, cat)]
    assert [(await ark.call("GET", link, None)).status for link in links] == [418, 200]


async def test_a_download_is_struck_by_the_world_that_made_the_clip(ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-own", "clock": {"mode": "frozen"}})
    task = await ark.create(key="sk-own")
    await ark.control("POST", "clock/advance?world=sk-own", {"seconds": 10})
    link = (await ark.call("GET", f"{TASKS}/{task}", "sk-own")).json["content"]["video_url"]
    await add(ark, on="download")
    assert (await ark.call("GET", link, None)).status == 200
    await ark.control("POST", "faults?world=sk-own", {"on": "download", "status": 418})
    assert (await ark.call("GET", link, None)).status == 418
    (first, second) = (await ark.control("GET", "journal?world=sk-own&limit=2"))["items"]
    assert [first["status"], second["status"]] == [200, 418]


async def test_the_clip_that_a_gateway_hands_through_is_a_content_exchange(ark: Caller) -> None:
    made = await ark.call("POST", "/newapi/v1/videos", json={"model": "seedance-2.0", "prompt": "a dog"})
    name = made.json.get("task_id") or made.json["id"]
    await ark.advance(60)
    await add(ark, on="content", prompt="*dog*", nth=2)
    path = f"/newapi/v1/videos/{name}/content"
    assert [(await ark.call("GET", path)).status for _ in range(3)] == [200, 418, 200]


async def test_counts_are_of_what_satisfies_the_other_conditions(ark: Caller) -> None:
    await add(ark, on="create", prompt="*dog*", nth=2)
    statuses = [await create(ark, prompt=prompt) for prompt in ("a dog", "a cat", "a cat", "a dog", "a dog")]
    assert statuses == [200, 200, 200, 418, 200]


async def test_a_request_with_an_invalid_key_counts_too(ark: Caller) -> None:
    await add(ark, on="create", nth=2)
    assert (await ark.call("POST", TASKS, None, json={})).status == 401
    assert await create(ark) == 418


async def test_preflights_and_control_calls_are_never_struck(ark: Caller) -> None:
    for on in ("create", "fetch", "list", "delete", "content", "download"):
        await add(ark, on=on)
    assert (await ark.call("OPTIONS", TASKS, None)).status == 200
    assert (await ark.call("GET", "/_emulator/health", None)).status == 200


async def test_the_journal_names_the_fault_and_what_was_asked_for(ark: Caller) -> None:
    name = await add(ark, on="create")
    await create(ark, prompt="a dog")
    (entry,) = (await ark.control("GET", "journal"))["items"]
    assert (entry["fault"], entry["status"], entry["prompt"]) == (name, 418, "a dog")
    assert '"a dog"' in entry["request"]["body"]


async def test_an_exchange_without_a_rule_for_its_operation_is_not_described(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def describe(*_: Any) -> None:
        raise AssertionError("no rule needs it")

    await add(ark, on="download")
    monkeypatch.setattr("ark_emulator.web.dispatch.apply_faults", describe)
    task = await ark.create()
    assert (await ark.call("GET", f"{TASKS}/{task}")).status == 200
    assert (await ark.call("GET", TASKS)).status == 200


def test_every_effect_on_requests_has_a_function() -> None:
    on_requests = {kind.value for kind in effects.KINDS if kind.on != {Operation.CALLBACK}}
    assert EFFECT_HANDLERS.keys() == on_requests


def test_every_effect_after_a_commit_has_a_function() -> None:
    assert REPLIES.keys() == set(get_args(effects.ReplyFault))
    assert REPLIES.items() <= EFFECT_HANDLERS.items()
