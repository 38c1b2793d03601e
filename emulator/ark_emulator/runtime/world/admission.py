"""The lanes and rate windows of one world: which creates are admitted, and which waiting task starts next."""

from collections.abc import Iterator, MutableMapping
from math import inf
from typing import Final

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.account_limits import NO_LIMITS, Allowance, Limits, Window
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.models import Model
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.values import Started, Status, Task
from ark_emulator.core.time.slot_queue import SlotQueue, place


class Admission:
    """The rate windows and lanes of the keys of a world. Without limits it keeps no state."""

    def __init__(self, limits: Limits = NO_LIMITS, slots: MutableMapping[str, int] | None = None) -> None:
        self.limits = limits
        self._lanes: dict[str, SlotQueue] = {}
        self._windows: dict[tuple[str, str, str], Window] = {}
        self._where: dict[str, str] = {}
        self.slots: MutableMapping[str, int] = {} if slots is None else slots

    @property
    def on(self) -> bool:
        """Return whether there are limits, or tasks that still use a slot or wait for one."""
        return self.limits.on or bool(self._where)

    def admit(self, key: str, model: Model, resolution: str, tier: str, now: float) -> str | None:
        """Count a create, and return the lane in which its task waits for a slot; None when it needs no slot.

        Raises Refusal when the key creates too fast, or has too many waiting tasks. A refused create is not counted.
        """
        if not self.limits.on:
            return None
        allowance = self.limits.allowance(model, resolution)
        window = self._windows.setdefault((key, model.family, allowance.group), Window())
        if allowance.creates_per_minute is not None and window.full(allowance.creates_per_minute, now):
            raise Refusal("rate.model_rpm")
        if allowance.queued is not None and self._waiting(key) >= allowance.queued:
            raise Refusal("quota.queue_full")
        window.moments.append(now)
        return self._lane_name(key, model, allowance, tier)

    def enter(self, task: Task) -> None:
        """Add a new task to the lane of its plan."""
        name = task.plan.lane
        if name is None:
            return
        ready_at = task.plan.accepted_at + (task.plan.steps[0].seconds or 0.0)
        spot = place(task.id, task.plan.priority, task.number, ready_at, task.plan.expires_at)
        self._lanes[name].enter(spot)
        self._where[task.id] = name

    def next_start(self) -> tuple[str, float] | None:
        """Return the task that gets a slot next, in any lane, and the moment; None when no task waits."""
        found = (start for lane in self._lanes.values() if (start := lane.next_start()) is not None)
        return min(found, key=lambda start: start[1], default=None)

    def start(self, task_id: str, at: float) -> None:
        """Assign a slot to a task."""
        self._lanes[self._where[task_id]].start(task_id, at)

    def update(self, task: Task, now: float) -> None:
        """Update the lane of a task after it started or changed: the moment its slot becomes free, or that it ended."""
        lane = self._lanes.get(self._where.get(task.id, ""))
        if lane is None:
            return
        line = lifecycle.timeline(task.plan, task.facts)
        status = lifecycle.state_at(line, now).status
        if status.final:
            lane.leave(task.id, now)
            del self._where[task.id]
        elif status is Status.RUNNING:
            if task.id not in lane.ends:
                lane.leave(task.id, now)
            end = lifecycle.final_mark(line)
            lane.ends_at(task.id, end.at if end else inf)

    def count_remote_create(self, task: Task) -> None:
        """Count a create that another process has admitted."""
        if self.limits.on:
            plan, model = task.plan, catalogue.of_family(task.plan.family)
            group = self.limits.allowance(model, plan.picture.resolution).group
            window = self._windows.setdefault((task.submission.key, model.family, group), Window())
            window.moments.append(plan.accepted_at)

    def restore(self, task: Task) -> None:
        """Update the lane of a task that was read from the store, as of its latest change."""
        name = task.plan.lane
        if name is None:
            return
        seen = outbox.last_change_at(task)
        lane = self._lanes.setdefault(name, SlotQueue(self.slots.get(name, 1)))
        if task.id not in self._where:
            if lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), seen).status.final:
                lane.settled(seen)
                return
            self.enter(task)
        started = next((fact.at for fact in task.facts if isinstance(fact, Started)), None)
        if started is not None and lane.waits(task.id):
            lane.start(task.id, started)
        self.update(task, seen)

    def remove(self, task_id: str, now: float) -> None:
        """Remove a task that another process has erased."""
        name = self._where.pop(task_id, None)
        if name is not None:
            self._lanes[name].leave(task_id, now)

    def clear(self) -> None:
        """Remove everything except the limits."""
        self._lanes.clear()
        self._windows.clear()
        self._where.clear()
        self.slots.clear()

    def _lane_name(self, key: str, model: Model, allowance: Allowance, tier: str) -> str | None:
        if allowance.concurrent is None:
            return None
        name = _BETWEEN.join((_quoted(key), model.family, allowance.group, tier))
        if self.slots.get(name) != allowance.concurrent:
            self.widen(name, allowance.concurrent)
        return name

    def widen(self, name: str, slots: int) -> None:
        """Set the number of slots of a lane."""
        self.slots[name] = slots
        self._lanes.setdefault(name, SlotQueue(slots)).slots = slots

    def _waiting(self, key: str) -> int:
        return sum(len(lane) for name, lane in self._limits_of(key))

    def _limits_of(self, key: str) -> Iterator[tuple[str, SlotQueue]]:
        owner = _quoted(key)
        return ((name, lane) for name, lane in self._lanes.items() if name.partition(_BETWEEN)[0] == owner)


_BETWEEN: Final = "|"


def _quoted(key: str) -> str:
    """Return the key as the first part of a lane name, with the separator escaped.

    Lanes are stored by name, so a name is a string. Most keys need no escaping.
    """
    return key.replace("%", "%25").replace(_BETWEEN, "%7C")
