"""The connection of one process to its store: directory, attached worlds, changes of other processes, store health."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from ark_emulator.core.callbacks.outbox import next_due
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.scenario.scenario_model import DEFAULT as ORDINARY
from ark_emulator.log import logger
from ark_emulator.runtime.callbacks.delivery_queue import STORE_RETRY_INTERVAL
from ark_emulator.runtime.common.tracebacks import describe_error
from ark_emulator.runtime.persistence.coalesced_reads import CoalescedReads
from ark_emulator.runtime.persistence.space import SpaceSession
from ark_emulator.runtime.persistence.stored_unit_of_work import StoredUnitOfWork
from ark_emulator.runtime.persistence.tracked_dict import tracked_counter
from ark_emulator.runtime.persistence.world_directory import WorldDirectory, WorldRecord
from ark_emulator.runtime.persistence.world_records import MonotonicWallClock, WorldRecords
from ark_emulator.runtime.scheduler import Scheduler
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.world.world import DEFAULT, World, WorldParts, build_world
from ark_emulator.stores.store import DIRECTORY, Damaged, LockLost, Store, StoreUnavailable
from ark_emulator.stores.tracked_shelf import TrackedShelf
from ark_emulator.stores.watched_store import WatchedStore

CHANGES_INTERVAL: Final = 0.2
"""Real seconds between two reads of what other processes have changed."""
HEARTBEAT_INTERVAL: Final = 1.0
"""Real seconds between two heartbeats."""
PROBE: Final = 1.0
"""Real seconds between two test writes to a store that could not be written."""
FindScheduler = Callable[[str], Awaitable[Scheduler]]
"""Loads the world with that name of the directory if needed, and returns its scheduler."""


class StoreSession:
    """The store as one process uses it. `on_dropped` is called with a world that another process has dropped."""

    def __init__(self, store: Store, on_dropped: Callable[[str], None]) -> None:
        self.store = WatchedStore(store, self._schedule_probe)
        self.health = self.store.health
        self.directory = WorldDirectory(on_dropped)
        self.directory_space = SpaceSession(self.store, DIRECTORY, self.directory, on_checked=self._on_checked)
        self.wall_clock = MonotonicWallClock(lambda: time.time() + self.store.offset)
        self._reads = CoalescedReads(self.store)
        self._spaces: dict[str, SpaceSession] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._probe_task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def shared(self) -> bool:
        """Return whether other processes may write to the store."""
        return self.store.shared

    @property
    def healthy(self) -> bool:
        """Return whether the latest read and write succeeded and all records read could be decoded."""
        return self.health.healthy

    def world_parts(self) -> WorldParts:
        """Return the parts of a new world in this store. It stays in memory only until `attach`."""
        return WorldParts(self.wall_clock, TrackedShelf(next_due), StoredUnitOfWork(self.store), tracked_counter)

    def build_world(self, name: str, record: WorldRecord) -> World:
        """Return a world as it was created, without its stored changes."""
        return build_world(
            name,
            record.pod,
            record.dice,
            record.clock,
            record.limits,
            record.scenario,
            frozenset(record.explicit_settings),
            self.world_parts(),
        )

    async def open(self) -> None:
        """Connect, and load the directory. Raises UnusableStore and StoreUnavailable."""
        await self.store.open()
        if self.shared:
            await self.store.heartbeat()
        _, spaces = await self.store.changed(0)
        if spaces and DIRECTORY not in spaces:
            raise Damaged.of(self.store.name, DIRECTORY, ValueError("it is missing, although there are worlds"))
        await self.directory_space.load()

    async def refresh(self, *worlds: World) -> None:
        """Apply to the directory and these worlds everything committed before this call. Raises StoreUnavailable."""
        spaces = [self._spaces[world.name] for world in worlds if world.name in self._spaces]
        if self.shared:
            await self._reads.refresh(self.directory_space, *spaces)
        for space in (self.directory_space, *spaces):
            if space.stale:
                await space.reload()

    async def attach(self, world: World, record: WorldRecord, scheduler: Scheduler) -> None:
        """Load the stored state into a world, and commit its changes from now on.

        The world must have the parts of `world_parts`. Raises StoreUnavailable.
        """
        if not isinstance(world.unit_of_work, StoredUnitOfWork):
            raise TypeError("the world was not created for a store")
        mapper = WorldRecords(
            world,
            self.wall_clock,
            record,
            world.unit_of_work.attempts,
            on_event=scheduler.on_remote_event,
            on_cleared=scheduler.cancel_attempts,
        )
        space = SpaceSession(
            self.store,
            record.space,
            mapper,
            on_checked=self._on_checked,
            on_remote_commits=scheduler.wake_waiters,
            on_reloaded=scheduler.on_lost_commit,
        )
        await space.load()
        world.unit_of_work.attach(space, lambda: self.refresh(world))
        self._spaces[world.name] = space
        await scheduler.reclaim(self._live_processes)
        scheduler.reschedule()

    def is_attached(self, world: World) -> bool:
        """Return whether a world commits to the space that the directory names for it."""
        space, record = self._spaces.get(world.name), self.directory.worlds.get(world.name)
        return space is not None and record is not None and space.name == record.space

    async def detach(self, world: World) -> None:
        """Write the last changes of a world, and stop refreshing it."""
        space = self._spaces.pop(world.name, None)
        if space is not None:
            await space.drain()

    def watch(self, find: FindScheduler) -> None:
        """Start the background task that sends heartbeats and applies the changes of other processes."""
        if self.shared:
            self._watcher = asyncio.get_running_loop().create_task(self._watch(find))

    async def close(self) -> None:
        """Write all pending changes, and disconnect."""
        self._closed = True
        tasks = [task for task in (self._watcher, self._probe_task) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for space in (self.directory_space, *self._spaces.values()):
            await space.drain()
        await self.store.close()

    def _on_checked(self, space: str, damage: Damaged | None) -> None:
        """Record in the health whether the records of a space could be decoded."""
        if damage is None:
            self.health.is_whole(space)
        else:
            self.health.is_damaged(space, damage)

    def _schedule_probe(self) -> None:
        """Start test writes until one succeeds, so that the store counts as healthy again without a request."""
        if (self._probe_task is None or self._probe_task.done()) and not self._closed:
            self._probe_task = asyncio.get_running_loop().create_task(self._probe())

    async def _probe(self) -> None:
        while not self.health.writable:
            await asyncio.sleep(PROBE)
            if not self.health.writable:
                with suppress(StoreUnavailable):
                    await self.store.probe()

    async def _watch(self, find: FindScheduler) -> None:
        mark, last_heartbeat = 0, 0.0
        while True:
            try:
                mark = await self._apply_changes(mark, find)
                if time.monotonic() - last_heartbeat >= HEARTBEAT_INTERVAL:
                    last_heartbeat = time.monotonic()
                    await self.store.heartbeat()
                    # An emptied store reports no changes, so the directory is refreshed here as well.
                    await self._reads.refresh(self.directory_space)
                    for name in {DEFAULT} | (self._spaces.keys() & self.directory.worlds.keys()):
                        with suppress(Damaged):
                            await (await find(name)).reclaim(self._live_processes)
                await asyncio.sleep(CHANGES_INTERVAL)
            except (StoreUnavailable, LockLost):
                await asyncio.sleep(STORE_RETRY_INTERVAL)
            except Exception as error:
                logger.error("unexpected error in the store: %s", describe_error(error, *self.directory.worlds))
                await asyncio.sleep(STORE_RETRY_INTERVAL)

    async def _apply_changes(self, mark: int, find: FindScheduler) -> int:
        """Apply the changes after `mark`, load worlds that are new, and return the new mark."""
        mark, names = await self.store.changed(mark)
        if not names:
            return mark
        changed = set(names)
        spaces = [space for space in self._spaces.values() if space.name in changed]
        await self._reads.refresh(self.directory_space, *spaces)
        for name, record in tuple(self.directory.worlds.items()):
            if name not in self._spaces and (record.space in changed or DIRECTORY in changed):
                with suppress(Damaged):
                    await find(name)
        return mark

    async def _live_processes(self) -> frozenset[str]:
        return await self.store.live_processes() | {self.store.process_id}


def ignored_settings(settings: Settings, world: World) -> list[str]:
    """Return a line for each setting of the server that the stored world does not use."""
    started = world.initial_clock or world.clock
    pairs = (
        ("--seed", settings.seed, world.dice.seed),
        ("--clock", settings.mode, world.clock.mode),
        ("--speed", settings.speed, world.clock.speed),
        ("--start", settings.start, started.base),
        ("--limits", _limits_name(settings.limits), _limits_name(world.admission.limits)),
    )
    lines = [
        f"{flag} {chosen} (it has {stored})"
        for flag, chosen, stored in pairs
        if chosen is not None and chosen != stored
    ]
    scenario, stored_scenario = settings.scenario, world.behaviour.scenario
    if scenario is not ORDINARY and scenario != stored_scenario:
        lines.append(f"--scenario {scenario.name} (it has {stored_scenario.name})")
    return lines


def _limits_name(limits: Limits | None) -> str | None:
    return None if limits is None else limits.account or ("off" if not limits.on else "of its own")
