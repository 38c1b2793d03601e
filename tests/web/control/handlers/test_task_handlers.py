"""The inside of tasks by the control API, and moving one by hand."""

from typing import Any

import pytest

from tests.support.callback_receiver import Receiver
from tests.support.caller import Answer, Caller

START = 1_790_000_000


async def forced(ark: Caller, task_id: str, status: str, **more: Any) -> Answer:
    return await ark.call("POST", f"/_emulator/tasks/{task_id}/force", None, json={"status": status, **more})


async def inside(ark: Caller, task_id: str) -> dict[str, Any]:
    return await ark.control("GET", f"tasks/{task_id}")


async def test_a_queued_task_forced_to_succeed_has_run_for_an_instant(ark: Caller, receiver: Receiver) -> None:
    task_id = await ark.create("emu:stuck-queued", callback_url=receiver.url)
    await ark.advance(30)
    assert (await forced(ark, task_id, "succeeded")).status == 200
    task = await ark.poll(task_id)
    assert (task["status"], task["updated_at"]) == ("succeeded", START + 30)
    assert (await ark.call("GET", task["content"]["video_url"], None)).status == 200
    moves = [(each["status"], each["at"] - START) for each in (await inside(ark, task_id))["moves"]]
    assert moves == [("queued", 0), ("running", 30), ("succeeded", 30)]
    await receiver.wait_for(3)
    assert receiver.told() == ["queued", "running", "succeeded"]


async def test_a_task_forced_to_run_goes_on_by_its_plan(ark: Caller) -> None:
    task_id = await ark.create()
    await ark.advance(0.5)
    assert (await forced(ark, task_id, "running")).status == 200
    await ark.advance(3.5)
    assert await ark.status(task_id) == "running"
    await ark.advance(0.5)
    assert await ark.status(task_id) == "succeeded"


async def test_a_task_made_to_fail_says_why(ark: Caller) -> None:
    named, told, bare = [await ark.create() for _ in range(3)]
    await forced(ark, named, "failed", code="OutputVideoSensitiveContentDetected")
    await forced(ark, told, "failed", code="Mine", message="because")
    await forced(ark, bare, "failed")
    assert (await ark.poll(named))["error"]["code"] == "OutputVideoSensitiveContentDetected"
    assert (await ark.poll(told))["error"] == {"code": "Mine", "message": "because"}
    assert (await ark.poll(bare))["error"]["code"] == "InternalServiceError"


@pytest.mark.parametrize("goal", ["queued", "running", "succeeded", "failed", "expired", "cancelled"])
async def test_a_task_that_has_ended_cannot_be_moved(ark: Caller, goal: str) -> None:
    task = await ark.finished()
    answer = await forced(ark, task["id"], goal)
    assert (answer.status, answer.json["error"]["code"]) == (409, "illegal_move")
    assert await ark.poll(task["id"]) == task


async def test_a_running_task_cannot_be_cancelled_even_by_force(ark: Caller) -> None:
    task_id = await ark.create()
    await ark.advance(1)
    assert (await forced(ark, task_id, "cancelled")).status == 409
    assert await ark.status(task_id) == "running"


async def test_a_task_cannot_be_forced_into_a_status_that_there_is_not(ark: Caller) -> None:
    answer = await forced(ark, await ark.create(), "done")
    assert (answer.status, answer.json["error"]["code"]) == (400, "bad_status")


async def test_an_unknown_task_cannot_be_forced(ark: Caller) -> None:
    assert (await forced(ark, "cgt-nothing", "failed")).status == 404


async def test_the_inside_of_a_task_tells_moves_plan_deliveries_and_cost(ark: Caller, receiver: Receiver) -> None:
    task_id = await ark.create(callback_url=receiver.url, ratio="16:9", duration=5)
    await ark.advance(2)
    early = await inside(ark, task_id)
    assert [each["status"] for each in early["moves"]] == ["queued", "running"]
    assert "usage" not in early
    await ark.advance(10)
    late = await inside(ark, task_id)
    assert late["usage"]["completion_tokens"] == 108_900
    assert late["plan"]["accepted_at"] == START
    assert [(each["status"], each["state"]) for each in late["deliveries"]] == [
        ("queued", "delivered"),
        ("running", "delivered"),
        ("succeeded", "delivered"),
    ]
    assert late["cost"]["USD"] == pytest.approx(0.7623)
    assert late["key"] != "sk-test"


async def test_the_tasks_of_a_world_are_listed_newest_first_and_by_status(ark: Caller) -> None:
    first, second = await ark.create(), await ark.create("emu:stuck-queued")
    await ark.advance(10)
    every = await ark.control("GET", "tasks")
    assert ([each["id"] for each in every["items"]], every["total"]) == ([second, first], 2)
    assert [each["id"] for each in (await ark.control("GET", "tasks?status=queued"))["items"]] == [second]
