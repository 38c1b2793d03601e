"""Several processes on one address: one ready line, one end, and nobody notices when one of them dies."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.caller import Caller
from tests.support.constants import PATIENT, TASKS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


class Served(Caller):
    """A server in processes of its own."""

    def __init__(self, process: Process, url: str, session: aiohttp.ClientSession) -> None:
        self.process, self.url, self.session = process, url, session

    def workers(self) -> list[int]:
        """The processes that serve."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(name) for name in found.read_text().split()]

    async def stop(self) -> tuple[int, float]:
        """Stop the server with a signal; return its exit code and the duration."""
        began = time.monotonic()
        self.process.terminate()
        return await self.process.wait(), time.monotonic() - began


@pytest.fixture
async def program(tmp_path: Path) -> Any:
    """Starts the program with flags; whatever still runs in the end is killed."""
    started = []

    async def start_one(*flags: str) -> Any:
        command = (sys.executable, "-m", "ark_emulator", "serve", "--port", "0", "--log", "off", *flags)
        place = {**os.environ, "TMPDIR": str(tmp_path)}
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=place
        )
        async with asyncio.timeout(PATIENT):
            line = (await process.stdout.readline()).decode().strip()
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        started.append(Served(process, line.removeprefix("ARK_EMULATOR_URL="), session))
        return started[-1]

    yield start_one
    for served in started:
        await served.session.close()
        if served.process.returncode is None:
            served.process.kill()
            await served.process.wait()


async def test_workers_share_what_they_serve(program: Any, tmp_path: Path) -> None:
    served = await program("--workers", "2", "--clock", "frozen")
    assert len(served.workers()) == 2
    name = await served.create()
    assert {await served.status(name) for _ in range(20)} == {"queued"}
    await served.advance(3)
    assert {await served.status(name) for _ in range(20)} == {"running"}
    listed = await asyncio.gather(*(served.call("GET", TASKS) for _ in range(20)))
    assert {answer.json["total"] for answer in listed} == {1}
    code, took = await served.stop()
    assert (code, took < PATIENT) == (0, True)
    assert await served.process.stdout.read() == b""
    assert list(tmp_path.glob("ark-emulator-*")) == []


async def test_a_worker_that_dies_is_replaced(program: Any) -> None:
    served = await program("--workers", "2", "--clock", "frozen")
    name = await served.create()
    before = set(served.workers())
    os.kill(min(before), signal.SIGKILL)
    async with asyncio.timeout(PATIENT):
        while len(after := set(served.workers())) < 2 or after == before:
            with contextlib.suppress(aiohttp.ClientError):
                await served.status(name)
    assert {await served.status(name) for _ in range(10)} == {"queued"}
    code, _ = await served.stop()
    assert code == 0
    assert b"another takes its place" in await served.process.stderr.read()


async def test_workers_end_when_their_parent_is_killed_and_leave_no_worlds_behind(program: Any, tmp_path: Path) -> None:
    served = await program("--workers", "2")
    workers = served.workers()
    served.process.kill()
    await served.process.wait()
    deadline = time.monotonic() + PATIENT
    while any(_runs(worker) for worker in workers):
        assert time.monotonic() < deadline
    assert list(tmp_path.glob("ark-emulator-*")) == []


async def test_worlds_that_killed_processes_left_behind_are_removed_at_the_next_start(
    program: Any, tmp_path: Path
) -> None:
    served = await program("--workers", "2")
    (left,) = tmp_path.glob("ark-emulator-*")
    others = tmp_path / "ark-emulator-of-another-program"
    others.mkdir()
    workers = served.workers()
    os.kill(served.process.pid, signal.SIGSTOP)  # so that it replaces none
    for process in (*workers, served.process.pid):
        os.kill(process, signal.SIGKILL)
    await served.process.wait()
    assert left.exists()
    running = await program("--workers", "2")
    assert not left.exists()
    assert others.exists()
    (mine,) = set(tmp_path.glob("ark-emulator-*")) - {others}
    await program("--workers", "2")
    assert mine.exists()
    await running.create()


async def test_a_file_outlives_workers_that_are_killed(program: Any, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'worlds.db'}"
    served = await program("--workers", "2", "--store", store, "--clock", "frozen")
    names = [await served.create() for _ in range(5)]
    for worker in served.workers():
        os.kill(worker, signal.SIGKILL)
    served.process.kill()
    await served.process.wait()
    alone = await program("--store", store)
    assert {task["id"] for task in (await alone.control("GET", "tasks"))["items"]} == set(names)
    assert (await alone.control("GET", "clock"))["mode"] == "frozen"
    assert (await alone.stop())[0] == 0


@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        (("--store", "mysql://here"), 2, "is no store"),
        (("--store", "sqlite:"), 2, "names no file"),
        (("--workers", "0"), 2, "whole number from 1"),
        (("--store", "redis://127.0.0.1:1/abc"), 2, "'/abc', which is not the number of a database"),
        (("--store", "sqlite:/no/such/folder/worlds.db"), 2, "/no/such/folder"),
        (("--store", "sqlite:/no/such/folder/worlds.db", "--workers", "2"), 2, "/no/such/folder"),
        (("--store", "redis://127.0.0.1:1/0"), 4, "127.0.0.1:1/0 cannot be reached"),
        (("--store", "redis://127.0.0.1:1/0", "--workers", "2"), 4, "127.0.0.1:1/0 cannot be reached"),
        (("--host", "203.0.113.1", "--workers", "2"), 3, "cannot listen"),
    ],
)
async def test_a_server_that_cannot_start_is_an_error(
    program: Any, flags: tuple[str, str], code: int, told: str
) -> None:
    served = await program(*flags)
    assert served.url == ""
    text = (await served.process.stderr.read()).decode()
    assert await served.process.wait() == code
    assert told in text
    assert "Traceback" not in text


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
