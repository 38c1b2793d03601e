"""The queries: every read of a world. They change nothing and take the virtual time `now` as an argument.

A handler reads the clock once and passes it to each query. With an earlier `now`, a query shows the
state of that time.
`result` and `count_tasks` look into several worlds, each with its own clock, so they read these clocks themselves.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ark_emulator.core.billing.ledger_entries import LedgerEntry
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.gateway_view import gateway_record
from ark_emulator.core.gateway_view.task_view import TaskView
from ark_emulator.core.scenario.effects import Operation
from ark_emulator.core.scenario.scenario_model import FaultRule, KeyPolicy, Scenario
from ark_emulator.core.task import ids, lifecycle
from ark_emulator.core.task.gateway_policy import DIRECT, Bill
from ark_emulator.core.task.lifecycle import Timeline
from ark_emulator.core.task.values import Delivery, DeliveryState, Mark, Status, Task
from ark_emulator.core.time.clock import VirtualClock
from ark_emulator.dialects.base import ListRequest, TaskPrinter
from ark_emulator.runtime.common.cooperative import iterate_with_yields
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.poll_cache import CachedPoll
from ark_emulator.runtime.task_walk import ALL, walk
from ark_emulator.runtime.world.events import EventDocument
from ark_emulator.runtime.world.journal import Journal
from ark_emulator.runtime.world.world import CloseCallback, Listener, World
from ark_emulator.stores.shelf import TaskPage
from ark_emulator.stores.store import LockLost, StoreUnavailable

# Tasks


async def find(engine: Engine, world: World, name: str, now: float) -> tuple[Task, Mark]:
    """Return a task, by either of its ids, and its status at `now`. Raises Refusal when there is no such task."""
    if world.start_is_due(now):
        await catch_up_to_read(engine, world)
    task = require_visible(await world.committed_task(name), name, now)
    return task, lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), now)


async def poll_body(
    engine: Engine, world: World, name: str, printer: TaskPrinter, now: float
) -> tuple[Task | None, bytes]:
    """Return the polled task, and the body that answers a poll at `now`.

    The task is None when the body comes from the cache: then a poll changes nothing. Raises Refusal when the wire of
    the printer does not know the task.
    """
    if world.start_is_due(now):
        await catch_up_to_read(engine, world)
    task = await world.committed_task(name)
    if world.remembers_polls and (found := engine.poll_cache.find((world.name, printer.name, name), task, now)):
        return None, found
    task = require_visible(task, name, now, printer)
    line = lifecycle.timeline(task.plan, task.facts)
    if printer.direct:
        seen = engine.views.at_mark(task, lifecycle.state_at(line, now))
    else:
        seen = engine.views.at_gateway(task, line, now)
    body = printer.encode(printer.task_document(seen))
    if world.remembers_polls and not lifecycle.counts_polls(task, now):
        terms = DIRECT if printer.direct else task.submission.terms
        unseen = gateway_record.NOTHING_HIDDEN if printer.direct else gateway_record.hidden(task, line)
        following = gateway_record.next_change(terms, line, now, unseen)
        gone = lifecycle.erased_at(task, line) if printer.direct else lifecycle.forgotten_at(task, line)
        until = gone if following is None else min(following, gone)
        engine.poll_cache.keep((world.name, printer.name, name), CachedPoll(task, now, until, body))
    return task, body


def cached_poll(engine: Engine, world: World, key: str, name: str, printer: TaskPrinter, now: float) -> bytes | None:
    """Return the cached body of a poll, if the key is admitted and nothing has to be waited for or done; else None."""
    if world.admission.on or not world.unit_of_work.is_committed() or not world.remembers_polls:
        return None
    try:
        engine.authenticate(world, key)
    except Refusal:
        return None
    return engine.poll_cache.find((world.name, printer.name, name), world.shelf.at_hand(name), now)


async def gateway_view(engine: Engine, world: World, name: str, printer: TaskPrinter, now: float) -> TaskView:
    """Return a task as the gateway through which it was submitted shows it at `now`.

    Raises Refusal when the wire of the printer does not know the task.
    """
    if world.start_is_due(now):
        await catch_up_to_read(engine, world)
    task = require_visible(await world.committed_task(name), name, now, printer)
    return engine.views.at_gateway(task, lifecycle.timeline(task.plan, task.facts), now)


async def task_of_user(world: World, name: str, key: str) -> Task | None:
    """Return the task with that id if it was submitted by the user of the key, with any of their keys."""
    task, user = await world.shelf.get(name), world.behaviour.user
    if task is None or task.submission.key == key or user(task.submission.key) == user(key):
        return task
    return None


async def listing(engine: Engine, world: World, wanted: ListRequest, now: float) -> tuple[list[TaskView], int]:
    """Return the views that a list request of Ark asks for, newest first, and how many tasks match in all."""
    if world.start_is_due(now):
        await catch_up_to_read(engine, world)
    await world.wait_committed()
    page = await walk(world, _task_filter(wanted, now), wanted.offset, wanted.limit)
    views = [
        engine.views.at_mark(task, lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), now))
        for task in page.items
    ]
    return views, page.total


async def stored_tasks(
    engine: Engine, world: World, status: str | None, offset: int, limit: int, now: float
) -> TaskPage:
    """Return the stored tasks of a world that exist at `now`, newest first, of all dialects and tiers."""
    if world.start_is_due(now):
        await catch_up_to_read(engine, world)
    await world.wait_committed()

    def keep(task: Task) -> bool:
        line = lifecycle.timeline(task.plan, task.facts)
        alive = lifecycle.forgotten_at(task, line) > now
        return alive and (status is None or lifecycle.state_at(line, now).status == status)

    return await walk(world, keep, offset, limit)


async def result(engine: Engine, name: str) -> tuple[Task, Mark] | None:
    """Return the task whose result has this object name, in any world, if it has succeeded by the world's time."""
    world = engine.worlds.of_pod(ids.pod_of(name)) if ids.is_object_name(name) else None
    if world is None:
        return None
    for task_id in (*ids.task_ids_of(name), ids.decimal_id_of(name)):
        task = await world.shelf.get(task_id)
        if task is not None and task.plan.name == name and not lifecycle.is_erased(task, world.now):
            mark = lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), world.now)
            return (task, mark) if mark.status is Status.SUCCEEDED else None
    return None


