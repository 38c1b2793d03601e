"""The shelf in memory: dictionaries, and a heap of due moments whose stale entries are skipped when they are read."""

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf

from ark_emulator.core.task.values import Task
from ark_emulator.stores.shelf import Change, DueOf, TaskExists, TaskPage


class MemoryShelf:
    """The tasks of one world in this process. `due_of` returns the moment at which a task is due next."""

    def __init__(self, due_of: DueOf) -> None:
        self._due_of = due_of
        self._tasks: dict[str, Task] = {}
        self._aliases: dict[str, str] = {}
        self._due: list[tuple[float, int, str]] = []
        self._moments: dict[str, float] = {}

    async def add(self, task: Task) -> None:
        """Add a new task. Raises TaskExists when its id or alias is taken."""
        if task.id in self._tasks or task.alias in self._aliases:
            raise TaskExists(task.id)
        if task.alias is not None:
            self._aliases[task.alias] = task.id
        self._put(task)

    async def get(self, name: str) -> Task | None:
        """Return the task with that id or alias, None when there is none."""
        return self.at_hand(name)

    def at_hand(self, name: str) -> Task | None:
        """Return the task with that id or alias, None when there is none."""
        return self._tasks.get(name) or self._tasks.get(self._aliases.get(name, ""))

    async def update(self, task_id: str, change: Change) -> tuple[Task, Task] | None:
        """Replace a task by the result of `change`. Return the old and the new task, None when it does not exist."""
        before = self._tasks.get(task_id)
        if before is None:
            return None
        after = change(before)
        if after is not before:
            self._put(after)
        return before, after

    async def remove(self, task_id: str) -> bool:
        """Remove a task. Return False when it does not exist."""
        task = self._tasks.pop(task_id, None)
        if task is None:
            return False
        self._moments.pop(task_id, None)
        if task.alias is not None:
            self._aliases.pop(task.alias, None)
        return True

    async def page(self, keep: Callable[[Task], bool], offset: int, limit: int) -> TaskPage:
        """Return the tasks that `keep` accepts, newest first, from `offset` on."""
        kept = [task for task in reversed(self._tasks.values()) if keep(task)]
        return TaskPage(kept[offset : offset + limit], len(kept))

    async def due(self, until: float) -> tuple[float, str] | None:
        """Return the earliest moment up to `until` at which a task is due, and its id; None when there is none."""
        moment = await self.next_due()
        return (moment, self._due[0][2]) if moment is not None and moment <= until else None

    async def next_due(self) -> float | None:
        """Return the earliest moment at which a task is due, None when there is none."""
        while self._due:
            moment, _, task_id = self._due[0]
            if self._moments.get(task_id) == moment:
                return moment
            heappop(self._due)
        return None

    async def count(self) -> int:
        """Return the number of tasks."""
        return len(self._tasks)

    async def wipe(self) -> None:
        """Remove all tasks."""
        for kept in (self._tasks, self._aliases, self._due, self._moments):
            kept.clear()

    def _put(self, task: Task) -> None:
        self._tasks[task.id] = task
        moment = self._due_of(task)
        if moment != self._moments.get(task.id):
            self._moments[task.id] = moment
            if moment < inf:
                heappush(self._due, (moment, task.number, task.id))
