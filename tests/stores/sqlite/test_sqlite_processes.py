"""The SQLite store with several processes: acknowledged commits survive SIGKILL, and the write lock is fair."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest
from ark_emulator.stores.sqlite import database_file
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore

PATIENT = 60.0
"""Real seconds after which a test that waits for another process gives up."""
WRITER = """
import asyncio, sys
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore

async def write(store, name):
    number = known = 0
    while True:
        await store.acquire("w", known)
        known = await store.commit("w", {f"{name}-{number}": b"x" * 300, "last": name.encode()}, release=True)
        print(f"{name}-{number}", flush=True)
        number += 1

async def main(path, me, alone, width):
    store = SqliteStore(path, process_id=me, alone=alone == "alone")
    await store.open()
    await store.heartbeat()
    await asyncio.gather(*(write(store, f"{me}{number}") for number in range(int(width))))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ark.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """A process's store on a shared file."""
    made = SqliteStore(path, process_id="one", alone=False)
    await made.open()
    yield made
    await made.close()


async def put(store: SqliteStore, name: str) -> int:
    await store.acquire("w", 0)
    return await store.commit("w", {name: b"x"}, release=True)


@contextlib.contextmanager
def writer(path: Path, me: str = "p", how: str = "alone", width: int = 8) -> Iterator[subprocess.Popen[Any]]:
    """A program that commits as fast as it can, and prints what was acknowledged."""
    command = [sys.executable, "-c", WRITER, str(path), me, how, str(width)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[Any], count: int) -> list[str]:
    """The next lines of a program; blocks."""
    return [process.stdout.readline().strip() for _ in range(count)]


async def names(path: Path, alone: bool = True) -> tuple[int, set[str]]:
    """The names of all records in the file."""
    store = SqliteStore(path, process_id="judge", alone=alone)
    await store.open()
    contents = await store.load("w")
    await store.close()
    return contents.version, set(contents.records) - {"last"}


async def test_whatever_was_acknowledged_outlives_a_kill(path: Path) -> None:
    acknowledged = set()
    for turn in range(4):
        with writer(path, f"p{turn}-") as process:
            acknowledged.update(await asyncio.to_thread(lines, process, 150 + 40 * turn))
            process.send_signal(signal.SIGKILL)
            acknowledged.update((await asyncio.to_thread(process.stdout.read)).split("\n")[:-1])
        version, found = await names(path)
        assert acknowledged <= found
        assert version == len(found)
    assert len(acknowledged) > 600


async def test_the_pen_of_a_process_that_was_killed_is_free(store: SqliteStore, path: Path) -> None:
    for turn in range(3):
        with writer(path, f"p{turn}-", "shared", 2) as process:
            acknowledged = set(await asyncio.to_thread(lines, process, 20))
            process.send_signal(signal.SIGKILL)
            async with asyncio.timeout(PATIENT):
                await put(store, f"mine{turn}")
            acknowledged.update((await asyncio.to_thread(process.stdout.read)).split("\n")[:-1])
        assert acknowledged <= set((await store.load("w")).records)


async def test_a_process_that_hangs_with_the_pen_is_waited_for(store: SqliteStore, path: Path) -> None:
    with writer(path, "p", "shared", 1) as process:
        await asyncio.to_thread(lines, process, 5)
        await store.acquire("w", 0)
        await store.release("w")
        process.send_signal(signal.SIGSTOP)
        taking = asyncio.create_task(put(store, "mine"))
        await asyncio.wait([taking], timeout=0.05)
        process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(PATIENT):
            assert await taking


async def test_processes_that_want_the_pen_all_the_time_all_get_it(store: SqliteStore, path: Path) -> None:
    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(writer(path, f"p{number}-", "shared", 1)) for number in range(4)]
        await asyncio.gather(*(asyncio.to_thread(lines, program, 1) for program in programs))
        reading = [asyncio.create_task(asyncio.to_thread(program.stdout.read)) for program in programs]
        before = set((await store.load("w")).records)
        counts = dict.fromkeys(range(4), 0)
        async with asyncio.timeout(PATIENT):
            while min(counts.values()) < 25:
                await asyncio.sleep(0.05)  # real time: other processes are at work
                new = set((await store.load("w")).records) - before
                counts = {number: sum(name.startswith(f"p{number}-") for name in new) for number in range(4)}
        for program in programs:
            program.kill()
        await asyncio.gather(*reading)
    assert max(counts.values()) < 8 * min(counts.values()), counts


async def test_many_processes_can_make_one_file_at_once(path: Path) -> None:
    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(writer(path, f"p{number}-", "shared", 1)) for number in range(4)]
        first = await asyncio.gather(*(asyncio.to_thread(lines, program, 1) for program in programs))
    assert [found for (found,) in first] == [f"p{number}-0-0" for number in range(4)]


def test_a_file_that_another_makes_meanwhile_is_taken_for_ours(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look, others = database_file._number, []

    def interrupted(connection: Connection, pragma: str) -> int:
        found = look(connection, pragma)
        if not others:
            others.append(
                threading.Thread(target=lambda: database_file.opened(path, alone=False, patience=PATIENT).close())
            )
            others[0].start()
            others[0].join(0.2)  # it may have to wait for us
        return found

    monkeypatch.setattr(database_file, "_number", interrupted)
    database_file.opened(path, alone=False, patience=PATIENT).close()
    others[0].join(PATIENT)
    assert not others[0].is_alive()
