"""A world: one isolated emulator with its own clock, dice, tasks and events."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from ark_emulator.core.callbacks.outbox import next_due
from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits
from ark_emulator.core.scenario.scenario_model import DEFAULT as ORDINARY
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.task.values import Task
from ark_emulator.core.time.clock import ClockMode, VirtualClock
from ark_emulator.core.time.dice import Dice
from ark_emulator.runtime.world.admission import Admission
from ark_emulator.runtime.world.behaviour import Behaviour
from ark_emulator.runtime.world.events import EventDocument, WorldEvent
from ark_emulator.runtime.world.journal import Journal, JournalMemory
from ark_emulator.runtime.world.unit_of_work import IN_MEMORY, Event, Transaction, UnitOfWork
from ark_emulator.runtime.world.world_ledger import WorldLedger
from ark_emulator.stores.memory_shelf import MemoryShelf
from ark_emulator.stores.shelf import Shelf

__all__ = ["DEFAULT", "DEFAULT_POD", "EVENTS", "KEYS", "Event", "World", "WorldParts", "build_world", "new_world"]

DEFAULT: Final = "default"
DEFAULT_POD: Final = "ac155fa0"
KEYS: Final = 10_000
"""The number of keys whose exchanges a world counts at a time."""
EVENTS: Final = 1_000
"""The number of events that a world keeps for subscribers that reconnect."""
Listener = Callable[[Event], None]
CloseCallback = Callable[[], None]
"""Called when a world is closed, to end what depends on it."""


class EventLog:
    """The newest events of a world, numbered from 1, for subscribers that connect late or reconnect."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: deque[Event] = deque(maxlen=EVENTS)

    def add(self, event: Event) -> None:
        """Append an event."""
        self.count += 1
        self._kept.append(event)

    def since(self, number: int | None) -> list[tuple[int, Event]]:
        """Return the kept events after that number, each with its own; none when no number is given."""
        if number is None or number >= self.count:
            return []
        first = self.count - len(self._kept) + 1
        return [(place, event) for place, event in enumerate(self._kept, first) if place > number]


class Counts(OrderedDict[str, int]):
    """Counts by name, in the order of their last change. A missing name counts 0."""

    def __missing__(self, name: str) -> int:
        return 0


class WorldTimer(Protocol):
    """Wakes up when something in a world is due; the scheduler implements it."""

    def reschedule(self) -> None:
        """Compute again when the next thing is due. Call it after a task or the clock changed."""

    def schedule(self, moment: float) -> None:
        """Wake up at `moment` (virtual time), or earlier."""


class _NoTimer:
    """The timer of a world in which no time passes by itself."""

    def reschedule(self) -> None:
        """Do nothing."""

    def schedule(self, moment: float) -> None:
        """Do nothing."""


_NO_TIMER: Final = _NoTimer()