def require_visible(task: Task | None, name: str, now: float, printer: TaskPrinter | None = None) -> Task:
    """Return the task if it exists at `now` and the printer's wire knows it by that name. Raises Refusal otherwise."""
    if task is None or (printer is not None and not printer.knows(task, name)):
        raise Refusal("task.not_found", id=name)
    ends = lifecycle.erased_at if printer is not None and printer.direct else lifecycle.forgotten_at
    if ends(task, lifecycle.timeline(task.plan, task.facts)) <= now:
        raise Refusal("task.not_found", id=name)
    return task


async def catch_up_to_read(engine: Engine, world: World) -> None:
    """Process what is due, so that a read is not behind. A store that cannot be written can still be read."""
    with suppress(StoreUnavailable, LockLost):
        await engine.worlds.scheduler(world).catch_up()


async def settled(engine: Engine, world: World) -> None:
    """Process everything that is due, as far as it can be written, and wait until the world equals what is stored."""
    await catch_up_to_read(engine, world)
    await world.wait_committed()


def _task_filter(wanted: ListRequest, now: float) -> Callable[[Task], bool]:
    """Return the condition that a list request sets for tasks."""

    def keep(task: Task) -> bool:
        plan = task.plan
        if plan.tier != wanted.tier or task.submission.upstream is not Upstream.ARK:
            return False
        if wanted.ids and task.id not in wanted.ids:
            return False
        if wanted.model and wanted.model not in (plan.model, task.submission.model, task.submission.named):
            return False
        line = lifecycle.timeline(plan, task.facts)
        if lifecycle.erased_at(task, line) <= now:
            return False
        return not wanted.statuses or lifecycle.state_at(line, now).status in wanted.statuses

    return keep


# Callbacks


async def all_callbacks(engine: Engine, world: World, now: float) -> list[tuple[Task, Delivery]]:
    """Return every callback of the tasks that exist at `now`, in the order of the statuses that they report."""
    page = await stored_tasks(engine, world, None, 0, ALL, now)
    found = [(task, each) async for task in iterate_with_yields(reversed(page.items)) for each in task.deliveries]
    return sorted(found, key=lambda pair: pair[1].marked_at)


def callbacks_paused(world: World) -> bool:
    """Return whether callbacks are held back."""
    return world.callbacks_paused


# The clock


def clock_document(world: World, now: float) -> dict[str, Any]:
    """Return mode, time and speed of the clock, as the control API prints it."""
    return {"mode": world.clock.mode, "now": now, "speed": world.clock.speed}


def clock(world: World) -> VirtualClock:
    """Return the clock of a world; it is immutable."""
    return world.clock


def real_wait(world: World, moment: float) -> float | None:
    """Return the real seconds until the clock shows `moment`; None when it never will without an intervention."""
    return world.clock.real_wait(moment, world.real())


def moment(world: World) -> tuple[float, float]:
    """Return the virtual time and the real time of the world, both of the same instant."""
    real = world.real()
    return world.clock.now(real), real


# Keys and money


def download_count(world: World, path: str) -> int:
    """Return how often an object was downloaded, where downloads are limited."""
    return world.download_counts[path]


def key_policy(world: World, key: str) -> KeyPolicy | None:
    """Return what a key may do; None when the scenario names keys, and this one is not among them."""
    return world.behaviour.policy(key)


def require_balance(world: World, key: str, bill: Bill, now: float) -> None:
    """Check that the balance of a key suffices for a bill. Raises Refusal otherwise."""
    world.ledger.require_balance(key, world.behaviour.policy(key), bill, now)


