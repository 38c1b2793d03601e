"""The pulse of a world: wakes when something is due, lets it happen at its own moment, and tells of it.

Live time wakes it by one timer; `advance` walks it deadline by deadline. Either way each turn happens at the
moment it was due, and callbacks go out concurrently: a slow receiver delays nobody else.

Where processes share a world, the one that moved it last goes on to do so; the others act only when it does not.
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
from ark_emulator.core.callbacks.callback_faults import LOST, befallen
from ark_emulator.core.scenario.effects import On
from ark_emulator.core.scenario.matching import Shortlist, subject_of
from ark_emulator.core.scenario.scenario_model import FaultRule
from ark_emulator.core.task.lifecycle import forgotten_at, timeline
from ark_emulator.core.task.values import Delivery, Started, Task, Turn
from ark_emulator.core.time.clock import END
from ark_emulator.runtime.callbacks.delivery_queue import RETRY, Courier, Living, Send, outcome_of
from ark_emulator.runtime.world.world import Event, World
from ark_emulator.stores.store import PenLost, StoreGone

_BREATH: Final = 0.02
"""Real seconds that much to do may take until everybody else gets a turn."""
GRACE: Final = 0.25
"""Real seconds that something may be overdue until another process than the usual one lets it happen."""
_GLANCE: Final = 0.05
"""Real seconds after which one who waits for what other processes do looks again."""


class Ended(Exception):
    """The world came to its end before its clock stood where it was to be set."""


class Pulse:
    """Moves one world along its clock. `send` makes one delivery attempt over the network."""

    def __init__(self, world: World, send: Send) -> None:
        self._world = world
        self.courier = Courier(world, send, self._tell, self._look_again)
        self._timer: asyncio.TimerHandle | None = None
        self._beat: asyncio.Task[None] | None = None
        self._again = False
        self._lock = asyncio.Lock()
        self._ended = asyncio.Event()
        self._collecting: list[list[Event]] = []
        self._closed = False
        self._breathed = 0.0
        self._leader = ""
        self._patience: float | None = None
        self._rests_until = 0.0
        self._awaited = inf
        world.rearm = self.rearm
        world.expect = self.expect

    def rearm(self) -> None:
        """Look again at what is due next; to be called whenever a task or the clock changed."""
        self._again = True
        if self._closed or (self._beat is not None and not self._beat.done()):
            return
        self._beat = asyncio.get_running_loop().create_task(self._run())

    def expect(self, moment: float) -> None:
        """Something more is due at `moment`: look again, unless we wake up by then in any case."""
        if moment < self._awaited:
            self.rearm()

    async def advance(self, goal: float, *, patient: bool = True) -> list[Event]:
        """Set the clock forward to `goal`, letting everything due on the way happen; answers with what happened.

        A patient advance waits at each moment for the callbacks due then; otherwise time goes on without them. It
        raises Ended when the pulse is stopped meanwhile; the other one goes no further.
        """
        happened: list[Event] = []
        goal = min(goal, END)  # a clock never shows more, so what is due later never happens
        self._collecting.append(happened)
        try:
            while await self._step(goal, patient):
                if self._closed:
                    if patient:
                        raise Ended
                    break
                if patient and self.busy:
                    await self._some_end()
                await self._breathe()
        finally:
            self._collecting = [each for each in self._collecting if each is not happened]
        self.rearm()
        return happened

    async def catch_up(self) -> None:
        """Let happen what is due by now; to be awaited before anything that depends on who started when."""
        until = self._world.now
        while not self._closed and not await self._turn(until):
            await self._breathe()

    @property
    def closed(self) -> bool:
        """Return whether time no longer passes in this world."""
        return self._closed

    @property
    def busy(self) -> bool:
        """True while a delivery attempt is under way, by whatever process."""
        return self.courier.busy

    async def resume(self) -> int:
        """Let callbacks go out again, those that were held at once; answers with how many that were."""
        world = self._world
        async with world.pen:
            held = tuple(world.held)
            world.paused = False
            world.held.clear()
            for task_id, number in held:
                await world.shelf.update(task_id, partial(outbox.released, number=number, now=world.now))
        self.rearm()
        return len(held)

    def heard(self, by: str, event: Event, by_time: bool) -> None:
        """Another process has told of something."""
        self._world.hear(event)
        if by_time:
            self._leader = by
            for happened in self._collecting:
                happened.append(event)

    def look_again(self) -> None:
        """Somebody else has changed the world."""
        self._look_again()

    def forget(self) -> None:
        """What was done last is lost."""
        self.courier.forget()
        self._look_again()

    async def reclaim(self, living: Living) -> None:
        """Make due again the delivery attempts that nobody makes any more."""
        if await self.courier.reclaim(living):
            self.rearm()

    def give_up(self) -> None:
        """Break off every delivery attempt under way; what becomes of it is told to nobody."""
        self.courier.give_up()

    async def drop(self) -> None:
        """Give up every delivery attempt under way, and wait until none is."""
        await self.courier.drop()

    def hush(self) -> None:
        """Beat no more, and let nobody wait any longer."""
        self._closed = True
        self._ended.set()
        if self._timer is not None:
            self._timer.cancel()

    async def close(self) -> None:
        """Stop: no timer, no attempt under way."""
        self.hush()
        if self._beat is not None:
            self._beat.cancel()
            await asyncio.gather(self._beat, return_exceptions=True)
        self.courier.closed = True
        await self.courier.drop()

    def _look_again(self) -> None:
        """Let those who wait for an attempt to end look again, and see what is due."""
        self._ended.set()
        self.rearm()

    async def _run(self) -> None:
        while self._again and not self._closed:
            self._again = False
            if (rest := self._rests_until - time.monotonic()) > 0:
                self._wake_in(rest)
                return
            try:
                if await self._our_turn():
                    await self.catch_up()
                await self._set_timer()
            except StoreGone:
                # Every read after a failed write loads the world and calls rearm: without a rest each would fail anew.
                self._rests_until = time.monotonic() + RETRY
                self._wake_in(RETRY)
            except PenLost:
                self._wake_in(RETRY)

    async def _our_turn(self) -> bool:
        """True when something is due that we are to let happen."""
        world = self._world
        upcoming = await world.next_due()
        if upcoming is None or upcoming > world.now:
            self._patience = None
            return False
        if not world.shared or self._leader in ("", world.me):
            return True
        now = time.monotonic()
        if self._patience is None:
            self._patience = now + GRACE * random.uniform(1.0, 1.5)
        if now < self._patience:
            return False
        self._patience = None
        await world.fresh()
        upcoming = await world.next_due()
        return upcoming is not None and upcoming <= world.now

    async def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        upcoming = await self._world.next_due()
        self._awaited = inf if upcoming is None else upcoming
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
            self._timer = asyncio.get_running_loop().call_later(seconds, self.rearm)

    async def _step(self, goal: float, patient: bool) -> bool:
        """Let happen what is due next, if it is by `goal`; False once the clock stands there.

        The lock is not held while callbacks are awaited: their receivers may well ask something of us first.
        """
        world = self._world
        async with world.pen, self._lock:
            upcoming = await world.next_due()
            if patient and self.busy and (upcoming is None or upcoming > world.now):
                return True
            moment = goal if upcoming is None else min(upcoming, goal)
            if moment > world.now:
                world.clock = world.clock.jumped_to(moment, world.real())
            if upcoming is None or upcoming > goal:
                return False
            await self._settle(world.now)
            return True

    async def _some_end(self) -> None:
        """Wait until an attempt under way may have ended."""
        self._ended.clear()
        if not self._world.shared:
            await self._ended.wait()
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), _GLANCE)
        await self._world.fresh()

    async def _turn(self, until: float) -> bool:
        """Let something of what is due up to `until` happen; True when that was all."""
        async with self._world.pen, self._lock:
            return await self._settle(until)

    async def _settle(self, until: float) -> bool:
        """Let everything due up to `until` happen, each at its own moment; False when that would take too long."""
        world = self._world
        began = time.monotonic()
        while not self._closed:
            if time.monotonic() - began > _BREATH:
                return False
            found = await world.shelf.due(until)
            start = world.lanes.next_start() if world.lanes.on else None
            if start is not None and (start[1] <= until if found is None else start[1] < found[0]):
                await self._start(*start)
            elif found is not None:
                await self._serve(found[1], found[0])
            else:
                return True
        return True

    async def _breathe(self) -> None:
        if time.monotonic() - self._breathed > _BREATH:
            await asyncio.sleep(0)
            self._breathed = time.monotonic()

    async def _start(self, task_id: str, at: float) -> None:
        """Give a task the slot it waited for."""
        lanes = self._world.lanes
        lanes.start(task_id, at)
        changed = await self._world.shelf.update(task_id, lambda task: replace(task, facts=(*task.facts, Started(at))))
        if changed is not None:
            lanes.changed(changed[1], at)

    async def _serve(self, task_id: str, moment: float) -> None:
        fresh: tuple[Turn, ...] = ()
        chosen: Delivery | None = None
        mishaps: dict[int, FaultRule | None] = {}

        shortlist = await self._shortlist(task_id)

        def change(task: Task) -> Task:
            nonlocal fresh, chosen
            told = len(task.deliveries)
            task, fresh = outbox.tick(task, moment)
            task = self._befallen(task, told, mishaps, shortlist)
            chosen = outbox.ready(task, moment)
            return task if chosen is None else outbox.sending(task, chosen.number)

        changed = await self._world.shelf.update(task_id, change)
        if changed is None:
            return
        task = changed[1]
        if fresh:
            self._world.lanes.changed(task, moment)
        for turn in fresh:
            self._tell({"at": turn.at, "kind": turn.kind, "task": task_id, "status": turn.status})
        for number in mishaps:
            self._tell_if_lost(task, task.deliveries[number])
        if chosen is not None and self._world.paused:
            self._world.held[task_id, chosen.number] = None
        elif chosen is not None:
            self.courier.promise(task, chosen)
        if not fresh and chosen is None and forgotten_at(task, timeline(task.plan, task.facts)) <= moment:
            await self._world.shelf.remove(task_id)
            self._tell({"at": moment, "kind": "erased", "task": task_id})

    async def _shortlist(self, task_id: str) -> Shortlist[FaultRule] | None:
        """Look through the faults that may befall the callbacks of a task, where that may take long."""
        behaviour = self._world.behaviour
        task = await self._world.shelf.get(task_id) if behaviour.strikes(On.CALLBACK) else None
        if task is None or task.submission.asked.callback_url is None:
            return None
        return await behaviour.fault_shortlist(subject_of(task.submission, task.plan.mode, On.CALLBACK))

    def _befallen(
        self, task: Task, told: int, mishaps: dict[int, FaultRule | None], shortlist: Shortlist[FaultRule] | None
    ) -> Task:
        """The task with whatever befalls its new deliveries, those from number `told` on.

        What was chosen is noted: a store that has to change a task anew must not count its callbacks twice.
        """
        behaviour, dice = self._world.behaviour, self._world.dice
        if told == len(task.deliveries) or not behaviour.strikes(On.CALLBACK):
            return task
        for number in range(told, len(task.deliveries)):
            if number not in mishaps:
                subject = subject_of(task.submission, task.plan.mode, On.CALLBACK)
                mishaps[number] = behaviour.fault(subject, dice, shortlist)
            rule = mishaps[number]
            task = task if rule is None else befallen(task, number, rule, dice)
        return task

    def _tell_if_lost(self, task: Task, delivery: Delivery) -> None:
        """Tell of a callback that was lost before anybody tried to send it."""
        if delivery.attempts and delivery.attempts[0].verdict == LOST:
            self._tell(outcome_of(task, replace(delivery, attempts=()), delivery.attempts[0]))

    def _tell(self, event: Event) -> None:
        """Let the world know what time has brought, and every advance on its way."""
        self._leader = self._world.me
        self._world.tell(event, by_time=True)
        for happened in self._collecting:
            happened.append(event)
