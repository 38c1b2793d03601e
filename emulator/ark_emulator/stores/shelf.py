"""The interface of a shelf, which keeps the tasks of one world."""

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
    """One page of a listing, newest first, and the total number of matching tasks."""

    items: Sequence[Task]
    total: int


class Shelf(Protocol):
    """Keeps the tasks of one world.

    Every update is atomic and applies to the current task. `change` must be pure, because it may run more than once.
    """

    async def add(self, task: Task) -> None:
        """Add a new task. Raises TaskExists when its id or alias is taken."""

    async def get(self, name: str) -> Task | None:
        """Return the task with that id or alias, None when there is none."""

    def at_hand(self, name: str) -> Task | None:
        """Return the task with that id or alias if that needs no waiting; else None."""

    async def update(self, task_id: str, change: Change) -> tuple[Task, Task] | None:
        """Replace a task by the result of `change`. Return the old and the new task, None when it does not exist."""

    async def remove(self, task_id: str) -> bool:
        """Remove a task. Return False when it does not exist."""

    async def page(self, keep: Callable[[Task], bool], offset: int, limit: int) -> TaskPage:
        """Return the tasks that `keep` accepts, newest first, from `offset` on."""

    async def due(self, until: float) -> tuple[float, str] | None:
        """Return the earliest moment up to `until` at which a task is due, and its id; None when there is none."""

    async def next_due(self) -> float | None:
        """Return the earliest moment at which a task is due, None when there is none."""

    async def count(self) -> int:
        """Return the number of tasks."""

    async def wipe(self) -> None:
        """Remove all tasks."""
