"""A server that was stopped or killed continues from its stored state when it starts again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.stores.addresses import store_at
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller
from tests.support.dict_store import Common, DictStore

START = 1_790_000_000
GATEWAY = "/orcarouter/v1/video/generations"
REQUEST = {"model": "byteplus/dreamina-seedance-2-0-260128", "prompt": "a cat", "duration": 5}
RULES = {
    "version": 1,
    "name": "third-fails",
    "keys": {"sk-test": {"balance": 30.0}},
    "outcomes": [{"when": {"nth": 3}, "then": [{"queued": "1s"}, {"failed": "InternalServiceError"}]}],
}


class Dictionaries:
    """A store in dictionaries, for one process after the other."""

    def __init__(self) -> None:
        self.common, self.started = Common(), 0

    def again(self) -> DictStore:
        self.started += 1
        return DictStore(self.common, f"run-{self.started}", shared=False)


class File:
    """A store in a file, for one process after the other."""

    def __init__(self, folder: Path) -> None:
        self.address = f"sqlite:{folder}/worlds.db"

    def again(self) -> SqliteStore:
        return store_at(self.address)


@pytest.fixture(params=["dictionaries", "file"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Dictionaries | File:
    """A store that outlives servers; `again` opens it for the next one."""
    return Dictionaries() if request.param == "dictionaries" else File(tmp_path)


@pytest.fixture
def begin(serve_on: Callable[..., Awaitable[Caller]], stored: Dictionaries | File) -> Callable[..., Any]:
    """Starts a server on the store; the test stops it before it starts another one."""
    return lambda **chosen: serve_on(stored.again(), **chosen)


async def again(ark: Caller, begin: Callable[..., Any], **chosen: Any) -> Caller:
    """Stops a server and starts the next one."""
    await ark.running.stop()
    return await begin(**chosen)


async def test_tasks_come_back_as_they_were(begin: Callable[..., Any]) -> None:
    ark = await begin()
    first, second = await ark.create("a cat"), await ark.create("emu:fail")
    await ark.advance(3)
    third = await ark.create("a dog")
    await ark.call("DELETE", f"{ark.tasks}/{third}")
    before = [await ark.poll(name) for name in (first, second, third)]
    listed = (await ark.call("GET", ark.tasks)).json
    ark = await again(ark, begin)
    assert [await ark.poll(name) for name in (first, second, third)] == before
    assert (await ark.call("GET", ark.tasks)).json == listed
    await ark.advance(10)
    assert [await ark.status(name) for name in (first, second, third)] == ["succeeded", "failed", "cancelled"]


async def test_a_frozen_clock_stands_while_nobody_serves(begin: Callable[..., Any]) -> None:
    ark = await begin()
    await ark.advance(7.5)
    ark = await again(ark, begin, start=START + 1_000)
    assert await ark.now() == START + 7.5


async def test_live_time_goes_on_while_nobody_serves(
    begin: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ark = await begin(mode=ClockMode.LIVE)
    name = await ark.create()
    before, wall = await ark.now(), time.time
    await ark.running.stop()
    monkeypatch.setattr(time, "time", lambda: wall() + 3_600.0)
    ark = await begin(mode=ClockMode.LIVE)
    assert await ark.now() - before == pytest.approx(3_600.0, abs=20.0)
    assert await ark.status(name) == "succeeded"
    (task,) = (await ark.control("GET", "tasks"))["items"]
    assert task["moves"][-1]["at"] - task["created_at"] < 60


async def test_the_system_clock_may_go_back(begin: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ark = await begin(mode=ClockMode.LIVE)
    before, wall = await ark.now(), time.time
    monkeypatch.setattr(time, "time", lambda: wall() - 3_600.0)
    assert await ark.now() >= before
    await ark.create()
    (task,) = (await ark.control("GET", "tasks"))["items"]
    ark = await again(ark, begin, mode=ClockMode.LIVE)
    assert await ark.now() >= task["created_at"] >= before


async def test_a_world_keeps_its_scenario_and_its_seed_and_says_so(
    begin: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    ark = await begin(seed=7)
    await ark.control("PUT", "scenario", {"scenario": RULES})
    ark = await again(ark, begin, seed=8)
    assert (await ark.control("GET", "scenario"))["name"] == "third-fails"
    assert "--seed 8 (it has 7)" in caplog.text


async def test_counts_go_on(begin: Callable[..., Any]) -> None:
    ark = await begin()
    await ark.control("PUT", "scenario", {"scenario": RULES})
    names = [await ark.create(), await ark.create()]
    ark = await again(ark, begin)
    names.append(await ark.create())
    await ark.advance(10)
    assert len(set(names)) == 3
    assert [await ark.status(name) for name in names] == ["succeeded", "succeeded", "failed"]


async def test_added_faults_go_on(begin: Callable[..., Any]) -> None:
    ark = await begin()
    await ark.control("POST", "faults", {"on": "list", "nth": 2, "status": 502})
    added = await ark.control("POST", "faults", {"on": "create", "nth": 9, "status": 502})
    await ark.control("DELETE", f"faults/{added['id']}")
    assert (await ark.call("GET", ark.tasks)).status == 200
    before = await ark.control("GET", "faults")
    ark = await again(ark, begin)
    assert await ark.control("GET", "faults") == before
    assert [(await ark.call("GET", ark.tasks)).status for _ in range(2)] == [502, 200]
    assert (await ark.control("POST", "faults", {"on": "list", "nth": 1, "html": True}))["id"] == "added-3"


async def test_worlds_come_back(begin: Callable[..., Any]) -> None:
    ark = await begin()
    for name, seed in (("sk-one", 1), ("sk-two", 2), ("sk-gone", 3)):
        await ark.control("POST", "worlds", {"api_key": name, "seed": seed, "clock": "frozen"})
    created = await ark.create(key="sk-two")
    await ark.control("DELETE", "worlds/sk-gone")
    before = await ark.control("GET", "worlds")
    ark = await again(ark, begin)
    assert await ark.control("GET", "worlds") == before
    assert len(before["items"]) == 3
    assert [task["id"] for task in (await ark.control("GET", "tasks?world=sk-two"))["items"]] == [created]


async def test_those_who_waited_for_a_slot_get_it_at_the_same_moment(begin: Callable[..., Any]) -> None:
    ark = await begin(limits=Limits(concurrent=1, queued=3, creates_per_minute=5))
    names = [await ark.create() for _ in range(3)]
    assert (await ark.try_create()).status == 429
    await ark.advance(3)
    ark = await again(ark, begin)
    assert (await ark.try_create()).status == 200
    assert (await ark.try_create()).status == 429
    await ark.advance(60)
    tasks = {task["id"]: task for task in (await ark.control("GET", "tasks"))["items"]}
    starts = [tasks[name]["moves"][1]["at"] - START for name in names]
    assert starts == [1, 5, 9]


async def test_the_ledger_is_as_it_was(begin: Callable[..., Any]) -> None:
    ark = await begin()
    await ark.control("PUT", "scenario", {"scenario": RULES})
    for _ in range(2):
        assert (await ark.call("POST", GATEWAY, json=REQUEST)).status == 200
        await ark.advance(3)
    before = await ark.control("GET", "ledger")
    ark = await again(ark, begin)
    assert await ark.control("GET", "ledger") == before
    await ark.advance(60)
    after = await ark.control("GET", "ledger")
    assert [entry["kind"] for entry in after["entries"]].count("settle") == 2
    assert after["spent"] == pytest.approx(sum(entry["amount"] for entry in after["entries"]))


async def test_a_callback_that_was_under_way_is_sent_again(begin: Callable[..., Any], receiver: Receiver) -> None:
    receiver.answers["/done"] = receiver.hang
    ark = await begin(mode=ClockMode.LIVE, speed=100.0)
    await ark.create(callback_url=f"{receiver.url}/done")
    await receiver.wait_for(1)
    await ark.running.stop()
    receiver.answers["/done"] = 200
    ark = await begin()
    told = [each.status for each in await receiver.wait_for(4)]
    assert told == ["queued", "queued", "running", "succeeded"]


async def test_callbacks_that_were_held_stay_held(begin: Callable[..., Any], receiver: Receiver) -> None:
    ark = await begin()
    await ark.control("POST", "callbacks/pause")
    await ark.create(callback_url=f"{receiver.url}/done")
    await ark.advance(10)
    ark = await again(ark, begin)
    await ark.advance(10)
    assert receiver.got == []
    await ark.control("POST", "callbacks/resume")
    await ark.advance(0)
    assert receiver.told() == ["queued", "running", "succeeded"]


async def test_links_that_were_signed_before_lead_to_the_same_clip(begin: Callable[..., Any]) -> None:
    ark = await begin(public_url="http://emulator.example")
    link = (await ark.finished())["content"]["video_url"].replace("http://emulator.example", "")
    clip = (await ark.call("GET", ark.url + link, None)).body
    ark = await again(ark, begin, public_url="http://emulator.example")
    found = await ark.call("GET", ark.url + link, None)
    assert (found.status, found.body) == (200, clip)


async def test_a_reset_world_stays_empty(begin: Callable[..., Any]) -> None:
    ark = await begin()
    await ark.create()
    await ark.control("POST", "faults", {"on": "list", "status": 502})
    await ark.advance(10)
    await ark.control("POST", "reset")
    created = await ark.create("a dog")
    ark = await again(ark, begin)
    assert [task["id"] for task in (await ark.control("GET", "tasks"))["items"]] == [created]
    assert (await ark.control("GET", "faults"))["total"] == 0
    assert await ark.now() == START


async def test_nothing_is_acknowledged_that_was_not_written(serve_on: Callable[..., Awaitable[Caller]]) -> None:
    common = Common()
    ark = await serve_on(DictStore(common, "one", shared=False))
    kept = await ark.create()
    common.gone = "the disk is full"
    answer = await ark.try_create()
    assert (answer.status, answer.json["error"]["code"]) == (503, "ServiceUnavailable")
    assert (await ark.call("GET", "/_emulator/health", None)).json["store_ok"] is False
    common.gone = None
    assert [task["id"] for task in (await ark.control("GET", "tasks"))["items"]] == [kept]
    await ark.create()
    assert (await ark.call("GET", "/_emulator/health", None)).json["store_ok"] is True


def held_up(ark: Caller) -> tuple[asyncio.Event, asyncio.Event]:
    """Lets commits wait; answers with what is set when one is under way, and what lets all of them go on."""
    store, begun, goes_on = ark.running.engine.worlds.store_session.store, asyncio.Event(), asyncio.Event()
    commit = store.commit

    async def slow(*what: dict[str, Any] | list[Any] | str, **how: Any) -> int:
        begun.set()
        await goes_on.wait()
        return await commit(*what, **how)

    store.commit = slow
    return begun, goes_on


@pytest.mark.parametrize("shared", [False, True])
async def test_nobody_sees_what_may_still_be_lost(serve_on: Callable[..., Awaitable[Caller]], shared: bool) -> None:
    ark = await serve_on(DictStore(Common(), "one", shared=shared))
    name = await ark.create()
    begun, goes_on = held_up(ark)
    deleting = asyncio.create_task(ark.call("DELETE", f"{ark.tasks}/{name}"))
    await begun.wait()
    looking = [asyncio.create_task(look) for look in (ark.status(name), ark.control("GET", "tasks"))]
    await asyncio.wait(looking, timeout=0.1)
    assert not any(look.done() for look in looking)
    goes_on.set()
    assert (await deleting).status == 200
    status, listed = await asyncio.gather(*looking)
    assert status == listed["items"][0]["status"] == "cancelled"


async def test_a_poll_does_not_wait_for_what_is_none_of_its_task(serve_on: Callable[..., Awaitable[Caller]]) -> None:
    ark = await serve_on(DictStore(Common(), "one", shared=False))
    name = await ark.create()
    begun, goes_on = held_up(ark)
    creating = asyncio.create_task(ark.create())
    await begun.wait()
    assert await ark.status(name) == "queued"
    goes_on.set()
    await creating


@pytest.mark.parametrize("shared", [False, True])
async def test_nobody_is_called_back_about_what_may_still_be_lost(
    serve_on: Callable[..., Awaitable[Caller]], receiver: Receiver, shared: bool
) -> None:
    ark = await serve_on(DictStore(Common(), "one", shared=shared))
    begun, goes_on = held_up(ark)
    creating = asyncio.create_task(ark.create(callback_url=f"{receiver.url}/done"))
    await begun.wait()
    await asyncio.wait([creating], timeout=0.1)
    assert receiver.got == []
    goes_on.set()
    await creating
    assert [got.status for got in await receiver.wait_for(1)] == ["queued"]


async def test_many_at_once_are_all_there(begin: Callable[..., Any]) -> None:
    ark = await begin()
    names = await asyncio.gather(*(ark.create() for _ in range(40)))
    ark = await again(ark, begin)
    listed = {task["id"] for task in (await ark.control("GET", "tasks?limit=100"))["items"]}
    assert listed == set(names)
