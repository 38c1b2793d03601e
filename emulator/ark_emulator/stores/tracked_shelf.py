"""The shelf in memory that notes which of its tasks have changed, for those who write that down elsewhere."""

from collections.abc import Iterator

from ark_emulator.core.task.values import Task
from ark_emulator.stores.memory_shelf import MemoryShelf
from ark_emulator.stores.shelf import DueOf


class TrackedShelf(MemoryShelf):
    """A shelf in memory whose changes are noted: `touched` are the ids of tasks put or removed, in order, `fresh` those
    that are new, `wiped` says that everything that was there before is gone.
    """

    def __init__(self, due_of: DueOf) -> None:
        super().__init__(due_of)
        self.touched: dict[str, None] = {}
        self.fresh: set[str] = set()
        self.wiped = False

    def __iter__(self) -> Iterator[Task]:
        return iter(self._tasks.values())

    def current(self, task_id: str) -> Task | None:
        """The task of that id as it is now."""
        return self._tasks.get(task_id)

    async def remove(self, task_id: str) -> bool:
        """Take the task off the shelf; False when it was not there."""
        self.touched[task_id] = None
        self.fresh.discard(task_id)
        return await super().remove(task_id)

    async def wipe(self) -> None:
        """Empty the shelf."""
        await super().wipe()
        self.mark_clean()
        self.wiped = True

    def mark_clean(self) -> None:
        """Forget what was noted: it has been written down."""
        self.touched = {}
        self.fresh = set()
        self.wiped = False

    def put(self, task: Task) -> None:
        """Put a task there as somebody else has it, new or changed."""
        if task.alias is not None:
            self._aliases[task.alias] = task.id
        super()._put(task)

    def drop(self, task_id: str) -> Task | None:
        """Take off a task that somebody else has removed; answers with it."""
        task = self._tasks.pop(task_id, None)
        self._moments.pop(task_id, None)
        if task is not None and task.alias is not None:
            self._aliases.pop(task.alias, None)
        return task

    def clear(self) -> None:
        """Empty the shelf as somebody else has."""
        for kept in (self._tasks, self._aliases, self._due, self._moments):
            kept.clear()

    def _put(self, task: Task) -> None:
        if task.id not in self._tasks:
            self.fresh.add(task.id)
        self.touched[task.id] = None
        super()._put(task)
