"""The scheduler of a world: processes transitions and callbacks when they are due, and publishes their events.

1. In live mode one timer wakes it; `advance` steps through the deadlines. Each transition has the time at which it was
   due, not the time at which it was processed.
2. Callbacks are sent concurrently: a slow receiver delays no other callback.
3. If several processes share a world, the one that processed it last continues. The others act only if it does not.
"""

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import inf
from typing import Final

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.callbacks.callback_faults import LOST_VERDICT, apply_fault
from ark_emulator.core.scenario.effects import Operation
from ark_emulator.core.scenario.matching import Shortlist, subject_of
from ark_emulator.core.scenario.scenario_model import FaultRule
from ark_emulator.core.task.lifecycle import forgotten_at, timeline
from ark_emulator.core.task.values import Delivery, Started, Task, Transition
from ark_emulator.core.time.clock import END
from ark_emulator.runtime.callbacks.delivery_queue import (
    STORE_RETRY_INTERVAL,
    DeliveryQueue,
    LiveProcesses,
    Send,
)
from ark_emulator.runtime.world.events import EventDocument, TaskErased, WorldEvent, attempt_event, transition_event
from ark_emulator.runtime.world.world import World
from ark_emulator.stores.store import LockLost, StoreUnavailable

_MAX_BATCH_SECONDS: Final = 0.02
"""Real seconds that a batch may take before the scheduler yields to the event loop."""
TAKEOVER_DELAY: Final = 0.25
"""Real seconds after a deadline until another process than the usual one processes it."""
_REMOTE_POLL_INTERVAL: Final = 0.05
"""Real seconds between two checks while waiting for other processes."""


class WorldClosed(Exception):
    """The world was closed before its clock reached the goal."""


