"""All worlds of a server, by name, by API key, or by the pod address in an object name."""

import asyncio
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Final, TypeVar

from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits
from ark_emulator.core.scenario.scenario_model import DEFAULT as ORDINARY
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.callbacks.delivery_queue import Send
from ark_emulator.runtime.common.masking import world_label
from ark_emulator.runtime.persistence.store_session import StoreSession, ignored_settings
from ark_emulator.runtime.persistence.world_directory import WorldRecord, record_of_world
from ark_emulator.runtime.scheduler import Scheduler
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.runtime.world.journal import JournalMemory
from ark_emulator.runtime.world.world import DEFAULT, DEFAULT_POD, World, new_world
from ark_emulator.stores.store import Store

MAX_WORLDS: Final = 10_000
"""The largest number of worlds of a server. Requests to create more are rejected."""
IDLE_SECONDS: Final = 3_600.0
"""Real seconds without a request after which a world may be dropped to make room for another one."""


Value = TypeVar("Value")


def first_set(*choices: Value | None) -> Value:
    """Return the first choice that is not None. The last choice must not be None."""
    return next(choice for choice in choices if choice is not None)


class TooManyWorlds(Exception):
    """The server has `MAX_WORLDS` worlds, and all of them are in use."""


class UnknownWorld(Exception):
    """The world does not exist, or it was dropped."""


class WorldExists(Exception):
    """A world with that name exists already."""


