"""A shelf in memory that records which of its tasks have changed, so that they can be written to a store."""

from collections.abc import Iterator

from ark_emulator.core.task.values import Task
from ark_emulator.stores.memory_shelf import MemoryShelf
from ark_emulator.stores.shelf import DueOf


class TrackedShelf(MemoryShelf):
    """A shelf in memory that records its changes since the last `mark_clean`.

    `touched` are the ids of tasks added, changed or removed, in order. `fresh` are those of new tasks. `wiped` is True
    after all older tasks were removed.
    """

    def __init__(self, due_of: DueOf) -> None:
        super().__init__(due_of)
        self.touched: dict[str, None] = {}
        self.fresh: set[str] = set()
        self.wiped = False

    def __iter__(self) -> Iterator[Task]:
        return iter(self._tasks.values())

    def current(self, task_id: str) -> Task | None:
        """Return the task with that id, None when there is none."""
        return self._tasks.get(task_id)

    async def remove(self, task_id: str) -> bool:
        """Remove a task. Return False when it does not exist."""
        self.touched[task_id] = None
        self.fresh.discard(task_id)
        return await super().remove(task_id)

    async def wipe(self) -> None:
        """Remove all tasks."""
        await super().wipe()
        self.mark_clean()
        self.wiped = True

    def mark_clean(self) -> None:
        """Mark all changes as written."""
        self.touched = {}
        self.fresh = set()
        self.wiped = False

    def put(self, task: Task) -> None:
        """Add or replace a task that was read from the store, without recording a change."""
        if task.alias is not None:
            self._aliases[task.alias] = task.id
        super()._put(task)

    def drop(self, task_id: str) -> Task | None:
        """Remove a task that another process has removed, without recording a change. Return it."""
        task = self._tasks.pop(task_id, None)
        self._moments.pop(task_id, None)
        if task is not None and task.alias is not None:
            self._aliases.pop(task.alias, None)
        return task

    def clear(self) -> None:
        """Remove all tasks, without recording a change."""
        for kept in (self._tasks, self._aliases, self._due, self._moments):
            kept.clear()

    def _put(self, task: Task) -> None:
        if task.id not in self._tasks:
            self.fresh.add(task.id)
        self.touched[task.id] = None
        super()._put(task)
