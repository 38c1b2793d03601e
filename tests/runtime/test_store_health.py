"""Whether a store works: told by health, logged once per outage, and known to be over only after a write."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.persistence import store_session
from ark_emulator.server import EXIT_UNUSABLE_STORE, exit_code
from ark_emulator.stores.addresses import store_at
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore
from ark_emulator.stores.store import Damaged, StoreUnavailable

from tests.support.caller import Caller
from tests.support.constants import PATIENT
from tests.support.dict_store import Common, DictStore
from tests.support.redis_server import RedisServer


class ReadOnlyAtTimes(DictStore):
    """A store that can always be read, and written while `writable` is set."""

    writable = True
    slow: asyncio.Event | None = None
    begun: asyncio.Event | None = None

    async def commit(self, *what: dict[str, Any] | list[Any] | str, **how: Any) -> int:
        if self.slow is not None:
            self.begun.set()
            await self.slow.wait()
        self.write()
        return await super().commit(*what, **how)

    async def drop(self, space: Any) -> None:
        self.write()
        await super().drop(space)

    async def heartbeat(self) -> None:
        self.write()
        await super().heartbeat()

    async def probe(self) -> None:
        self.write()
        await super().probe()

    def write(self) -> None:
        if not self.writable:
            raise StoreUnavailable("database or disk is full")


@pytest.fixture(params=["alone", "shared"])
async def limited(
    request: pytest.FixtureRequest, serve_on: Callable[..., Awaitable[Caller]], monkeypatch: pytest.MonkeyPatch
) -> tuple[Caller, ReadOnlyAtTimes]:
    """A server on a store that can be made read-only, and the store. It probes seldom, so that tests decide."""
    monkeypatch.setattr(store_session, "PROBE", 3_600.0)
    store = ReadOnlyAtTimes(Common(), "one", shared=request.param == "shared")
    return await serve_on(store), store


async def store_ok(ark: Caller) -> bool:
    return (await ark.call("GET", "/_emulator/health", None)).json["store_ok"]


async def until_ok(ark: Caller, wanted: bool = True) -> None:
    """Waits until health says so."""
    deadline = asyncio.get_running_loop().time() + PATIENT
    while await store_ok(ark) is not wanted:
        assert asyncio.get_running_loop().time() < deadline


async def test_a_store_that_cannot_be_written_is_unhealthy_although_it_can_be_read(
    limited: tuple[Caller, ReadOnlyAtTimes],
) -> None:
    ark, store = limited
    name = await ark.create()
    store.writable = False
    assert (await ark.try_create()).status == 503
    for _ in range(3):
        assert await ark.status(name) == "queued"
        assert (await ark.call("GET", ark.tasks)).status == 200
        assert await store_ok(ark) is False
    store.writable = True
    assert await ark.status(name) == "queued"
    assert await store_ok(ark) is False, "nothing was written yet"
    await ark.create()
    assert await store_ok(ark) is True


async def test_an_outage_is_logged_once_and_so_is_its_end(
    limited: tuple[Caller, ReadOnlyAtTimes], caplog: pytest.LogCaptureFixture
) -> None:
    ark, store = limited
    caplog.clear()
    for _ in range(2):
        store.writable = False
        for _ in range(5):
            assert (await ark.try_create()).status == 503
            assert (await ark.call("POST", "/_emulator/reset", None)).status == 503
            assert (await ark.call("GET", ark.tasks)).status == 200
        store.writable = True
        await ark.create()
        await ark.create()
    down, up = "store unreachable: database or disk is full", "the store is back"
    assert caplog.messages == [down, up, down, up]


async def test_reads_that_wait_for_a_write_are_answered_when_it_fails(limited: tuple[Caller, ReadOnlyAtTimes]) -> None:
    ark, store = limited
    name = await ark.create()
    store.writable, store.slow, store.begun = False, asyncio.Event(), asyncio.Event()
    writes = [asyncio.create_task(ark.try_create()) for _ in range(3)]
    writes.append(asyncio.create_task(ark.call("DELETE", f"{ark.tasks}/{name}")))
    await store.begun.wait()
    reads = [f"{ark.tasks}/{name}", ark.tasks, *(f"/_emulator/{each}" for each in ("tasks", "ledger", "overview"))]
    asked = [asyncio.create_task(ark.call("GET", path)) for path in reads * 3]
    done, _ = await asyncio.wait(asked, timeout=0.05)  # real time: most reads are under way by then
    assert len(done) < len(asked)
    store.slow.set()
    assert [answer.status for answer in await asyncio.gather(*asked)] == [200] * len(asked)
    assert [answer.status for answer in await asyncio.gather(*writes)] == [503] * len(writes)
    store.writable = True
    assert (await ark.call("GET", ark.tasks)).json["total"] == 1, "nothing of what failed is shown or kept"


class Wall:
    """The clock on the wall, which can be set ahead."""

    ahead = 0.0
    monotonic = staticmethod(time.monotonic)

    def time(self) -> Any:
        return time.time() + self.ahead


POLLED = {
    "version": 1,
    "name": "polled",
    "outcomes": [{"then": [{"queued": {"polls": 2}}, {"running": {"polls": 2}}, "succeeded"]}],
}
STRUCK = {"version": 1, "name": "struck", "faults": [{"on": "fetch", "nth": 2, "status": 500}]}


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
@pytest.mark.parametrize(
    ("chosen", "scenario"),
    [
        ({"mode": ClockMode.LIVE}, None),
        ({"mode": ClockMode.LIVE, "limits": Limits(concurrent=1)}, None),
        ({"mode": ClockMode.POLLS}, None),
        ({}, POLLED),
        ({}, STRUCK),
    ],
    ids=["due by time", "waiting for a slot", "a clock that polls move", "a step that polls end", "a counted fault"],
)
async def test_polls_that_would_change_something_are_answered_and_change_nothing(
    serve_on: Callable[..., Awaitable[Caller]], monkeypatch: pytest.MonkeyPatch, shared: Any, chosen: Any, scenario: Any
) -> None:
    monkeypatch.setattr(store_session, "time", wall := Wall())
    monkeypatch.setattr(store_session, "PROBE", 3_600.0)
    store = ReadOnlyAtTimes(Common(), "one", shared=shared)
    ark = await serve_on(store, **chosen)
    if scenario is not None:
        await ark.control("PUT", "scenario", {"scenario": scenario})
    names = [await ark.create() for _ in range(3)]
    store.writable, wall.ahead = False, 3_600.0
    for path in (*(f"{ark.tasks}/{name}" for name in names), ark.tasks, "/_emulator/ledger", "/_emulator/overview") * 3:
        assert (await ark.call("GET", path)).status == 200, path
    assert (await ark.try_create()).status == 503
    assert await store_ok(ark) is False
    store.writable = True
    if scenario is STRUCK:
        assert [(await ark.call("GET", f"{ark.tasks}/{names[0]}")).status for _ in range(3)] == [200, 500, 200]
    elif scenario is POLLED:
        assert [await ark.status(names[0]) for _ in range(3)] == ["queued", "queued", "running"]


async def test_a_store_is_known_to_be_back_although_no_request_writes(
    limited: tuple[Caller, ReadOnlyAtTimes], monkeypatch: pytest.MonkeyPatch
) -> None:
    ark, store = limited
    monkeypatch.setattr(store_session, "PROBE", 0.01)
    store.writable = False
    assert (await ark.try_create()).status == 503
    await until_ok(ark, wanted=False)
    store.writable = True
    await until_ok(ark)


async def test_a_full_disk_is_unhealthy_until_there_is_room(
    serve_on: Callable[..., Awaitable[Caller]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_session, "PROBE", 0.01)
    store = SqliteStore(tmp_path / "worlds.db", process_id="one", alone=True)
    ark = await serve_on(store)

    async def pages(most: int) -> None:
        await store._worker.run(lambda: store._connection.execute(f"PRAGMA max_page_count = {most}"))

    await pages(1)  # the least: as many as there are
    status, made = 200, []
    while status == 200:
        answer = await ark.try_create("x" * 5_000)
        status = answer.status
        made += [answer.json["id"]] if status == 200 else []
    assert status == 503
    assert await store_ok(ark) is False
    await asyncio.sleep(0.1)  # real time: several probes
    assert await store_ok(ark) is False
    await pages(1_000_000)
    await until_ok(ark)
    assert (await ark.call("GET", ark.tasks)).json["total"] == len(made)


async def test_a_file_that_another_program_locks_is_unhealthy_until_it_lets_go(
    serve_on: Callable[..., Awaitable[Caller]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_session, "PROBE", 0.01)
    path = tmp_path / "worlds.db"
    ark = await serve_on(SqliteStore(path, process_id="one", alone=False, patience=0.05))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert (await ark.try_create()).status == 503
        assert await store_ok(ark) is False
        other.execute("ROLLBACK")
    await until_ok(ark)
    await ark.create()


@pytest.mark.parametrize(
    ("trouble", "cure"),
    [
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    ],
    ids=["full", "a read-only replica"],
)
async def test_a_redis_that_takes_no_writes_is_unhealthy_until_it_does(
    serve_on: Callable[..., Awaitable[Caller]],
    mortal_redis: RedisServer,
    trouble: tuple[str, str, str, str],
    cure: tuple[str, str, str, str],
) -> None:
    ark = await serve_on(store_at(mortal_redis.url))
    await ark.create()
    mortal_redis.command(*trouble)
    assert (await ark.try_create()).status == 503
    for _ in range(3):
        assert await store_ok(ark) is False
    mortal_redis.command(*cure)
    await until_ok(ark)
    await ark.create()


async def test_a_process_that_keeps_the_pen_for_ever_costs_the_others_503_and_not_their_patience(
    serve_on: Callable[..., Awaitable[Caller]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(store_session, "PROBE", 0.01)
    path = tmp_path / "worlds.db"
    ark = await serve_on(SqliteStore(path, process_id="one", alone=False, patience=0.2))
    name = await ark.create()
    suspended = SqliteStore(path, process_id="suspended", alone=False)
    await suspended.open()
    await suspended.acquire("w", 0)
    began = asyncio.get_running_loop().time()
    answers = await asyncio.gather(*(ark.try_create() for _ in range(10)))
    assert {answer.status for answer in answers} == {503}
    assert (await ark.call("DELETE", f"{ark.tasks}/{name}")).status == 503
    assert asyncio.get_running_loop().time() - began < 5, "all wait for one timeout, and not one after the other"
    assert await ark.status(name) == "queued"
    for _ in range(50):
        assert await store_ok(ark) is False
    assert len(caplog.messages) == 1
    await suspended.release("w")
    await until_ok(ark)
    await ark.create()
    await suspended.close()


# What is stored, and makes no sense.


@pytest.fixture
async def kept(serve_on: Callable[..., Awaitable[Caller]], tmp_path: Path) -> Path:
    """The path of a file with two worlds that a server has left, and what starts another one on it."""
    path = tmp_path / "worlds.db"
    ark = await serve_on(SteadyFile(path))
    await ark.create()
    await ark.control("POST", "worlds", {"api_key": "sk-other"})
    await ark.create(key="sk-other")
    await ark.advance(1)
    await ark.control("PUT", "scenario", {"scenario": {"version": 1, "name": "own"}})
    await ark.running.stop()
    return path


def SteadyFile(path: Path, me: str = "one", alone: bool = True) -> SqliteStore:
    return SqliteStore(path, process_id=me, alone=alone, patience=0.2)


def spoil(path: Path, name: str, record: bytes | int | str, space: str = "%") -> None:
    """Replace the records of a name, or of one that begins so."""
    with closing(sqlite3.connect(path)) as file:
        where = "CAST(name AS TEXT) LIKE ? AND space IN (SELECT id FROM spaces WHERE CAST(name AS TEXT) LIKE ?)"
        assert file.execute(f"UPDATE records SET record = ? WHERE {where}", (record, name, space)).rowcount
        file.commit()


GARBAGE = [
    ("born:%", b"\xff\xfe\x00"),
    ("born:%", b"1 {}"),
    ("born:%", b"no order"),
    ("born:%", "text"),
    ("born:%", 7),
    ("born:%", b"1 " + b"[" * 100_000),
    ("grown:%", b'{"facts":[{"is":"Unheard"}]}'),
    ("grown:%", b'{"published":"many"}'),
    ("clock", b"{"),
    ("clock", b'{"base":"noon","anchor":0}'),
    ("seen", b"yesterday"),
    ("submissions:%", b"\x00"),
    ("scenario", b'{"name":3}'),
    ("world:%", b"[]"),
    ("world:%", b"\x80"),
]


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(("name", "record"), GARBAGE, ids=lambda part: repr(part)[:30])
async def test_a_well_formed_file_with_garbage_is_refused_at_the_start(
    kept: Path, serve_on: Callable[..., Awaitable[Caller]], name: str, record: bytes, alone: bool
) -> None:
    spoil(kept, name, record)
    with pytest.raises(Damaged) as refused:
        await serve_on(SteadyFile(kept, alone=alone))
    told = str(refused.value)
    assert told.startswith(f"sqlite:{kept} is damaged: the ")
    assert told.endswith("Restore a copy, or name another store to begin with an empty one")
    assert len(told.splitlines()) == 1
    assert exit_code(refused.value) == EXIT_UNUSABLE_STORE == 2


async def test_a_name_that_is_no_text_is_refused_at_the_start(
    kept: Path, serve_on: Callable[..., Awaitable[Caller]]
) -> None:
    with closing(sqlite3.connect(kept)) as file:
        file.execute("UPDATE records SET name = x'ff' WHERE rowid IN (SELECT max(rowid) FROM records)")
        file.commit()
    with pytest.raises(Damaged):
        await serve_on(SteadyFile(kept))


async def test_garbage_in_one_world_is_found_later_and_does_not_harm_the_others(
    kept: Path, serve_on: Callable[..., Awaitable[Caller]], caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(kept)) as file:
        spaces = [name.decode() for (name,) in file.execute("SELECT name FROM spaces WHERE name != x''")]
    (other,) = [space for space in spaces if not space.startswith("ac155fa0")]
    spoil(kept, "born:%", b"1 {}", other)
    ark = await serve_on(SteadyFile(kept, alone=False))
    for _ in range(3):
        answer = await ark.try_create(key="sk-other")
        assert (answer.status, answer.json["error"]["code"]) == (503, "ServiceUnavailable")
        await ark.create()
    assert await store_ok(ark) is False
    told = caplog.text
    assert told.count("is damaged") == 1
    assert "Traceback" not in told
    assert "unexpected" not in told
    assert (await ark.call("DELETE", "/_emulator/worlds/sk-other", None)).status < 300
    assert await store_ok(ark) is True


async def test_a_damaged_log_is_made_up_for_by_the_records(
    serve_on: Callable[..., Awaitable[Caller]], tmp_path: Path
) -> None:
    path = tmp_path / "worlds.db"
    one = await serve_on(SteadyFile(path, "one", alone=False))
    two = await serve_on(SteadyFile(path, "two", alone=False))
    await one.create()
    with closing(sqlite3.connect(path, timeout=5)) as file:
        file.execute("UPDATE log SET body = x'00ff'")
        file.commit()
    assert (await two.call("GET", two.tasks)).json["total"] == 1
    await two.create()
    assert (await one.call("GET", one.tasks)).json["total"] == 2


async def test_garbage_in_redis_is_refused_at_the_start(
    serve_on: Callable[..., Awaitable[Caller]], mortal_redis: RedisServer
) -> None:
    ark = await serve_on(store_at(mortal_redis.url))
    await ark.create()
    await ark.running.stop()
    mortal_redis.command("HSET", "{ark-emulator:1}:records:", "world:default", json.dumps([1]))
    with pytest.raises(Damaged, match="the list of worlds cannot be read"):
        await serve_on(store_at(mortal_redis.url))
