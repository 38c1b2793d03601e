"""A world: one isolated emulator with its own clock, dice, tasks and events."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field, replace
from types import TracebackType
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
from ark_emulator.runtime.world.world_ledger import WorldLedger
from ark_emulator.stores.memory_shelf import MemoryShelf
from ark_emulator.stores.shelf import Shelf

DEFAULT: Final = "default"
DEFAULT_POD: Final = "ac155fa0"
Event = EventDocument
"""The name of event documents in the modules that store them."""
KEYS: Final = 10_000
"""How many keys' exchanges a world counts at a time."""
EVENTS: Final = 1_000
"""How many events a world keeps for readers that come back."""
Listener = Callable[[Event], None]
CloseCallback = Callable[[], None]
"""Ends something that goes on for as long as its world does."""


class EventLog:
    """The newest events of a world, numbered from 1, for readers that come late or come back."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: deque[Event] = deque(maxlen=EVENTS)

    def add(self, event: Event) -> None:
        """Keep an event."""
        self.count += 1
        self._kept.append(event)

    def since(self, number: int | None) -> list[tuple[int, Event]]:
        """The kept events after that number; none when no number is given."""
        if number is None or number >= self.count:
            return []
        first = self.count - len(self._kept) + 1
        return [(place, event) for place, event in enumerate(self._kept, first) if place > number]


class WriteLock(Protocol):
    """What is changed in a world is changed `async with world.pen`, so that it is kept wherever the world is kept.

    Nothing that waits for the network is done meanwhile. One task may take it again while it has it.
    """

    async def __aenter__(self) -> None:
        """Wait for the pen, and be up to date."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the pen back once what was done cannot be lost any more."""

    def publish(self, event: Event, by_time: bool) -> None:
        """Let other processes know of an event."""

    def after_commit(self, act: Callable[[], None]) -> None:
        """Do something once what was done so far cannot be lost any more."""

    def has_pending(self, task_id: str | None) -> bool:
        """True while what was done to a task may still be lost, or is lost; for None, anything at all."""

    async def flush(self) -> None:
        """Wait until what was done so far is committed, or is lost and replaced by what the store holds.

        Raises StoreGone when the store cannot be read.
        """