class Registry:
    """Creates, finds and drops worlds. The default world always exists.

    `store_session` is None when all worlds are in memory only.
    """

    def __init__(self, settings: Settings, send: Send, store: Store | None = None) -> None:
        self._settings = settings
        self._send = send
        self.store_session = None if store is None else StoreSession(store, self._on_dropped)
        self._loading: dict[str, asyncio.Task[World]] = {}
        self._detaching: asyncio.Future[Any] | None = None
        self._default_record: WorldRecord | None = None
        self._default_lock = asyncio.Lock()
        self._worlds: dict[str, World] = {}
        self._journals = JournalMemory()
        self._pods: dict[str, World] = {}
        self._schedulers: dict[str, Scheduler] = {}
        self._last_used: dict[str, float] = {}
        self._open_names = {DEFAULT}
        self.default = self.create(DEFAULT)

    async def open(self) -> Sequence[str]:
        """Connect to the store, if there is one, and load the default world.

        Returns a line for each setting of the server that the stored default world does not use. Raises UnusableStore
        and StoreUnavailable.
        """
        session = self.store_session
        if session is None:
            return ()
        await session.open()
        async with session.directory_space:
            stored = DEFAULT in session.directory.worlds
            if not stored:
                session.directory.add(DEFAULT, record_of_world(self.default))
        self._default_record = session.directory.worlds[DEFAULT]
        await session.attach(self.default, self._default_record, self._schedulers[DEFAULT])
        if not session.shared:
            await self.load_all()
        session.watch(self._find_scheduler)
        return ignored_settings(self._settings, self.default) if stored else ()

    async def load(self, key: str, pod: str | None = None, *, isolates: bool = False) -> None:
        """Load and refresh the world of a key, or of a pod; the default world when there is none.

        With `isolates`, a world is created for a key that gets one of its own. Raises StoreUnavailable and
        TooManyWorlds.
        """
        session, key = self.store_session, self.resolved(key)
        if session is None:
            return
        name = self._pods[pod].name if pod in self._pods else self._world_name(key, session.directory.worlds)
        await session.refresh(self._worlds.get(name, self.default))
        await self._attach_default(session)
        name = (session.directory.of_pod(pod) if pod is not None else None) or self._world_name(
            key, session.directory.worlds
        )
        if name in self._worlds:
            return
        if name not in session.directory.worlds and isolates and self._isolates(name):
            with suppress(WorldExists):
                await self.create_stored(name, by_call=True)
        if name in session.directory.worlds:
            await self._load(name)

    async def load_all(self) -> None:
        """Load every world of the directory."""
        if self.store_session is not None:
            for name in tuple(self.store_session.directory.worlds):
                await self._load(name)

    async def create_stored(self, name: str, *, by_call: bool = False, **choices: Any) -> World:
        """Create a world as `create` does, and add it to the directory of the store, if there is one.

        `by_call` is True when a call with a key creates the world, and False when a control request does.
        """
        world = await self._create_stored(name, **choices)
        if not by_call:
            self._open_names.add(name)
        return world

    async def _create_stored(self, name: str, **choices: Any) -> World:
        session = self.store_session
        if session is None:
            return self.create(name, **choices)
        if len(session.directory.worlds) >= MAX_WORLDS and not session.shared:
            await self._drop_stored(self._idlest(), session)
        async with session.directory_space:
            if name in session.directory.worlds:
                raise WorldExists(name)
            if len(session.directory.worlds) >= MAX_WORLDS:
                raise TooManyWorlds
            session.directory.add(name, record_of_world(self._new(name, **choices)))
        return await self._load(name)

    async def _load(self, name: str) -> World:
        """Return a world of the directory. Concurrent callers share one load."""
        if name in self._worlds:
            return self._worlds[name]
        if name not in self._loading:
            self._loading[name] = asyncio.get_running_loop().create_task(self._load_stored(name))
        try:
            return await asyncio.shield(self._loading[name])
        finally:
            if name in self._loading and self._loading[name].done():
                del self._loading[name]

    async def _load_stored(self, name: str) -> World:
        session = self.store_session
        record = None if session is None else session.directory.worlds.get(name)
        if session is None or record is None:
            raise UnknownWorld(name)
        world = session.build_world(name, record)
        scheduler = Scheduler(world, self._send)
        await session.attach(world, record, scheduler)
        self._adopt(world, scheduler)
        return world

    async def _attach_default(self, session: StoreSession) -> None:
        """Attach the default world again after the store was emptied, or after another process added it again.

        It is added with its original record, hence with the same space. So all processes that knew it agree, whichever
        of them adds it first.
        """
        if session.is_attached(self.default):
            return
        async with self._default_lock:
            if session.is_attached(self.default):
                return
            async with session.directory_space:
                if DEFAULT not in session.directory.worlds:
                    session.directory.add(DEFAULT, self._default_record or record_of_world(self.default))
                self._default_record = session.directory.worlds[DEFAULT]
            if not session.is_attached(self.default):  # with the original record it is attached already
                scheduler = self._schedulers[DEFAULT]
                scheduler.cancel_attempts()
                await session.detach(self.default)
                await session.attach(self.default, self._default_record, scheduler)

    async def _find_scheduler(self, name: str) -> Scheduler:
        if name == DEFAULT and self.store_session is not None:
            await self._attach_default(self.store_session)
        return self.scheduler(await self._load(name))

    def _on_dropped(self, name: str) -> None:
        """Close a world that another process has dropped. The default world stays and is attached again when needed."""
        world = None if name == DEFAULT else self._worlds.get(name)
        if world is not None:
            scheduler, session = self._forget(world), self.store_session
            scheduler.cancel_attempts()
            if session is not None:
                self._detaching = asyncio.gather(session.detach(world), return_exceptions=True)

    @property
    def store(self) -> str:
        """Return the address of the store, without secrets."""
        return "memory:" if self.store_session is None else self.store_session.store.name

    @property
    def healthy(self) -> bool:
        """Return whether the latest read and write of the store succeeded and all records could be decoded."""
        return self.store_session is None or self.store_session.healthy

    def __len__(self) -> int:
        session = self.store_session
        return len(self._worlds) if session is None else max(1, len(session.directory.worlds))

    def __iter__(self) -> Iterator[World]:
        return iter(tuple(self._worlds.values()))

    def get(self, name: str) -> World | None:
        """Return the world with that name or label, None when there is none in this process."""
        return self._worlds.get(self.resolved(name))

    def label(self, world: World) -> str:
        """Return the name under which lists show a world.

        A world that was created by a call is named by an API key. Its label hides the key: it consists of the beginning
        of the key and the pod address, and is accepted in place of the name.
        """
        hides = self._settings.isolate and world.name not in self._open_names
        return world_label(world.name, world.pod) if hides else world.name

    def resolved(self, name: str) -> str:
        """Return the name of the world that a label stands for; any other text as it is.

        A label stands for its world even if another world has the label's text as its name: a client could otherwise
        hide a world by choosing its label as a key.
        """
        pod = name[-8:]
        if not self._settings.isolate:
            return name
        found = self._pods[pod].name if pod in self._pods else None
        if found is None and self.store_session is not None:
            found = self.store_session.directory.of_pod(pod)
        return found if found is not None and world_label(found, pod) == name else name

    def of_key(self, key: str) -> World:
        """Return the world of an API key: its own if it has one, else the default one.

        With `--isolate`, a valid key without a world gets a new one. The keys of one user of the scenario share the
        world with the user's name. Raises TooManyWorlds when there is no room for a new world.
        """
        world = self._worlds.get(key) if len(self._worlds) > 1 else None
        if world is None:
            if not self._isolates(key):
                return self.default
            name = self._world_name(key, self._worlds)
            world = self._worlds.get(name) or self.create(name)
        self._last_used[world.name] = time.monotonic()
        return world

    def _isolates(self, key: str) -> bool:
        """Return whether a call with this key may create a world: only under `--isolate`, for a key that may call."""
        if not self._settings.isolate or key in ("", DEFAULT):
            return False
        allowed = self._settings.keys
        return key in allowed if allowed else self.default.behaviour.policy(key) is not None

    def _world_name(self, key: str, known: Collection[str]) -> str:
        """Return the name of the world that a key uses; it need not exist yet."""
        isolates = self._settings.isolate and key not in known
        return self.default.behaviour.user(key) if isolates else key

    def of_pod(self, pod: str) -> World | None:
        """Return the world whose object names contain this pod address, None when there is none in this process."""
        return self._pods.get(pod)

    def scheduler(self, world: World) -> Scheduler:
        """Return the scheduler of a world. Raises UnknownWorld when the world was dropped."""
        scheduler = self._schedulers.get(world.name)
        if scheduler is None:
            raise UnknownWorld(world.name)
        return scheduler

    def create(self, name: str, **choices: Any) -> World:
        """Create a world in this process. The choices are `seed`, `mode`, `speed`, `start`, `limits` and `scenario`.

        A setting that is not chosen comes from the chosen scenario, else from the flags of the server, else from the
        scenario of the server. Raises WorldExists when the name is taken, TooManyWorlds when there is no room.
        """
        if name in self._worlds:
            raise WorldExists(name)
        self._make_room()
        world = self._new(name, **choices)
        self._adopt(world, Scheduler(world, self._send))
        return world

    def _adopt(self, world: World, scheduler: Scheduler) -> None:
        self._worlds[world.name] = self._pods[world.pod] = world
        self._schedulers[world.name] = scheduler
        self._last_used[world.name] = time.monotonic()

    def _new(
        self,
        name: str,
        *,
        seed: int | None = None,
        mode: ClockMode | None = None,
        speed: float | None = None,
        start: float | None = None,
        limits: Limits | None = None,
        scenario: Scenario | None = None,
    ) -> World:
        """Return a new world that is not registered yet."""
        chosen, own = self._settings, scenario or ORDINARY
        shared = self.default.behaviour.scenario if self._worlds else chosen.scenario
        by_flags = _explicit_in(chosen) if scenario is None else frozenset()
        return new_world(
            name,
            seed=first_set(seed, own.seed, chosen.seed, shared.seed, 0),
            mode=first_set(mode, own.clock.mode, chosen.mode, shared.clock.mode, ClockMode.LIVE),
            speed=first_set(speed, own.clock.speed, chosen.speed, shared.clock.speed, 1.0),
            start=first_set(start, own.clock.start, chosen.start, shared.clock.start, time.time()),
            limits=first_set(limits, own.limits, chosen.limits, shared.limits, NO_LIMITS),
            scenario=shared if scenario is None else scenario,
            explicit_settings=_set_names(seed=seed, mode=mode, speed=speed, limits=limits) | by_flags,
            pod=self._pod(name),
            memory=self._journals,
            parts=None if self.store_session is None else self.store_session.world_parts(),
        )

    async def drop(self, name: str) -> bool:
        """Drop a world and everything in it. Returns False when it does not exist, or is the default world."""
        name = self.resolved(name)
        if self.store_session is not None and name != DEFAULT:
            return await self._drop_stored(name, self.store_session)
        world = None if name == DEFAULT else self._worlds.get(name)
        if world is None:
            return False
        scheduler = self._forget(world)
        await scheduler.close()
        await world.shelf.wipe()
        return True

    async def _drop_stored(self, name: str, session: StoreSession) -> bool:
        async with session.directory_space:
            record = session.directory.worlds.get(name)
            if record is not None:
                session.directory.remove(name)
        world = self._worlds.get(name)
        if world is not None:
            scheduler = self._forget(world)
            await scheduler.close()
            await session.detach(world)
        if record is not None:
            await session.store.drop(record.space)
        return record is not None

    def close_worlds(self) -> None:
        """Close every world, and stop its scheduler."""
        for name, world in self._worlds.items():
            world.close()
            self._schedulers[name].stop()

    async def close(self) -> None:
        """Close every scheduler, and disconnect from the store."""
        for scheduler in self._schedulers.values():
            await scheduler.close()
        if self.store_session is not None:
            await self.store_session.close()

    def _forget(self, world: World) -> Scheduler:
        del self._worlds[world.name], self._pods[world.pod], self._last_used[world.name]
        self._open_names -= {world.name} - {DEFAULT}
        scheduler = self._schedulers.pop(world.name)
        world.close()
        world.journal.leave()
        scheduler.stop()
        return scheduler

    def _make_room(self) -> None:
        """If the server is full, drop the idlest world of this process. Raises TooManyWorlds when none is idle."""
        if len(self._worlds) < MAX_WORLDS:
            return
        self._forget(self._worlds[self._idlest()])

    def _idlest(self) -> str:
        """Return the world without a request for the longest time. Raises TooManyWorlds below `IDLE_SECONDS`."""
        oldest = min((name for name in self._last_used if name != DEFAULT), key=self._last_used.__getitem__)
        if time.monotonic() - self._last_used[oldest] < IDLE_SECONDS:
            raise TooManyWorlds
        return oldest

    def _pod(self, name: str) -> str:
        """Return a free pod address: eight hexadecimal digits, derived from the name so that runs repeat."""
        if name == DEFAULT:
            return DEFAULT_POD
        number = int.from_bytes(blake2b(name.encode(), digest_size=3).digest())
        session = self.store_session
        used = self._pods if session is None else {record.pod for record in session.directory.worlds.values()}
        while (pod := f"0a{number:06x}") in used:
            number = (number + 1) % (1 << 24)
        return pod


def _set_names(**choices: object) -> frozenset[str]:
    return frozenset(name for name, choice in choices.items() if choice is not None)


def _explicit_in(settings: Settings) -> frozenset[str]:
    return _set_names(seed=settings.seed, mode=settings.mode, speed=settings.speed, limits=settings.limits)