@dataclass(slots=True)
class World:
    """One isolated emulator. Change it `async with world.transaction()`.

    `real` returns steady real seconds. `pod` is the address in the object names of this world. `explicit_settings` are
    the settings chosen when the world was created (seed, mode, speed, limits); a later scenario does not change them.

    While `callbacks_paused` is true, due callbacks are added to `held_callbacks` as (task id, delivery number), oldest
    first. `download_counts` counts the downloads of each object by its path, where there is a limit. `forgotten` is the
    highest exchange number of a key that is no longer counted.

    `closed` is true after the world was dropped or the server stopped; `on_close` is called then.
    """

    name: str
    pod: str
    dice: Dice
    clock: VirtualClock
    shelf: Shelf
    real: Callable[[], float]
    admission: Admission = field(default_factory=Admission)
    behaviour: Behaviour = field(default_factory=Behaviour)
    journal: Journal = field(default_factory=Journal)
    events: EventLog = field(default_factory=EventLog)
    ledger: WorldLedger = field(default_factory=WorldLedger)
    listeners: list[Listener] = field(default_factory=list)
    submission_counts: MutableMapping[str, int] = field(default_factory=Counter)
    exchange_counts: Counts = field(default_factory=Counts)
    forgotten: int = 0
    initial_clock: VirtualClock | None = None
    explicit_settings: frozenset[str] = frozenset()
    download_counts: MutableMapping[str, int] = field(default_factory=Counter)
    callbacks_paused: bool = False
    held_callbacks: dict[tuple[str, int], None] = field(default_factory=dict)
    closed: bool = False
    on_close: list[CloseCallback] = field(default_factory=list)
    unit_of_work: UnitOfWork = IN_MEMORY
    _timer: WorldTimer = _NO_TIMER

    @property
    def remembers_polls(self) -> bool:
        """Return whether a poll changes nothing, so that its response may be cached for further polls."""
        return self.clock.mode is not ClockMode.POLLS

    @property
    def now(self) -> float:
        """Return the virtual time in unix seconds."""
        return self.clock.now(self.real())

    def transaction(self) -> Transaction:
        """Return the transaction to enter before this world is changed."""
        return self.unit_of_work.transaction()

    async def committed_task(self, name: str) -> Task | None:
        """Return the task with that id or alias, None when there is none. Wait until its state is durable."""
        task = await self.shelf.get(name)
        if not self.unit_of_work.is_committed(None if task is None else task.id):
            await self.unit_of_work.wait_committed()
            task = await self.shelf.get(name)
        return task

    async def wait_committed(self) -> None:
        """Wait until every earlier change of the world is durable."""
        if not self.unit_of_work.is_committed():
            await self.unit_of_work.wait_committed()

    def attach_timer(self, timer: WorldTimer) -> None:
        """Call `timer` when deadlines change. The scheduler calls this once, when it is created."""
        self._timer = timer

    def reschedule(self) -> None:
        """Compute again when the next thing is due. Call it after a task or the clock changed."""
        self._timer.reschedule()

    def schedule(self, moment: float) -> None:
        """Wake up at `moment` (virtual time), or earlier."""
        self._timer.schedule(moment)

    def next_number(self, key: str) -> int:
        """Return the running number of a key's next task, counted from 0."""
        number = self.submission_counts[key]
        self.submission_counts[key] = number + 1
        return number

    async def next_due(self) -> float | None:
        """Return the earliest moment at which a task is due or gets a slot, None when there is none."""
        start = self.admission.next_start() if self.admission.on else None
        due_at = await self.shelf.next_due()
        if start is None or due_at is None:
            return due_at if start is None else start[1]
        return min(due_at, start[1])

    def start_is_due(self, now: float) -> bool:
        """Return whether a task that waits for a slot gets one by `now`."""
        if not self.admission.on:
            return False
        start = self.admission.next_start()
        return start is not None and start[1] <= now

    def next_exchange(self, key: str) -> int:
        """Return the running number of a key's next exchange, counted from 1.

        At most `KEYS` keys are counted: the one without exchanges for the longest time is forgotten. A key that is not
        counted continues after the highest forgotten number, so that no key gets the same number twice.
        """
        exchanges = self.exchange_counts
        number = exchanges[key] = exchanges.get(key, self.forgotten) + 1
        exchanges.move_to_end(key)
        if len(exchanges) > KEYS:
            self.forgotten = max(self.forgotten, exchanges.popitem(last=False)[1])
        return self.unit_of_work.exchange_offset + number

    def publish(self, event: WorldEvent, by_time: bool = False) -> EventDocument:
        """Publish an event to the ledger, to other processes and to local listeners, and return its document.

        `by_time` is True when a deadline caused the event, and False when a request did. Requests are events of this
        process only.
        """
        document = event.document()
        if event.kind != "exchange":
            self.ledger.record_event(document)
            self.unit_of_work.publish(document, by_time)
        self.notify_local(document)
        return document

    def notify_local(self, event: Event) -> None:
        """Publish an event to the listeners of this process only."""
        self.events.add(event)
        if event["kind"] != "exchange":
            self.journal.add_move(event)
        for listener in tuple(self.listeners):
            listener(event)

    def close(self) -> None:
        """Mark the world as closed and call `on_close`: it was dropped, or the server stops."""
        self.closed = True
        for end in tuple(self.on_close):
            end()

    def set_clock(self, clock: VirtualClock) -> None:
        """Replace the clock, and reschedule what is due."""
        self.clock = clock
        self.reschedule()

    def use_scenario(self, scenario: Scenario, limits: Limits) -> None:
        """Switch to another scenario and other limits.

        Existing tasks keep their plans, and faults added at run time stay; the counts of the scenario start again. The
        clock takes the scenario's mode and speed, and the dice its seed, unless `explicit_settings` has them. The
        virtual time does not change: a scenario's `start` applies only to worlds that are created with it.
        """
        self.behaviour = self.behaviour.with_scenario(scenario)
        self.admission.limits = limits
        if scenario.seed is not None and "seed" not in self.explicit_settings:
            self.dice = Dice(scenario.seed)
        mode = None if "mode" in self.explicit_settings else scenario.clock.mode
        speed = None if "speed" in self.explicit_settings else scenario.clock.speed
        if mode is not None or speed is not None:
            self._change_clock_mode(mode or self.clock.mode, self.clock.speed if speed is None else speed)

    def _change_clock_mode(self, mode: ClockMode, speed: float) -> None:
        """Change mode and speed of the clock at the current virtual time, and of the clock after a reset."""
        self.clock = VirtualClock(self.now, self.real(), speed, mode)
        if self.initial_clock is not None:
            self.initial_clock = replace(self.initial_clock, speed=speed, mode=mode)

    async def reset(self) -> None:
        """Remove all tasks and counts, and start the clock again at its initial time."""
        await self.shelf.wipe()
        self.admission.clear()
        self.behaviour.clear()
        self.journal.clear()
        self.ledger.clear()
        self.submission_counts.clear()
        self.exchange_counts.clear()
        self.forgotten = 0
        self.download_counts.clear()
        self.held_callbacks.clear()
        self.unit_of_work.clear_attempts()
        self.callbacks_paused = False
        if self.initial_clock is not None:
            fresh = VirtualClock(
                self.initial_clock.base, self.real(), self.initial_clock.speed, self.initial_clock.mode
            )
            self.set_clock(fresh)


