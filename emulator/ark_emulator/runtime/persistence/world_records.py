"""Converts between a world and its records: collects local changes, and applies changes of other processes.

The world in memory is a function of its records. A task has two of them: `born:ID` is written once, `grown:ID` with
every change. Every count, lane and delivery attempt in flight has a record. Ledger entries are numbered. Each single
value of `_SINGLES` has a record of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ark_emulator.core.billing.ledger_entries import LedgerEntry
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.task.values import DeliveryState, Task
from ark_emulator.core.time.clock import VirtualClock
from ark_emulator.core.time.dice import Dice
from ark_emulator.runtime.media.pictures import share_pictures
from ark_emulator.runtime.persistence.record_mapper import ChangeSet
from ark_emulator.runtime.persistence.tracked_dict import TrackedDict
from ark_emulator.runtime.persistence.world_directory import WorldRecord
from ark_emulator.runtime.world.behaviour import AddedFaults
from ark_emulator.runtime.world.unit_of_work import Event
from ark_emulator.runtime.world.world import World
from ark_emulator.stores.codec import record_codec
from ark_emulator.stores.tracked_shelf import TrackedShelf

LAST_WRITE: Final = "seen"
"""The record of the real time of the latest write, by any process. Real time never goes back behind it."""
_NO_CHANGES: Final = b"{}"


@dataclass(frozen=True, slots=True)
class CallbacksPaused:
    """The stored form of `World.callbacks_paused`."""

    on: bool = False


class MonotonicWallClock:
    """The real time for worlds in a store: unix seconds that never go back, even if the system clock does.

    It also runs ahead of the system clock if the clock of another process does. Otherwise this process would read
    records from its own future.
    """

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._ahead = 0.0
        self._seen = 0.0

    def __call__(self) -> float:
        moment = self._wall() + self._ahead
        if moment < self._seen:
            self._ahead += self._seen - moment
            moment = self._seen
        self._seen = moment
        return moment

    def advance_to(self, moment: float) -> None:
        """Return no time before `moment` from now on: another process has written at that time."""
        self._seen = max(self._seen, moment)


class WorldRecords:
    """The record mapper of one world, which was created as `record`. `attempts` are its delivery attempts in flight.

    `on_event` is called for each event of another process: with the process, the event, and whether a deadline caused
    it. `on_cleared` is called when another process has reset the world.
    """

    def __init__(
        self,
        world: World,
        clock: MonotonicWallClock,
        record: WorldRecord,
        attempts: TrackedDict[str],
        *,
        on_event: Callable[[str, Event, bool], None],
        on_cleared: Callable[[], None],
    ) -> None:
        if not isinstance(world.shelf, TrackedShelf):
            raise TypeError("the world was not created for a store")
        self._on_event = on_event
        self._on_cleared = on_cleared
        self._record = record
        self._world = world
        self._shelf: TrackedShelf = world.shelf
        self._attempts = attempts
        self._clock = clock
        self._singles: tuple[object, ...] = ()
        self._entries = 0
        self._order = 0

    @property
    def dirty(self) -> bool:
        """Return whether there are changes to write."""
        shelf = self._shelf
        return bool(
            shelf.touched
            or shelf.wiped
            or len(self._world.ledger) != self._entries
            or any(tracked.dirty for tracked in self._tracked().values())
            or any(current is not written for current, written in zip(self._current(), self._singles, strict=False))
            or not self._singles
        )

    def touches(self, task_id: str) -> bool:
        """Return whether there are changes of that task to write."""
        return task_id in self._shelf.touched

    def collect(self) -> ChangeSet | None:
        """Return the changes to write, None when there are none, and mark them as written."""
        if not self.dirty:
            return None
        clears = self._shelf.wiped
        puts: dict[str, bytes | None] = {}
        if clears:
            self._singles, self._entries = (), 0
        self._put_singles(puts)
        for task_id in self._shelf.touched:
            self._put_task(task_id, puts)
        for number, entry in enumerate(self._world.ledger.entries_since(self._entries), self._entries):
            puts[f"entry:{number:09d}"] = record_codec.encode_value(entry)
        for kind, tracked in self._tracked().items():
            for name, value in tracked.drain().items():
                puts[f"{kind}:{name}"] = None if value is None else str(value).encode("utf-8", "surrogatepass")
        puts[LAST_WRITE] = repr(self._clock()).encode()
        self._mark_clean()
        return ChangeSet(puts, clears=clears)

    def apply(self, changes: ChangeSet, by: str) -> None:
        """Apply the changes that the process `by` has committed, and publish its events here."""
        if changes.clears:
            self._clear()
            self._on_cleared()
        changed: list[Task | None] = []
        removed: list[str] = []
        for name, record in changes.puts.items():
            kind, _, rest = name.partition(":")
            if kind == "born" and record is None:
                removed.append(rest)
            elif kind == "born" and record is not None:
                changed.append(self._load_created(rest, record, changes.puts.get(f"grown:{rest}")))
            elif kind == "grown" and record is not None and f"born:{rest}" not in changes.puts:
                changed.append(self._load_updated(rest, record))
        self._apply_values(changes.puts)
        for task in changed:
            if task is not None:
                self._index_task(task, is_new=f"born:{task.id}" in changes.puts)
        for task_id in removed:
            self._remove_task(task_id)
        self._apply_ledger_entries(changes.puts)
        self._mark_clean()
        for each in changes.events:
            document = record_codec.decode_event(each)
            self._on_event(by, document["event"], document["by_time"])

    def load(self, records: Mapping[str, bytes]) -> None:
        """Replace the world by what these records contain. Without records it is as it was created."""
        self._clear()
        self._world.explicit_settings = frozenset(self._record.explicit_settings)
        self._apply_values({**self._record.records(), **records})
        born = {name[5:]: record for name, record in records.items() if name.startswith("born:")}
        minute_ago = self._world.now - 60.0
        for task_id in sorted(born, key=lambda name: _order_of(born[name])):
            task = self._load_created(task_id, born[task_id], records.get(f"grown:{task_id}"))
            self._index_task(task, is_new=task.plan.accepted_at > minute_ago)
            self._world.ledger.track(task)
        self._apply_ledger_entries(records)
        self._mark_clean()

    def _put_singles(self, puts: dict[str, bytes | None]) -> None:
        before = self._singles or (None,) * len(_SINGLES)
        for (name, _), value, written in zip(_SINGLES, self._current(), before, strict=True):
            if value is not written:
                puts[name] = record_codec.encode_value(CallbacksPaused(value) if isinstance(value, bool) else value)

    def _put_task(self, task_id: str, puts: dict[str, bytes | None]) -> None:
        task = self._shelf.current(task_id)
        if task is None:
            puts[f"born:{task_id}"] = puts[f"grown:{task_id}"] = None
            return
        if task_id in self._shelf.fresh:
            self._order += 1
            puts[f"born:{task_id}"] = b"%d " % self._order + record_codec.encode_created(task)
        puts[f"grown:{task_id}"] = record_codec.encode_updates(task)

    def _load_created(self, task_id: str, record: bytes, grown: bytes | None) -> Task:
        order, _, born = record.partition(b" ")
        self._order = max(self._order, int(order))
        task = record_codec.decode_task(born, _NO_CHANGES if grown is None else grown)
        submission = share_pictures(task.submission)
        if submission is not task.submission:
            task = replace(task, submission=submission)
        self._shelf.put(task)
        return task

    def _load_updated(self, task_id: str, record: bytes) -> Task | None:
        before = self._shelf.current(task_id)
        if before is None:
            return None
        task = record_codec.apply_updates(before, record)
        self._shelf.put(task)
        return task

    def _index_task(self, task: Task, *, is_new: bool) -> None:
        """Update lanes, ledger and held callbacks for a task that was loaded."""
        world = self._world
        if is_new:
            world.admission.count_remote_create(task)
            world.ledger.track(task)
        world.admission.restore(task)
        for item in task.deliveries:
            unscheduled = item.state is DeliveryState.PENDING and item.due == _UNSCHEDULED
            if unscheduled and f"{task.id}:{item.number}" not in self._attempts:
                world.held_callbacks[task.id, item.number] = None
            else:
                world.held_callbacks.pop((task.id, item.number), None)

    def _remove_task(self, task_id: str) -> None:
        world = self._world
        self._shelf.drop(task_id)
        world.ledger.untrack(task_id)
        world.admission.remove(task_id, world.now)
        for place in [each for each in world.held_callbacks if each[0] == task_id]:
            del world.held_callbacks[place]

    def _apply_values(self, records: Mapping[str, bytes | None]) -> None:
        """Set single values and counts from records."""
        world = self._world
        for name, single in _SINGLES:
            if (found := records.get(name)) is not None:
                _SETTERS[name](world, record_codec.decode_value(single, found))
        tracked = self._tracked()
        for name, record in records.items():
            kind, _, rest = name.partition(":")
            if kind in tracked:
                text = None if record is None else record.decode("utf-8", "surrogatepass")
                tracked[kind].restore(rest, text if text is None or kind == "sending" else int(text))
                if kind == "slots" and text is not None:
                    world.admission.widen(rest, int(text))
        if (last_write := records.get(LAST_WRITE)) is not None:
            self._clock.advance_to(float(last_write))

    def _apply_ledger_entries(self, records: Mapping[str, bytes | None]) -> None:
        ledger = self._world.ledger
        found = {int(name[6:]): record for name, record in records.items() if name.startswith("entry:") and record}
        for number in sorted(found):
            if number >= len(ledger):
                ledger.restore_entry(record_codec.decode_value(LedgerEntry, found[number]))

    def _clear(self) -> None:
        """Remove everything that comes from records. State that belongs to this process alone stays."""
        world = self._world
        self._shelf.clear()
        world.admission.clear()
        world.ledger.clear_entries()
        world.held_callbacks.clear()
        for tracked in self._tracked().values():
            tracked.clear()
        world.behaviour = world.behaviour.with_added_faults(world.behaviour.scenario, AddedFaults())
        world.callbacks_paused = False
        self._order = 0

    def _mark_clean(self) -> None:
        """Mark everything as written."""
        self._shelf.mark_clean()
        self._singles = self._current()
        self._entries = len(self._world.ledger)
        for tracked in self._tracked().values():
            tracked.dirty = {}

    def _current(self) -> tuple[object, ...]:
        world = self._world
        behaviour = world.behaviour
        return (
            world.dice,
            world.initial_clock,
            world.clock,
            world.admission.limits,
            behaviour.scenario,
            behaviour.additions,
            world.callbacks_paused,
        )

    def _tracked(self) -> dict[str, TrackedDict[Any]]:
        world = self._world
        found: dict[str, Any] = {
            "count": world.behaviour.counters,
            "submissions": world.submission_counts,
            "downloads": world.download_counts,
            "slots": world.admission.slots,
            "sending": self._attempts,
        }
        return found


_UNSCHEDULED: Final = float("inf")
_SINGLES: Final[tuple[tuple[str, type], ...]] = (
    ("dice", Dice),
    ("started", VirtualClock),
    ("clock", VirtualClock),
    ("limits", Limits),
    ("scenario", Scenario),
    ("faults", AddedFaults),
    ("paused", CallbacksPaused),
)
"""The single values of a world: name of the record and type, in the order of `_current`."""


def _order_of(record: bytes) -> int:
    return int(record.partition(b" ")[0])


def _set_limits(world: World, limits: Any) -> None:
    world.admission.limits = limits


def _set_scenario(world: World, scenario: Any) -> None:
    world.behaviour = world.behaviour.with_added_faults(scenario, world.behaviour.additions)


def _set_faults(world: World, added: Any) -> None:
    world.behaviour = world.behaviour.with_added_faults(world.behaviour.scenario, added)


def _set_paused(world: World, paused: Any) -> None:
    world.callbacks_paused = paused.on


_SETTERS: Final[Mapping[str, Callable[[World, Any], None]]] = {
    "dice": lambda world, dice: setattr(world, "dice", dice),
    "started": lambda world, clock: setattr(world, "initial_clock", clock),
    "clock": lambda world, clock: setattr(world, "clock", clock),
    "limits": _set_limits,
    "scenario": _set_scenario,
    "faults": _set_faults,
    "paused": _set_paused,
}
