"""A value of a wrong type anywhere in a store: refused at the start, or 503 and an unhealthy store, never a 500."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import redis
from ark_emulator.runtime.persistence import store_session
from ark_emulator.server import EXIT_UNUSABLE_STORE, exit_code
from ark_emulator.stores.addresses import store_at
from ark_emulator.stores.redis import redis_connection
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore
from ark_emulator.stores.store import StoreUnavailable, UnusableStore

from tests.conftest import PATIENT
from tests.support.caller import Caller
from tests.support.redis_server import RedisServer

VALUES = {"NULL": None, "text": "zz", "blob": b"\xff\x00", "negative": -1, "huge": 2**63 - 1, "real": 1.5}
COLUMNS = [
    *(("spaces", column) for column in ("id", "name", "version", "mark", "dropped")),
    *(("records", column) for column in ("space", "name", "record")),
    *(("log", column) for column in ("space", "version", "by", "clears", "body")),
    *(("processes", column) for column in ("name", "beat")),
]
WAYS = ["every row", "the first row", "the last row"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at what others do at once, and be patient with a Redis on a busy machine."""
    monkeypatch.setattr(store_session, "CHANGES_INTERVAL", 0.01)
    monkeypatch.setattr(redis_connection, "CONNECT_TIMEOUT", PATIENT)


@pytest.fixture
async def kept(serve_on: Callable[..., Awaitable[Caller]], tmp_path: Path) -> Any:
    """The path of a file with two worlds that two processes have left."""
    path = tmp_path / "worlds.db"
    one, two = [await serve_on(sqlite(path, me, alone=False)) for me in ("one", "two")]
    await one.create()
    await one.control("POST", "worlds", {"api_key": "sk-other"})
    await two.create(key="sk-other")
    await one.advance(1)
    for each in (one, two):
        await each.running.stop()
    return path


def sqlite(path: Any, me: Any = "one", *, alone: Any) -> Any:
    return SqliteStore(path, process_id=me, alone=alone, patience=0.5)


def spoil(path: Any, table: Any, column: Any, value: Any, way: Any) -> Any:
    """Set a column in some rows, as far as the file's own rules let that happen; False when nothing was changed."""
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as file:
        ordered = file.execute(f"SELECT * FROM {table}").fetchall()
        names = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
        rows = ordered if way == "every row" else ordered[:1] if way == "the first row" else ordered[-1:]
        changed = False
        for row in rows:
            where = " AND ".join(f'"{name}" IS ?' for name in names)
            try:
                changed |= file.execute(f'UPDATE {table} SET "{column}" = ? WHERE {where}', (value, *row)).rowcount > 0
            except sqlite3.IntegrityError:
                continue
        return changed


def test_every_column_of_the_file_is_spoilt_in_these_tests(tmp_path: Path) -> None:
    store = sqlite(tmp_path / "worlds.db", alone=True)

    async def made() -> None:
        await store.open()
        await store.close()

    asyncio.run(made())
    with closing(sqlite3.connect(store.path)) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = [(table, row[1]) for table in tables for row in file.execute(f"PRAGMA table_info({table})")]
    assert sorted(columns) == sorted(COLUMNS)