class NoLock:
    """The pen of a world that is kept nowhere else: taking it costs nothing."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def has_pending(self, task_id: str | None) -> bool:
        """Nothing is ever lost."""
        return False

    async def flush(self) -> None:
        """There is nothing to wait for."""

    def publish(self, event: Event, by_time: bool) -> None:
        """There is nobody else to know."""

    def after_commit(self, act: Callable[[], None]) -> None:
        """Do it now."""
        act()


NO_LOCK: Final = NoLock()


async def _no_refresh() -> None:
    """Be up to date: a world that nobody shares always is."""


class Counts(OrderedDict[str, int]):
    """Counts by name, in the order in which they last changed; what was never counted is 0."""

    def __missing__(self, name: str) -> int:
        return 0


@dataclass(slots=True)
class World:
    """One isolated emulator.

    `real` is the steady source of real seconds. `pod` is the address that object names of this world carry. `chosen`
    names what was said when the world was made (seed, mode, speed, limits): no scenario it is switched to changes that.
    While callbacks are `paused`, those that came due are `held`: task ids and delivery numbers, in that order.
    `downloads` counts those of each object, by its path, where there is a limit. `ends` are called when the world comes
    to its end, after which it is `over`.

    A world that is kept in a store is changed with its `pen` in hand. One that is `shared` with other processes, among
    which this one is `me`, is up to date after `fresh`. `sending` names who makes which delivery attempt, by task and
    number. Exchanges are counted from `first_exchange`, so that two processes do not give them the same ids;
    `forgotten` is the highest number of a key that is counted no longer.
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
    reschedule: Callable[[], None] = lambda: None
    schedule: Callable[[float], None] = lambda moment: None
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
    lock: WriteLock = field(default_factory=lambda: NO_LOCK)
    shared: bool = False
    process_id: str = ""
    attempts_in_flight: MutableMapping[str, str] = field(default_factory=dict)
    first_exchange: int = 0
    refresh: Callable[[], Awaitable[None]] = _no_refresh

    @property
    def remembers_polls(self) -> bool:
        """True where a poll changes nothing, so that its answer holds for further polls."""
        return self.clock.mode is not ClockMode.POLLS

    @property
    def now(self) -> float:
        """The virtual time, unix seconds."""
        return self.clock.now(self.real())

    async def committed_task(self, name: str) -> Task | None:
        """The task of that id or alias as it can be shown: nothing of it can be lost any more."""
        task = await self.shelf.get(name)
        if self.lock.has_pending(None if task is None else task.id):
            await self.lock.flush()
            task = await self.shelf.get(name)
        return task

    async def flush(self) -> None:
        """Wait until nothing of what is here can be lost any more."""
        if self.lock.has_pending(None):
            await self.lock.flush()

    def next_number(self, key: str) -> int:
        """The running number of a key's next task, from 0."""
        number = self.submission_counts[key]
        self.submission_counts[key] = number + 1
        return number

    async def next_due(self) -> float | None:
        """The earliest moment at which anything happens here by itself."""
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
        """Return the running number of a key's next exchange, from 1.

        Of too many keys the one that was silent longest is forgotten. A key that is not known goes on after the highest
        number that was forgotten, so that no number of any key comes twice.
        """
        exchanges = self.exchange_counts
        number = exchanges[key] = exchanges.get(key, self.forgotten) + 1
        exchanges.move_to_end(key)
        if len(exchanges) > KEYS:
            self.forgotten = max(self.forgotten, exchanges.popitem(last=False)[1])
        return self.first_exchange + number

    def publish(self, event: WorldEvent, by_time: bool = False) -> EventDocument:
        """Record an event, send it to other processes and to the listeners here, and return its document.

        `by_time` states that the passing of time caused it. Requests are events of this process only.
        """
        document = event.document()
        if event.kind != "exchange":
            self.ledger.record_event(document)
            self.lock.publish(document, by_time)
        self.notify_local(document)
        return document

    def notify_local(self, event: Event) -> None:
        """Let everybody in this process know what happened."""
        self.events.add(event)
        if event["kind"] != "exchange":
            self.journal.add_move(event)
        for listener in tuple(self.listeners):
            listener(event)

    def close(self) -> None:
        """Let end whatever goes on for as long as this world is there: it was dropped, or the server stops."""
        self.closed = True
        for end in tuple(self.on_close):
            end()

    def set_clock(self, clock: VirtualClock) -> None:
        """Replace the clock and wake up in time for whatever is due by it."""
        self.clock = clock
        self.reschedule()

    def use_scenario(self, scenario: Scenario, limits: Limits) -> None:
        """Switch to another scenario and its limits.

        Existing tasks keep their plans, and added faults stay; the counters of the scenario start again. The clock
        takes the mode and speed of the scenario, and the dice its seed, unless these were chosen for the world.
        Time goes on from where it stands: the `start` of a scenario is for new worlds only.
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
        """Let the clock go on from where it stands, in another way; so it will after a reset, too."""
        self.clock = VirtualClock(self.now, self.real(), speed, mode)
        if self.initial_clock is not None:
            self.initial_clock = replace(self.initial_clock, speed=speed, mode=mode)

    async def reset(self) -> None:
        """Remove all tasks, counters and added faults, and restart the clock as it started first."""
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
        self.attempts_in_flight.clear()
        self.callbacks_paused = False
        if self.initial_clock is not None:
            fresh = VirtualClock(
                self.initial_clock.base, self.real(), self.initial_clock.speed, self.initial_clock.mode
            )
            self.set_clock(fresh)


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
    chosen: frozenset[str] = frozenset(),
    real: Callable[[], float] = time.monotonic,
    shelf: Shelf | None = None,
    memory: JournalMemory | None = None,
) -> World:
    """A fresh world in memory. Without `start` its clock begins at the real time of now.

    The journals of worlds with the same `memory` are bounded together.
    """
    clock = VirtualClock(time.time() if start is None else start, real(), speed, mode)
    lanes, behaviour = Admission(limits), Behaviour(scenario)
    shelf = MemoryShelf(next_due) if shelf is None else shelf
    journal = Journal(memory=JournalMemory() if memory is None else memory)
    return World(
        name,
        pod,
        Dice(seed),
        clock,
        shelf,
        real,
        lanes,
        behaviour,
        journal,
        initial_clock=clock,
        explicit_settings=chosen,
    )
