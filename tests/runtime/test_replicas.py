"""Processes that share a store: what one does the others know, and what one leaves undone another does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.persistence import store_session

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller
from tests.support.dict_store import Common, DictStore

GATEWAY = "/orcarouter/v1/video/generations"
REQUEST = {"model": "byteplus/dreamina-seedance-2-0-260128", "prompt": "a cat", "duration": 5}
SOON = 10.0


@pytest.fixture
def common() -> Common:
    return Common()


@pytest.fixture
def replicas(serve_on: Callable[..., Awaitable[Caller]], common: Common) -> Callable[..., Awaitable[list[Caller]]]:
    """Starts so many servers on one store."""

    async def start_some(number: int, **chosen: Any) -> list[Caller]:
        return [await serve_on(DictStore(common, f"replica-{place}"), **chosen) for place in range(number)]

    return start_some


async def until(look: Callable[..., Awaitable[list[dict[Any, Any]]]]) -> bool | list[dict[Any, Any]]:
    """Waits until a look finds something; answers with it."""
    async with asyncio.timeout(SOON):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0)  # other processes decide when


def vanish(ark: Caller, common: Common) -> None:
    """Let a replica die: it neither writes nor sends from now on."""
    store = ark.running.engine.worlds.store_session.store
    store.common = replace(common, gone="killed")
    common.kill(store.process_id)
    for world in ark.running.engine.worlds:
        pulse = ark.running.engine.worlds.scheduler(world)
        pulse.stop()
        pulse.cancel_attempts()


async def test_what_one_does_the_other_shows(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two = await replicas(2)
    name = await one.create()
    assert await two.status(name) == "queued"
    await two.advance(3)
    assert await one.status(name) == "running"
    await one.control("POST", f"tasks/{name}/force", {"status": "failed"})
    assert await two.status(name) == "failed"
    assert (await two.call("DELETE", f"{two.tasks}/{name}")).status == 200
    assert (await one.call("GET", f"{one.tasks}/{name}")).status == 404


async def test_two_tasks_of_one_key_never_have_the_same_id(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two = await replicas(2)
    names = await asyncio.gather(*(each.create() for each in (one, two) * 20))
    assert len(set(names)) == 40
    listed = (await one.control("GET", "tasks?limit=100"))["items"]
    assert [task["id"] for task in listed] == [
        task["id"] for task in (await two.control("GET", "tasks?limit=100"))["items"]
    ]


async def test_two_requests_never_have_the_same_id(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two = await replicas(2)
    answers = [await each.call("GET", f"{each.tasks}/cgt-none") for each in (one, two)]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 2


async def test_clock_changes_are_seen_by_all(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two, three = await replicas(3)
    await one.control("POST", "clock/resume", {"speed": 50})
    assert (await two.control("GET", "clock"))["speed"] == 50
    await two.control("POST", "clock/freeze")
    clocks = [await each.control("GET", "clock") for each in (one, two, three)]
    assert clocks[0] == clocks[1] == clocks[2]
    assert clocks[0]["mode"] == "frozen"


async def test_one_slot_is_given_once(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two = await replicas(2, limits=Limits(concurrent=1, queued=3))
    names = await asyncio.gather(*(each.create() for each in (one, two)), one.create())
    await asyncio.gather(one.advance(2), two.advance(2))
    statuses = [await two.status(name) for name in names]
    assert sorted(statuses) == ["queued", "queued", "running"]
    await one.advance(60)
    tasks = (await two.control("GET", "tasks"))["items"]
    spans = sorted((task["moves"][1]["at"], task["moves"][2]["at"]) for task in tasks)
    assert all(ended <= began for (_, ended), (began, _) in pairwise(spans))


async def test_the_queue_limit_holds_across_replicas(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    both = await replicas(2, limits=Limits(queued=5, concurrent=1))
    answers = await asyncio.gather(*(each.try_create() for each in both * 10))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 15


async def test_two_replicas_do_not_spend_the_last_cent_twice(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    rules = {"version": 1, "name": "poor", "keys": {"sk-test": {"balance": 1.0}}}
    both = await replicas(2)
    await both[0].control("PUT", "scenario", {"scenario": rules})
    answers = await asyncio.gather(*(each.call("POST", GATEWAY, json=REQUEST) for each in both * 6))
    assert {answer.status for answer in answers} == {200, 402}
    ledgers = [await each.control("GET", "ledger") for each in both]
    assert ledgers[0] == ledgers[1]
    assert ledgers[0]["balance"] >= 0
    assert len(ledgers[0]["entries"]) == sum(answer.status == 200 for answer in answers)


async def test_counts_are_common(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two = await replicas(2)
    await one.control("POST", "faults", {"on": "list", "every": 2, "status": 503})
    statuses = [(await each.call("GET", each.tasks)).status for each in (one, two, one, two)]
    assert statuses == [200, 503, 200, 503]


async def test_each_callback_is_sent_once(replicas: Callable[..., Awaitable[list[Caller]]], receiver: Receiver) -> None:
    both = await replicas(2, mode=ClockMode.LIVE, speed=20.0)
    await asyncio.gather(*(each.create(callback_url=f"{receiver.url}/{n}") for n, each in enumerate(both * 5)))
    await receiver.wait_for(30)

    async def settled() -> list[dict[Any, Any]]:
        found = (await both[0].control("GET", "callbacks"))["items"]
        return found if all(each["state"] == "delivered" for each in found) and len(found) == 30 else None

    await until(settled)
    assert [receiver.told(f"/{place}") for place in range(10)] == [["queued", "running", "succeeded"]] * 10


async def test_an_advance_tells_of_what_another_replica_let_happen(
    replicas: Callable[..., Awaitable[list[Caller]]], receiver: Receiver
) -> None:
    one, two = await replicas(2)
    names = [await each.create(callback_url=f"{receiver.url}/done") for each in (one, two)]
    effects = await two.advance(10)
    told = {(effect["kind"], effect["task"], effect["status"]) for effect in effects if effect["status"] != "queued"}
    wanted = {(kind, name, status) for kind in ("move", "callback") for name in names for status in END}
    assert told == wanted


END = ("running", "succeeded")


async def test_moves_are_told_to_those_who_listen_elsewhere(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two = await replicas(2)
    heard = []
    two.running.engine.worlds.default.listeners.append(heard.append)
    name = await one.create()
    await one.advance(10)

    async def all_told() -> bool:
        return [event["status"] for event in heard if event["kind"] == "move"] == ["queued", "running", "succeeded"]

    await until(all_told)
    assert {event["task"] for event in heard if event["kind"] == "move"} == {name}


async def test_another_moves_the_tasks_of_one_that_died(
    replicas: Callable[..., Awaitable[list[Caller]]], common: Common
) -> None:
    one, two = await replicas(2, mode=ClockMode.LIVE, speed=20.0)
    name = await one.create()
    vanish(one, common)

    async def told() -> list[str]:
        moves = (await two.control("GET", "journal?moves=1"))["moves"]
        return [each["status"] for each in moves if each["kind"] == "move" and each["task"] == name]

    async def ended() -> bool:
        return (await told())[-1:] == ["succeeded"]

    await until(ended)
    assert await two.status(name) == "succeeded"
    assert len(set(await told())) == len(await told())


async def test_another_delivers_the_callback_of_one_that_died(
    replicas: Callable[..., Awaitable[list[Caller]]],
    common: Common,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store_session, "HEARTBEAT_INTERVAL", 0.05)
    one, two = await replicas(2)
    receiver.answers["/done"] = receiver.hang
    await one.create(callback_url=f"{receiver.url}/done")
    await receiver.wait_for(1)
    receiver.answers["/done"] = 200
    vanish(one, common)
    common.real = lambda: float("inf")
    common.beats.pop("replica-0", None)
    common.beats["replica-1"] = float("inf")
    assert [each.status for each in await receiver.wait_for(2)] == ["queued", "queued"]

    async def delivered() -> bool:
        (item,) = (await two.control("GET", "callbacks"))["items"]
        return item["state"] == "delivered"

    await until(delivered)


async def test_one_that_starts_leaves_the_attempts_of_the_living_alone(
    replicas: Callable[..., Awaitable[list[Caller]]],
    serve_on: Callable[..., Awaitable[Caller]],
    common: Common,
    receiver: Receiver,
) -> None:
    (one,) = await replicas(1)
    receiver.answers["/done"] = receiver.hang
    await one.create(callback_url=f"{receiver.url}/done")
    await receiver.wait_for(1)
    await serve_on(DictStore(common, "late"))
    receiver.hold.set()

    async def delivered() -> bool:
        (item,) = (await one.control("GET", "callbacks"))["items"]
        return item["state"] == "delivered"

    await until(delivered)
    assert receiver.told() == ["queued"]


async def test_worlds_are_known_to_all(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two = await replicas(2)
    await one.control("POST", "worlds", {"api_key": "sk-own", "clock": {"mode": "frozen", "start": 5}, "seed": 3})
    name = await two.create(key="sk-own")
    assert [task["id"] for task in (await one.control("GET", "tasks?world=sk-own"))["items"]] == [name]
    assert (await one.control("GET", "tasks"))["items"] == []
    assert (await two.control("GET", "worlds")) == (await one.control("GET", "worlds"))
    assert (await two.call("POST", "/_emulator/worlds", json={"api_key": "sk-own"})).status == 409
    await two.control("DELETE", "worlds/sk-own")
    assert (await one.call("GET", "/_emulator/clock?world=sk-own")).status == 404
    await two.control("POST", "worlds", {"api_key": "sk-own"})
    assert (await one.control("GET", "tasks?world=sk-own"))["items"] == []


async def test_every_key_has_one_world_whoever_meets_it_first(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    both = await replicas(2, isolate=True)
    await asyncio.gather(*(each.create(key="sk-new") for each in both * 5))
    assert (await both[0].control("GET", "tasks?world=sk-new"))["total"] == 10
    assert (await both[1].control("GET", "health"))["worlds"] == 2


async def test_a_clip_is_served_by_whoever_is_asked(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two = await replicas(2, public_url="http://emulator.example")
    await one.control("POST", "worlds", {"api_key": "sk-own"})
    name = await one.create(key="sk-own")
    await one.control("POST", f"tasks/{name}/force?world=sk-own", {"status": "succeeded"})
    link = (await one.call("GET", f"{one.tasks}/{name}", "sk-own")).json["content"]["video_url"]
    path = link.replace("http://emulator.example", "")
    clips = [await each.call("GET", each.url + path, None) for each in (one, two)]
    assert clips[0].status == clips[1].status == 200
    assert clips[0].body == clips[1].body


async def test_a_reset_is_a_reset_for_all(replicas: Callable[..., Awaitable[list[Caller]]]) -> None:
    one, two = await replicas(2)
    await one.create()
    await two.advance(5)
    await two.control("POST", "reset")
    assert (await one.control("GET", "tasks"))["items"] == []
    assert await one.now() == await two.now() == 1_790_000_000


async def test_a_store_that_is_gone_is_told_of_and_needs_no_restart(
    replicas: Callable[..., Awaitable[list[Caller]]], common: Common, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = await replicas(2)
    name = await one.create()
    common.gone = "connection refused"
    answers = [
        await one.call("GET", f"{one.tasks}/{name}"),
        await one.try_create(),
        await two.call("GET", two.tasks),
        await one.call("POST", GATEWAY, json=REQUEST),
    ]
    assert [answer.status for answer in answers] == [503] * 4
    assert all("store unreachable" in answer.json["error"]["message"] for answer in answers)
    steered = await one.call("POST", "/_emulator/clock/advance", None, json={"seconds": 1})
    assert (steered.status, steered.json["error"]["code"]) == (503, "store_unavailable")
    health = await one.call("GET", "/_emulator/health", None)
    assert (health.status, health.json["store"], health.json["store_ok"]) == (200, "dict", False)
    common.gone = None
    assert await two.status(name) == "queued"
    await one.create()
    assert len((await two.control("GET", "tasks"))["items"]) == 2
    told = caplog.text
    assert "Traceback" not in told
    assert told.count("store unreachable") == 2


async def test_what_was_not_written_is_not_there(
    replicas: Callable[..., Awaitable[list[Caller]]], common: Common
) -> None:
    one, two = await replicas(2)
    store = one.running.engine.worlds.store_session.store
    commit = store.commit

    async def lost(space: str, *rest: dict[str, Any] | list[bytes], **more: Any) -> Any:
        if space:
            common.expire_lock(space)
        return await commit(space, *rest, **more)

    store.commit = lost
    assert (await one.try_create()).status == 503
    store.commit = commit
    assert (await one.control("GET", "tasks"))["items"] == []
    name = await one.create()
    assert await two.status(name) == "queued"


async def test_one_that_missed_too_much_reads_everything_anew(
    replicas: Callable[..., Awaitable[list[Caller]]], common: Common
) -> None:
    one, two = await replicas(2)
    name = await one.create()
    for shelf in common.spaces.values():
        shelf.log.clear()
    await one.control("POST", f"tasks/{name}/force", {"status": "running"})
    for shelf in common.spaces.values():
        shelf.log.clear()
    assert await two.status(name) == "running"
    assert (await two.try_create()).status == 200
