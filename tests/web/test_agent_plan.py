"""The Agent Plan's base: four task routes, and a 404 without a body for everything else."""

from datetime import datetime
from typing import Any

import pytest

from tests.support.caller import Caller, Serve

BASE = "/api/plan/v3"
TASKS = f"{BASE}/contents/generations/tasks"
STOP = datetime.fromisoformat("2026-09-21T14:00:00+08:00").timestamp()


def body(model: str) -> dict[str, Any]:
    return {"model": model, "content": [{"type": "text", "text": "a cat"}]}


async def test_a_task_is_created_shown_listed_and_deleted_on_the_plan(ark: Caller) -> None:
    made = await ark.call("POST", TASKS, json=body("doubao-seedance-2.0"))
    assert made.status == 200
    name = made.json["id"]
    shown = await ark.call("GET", f"{TASKS}/{name}")
    assert (shown.json["id"], shown.json["model"]) == (name, "doubao-seedance-2-0-260128")
    for wanted in ("doubao-seedance-2.0", "doubao-seedance-2-0-260128"):
        listed = await ark.call("GET", f"{TASKS}?filter.model={wanted}")
        assert [item["id"] for item in listed.json["items"]] == [name]
    assert (await ark.call("GET", f"{TASKS}?filter.model=doubao-seedance-2.0-fast")).json["total"] == 0
    assert (await ark.call("DELETE", f"{TASKS}/{name}")).json == {}
    assert (await ark.call("GET", f"{TASKS}/{name}")).json["status"] == "cancelled"


async def test_dotted_names_are_for_the_plan_alone(ark: Caller) -> None:
    answer = await ark.call("POST", "/api/v3/contents/generations/tasks", json=body("doubao-seedance-2.0"))
    assert (answer.status, answer.json["error"]["code"]) == (404, "InvalidEndpointOrModel.NotFound")


async def test_a_model_outside_the_plan_is_told_with_an_empty_type(ark: Caller) -> None:
    answer = await ark.call("POST", TASKS, json=body("doubao-seedance-2-5-260628"))
    error = answer.json["error"]
    assert (answer.status, error["code"], error["param"], error["type"]) == (404, "UnsupportedModel", "", "")
    assert error["message"].endswith(f"to select a compatible model. Request id: {answer.headers['X-Request-Id']}")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/models"), ("POST", "/chat/completions"), ("POST", "/images/generations"), ("GET", "/files")),
        *(("GET", "/"), ("PUT", "/contents/generations/tasks"), ("GET", "/contents/generations/tasks/")),
        ("POST", "/contents/generations/tasks/cgt-20260101000000-xxxxx/cancel"),
    ],
)
async def test_any_other_path_of_the_plan_is_a_404_without_a_body(ark: Caller, method: str, path: str) -> None:
    answer = await ark.call(method, BASE + path, json={} if method != "GET" else None)
    assert (answer.status, answer.body) == (404, b"")


async def test_without_a_key_a_task_route_of_the_plan_refuses(ark: Caller) -> None:
    assert (await ark.call("POST", TASKS, None, json=body("doubao-seedance-2.0"))).status == 401


@pytest.mark.parametrize(("moment", "status"), [(STOP - 1, 200), (STOP, 404)])
async def test_a_model_that_the_plan_stopped_is_refused_where_retired_models_are(
    serve: Serve, moment: float, status: int
) -> None:
    ark = await serve(strict_lifecycle=True, start=moment)
    answer = await ark.call("POST", TASKS, json=body("doubao-seedance-1.5-pro"))
    assert answer.status == status, answer.body
    assert status == 200 or answer.json["error"]["code"] == "UnsupportedModel"
    assert (await ark.call("POST", TASKS, json=body("doubao-seedance-2.0-mini"))).status == 200


async def test_a_model_that_the_plan_stopped_stays_usable_by_default(serve: Serve) -> None:
    ark = await serve(start=STOP)
    assert (await ark.call("POST", TASKS, json=body("doubao-seedance-1.5-pro"))).status == 200


async def test_the_windows_of_a_plan_are_told_by_either_code(ark: Caller) -> None:
    for code, ending in (("AccountQuotaExceeded", "or waiting for the reset."), ("QuotaExceeded", "")):
        await ark.control("POST", "faults", {"on": "create", "dialect": "agent-plan", "refuse": code})
        answer = await ark.call("POST", TASKS, json=body("doubao-seedance-2.0"))
        assert (answer.status, answer.json["error"]["code"], answer.json["error"]["type"]) == (
            429,
            code,
            "TooManyRequests",
        )
        assert ending in answer.json["error"]["message"]
        await ark.control("DELETE", "faults")


async def test_a_task_of_the_plan_is_told_by_its_dialects_under_the_plans_path(ark: Caller) -> None:
    name = (await ark.call("POST", TASKS, json=body("doubao-seedance-2.0"))).json["id"]
    told = (await ark.control("GET", f"tasks/{name}/dialects"))["items"]
    assert [each["path"] for each in told if each["own"]] == [f"{TASKS}/{name}"]
