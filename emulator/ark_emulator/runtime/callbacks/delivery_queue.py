"""Makes the delivery attempts of a world, and records their results.

If several processes share a world, each attempt belongs to one of them. Others take it over only if that one is gone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.task.values import Delivery, DeliveryAttempt, Task
from ark_emulator.runtime.world.events import WorldEvent, attempt_event
from ark_emulator.runtime.world.world import World
from ark_emulator.stores.store import LockLost, StoreUnavailable

Send = Callable[[World, Task, Delivery], Awaitable[DeliveryAttempt]]
LiveProcesses = Callable[[], Awaitable[Collection[str]]]
"""Returns the processes that are alive."""
STORE_RETRY_INTERVAL: Final = 1.0
"""Real seconds between two attempts to reach a store."""


class DeliveryQueue:
    """Sends the callbacks of one world.

    `send` makes an attempt over the network, `tell` receives the event of its result, and `ended` is called after it.
    A closed queue starts no attempts.
    """

    def __init__(
        self,
        world: World,
        send: Send,
        tell: Callable[[WorldEvent], None],
        ended: Callable[[], None],
    ) -> None:
        self.closed = False
        self._world = world
        self._send = send
        self._tell = tell
        self._ended = ended
        self._in_flight: dict[asyncio.Task[None], str] = {}
        self._own_attempts: set[str] = set()

    @property
    def busy(self) -> bool:
        """Return whether a delivery attempt is in flight, in any process."""
        return bool(self._in_flight or self._world.unit_of_work.claimed_attempts())

    def enqueue(self, task: Task, delivery: Delivery) -> None:
        """Start an attempt once the commit that claims it has succeeded."""
        name = f"{task.id}:{delivery.number}"
        self._world.unit_of_work.claim_attempt(name)
        self._own_attempts.add(name)
        self._world.unit_of_work.after_commit(partial(self._dispatch, task, delivery, name))

    def on_lost_commit(self) -> None:
        """What was promised last is lost: of our attempts only those that are really under way are left."""
        self._own_attempts = set(self._in_flight.values())

    async def reclaim(self, living: LiveProcesses) -> bool:
        """Schedule again the attempts of processes that are gone, and own attempts that never started.

        Return whether there were any. The live processes are read after the attempts: a process registers as alive
        before it starts an attempt.
        """
        world, work = self._world, self._world.unit_of_work
        suspects = {name: who for name, who in work.claimed_attempts().items() if name not in self._own_attempts}
        alive = await living() if suspects else ()
        lost = {name: who for name, who in suspects.items() if who == work.process_id or who not in alive}
        if not lost:
            return False
        async with world.transaction():
            for name, who in lost.items():
                if work.claimed_attempts().get(name) == who and name not in self._own_attempts:
                    task_id, _, number = name.rpartition(":")
                    await world.shelf.update(task_id, partial(outbox.release, number=int(number), now=world.now))
                    work.release_attempt(name)
        return True

    def cancel_attempts(self) -> None:
        """Cancel every delivery attempt in flight, without recording a result."""
        for job in self._in_flight:
            job.cancel()
        self._own_attempts.clear()

    async def cancel_and_wait(self) -> None:
        """Cancel every delivery attempt in flight, and wait until all have ended."""
        self.cancel_attempts()
        await asyncio.gather(*self._in_flight, return_exceptions=True)

    def _dispatch(self, task: Task, delivery: Delivery, name: str) -> None:
        if not self.closed:
            job = asyncio.get_running_loop().create_task(self._deliver(task, delivery, name))
            self._in_flight[job] = name
            job.add_done_callback(self._on_attempt_done)

    def _on_attempt_done(self, job: asyncio.Task[None]) -> None:
        """Wake the waiters for an attempt to end."""
        self._own_attempts.discard(self._in_flight.pop(job))
        self._ended()

    async def _deliver(self, task: Task, delivery: Delivery, name: str) -> None:
        attempt = await self._send(self._world, task, delivery)
        again = False
        while True:
            try:
                await self._record_result(task, delivery, name, attempt, again)
                return
            except (StoreUnavailable, LockLost):
                again = True
                await asyncio.sleep(STORE_RETRY_INTERVAL)

    async def _record_result(
        self, task: Task, delivery: Delivery, name: str, attempt: DeliveryAttempt, again: bool
    ) -> None:
        """Record the result of an attempt; `again` if an earlier try may have recorded it."""
        world = self._world
        async with world.transaction():
            ours = world.unit_of_work.owns_attempt(name)
            if again and not ours:
                return
            await world.shelf.update(task.id, lambda held: outbox.record_attempt(held, delivery.number, attempt))
            if ours:
                world.unit_of_work.release_attempt(name)
            self._tell(attempt_event(task, delivery, attempt))