def _memory_shelf() -> Shelf:
    return MemoryShelf(next_due)


@dataclass(frozen=True, slots=True)
class WorldParts:
    """The parts of a new world that depend on where it is kept. The defaults are those of a world in memory.

    `counter` creates a mapping in which a missing name counts 0.
    """

    real: Callable[[], float] = time.monotonic
    shelf: Shelf = field(default_factory=_memory_shelf)
    unit_of_work: UnitOfWork = IN_MEMORY
    counter: Callable[[], MutableMapping[str, int]] = Counter


def build_world(
    name: str,
    pod: str,
    dice: Dice,
    clock: VirtualClock,
    limits: Limits,
    scenario: Scenario,
    explicit_settings: frozenset[str],
    parts: WorldParts,
    memory: JournalMemory | None = None,
) -> World:
    """Return a world without tasks, assembled from its initial values and its parts."""
    return World(
        name,
        pod,
        dice,
        clock,
        parts.shelf,
        parts.real,
        Admission(limits, parts.counter()),
        Behaviour(scenario, parts.counter()),
        Journal(memory=JournalMemory() if memory is None else memory),
        submission_counts=parts.counter(),
        download_counts=parts.counter(),
        initial_clock=clock,
        explicit_settings=explicit_settings,
        unit_of_work=parts.unit_of_work,
    )


def new_world(
    name: str,
    *,
    seed: int,
    mode: ClockMode = ClockMode.LIVE,
    speed: float = 1.0,
    start: float | None = None,
    pod: str = DEFAULT_POD,
    limits: Limits = NO_LIMITS,
    scenario: Scenario = ORDINARY,
    explicit_settings: frozenset[str] = frozenset(),
    parts: WorldParts | None = None,
    memory: JournalMemory | None = None,
) -> World:
    """Return a world without tasks. Without `start`, its clock begins at the current real time.

    The journals of all worlds with the same `memory` share one limit.
    """
    parts = WorldParts() if parts is None else parts
    clock = VirtualClock(time.time() if start is None else start, parts.real(), speed, mode)
    return build_world(name, pod, Dice(seed), clock, limits, scenario, explicit_settings, parts, memory)
