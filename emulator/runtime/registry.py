"""All worlds of a server: found by name, by API key or by the pod address in an object's name."""

import time
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final, TypeVar

from emulator.core.clock import ClockMode
from emulator.core.limits import NO_LIMITS, Limits
from emulator.core.scenario import DEFAULT as ORDINARY
from emulator.core.scenario import Scenario
from emulator.runtime.pulse import Pulse, Send
from emulator.runtime.settings import Settings
from emulator.runtime.worlds import DEFAULT, DEFAULT_POD, World, new_world

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

    def __init__(self, settings: Settings, send: Send) -> None:
        self._settings = settings
        self._send = send
        self._worlds: dict[str, World] = {}
        self._pods: dict[str, World] = {}
        self._pulses: dict[str, Pulse] = {}
        self._seen: dict[str, float] = {}
        self.default = self.create(DEFAULT)

    def __len__(self) -> int:
        return len(self._worlds)

    def __iter__(self) -> Iterator[World]:
        return iter(tuple(self._worlds.values()))

    def get(self, name: str) -> World | None:
        """The world of that name."""
        return self._worlds.get(name)

    def of_key(self, key: str) -> World:
        """The world an API key belongs to: its own if it has one, one made for it under `--isolate`, else the default.

        Raises TooManyWorlds when one would have to be made and there is no room.
        """
        world = self._worlds.get(key) if len(self._worlds) > 1 else None
        if world is None:
            if not self._settings.isolate or not key:
                return self.default
            world = self.create(key)
        self._seen[world.name] = time.monotonic()
        return world

    def of_pod(self, pod: str) -> World | None:
        """The world whose object names carry this pod address."""
        return self._pods.get(pod)

    def pulse(self, world: World) -> Pulse:
        """The pulse of a world. Raises UnknownWorld when it was dropped."""
        pulse = self._pulses.get(world.name)
        if pulse is None:
            raise UnknownWorld(world.name)
        return pulse

    def create(
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
        """A new world. What is not said is as its scenario has it, else as the server was started, else as that
        server's scenario has it.

        Raises WorldExists when the name is taken, TooManyWorlds when there is no room.
        """
        if name in self._worlds:
            raise WorldExists(name)
        self._make_room()
        chosen, own = self._settings, scenario or ORDINARY
        shared = self.default.behaviour.scenario if self._worlds else chosen.scenario
        by_flags = _said_of(chosen) if scenario is None else frozenset()
        world = new_world(
            name,
            seed=first(seed, own.seed, chosen.seed, shared.seed, 0),
            mode=first(mode, own.clock.mode, chosen.mode, shared.clock.mode, ClockMode.LIVE),
            speed=first(speed, own.clock.speed, chosen.speed, shared.clock.speed, 1.0),
            start=first(start, own.clock.start, chosen.start, shared.clock.start, time.time()),
            limits=first(limits, own.limits, chosen.limits, shared.limits, NO_LIMITS),
            scenario=shared if scenario is None else scenario,
            chosen=_said(seed=seed, mode=mode, speed=speed, limits=limits) | by_flags,
            pod=self._pod(name),
        )
        self._worlds[name] = self._pods[world.pod] = world
        self._pulses[name] = Pulse(world, self._send)
        self._seen[name] = time.monotonic()
        return world

    def switch(self, world: World, scenario: Scenario) -> None:
        """Let a world go on with another scenario. Limits are those chosen for it, else the scenario's, else the
        server's.
        """
        own = world.lanes.limits if "limits" in world.chosen else None
        world.switch(scenario, first(own, scenario.limits, self._settings.limits, NO_LIMITS))

    def renew(self, scenario: Scenario) -> None:
        """Let the default world, and every world that shares its scenario, go on with another one."""
        shared = self.default.behaviour.scenario
        for world in self:
            if world.behaviour.scenario is shared:
                self.switch(world, scenario)

    async def drop(self, name: str) -> bool:
        """Forget a world and everything in it; False when there is none. The default one stays."""
        world = None if name == DEFAULT else self._worlds.get(name)
        if world is None:
            return False
        pulse = self._forget(world)
        await pulse.close()
        await world.shelf.wipe()
        return True

    def end(self) -> None:
        """Let every world know that it ends, and no more time pass in it."""
        for name, world in self._worlds.items():
            world.end()
            self._pulses[name].hush()

    async def close(self) -> None:
        """Stop every pulse."""
        for pulse in self._pulses.values():
            await pulse.close()

    def _forget(self, world: World) -> Pulse:
        del self._worlds[world.name], self._pods[world.pod], self._seen[world.name]
        pulse = self._pulses.pop(world.name)
        world.end()
        pulse.hush()
        return pulse

    def _make_room(self) -> None:
        """When full, forget the world that was silent longest, if it was silent long enough."""
        if len(self._worlds) < MOST:
            return
        oldest = min((name for name in self._seen if name != DEFAULT), key=self._seen.__getitem__)
        if time.monotonic() - self._seen[oldest] < IDLE:
            raise TooManyWorlds
        self._forget(self._worlds[oldest])

    def _pod(self, name: str) -> str:
        """An address of eight hexadecimal digits for a world: it follows from the name, so that runs repeat."""
        if name == DEFAULT:
            return DEFAULT_POD
        number = int.from_bytes(blake2b(name.encode(), digest_size=3).digest())
        while (pod := f"0a{number:06x}") in self._pods:
            number = (number + 1) % (1 << 24)
        return pod


def _said(**choices: object) -> frozenset[str]:
    return frozenset(name for name, choice in choices.items() if choice is not None)


def _said_of(settings: Settings) -> frozenset[str]:
    return _said(seed=settings.seed, mode=settings.mode, speed=settings.speed, limits=settings.limits)
