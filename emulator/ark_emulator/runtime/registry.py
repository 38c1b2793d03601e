"""All worlds of a server: found by name, by API key or by the pod address in an object's name."""

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

MOST: Final = 10_000
"""How many worlds a server holds; a further one is refused."""
IDLE: Final = 3_600.0
"""Real seconds after which a world that nobody spoke to may be forgotten, when room is needed."""


Value = TypeVar("Value")


def first(*choices: Value | None) -> Value:
    """The first choice that was made; the last one always is."""
    return next(choice for choice in choices if choice is not None)


class TooManyWorlds(Exception):
    """The server is full of worlds that are in use."""


class UnknownWorld(Exception):
    """There is no world of that name, or there is none any more."""


class WorldExists(Exception):
    """A world of that name is there already."""


class Registry:
    """Makes, finds and drops worlds. The default one is always there."""

    def __init__(self, settings: Settings, send: Send, store: Store | None = None) -> None:
        self._settings = settings
        self._send = send
        self.keeping = None if store is None else StoreSession(store)
        self._bringing: dict[str, asyncio.Task[World]] = {}
        self._leaving: asyncio.Future[Any] | None = None
        self._born: WorldRecord | None = None
        self._entering = asyncio.Lock()
        self._worlds: dict[str, World] = {}
        self._journals = JournalMemory()
        self._pods: dict[str, World] = {}
        self._pulses: dict[str, Scheduler] = {}
        self._seen: dict[str, float] = {}
        self._open_names = {DEFAULT}
        self.default = self.create(DEFAULT)

    async def open(self) -> Sequence[str]:
        """Let the worlds be what the store has kept of them, where there is one; tells what the default world has
        otherwise than was chosen. Raises Unfit and StoreGone.
        """
        keeping = self.keeping
        if keeping is None:
            return ()
        await keeping.open()
        async with keeping.directory:
            kept = DEFAULT in keeping.names.worlds
            if not kept:
                keeping.names.add(DEFAULT, record_of_world(self.default))
        keeping.names.on_dropped = self._gone
        self._born = keeping.names.worlds[DEFAULT]
        await keeping.attach(self.default, self._born, self._pulses[DEFAULT])
        if not keeping.shared:
            await self.bring_all()
        keeping.watch(self._pulse_of)
        return ignored_settings(self._settings, self.default) if kept else ()

    async def bring(self, key: str, pod: str | None = None, *, isolates: bool = False) -> None:
        """Let the world of that name, or of that pod, be here and up to date; the default one where there is none.

        One that `isolates` is made where every key has a world of its own. Raises StoreGone, TooManyWorlds.
        """
        keeping, key = self.keeping, self.resolved(key)
        if keeping is None:
            return
        name = self._pods[pod].name if pod in self._pods else self._home(key, keeping.names.worlds)
        await keeping.refresh(
            *{self._worlds.get(name, self.default).name: self._worlds.get(name, self.default)}.values()
        )
        await self._keep_default(keeping)
        name = (keeping.names.of_pod(pod) if pod is not None else None) or self._home(key, keeping.names.worlds)
        if name in self._worlds:
            return
        if name not in keeping.names.worlds and isolates and self._isolates(name):
            with suppress(WorldExists):
                await self.make(name, by_call=True)
        if name in keeping.names.worlds:
            await self._bring(name)

    async def bring_all(self) -> None:
        """Let every world there is be here."""
        if self.keeping is not None:
            for name in tuple(self.keeping.names.worlds):
                await self._bring(name)

    async def make(self, name: str, *, by_call: bool = False, **choices: Any) -> World:
        """Return a new world, as `create` makes it, known to everybody; `by_call` where a key that called wants one."""
        world = await self._made(name, **choices)
        if not by_call:
            self._open_names.add(name)
        return world

    async def _made(self, name: str, **choices: Any) -> World:
        keeping = self.keeping
        if keeping is None:
            return self.create(name, **choices)
        if len(keeping.names.worlds) >= MOST and not keeping.shared:
            await self._drop_kept(self._idlest(), keeping)
        async with keeping.directory:
            if name in keeping.names.worlds:
                raise WorldExists(name)
            if len(keeping.names.worlds) >= MOST:
                raise TooManyWorlds
            keeping.names.add(name, record_of_world(self._new(name, **choices)))
        return await self._bring(name)

    async def _bring(self, name: str) -> World:
        """A world of the directory, loaded if it is not here yet; once, however many ask."""
        if name in self._worlds:
            return self._worlds[name]
        if name not in self._bringing:
            self._bringing[name] = asyncio.get_running_loop().create_task(self._load(name))
        try:
            return await asyncio.shield(self._bringing[name])
        finally:
            if name in self._bringing and self._bringing[name].done():
                del self._bringing[name]

    async def _load(self, name: str) -> World:
        keeping = self.keeping
        birth = None if keeping is None else keeping.names.worlds.get(name)
        if keeping is None or birth is None:
            raise UnknownWorld(name)
        world = keeping.build_world(name, birth)
        pulse = Scheduler(world, self._send)
        await keeping.attach(world, birth, pulse)
        self._adopt(world, pulse)
        return world

    async def _keep_default(self, keeping: StoreSession) -> None:
        """Enter the default world anew where the store was emptied, or be the one that another process has entered.

        It is entered as it was made, in the same space: processes that knew it agree, whichever of them is first.
        """
        if keeping.is_attached(self.default):
            return
        async with self._entering:
            if keeping.is_attached(self.default):
                return
            async with keeping.directory:
                if DEFAULT not in keeping.names.worlds:
                    keeping.names.add(DEFAULT, self._born or record_of_world(self.default))
                self._born = keeping.names.worlds[DEFAULT]
            if not keeping.is_attached(self.default):  # it is tied already where it was entered as it was
                pulse = self._pulses[DEFAULT]
                pulse.cancel_attempts()
                await keeping.detach(self.default)
                await keeping.attach(self.default, self._born, pulse)

    async def _pulse_of(self, name: str) -> Scheduler:
        if name == DEFAULT and self.keeping is not None:
            await self._keep_default(self.keeping)
        return self.pulse(await self._bring(name))

    def _gone(self, name: str) -> None:
        """Somebody else has dropped a world. The default one stays: it is entered anew as soon as it is wanted."""
        world = None if name == DEFAULT else self._worlds.get(name)
        if world is not None:
            pulse, keeping = self._forget(world), self.keeping
            pulse.cancel_attempts()
            if keeping is not None:
                self._leaving = asyncio.gather(keeping.detach(world), return_exceptions=True)

    @property
    def store(self) -> str:
        """Where the worlds are kept, in a word."""
        return "memory:" if self.keeping is None else self.keeping.store.name

    @property
    def well(self) -> bool:
        """True unless the store could not be read or written when that was tried last, or holds what makes no sense."""
        return self.keeping is None or self.keeping.healthy

    def __len__(self) -> int:
        return len(self._worlds) if self.keeping is None else max(1, len(self.keeping.names.worlds))

    def __iter__(self) -> Iterator[World]:
        return iter(tuple(self._worlds.values()))

    def get(self, name: str) -> World | None:
        """Return the world of that name or label."""
        return self._worlds.get(self.resolved(name))

    def label(self, world: World) -> str:
        """Return the name under which lists show a world: where a key that called has named it, one that hides the key.

        It is the beginning of the key and the address of the world, and may be used in place of the key.
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
        if found is None and self.keeping is not None:
            found = self.keeping.names.of_pod(pod)
        return found if found is not None and world_label(found, pod) == name else name

    def of_key(self, key: str) -> World:
        """The world an API key belongs to: its own if it has one, else the default.

        Under `--isolate` one is made for a key that may call and has none.

        Under `--isolate` the keys that a scenario gives to one user share the world of that user's name. Raises
        TooManyWorlds when one would have to be made and there is no room.
        """
        world = self._worlds.get(key) if len(self._worlds) > 1 else None
        if world is None:
            if not self._isolates(key):
                return self.default
            name = self._home(key, self._worlds)
            world = self._worlds.get(name) or self.create(name)
        self._seen[world.name] = time.monotonic()
        return world

    def _isolates(self, key: str) -> bool:
        """Return whether a call with this key may create a world: only under `--isolate`, for a key that may call."""
        if not self._settings.isolate or key in ("", DEFAULT):
            return False
        allowed = self._settings.keys
        return key in allowed if allowed else self.default.behaviour.policy(key) is not None

    def _home(self, key: str, known: Collection[str]) -> str:
        """Return the name of the world where a key is at home, which need not exist yet."""
        isolates = self._settings.isolate and key not in known
        return self.default.behaviour.user(key) if isolates else key

    def of_pod(self, pod: str) -> World | None:
        """The world whose object names carry this pod address."""
        return self._pods.get(pod)

    def pulse(self, world: World) -> Scheduler:
        """The pulse of a world. Raises UnknownWorld when it was dropped."""
        pulse = self._pulses.get(world.name)
        if pulse is None:
            raise UnknownWorld(world.name)
        return pulse

    def create(self, name: str, **choices: Any) -> World:
        """A new world. What is not said is as its scenario has it, else as the server was started, else as that
        server's scenario has it. The choices are `seed`, `mode`, `speed`, `start`, `limits` and `scenario`.

        Raises WorldExists when the name is taken, TooManyWorlds when there is no room.
        """
        if name in self._worlds:
            raise WorldExists(name)
        self._make_room()
        world = self._new(name, **choices)
        self._adopt(world, Scheduler(world, self._send))
        return world

    def _adopt(self, world: World, pulse: Scheduler) -> None:
        self._worlds[world.name] = self._pods[world.pod] = world
        self._pulses[world.name] = pulse
        self._seen[world.name] = time.monotonic()

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
        """A world that nobody knows of yet."""
        kept: dict[str, Any] = {}
        if self.keeping is not None:
            kept = {"real": self.keeping.wall_clock, "shelf": self.keeping.shelf()}
        chosen, own = self._settings, scenario or ORDINARY
        shared = self.default.behaviour.scenario if self._worlds else chosen.scenario
        by_flags = _said_of(chosen) if scenario is None else frozenset()
        return new_world(
            name,
            seed=first(seed, own.seed, chosen.seed, shared.seed, 0),
            mode=first(mode, own.clock.mode, chosen.mode, shared.clock.mode, ClockMode.LIVE),
            speed=first(speed, own.clock.speed, chosen.speed, shared.clock.speed, 1.0),
            start=first(start, own.clock.start, chosen.start, shared.clock.start, time.time()),
            limits=first(limits, own.limits, chosen.limits, shared.limits, NO_LIMITS),
            scenario=shared if scenario is None else scenario,
            chosen=_said(seed=seed, mode=mode, speed=speed, limits=limits) | by_flags,
            pod=self._pod(name),
            memory=self._journals,
            **kept,
        )

    async def drop(self, name: str) -> bool:
        """Forget a world and everything in it; False when there is none. The default one stays."""
        name = self.resolved(name)
        if self.keeping is not None and name != DEFAULT:
            return await self._drop_kept(name, self.keeping)
        world = None if name == DEFAULT else self._worlds.get(name)
        if world is None:
            return False
        pulse = self._forget(world)
        await pulse.close()
        await world.shelf.wipe()
        return True

    async def _drop_kept(self, name: str, keeping: StoreSession) -> bool:
        async with keeping.directory:
            birth = keeping.names.worlds.get(name)
            if birth is not None:
                keeping.names.remove(name)
        world = self._worlds.get(name)
        if world is not None:
            pulse = self._forget(world)
            await pulse.close()
            await keeping.detach(world)
        if birth is not None:
            await keeping.store.drop(birth.space)
        return birth is not None

    def end(self) -> None:
        """Let every world know that it ends, and no more time pass in it."""
        for name, world in self._worlds.items():
            world.close()
            self._pulses[name].stop()

    async def close(self) -> None:
        """Stop every pulse."""
        for pulse in self._pulses.values():
            await pulse.close()
        if self.keeping is not None:
            await self.keeping.close()

    def _forget(self, world: World) -> Scheduler:
        del self._worlds[world.name], self._pods[world.pod], self._seen[world.name]
        self._open_names -= {world.name} - {DEFAULT}
        pulse = self._pulses.pop(world.name)
        world.close()
        world.journal.leave()
        pulse.stop()
        return pulse

    def _make_room(self) -> None:
        """When full, forget the world that was silent longest, if it was silent long enough."""
        if len(self._worlds) < MOST:
            return
        self._forget(self._worlds[self._idlest()])

    def _idlest(self) -> str:
        """The world that was silent longest. Raises TooManyWorlds when it was not silent long enough."""
        oldest = min((name for name in self._seen if name != DEFAULT), key=self._seen.__getitem__)
        if time.monotonic() - self._seen[oldest] < IDLE:
            raise TooManyWorlds
        return oldest

    def _pod(self, name: str) -> str:
        """An address of eight hexadecimal digits for a world: it follows from the name, so that runs repeat."""
        if name == DEFAULT:
            return DEFAULT_POD
        number = int.from_bytes(blake2b(name.encode(), digest_size=3).digest())
        taken = self._pods if self.keeping is None else {birth.pod for birth in self.keeping.names.worlds.values()}
        while (pod := f"0a{number:06x}") in taken:
            number = (number + 1) % (1 << 24)
        return pod


def _said(**choices: object) -> frozenset[str]:
    return frozenset(name for name, choice in choices.items() if choice is not None)


def _said_of(settings: Settings) -> frozenset[str]:
    return _said(seed=settings.seed, mode=settings.mode, speed=settings.speed, limits=settings.limits)
