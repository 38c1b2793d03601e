"""The pulse: everything happens at its own moment, callbacks delay nobody else, and a stop leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.task.values import (
    DAY,
    Cancelled,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Plan,
    Status,
    Step,
    Task,
)
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.scheduler import Scheduler
from ark_emulator.runtime.world.events import ClockChanged
from ark_emulator.runtime.world.world import World, new_world

T = 1_790_000_000.0
URL = "http://receiver.example/done"
SOON = 10.0


class Wire:
    """A network that records each attempt with its time, and answers or holds as configured."""

    def __init__(self) -> None:
        self.sent = []
        self.verdicts = {}
        self.held = {}
        self.before = {}

    async def send(self, world: World, task: Task, delivery: Delivery) -> DeliveryAttempt:
        self.sent.append((task.id, str(delivery.status), world.now - T))
        if task.id in self.before:
            await self.before[task.id]()
        if task.id in self.held:
            await self.held[task.id].wait()
        return DeliveryAttempt(world.now, 0.0, self.verdicts.get(task.id, "delivered"))

    def statuses(self, task_id: str) -> list[str]:
        return [status for name, status, _ in self.sent if name == task_id]


class Stage:
    """A world with its scheduler, its network and the published events."""

    def __init__(self, make_task: Callable[..., Task], make_plan: Callable[..., Any], **clock: Any) -> None:
        self.world = new_world("stage", seed=1, start=T, **clock)
        self.wire = Wire()
        self.pulse = Scheduler(self.world, self.wire.send)
        self.told = []
        self.world.listeners.append(self.told.append)
        self._make_task, self._make_plan, self._count = make_task, make_plan, 0

    async def add(self, name: str, *steps: Any, url: str | None = URL, **changed: Any) -> None:
        self._count += 1
        plan = self._make_plan(*steps, accepted_at=self.world.now, **changed)
        await self.world.shelf.add(self._make_task(plan, url, id=name, number=self._count))
        self.world.reschedule()

    async def task(self, name: str) -> Task:
        return await self.world.shelf.get(name)

    async def deliveries(self, name: str) -> list[tuple[str, str]]:
        return [(str(item.status), str(item.state)) for item in (await self.task(name)).deliveries]

    async def until(self, told: Callable[..., Any]) -> None:
        """Wait until an event was published."""
        news = asyncio.Event()
        self.world.listeners.append(lambda _: news.set())
        async with asyncio.timeout(SOON):
            while not told():
                news.clear()
                await news.wait()


@pytest.fixture
async def stages(make_task: Callable[..., Task], make_plan: Callable[..., Plan]) -> AsyncIterator[Callable[..., Stage]]:
    """Makes stages; their pulses are stopped in the end."""
    made = []

    def make(**clock: Any) -> Stage:
        made.append(Stage(make_task, make_plan, **clock))
        return made[-1]

    yield make
    for stage in made:
        await stage.pulse.close()


@pytest.fixture
def frozen(stages: Callable[..., Stage]) -> Stage:
    return stages(mode=ClockMode.FROZEN)


async def let_run() -> None:
    """Lets everything run that needs no time."""
    for _ in range(30):
        await asyncio.sleep(0)


# --- advance --------------------------------------------------------------------------------------------------------


async def test_an_advance_lets_each_thing_happen_at_its_own_moment(frozen: Stage) -> None:
    clock_showed = []
    frozen.world.listeners.append(lambda event: clock_showed.append((event["at"], frozen.world.now)))
    await frozen.add("a", url=None)
    await frozen.add("b", Step(Status.QUEUED, 3.0), Step(Status.FAILED), url=None)
    effects = await frozen.pulse.advance(T + 2 * DAY)
    assert [(each["at"] - T, each["kind"], each["task"], str(each["status"])) for each in effects] == [
        (0, "move", "a", "queued"),
        (0, "move", "b", "queued"),
        (1, "move", "a", "running"),
        (3, "move", "b", "failed"),
        (5, "move", "a", "succeeded"),
        (5 + DAY, "expiry", "a", "succeeded"),
    ]
    assert all(at == now for at, now in clock_showed)
    assert frozen.world.now == T + 2 * DAY


async def test_an_advance_to_now_still_lets_happen_what_is_due(frozen: Stage) -> None:
    await frozen.add("a", Step(Status.QUEUED, 0.0), Step(Status.RUNNING, 0.0), Step(Status.SUCCEEDED), url=None)
    assert len(await frozen.pulse.advance(T)) == 3
    assert frozen.world.now == T


async def test_an_advance_answers_only_with_what_happened_in_it(frozen: Stage) -> None:
    await frozen.add("a", url=None)
    await frozen.pulse.advance(T + 1)
    assert [str(each["status"]) for each in await frozen.pulse.advance(T + 60)] == ["succeeded"]
    assert await frozen.pulse.advance(T + 61) == []


async def test_an_advance_answers_only_with_what_time_has_brought(frozen: Stage) -> None:
    async def ask() -> None:
        frozen.world.publish(ClockChanged(at=T, mode=ClockMode.FROZEN, now=T, speed=1.0))

    frozen.wire.before["a"] = ask
    await frozen.add("a")
    effects = await frozen.pulse.advance(T + 60)
    assert {each["kind"] for each in effects} == {"move", "callback"}
    assert {each["kind"] for each in frozen.told} == {"move", "callback", "clock"}


async def test_records_are_erased_when_their_time_is_over(frozen: Stage) -> None:
    await frozen.add("a", url=None)
    await frozen.add("b", Step(Status.QUEUED), url=None)
    await frozen.world.shelf.update("b", lambda task: replace(task, facts=(Cancelled(T + 60),)))
    effects = await frozen.pulse.advance(T + 8 * DAY)
    assert [(each["task"], each["at"] - T) for each in effects if each["kind"] == "erased"] == [
        ("b", 60 + DAY),
        ("a", 7 * DAY),
    ]
    assert await frozen.world.shelf.count() == 0


async def test_callbacks_go_out_at_the_moment_of_the_move_they_tell_of(frozen: Stage) -> None:
    await frozen.add("a")
    effects = await frozen.pulse.advance(T + 60)
    assert frozen.wire.sent == [("a", "queued", 0), ("a", "running", 1), ("a", "succeeded", 5)]
    told = [each for each in effects if each["kind"] == "callback"]
    assert [(each["at"] - T, str(each["status"]), each["result"]) for each in told] == [
        (0, "queued", "delivered"),
        (1, "running", "delivered"),
        (5, "succeeded", "delivered"),
    ]


async def test_a_callback_that_fails_is_tried_again_after_one_two_and_four_virtual_seconds(frozen: Stage) -> None:
    frozen.wire.verdicts["a"] = "refused"
    await frozen.add("a")
    await frozen.pulse.advance(T + 60)
    assert [(status, at) for _, status, at in frozen.wire.sent] == [
        ("queued", 0),
        ("running", 1),
        *(("succeeded", at) for at in (5, 6, 8, 12)),
    ]
    assert await frozen.deliveries("a") == [("queued", "failed"), ("running", "failed"), ("succeeded", "failed")]


async def test_time_does_not_go_on_before_a_callback_was_settled(frozen: Stage) -> None:
    frozen.wire.held["a"] = asyncio.Event()
    await frozen.add("a")
    advance = asyncio.create_task(frozen.pulse.advance(T + 60))
    await let_run()
    assert not advance.done()
    assert frozen.world.now == T
    frozen.wire.held["a"].set()
    await advance
    assert frozen.world.now == T + 60


async def test_tasks_due_at_one_moment_do_not_wait_for_each_other(frozen: Stage) -> None:
    frozen.wire.held["a"] = asyncio.Event()
    await frozen.add("a")
    await frozen.add("b")
    advance = asyncio.create_task(frozen.pulse.advance(T + 60))
    await let_run()
    assert frozen.wire.statuses("b") == ["queued"]
    frozen.wire.held["a"].set()
    await advance


async def test_an_impatient_advance_waits_for_no_callback(frozen: Stage) -> None:
    frozen.wire.held["a"] = asyncio.Event()
    await frozen.add("a")
    await frozen.pulse.advance(T + 60, patient=False)
    assert frozen.world.now == T + 60
    await let_run()
    assert frozen.wire.statuses("a") == ["queued"]
    frozen.wire.held["a"].set()
    await frozen.until(lambda: len(frozen.wire.sent) == 3)
    assert frozen.wire.statuses("a") == ["queued", "running", "succeeded"]


async def test_a_receiver_may_ask_for_something_before_it_answers(frozen: Stage) -> None:
    async def ask() -> None:
        await frozen.pulse.catch_up()
        await frozen.pulse.advance(frozen.world.now, patient=False)

    frozen.wire.before["a"] = ask
    await frozen.add("a")
    async with asyncio.timeout(SOON):
        await frozen.pulse.advance(T + 60)
    assert frozen.wire.statuses("a") == ["queued", "running", "succeeded"]


async def test_two_advances_at_once_both_come_to_their_goal(frozen: Stage) -> None:
    await frozen.add("a")
    await asyncio.gather(frozen.pulse.advance(T + 60), frozen.pulse.advance(T + 3))
    assert frozen.world.now == T + 60
    assert frozen.wire.sent == [("a", "queued", 0), ("a", "running", 1), ("a", "succeeded", 5)]


# --- time that flows, time that stands ------------------------------------------------------------------------------


async def test_nothing_but_what_is_due_now_happens_while_time_stands(frozen: Stage) -> None:
    await frozen.add("a")
    await let_run()
    assert [str(each["status"]) for each in frozen.told] == ["queued", "queued"]


async def test_live_time_wakes_the_pulse_by_itself(stages: Callable[..., Stage]) -> None:
    live = stages(speed=1000.0)
    await live.add("a", url=None)
    await live.until(lambda: len(live.told) == 3)
    assert [(str(each["status"]), round(each["at"] - live.told[0]["at"], 6)) for each in live.told] == [
        ("queued", 0),
        ("running", 1),
        ("succeeded", 5),
    ]


async def test_a_clock_set_free_lets_happen_what_waited(frozen: Stage) -> None:
    await frozen.add("a", url=None)
    await let_run()
    frozen.world.set_clock(frozen.world.clock.resumed(frozen.world.real(), 100_000.0))
    await frozen.until(lambda: any(each["kind"] == "move" and each["status"] == "succeeded" for each in frozen.told))


@pytest.mark.parametrize("speed", [10.0, 100_000.0])
async def test_a_receiver_that_hangs_delays_nobody_else(stages: Callable[..., Stage], speed: float) -> None:
    live = stages(speed=speed)
    live.wire.held["hanging"] = asyncio.Event()
    short = Step(Status.QUEUED, 0.1), Step(Status.RUNNING, 0.1), Step(Status.SUCCEEDED)
    await live.add("hanging", *short)
    others = [f"other-{number}" for number in range(20)]
    for name in others:
        await live.add(name, *short)
    await live.until(lambda: all(len(live.wire.statuses(name)) == 3 for name in others))
    assert all(live.wire.statuses(name) == ["queued", "running", "succeeded"] for name in others)
    assert live.wire.statuses("hanging") == ["queued"]
    live.wire.held["hanging"].set()
    await live.until(lambda: len(live.wire.statuses("hanging")) == 3)
    assert live.wire.statuses("hanging") == ["queued", "running", "succeeded"]


async def test_a_receiver_that_is_dead_delays_nobody_else(stages: Callable[..., Stage]) -> None:
    live = stages(speed=50.0)
    live.wire.verdicts["dead"] = "refused"
    await live.add("dead", Step(Status.QUEUED, 0.0), Step(Status.FAILED))
    await live.add("other", Step(Status.QUEUED, 0.0), Step(Status.FAILED))
    await live.until(lambda: len(live.wire.statuses("other")) == 2)
    assert live.wire.statuses("dead") in (["queued"], ["queued", "failed"])
    await live.until(lambda: live.wire.statuses("dead") == ["queued", *["failed"] * 4])


# --- stopping -------------------------------------------------------------------------------------------------------


async def test_an_attempt_that_is_dropped_is_told_to_nobody(frozen: Stage) -> None:
    frozen.wire.held["a"] = asyncio.Event()
    await frozen.add("a")
    await let_run()
    frozen.told.clear()
    await frozen.pulse.drop_attempts()
    frozen.wire.held["a"].set()
    await let_run()
    assert frozen.told == []
    assert (await frozen.task("a")).deliveries[0].state is DeliveryState.PENDING


async def test_after_a_stop_nothing_happens_any_more(stages: Callable[..., Stage]) -> None:
    live = stages(speed=100_000.0)
    live.wire.held["a"] = asyncio.Event()
    await live.add("a")
    await let_run()
    assert live.wire.sent
    await live.pulse.close()
    told = list(live.told)
    live.wire.held["a"].set()
    live.world.reschedule()
    await let_run()
    assert live.told == told
    assert live.wire.statuses("a") == ["queued"]
