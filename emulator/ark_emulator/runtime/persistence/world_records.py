"""A world as records: what has changed since it was written down last, and what somebody else wrote down.

The world in memory is a function of its records. A task is two of them, `born:ID` and `grown:ID`; every count, lane
and callback under way has one; ledger entries are numbered; and the few single values have one each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from ark_emulator.core.billing.ledger_entries import LedgerEntry
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.task.values import DeliveryState, Task
from ark_emulator.core.time.clock import VirtualClock
from ark_emulator.core.time.dice import Dice
from ark_emulator.runtime.media.pictures import share_pictures
from ark_emulator.runtime.persistence.tracked_dict import TrackedDict
from ark_emulator.runtime.world.behaviour import AddedFaults
from ark_emulator.runtime.world.world import Event, World
from ark_emulator.stores.codec import record_codec
from ark_emulator.stores.tracked_shelf import TrackedShelf

LAST_WRITE: Final = "seen"
"""The record of the latest real moment at which anybody wrote: real time goes on from there."""
_NO_CHANGES: Final = b"{}"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What is to be committed, or was: records by name, what is told, and whether all that was there before goes."""

    puts: Mapping[str, bytes | None]
    events: Sequence[bytes] = ()
    clears: bool = False


class RecordMapper(Protocol):
    """Turns what it looks after into records, and records into that."""

    @property
    def dirty(self) -> bool:
        """True while there is something to be written down."""

    def touches(self, task_id: str) -> bool:
        """True while something of that task is to be written down."""

    def collect(self) -> ChangeSet | None:
        """What is to be written down; from now on it counts as written."""

    def apply(self, written: ChangeSet, by: str) -> None:
        """Take over what somebody else has written down."""

    def load(self, records: Mapping[str, bytes]) -> None:
        """Be what these records say, whatever was there before."""


@dataclass(frozen=True, slots=True)
class CallbacksPaused:
    """Whether callbacks are held back."""

    on: bool = False


