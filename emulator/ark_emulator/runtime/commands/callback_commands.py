"""Commands for callbacks: pause and resume them; redeliver, acknowledge or drop one."""

from collections.abc import Callable

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.task.values import DeliveryState, Task
from ark_emulator.runtime import queries
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.world.events import CallbackChanged, CallbackPauseChanged
from ark_emulator.runtime.world.world import World


async def redeliver(engine: Engine, world: World, name: str, number: int) -> Task | None:
    """Send a callback again. Return its task, None when there is no such callback.

    The scheduler publishes the attempt. Raises Refusal when there is no such task.
    """
    return await _change_delivery(engine, world, name, number, outbox.requeue)


async def acknowledge(engine: Engine, world: World, name: str, number: int) -> Task | None:
    """Mark a callback as delivered, because its receiver fetched it. Return its task, None without such a callback.

    Raises Refusal when there is no such task.
    """
    async with world.transaction():
        task = await _change_delivery(engine, world, name, number, outbox.acknowledge)
        if task is not None:
            status = task.deliveries[number].status
            world.publish(CallbackChanged(at=world.now, task=task.id, status=status, result="acknowledged"))
    return task


async def drop(engine: Engine, world: World, name: str, number: int) -> Task | None:
    """Give up a pending callback. Return its task, None when there is no such callback.

    A callback in another state is not changed, and no event is published. Raises Refusal when there is no such task.
    """
    async with world.transaction():
        before, _ = await queries.find(engine, world, name, world.now)
        task = await _change_delivery(engine, world, name, number, outbox.drop)
        if task is not None and before.deliveries[number].state is DeliveryState.PENDING:
            status = task.deliveries[number].status
            world.publish(CallbackChanged(at=world.now, task=task.id, status=status, result="dropped"))
    return task


async def pause(world: World) -> None:
    """Hold back callbacks that become due. Attempts under way continue."""
    async with world.transaction():
        world.callbacks_paused = True
        world.publish(CallbackPauseChanged(at=world.now, paused=True))


async def resume(engine: Engine, world: World) -> int:
    """Send the callbacks that were held back, and return their number. Callbacks are no longer held back."""
    async with world.transaction():
        count = await engine.worlds.scheduler(world).resume_callbacks()
        world.publish(CallbackPauseChanged(at=world.now, paused=False))
    return count


async def _change_delivery(
    engine: Engine, world: World, name: str, number: int, change: Callable[[Task, int, float], Task]
) -> Task | None:
    async with world.transaction():
        task, _ = await queries.find(engine, world, name, world.now)
        if not 0 <= number < len(task.deliveries):
            return None
        changed = await world.shelf.update(task.id, lambda held: change(held, number, world.now))
    world.reschedule()
    return None if changed is None else changed[1]