async def behaves(ark: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Ask for everything; 503 is right for what cannot be understood, as long as the store counts as unhealthy."""
    answers = []
    for key in ("sk-test", "sk-other"):
        answers.append(await ark.call("GET", ark.tasks, key))
        answers.append(await ark.try_create(key=key))
    paths = ("tasks", "overview", "ledger", "worlds")
    answers += [await ark.call("GET", f"/_emulator/{path}", None) for path in paths]
    assert {answer.status for answer in answers} <= {200, 503}, [answer.json for answer in answers]
    healthy = (await ark.call("GET", "/_emulator/health", None)).json["store_ok"]
    assert {answer.status for answer in answers} == {200} or healthy is False
    told = caplog.text
    assert "Traceback" not in told
    assert "unexpected" not in told
    assert told.count("\n") <= 4, told


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "shared"])
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[".".join(each) for each in COLUMNS])
async def test_a_file_with_a_value_of_a_wrong_type_is_refused_or_answered_with_503(
    kept: Any,
    serve_on: Callable[..., Awaitable[Caller]],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    table: Any,
    column: Any,
    value: Any,
    alone: Any,
) -> None:
    for way in WAYS:
        spoilt = tmp_path / f"{way}.db"
        shutil.copy(kept, spoilt)
        if not spoil(spoilt, table, column, VALUES[value], way):
            continue
        caplog.clear()
        try:
            ark = await serve_on(sqlite(spoilt, alone=alone))
        except (UnusableStore, StoreUnavailable) as refused:
            assert exit_code(refused) == EXIT_UNUSABLE_STORE
            assert "is damaged" in str(refused)
            assert len(str(refused).splitlines()) == 1
            continue
        await behaves(ark, caplog)


@pytest.mark.parametrize("column", ["version", "mark", "dropped", "name"])
async def test_a_row_of_the_spaces_that_makes_no_sense_is_refused_at_the_start(
    kept: Any, serve_on: Callable[..., Awaitable[Caller]], column: Any
) -> None:
    for value in ("text", "negative", "huge", "real", "blob"):
        spoilt = kept.with_name(f"{value}.db")
        shutil.copy(kept, spoilt)
        if column != "name" or value == "text":
            assert spoil(spoilt, "spaces", column, VALUES[value], "the first row")
            with pytest.raises(UnusableStore, match="the table spaces has a row that makes no sense"):
                await serve_on(sqlite(spoilt, alone=True))


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[".".join(each) for each in COLUMNS])
async def test_a_running_server_answers_503_to_what_it_cannot_understand(
    kept: Any,
    serve_on: Callable[..., Awaitable[Caller]],
    caplog: pytest.LogCaptureFixture,
    table: Any,
    column: Any,
    value: Any,
) -> None:
    ark = await serve_on(sqlite(kept, alone=False))
    await ark.create(key="sk-other")
    for way in WAYS:
        spoil(kept, table, column, VALUES[value], way)
        caplog.clear()
        await behaves(ark, caplog)


async def test_a_world_whose_version_makes_no_sense_harms_no_other_and_can_be_dropped(
    kept: Any, serve_on: Callable[..., Awaitable[Caller]], caplog: pytest.LogCaptureFixture
) -> None:
    ark = await serve_on(sqlite(kept, alone=False))
    await ark.create(key="sk-other")
    with closing(sqlite3.connect(kept, timeout=5)) as file:
        (space,) = file.execute(
            "SELECT id FROM spaces WHERE name != x'' AND id != (SELECT min(id) FROM spaces WHERE name != x'')"
        ).fetchone()
        file.execute("UPDATE spaces SET version = 'zz' WHERE id = ?", (space,))
        file.commit()
    for _ in range(3):
        assert (await ark.try_create(key="sk-other")).status == 503
        await ark.create()
    assert (await ark.call("GET", "/_emulator/health", None)).json["store_ok"] is False
    assert caplog.text.count("is damaged") == 1
    assert (await ark.call("DELETE", "/_emulator/worlds/sk-other", None)).status < 300
    assert (await ark.call("GET", "/_emulator/health", None)).json["store_ok"] is True


# The same in Redis.

WORDS = ("zz", "", "-1", "1e300", "1.5", b"\xff\x00")
SCORES = ("-1", "1e300", "inf", "1.5")
KINDS = ("head", "records", "log", "pen", "changed", "living")


def keys_of(server: Any, kind: Any) -> Any:
    """The keys of a kind: of the list of worlds and of the world; that of a free lock does not exist."""
    if kind in ("changed", "living"):
        return [f"{{ark-emulator:1}}:{kind}:".encode()]
    heads = sorted(server.keys("{ark-emulator:1}:head:*"))
    return [key.replace(b":head:", f":{kind}:".encode(), 1) for key in heads]


def damage(server: Any, key: Any) -> Iterator[Any]:
    """Yield what spoils a key: its replacement by other types, and garbage in each of its fields and members."""
    for word in WORDS:
        match server.type(key):
            case b"hash":
                for field in server.hkeys(key):
                    yield "HSET", key, field, word
                yield "HSET", key, word, word
            case b"list":
                yield "LSET", key, "-1", word
            case b"zset":
                yield "ZADD", key, "1", word
    if server.type(key) == b"zset":
        yield from (("ZADD", key, score, member) for score in SCORES for member in server.zrange(key, 0, -1))
    yield "SET", key, "zz"
    yield "SET", key, "zz", "PX", "1000000000"
    yield "RPUSH", key, "zz"
    yield "HSET", key, "zz", "zz"


def test_every_kind_of_key_is_spoilt_in_these_tests() -> None:
    folder = files("ark_emulator.stores.redis") / "lua"
    named = {kind for each in folder.iterdir() for kind in re.findall(r"KEYS ([a-z, ]+)", each.read_text())}
    words = {word for line in named for word in re.split(r"\W+", line)} - {"and", "of", "each", "space", "", "dropped"}
    assert words == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_redis_with_a_value_of_a_wrong_type_is_refused_or_answered_with_503(
    mortal_redis: RedisServer, serve_on: Callable[..., Awaitable[Caller]], caplog: pytest.LogCaptureFixture, kind: Any
) -> None:
    with closing(redis.Redis.from_url(mortal_redis.url)) as server:
        ark = await serve_on(store_at(mortal_redis.url))
        await ark.create()
        asked = [(place, each) for place, key in enumerate(keys_of(server, kind)) for each in damage(server, key)]
        await ark.running.stop()
        assert len(asked) >= 4
        for place, (command, _, *words) in asked:
            server.flushall()
            ark = await serve_on(store_at(mortal_redis.url))
            await ark.create()
            key = keys_of(server, kind)[place]
            if command in ("RPUSH", "SET") or server.type(key) == b"none":
                server.delete(key)
            if command == "HSET" and server.type(key) not in (b"hash", b"none"):
                server.delete(key)
            server.execute_command(command, key, *words)
            caplog.clear()
            async with asyncio.timeout(PATIENT):
                await behaves(ark, caplog)
            await ark.running.stop()
            caplog.clear()
            await begins_again(mortal_redis.url, serve_on, caplog)


async def begins_again(url: Any, serve_on: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Start another server on what is stored, or be refused in words."""
    try:
        again = await serve_on(store_at(url))
    except (UnusableStore, StoreUnavailable) as refused:
        assert exit_code(refused) == EXIT_UNUSABLE_STORE
        assert len(str(refused).splitlines()) == 1
        return
    async with asyncio.timeout(PATIENT):
        await behaves(again, caplog)
    await again.running.stop()