class Scheduler:
    """Processes what is due in one world. `send` makes one delivery attempt over the network."""

    def __init__(self, world: World, send: Send) -> None:
        self._world = world
        self.courier = DeliveryQueue(world, send, self._publish, self._wake_waiters)
        self._timer: asyncio.TimerHandle | None = None
        self._job: asyncio.Task[None] | None = None
        self._pending = False
        self._lock = asyncio.Lock()
        self._ended = asyncio.Event()
        self._collecting: list[list[EventDocument]] = []
        self._closed = False
        self._yielded_at = 0.0
        self._leader = ""
        self._patience: float | None = None
        self._rests_until = 0.0
        self._next_wakeup = inf
        world.attach_timer(self)

    def reschedule(self) -> None:
        """Compute the next deadline again. Call this whenever a task or the clock changed."""
        self._pending = True
        if self._closed or (self._job is not None and not self._job.done()):
            return
        self._job = asyncio.get_running_loop().create_task(self._run())

    def schedule(self, moment: float) -> None:
        """Wake up at `moment` at the latest."""
        if moment < self._next_wakeup:
            self.reschedule()

    async def advance(self, goal: float, *, patient: bool = True) -> list[EventDocument]:
        """Set the clock forward to `goal`, process everything due until then, and return the events.

        A patient advance waits at each deadline for the callbacks due then. It raises WorldClosed if the scheduler is
        stopped meanwhile; an impatient advance then ends early.
        """
        happened: list[EventDocument] = []
        goal = min(goal, END)  # a clock never shows more, so what is due later never happens
        self._collecting.append(happened)
        try:
            while await self._step(goal, patient):
                if self._closed:
                    if patient:
                        raise WorldClosed
                    break
                if patient and self.busy:
                    await self._wait_for_an_attempt()
                await self._yield_to_loop()
        finally:
            self._collecting = [each for each in self._collecting if each is not happened]
        self.reschedule()
        return happened

    async def catch_up(self) -> None:
        """Process everything that is due by now. Await this before anything that depends on the start of tasks."""
        until = self._world.now
        while not self._closed and not await self._process_due_once(until):
            await self._yield_to_loop()

    @property
    def closed(self) -> bool:
        """Return whether time no longer passes in this world."""
        return self._closed

    @property
    def busy(self) -> bool:
        """Return whether a delivery attempt is in flight, in any process."""
        return self.courier.busy

    async def resume_callbacks(self) -> int:
        """Send callbacks again, held ones immediately; return how many were held."""
        world = self._world
        async with world.transaction():
            held = tuple(world.held_callbacks)
            world.callbacks_paused = False
            world.held_callbacks.clear()
            for task_id, number in held:
                await world.shelf.update(task_id, partial(outbox.release, number=number, now=world.now))
        self.reschedule()
        return len(held)

    def on_remote_event(self, by: str, event: EventDocument, by_time: bool) -> None:
        """Handle an event of another process."""
        self._world.notify_local(event)
        if by_time:
            self._leader = by
            for happened in self._collecting:
                happened.append(event)

    def wake_waiters(self) -> None:
        """Handle a change of the world by another process."""
        self._wake_waiters()

    def on_lost_commit(self) -> None:
        """Handle the loss of the latest uncommitted changes."""
        self.courier.on_lost_commit()
        self._wake_waiters()

    async def reclaim(self, living: LiveProcesses) -> None:
        """Schedule the delivery attempts of processes that are gone again."""
        if await self.courier.reclaim(living):
            self.reschedule()

    def cancel_attempts(self) -> None:
        """Cancel every delivery attempt in flight, without recording a result."""
        self.courier.cancel_attempts()

    async def drop_attempts(self) -> None:
        """Cancel every delivery attempt in flight, and wait until all have ended."""
        await self.courier.cancel_and_wait()

    def stop(self) -> None:
        """Stop the timer, and wake all waiters."""
        self._closed = True
        self._ended.set()
        if self._timer is not None:
            self._timer.cancel()

    async def close(self) -> None:
        """Stop the timer and all delivery attempts."""
        self.stop()
        if self._job is not None:
            self._job.cancel()
            await asyncio.gather(self._job, return_exceptions=True)
        self.courier.closed = True
        await self.courier.cancel_and_wait()

    def _wake_waiters(self) -> None:
        """Wake the waiters for an attempt to end, and compute the next deadline again."""
        self._ended.set()
        self.reschedule()

    async def _run(self) -> None:
        while self._pending and not self._closed:
            self._pending = False
            if (rest := self._rests_until - time.monotonic()) > 0:
                self._wake_in(rest)
                return
            try:
                if await self._may_process_due():
                    await self.catch_up()
                await self._set_timer()
            except StoreUnavailable:
                # Every read after a failed write loads the world and calls rearm: without a rest each would fail anew.
                self._rests_until = time.monotonic() + STORE_RETRY_INTERVAL
                self._wake_in(STORE_RETRY_INTERVAL)
            except LockLost:
                self._wake_in(STORE_RETRY_INTERVAL)

    async def _may_process_due(self) -> bool:
        """Return whether work is due that this process should do."""
        world = self._world
        upcoming = await world.next_due()
        if upcoming is None or upcoming > world.now:
            self._patience = None
            return False
        if not self._leader:
            return True
        now = time.monotonic()
        if self._patience is None:
            self._patience = now + TAKEOVER_DELAY * random.uniform(1.0, 1.5)
        if now < self._patience:
            return False
        self._patience = None
        await world.unit_of_work.refresh()
        upcoming = await world.next_due()
        return upcoming is not None and upcoming <= world.now

    async def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        upcoming = await self._world.next_due()
        self._next_wakeup = inf if upcoming is None else upcoming
        if upcoming is None:
            return
        wait = self._world.clock.real_wait(upcoming, self._world.real())
        if self._patience is not None:
            wait = max(self._patience - time.monotonic(), 0.0)
        if wait is not None:
            self._wake_in(min(wait, 86_400.0))

    def _wake_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self._closed:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.reschedule)

    async def _step(self, goal: float, patient: bool) -> bool:
        """Process what is due next, up to `goal`; return False once the clock has reached it.

        The lock is not held while callbacks are awaited: their receivers may send requests to this server first.
        """
        world = self._world
        async with world.transaction(), self._lock:
            upcoming = await world.next_due()
            if patient and self.busy and (upcoming is None or upcoming > world.now):
                return True
            moment = goal if upcoming is None else min(upcoming, goal)
            if moment > world.now:
                world.clock = world.clock.jumped_to(moment, world.real())
            if upcoming is None or upcoming > goal:
                return False
            await self._process_due(world.now)
            return True

    async def _wait_for_an_attempt(self) -> None:
        """Wait until an attempt in flight may have ended."""
        self._ended.clear()
        if not self._world.unit_of_work.shared:
            await self._ended.wait()
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), _REMOTE_POLL_INTERVAL)
        await self._world.unit_of_work.refresh()

    async def _process_due_once(self, until: float) -> bool:
        """Process a part of what is due up to `until`; return whether that was all."""
        async with self._world.transaction(), self._lock:
            return await self._process_due(until)

    async def _process_due(self, until: float) -> bool:
        """Process everything due up to `until`, each at its own time; return False if that would take too long."""
        world = self._world
        began = time.monotonic()
        while not self._closed:
            if time.monotonic() - began > _MAX_BATCH_SECONDS:
                return False
            found = await world.shelf.due(until)
            start = world.admission.next_start() if world.admission.on else None
            if start is not None and (start[1] <= until if found is None else start[1] < found[0]):
                await self._start_task(*start)
            elif found is not None:
                await self._process_task(found[1], found[0])
            else:
                return True
        return True

    async def _yield_to_loop(self) -> None:
        if time.monotonic() - self._yielded_at > _MAX_BATCH_SECONDS:
            await asyncio.sleep(0)
            self._yielded_at = time.monotonic()

    async def _start_task(self, task_id: str, at: float) -> None:
        """Start a task that waited for a slot."""
        lanes = self._world.admission
        lanes.start(task_id, at)
        changed = await self._world.shelf.update(task_id, lambda task: replace(task, facts=(*task.facts, Started(at))))
        if changed is not None:
            lanes.update(changed[1], at)

    async def _process_task(self, task_id: str, moment: float) -> None:
        fresh: tuple[Transition, ...] = ()
        chosen: Delivery | None = None
        mishaps: dict[int, FaultRule | None] = {}

        shortlist = await self._shortlist(task_id)

        def change(task: Task) -> Task:
            nonlocal fresh, chosen
            told = len(task.deliveries)
            task, fresh = outbox.publish_due(task, moment)
            task = self._apply_callback_faults(task, told, mishaps, shortlist)
            chosen = outbox.next_delivery(task, moment)
            return task if chosen is None else outbox.mark_sending(task, chosen.number)

        changed = await self._world.shelf.update(task_id, change)
        if changed is None:
            return
        task = changed[1]
        if fresh:
            self._world.admission.update(task, moment)
        for turn in fresh:
            self._publish(transition_event(task_id, turn))
        for number in mishaps:
            self._publish_if_lost(task, task.deliveries[number])
        if chosen is not None and self._world.callbacks_paused:
            self._world.held_callbacks[task_id, chosen.number] = None
        elif chosen is not None:
            self.courier.enqueue(task, chosen)
        if not fresh and chosen is None and forgotten_at(task, timeline(task.plan, task.facts)) <= moment:
            await self._world.shelf.remove(task_id)
            self._publish(TaskErased(at=moment, task=task_id))

    async def _shortlist(self, task_id: str) -> Shortlist[FaultRule] | None:
        """Preselect the faults for the callbacks of a task if matching may take long."""
        behaviour = self._world.behaviour
        task = await self._world.shelf.get(task_id) if behaviour.strikes(Operation.CALLBACK) else None
        if task is None or task.submission.parameters.callback_url is None:
            return None
        return await behaviour.fault_shortlist(subject_of(task.submission, task.plan.mode, Operation.CALLBACK))

    def _apply_callback_faults(
        self, task: Task, told: int, mishaps: dict[int, FaultRule | None], shortlist: Shortlist[FaultRule] | None
    ) -> Task:
        """Return the task with the faults of its new deliveries, those from number `told` on.

        The chosen faults are kept: a store that repeats the change must not count its callbacks twice.
        """
        behaviour, dice = self._world.behaviour, self._world.dice
        if told == len(task.deliveries) or not behaviour.strikes(Operation.CALLBACK):
            return task
        for number in range(told, len(task.deliveries)):
            if number not in mishaps:
                subject = subject_of(task.submission, task.plan.mode, Operation.CALLBACK)
                mishaps[number] = behaviour.fault(subject, dice, shortlist)
            rule = mishaps[number]
            task = task if rule is None else apply_fault(task, number, rule, dice)
        return task

    def _publish_if_lost(self, task: Task, delivery: Delivery) -> None:
        """Publish the event of a callback that a fault dropped before its first attempt."""
        if delivery.attempts and delivery.attempts[0].verdict == LOST_VERDICT:
            self._publish(attempt_event(task, replace(delivery, attempts=()), delivery.attempts[0]))

    def _publish(self, event: WorldEvent) -> None:
        """Publish an event that time caused, and add it to the result of each running advance."""
        self._leader = ""
        document = self._world.publish(event, by_time=True)
        for happened in self._collecting:
            happened.append(document)
