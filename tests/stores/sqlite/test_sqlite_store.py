"""What is particular to the SQLite store: its file, what is not ours, crashes, and several processes on one file."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.stores.sqlite import database_file, sqlite_rows
from ark_emulator.stores.sqlite.sqlite_rows import CommitRequest
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore
from ark_emulator.stores.store import KEPT, LockLost, StoreInUse, StoreUnavailable, UnusableStore

PATIENT = 60.0
"""Real seconds after which a test that waits for another process gives up."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ark.db"


@pytest.fixture
async def opened(path: Path) -> AsyncIterator[Callable[..., Awaitable[SqliteStore]]]:
    """Opens stores on one file, and closes them at the end."""
    found = []

    async def make(me: str = "one", alone: bool = True, at: Path = path, **more: Any) -> SqliteStore:
        store = SqliteStore(at, process_id=me, alone=alone, **more)
        await store.open()
        found.append(store)
        return store

    yield make
    for store in found:
        await store.close()


async def put(store: SqliteStore, space: str = "w", **records: Any) -> int:
    await store.acquire(space, 0)
    return await store.commit(space, {name: record.encode() for name, record in records.items()}, release=True)


@contextlib.contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program's connection."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


async def why_not(path: Path, alone: bool = True) -> str:
    """Why a file is refused."""
    store = SqliteStore(path, process_id="one", alone=alone, patience=0.1)
    with pytest.raises(UnusableStore) as refused:
        await store.open()
    message = str(refused.value)
    assert str(path) in message or str(path.parent) in message
    assert "\n" not in message
    return message


