"""Limits as a client meets them: 429 for creating too fast or queueing too much, and waiting for a slot."""

import pytest
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.time.clock import ClockMode

from tests.support.caller import Caller, Serve

CODE = "ModelAccountRpmRateLimitExceeded"
FAST = "dreamina-seedance-2-0-fast-260128"
OLD = "seedance-1-0-pro-250528"


async def statuses(ark: Caller, ids: list[str]) -> list[str]:
    return [await ark.status(task_id) for task_id in ids]


async def test_without_limits_everything_runs_at_once(ark: Caller) -> None:
    ids = [await ark.create() for _ in range(15)]
    await ark.advance(2)
    assert set(await statuses(ark, ids)) == {"running"}


async def test_an_individual_account_runs_three_tasks_at_once_and_the_others_wait(serve: Serve) -> None:
    ark = await serve(limits=Limits("individual"))
    ids = [await ark.create() for _ in range(5)]
    await ark.advance(2)
    assert await statuses(ark, ids) == ["running"] * 3 + ["queued"] * 2
    await ark.advance(4)
    assert await statuses(ark, ids) == ["succeeded"] * 3 + ["running"] * 2


async def test_a_slot_that_comes_free_goes_to_the_highest_priority_and_then_to_the_first(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    running = await ark.create()
    await ark.advance(2)
    low, first, second = [await ark.create(priority=priority) for priority in (0, 5, 5)]
    await ark.advance(1)
    assert await ark.status(running) == "running"
    order = [move["task"] for move in await ark.advance(30) if move.get("status") == "running"]
    assert order == [first, second, low]


async def test_a_higher_priority_never_interrupts_a_running_task(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    running = await ark.create(priority=0)
    await ark.advance(2)
    urgent = await ark.create(priority=9)
    await ark.advance(2)
    assert await statuses(ark, [running, urgent]) == ["running", "queued"]


async def test_a_waiting_task_that_is_cancelled_gives_its_place_away(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    first, second, third = [await ark.create() for _ in range(3)]
    await ark.advance(2)
    assert (await ark.call("DELETE", f"/api/v3/contents/generations/tasks/{second}")).status == 200
    await ark.advance(4)
    assert await statuses(ark, [first, second, third]) == ["succeeded", "cancelled", "running"]


async def test_a_task_that_is_stuck_keeps_its_slot_until_it_expires(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    stuck = await ark.create("emu:stuck-running", execution_expires_after=3600)
    waiting = await ark.create(execution_expires_after=7200)
    await ark.advance(3599)
    assert await statuses(ark, [stuck, waiting]) == ["running", "queued"]
    await ark.advance(2)
    assert await statuses(ark, [stuck, waiting]) == ["expired", "running"]


async def test_a_task_that_waits_too_long_expires_in_the_queue(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    await ark.create("emu:stuck-running", execution_expires_after=7200)
    waiting = await ark.create(execution_expires_after=3600)
    await ark.advance(3601)
    assert await ark.status(waiting) == "expired"


async def test_a_forced_end_frees_the_slot_at_once(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    first, second = await ark.create(), await ark.create()
    await ark.advance(2)
    await ark.control("POST", f"tasks/{first}/force", {"status": "failed"})
    assert await ark.status(second) == "running"


async def test_keys_and_models_have_slots_of_their_own(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    ids = [await ark.create(), await ark.create(key="sk-other"), await ark.create(model=FAST)]
    await ark.advance(2)
    assert await statuses(ark, ids) == ["running"] * 3


async def test_flex_tasks_wait_in_a_lane_of_their_own(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    ids = [await ark.create(model=OLD, service_tier=tier) for tier in ("default", "flex", "flex")]
    assert ids[1].startswith("cgt-batch-")
    await ark.advance(2)
    assert await statuses(ark, ids) == ["running", "running", "queued"]


async def test_creating_too_fast_is_refused_until_a_minute_has_passed(serve: Serve) -> None:
    ark = await serve(limits=Limits(creates_per_minute=2))
    assert [(await ark.try_create()).status for _ in range(3)] == [200, 200, 429]
    refused = (await ark.try_create()).json["error"]
    assert (refused["code"], refused["type"]) == (CODE, "TooManyRequests")
    assert refused["message"].startswith("RPM (Requests Per Minute) limit of the model is exceeded.")
    assert (await ark.try_create(key="sk-other")).status == 200
    await ark.advance(59)
    assert (await ark.try_create()).status == 429
    await ark.advance(1)
    assert (await ark.try_create()).status == 200


async def test_a_create_that_is_refused_for_its_content_does_not_count(serve: Serve) -> None:
    ark = await serve(limits=Limits(creates_per_minute=1))
    assert (await ark.try_create(ratio="7:5")).status == 400
    assert (await ark.try_create()).status == 200


async def test_too_long_a_queue_is_refused(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1, queued=2))
    answers = [await ark.try_create() for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[-1].json["error"]["code"] == "QuotaExceeded"
    await ark.advance(2)
    assert (await ark.try_create()).status == 200


async def test_four_k_has_one_slot_beside_those_of_the_smaller_sizes(serve: Serve) -> None:
    ark = await serve(limits=Limits("enterprise"))
    ids = [await ark.create(resolution=size) for size in ("4k", "4k", "720p", "1080p")]
    await ark.advance(2)
    assert await statuses(ark, ids) == ["running", "queued", "running", "running"]


@pytest.mark.parametrize("slots", [1, 3])
async def test_no_more_tasks_run_than_there_are_slots_at_any_moment(serve: Serve, slots: int) -> None:
    ark = await serve(limits=Limits(concurrent=slots))
    for number in range(12):
        await ark.create(priority=number % 4)
    running, most = 0, 0
    for effect in await ark.advance(100):
        if effect["kind"] == "move":
            running += {"running": 1, "succeeded": -1}.get(effect["status"], 0)
            most = max(most, running)
    assert (running, most) == (0, slots)


async def test_a_live_clock_starts_waiting_tasks_without_being_asked(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1), mode=ClockMode.LIVE, speed=1000.0)
    ids = [await ark.create() for _ in range(4)]
    for _ in range(400):
        if set(await statuses(ark, ids)) == {"succeeded"}:
            break
    assert set(await statuses(ark, ids)) == {"succeeded"}


async def test_a_key_that_begins_another_one_does_not_share_its_queue(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1, queued=1))
    for key in ("a|b", "a%7Cb", "a|"):
        assert (await ark.try_create(key=key)).status == 200
        assert (await ark.try_create(key=key)).status == 429
    assert (await ark.try_create(key="a")).status == 200
