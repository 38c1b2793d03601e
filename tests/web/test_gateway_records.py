"""A gateway's own record over HTTP: it outlives Ark's, and it shows what the gateway's looks could see and parse."""

from typing import Any

import pytest
from ark_emulator.core.plan.outcome import Outcome, Stage
from ark_emulator.core.scenario.effects import Drift, DriftingField, Operation
from ark_emulator.core.scenario.scenario_model import ALWAYS, Conditions, FaultRule, OutcomeRule, Scenario
from ark_emulator.core.task.result_variants import ResultVariant, UsageShown
from ark_emulator.core.task.values import Status

from tests.support.caller import Caller, Serve

TASKS = "/api/v3/contents/generations/tasks"
ORCA, EASY, BAY = "byteplus/dreamina-seedance-2-0-260128", "dreamina-seedance-2-0", "seedance-2.0"
STOCK = "doubao-seedance-2-0-260128"
HOUR, DAY = 3_600, 86_400
AT_ONCE, LAGGING = {"newapi": {"lag": 0}}, {"newapi": {"lag": 15}}
QUEUED, RUNNING, SUCCEEDED, FAILED, EXPIRED, CANCELLED = Status


async def submitted(ark: Caller, model: str = STOCK, prompt: str = "a cat", **fields: Any) -> str:
    answer = await ark.call("POST", "/v1/video/generations", json={"model": model, "prompt": prompt, **fields})
    assert answer.status == 200, answer.body
    return answer.json["id"]


async def record(ark: Caller, task: str) -> dict[str, Any]:
    told = (await ark.call("GET", f"/v1/video/generations/{task}")).json
    return told.get("data", told)


async def beneath(ark: Caller) -> str:
    """The id of the only task, as Ark has it."""
    (item,) = (await ark.call("GET", TASKS)).json["items"]
    return item["id"]


async def erased(ark: Caller, task: str) -> None:
    answer = await ark.call("DELETE", f"{TASKS}/{task}")
    assert answer.status == 200, answer.body


async def money(ark: Caller) -> tuple[list[str], float]:
    ledger = await ark.control("GET", "ledger")
    return [entry["kind"] for entry in ledger["entries"]], ledger["spent"]


# --- it outlives Ark's ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [STOCK, ORCA, EASY, BAY])
async def test_a_success_stays_when_ark_deletes_the_task(serve: Serve, model: str) -> None:
    ark = await serve(traits=AT_ONCE)
    task = await submitted(ark, model)
    await ark.advance(60)
    before, upstream = await record(ark, task), await beneath(ark)
    await erased(ark, upstream)
    assert await record(ark, task) == before
    assert before["status"] == "SUCCESS"
    assert (await ark.call("GET", f"/v1/videos/{task}")).status == 200
    content = await ark.call("GET", f"/v1/videos/{task}/content")
    assert content.status == 502 and b"404" in content.body
    assert (await ark.call("GET", f"{TASKS}/{upstream}")).status == 404
    assert (await ark.call("DELETE", f"{TASKS}/{upstream}")).status == 404
    assert (await ark.call("GET", TASKS)).json["total"] == 0


async def test_a_success_stays_after_ark_has_forgotten_the_task(serve: Serve) -> None:
    ark = await serve(traits=AT_ONCE)
    task = await submitted(ark)
    await ark.advance(60)
    before, upstream = await record(ark, task), await beneath(ark)
    await ark.advance(8 * DAY)
    assert (await ark.call("GET", f"{TASKS}/{upstream}")).status == 404
    assert await record(ark, task) == before
    assert (await ark.call("GET", f"/v1/videos/{task}/content")).status == 502


async def test_the_failure_of_a_task_that_was_cancelled_at_ark_is_seen_when_the_gateway_gives_up(serve: Serve) -> None:
    ark = await serve(traits=AT_ONCE)
    task = await submitted(ark)
    await erased(ark, await beneath(ark))
    assert (await record(ark, task))["status"] == "IN_PROGRESS"
    await ark.advance(DAY - 1)
    assert (await record(ark, task))["progress"] == "30%"
    await ark.advance(HOUR)
    found = await record(ark, task)
    assert (found["status"], found["fail_reason"], found["quota"]) == ("FAILURE", "任务超时（1440分钟）", 0)
    assert await money(ark) == (["hold", "refund"], 0)
    await ark.advance(10 * DAY)
    assert await record(ark, task) == found


