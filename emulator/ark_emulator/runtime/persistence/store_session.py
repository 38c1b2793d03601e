"""What one process has to do with the store that keeps its worlds: the directory, what is new, and who still lives."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import blake2b
from typing import Final

from ark_emulator.core.callbacks.outbox import next_due
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.scenario.scenario_model import DEFAULT as ORDINARY
from ark_emulator.log import logger
from ark_emulator.runtime.callbacks.delivery_queue import STORE_RETRY_INTERVAL
from ark_emulator.runtime.common.tracebacks import describe_error
from ark_emulator.runtime.persistence.coalesced_reads import CoalescedReads
from ark_emulator.runtime.persistence.space import SpaceSession
from ark_emulator.runtime.persistence.world_directory import WorldDirectory, WorldRecord
from ark_emulator.runtime.persistence.world_records import MonotonicWallClock, WorldRecords
from ark_emulator.runtime.scheduler import Scheduler
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.world.admission import Admission
from ark_emulator.runtime.world.behaviour import Behaviour
from ark_emulator.runtime.world.world import DEFAULT, World
from ark_emulator.stores.store import DIRECTORY, Damaged, LockLost, Store, StoreUnavailable
from ark_emulator.stores.tracked_shelf import TrackedShelf
from ark_emulator.stores.watched_store import WatchedStore

CHANGES_INTERVAL: Final = 0.2
"""Real seconds between two looks at what others have changed."""
HEARTBEAT_INTERVAL: Final = 1.0
"""Real seconds between two signs of life."""
PROBE: Final = 1.0
"""Real seconds between two tries to write to a store that could not be written."""


class StoreSession:
    """A process's ties to its store. `known` looks after a world that is in the directory and was changed."""

    def __init__(self, store: Store) -> None:
        self.store = WatchedStore(store)
        self.health = self.store.health
        self.health.failed = self._probe_soon
        store = self.store
        self.names = WorldDirectory()
        self.directory = SpaceSession(store, DIRECTORY, self.names)
        self.directory.checked = self._checked
        self.reader = CoalescedReads(store)
        self.wall_clock = MonotonicWallClock(lambda: time.time() + store.offset)
        self._spaces: dict[str, SpaceSession] = {}
        self._job: asyncio.Task[None] | None = None
        self._probing: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def shared(self) -> bool:
        """True when other processes may write to the store."""
        return self.store.shared

    @property
    def healthy(self) -> bool:
        """True unless the store could not be read or written when that was tried last, or holds what makes no sense."""
        return self.health.healthy

    def shelf(self) -> TrackedShelf:
        """A shelf for a world that is kept here."""
        return TrackedShelf(next_due)

    async def open(self) -> None:
        """Connect, and learn what worlds there are. Raises Unfit and StoreGone."""
        await self.store.open()
        if self.shared:
            await self.store.heartbeat()
        _, spaces = await self.store.changed(0)
        if spaces and DIRECTORY not in spaces:
            raise Damaged.of(self.store.name, DIRECTORY, ValueError("it is missing, although there are worlds"))
        await self.directory.load()

    async def refresh(self, *worlds: World) -> None:
        """Let the directory and these worlds know everything that was committed before. Raises StoreGone."""
        spaces = [self._spaces[world.name] for world in worlds if world.name in self._spaces]
        if self.shared:
            await self.reader.refresh(self.directory, *spaces)
        for space in (self.directory, *spaces):
            if space.stale:
                await space.reload()

    def build_world(self, name: str, birth: WorldRecord) -> World:
        """A world as it was made."""
        lanes, behaviour = Admission(birth.limits), Behaviour(birth.scenario)
        chosen = frozenset(birth.explicit_settings)
        return World(
            *(name, birth.pod, birth.dice, birth.clock, self.shelf(), self.wall_clock, lanes, behaviour),
            initial_clock=birth.clock,
            explicit_settings=chosen,
        )

    async def attach(self, world: World, birth: WorldRecord, pulse: Scheduler) -> None:
        """Keep a world here from now on, and let it be what was kept of it. Raises StoreGone."""
        store = self.store
        scribe = WorldRecords(world, self.wall_clock, birth.records())
        space = SpaceSession(store, birth.space, scribe)
        space.checked = self._checked
        await space.load()
        scribe.on_event, scribe.on_cleared = pulse.on_remote_event, pulse.cancel_attempts
        space.news, space.mended = pulse.wake_waiters, pulse.on_lost_commit
        world.explicit_settings, world.process_id, world.shared, world.lock = (
            frozenset(birth.explicit_settings),
            store.process_id,
            store.shared,
            space,
        )
        if store.shared:
            world.refresh = lambda: self.refresh(world)
            # Ids of requests come from a count of each process's own: two of them must not count alike.
            world.first_exchange = int.from_bytes(blake2b(store.process_id.encode(), digest_size=6).digest())
        self._spaces[world.name] = space
        await pulse.reclaim(self._live_processes)
        pulse.reschedule()

    def is_attached(self, world: World) -> bool:
        """True while a world is kept here in the space that the directory has for it."""
        space, birth = self._spaces.get(world.name), self.names.worlds.get(world.name)
        return space is not None and birth is not None and space.name == birth.space

    async def detach(self, world: World) -> None:
        """Let a world's last changes be written, and keep it no longer."""
        space = self._spaces.pop(world.name, None)
        if space is not None:
            await space.drain()

    def watch(self, known: Callable[[str], Awaitable[Scheduler]]) -> None:
        """Begin to look at what others do; `known` brings a world of the directory by its name."""
        if self.shared:
            self._job = asyncio.get_running_loop().create_task(self._watch(known))

    async def close(self) -> None:
        """Write what is to be written, and disconnect."""
        self._closed = True
        jobs = [job for job in (self._job, self._probing) if job is not None]
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        for space in (self.directory, *self._spaces.values()):
            await space.drain()
        await self.store.close()

    def _checked(self, space: SpaceSession, damage: Damaged | None) -> None:
        """Note whether the records of a space make sense."""
        if damage is None:
            self.health.is_whole(space.name)
        else:
            self.health.is_damaged(space.name, damage)

    def _probe_soon(self) -> None:
        """Try to write until that works, so that the store is known to be back although no request writes."""
        if (self._probing is None or self._probing.done()) and not self._closed:
            self._probing = asyncio.get_running_loop().create_task(self._probe())

    async def _probe(self) -> None:
        while not self.health.writable:
            await asyncio.sleep(PROBE)
            if not self.health.writable:
                with suppress(StoreUnavailable):
                    await self.store.probe()

    async def _watch(self, known: Callable[[str], Awaitable[Scheduler]]) -> None:
        mark, beaten = 0, 0.0
        while True:
            try:
                mark = await self._apply_changes(mark, known)
                if time.monotonic() - beaten >= HEARTBEAT_INTERVAL:
                    beaten = time.monotonic()
                    await self.store.heartbeat()
                    # A store that was emptied tells of no change.
                    await self.reader.refresh(self.directory)
                    for name in {DEFAULT} | (self._spaces.keys() & self.names.worlds.keys()):
                        with suppress(Damaged):
                            await (await known(name)).reclaim(self._live_processes)
                await asyncio.sleep(CHANGES_INTERVAL)
            except (StoreUnavailable, LockLost):
                await asyncio.sleep(STORE_RETRY_INTERVAL)
            except Exception as error:
                logger.error("unexpected error in the store: %s", describe_error(error, *self.names.worlds))
                await asyncio.sleep(STORE_RETRY_INTERVAL)

    async def _apply_changes(self, mark: int, known: Callable[[str], Awaitable[Scheduler]]) -> int:
        """Take over what has changed since a mark; worlds that were not known before are brought."""
        mark, changed = await self.store.changed(mark)
        if not changed:
            return mark
        stirred = set(changed)
        spaces = [space for space in self._spaces.values() if space.name in stirred]
        await self.reader.refresh(self.directory, *spaces)
        for name, birth in tuple(self.names.worlds.items()):
            if name not in self._spaces and (birth.space in stirred or DIRECTORY in stirred):
                with suppress(Damaged):
                    await known(name)
        return mark

    async def _live_processes(self) -> frozenset[str]:
        return await self.store.live_processes() | {self.store.process_id}


def ignored_settings(settings: Settings, world: World) -> list[str]:
    """What a server was told at its start, and a world that was kept has otherwise: a line for each."""
    started = world.initial_clock or world.clock
    pairs = (
        ("--seed", settings.seed, world.dice.seed),
        ("--clock", settings.mode, world.clock.mode),
        ("--speed", settings.speed, world.clock.speed),
        ("--start", settings.start, started.base),
        ("--limits", _limits_name(settings.limits), _limits_name(world.admission.limits)),
    )
    found = [f"{flag} {said} (it has {has})" for flag, said, has in pairs if said is not None and said != has]
    scenario, has = settings.scenario, world.behaviour.scenario
    if scenario is not ORDINARY and scenario != has:
        found.append(f"--scenario {scenario.name} (it has {has.name})")
    return found


def _limits_name(limits: Limits | None) -> str | None:
    return None if limits is None else limits.account or ("off" if not limits.on else "of its own")
