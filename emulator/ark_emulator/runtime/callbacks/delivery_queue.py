"""Makes the delivery attempts of a world, and notes what became of them.

Where processes share a world, each attempt is somebody's: others leave it alone for as long as that process lives.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.task.values import Attempt, Delivery, Task
from ark_emulator.runtime.world.world import Event, World
from ark_emulator.stores.store import PenLost, StoreGone

Send = Callable[[World, Task, Delivery], Awaitable[Attempt]]
Living = Callable[[], Awaitable[Collection[str]]]
"""Tells which processes live."""
RETRY: Final = 1.0
"""Real seconds after which a store that could not be reached is tried again."""


class Courier:
    """Delivers for one world. `send` makes an attempt over the network, `tell` hears what became of it, `ended` that
    one is over. One that is `closed` begins nothing more.
    """

    def __init__(
        self,
        world: World,
        send: Send,
        tell: Callable[[Event], None],
        ended: Callable[[], None],
    ) -> None:
        self.closed = False
        self._world = world
        self._send = send
        self._tell = tell
        self._ended = ended
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._ours: set[str] = set()

    @property
    def busy(self) -> bool:
        """True while a delivery attempt is under way, by whatever process."""
        return bool(self._under_way or self._world.sending)

    def promise(self, task: Task, delivery: Delivery) -> None:
        """Make an attempt as soon as it is known to all that it is ours."""
        name = f"{task.id}:{delivery.number}"
        if self._world.me:
            self._world.sending[name] = self._world.me
            self._ours.add(name)
        self._world.pen.then(partial(self._dispatch, task, delivery, name))

    def forget(self) -> None:
        """What was promised last is lost: of our attempts only those that are really under way are left."""
        self._ours = set(self._under_way.values())

    async def reclaim(self, living: Living) -> bool:
        """Make due again the attempts of processes that do not live any more, and those of ours that never began.

        False when there was none. Who lives is asked after it is known who has attempts under way: a process says that
        it lives before it begins any.
        """
        world = self._world
        suspects = {name: who for name, who in world.sending.items() if name not in self._ours}
        alive = await living() if suspects else ()
        lost = {name: who for name, who in suspects.items() if who == world.me or who not in alive}
        if not lost:
            return False
        async with world.pen:
            for name, who in lost.items():
                if world.sending.get(name) == who and name not in self._ours:
                    task_id, _, number = name.rpartition(":")
                    await world.shelf.update(task_id, partial(outbox.released, number=int(number), now=world.now))
                    del world.sending[name]
        return True

    def give_up(self) -> None:
        """Break off every delivery attempt under way; what becomes of it is told to nobody."""
        for job in self._under_way:
            job.cancel()
        self._ours.clear()

    async def drop(self) -> None:
        """Give up every delivery attempt under way, and wait until none is."""
        self.give_up()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _dispatch(self, task: Task, delivery: Delivery, name: str) -> None:
        if not self.closed:
            job = asyncio.get_running_loop().create_task(self._deliver(task, delivery, name))
            self._under_way[job] = name
            job.add_done_callback(self._end)

    def _end(self, job: asyncio.Task[None]) -> None:
        """Let those who wait for an attempt to end look again."""
        self._ours.discard(self._under_way.pop(job))
        self._ended()

    async def _deliver(self, task: Task, delivery: Delivery, name: str) -> None:
        attempt = await self._send(self._world, task, delivery)
        again = False
        while True:
            try:
                await self._settled(task, delivery, name, attempt, again)
                return
            except (StoreGone, PenLost):
                again = True
                await asyncio.sleep(RETRY)

    async def _settled(self, task: Task, delivery: Delivery, name: str, attempt: Attempt, again: bool) -> None:
        """Note what became of an attempt; `again` when it may have been noted, and nobody could tell."""
        world = self._world
        async with world.pen:
            ours = not world.me or world.sending.get(name) == world.me
            if again and not ours:
                return
            await world.shelf.update(task.id, lambda held: outbox.settled(held, delivery.number, attempt))
            if world.me and ours:
                del world.sending[name]
            self._tell(outcome_of(task, delivery, attempt))


def outcome_of(task: Task, delivery: Delivery, attempt: Attempt) -> Event:
    """What became of an attempt at a delivery, which is as it was before."""
    return {
        "at": attempt.at,
        "kind": "callback",
        "task": task.id,
        "status": delivery.status,
        "result": attempt.verdict,
        "attempt": len(delivery.attempts) + 1,
    }
