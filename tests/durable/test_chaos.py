"""Replicas that share a store are killed one after the other under load: their clients finish everything."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from ark_emulator.runtime.world.world import World

from tests.support.durability.audit import busiest, called_back, judge_sights, judge_world, opened
from tests.support.durability.fleet import Fleet, Made
from tests.support.durability.observer import Observer
from tests.support.durability.post import Post, receiving
from tests.support.durability.processes import Served, nursery
from tests.support.redis_server import RedisServer

KILLS = int(os.environ.get("KILLS", "7"))
SEED = int(os.environ.get("SEED", "8"))
SPEED = 20
SLOTS = 2
KEYS = ("sk-one", "sk-two", "sk-narrow", "sk-own")
"""The last two have worlds of their own, the others share the default one."""
QUICK = {
    "version": 1,
    "name": "quick",
    "outcomes": [
        {"when": {"nth": 4}, "then": [{"queued": "1s"}, {"running": "2s"}, {"failed": "InternalServiceError"}]},
        {"then": [{"queued": "1s..6s"}, {"running": "2s..12s"}, "succeeded"]},
    ],
}
NARROW = {**QUICK, "name": "narrow", "limits": {"concurrent": SLOTS, "queued": 50}}


@dataclass
class Ground:
    """The servers, and a way to steer them."""

    urls: list[str]
    session: aiohttp.ClientSession

    async def control(
        self, place: int, method: str, path: str, document: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """What one server says to a call of the control API."""
        url = f"{self.urls[place % len(self.urls)]}/_emulator/{path}"
        async with self.session.request(method, url, json=document) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def prepare(self) -> None:
        """Worlds of all kinds."""
        clock = {"mode": "live", "speed": SPEED}
        await self.control(0, "PUT", "scenario", {"scenario": QUICK})
        await self.control(0, "POST", "worlds", {"api_key": "sk-narrow", "scenario": NARROW, "clock": clock})
        await self.control(1, "POST", "worlds", {"api_key": "sk-own", "scenario": QUICK, "clock": clock})

    async def judge_agreement(self) -> None:
        """Every server has the same tasks, money and time."""
        await self.control(0, "POST", "clock/freeze")
        rooms = ("clock", "ledger", "tasks?limit=1000", "callbacks?limit=1000")
        for room in rooms:
            told = [await self.control(place, "GET", room) for place in range(len(self.urls))]
            assert all(each == told[0] for each in told), room
        await self.control(1, "POST", "clock/resume")
        now = [(await self.control(place, "GET", "clock"))["now"] for place in range(2 * len(self.urls))]
        assert now == sorted(now)


def made_in(fleet: Fleet, world: World) -> list[Made]:
    """The tasks of a world."""
    own = world.name if world.name != "default" else None
    return [made for made in fleet.made if (made.key if made.key in KEYS[2:] else None) == own]


async def judged(fleet: Fleet, post: Post, observer: Observer, kills: list[float], store: str) -> None:
    """What must hold at the end."""
    judge_sights(fleet)
    assert post.unexplained(kills) == []
    assert [turn for turn, times in observer.moves().items() if times != 1] == []
    async with opened(store) as worlds:
        assert {world.name for world in worlds} == {"default", *KEYS[2:]}
        told = observer.moves()
        for world in worlds:
            await judge_world(world, made_in(fleet, world))
            tasks = (await world.shelf.page(lambda task: True, 0, 1 << 60)).items
            assert [task.id for task in tasks if not any(told[world.name, task.id, "move", end] for end in ENDS)] == []
        assert [await busiest(world) for world in worlds if world.name == "sk-narrow"] == [SLOTS]


ENDS = ("succeeded", "failed", "cancelled", "expired")


async def played(
    ground: Ground, store: str, trouble: Callable[..., Awaitable[list[float]]]
) -> tuple[Fleet, Post, Observer, list[float]]:
    """A fleet at work while there is trouble, which answers with its moments; and what must hold then."""
    async with (
        receiving(SEED) as post,
        Observer(store) as observer,
        Fleet(ground.urls, post.url, KEYS * 2, SEED, most=4) as fleet,
    ):
        kills = await trouble()
        await fleet.finish()
        await called_back(fleet, post)
        await fleet.settled("default", *KEYS[2:])
        await ground.judge_agreement()
    return fleet, post, observer, kills


async def test_replicas_that_are_killed_in_turn_lose_and_double_nothing(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    pytest.importorskip("redis")
    store = f"{redis_server.url}?prefix=chaos{SEED}"
    with nursery(tmp_path) as starter:
        replicas = [Served(starter, "--store", store, "--speed", str(SPEED)) for _ in range(3)]

        async def trouble() -> list[float]:
            kills = []
            for turn in range(KILLS):
                await asyncio.sleep(0.9)  # real time: the fleet is at work
                replica = replicas[turn % 3]
                replica.kill()
                kills.append(time.monotonic())
                await asyncio.sleep(0.1)  # real time: the others notice nothing yet
                await replica.start()
            return kills

        await asyncio.gather(*(replica.start() for replica in replicas))
        async with aiohttp.ClientSession() as session:
            ground = Ground([replica.url for replica in replicas], session)
            await ground.prepare()
            found = await played(ground, store, trouble)
        for replica in replicas:
            replica.stop()
    await judged(*found, store)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="workers are found in /proc")
async def test_workers_that_are_killed_in_turn_lose_and_double_nothing(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'worlds.db'}"
    dice = random.Random(SEED)
    with nursery(tmp_path) as starter:
        served = Served(starter, "--store", store, "--speed", str(SPEED), "--workers", "3")

        async def trouble() -> list[float]:
            kills = []
            for _ in range(KILLS - 3):
                await asyncio.sleep(1)  # real time: the fleet is at work
                served.kill_worker(dice.randrange(3))
                kills.append(time.monotonic())
            return kills

        await served.start()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
            ground = Ground([served.url] * 3, session)
            await ground.prepare()
            found = await played(ground, store, trouble)
        served.stop()
    await judged(*found, store)
