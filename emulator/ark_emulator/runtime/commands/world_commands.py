"""Commands for a world as a whole: clock, scenario, faults, journal, counters, and the world itself."""

from collections.abc import Mapping
from typing import Any

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.facts.account_limits import NO_LIMITS
from ark_emulator.core.scenario.effects import Missing, still_missing
from ark_emulator.core.scenario.matching import Subject
from ark_emulator.core.scenario.scenario_model import FaultRule, Scenario
from ark_emulator.core.time.clock import END, VirtualClock
from ark_emulator.runtime.common.masking import mask_path, mask_text
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.registry import first_set
from ark_emulator.runtime.task_walk import walk
from ark_emulator.runtime.world.events import (
    ClockChanged,
    EventDocument,
    FaultsChanged,
    RequestAnswered,
    ScenarioChanged,
    WorldReset,
)
from ark_emulator.runtime.world.journal import JournalEntry
from ark_emulator.runtime.world.world import World


async def freeze_clock(world: World) -> None:
    """Stop the clock."""
    async with world.transaction():
        _set_clock(world, world.clock.frozen(world.real()))


async def resume_clock(world: World, speed: float | None = None) -> None:
    """Start the clock, with another speed if one is given."""
    async with world.transaction():
        _set_clock(world, world.clock.resumed(world.real(), speed))


async def advance(engine: Engine, world: World, goal: float) -> list[EventDocument]:
    """Move the clock forward to `goal`, process everything due until then, and return the events of that time.

    Raises WorldClosed when the world is dropped or the server stops meanwhile.
    """
    happened = await pass_time(engine, world, goal)
    await publish_clock(world)
    return happened


async def advance_until(engine: Engine, world: World, *, idle: bool) -> list[EventDocument]:
    """Move the clock to the next moment at which something happens; with `idle`, on until every task has ended.

    Return the events of that time. Raises WorldClosed as `advance` does.
    """
    happened = await pass_time(engine, world, world.now)
    page = await walk(world, outbox.is_unfinished)
    busy = {task.id for task in page.items}
    while (upcoming := await world.next_due()) is not None:
        if upcoming > END:
            break
        if idle and not busy and not engine.worlds.scheduler(world).busy:
            break
        events = await pass_time(engine, world, max(upcoming, world.now))
        happened += events
        if not idle:
            break
        for name in {event["task"] for event in events if "task" in event}:
            task = await world.shelf.get(name)
            (busy.discard if task is None or not outbox.is_unfinished(task) else busy.add)(name)
    await publish_clock(world)
    return happened


async def pass_time(engine: Engine, world: World, goal: float) -> list[EventDocument]:
    """Do what `advance` does, but do not publish the clock: for callers that move it in many steps."""
    return await engine.worlds.scheduler(world).advance(goal)


async def publish_clock(world: World) -> None:
    """Publish mode, time and speed of the clock."""
    async with world.transaction():
        _publish_clock(world)


async def switch_scenario(engine: Engine, world: World, scenario: Scenario) -> None:
    """Switch a world to another scenario.

    The limits are those that were chosen for the world, else those of the scenario, else those of the server.
    """
    async with world.transaction():
        own = world.admission.limits if "limits" in world.explicit_settings else None
        world.use_scenario(scenario, first_set(own, scenario.limits, engine.settings.limits, NO_LIMITS))
        world.publish(ScenarioChanged(at=world.now, name=scenario.name))
    world.reschedule()


async def renew_scenario(engine: Engine, scenario: Scenario) -> None:
    """Switch the default world, and every world that has the same scenario, to another scenario."""
    shared = engine.worlds.default.behaviour.scenario
    for world in engine.worlds:
        if world.behaviour.scenario == shared:
            await switch_scenario(engine, world, scenario)


async def add_fault(world: World, rule: FaultRule, document: Mapping[str, Any]) -> FaultRule:
    """Add a fault, and return it with the name that it has from now on. `document` is what it was made from."""
    async with world.transaction():
        added = world.behaviour.add(rule, document)
        _publish_faults(world)
    return added


async def remove_fault(world: World, name: str) -> bool:
    """Remove an added fault. Return False when there is none with that name."""
    async with world.transaction():
        if not world.behaviour.remove(name):
            return False
        _publish_faults(world)
    return True


async def remove_faults(world: World) -> None:
    """Remove all added faults; those of the scenario stay."""
    async with world.transaction():
        world.behaviour.remove_added()
        _publish_faults(world)


async def draw_fault(world: World, subject: Subject) -> FaultRule | None:
    """Return the fault that applies to a request, None when none does, and count the request for the rules."""
    behaviour, dice = world.behaviour, world.dice
    shortlist = await behaviour.fault_shortlist(subject)
    async with world.transaction():
        behaviour = world.behaviour if shortlist is None else behaviour
        return behaviour.fault(subject, dice, shortlist)


async def count_missing(world: World, rule: str, name: str, effect: Missing) -> bool:
    """Count a download of an object under a rule, and return whether the object is still missing."""
    async with world.transaction():
        return still_missing(world.behaviour.counters, rule, name, effect)


async def count_download(world: World, path: str) -> None:
    """Count a download of an object, for the limit of downloads."""
    async with world.transaction():
        world.download_counts[path] += 1


def count_request(world: World, key: str) -> int:
    """Count a request of a key, and return its number, from 1. Each process counts its own requests."""
    return world.next_exchange(key)


def record_request(world: World, entry: JournalEntry) -> None:
    """Add an entry to the journal, and publish it if anybody listens. Each process has its own journal."""
    world.journal.add(entry)
    if world.listeners:
        key = entry.key
        world.publish(
            RequestAnswered(
                at=entry.at,
                number=entry.number,
                method=mask_text(entry.method, key),
                path=mask_path(entry.path, key),
                status=entry.status,
                task=None if entry.task is None else mask_text(entry.task, key),
                dialect=entry.dialect,
                fault=entry.fault,
                took=round(entry.took, 6),
                attempt=entry.attempt,
                first=entry.first,
            )
        )


def clear_journal(world: World) -> None:
    """Remove all entries of the journal; their numbers are not used again."""
    world.journal.clear()


async def reset(engine: Engine, world: World) -> None:
    """Cancel the delivery attempts of a world, empty it, and restart its clock."""
    await engine.worlds.scheduler(world).drop_attempts()
    async with world.transaction():
        await world.reset()
        world.publish(WorldReset(at=world.now))
    engine.poll_cache.clear()


async def create_world(engine: Engine, name: str, **choices: Any) -> World:
    """Create a world. The choices are those of `Registry.create`.

    Raises WorldExists when the name is in use, TooManyWorlds when the server has no room.
    """
    return await engine.worlds.create_stored(name, **choices)


async def drop_world(engine: Engine, name: str) -> bool:
    """Delete a world and everything in it. Return False when there is none; the default world is never deleted."""
    return await engine.worlds.drop(name)


def _set_clock(world: World, clock: VirtualClock) -> None:
    world.set_clock(clock)
    _publish_clock(world)


def _publish_clock(world: World) -> None:
    now, clock = world.now, world.clock
    world.publish(ClockChanged(at=now, mode=clock.mode, now=now, speed=clock.speed))


def _publish_faults(world: World) -> None:
    world.publish(FaultsChanged(at=world.now, total=len(world.behaviour.added)))
