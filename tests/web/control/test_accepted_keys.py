"""What control routes do not accept: unknown keys and parameters, too much of anything; said shortly."""

import time
from typing import Any

import pytest
from ark_emulator.web.control.control_body import ECHOED, LARGEST_BODY
from ark_emulator.web.routes import HEALTH, ROUTES, Access

from tests.support.caller import Caller

WITH_BODIES = sorted(
    {(each.method, each.path) for each in ROUTES if each.is_control and each.method not in ("GET", "HEAD")}
)
CHECKED = sorted(each.path for each in ROUTES if each.access is Access.CONTROL_TOKEN or each.path == HEALTH)


@pytest.mark.parametrize(("method", "path"), WITH_BODIES)
async def test_every_route_refuses_a_key_that_it_does_not_know(ark: Caller, method: str, path: str) -> None:
    if path == "/_emulator/scenario/check":
        pytest.skip("it takes any text, to say what is wrong with it")
    answer = await ark.call(method, path.replace("{id}", "x"), None, json={"surplus": 1})
    assert answer.status in (400, 422), answer.body
    assert "surplus" in str(answer.json)
    assert answer.json["error"]["code"] in ("unknown_key", "invalid_fault")


@pytest.mark.parametrize("path", CHECKED)
async def test_every_route_refuses_a_parameter_that_it_does_not_know(ark: Caller, path: str) -> None:
    method = next(each.method for each in ROUTES if each.path == path)
    answer = await ark.call(method, path.replace("{id}", "x"), None, params={"wrold": "sk-mine"})
    assert (answer.status, answer.json["error"]["code"]) == (400, "unknown_parameter")
    assert "accepted parameters: " in answer.json["error"]["message"]


async def test_a_count_under_a_wrong_name_does_not_look_like_success(ark: Caller) -> None:
    await ark.create()
    answer = await ark.call("POST", "/_emulator/journal/verify", None, json={"match": {}, "count": 2})
    assert (answer.status, answer.json["error"]["code"]) == (400, "unknown_key")
    assert "match, exactly, at_least, at_most, in_order" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"in_order": [{}], "exactly": 1}, "bad_in_order"),
        ({"in_order": [{}] * 10_001}, "bad_in_order"),
        ({"match": {"prompt": ["a"]}}, "bad_match"),
        ({"match": {"prompt": "[" * 5_000}}, "bad_match"),
        ({"match": {"x" * 5_000: 1}}, "bad_match"),
        ({"match": {}, "k" * 5_000: 1}, "unknown_key"),
    ],
)
async def test_a_question_that_cannot_be_meant_is_refused_in_few_words(
    ark: Caller, body: dict[str, Any], code: str
) -> None:
    answer = await ark.call("POST", "/_emulator/journal/verify", None, json=body)
    assert (answer.status, answer.json["error"]["code"]) == (400, code)
    assert len(answer.body) < 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "worlds/{}"), ("GET", "tasks/x/{}"), ("GET", "scenarios/{}"), ("DELETE", "faults/{}"),
        ("POST", "callbacks/{}/drop"), ("GET", "clock?world={}"), ("GET", "clock?{}=1"), ("GET", "journal?limit={}"),
    ],
)  # fmt: skip
async def test_a_long_name_is_repeated_by_no_more_than_its_beginning(ark: Caller, method: str, path: str) -> None:
    answer = await ark.call(method, "/_emulator/" + path.format("n" * 7_000), None)
    assert answer.status in (400, 404)
    assert answer.body.count(b"n") < 2 * ECHOED


async def test_a_large_body_is_refused_before_it_is_read(ark: Caller) -> None:
    body = b'{"' + b"k" * LARGEST_BODY + b'":1}'
    for path in ("clock/advance", "reset", "scenario/check", "journal/verify", "faults"):
        answer = await ark.call("POST", f"/_emulator/{path}", None, data=body)
        assert (answer.status, answer.json["error"]["code"]) == (413, "body_too_large")
        assert len(answer.body) < 300


async def test_one_large_key_costs_next_to_nothing(ark: Caller) -> None:
    began = time.process_time()
    answer = await ark.call("POST", "/_emulator/worlds", None, data=b'{"' + b"k" * 4_000_000 + b'":1}')
    assert answer.status == 400
    assert len(answer.body) < 400
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("value", ["yes", "2", "on"])
async def test_a_switch_is_on_or_off(ark: Caller, value: str) -> None:
    answer = await ark.call("GET", f"/_emulator/journal?brief={value}", None)
    assert (answer.status, answer.json["error"]["code"]) == (400, "bad_brief")


async def test_a_character_that_yaml_cannot_hold_is_no_reason_to_say_that_json_is_no_yaml(ark: Caller) -> None:
    for name in ("a\u009bb", "a\u0085b", "a\u2028b", "a\x7fb"):
        fault = await ark.call("POST", "/_emulator/faults", None, json={"on": "fetch", "status": 503, "name": name})
        assert fault.json["error"]["complaints"][0]["code"] == "SC106"
        chosen = await ark.call("PUT", "/_emulator/scenario", None, json={"scenario": {"version": 1, "about": name}})
        assert (chosen.status, chosen.json["about"]) == (200, name)