async def test_the_file_says_whose_it_is_and_in_what_format(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    store = await opened()
    await put(store, a="1")
    await store.close()
    with looking(path) as connection:
        assert connection.execute("PRAGMA application_id").fetchone()[0] == database_file.APPLICATION
        assert connection.execute("PRAGMA user_version").fetchone()[0] == database_file.FORMAT
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert not path.with_name("ark.db-wal").exists()


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("content", [b"hello, I am a text\n" * 100, b"\x89PNG" + bytes(5_000)])
async def test_a_file_of_another_kind_is_refused_and_left_as_it_was(path: Path, content: bytes, alone: bool) -> None:
    path.write_bytes(content)
    assert "is not an SQLite file" in await why_not(path, alone)
    assert path.read_bytes() == content


async def test_a_database_of_another_program_is_refused_and_left_as_it_was(path: Path) -> None:
    with looking(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    before = path.read_bytes()
    assert "of another program" in await why_not(path)
    with looking(path) as connection:
        connection.execute("PRAGMA application_id = 7")
    assert "of another program" in await why_not(path)
    assert path.read_bytes()[100:] == before[100:]


async def test_an_empty_file_is_as_good_as_none(opened: Callable[..., Awaitable[SqliteStore]], path: Path) -> None:
    path.touch()
    assert await put(await opened(), a="1") == 1


async def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in await why_not(tmp_path)


async def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "there is no folder" in await why_not(tmp_path / "none" / "ark.db")


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no place where nobody may write")
async def test_a_place_where_nothing_can_be_written_is_refused(alone: bool) -> None:
    assert "cannot be opened or made" in await why_not(Path("/proc/self/ark.db"), alone)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
async def test_a_file_that_may_not_be_written_is_refused(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    await (await opened()).close()
    path.chmod(0o444)
    assert "cannot be written to" in await why_not(path)


async def test_a_newer_format_is_refused_and_left_as_it_was(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    await (await opened()).close()
    with looking(path) as connection:
        connection.execute("PRAGMA user_version = 77")
    before = path.read_bytes()
    assert "format 77; this one knows 1" in await why_not(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("page", [1, 3, 5])
async def test_a_damaged_file_is_refused(opened: Callable[..., Awaitable[SqliteStore]], path: Path, page: int) -> None:
    store = await opened()
    for number in range(20):
        await put(store, **{f"r{number}": "x" * 900})
    await store.close()
    damaged = bytearray(path.read_bytes())
    damaged[page * 4096 : page * 4096 + 200] = b"\xa5" * 200
    path.write_bytes(damaged)
    assert "is damaged" in await why_not(path)


async def test_a_file_cut_short_is_refused(opened: Callable[..., Awaitable[SqliteStore]], path: Path) -> None:
    store = await opened()
    await put(store, **{f"r{number}": "x" * 900 for number in range(50)})
    await store.close()
    path.write_bytes(path.read_bytes()[:20_000])
    assert "is damaged" in await why_not(path)


async def test_a_large_file_is_not_read_whole_when_it_is_opened(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened()
    await put(store, **{f"r{number}": "x" * 900 for number in range(50)})
    await store.close()
    monkeypatch.setattr(database_file, "CHECKED", 20_000)
    asked = []
    await asyncio.to_thread(_traced, path, asked)
    assert any("user_version" in each for each in asked)
    assert not any("quick_check" in each for each in asked)


def _traced(path: Path, asked: list[Any]) -> None:
    """Opens a file, and notes what it is asked."""
    real = sqlite3.connect

    def connect(*about: Path, **more: Any) -> sqlite3.Connection:
        connection = real(*about, **more)
        connection.set_trace_callback(asked.append)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect)
        database_file.opened(path, alone=True, patience=1).close()


async def test_an_older_format_is_upgraded_step_by_step(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Format 0 never was: it calls the records by another name."""
    store = await opened()
    await put(store, a="1")
    await store.close()
    with looking(path) as connection:
        connection.execute("ALTER TABLE records RENAME TO things")
        connection.execute("PRAGMA user_version = 0")
    assert "too old" in await why_not(path)

    def stumble(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE things RENAME TO records")
        raise sqlite3.OperationalError("the power went")

    monkeypatch.setitem(database_file.UPGRADES, 0, stumble)
    assert "the power went" in await why_not(path)
    with looking(path) as connection:
        assert connection.execute("SELECT count(*) FROM things").fetchone()[0] == 1
    monkeypatch.setitem(
        database_file.UPGRADES, 0, lambda connection: connection.execute("ALTER TABLE things RENAME TO records")
    )
    store = await opened()
    assert dict((await store.load("w")).records) == {"a": b"1"}
    assert await put(store, b="2") == 2
    await store.close()
    with looking(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == database_file.FORMAT


async def test_a_second_server_on_the_file_of_one_that_is_alone_is_refused(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    store = await opened()
    assert "--workers" in await why_not(path)
    assert "--workers" in await why_not(path, alone=False)
    with pytest.raises(StoreInUse):
        await SqliteStore(path, process_id="two", alone=True, patience=0.1).open()
    await put(store, a="1")
    await store.close()
    assert dict((await (await opened("two")).load("w")).records) == {"a": b"1"}


async def test_a_server_that_wants_to_be_alone_does_not_come_to_a_shared_file(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    store = await opened(alone=False)
    assert "--workers" in await why_not(path)
    await opened("two", alone=False)
    assert await put(store, a="1") == 1


async def test_a_file_can_be_shared_after_it_was_one_process_s_own(
    opened: Callable[..., Awaitable[SqliteStore]],
) -> None:
    store = await opened(alone=False)
    await put(store, a="1")
    await store.close()
    alone = await opened("alone")
    await put(alone, a="2")
    await alone.close()
    one, two = await opened("one", alone=False), await opened("two", alone=False)
    assert (await one.load("w")).version == 2
    assert (await one.commits_since({"w": 1}))["w"] is None
    await put(one, a="3")
    (commit,) = (await two.commits_since({"w": 2}))["w"]
    assert commit.puts == {"a": b"3"}


async def test_a_single_process_keeps_no_log_and_waits_for_no_lock(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    store = await opened()
    assert await store.acquire("w", 0) == await store.acquire("v", 0) == ()
    await put(store, a="1")
    assert await store.commits_since({"w": 0}) == {"w": ()}
    assert await store.live_processes() == {"one"}
    await store.close()
    with looking(path) as connection:
        assert connection.execute("SELECT count(*) FROM log").fetchone()[0] == 0


async def test_commits_during_a_transaction_are_written_in_the_next_one(
    opened: Callable[..., Awaitable[SqliteStore]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, sizes = await opened(), []
    write = sqlite_rows.write
    monkeypatch.setattr(
        sqlite_rows, "write", lambda found, wants, by: sizes.append(len(wants)) or write(found, wants, by)
    )
    versions = await asyncio.gather(*(store.commit("w", {f"r{number}": b"x"}) for number in range(100)))
    assert versions == list(range(1, 101))
    assert sizes == [1, 99]
    assert len((await store.load("w")).records) == 100


async def test_the_event_loop_runs_during_a_transaction(
    opened: Callable[..., Awaitable[SqliteStore]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, running, over = await opened(), asyncio.Event(), asyncio.Event()
    loop, write = asyncio.get_running_loop(), sqlite_rows.write

    def slow(*about: sqlite3.Connection | list[CommitRequest] | None) -> list[int]:
        loop.call_soon_threadsafe(running.set)
        asyncio.run_coroutine_threadsafe(over.wait(), loop).result(PATIENT)
        return write(*about)

    monkeypatch.setattr(sqlite_rows, "write", slow)
    committing = asyncio.create_task(store.commit("w", {"a": b"1"}))
    async with asyncio.timeout(PATIENT):
        await running.wait()
        assert not committing.done()
        over.set()
        assert await committing == 1


async def test_what_was_being_written_is_written_before_it_closes(
    opened: Callable[..., Awaitable[SqliteStore]],
) -> None:
    store = await opened()
    commits = [asyncio.create_task(store.commit("w", {f"r{number}": b"x"})) for number in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*commits) == list(range(1, 21))
    assert len((await (await opened()).load("w")).records) == 20


@pytest.mark.parametrize("alone", [True, False])
async def test_what_is_closed_is_gone(opened: Callable[..., Awaitable[SqliteStore]], alone: bool) -> None:
    store = await opened(alone=alone)
    await store.close()
    await store.close()
    for attempt in (
        store.load("w"),
        store.acquire("w", 0),
        store.commit("w", {}),
        store.changed(0),
        store.commits_since({"w": 0}),
    ):
        with pytest.raises(StoreUnavailable, match="is closed"):
            await attempt


async def test_a_commit_that_is_not_bytes_does_not_affect_others(
    opened: Callable[..., Awaitable[SqliteStore]],
) -> None:
    store = await opened()
    good, bad = await asyncio.gather(
        store.commit("w", {"a": b"1"}), store.commit("w", {"a": b"2", "b": 3}), return_exceptions=True
    )
    assert (good, type(bad)) == (1, TypeError)
    assert dict((await store.load("w")).records) == {"a": b"1"}


@pytest.mark.parametrize("alone", [True, False])
async def test_a_full_disk_is_reported_and_the_commit_writes_nothing(
    opened: Callable[..., Awaitable[SqliteStore]], alone: bool
) -> None:
    store = await opened(alone=alone)
    await put(store, a="1")
    await store._worker.run(lambda: store._connection.execute("PRAGMA max_page_count = 30"))
    with pytest.raises(StoreUnavailable, match="full"):
        await put(store, a="2", b="x" * 500_000)
    contents = await store.load("w")
    assert (contents.version, dict(contents.records)) == (1, {"a": b"1"})
    await store._worker.run(lambda: store._connection.execute("PRAGMA max_page_count = 1000000"))
    assert await put(store, b="x" * 500_000) == 2


@pytest.mark.parametrize("alone", [True, False])
async def test_a_file_that_was_taken_away_is_missed_until_it_is_back(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path, alone: bool
) -> None:
    store = await opened(alone=alone)
    await put(store, a="1")
    away = path.rename(f"{path}.away")
    with pytest.raises(StoreUnavailable, match="not there any more"):
        await put(store, a="2")
    path.write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="another file now"):
        await put(store, a="2")
    away.replace(path)
    assert await put(store, a="3") == 2
    assert dict((await store.load("w")).records) == {"a": b"3"}


async def test_a_file_locked_by_another_program_is_reported_and_waited_for(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    store = await opened(alone=False, patience=0.05)
    with looking(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await put(store, a="1")
        assert (await store.load("w")).version == 0
        other.execute("ROLLBACK")
        assert await put(store, a="1") == 1


async def test_another_program_can_read_a_shared_file_meanwhile(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    store = await opened(alone=False)
    with looking(path) as other:
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM records").fetchone()[0] == 0
        assert await put(store, a="1") == 1
        other.execute("ROLLBACK")
        assert other.execute("SELECT count(*) FROM records").fetchone()[0] == 1


async def test_with_two_lock_holders_the_later_commit_fails(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    """Two processes hold the lock after its file was removed."""
    one = await opened("one", alone=False)
    await one.acquire("w", 0)
    path.with_name("ark.db-pen").unlink()
    two = await opened("two", alone=False)
    assert await put(two, a="two") == 1
    with pytest.raises(LockLost):
        await one.commit("w", {"a": b"one"})
    assert dict((await two.load("w")).records) == {"a": b"two"}


async def test_the_log_is_trimmed_now_and_then(opened: Callable[..., Awaitable[SqliteStore]], path: Path) -> None:
    store = await opened(alone=False)
    await store.acquire("w", 0)
    for _ in range(KEPT + 300):
        await store.commit("w", {})
    await store.release("w")
    with looking(path) as connection:
        assert KEPT <= connection.execute("SELECT count(*) FROM log").fetchone()[0] < KEPT + 300


async def test_a_process_that_is_silent_for_three_seconds_is_dead(
    opened: Callable[..., Awaitable[SqliteStore]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = await opened("one", alone=False), await opened("two", alone=False)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    await one.heartbeat()
    now += 2.9
    await two.heartbeat()
    assert await two.live_processes() == {"one", "two"}
    now += 0.2
    assert await one.live_processes() == await two.live_processes() == {"two"}


async def test_an_unchanged_file_is_not_queried_for_commits(
    opened: Callable[..., Awaitable[SqliteStore]],
) -> None:
    one, two = await opened("one", alone=False), await opened("two", alone=False)
    await put(one, a="1")
    assert (await two.commits_since({"w": 1}))["w"] == ()
    asked = []
    two._reader.set_trace_callback(asked.append)
    for _ in range(3):
        assert (await two.commits_since({"w": 1}))["w"] == ()
    assert asked == ["PRAGMA data_version"] * 3
    await put(one, a="2")
    assert len((await two.commits_since({"w": 1}))["w"]) == 1


async def test_a_copy_of_the_files_of_a_running_server_can_be_opened(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path, tmp_path: Path
) -> None:
    store = await opened()
    await put(store, a="1")
    (tmp_path / "copy").mkdir()
    for each in tmp_path.glob("ark.db*"):
        shutil.copy(each, tmp_path / "copy")
    copy = await opened("two", at=tmp_path / "copy" / "ark.db")
    assert dict((await copy.load("w")).records) == {"a": b"1"}


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
@pytest.mark.parametrize("alone", [True, False])
async def test_the_files_of_a_store_are_for_their_owner_alone(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path, alone: bool
) -> None:
    before = os.umask(0)
    try:
        store = await opened(alone=alone)
        await put(store, a="1")
        found = {each.name: oct(each.stat().st_mode & 0o777) for each in path.parent.iterdir()}
    finally:
        os.umask(before)
    beside = ["", "-wal"] if alone else ["", "-next", "-pen", "-shm", "-wal"]
    assert found == {f"ark.db{end}": "0o600" for end in beside}


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
async def test_a_file_that_is_there_keeps_its_mode_and_the_files_beside_it_have_the_same(
    opened: Callable[..., Awaitable[SqliteStore]], path: Path
) -> None:
    path.touch()
    path.chmod(0o660)
    await put(await opened(alone=False), a="1")
    assert {oct(each.stat().st_mode & 0o777) for each in path.parent.iterdir()} == {"0o660"}


async def test_only_one_wait_for_a_lock_that_is_never_released(
    opened: Callable[..., Awaitable[SqliteStore]],
) -> None:
    holder, other = await opened("one", alone=False), await opened("two", alone=False, patience=0.1)
    await holder.acquire("w", 0)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="another process has held the write lock for more than"):
            await other.acquire("w", 0)
    assert await holder.commit("w", {"a": b"1"}, release=True) == 1
    for _ in range(1_000):
        try:
            await other.acquire("w", 0)
            break
        except StoreUnavailable:
            await asyncio.sleep(0.01)  # real time: the waiting thread acquires the lock, and releases it
    assert await other.commit("w", {"b": b"2"}, release=True) == 2
    assert await put(holder, c="3") == 3