async def test_a_task_that_was_deleted_before_the_gateway_looked_stays_in_progress_until_it_gives_up(
    serve: Serve,
) -> None:
    ark = await serve(traits=LAGGING)  # the clock starts 10 s before a look
    task = await submitted(ark)
    await ark.advance(7)
    await erased(ark, await beneath(ark))
    assert (await record(ark, task))["status"] == "NOT_START"
    await ark.advance(3)
    found = await record(ark, task)
    assert (found["status"], found["progress"], found["finish_time"]) == ("IN_PROGRESS", "30%", 0)
    assert found["data"]["error"]["code"] == "NotFound.TaskNotFound"
    assert (await ark.call("GET", f"/v1/videos/{task}")).json["status"] == "in_progress"
    assert (await ark.call("GET", f"/v1/videos/{task}/content")).status == 400
    await ark.advance(DAY)
    assert (await record(ark, task))["status"] == "FAILURE"
    kinds, spent = await money(ark)
    assert (kinds, spent) == (["hold", "settle", "refund", "refund"], 0)


async def test_a_deleted_failure_that_the_gateway_had_not_seen_is_refunded_once(serve: Serve) -> None:
    ark = await serve(traits=LAGGING)
    await submitted(ark, prompt="emu:fail")
    await ark.advance(7)
    await erased(ark, await beneath(ark))
    await ark.advance(60)
    assert (await money(ark))[1] > 0
    await ark.advance(DAY)
    assert (await money(ark))[1] == 0


async def test_a_deleted_task_can_be_seen_from_the_inside_and_reset_forgets_it(serve: Serve) -> None:
    ark = await serve(traits=AT_ONCE)
    task = await submitted(ark)
    await ark.advance(60)
    await erased(ark, await beneath(ark))
    assert (await ark.control("GET", f"tasks/{task}"))["status"] == "succeeded"
    await ark.control("POST", "reset")
    assert (await ark.call("GET", f"/v1/videos/{task}")).json["code"] == "task_not_exist"


async def test_a_direct_task_is_gone_when_it_is_deleted(ark: Caller) -> None:
    task = await ark.create()
    await ark.advance(60)
    await erased(ark, task)
    assert (await ark.call("GET", f"/_emulator/tasks/{task}", None)).status == 404


# --- what cannot be parsed ------------------------------------------------------------------------------------------


def drifting(*fields: DriftingField, **when: Any) -> Scenario:
    return Scenario(faults=(FaultRule("drift", Operation.FETCH, Conditions(**when), Drift(fields)),))


UNREADABLE = {
    "usage": Scenario(
        outcomes=(
            OutcomeRule("odd", ALWAYS, Outcome(Scenario().ordinary.stages, result=ResultVariant(UsageShown.STRINGS))),
        )
    ),
    "duration": Scenario(
        outcomes=(OutcomeRule("odd", ALWAYS, Outcome(Scenario().ordinary.stages, shown={"duration": "5"})),)
    ),
    "usage drifts": drifting(DriftingField.USAGE),
    "duration drifts": drifting(DriftingField.DURATION, dialect=("ark",)),
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize(("traits", "status"), [(AT_ONCE, "IN_PROGRESS"), (LAGGING, "NOT_START")])
async def test_a_success_that_the_gateway_cannot_parse_ends_in_a_timeout_and_a_refund(
    serve: Serve, name: str, traits: dict[str, Any], status: str
) -> None:
    ark = await serve(traits=traits, scenario=UNREADABLE[name])
    task = await submitted(ark)
    await ark.advance(60)
    found = await record(ark, task)
    assert (found["status"], found["finish_time"]) == (status, 0)
    assert (await money(ark))[0] == ["hold"]
    await ark.advance(DAY)
    assert (await record(ark, task))["status"] == "FAILURE"
    assert await money(ark) == (["hold", "refund"], 0)
    assert (await ark.call("GET", f"{TASKS}/{await beneath(ark)}")).json["status"] == "succeeded"


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(
            outcomes=(
                OutcomeRule("odd", ALWAYS, Outcome(Scenario().ordinary.stages, shown={"duration": 6, "extra": "x"})),
            )
        ),
        drifting(DriftingField.USAGE, dialect=("newapi",)),
        drifting(DriftingField.USAGE, nth=99),
        drifting(DriftingField.ERROR),
    ],
)
async def test_what_the_gateway_can_parse_it_settles(serve: Serve, scenario: Scenario) -> None:
    ark = await serve(traits=AT_ONCE, scenario=scenario)
    task = await submitted(ark)
    await ark.advance(60)
    assert (await record(ark, task))["status"] == "SUCCESS"
    assert (await money(ark))[0] == ["hold", "settle"]


