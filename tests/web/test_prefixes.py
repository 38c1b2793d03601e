"""Prefixes: the emulated routes answer under other paths as well, as they stand at resellers."""

import pytest

from tests.support.caller import Serve

TASKS = "/api/v3/contents/generations/tasks"
MODEL = "dreamina-seedance-2-0-260128"
BODY = {"model": MODEL, "content": [{"type": "text", "text": "a cat"}]}


@pytest.mark.parametrize("prefix", ["/seedance", "/ark", "/proxy/byteplus", "/a/b/c"])
async def test_arks_routes_answer_behind_a_prefix_as_without_it(serve: Serve, prefix: str) -> None:
    ark = await serve(prefixes=("/seedance", "/ark", "/proxy/byteplus", "/a/b/c"))
    made = await ark.call("POST", prefix + TASKS, json=BODY)
    assert made.status == 200, made.body
    task = made.json["id"]
    await ark.advance(10)
    for _ in range(2):
        shown = await ark.call("GET", f"{prefix}{TASKS}/{task}")
        assert shown.json == await ark.poll(task) and shown.json["status"] == "succeeded"
    assert (await ark.call("GET", f"{prefix}{TASKS}")).json["total"] == 1
    assert (await ark.call("GET", f"{prefix}/api/v3/models")).status == 200
    link = shown.json["content"]["video_url"]
    assert prefix not in link
    assert (await ark.call("DELETE", f"{prefix}{TASKS}/{task}")).status == 200


async def test_gateways_answer_behind_a_prefix_as_without_it(serve: Serve) -> None:
    ark = await serve(prefixes=("/relay",))
    body = {"model": "seedance-2.0", "prompt": "a cat"}
    for base in ("/relay/v1", "/relay/newapi/v1"):
        asked = {**body, "model": "doubao-seedance-2-0-260128"}
        task = (await ark.call("POST", f"{base}/videos", json=asked)).json["id"]
        assert (await ark.call("GET", f"{base}/videos/{task}")).json["id"] == task
        unknown = await ark.call("GET", f"{base}/nothing")
        assert unknown.json["error"]["message"] == "Invalid URL (GET /v1/nothing)"
    assert (await ark.call("GET", "/relay/v1/models")).status == 200
    native = await ark.call("POST", f"/relay/byteplus{TASKS}", json=BODY)
    assert native.status == 200


async def test_the_longest_prefix_counts(serve: Serve) -> None:
    ark = await serve(prefixes=("/proxy", "/proxy/byteplus"))
    unsold = {**BODY, "model": "doubao-seedance-2-0-260128"}
    assert (await ark.call("POST", f"/proxy/byteplus{TASKS}", json=unsold)).status == 200
    ark = await serve(prefixes=("/proxy",))
    assert (await ark.call("POST", f"/proxy/byteplus{TASKS}", json=unsold)).status == 503


async def test_a_world_may_stand_before_or_behind_a_prefix(serve: Serve) -> None:
    ark = await serve(prefixes=("/seedance",))
    await ark.control("POST", "worlds", {"api_key": "mine"})
    for path in (f"/w/mine/seedance{TASKS}", f"/seedance/w/mine{TASKS}"):
        assert (await ark.call("POST", path, None, json=BODY)).status == 200
    assert (await ark.call("GET", f"/w/mine{TASKS}", None)).json["total"] == 2
    assert (await ark.call("GET", TASKS)).json["total"] == 0


async def test_without_the_flag_and_for_the_control_api_there_is_no_prefix(serve: Serve) -> None:
    ark = await serve()
    assert (await ark.call("GET", f"/seedance{TASKS}")).json["error"]["code"] == "PathNotFound"
    ark = await serve(prefixes=("/seedance",))
    assert (await ark.call("GET", "/seedance/_emulator/clock", None)).status == 404
    assert (await ark.call("GET", f"/seedances{TASKS}")).status == 404
    assert (await ark.call("GET", "/seedance/seedance" + TASKS)).status == 404
