"""Servers as processes of their own, which are killed without a warning and started again."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp

STARTING = 60.0
"""Real seconds that a server may take to start, or to end."""
HEALTH = "/_emulator/health"


class Nursery:
    """Starts servers. What they say goes into a file."""

    def __init__(self, folder: Path) -> None:
        self.said = folder / "said"
        with self.said.open("ab") as said:
            command = [sys.executable, "-m", "tests.support.durability.nursery"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said)

    def start(self, *words: str) -> int:
        """Start a program; answers with the number of its process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End everything that was started."""
        self._process.communicate()


@contextlib.contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """A nursery for one test."""
    made = Nursery(folder)
    try:
        yield made
    finally:
        made.close()


class Served:
    """One `ark-emulator serve`, always on the same port."""

    def __init__(self, nursery: Nursery, *flags: str) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._nursery = nursery
        self._command = ("serve", "--port", str(port), "--log", "off", *flags)
        self._number = 0

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._number = self._nursery.start(*self._command)
        async with asyncio.timeout(STARTING), aiohttp.ClientSession() as session:
            while not await _answers(session, self.url + HEALTH):
                if not _lives(self._number):
                    raise RuntimeError(self._nursery.said.read_text("utf-8", "replace")[-2_000:])
                await asyncio.sleep(0.01)  # real time: another program starts

    def kill(self) -> None:
        """End it as a power cut does."""
        _end(self._number, signal.SIGKILL)

    def stop(self) -> None:
        """Stop the process with SIGTERM."""
        _end(self._number, signal.SIGTERM)

    def kill_worker(self, place: int) -> None:
        """End one of the processes that serve under it, without a warning."""
        children = Path(f"/proc/{self._number}/task/{self._number}/children").read_text("ascii").split()
        if children:
            os.kill(int(children[place % len(children)]), signal.SIGKILL)


def _end(number: int, by: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, by)
    until = time.monotonic() + STARTING
    while _lives(number) and time.monotonic() < until:
        time.sleep(0.001)  # real time: another program ends


def _lives(number: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, 0)
        return True
    return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
            return answer.status == 200
    return False
