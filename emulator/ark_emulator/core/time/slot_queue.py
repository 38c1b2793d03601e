"""A lane: tasks that share a number of slots, and wait for one in order of priority, then of arrival.

A lane decides one start at a time, each at the earliest moment at which a slot is free and a task is ready, and
only once that moment has come. So a later arrival never moves a start that already happened.
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
    """The place of a task with this priority (0 to 9) and arrival number."""
    return QueuePlace((-priority, number), task_id, ready_at, leaves_at)


@dataclass(slots=True)
class SlotQueue:
    """The queue and the slots. `ends` are the running tasks and when each will end (infinity while unknown).

    When `slots` become fewer, running tasks stay, and nobody starts before enough of them have ended.
    """

    slots: int
    ends: dict[str, float] = field(default_factory=dict)
    _places: dict[str, QueuePlace] = field(default_factory=dict)
    _ready: list[tuple[int, int, QueuePlace]] = field(default_factory=list)
    _coming: list[tuple[float, int, int, QueuePlace]] = field(default_factory=list)
    _ending: list[tuple[float, str]] = field(default_factory=list)
    _free_from: float = -inf

    def __len__(self) -> int:
        """How many tasks wait."""
        return len(self._places)

    def waits(self, task_id: str) -> bool:
        """True while the task waits for a slot."""
        return task_id in self._places

    def settled(self, at: float) -> None:
        """Everything up to that moment has happened: nobody starts before it any more."""
        self._free_from = max(self._free_from, at)

    def enter(self, spot: QueuePlace) -> None:
        """Put a task into the queue."""
        self._places[spot.id] = spot
        heappush(self._coming, (spot.ready_at, *spot.rank, spot))

    def leave(self, task_id: str, at: float) -> None:
        """Take a task out, waiting or running, at a moment: cancelled, expired, moved by force, erased."""
        self._places.pop(task_id, None)
        if self.ends.pop(task_id, None) is not None:
            self._free_from = max(self._free_from, at)

    def ends_at(self, task_id: str, at: float) -> None:
        """A running task will end at `at`."""
        if task_id in self.ends:
            self.ends[task_id] = at
            heappush(self._ending, (at, task_id))

    def next_start(self) -> tuple[str, float] | None:
        """Which task starts next and when, as things stand; None while none can."""
        moment = self._slot_at()
        if moment == inf:
            return None
        spot = self._best(moment) or self._first_coming()
        return None if spot is None else (spot.id, max(moment, spot.ready_at))

    def start(self, task_id: str, at: float) -> None:
        """Give the task a slot at that moment; when it ends is to be told by `ends_at`."""
        del self._places[task_id]
        self._drop_ended(at)
        self.ends[task_id] = inf
        self._free_from = max(self._free_from, at)

    def _slot_at(self) -> float:
        """The moment from which a slot is free, given what is known to run."""
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
        """The first in rank among those ready by the moment and still there."""
        while self._coming and self._coming[0][0] <= moment:
            spot = heappop(self._coming)[-1]
            heappush(self._ready, (*spot.rank, spot))
        while self._ready:
            spot = self._ready[0][-1]
            here = self._places.get(spot.id) is spot and spot.leaves_at > moment
            if here and spot.ready_at <= moment:
                return spot
            heappop(self._ready)
            if here:
                heappush(self._coming, (spot.ready_at, *spot.rank, spot))
        return None

    def _first_coming(self) -> QueuePlace | None:
        """The first to be ready, of those the first in rank, when nobody is ready yet."""
        while self._coming:
            spot = self._coming[0][-1]
            if self._places.get(spot.id) is spot and spot.leaves_at > spot.ready_at:
                return spot
            heappop(self._coming)
        return None
