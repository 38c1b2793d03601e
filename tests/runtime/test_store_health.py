"""Whether a store works: told by health, logged once per outage, and known to be over only after a write."""

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest
from ark_emulator.runtime.persistence import store_session
from ark_emulator.server import EXIT_UNFIT, exit_code
from ark_emulator.stores.addresses import store_at
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore
from ark_emulator.stores.store import Damaged, StoreGone

from tests.conftest import PATIENT
from tests.stores.dictstore import Common, DictStore


class ReadOnlyAtTimes(DictStore):
    """A store that can always be read, and written while `writable` is set."""

    writable = True

    async def commit(self, *what, **how):
        self.write()
        return await super().commit(*what, **how)

    async def drop(self, space):
        self.write()
        await super().drop(space)

    async def beat(self):
        self.write()
        await super().beat()

    async def probe(self):
        self.write()
        await super().probe()

    def write(self):
        if not self.writable:
            raise StoreGone("database or disk is full")


@pytest.fixture(params=["alone", "shared"])
async def limited(request, serve_on, monkeypatch):
    """A server on a store that can be made read-only, and the store. It probes seldom, so that tests decide."""
    monkeypatch.setattr(store_session, "PROBE", 3_600.0)
    store = ReadOnlyAtTimes(Common(), "one", shared=request.param == "shared")
    return await serve_on(store), store


async def store_ok(ark):
    return (await ark.call("GET", "/_emulator/health", None)).json["store_ok"]


async def until_ok(ark, wanted=True):
    """Waits until health says so."""
    deadline = asyncio.get_running_loop().time() + PATIENT
    while await store_ok(ark) is not wanted:
        assert asyncio.get_running_loop().time() < deadline


async def test_a_store_that_cannot_be_written_is_unhealthy_although_it_can_be_read(limited):
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


async def test_an_outage_is_logged_once_and_so_is_its_end(limited, caplog):
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


async def test_a_store_is_known_to_be_back_although_no_request_writes(limited, monkeypatch):
    ark, store = limited
    monkeypatch.setattr(store_session, "PROBE", 0.01)
    store.writable = False
    assert (await ark.try_create()).status == 503
    await until_ok(ark, wanted=False)
    store.writable = True
    await until_ok(ark)


async def test_a_full_disk_is_unhealthy_until_there_is_room(serve_on, tmp_path, monkeypatch):
    monkeypatch.setattr(store_session, "PROBE", 0.01)
    store = SqliteStore(tmp_path / "worlds.db", me="one", alone=True)
    ark = await serve_on(store)

    async def pages(most):
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


async def test_a_file_that_another_program_locks_is_unhealthy_until_it_lets_go(serve_on, tmp_path, monkeypatch):
    monkeypatch.setattr(store_session, "PROBE", 0.01)
    path = tmp_path / "worlds.db"
    ark = await serve_on(SqliteStore(path, me="one", alone=False, patience=0.05))
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
async def test_a_redis_that_takes_no_writes_is_unhealthy_until_it_does(serve_on, mortal_redis, trouble, cure):
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
    serve_on, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(store_session, "PROBE", 0.01)
    path = tmp_path / "worlds.db"
    ark = await serve_on(SqliteStore(path, me="one", alone=False, patience=0.2))
    name = await ark.create()
    suspended = SqliteStore(path, me="suspended", alone=False)
    await suspended.open()
    await suspended.take("w", 0)
    began = asyncio.get_running_loop().time()
    answers = await asyncio.gather(*(ark.try_create() for _ in range(10)))
    assert {answer.status for answer in answers} == {503}
    assert (await ark.call("DELETE", f"{ark.tasks}/{name}")).status == 503
    assert asyncio.get_running_loop().time() - began < 5, "all wait for one timeout, and not one after the other"
    assert await ark.status(name) == "queued"
    for _ in range(50):
        assert await store_ok(ark) is False
    assert len(caplog.messages) == 1
    await suspended.give("w")
    await until_ok(ark)
    await ark.create()
    await suspended.close()


# What is stored, and makes no sense.


@pytest.fixture
async def kept(serve_on, tmp_path):
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


def SteadyFile(path, me="one", alone=True):
    return SqliteStore(path, me=me, alone=alone, patience=0.2)


def spoil(path, name, record, space="%"):
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
async def test_a_well_formed_file_with_garbage_is_refused_at_the_start(kept, serve_on, name, record, alone):
    spoil(kept, name, record)
    with pytest.raises(Damaged) as refused:
        await serve_on(SteadyFile(kept, alone=alone))
    told = str(refused.value)
    assert told.startswith(f"sqlite:{kept} is damaged: the ")
    assert told.endswith("Restore a copy, or name another store to begin with an empty one")
    assert len(told.splitlines()) == 1
    assert exit_code(refused.value) == EXIT_UNFIT == 2


async def test_a_name_that_is_no_text_is_refused_at_the_start(kept, serve_on):
    with closing(sqlite3.connect(kept)) as file:
        file.execute("UPDATE records SET name = x'ff' WHERE rowid IN (SELECT max(rowid) FROM records)")
        file.commit()
    with pytest.raises(Damaged):
        await serve_on(SteadyFile(kept))


async def test_garbage_in_one_world_is_found_later_and_does_not_harm_the_others(kept, serve_on, caplog):
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


async def test_a_damaged_log_is_made_up_for_by_the_records(serve_on, tmp_path):
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


async def test_garbage_in_redis_is_refused_at_the_start(serve_on, mortal_redis):
    ark = await serve_on(store_at(mortal_redis.url))
    await ark.create()
    await ark.running.stop()
    mortal_redis.command("HSET", "{ark-emulator:1}:records:", "world:default", json.dumps([1]))
    with pytest.raises(Damaged, match="the list of worlds cannot be read"):
        await serve_on(store_at(mortal_redis.url))
