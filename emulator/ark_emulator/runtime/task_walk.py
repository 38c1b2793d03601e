"""Looks through the tasks of a world without holding up anybody: there may be hundreds of thousands of them."""

from collections.abc import Callable
from typing import Final

from ark_emulator.core.task.values import Task
from ark_emulator.runtime.common.cooperative import iterate_with_yields
from ark_emulator.runtime.world.world import World
from ark_emulator.stores.shelf import TaskPage

ALL: Final = 1 << 62


async def walk(world: World, keep: Callable[[Task], bool], offset: int = 0, limit: int = ALL) -> TaskPage:
    """Return the tasks that `keep` accepts, newest first, from `offset` on, and how many it accepts in all.

    Others have their turn meanwhile: the tasks are those that there were when it began.
    """
    everything = await world.shelf.page(lambda task: True, 0, ALL)
    kept, total = [], 0
    async for task in iterate_with_yields(everything.items):
        if keep(task):
            if offset <= total < offset + limit:
                kept.append(task)
            total += 1
    return TaskPage(kept, total)
