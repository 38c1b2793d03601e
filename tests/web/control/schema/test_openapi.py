"""The published description: valid, complete, and true of what is answered."""

from typing import Any

import pytest
from ark_emulator.dialects.ark import response_models as ark_shapes
from ark_emulator.web.control.schema import control_models
from ark_emulator.web.control.schema.control_operations import OPERATIONS
from ark_emulator.web.control.schema.openapi import ARK, document
from ark_emulator.web.routes import ROUTES, Access
from openapi_spec_validator import validate

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller

TASKS = "/api/v3/contents/generations/tasks"
UNDESCRIBED = {
    "published_description",
    "stream",
    "show",
    "onwards",
    "front",
    "page",
    "static",
    "clip",
    "last_frame",
    "sample",
}
"""Handlers whose answers are no JSON of ours to describe: streams, files, and the description itself."""


def test_the_description_is_valid_openapi() -> None:
    validate(document(ROUTES))


def test_every_route_of_ark_and_of_the_control_api_is_described() -> None:
    described = {**ARK, **OPERATIONS}
    missing = [
        f"{route.method} {route.path}"
        for route in ROUTES
        if route.dialect == "ark" and route.access is not Access.SIGNED_LINK and route.method != "OPTIONS"
        if route.handler not in described and route.handler.__name__ not in UNDESCRIBED
    ]
    assert missing == []


async def test_it_is_served(ark: Caller) -> None:
    answer = await ark.call("GET", "/_emulator/openapi.json", None)
    assert answer.status == 200
    assert answer.json["paths"][TASKS]["post"]["operationId"] == "post_api_v3_tasks"


@pytest.mark.parametrize("prompt", ["a cat", "emu:fail", "emu:expired", "emu:stuck-running"])
@pytest.mark.parametrize(
    "model", ["doubao-seedance-2-5-260628", "dreamina-seedance-2-0-260128", "seedance-1-0-pro-250528"]
)
async def test_every_task_object_has_the_described_shape_at_every_status(ark: Caller, prompt: str, model: str) -> None:
    asked = {"return_last_frame": True, "safety_identifier": "user-5"}
    task = await ark.create(prompt, model=model, **asked)
    for _ in range(4):
        shown = (await ark.call("GET", f"{TASKS}/{task}")).body
        ark_shapes.TaskObject.model_validate_json(shown, strict=True)
        await ark.advance(2)
    ark_shapes.TaskList.model_validate_json((await ark.call("GET", TASKS)).body, strict=True)


async def test_refusals_and_catalogue_have_the_described_shape(ark: Caller) -> None:
    ark_shapes.ErrorEnvelope.model_validate_json((await ark.try_create(ratio="7:5")).body, strict=True)
    ark_shapes.ErrorEnvelope.model_validate_json((await ark.call("GET", f"{TASKS}/x")).body, strict=True)
    ark_shapes.ModelList.model_validate_json((await ark.call("GET", "/api/v3/models")).body, strict=True)


async def test_the_control_api_answers_in_the_described_shapes(ark: Caller, receiver: Receiver) -> None:
    task = await ark.create(callback_url=receiver.url + "/hook")
    world = {"api_key": "sk-own", "clock": {"mode": "frozen", "start": 5}}
    calls = [
        ("GET", "health", None, control_models.HealthModel),
        ("GET", "clock", None, control_models.ClockModel),
        ("POST", "clock/advance", {"seconds": 10}, control_models.Advanced),
        ("POST", "clock/resume", {"speed": 2}, control_models.ClockModel),
        ("POST", "clock/freeze", None, control_models.ClockModel),
        ("POST", "worlds", world, control_models.WorldModel),
        ("GET", "worlds", None, control_models.Worlds),
        ("DELETE", "worlds/sk-own", None, control_models.Done),
        ("GET", "tasks", None, control_models.Tasks),
        ("GET", f"tasks/{task}", None, control_models.TaskInside),
        ("GET", "callbacks", None, control_models.Callbacks),
        ("GET", "journal", None, control_models.Entries),
        ("POST", "journal/verify", {"match": {"method": "POST"}}, control_models.Verified),
        ("GET", "report", None, control_models.ReportCardModel),
        ("DELETE", "journal", None, control_models.Done),
        ("POST", "reset", None, control_models.Moment),
    ]
    for method, path, body, shape in calls:
        answer = await ark.call(method, f"/_emulator/{path}", None, json=body)
        assert answer.status < 300, (path, answer.body)
        shape.model_validate_json(answer.body)  # type: ignore[attr-defined]
    failed = await ark.call("POST", "/_emulator/journal/verify", None, json={"match": {"method": "GET"}, "exactly": 9})
    control_models.NotVerified.model_validate_json(failed.body)
    refused = await ark.call("POST", "/_emulator/clock/advance", None, json={"seconds": -1})
    assert refused.status == 400
    control_models.Refused.model_validate_json(refused.body)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Authorization": ""}, {}, 401),
        ({}, {"model": "no-such-model", "content": [{"type": "text", "text": "a cat"}]}, 503),
        ({}, {"model": "seedance-1-5-pro-251215"}, 400),
    ],
)
async def test_refusals_of_powertokens_have_the_described_shape(
    ark: Caller, headers: dict[str, Any], body: dict[Any, Any], status: int
) -> None:
    answer = await ark.call("POST", f"/byteplus{TASKS}", json=body, headers=headers)
    assert answer.status == status
    shape = document(ROUTES)["paths"][f"/byteplus{TASKS}"]["post"]["responses"][str(status)]
    assert shape["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/PowerTokensRefusal"}
    ark_shapes.PowerTokensRefusal.model_validate_json(answer.body, strict=True)
