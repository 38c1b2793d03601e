"""Ark's four task routes over HTTP: what a client meets from create to delete."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from ark_emulator.core.time.clock import ClockMode

from tests.support.caller import Answer, Caller, Serve

START = 1_790_000_000
TASKS = "/api/v3/contents/generations/tasks"
MODEL = "dreamina-seedance-2-0-260128"
DAY = 86_400

TEXT = [{"type": "text", "text": "a cat"}]


def error(answer: Answer) -> dict[str, Any]:
    return answer.json["error"]


# --- create ---------------------------------------------------------------------------------------------------------


async def test_a_created_task_answers_with_its_id_alone(ark: Caller) -> None:
    answer = await ark.try_create()
    assert answer.status == 200
    assert list(answer.json) == ["id"]
    assert re.fullmatch(r"cgt-20260921221320-[a-z0-9]{5}", answer.json["id"])


async def test_a_safety_identifier_comes_back_with_the_id(ark: Caller) -> None:
    answer = await ark.try_create(safety_identifier="user-5")
    assert answer.json["safety_identifier"] == "user-5"


async def test_unset_parameters_may_be_sent_as_null(ark: Caller) -> None:
    unset = dict.fromkeys(["callback_url", "seed", "ratio", "duration", "tools", "draft", "frames", "service_tier"])
    assert (await ark.try_create(**unset)).status == 200


async def test_unknown_parameters_are_ignored(ark: Caller) -> None:
    assert (await ark.try_create(framespersecond=999, colour="blue")).status == 200


async def test_every_task_of_a_frozen_second_has_an_id_of_its_own(ark: Caller) -> None:
    made = [await ark.create(key=f"sk-{number % 3}") for number in range(60)]
    assert len(set(made)) == 60


async def test_a_model_can_be_called_by_an_endpoint(serve: Serve) -> None:
    ark = await serve(endpoints={"ep-20260921-abcde": MODEL})
    task = await ark.poll(await ark.create(model="ep-20260921-abcde"))
    assert task["model"] == MODEL


async def test_an_unknown_model_is_not_found(ark: Caller) -> None:
    answer = await ark.try_create(model="seedance-9-9-pro")
    assert answer.status == 404
    assert "seedance-9-9-pro" in error(answer)["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"content": TEXT}, "model"),
        ({"model": MODEL}, "content"),
        ({"model": MODEL, "content": [{"type": "text"}]}, "content[0].text"),
        ({"model": MODEL, "content": [{"type": "image_url", "image_url": {}}]}, "content[0].image_url.url"),
    ],
)
async def test_what_is_missing_is_named(ark: Caller, body: dict[str, Any], param: str) -> None:
    answer = await ark.call("POST", TASKS, json=body)
    assert answer.status == 400
    assert error(answer)["code"].startswith("MissingParameter")
    assert param in error(answer)["message"]


async def test_a_refused_create_makes_no_task(ark: Caller) -> None:
    await ark.try_create(duration=99)
    assert (await ark.call("GET", TASKS)).json == {"total": 0, "items": []}


async def test_a_task_with_no_time_at_all_expires_at_once_or_is_refused(ark: Caller) -> None:
    answer = await ark.try_create(execution_expires_after=0)
    assert answer.status == 400 or await ark.status(answer.json["id"]) == "expired"


# --- poll -----------------------------------------------------------------------------------------------------------


async def test_a_task_goes_from_queued_through_running_to_succeeded(ark: Caller) -> None:
    task_id = await ark.create()
    shown = []
    for _ in range(7):
        shown.append(await ark.status(task_id))
        await ark.advance(1)
    assert shown == ["queued", *["running"] * 4, "succeeded", "succeeded"]


async def test_a_queued_task_shows_no_result(ark: Caller) -> None:
    task = await ark.poll(await ark.create())
    assert task["status"] == "queued"
    assert task["created_at"] == task["updated_at"] == START
    assert not {"content", "usage", "error", "seed", "ratio", "duration"} & set(task)


async def test_a_running_task_was_last_updated_at_its_creation(ark: Caller) -> None:
    task_id = await ark.create()
    await ark.advance(3)
    task = await ark.poll(task_id)
    assert (task["status"], task["updated_at"]) == ("running", START)


async def test_a_success_shows_everything_in_the_recorded_order(ark: Caller) -> None:
    task = await ark.finished(ratio="16:9", duration=5)
    assert list(task)[:4] == ["id", "model", "status", "content"]
    assert (task["created_at"], task["updated_at"]) == (START, START + 5)
    assert task["content"]["video_url"].startswith(ark.url + "/")
    assert 10_000 <= task["seed"] <= 99_999
    assert (task["resolution"], task["ratio"], task["duration"], task["framespersecond"]) == ("720p", "16:9", 5, 24)
    assert (task["service_tier"], task["execution_expires_after"]) == ("default", 172_800)
    assert "error" not in task


async def test_five_seconds_of_720p_at_16_to_9_cost_exactly_108900_tokens(ark: Caller) -> None:
    task = await ark.finished(ratio="16:9", resolution="720p", duration=5)
    assert task["usage"] == {"completion_tokens": 108_900, "total_tokens": 108_900}


async def test_the_fruit_tea_request_costs_exactly_410400_tokens(
    ark: Caller, fixture_request: Callable[[str], dict[str, Any]]
) -> None:
    answer = await ark.call("POST", TASKS, json=fixture_request("fruit-tea"))
    assert answer.status == 200
    await ark.advance(10)
    task = await ark.poll(answer.json["id"])
    assert task["usage"] == {"completion_tokens": 410_400, "total_tokens": 410_400}
    assert (task["duration"], task["ratio"], task["generate_audio"]) == (11, "16:9", True)


async def test_a_success_reads_the_same_on_every_poll(ark: Caller) -> None:
    task = await ark.finished()
    await ark.advance(3600)
    assert await ark.poll(task["id"]) == task


async def test_a_failed_task_tells_code_and_message_and_nothing_more(ark: Caller) -> None:
    task = await ark.finished("a cat emu:fail")
    assert task["status"] == "failed"
    assert set(task["error"]) == {"code", "message"}
    assert task["error"]["code"] == "InternalServiceError"
    assert not {"content", "usage"} & set(task)


async def test_an_unknown_task_is_not_found(ark: Caller) -> None:
    answer = await ark.call("GET", f"{TASKS}/cgt-20260921221320-zzzzz")
    assert answer.status == 404
    assert error(answer)["code"] == "NotFound.TaskNotFound"
    assert "cgt-20260921221320-zzzzz" in error(answer)["message"]


async def test_a_record_is_gone_after_seven_days(ark: Caller) -> None:
    task_id = await ark.create()
    await ark.advance(7 * DAY - 1)
    assert await ark.status(task_id) == "succeeded"
    await ark.advance(1)
    assert (await ark.call("GET", f"{TASKS}/{task_id}")).status == 404
    assert (await ark.call("GET", TASKS)).json["total"] == 0


async def test_on_a_clock_that_goes_by_polls_every_poll_shows_the_next_status(serve: Serve) -> None:
    ark = await serve(mode=ClockMode.POLLS)
    task_id = await ark.create()
    assert [await ark.status(task_id) for _ in range(4)] == ["queued", "running", "succeeded", "succeeded"]


async def test_on_a_clock_that_goes_by_polls_a_stuck_task_expires(serve: Serve) -> None:
    ark = await serve(mode=ClockMode.POLLS)
    task_id = await ark.create("emu:stuck-running")
    assert [await ark.status(task_id) for _ in range(4)] == ["queued", "running", "expired", "expired"]
    assert await ark.now() == START + 2 * DAY


# --- list -----------------------------------------------------------------------------------------------------------


async def listed(ark: Caller, **query: Any) -> dict[str, Any]:
    names = {name: f"filter.{name}" for name in ("status", "task_ids", "model", "service_tier")}
    pairs = [
        (names.get(name, name), each)
        for name, value in query.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    answer = await ark.call("GET", TASKS, params=pairs)
    assert answer.status == 200, answer.body
    return answer.json


async def test_a_list_has_the_newest_first_and_counts_them_all(ark: Caller) -> None:
    made = [await ark.create() for _ in range(5)]
    found = await listed(ark, page_size=2, page_num=2)
    assert [task["id"] for task in found["items"]] == [made[2], made[1]]
    assert found["total"] == 5


async def test_a_list_shows_the_same_objects_as_polls(ark: Caller) -> None:
    task = await ark.finished(ratio="9:16", return_last_frame=True)
    assert (await listed(ark))["items"] == [task]


async def test_a_page_past_the_end_is_empty(ark: Caller) -> None:
    await ark.create()
    assert await listed(ark, page_num=9) == {"total": 1, "items": []}


async def test_a_list_can_be_narrowed_to_a_status(ark: Caller) -> None:
    done, waiting = await ark.create(), await ark.create("emu:stuck-queued")
    await ark.advance(10)
    assert [task["id"] for task in (await listed(ark, status="succeeded"))["items"]] == [done]
    assert [task["id"] for task in (await listed(ark, status="queued"))["items"]] == [waiting]
    assert (await listed(ark, status="expired"))["total"] == 0


async def test_a_list_can_be_narrowed_to_ids_repeated_or_joined(ark: Caller) -> None:
    first, _, third = [await ark.create() for _ in range(3)]
    for ids in ([first, third], f"{first},{third}"):
        assert {task["id"] for task in (await listed(ark, task_ids=ids))["items"]} == {first, third}


async def test_a_list_can_be_narrowed_to_a_model_and_a_tier(ark: Caller) -> None:
    pro = "seedance-1-0-pro-250528"
    flex = await ark.create(model=pro, service_tier="flex")
    online = await ark.create(model=pro)
    await ark.create()
    assert [task["id"] for task in (await listed(ark, model=pro))["items"]] == [online]
    assert [task["id"] for task in (await listed(ark, service_tier="flex"))["items"]] == [flex]
    assert flex.startswith("cgt-batch-")


@pytest.mark.parametrize("query", [{"page_num": 0}, {"page_size": 501}, {"page_num": "two"}, {"filter.status": "done"}])
async def test_a_list_that_asks_for_nonsense_is_refused(ark: Caller, query: dict[str, Any]) -> None:
    answer = await ark.call("GET", TASKS, params=query)
    assert answer.status == 400
    assert next(iter(query)) in error(answer)["message"]


# --- delete ---------------------------------------------------------------------------------------------------------


async def test_a_queued_task_can_be_cancelled(ark: Caller) -> None:
    task_id = await ark.create()
    answer = await ark.call("DELETE", f"{TASKS}/{task_id}", json={})
    assert (answer.status, answer.json) == (200, {})
    await ark.advance(60)
    task = await ark.poll(task_id)
    assert (task["status"], task["updated_at"]) == ("cancelled", START)


async def test_a_cancelled_record_is_gone_after_a_day(ark: Caller) -> None:
    task_id = await ark.create()
    await ark.advance(0.5)
    await ark.call("DELETE", f"{TASKS}/{task_id}")
    await ark.advance(DAY - 0.5)
    assert await ark.status(task_id) == "cancelled"
    await ark.advance(0.5)
    assert (await ark.call("GET", f"{TASKS}/{task_id}")).status == 404


async def test_a_cancelled_task_cannot_be_deleted(ark: Caller) -> None:
    task_id = await ark.create()
    await ark.call("DELETE", f"{TASKS}/{task_id}")
    answer = await ark.call("DELETE", f"{TASKS}/{task_id}")
    assert answer.status == 409
    assert error(answer)["code"] == "InvalidAction.CancelledTaskDeletion"


async def test_a_running_task_can_be_neither_cancelled_nor_deleted(ark: Caller) -> None:
    task_id = await ark.create()
    await ark.advance(1)
    answer = await ark.call("DELETE", f"{TASKS}/{task_id}")
    assert answer.status == 409
    assert error(answer)["code"] == "InvalidAction.RunningTaskDeletion"
    assert f"`{task_id}`" in error(answer)["message"]
    await ark.advance(10)
    assert await ark.status(task_id) == "succeeded"


@pytest.mark.parametrize("prompt", ["a cat", "emu:fail", "emu:expired"])
async def test_a_task_that_has_ended_can_be_deleted_once(ark: Caller, prompt: str) -> None:
    task = await ark.finished(prompt)
    assert (await ark.call("DELETE", f"{TASKS}/{task['id']}")).status == 200
    for method in ("GET", "DELETE"):
        assert (await ark.call(method, f"{TASKS}/{task['id']}")).status == 404
    assert (await listed(ark))["total"] == 0


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"), [("POST", TASKS), ("GET", TASKS), ("GET", TASKS + "/x"), ("DELETE", TASKS + "/x")]
)
async def test_nobody_gets_in_without_a_key(ark: Caller, method: str, path: str) -> None:
    answer = await ark.call(method, path, None)
    assert answer.status == 401
    assert error(answer)["code"] == "AuthenticationError"
    assert answer.headers["x-error-code"] == "AuthN_MissOrInvalidAuthorizationHeader"


async def test_any_key_will_do_unless_the_keys_were_named(serve: Serve) -> None:
    open_door, narrow_door = await serve(), await serve(keys=frozenset({"sk-good"}))
    assert (await open_door.try_create(key="whatever")).status == 200
    assert (await narrow_door.try_create(key="sk-good")).status == 200
    answer = await narrow_door.try_create(key="whatever")
    assert answer.status == 401
    assert "doesn't exist" in error(answer)["message"]


async def test_the_key_is_asked_for_before_the_body_is_read(ark: Caller) -> None:
    assert (await ark.call("POST", TASKS, None, data=b"not json")).status == 401


# --- runs that repeat -----------------------------------------------------------------------------------------------


async def test_two_runs_with_one_seed_answer_with_the_same_bytes(serve: Serve) -> None:
    async def run(seed: int) -> list[tuple[bytes, str, str]]:
        ark = await serve(seed=seed)
        answers = [await ark.try_create(f"a cat {number}", seed=None) for number in range(3)]
        answers.append(await ark.try_create(duration=99))
        await ark.advance(60)
        answers.append(await ark.call("GET", TASKS))
        answers += [await ark.call("GET", f"{TASKS}/{answer.json['id']}") for answer in answers[:3]]
        return [
            (answer.body.replace(ark.url.encode(), b""), answer.headers["X-Request-Id"], answer.headers["Date"])
            for answer in answers
        ]

    first, again, other = await run(5), await run(5), await run(6)
    signature = re.compile(rb"X-Tos-Signature=[0-9a-f]+")  # it covers the host, whose port differs
    strip = [[(signature.sub(b"", body), *rest) for body, *rest in each] for each in (first, again, other)]
    assert strip[0] == strip[1]
    assert all(one != two for one, two in zip(strip[0], strip[2], strict=True))


async def test_the_twin_path_serves_the_same_tasks(ark: Caller) -> None:
    task_id = await ark.create()
    twin = await ark.call("GET", f"/api/coding/v3/contents/generations/tasks/{task_id}")
    assert twin.json == await ark.poll(task_id)
