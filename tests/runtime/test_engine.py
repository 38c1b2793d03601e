"""The engine as a whole: whatever is done to its tasks, what it shows, what it tells and what is legal agree."""

import asyncio
import json
from contextlib import suppress
from itertools import count, pairwise
from typing import Any

import pytest
from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task.values import MOVES, Item, Kind, Status, Submission, TaskParameters
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.commands import task_commands, world_commands
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.caller import Serve

START = 1_790_000_000
PROMPTS = ("a cat", "emu:fail", "emu:stuck-queued", "emu:stuck-running", "emu:instant", "emu:expired", "emu:cancelled")

which = st.integers(0, 5)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.sampled_from(PROMPTS), st.integers(0, 9)),
        st.tuples(st.just("advance"), st.integers(0, 12).map(lambda halves: halves / 2), st.just(0)),
        st.tuples(st.just("delete"), which, st.just(0)),
        st.tuples(st.just("force"), which, st.sampled_from(Status)),
        st.tuples(st.just("poll"), which, st.just(0)),
    ),
    min_size=3,
    max_size=30,
)


def submission(prompt: str, priority: int = 0) -> Submission:
    asked = TaskParameters(priority=priority, execution_expires_after=3600)
    return Submission(
        "ark", "sk-test", "dreamina-seedance-2-0-260128", (Item(Kind.TEXT, prompt),), asked, "http://127.0.0.1:1"
    )


class Play:
    """One engine on a clock that stands, what it told, and what polls of it showed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.worlds.default
        self.tasks, self.shown, self.told, self.erased = [], {}, {}, set()
        self.forced = 0
        self.world.listeners.append(self._hear)

    def _hear(self, event: dict[str, Any]) -> None:
        if event["kind"] == "move":
            self.told.setdefault(event["task"], []).append(Status(event["status"]))
        elif event["kind"] == "erased":
            self.erased.add(event["task"])

    async def do(self, act: str, first: str, second: int) -> None:
        """One act; whatever it is refused with is fine, as long as nothing breaks."""
        with suppress(Refusal):
            if act == "create":
                self.tasks.append((await task_commands.submit(self.engine, self.world, submission(first, second))).id)
            elif act == "advance":
                await world_commands.advance(self.engine, self.world, self.world.now + first)
            elif first < len(self.tasks):
                await self._act_on(self.tasks[first], act, second)

    async def _act_on(self, task_id: str, act: str, goal: int) -> None:
        if act == "delete":
            await task_commands.delete(self.engine, self.world, task_id)
        elif act == "force":
            self.forced += await task_commands.force(self.engine, self.world, task_id, goal)
        else:
            await self.poll(task_id)

    async def poll(self, task_id: str) -> Status:
        body = json.loads(
            await task_commands.poll(self.engine, self.world, task_id, self.engine.dialects["ark"], self.world.now)
        )
        self.shown.setdefault(task_id, []).append(Status(body["status"]))
        return self.shown[task_id][-1]

    async def running(self) -> int:
        return sum([await self.poll(each) is Status.RUNNING for each in self.tasks if each not in self.erased])


def changes(statuses: list[Status]) -> list[Status]:
    return [status for status, last in zip(statuses, [None, *statuses], strict=False) if status is not last]


def reachable(start: Status) -> set[Status]:
    return {start}.union(*(reachable(onward) for onward in MOVES[start]))


@pytest.mark.parametrize("limits", [NO_LIMITS, Limits(concurrent=1), Limits(concurrent=2)])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=acts)
def test_whatever_is_done_the_engine_shows_and_tells_one_legal_life_of_every_task(
    limits: Limits, acts: list[Any]
) -> None:
    async def scenario() -> None:
        running = await start(Settings(port=0, log="off", mode=ClockMode.FROZEN, start=START, limits=limits))
        play = Play(running.engine)
        try:
            for act in acts:
                await play.do(*act)
                if limits.concurrent is not None:
                    await world_commands.advance(play.engine, play.world, play.world.now)
                    assert await play.running() <= limits.concurrent + play.forced
            await world_commands.advance(play.engine, play.world, play.world.now)
            for task_id in set(play.tasks) - play.erased:
                assert await play.poll(task_id) is play.told[task_id][-1]
        finally:
            await running.stop()
        for task_id, moves in play.told.items():
            assert moves[0] is Status.QUEUED
            assert all(onward in MOVES[here] for here, onward in pairwise(moves))
            seen = changes(play.shown.get(task_id, []))
            assert all(onward in reachable(here) for here, onward in pairwise(seen))
            assert set(seen) <= set(moves)

    asyncio.run(scenario())


async def test_tasks_on_one_slot_run_one_after_the_other_the_most_urgent_first(serve: Serve) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    made = [await ark.create(priority=priority) for priority in (0, 0, 9)]
    ran = []
    for _ in range(14):
        statuses = [await ark.status(each) for each in made]
        ran.append("".join(str(place) for place, status in enumerate(statuses) if status == "running"))
        await ark.advance(1)
    assert ran == ["", *["2"] * 4, *["0"] * 4, *["1"] * 4, ""]


@pytest.mark.parametrize("pace", [0.02, 0.1, 0.3, 0.45, 0.6, 2.0])
async def test_a_cancellation_that_is_answered_has_happened_however_time_runs_on_meanwhile(
    serve: Serve, pace: float
) -> None:
    ark = await serve(mode=ClockMode.LIVE)
    engine, world = ark.running.engine, ark.running.engine.worlds.default
    task = await task_commands.submit(engine, world, submission("a cat"))
    begun, glances = world.real(), count()
    world.real = lambda: begun + next(glances) * pace
    try:
        await task_commands.delete(engine, world, task.id)
        cancelled = True
    except Refusal:
        cancelled = False
    shown = json.loads(await task_commands.poll(engine, world, task.id, engine.dialects["ark"], world.now))["status"]
    assert (shown == "cancelled") is cancelled
