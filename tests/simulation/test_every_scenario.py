"""Every built-in scenario, run to its end on a clock that jumps: all tasks end as the scenario describes."""

import contextlib
from typing import Any

import httpx
import pytest
from ark_emulator.core.scenario.effects import Refuse
from ark_emulator.core.scenario.scenario_model import FaultRule, OutcomeRule, Scenario
from ark_emulator.core.task.values import Status
from ark_emulator.loading.builtin import builtin_names
from ark_emulator.loading.loader import load_builtin
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import task_commands

TASKS = "/api/v3/contents/generations/tasks"
MODEL = "dreamina-seedance-2-0-260128"
CREATES = 6
POLLS = 3


def ends(scenario: Scenario) -> set[str]:
    """Return the statuses that tasks of a scenario can end with: those of its outcomes, and those of the clock."""
    lives = [rule.outcome for rule in scenario.outcomes if rule.outcome.refusal is None] or [scenario.ordinary]
    last = {life.stages[-1].status for life in lives}
    return {status.value if status.final else Status.EXPIRED.value for status in last}


async def tried(http: httpx.AsyncClient, key: str, hook: str) -> None:
    """Send one create request of a client that gives up soon and retries nothing."""
    body = {"model": MODEL, "content": [{"type": "text", "text": "a cat"}], "callback_url": hook}
    with contextlib.suppress(httpx.TransportError):
        await http.post(TASKS, json=body, headers={"Authorization": f"Bearer {key}"})


async def looked_at(ark: Any) -> list[str]:
    """Return the statuses of all tasks, each polled a few times through the control API, past all faults."""
    engine = ark.running.engine
    world = engine.worlds.default
    page = await queries.stored_tasks(engine, world, None, 0, 100, world.now)
    for task in page.items:
        for _ in range(POLLS):
            await task_commands.poll(engine, world, task.id, engine.dialects["ark"], world.now)
    return [task["status"] for task in (await ark.control("GET", "tasks"))["items"]]


@pytest.mark.parametrize("name", builtin_names())
async def test_a_scenario_runs_to_its_stated_end(name: str, serve: Any, receiver: Any, caplog: Any) -> None:
    scenario = load_builtin(name)
    ark = await serve(scenario=scenario)
    key = next(iter(scenario.keys), "sk-test")
    async with httpx.AsyncClient(base_url=ark.url, timeout=0.2, trust_env=False) as http:
        for _ in range(CREATES):
            await tried(http, key, receiver.url + "/hook")
            await ark.advance(1)
    while not all(Status(status).final for status in await looked_at(ark)):
        await ark.control("POST", "clock/advance", {"until": "idle"})
    await ark.control("POST", "clock/advance", {"until": "idle"})
    statuses = await looked_at(ark)
    assert set(statuses) <= ends(scenario)
    kept_out = [rule for rule in (*scenario.outcomes, *scenario.faults) if refuses(rule)]
    assert 0 < len(statuses) <= CREATES or kept_out
    pending = (await ark.control("GET", "callbacks?state=pending"))["total"]
    assert pending == 0
    assert "unexpected" not in caplog.text


def refuses(rule: OutcomeRule | FaultRule) -> bool:
    """Return True for a rule that keeps tasks from being created."""
    if isinstance(rule, OutcomeRule):
        return rule.outcome.refusal is not None
    return isinstance(rule.effect, Refuse)
