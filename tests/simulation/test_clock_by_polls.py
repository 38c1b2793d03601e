"""A clock that moves by polls: a client that polls without waiting sees every task end."""

import contextlib
import json
from typing import Any

import httpx
import pytest
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.loading.builtin import builtin_names
from ark_emulator.loading.loader import load_builtin, scenario_from_object

TASKS = "/api/v3/contents/generations/tasks"
MODEL = "dreamina-seedance-2-0-260128"
MOST = 40
"""The number of polls, or creates, after which a loop counts as endless."""
ENDS = ("succeeded", "failed", "expired", "cancelled", "SUCCESS", "FAILURE", "completed")
REFUSED = {
    *("body-too-large", "endpoint-not-found", "input-moderation", "model-not-open", "retry-storm"),
    "wrong-plan",
}
"""Scenarios that accept no task of this client, as their description says."""
GATEWAYS = {
    "newapi": MODEL,
    "orcarouter": f"byteplus/{MODEL}",
    "easyrouter": "dreamina-seedance-2-0",
    "tokenbay": "seedance-2.0",
    "kling": "kling/kling-v3",
}


class Loop:
    """The simplest client: it retries until it has a task, and polls without a pause until that has ended."""

    def __init__(self, url: str, key: str, tasks: str = TASKS, model: str = MODEL) -> None:
        self.tasks = tasks
        text = {"content": [{"type": "text", "text": "a cat"}]} if tasks == TASKS else {"prompt": "a cat"}
        self.body = {"model": model, **text}
        self.statuses: list[str | None] = []
        self.http = httpx.AsyncClient(
            base_url=url, timeout=0.5, trust_env=False, headers={"Authorization": f"Bearer {key}"}
        )

    async def asked(self, method: str, path: str, **more: Any) -> Any:
        """Return the JSON object of one response, empty for anything else."""
        with contextlib.suppress(httpx.TransportError, json.JSONDecodeError):
            answer = await self.http.request(method, path, **more)
            found = answer.json() if answer.status_code == 200 else {}
            return found if isinstance(found, dict) else {}
        return {}

    async def created(self) -> str | None:
        """Return the id of a task; None when none is accepted."""
        for _ in range(MOST):
            found = await self.asked("POST", self.tasks, json=self.body)
            if name := found.get("task_id") or found.get("id"):
                return str(name)
        return None

    async def ended(self, name: str) -> bool:
        """Return True when the task ends within `MOST` polls."""
        for _ in range(MOST):
            found = await self.asked("GET", f"{self.tasks}/{name}")
            record = found.get("data", found)
            self.statuses.append(record.get("status") if isinstance(record, dict) else None)
            if self.statuses[-1] in ENDS:
                return True
        return False


async def by_polls(serve: Any, **chosen: Any) -> Any:
    return await serve(mode=ClockMode.POLLS, **chosen)


@pytest.mark.parametrize("name", builtin_names())
async def test_a_poll_loop_ends_in_every_scenario_that_accepts_its_task(name: str, serve: Any) -> None:
    scenario = load_builtin(name)
    ark = await by_polls(serve, scenario=scenario)
    loop = Loop(ark.url, next(iter(scenario.keys), "sk-test"))
    task = await loop.created()
    assert (task is None) == (name in REFUSED)
    assert task is None or await loop.ended(task), loop.statuses


@pytest.mark.parametrize("scenario", ["ordinary", "stale-replica", "poll-503-once"])
@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("lag", [None, "lag=30s"])
async def test_a_poll_loop_ends_behind_every_gateway(gateway: str, scenario: str, lag: Any, serve: Any) -> None:
    named = "orcarouter" if gateway == "kling" else gateway
    more = {} if scenario == "ordinary" else {"scenario": load_builtin(scenario)}
    ark = await by_polls(serve, **more, traits={named: {"lag": 30.0}} if lag else {})
    loop = Loop(ark.url, "sk-test", f"/{named}/v1/video/generations", GATEWAYS[gateway])
    task = await loop.created()
    assert task is not None
    assert await loop.ended(task), loop.statuses


async def test_a_stale_poll_moves_the_clock_as_any_other_does(serve: Any) -> None:
    ark = await by_polls(serve, scenario=load_builtin("stale-replica"))
    loop = Loop(ark.url, "sk-test")
    assert await loop.ended(str(await loop.created()))
    assert loop.statuses == ["queued", "queued", *["running"] * 8, "succeeded"]


async def test_a_stale_poll_counts_as_one_of_the_polls_of_a_step(ark: Any) -> None:
    steps = [{"queued": {"polls": 2}}, {"running": {"polls": 2}}, "succeeded"]
    await ark.control("PUT", "scenario", {"scenario": {"version": 1, "outcomes": [{"then": steps}]}})
    task = await ark.create()
    await ark.control("POST", "faults", {"on": "fetch", "first": 2, "backwards": True})
    assert [await ark.status(task) for _ in range(5)] == ["queued", "queued", "running", "running", "succeeded"]


async def test_a_task_that_waits_for_a_slot_is_polled_to_its_success_and_not_to_its_expiry(serve: Any) -> None:
    ark = await by_polls(serve, limits=Limits("individual", concurrent=1))
    start = await ark.now()
    tasks = [await ark.create() for _ in range(3)]
    loop = Loop(ark.url, "sk-test")
    assert await loop.ended(tasks[2])
    assert list(dict.fromkeys(loop.statuses)) == ["queued", "running", "succeeded"]
    assert await ark.now() - start < 120
    link = (await ark.poll(tasks[2]))["content"]["video_url"]
    assert (await ark.call("GET", link, None)).status == 200


async def test_a_task_behind_one_that_never_ends_is_polled_to_its_expiry(serve: Any) -> None:
    endless = {"version": 1, "outcomes": [{"when": {"nth": 1}, "then": ["queued", {"running": "forever"}]}]}
    scenario = scenario_from_object({**endless, "limits": {"concurrent": 1}})
    ark = await by_polls(serve, scenario=scenario)
    tasks = [await ark.create() for _ in range(2)]
    loop = Loop(ark.url, "sk-test")
    assert await loop.ended(tasks[1])
    assert loop.statuses[-1] in ("expired", "succeeded")