async def test_numbers_as_text_are_no_matter_for_arks_own_tasks(serve: Serve) -> None:
    ark = await serve(scenario=UNREADABLE["usage"])
    task = await ark.create()
    await ark.advance(60)
    assert (await ark.poll(task))["status"] == "succeeded"
    assert (await money(ark))[0] == ["settle"]


# --- fields of the record -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["emu:no-url", "emu:empty-url"])
@pytest.mark.parametrize(
    ("chosen", "address"), [({}, "http://127.0.0.1"), ({"server_address": "https://gate.test/"}, "https://gate.test")]
)
async def test_a_success_without_a_link_has_the_gateways_own_address(
    serve: Serve, prompt: str, chosen: dict[Any, Any], address: str
) -> None:
    ark = await serve(traits={"newapi": {"lag": 0, **chosen}})
    task = await submitted(ark, prompt=prompt)
    await ark.advance(60)
    found = (await record(ark, task))["result_url"]
    assert found.startswith(address) and found.endswith(f"/v1/videos/{task}/content")
    assert found.count("//") == 1
    assert (await ark.call("GET", f"/v1/videos/{task}")).json["metadata"]["url"] == ""


async def test_a_status_that_stock_does_not_know_starts_the_task(serve: Serve) -> None:
    ark = await serve(traits=LAGGING)
    task = await submitted(ark)
    await erased(ark, await beneath(ark))
    await ark.advance(40)
    found = await record(ark, task)
    assert (found["status"], found["start_time"] - found["created_at"]) == ("IN_PROGRESS", 10)


@pytest.mark.parametrize(("minutes", "reason"), [(1, "任务超时（1分钟）"), (0.5, "任务超时（0.5分钟）")])
async def test_the_reason_of_a_timeout_names_the_minutes(serve: Serve, minutes: int, reason: str) -> None:
    ark = await serve(traits={"newapi": {"lag": 0, "gives_up_minutes": minutes}})
    task = await submitted(ark, prompt="emu:stuck-running")
    await ark.advance(61)
    found = await record(ark, task)
    assert found["fail_reason"] == found["result_url"] == reason


async def test_a_chosen_reason_of_a_timeout_stays_as_it_is(serve: Serve) -> None:
    ark = await serve(traits={"newapi": {"gives_up_minutes": 1, "timeout_reason": "too {late} {minutes"}})
    task = await submitted(ark, prompt="emu:stuck-running")
    await ark.advance(61)
    assert (await record(ark, task))["fail_reason"] == "too {late} {minutes"


async def test_under_a_lag_the_gateways_looks_are_the_polls_that_a_life_counts(serve: Serve) -> None:
    stages = (Stage(QUEUED, polls=1), Stage(RUNNING, polls=2), Stage(SUCCEEDED))
    ark = await serve(traits=LAGGING, scenario=Scenario(outcomes=(OutcomeRule("steps", ALWAYS, Outcome(stages)),)))
    task = await submitted(ark)  # looks come after 10, 25, 40 and 55 s
    seen = []
    for seconds in (5, 5, 15, 15, 15):
        await ark.advance(seconds)
        for _ in range(3):
            wrapped = (await record(ark, task))["status"]
            flat = (await ark.call("GET", f"/v1/videos/{task}")).json["status"]
        seen.append((wrapped, flat))
    assert seen == [
        ("NOT_START", "unknown"),
        ("QUEUED", "queued"),
        ("IN_PROGRESS", "in_progress"),
        ("IN_PROGRESS", "in_progress"),
        ("SUCCESS", "completed"),
    ]
