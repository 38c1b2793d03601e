"""A store that is emptied under running servers: the default world is there again, and all agree on it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from ark_emulator.runtime.persistence import store_session
from ark_emulator.runtime.world.world import DEFAULT
from ark_emulator.stores.redis.redis_store import RedisStore
from ark_emulator.stores.store import DIRECTORY

from tests.support.caller import Caller
from tests.support.dict_store import Common, DictStore
from tests.support.redis_server import RedisServer

SOON = 20.0


@pytest.fixture
def replicas(
    serve_on: Callable[..., Awaitable[Caller]], mortal_redis: RedisServer
) -> Callable[..., Awaitable[list[Caller]]]:
    """Starts servers with these names on one Redis."""

    async def start_some(*names: str, **chosen: Any) -> list[Caller]:
        return [await serve_on(RedisStore(mortal_redis.url, process_id=name), **chosen) for name in names]

    return start_some


async def until(look: Callable[..., Awaitable[bool]]) -> None:
    """Waits until a look finds something."""
    async with asyncio.timeout(SOON):
        while not await look():  # noqa: ASYNC110 - another program or the server's watch decides when
            await asyncio.sleep(0.01)  # real time: see above


def space_of(ark: Caller) -> str:
    """Where a server takes the records of its default world to be."""
    return ark.running.engine.worlds.store_session.directory.worlds[DEFAULT].space


async def assert_all_go_on(servers: list[Caller]) -> str:
    """What was there is gone, and what one does from now on the others show."""
    one, *others = servers
    name = await one.create()
    for each in others:
        assert await each.status(name) in ("queued", "running")
        assert (await each.call("POST", "/_emulator/clock/advance", None, json={"seconds": 1})).status == 200
    assert len({(await each.call("GET", f"{each.tasks}/{name}")).body for each in servers}) == 1
    for each in servers:
        assert [task["id"] for task in (await each.control("GET", "tasks"))["items"]] == [name]
        assert (await each.control("GET", "worlds"))["total"] == 1
    assert len({space_of(each) for each in servers}) == 1
    return name


async def test_a_redis_that_is_emptied_loses_no_default_world(
    replicas: Callable[..., Awaitable[list[Caller]]], mortal_redis: RedisServer
) -> None:
    one, two, three = await replicas("one", "two", "three")
    lost = (await one.create(), await one.create())[1]  # ids begin anew: the first one comes again
    await one.control("POST", "worlds", {"api_key": "sk-own"})
    assert await three.status(lost) == "queued"
    mortal_redis.command("FLUSHALL")
    kept = await assert_all_go_on([two, one, three])
    assert (await one.call("GET", f"{one.tasks}/{lost}")).status == 404
    assert (await one.call("GET", "/_emulator/clock?world=sk-own")).status == 404
    (late,) = await replicas("late")
    assert await late.status(kept) == await one.status(kept)


async def test_a_redis_that_comes_back_without_its_data_needs_no_restart(
    replicas: Callable[..., Awaitable[list[Caller]]], mortal_redis: RedisServer
) -> None:
    (alone,) = await replicas("alone")
    lost = await alone.create()
    mortal_redis.kill()
    mortal_redis.start()

    async def forgotten() -> bool:
        return (await alone.call("GET", f"{alone.tasks}/{lost}")).status == 404

    await until(forgotten)
    kept = await assert_all_go_on([alone])
    await alone.running.stop()
    (late,) = await replicas("late")
    assert await late.status(kept) == "queued"


async def test_many_who_come_at_once_after_that_agree(
    replicas: Callable[..., Awaitable[list[Caller]]], mortal_redis: RedisServer
) -> None:
    servers = await replicas("one", "two", "three")
    await asyncio.gather(*(each.create() for each in servers))
    mortal_redis.command("FLUSHALL")
    names = await asyncio.gather(*(each.create() for each in servers * 4))
    assert len(set(names)) == len(names)
    for each in servers:
        assert {task["id"] for task in (await each.control("GET", "tasks"))["items"]} == set(names)


async def test_a_server_takes_over_the_default_world_that_a_new_one_has_entered(
    replicas: Callable[..., Awaitable[list[Caller]]], mortal_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_session, "CHANGES_INTERVAL", 3_600.0)
    old, two = await replicas("old", "two")
    lost = (await old.create(), await old.create())[1]  # ids begin anew: the first one comes again
    assert await two.status(lost) == "queued"
    before = space_of(old)
    mortal_redis.command("FLUSHALL")
    (new,) = await replicas("new")
    await assert_all_go_on([new, old, two])
    assert space_of(old) != before
    assert (await old.call("GET", f"{old.tasks}/{lost}")).status == 404


async def test_one_that_nobody_asks_enters_it_too(
    serve_on: Callable[..., Awaitable[Caller]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_session, "HEARTBEAT_INTERVAL", 0.0)
    monkeypatch.setattr(store_session, "CHANGES_INTERVAL", 0.01)
    common = Common()
    alone = await serve_on(DictStore(common, "alone"))
    common.spaces.clear()

    async def entered() -> bool | dict[str, Any]:
        return DIRECTORY in common.spaces and common.spaces[DIRECTORY].records

    await until(entered)
    assert list(common.spaces[DIRECTORY].records) == [f"world:{DEFAULT}"]
    assert await alone.create()
