"""What must hold when a fleet is through: by what its clients saw, what its receiver got, and what the store holds."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from ark_emulator.core.billing import ledger_entries
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.values import DeliveryAttempt, DeliveryState, Started, Status, Task
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.world.world import World
from ark_emulator.server import start

from tests.support.durability.fleet import Fleet, Made
from tests.support.durability.post import ENDS, WORDS, Post

PATIENT = 60.0
"""Real seconds for which callbacks may be awaited after the last task has ended."""


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Sequence[World]]:
    """Open all worlds of a store that no other process uses."""
    running = await start(Settings(port=0, log="off", store=address))
    try:
        await running.engine.worlds.load_all()
        yield tuple(running.engine.worlds)
    finally:
        await running.stop()


def judge_sights(fleet: Fleet) -> None:
    """Every acknowledged task was there whenever anybody looked, went forwards only, and came to an end."""
    assert fleet.odd == []
    assert [made for made in fleet.made if not made.over] == []
    assert {made.name: pairs for made in fleet.made if (pairs := made.backwards())} == {}
    assert [made for made in fleet.made if made.last == "gone" and not made.deleting] == []


def undelivered(fleet: Fleet, post: Post) -> list[Made]:
    """Return the tasks whose end was not delivered. Deleted tasks need no callback."""
    told = ((made, WORDS.get(made.last, made.last)) for made in fleet.made if not made.deleting)
    return [made for made, last in told if last in ENDS and post.ended(made.number) != [last]]


async def called_back(fleet: Fleet, post: Post) -> None:
    """Wait until the end of every task was delivered."""
    until = time.monotonic() + PATIENT
    while missing := undelivered(fleet, post):
        assert time.monotonic() < until, missing
        await asyncio.sleep(0.05)  # real time: another process is sending
    await asyncio.sleep(0.2)  # real time: a superfluous callback would arrive by now


async def judge_world(world: World, made: Iterable[Made]) -> None:
    """The store has every task that is not erased, each at its end, and each arrival and each move of money once."""
    tasks = await _tasks(world)
    names = {task.alias or task.id for task in tasks}
    assert [each.name for each in made if each.name not in names and not each.deleting] == []
    lines = {task.id: lifecycle.timeline(task.plan, task.facts) for task in tasks}
    assert [task.id for task in tasks if not lifecycle.state_at(lines[task.id], world.now).status.final] == []
    owed = [entry for task in tasks for entry in ledger_entries.entries(task, lines[task.id], world.now)]
    erased = {each.name for each in made if each.deleting} - names
    booked = [entry for entry in world.ledger.entries(world.now) if entry.task not in erased]
    assert Counter(map(_booking, booked)) == Counter(map(_booking, owed))
    assert ledger_entries.total(booked) == ledger_entries.total(owed)
    for task in tasks:
        assert [each for each in task.deliveries if each.state is not DeliveryState.DELIVERED] == []
        assert [each for each in task.deliveries if sum(map(_arrived, each.attempts)) != 1] == []
    assert not world.unit_of_work.claimed_attempts()


async def busiest(world: World) -> int:
    """How many tasks of any lane ran at once at most."""
    lanes: dict[str, list[tuple[float, int]]] = {}
    for task in await _tasks(world):
        line = lifecycle.timeline(task.plan, task.facts)
        began = next((mark.at for mark in line if mark.status is Status.RUNNING), None)
        if task.plan.lane is None or began is None:
            continue
        assert any(isinstance(fact, Started) for fact in task.facts)
        lanes.setdefault(task.plan.lane, []).extend(((began, 1), (line[-1].at, -1)))
    return max((_most(sorted(changes)) for changes in lanes.values()), default=0)


def _most(changes: Sequence[tuple[float, int]]) -> int:
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


def _arrived(attempt: DeliveryAttempt) -> bool:
    return attempt.verdict == "delivered"


def _booking(entry: ledger_entries.LedgerEntry) -> tuple[str | None, ledger_entries.EntryKind, object, float]:
    return entry.task, entry.kind, entry.amount, entry.at


async def _tasks(world: World) -> Sequence[Task]:
    return (await world.shelf.page(lambda task: True, 0, 1 << 60)).items