def balance(world: World, key: str, now: float) -> tuple[Decimal | None, Decimal]:
    """Return the USD left of a key's balance, None when it is unlimited, and the USD that the key has spent."""
    return world.ledger.balance(key, world.behaviour.policy(key), now), world.ledger.spent(now, key)


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """Entries in the order of their times, USD spent by key, and USD left by key for every key with a balance."""

    entries: Sequence[LedgerEntry]
    spent: Mapping[str, Decimal]
    left: Mapping[str, Decimal]


async def ledger(world: World, key: str | None, task: str | None, now: float) -> LedgerReport:
    """Return the ledger up to `now`; `key` and `task` limit the entries, by either id of the task."""
    kept: list[LedgerEntry] = []
    spent: defaultdict[str, Decimal] = defaultdict(Decimal)
    async for entry in iterate_with_yields(world.ledger.entries_since(0)):
        if entry.at <= now:
            spent[entry.key] += entry.amount
            if key in (None, entry.key) and task in (None, entry.task, entry.upstream):
                kept.append(entry)
    rest = {each: world.ledger.rest(each, policy, spent) for each, policy in world.behaviour.keys.items()}
    left = {each: amount for each, amount in rest.items() if amount is not None}
    return LedgerReport(sorted(kept, key=lambda entry: entry.at), spent, left)


# Scenario and faults


def scenario(world: World) -> Scenario:
    """Return the active scenario."""
    return world.behaviour.scenario


def added_faults(world: World) -> Sequence[FaultRule]:
    """Return the added faults, oldest first."""
    return world.behaviour.added


def fault_document(world: World, name: str) -> Mapping[str, Any] | None:
    """Return the document from which an added fault was made, None when it has none."""
    return world.behaviour.document_of(name)


def has_faults(world: World, on: Operation) -> bool:
    """Return whether any fault applies to this operation."""
    return world.behaviour.strikes(on)


def faults_read_submission(world: World, on: Operation) -> bool:
    """Return whether a fault for this operation depends on the content of the submission."""
    return world.behaviour.reads_submission(on)


# Journal and events


def journal(world: World) -> Journal:
    """Return the journal, for reading only."""
    return world.journal


def event_count(world: World) -> int:
    """Return the number of the newest event."""
    return world.events.count


def events_since(world: World, number: int | None) -> list[tuple[int, EventDocument]]:
    """Return the kept events after that number, each with its own number; none when no number is given."""
    return world.events.since(number)


def is_closed(world: World) -> bool:
    """Return whether the world was dropped or the server stops."""
    return world.closed


@contextmanager
def subscription(world: World, listener: Listener, on_close: CloseCallback) -> Iterator[None]:
    """Call `listener` with every event, and `on_close` when the world closes, until the context ends."""
    world.listeners.append(listener)
    world.on_close.append(on_close)
    try:
        yield
    finally:
        world.listeners.remove(listener)
        world.on_close.remove(on_close)


# The whole world


@dataclass(frozen=True, slots=True)
class WorldSummary:
    """What lists show of a world."""

    seed: int
    clock: Mapping[str, Any]
    scenario: str


def world_summary(world: World, now: float) -> WorldSummary:
    """Return seed, clock and scenario of a world."""
    return WorldSummary(world.dice.seed, clock_document(world, now), world.behaviour.scenario.name)


@dataclass(frozen=True, slots=True)
class Survey:
    """The tasks of a world at one moment. `event` is the number of the newest event before the tasks were read.

    `tasks` contains the newest tasks with their timelines; the counts are those of all tasks and callbacks.
    """

    event: int
    tasks: Sequence[tuple[Task, Timeline]]
    total: int
    statuses: Counter[Status]
    callbacks: Counter[DeliveryState]


async def survey(world: World, limit: int, now: float) -> Survey:
    """Count the tasks and callbacks that exist at `now`, and return the newest tasks."""
    event, statuses, callbacks = world.events.count, Counter[Status](), Counter[DeliveryState]()

    def count(task: Task) -> bool:
        line = lifecycle.timeline(task.plan, task.facts)
        if lifecycle.forgotten_at(task, line) <= now:
            return False
        statuses[lifecycle.state_at(line, now).status] += 1
        callbacks.update(each.state for each in task.deliveries)
        return True

    page = await walk(world, count, 0, limit)
    lines = [(task, lifecycle.timeline(task.plan, task.facts)) for task in page.items]
    return Survey(event, lines, page.total, statuses, callbacks)


async def count_tasks(worlds: Iterable[World]) -> tuple[Counter[str], Counter[str]]:
    """Return the existing tasks of several worlds by status, and their callbacks by state."""
    tasks, callbacks = Counter[str](), Counter[str]()
    for world in list(worlds):
        async for task in iterate_with_yields((await world.shelf.page(lambda _: True, 0, ALL)).items):
            line, now = lifecycle.timeline(task.plan, task.facts), world.now
            if lifecycle.forgotten_at(task, line) > now:
                tasks[lifecycle.state_at(line, now).status] += 1
                callbacks.update(each.state for each in task.deliveries)
    return tasks, callbacks
