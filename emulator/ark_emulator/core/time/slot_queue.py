"""A queue for slots: tasks share a number of slots and wait for one in order of priority, then of arrival.

The queue decides one start at a time, each at the earliest moment at which a slot is free and a task is ready. It
decides only when that moment has come, so a later arrival never moves a start that already happened.
"""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf


@dataclass(frozen=True, slots=True, order=True)
class QueuePlace:
    """A task's place in the queue: higher priority first, then earlier arrival.

    It is ready from `ready_at` on and leaves the queue at `leaves_at` if it has not started by then.
    """

    rank: tuple[int, int]
    id: str = field(compare=False)
    ready_at: float = field(compare=False)
    leaves_at: float = field(compare=False)


def place(task_id: str, priority: int, number: int, ready_at: float, leaves_at: float) -> QueuePlace:
    """Return the place of a task with this priority (0 to 9) and arrival number."""
    return QueuePlace((-priority, number), task_id, ready_at, leaves_at)


@dataclass(slots=True)
class SlotQueue:
    """The queue and the slots. `ends` maps each running task to the time of its end (infinity while unknown).

    When `slots` is lowered, running tasks continue, and no task starts before enough of them have ended.
    """

    slots: int
    ends: dict[str, float] = field(default_factory=dict)
    _places: dict[str, QueuePlace] = field(default_factory=dict)
    _ready: list[tuple[int, int, QueuePlace]] = field(default_factory=list)
    _coming: list[tuple[float, int, int, QueuePlace]] = field(default_factory=list)
    _ending: list[tuple[float, str]] = field(default_factory=list)
    _free_from: float = -inf

    def __len__(self) -> int:
        """Return the number of waiting tasks."""
        return len(self._places)

    def waits(self, task_id: str) -> bool:
        """Return True while the task waits for a slot."""
        return task_id in self._places

    def settled(self, at: float) -> None:
        """Record that everything up to that moment has happened: no task starts before it any more."""
        self._free_from = max(self._free_from, at)

    def enter(self, spot: QueuePlace) -> None:
        """Add a task to the queue."""
        self._places[spot.id] = spot
        heappush(self._coming, (spot.ready_at, *spot.rank, spot))

    def leave(self, task_id: str, at: float) -> None:
        """Remove a task, waiting or running, at a moment: it was cancelled, expired, forced to move, or erased."""
        self._places.pop(task_id, None)
        if self.ends.pop(task_id, None) is not None:
            self._free_from = max(self._free_from, at)

    def ends_at(self, task_id: str, at: float) -> None:
        """Record that a running task will end at `at`."""
        if task_id in self.ends:
            self.ends[task_id] = at
            heappush(self._ending, (at, task_id))

    def next_start(self) -> tuple[str, float] | None:
        """Return the task that starts next and its start time, given what is known now; None while none can start."""
        moment = self._slot_at()
        if moment == inf:
            return None
        spot = self._best(moment) or self._first_coming()
        return None if spot is None else (spot.id, max(moment, spot.ready_at))

    def start(self, task_id: str, at: float) -> None:
        """Give the task a slot at that moment. Its end is unknown until `ends_at` is called."""
        del self._places[task_id]
        self._drop_ended(at)
        self.ends[task_id] = inf
        self._free_from = max(self._free_from, at)

    def _slot_at(self) -> float:
        """Return the moment from which a slot is free, given the tasks known to run."""
        if len(self.ends) < self.slots:
            return self._free_from
        if len(self.ends) > self.slots:
            return max(sorted(self.ends.values())[len(self.ends) - self.slots], self._free_from)
        while self._ending:
            at, task_id = self._ending[0]
            if self.ends.get(task_id) == at:
                return max(at, self._free_from)
            heappop(self._ending)
        return inf

    def _drop_ended(self, at: float) -> None:
        while self._ending and self._ending[0][0] <= at:
            ended, task_id = heappop(self._ending)
            if self.ends.get(task_id) == ended:
                del self.ends[task_id]
                self._free_from = max(self._free_from, ended)

    def _best(self, moment: float) -> QueuePlace | None:
        """Return the first in rank among the tasks that are ready by the moment and still queued."""
        while self._coming and self._coming[0][0] <= moment:
            spot = heappop(self._coming)[-1]
            heappush(self._ready, (*spot.rank, spot))
        while self._ready:
            spot = self._ready[0][-1]
            is_queued = self._places.get(spot.id) is spot and spot.leaves_at > moment
            if is_queued and spot.ready_at <= moment:
                return spot
            heappop(self._ready)
            if is_queued:
                heappush(self._coming, (spot.ready_at, *spot.rank, spot))
        return None

    def _first_coming(self) -> QueuePlace | None:
        """Return the task that becomes ready first, and among equals the first in rank, when none is ready yet."""
        while self._coming:
            spot = self._coming[0][-1]
            if self._places.get(spot.id) is spot and spot.leaves_at > spot.ready_at:
                return spot
            heappop(self._coming)
        return None
