"""Measure ten thousand clients at once: `python -m tests.bench.connections [COUNT]`.

Every client keeps one connection open and polls a task over it. Afterwards the server is stopped while all of them are
still connected.
"""

import asyncio
import resource
import sys
import time
from collections.abc import Awaitable, Callable

from tests.bench.servers import MODEL, TASKS, Server, emulator, running

COUNT = 10_000
ROUNDS = 3
OPENING = 500
"""Connections that are being opened at a time."""
HEAD = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk-bench\r\n\r\n"

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def polled(ends: Ends, request: bytes) -> float:
    """Seconds until a poll over an open connection was answered."""
    reader, writer = ends
    began = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"a poll was answered with {head[:40]!r}")
    await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
    return time.perf_counter() - began


async def in_time(works: list[Callable[[], Awaitable[float]]], about: str) -> None:
    """Do things at once, and print how long all of them and the slowest took."""
    began = time.perf_counter()
    waits = sorted(await asyncio.gather(*(work() for work in works)))
    took = time.perf_counter() - began
    half, most = (1e3 * waits[int(len(waits) * share)] for share in (0.5, 0.99))
    print(
        f"{about}: {took:.2f} s, {len(works) / took:.0f} per second; half within {half:.0f} ms, 99 % in {most:.0f} ms"
    )


async def measured(server: Server, count: int) -> None:
    """Connect, poll, weigh, and stop."""
    document = {"model": MODEL, "content": [{"type": "text", "text": "a cat"}]}
    path = f"{TASKS}/{server.told('POST', TASKS, document)['id']}"
    request = HEAD.format(path=path).encode()
    alone, gate, held = server.memory(), asyncio.Semaphore(OPENING), []

    async def open_one() -> float:
        async with gate:
            began = time.perf_counter()
            ends = await asyncio.open_connection("127.0.0.1", server.port)
            held.append(ends)
            await polled(ends, request)
            return time.perf_counter() - began

    await in_time([open_one] * count, f"{count} connected and polled")
    for _ in range(ROUNDS):
        await in_time([lambda ends=ends: polled(ends, request) for ends in held], f"{count} polled at once")
    grown = server.memory() - alone
    print(f"memory: {alone / 1e6:.0f} MB alone, {grown / 1e6:.0f} MB more for them, {grown / count / 1e3:.1f} kB each")
    began = time.perf_counter()
    server.process.terminate()
    status = await asyncio.to_thread(server.process.wait, 10)
    print(f"stopped with {status} after {time.perf_counter() - began:.2f} s, all of them connected")
    for _, writer in held:
        writer.close()


def main() -> None:
    """Measure as many as were asked for."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with running(emulator("uvloop"), "/_emulator/health") as server:
        asyncio.run(measured(server, count))


if __name__ == "__main__":
    main()
