"""The verbs of a shelf: one world's tasks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ark_emulator.core.task.values import Task

Change = Callable[[Task], Task]
DueOf = Callable[[Task], float]


class TaskExists(Exception):
    """The id or alias of a new task is taken."""


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of a listing, newest first, and how many tasks there are in all."""

    items: Sequence[Task]
    total: int


class Shelf(Protocol):
    """Keeps the tasks of one world.

    Every update is atomic in the store's own way and bound to what the shelf holds at that moment, so `change`
    must be pure: it may run more than once.
    """

    async def add(self, task: Task) -> None:
        """Put a new task on the shelf. Raises AlreadyThere when its id or alias is taken."""

    async def get(self, name: str) -> Task | None:
        """The task of that id or alias, None when there is none."""

    def at_hand(self, name: str) -> Task | None:
        """The task of that id or alias, where it can be had without waiting; else None."""

    async def update(self, task_id: str, change: Change) -> tuple[Task, Task] | None:
        """Replace a task by what `change` makes of it; answers with before and after, None when it is gone."""

    async def remove(self, task_id: str) -> bool:
        """Take the task off the shelf; False when it was not there."""

    async def page(self, keep: Callable[[Task], bool], offset: int, limit: int) -> TaskPage:
        """The tasks that `keep` accepts, newest first, from `offset` on."""

    async def due(self, until: float) -> tuple[float, str] | None:
        """The earliest moment at or before `until` at which a task is due, and its id; None when none is."""

    async def next_due(self) -> float | None:
        """The earliest moment at which any task is due."""

    async def count(self) -> int:
        """How many tasks there are."""

    async def wipe(self) -> None:
        """Empty the shelf."""
