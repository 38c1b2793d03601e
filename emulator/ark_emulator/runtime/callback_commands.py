"""What can be done with the callbacks of a world: look at them, send one again, hold them back, come for one."""

from collections.abc import Callable
from typing import Final

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.task.values import Delivery, DeliveryState, Task
from ark_emulator.runtime.common.cooperative import unhurried
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.world.world import World

_ALL: Final = 1_000_000_000


async def all_callbacks(engine: Engine, world: World) -> list[tuple[Task, Delivery]]:
    """Every callback there is, in the order of the moves that they tell of."""
    page = await engine.stored_tasks(world, None, 0, _ALL)
    found = [(task, each) async for task in unhurried(reversed(page.items)) for each in task.deliveries]
    return sorted(found, key=lambda pair: pair[1].marked_at)


async def redeliver(engine: Engine, world: World, name: str, number: int) -> Task | None:
    """Send a callback once more; None when there is no such callback. Raises Refusal when there is no such task."""
    return await _change_delivery(engine, world, name, number, outbox.requeue)


async def acknowledge(engine: Engine, world: World, name: str, number: int) -> Task | None:
    """Note that its receiver came for a callback by itself; None when there is no such callback.

    Raises Refusal when there is no such task.
    """
    async with world.transaction():
        task = await _change_delivery(engine, world, name, number, outbox.acknowledge)
        if task is not None:
            told = {"task": task.id, "status": task.deliveries[number].status, "result": "acknowledged"}
            world.publish({"at": world.now, "kind": "callback", **told})
    return task


async def drop(engine: Engine, world: World, name: str, number: int) -> Task | None:
    """Give a pending callback up: it is tried no more; None when there is no such callback.

    Raises Refusal when there is no such task. One that is not pending any more stays as it is, and nothing is told.
    """
    before, _ = await engine.find(world, name)
    task = await _change_delivery(engine, world, name, number, outbox.drop)
    if task is not None and before.deliveries[number].state is DeliveryState.PENDING:
        told = {"task": task.id, "status": task.deliveries[number].status, "result": "dropped"}
        world.publish({"at": world.now, "kind": "callback", **told})
    return task


async def pause(world: World) -> None:
    """Hold every callback that comes due; attempts under way go on."""
    async with world.transaction():
        world.callbacks_paused = True
        world.publish({"at": world.now, "kind": "callbacks", "paused": True})


async def resume(engine: Engine, world: World) -> int:
    """Let callbacks go out again, those that were held at once; answers with how many that were."""
    async with world.transaction():
        count = await engine.worlds.scheduler(world).resume_callbacks()
        world.publish({"at": world.now, "kind": "callbacks", "paused": False})
    return count


async def _change_delivery(
    engine: Engine, world: World, name: str, number: int, change: Callable[[Task, int, float], Task]
) -> Task | None:
    async with world.transaction():
        task, _ = await engine.find(world, name)
        if not 0 <= number < len(task.deliveries):
            return None
        changed = await world.shelf.update(task.id, lambda held: change(held, number, world.now))
    world.reschedule()
    return None if changed is None else changed[1]