class MonotonicWallClock:
    """Real time for worlds that outlive a process: unix seconds that never go back, whatever the system's clock does.

    It also runs ahead of the system's clock where somebody else's does: nobody may see what will only come to be.
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
        """Somebody has seen this moment."""
        self._seen = max(self._seen, moment)


def event_record(event: Event, by_time: bool) -> bytes:
    """An event for other processes, and whether time brought it."""
    return record_codec.encode_event({"by_time": by_time, "event": event})


class WorldRecords:
    """Writes down one world, and takes over what others wrote of it. `birth` is what its records say at first.

    `heard` is told of events that others caused: who, what, and whether time brought it; `cleared`, that somebody has
    emptied the world.
    """

    def __init__(self, world: World, reality: MonotonicWallClock, birth: Mapping[str, bytes]) -> None:
        if not isinstance(world.shelf, TrackedShelf):
            raise TypeError("only a shelf that notes its changes can be written down")
        self.on_event: Callable[[str, Event, bool], None] = lambda by, event, by_time: None
        self.on_cleared: Callable[[], None] = lambda: None
        self._birth = birth
        self._world = world
        self._shelf: TrackedShelf = world.shelf
        self._reality = reality
        self._singles: tuple[object, ...] = ()
        self._entries = 0
        self._order = 0
        world.submission_counts, world.download_counts = TrackedDict(0), TrackedDict(0)
        world.attempts_in_flight = TrackedDict("")
        world.behaviour.counters, world.admission.slots = TrackedDict(0), TrackedDict(0)

    @property
    def dirty(self) -> bool:
        """True while there is something to be written down."""
        shelf = self._shelf
        return bool(
            shelf.touched
            or shelf.wiped
            or len(self._world.ledger) != self._entries
            or any(noted.dirty for noted in self._tracked().values())
            or any(now is not then for now, then in zip(self._current(), self._singles, strict=False))
            or not self._singles
        )

    def touches(self, task_id: str) -> bool:
        """True while something of that task is to be written down."""
        return task_id in self._shelf.touched

    def collect(self) -> ChangeSet | None:
        """What is to be written down; from now on it counts as written."""
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
        for kind, noted in self._tracked().items():
            for name, value in noted.drain().items():
                puts[f"{kind}:{name}"] = None if value is None else str(value).encode("utf-8", "surrogatepass")
        puts[LAST_WRITE] = repr(self._reality()).encode()
        self._mark_clean()
        return ChangeSet(puts, clears=clears)

    def apply(self, written: ChangeSet, by: str) -> None:
        """Take over what somebody else has written down, and hear of what they told."""
        if written.clears:
            self._clear()
            self.on_cleared()
        changed: list[Task | None] = []
        removed: list[str] = []
        for name, record in written.puts.items():
            kind, _, rest = name.partition(":")
            if kind == "born" and record is None:
                removed.append(rest)
            elif kind == "born" and record is not None:
                changed.append(self._load_created(rest, record, written.puts.get(f"grown:{rest}")))
            elif kind == "grown" and record is not None and f"born:{rest}" not in written.puts:
                changed.append(self._load_updated(rest, record))
        self._apply_values(written.puts)
        for task in changed:
            if task is not None:
                self._index_task(task, isnew=f"born:{task.id}" in written.puts)
        for task_id in removed:
            self._remove_task(task_id)
        self._apply_ledger_entries(written.puts)
        self._mark_clean()
        for each in written.events:
            document = record_codec.decode_event(each)
            self.on_event(by, document["event"], document["by_time"])

    def load(self, records: Mapping[str, bytes]) -> None:
        """Be what these records say, whatever was there before. In an empty space the world is as it was made."""
        self._clear()
        self._apply_values({**self._birth, **records})
        born = {name[5:]: record for name, record in records.items() if name.startswith("born:")}
        minute_ago = self._world.now - 60.0
        for task_id in sorted(born, key=lambda name: _order_of(born[name])):
            task = self._load_created(task_id, born[task_id], records.get(f"grown:{task_id}"))
            self._index_task(task, isnew=task.plan.accepted_at > minute_ago)
            self._world.ledger.track(task)
        self._apply_ledger_entries(records)
        self._mark_clean()

    def _put_singles(self, puts: dict[str, bytes | None]) -> None:
        before = self._singles or (None,) * len(_SINGLES)
        for (name, _), value, known in zip(_SINGLES, self._current(), before, strict=True):
            if value is not known:
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

    def _index_task(self, task: Task, *, isnew: bool) -> None:
        """Let lanes, ledger and held callbacks agree with a task."""
        world = self._world
        if isnew:
            world.admission.count_remote_create(task)
            world.ledger.track(task)
        world.admission.restore(task)
        for item in task.deliveries:
            waits = item.state is DeliveryState.PENDING and item.due == _UNSCHEDULED
            if waits and f"{task.id}:{item.number}" not in world.attempts_in_flight:
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
        """Take over single values and counts."""
        world = self._world
        for name, single in _SINGLES:
            if (found := records.get(name)) is not None:
                _SETTERS[name](world, record_codec.decode_value(single, found))
        noted = self._tracked()
        for name, record in records.items():
            kind, _, rest = name.partition(":")
            if kind in noted:
                text = None if record is None else record.decode("utf-8", "surrogatepass")
                noted[kind].restore(rest, text if text is None or kind == "sending" else int(text))
                if kind == "slots" and text is not None:
                    world.admission.widen(rest, int(text))
        if (seen := records.get(LAST_WRITE)) is not None:
            self._reality.advance_to(float(seen))

    def _apply_ledger_entries(self, records: Mapping[str, bytes | None]) -> None:
        ledger = self._world.ledger
        found = {int(name[6:]): record for name, record in records.items() if name.startswith("entry:") and record}
        for number in sorted(found):
            if number >= len(ledger):
                ledger.restore_entry(record_codec.decode_value(LedgerEntry, found[number]))

    def _clear(self) -> None:
        """Empty the world of what records bring; what this process keeps for itself stays."""
        world = self._world
        self._shelf.clear()
        world.admission.clear()
        world.ledger.clear_entries()
        world.held_callbacks.clear()
        for noted in self._tracked().values():
            noted.clear()
        world.behaviour = world.behaviour.with_added_faults(world.behaviour.scenario, AddedFaults())
        world.callbacks_paused = False
        self._order = 0

    def _mark_clean(self) -> None:
        """Count everything as written down."""
        self._shelf.mark_clean()
        self._singles = self._current()
        self._entries = len(self._world.ledger)
        for noted in self._tracked().values():
            noted.dirty = {}

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
            "sending": world.attempts_in_flight,
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
"""The single values of a world, in the order of `_current`."""


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
