"""A thousand downloads at once, a third of which hang up half-way: the rest is right, and nothing stays behind."""

import asyncio
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

CLIENTS = 1_000
CLIP_BYTES = 5_000_000
"""More than the systems in between take in at once, so that the server is still writing when a client hangs up."""
PART = 400_000
CLIPS = 5
SERVE = [str(Path(sys.executable).parent / "ark-emulator"), "serve", "--port", "0", "--log", "off"]
STATUS = "/proc/{pid}/status"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")


@pytest.fixture
def many_files() -> Iterator[None]:
    """Lets this process and its children have a connection for every client."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CLIENTS + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"only {hard} open files are allowed, and {wanted} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def server(many_files: None, tmp_path: Path) -> Iterator[tuple[str, int, Path]]:
    """A server in a process of its own, with clips of about the size of real ones: its address, pid and stderr."""
    with (tmp_path / "stderr").open("w+") as errors:
        command = [*SERVE, "--clock", "polls", "--clip-bytes", str(CLIP_BYTES)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        yield process.stdout.readline().strip().partition("=")[2], process.pid, tmp_path / "stderr"
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()


def narrow(address: tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]) -> socket.socket:
    """A socket that takes in little at a time, so that the server is still writing when a client hangs up."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    return made


def resident(pid: int) -> int:
    """The memory of a process in kB."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(STATUS.format(pid=pid)).read_text())[1])


async def made(session: aiohttp.ClientSession, url: str) -> str:
    """The link of a new clip."""
    tasks = f"{url}/api/v3/contents/generations/tasks"
    body = {"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}], "duration": 4}
    key = {"Authorization": "Bearer x"}
    async with session.post(tasks, json={**body, "resolution": "480p"}, headers=key) as answer:
        task_id = (await answer.json())["id"]
    while True:
        async with session.get(f"{tasks}/{task_id}", headers=key) as answer:
            task = await answer.json()
        if task["status"] == "succeeded":
            return task["content"]["video_url"]


async def whole(session: aiohttp.ClientSession, link: str) -> bytes:
    """The clip."""
    async with session.get(link) as answer:
        assert answer.status == 200
        return await answer.read()


async def part(session: aiohttp.ClientSession, link: str, clip: bytes, start: int) -> None:
    """Takes a part of the clip, and compares it."""
    async with session.get(link, headers={"Range": f"bytes={start}-{start + PART - 1}"}) as answer:
        assert (answer.status, answer.headers["Content-Range"]) == (
            206,
            f"bytes {start}-{start + PART - 1}/{CLIP_BYTES}",
        )
        assert await answer.read() == clip[start : start + PART]


async def half(session: aiohttp.ClientSession, link: str, clip: bytes) -> None:
    """Begins to take the clip, and then closes the connection."""
    async with session.get(link) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(CLIP_BYTES))
        assert await answer.content.readexactly(PART) == clip[:PART]
        answer.close()


async def crowd(session: aiohttp.ClientSession, clips: list[tuple[str, bytes]]) -> None:
    """All clients at once: two thirds take a part each, one of a hundred all of it, the others hang up half-way."""

    async def client(place: int) -> None:
        link, clip = clips[place % CLIPS]
        if place % 100 == 1:
            assert await whole(session, link) == clip
        elif place % 3:
            await part(session, link, clip, place * 1_000)
        else:
            await half(session, link, clip)

    await asyncio.gather(*(client(place) for place in range(CLIENTS)))


async def back_to(pid: int, limit: float) -> int:
    """Waits until the memory of the process is down to the limit, in kB; answers with what it came to."""
    for _ in range(400):
        if (size := resident(pid)) <= limit:
            break
        await asyncio.sleep(0.05)  # real time: another process frees its memory
    return size


async def test_a_thousand_downloads_a_third_of_which_hang_up_leave_nothing_behind(
    server: tuple[str, int, Path],
) -> None:
    url, pid, stderr = server
    connector = aiohttp.TCPConnector(limit=0, force_close=True, socket_factory=narrow)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        links = [await made(session, url) for _ in range(CLIPS)]
        clips = [(link, await whole(session, link)) for link in links]
        await crowd(session, clips)
        before = resident(pid)
        await crowd(session, clips)
        after = await back_to(pid, before * 1.1)
    assert after <= before * 1.1, f"{before} kB before, {after} kB after"
    assert stderr.read_text().count("Traceback") == 0
