"""A server on an SQLite file is killed twenty times under load: nothing that was acknowledged is lost."""

import asyncio
import os
import random
import time
from pathlib import Path

from tests.support.durability.audit import called_back, judge_sights, judge_world, opened
from tests.support.durability.fleet import Fleet
from tests.support.durability.post import receiving
from tests.support.durability.processes import Served, nursery

KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("SEED", "8"))
SPEED = 25
SCENARIO = """
version: 1
name: quick
outcomes:
  - {when: {nth: 5}, then: [{queued: 1s}, {running: 2s}, {failed: InternalServiceError}]}
  - {then: [{queued: 1s..6s}, {running: 2s..12s}, succeeded]}
"""


async def killed(served: Served, dice: random.Random) -> list[float]:
    """Kill a server again and again, at moments that chance chooses; answers with these."""
    kills = []
    for _ in range(KILLS):
        await asyncio.sleep(dice.uniform(0.05, 0.6))  # real time: the fleet is at work
        served.kill()
        kills.append(time.monotonic())
        await served.start()
    return kills


async def test_nothing_acknowledged_is_lost_by_a_server_that_is_killed_twenty_times(tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text(SCENARIO, "utf-8")
    store = f"sqlite:{tmp_path / 'worlds.db'}"
    keys = [f"sk-{number}" for number in range(8)]
    with nursery(tmp_path) as starter:
        flags = ("--speed", str(SPEED), "--scenario", str(tmp_path / "quick.yaml"))
        served = Served(starter, "--store", store, *flags)
        await served.start()
        async with receiving(SEED) as post, Fleet([served.url], post.url, keys, SEED) as fleet:
            kills = await killed(served, random.Random(SEED))
            await fleet.finish()
            await called_back(fleet, post)
            await fleet.settled("default")
            served.stop()
    hung = sum(map(post.unsettled, kills))
    assert len(fleet.made) > 5 * KILLS
    assert hung > KILLS, "the kills hit nothing"
    judge_sights(fleet)
    assert post.unexplained(kills) == []
    async with opened(store) as (world,):
        await judge_world(world, fleet.made)
