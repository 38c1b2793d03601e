"""A clock that moves by polls: each poll sets it to the next change of what the poller is shown."""

from ark_emulator.core.gateway_view import gateway_record
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.gateway_policy import GatewayPolicy
from ark_emulator.core.task.values import Task
from ark_emulator.runtime.scheduler import Scheduler
from ark_emulator.runtime.world.world import World


async def move_on(world: World, pulse: Scheduler, task: Task, terms: GatewayPolicy) -> None:
    """Set the clock to the next change of the task's record, as a gateway with these terms keeps it.

    A task that waits for a slot depends on other tasks, so its next change is not known in advance. The clock then
    goes from one due moment to the next until the record changes.
    """
    line = lifecycle.timeline(task.plan, task.facts)
    before = gateway_record.record_at(terms, line, world.now)
    while (change := gateway_record.next_change(terms, line, world.now)) is not None:
        due = await world.next_due() if lifecycle.waits_for_slot(task) else None
        moment = change if due is None else min(change, max(due, world.now))
        await pulse.advance(moment, patient=False)
        found = await world.shelf.get(task.id)
        if moment >= change or found is None or pulse.closed:
            return
        task, line = found, lifecycle.timeline(found.plan, found.facts)
        if gateway_record.record_at(terms, line, world.now) != before:
            return
