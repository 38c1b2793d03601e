"""What the server withstands: thousands of connections, slow and silent clients, floods; each has a bound."""

import asyncio
import contextlib
import itertools
import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from ark_emulator.web.server import connection as connection_module
from ark_emulator.web.server import http_limits, http_runner

from tests.support.caller import Caller, Serve
from tests.support.constants import PATIENT

SERVING = """
import os, signal
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import run

def announce(running):
    print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

run(Settings(port=0, log="off"), announce)
"""
POLL = b"GET /_emulator/health HTTP/1.1\r\nHost: ark\r\n\r\n"
CREATE = b"POST /api/v3/contents/generations/tasks HTTP/1.1\r\nHost: ark\r\nAuthorization: Bearer sk-test\r\n"


class Connection:
    """A client that sends what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> tuple[int, bytes]:
        """The status and the body of the next answer."""
        async with asyncio.timeout(PATIENT):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            return int(head.split()[1]), await self.reader.readexactly(length)

    async def ended(self) -> bool:
        """Whether the server ends the connection; what it sends before that is passed over."""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(PATIENT):
                while await self.reader.read(1 << 16):
                    pass
        return True


@pytest.fixture
async def connect(ark: Caller) -> AsyncIterator[Callable[..., Awaitable[Connection]]]:
    """Opens connections to the server."""
    opened = []

    async def connect_one() -> Connection:
        connection = Connection(*await asyncio.open_connection("127.0.0.1", port_of(ark)))
        opened.append(connection.writer)
        return connection

    yield connect_one
    for writer in opened:
        writer.close()


@pytest.fixture
def many_files() -> Iterator[int]:
    """Lets this program open many files; answers with how many connections it may have at both ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(hard, 10_000) if hard != resource.RLIM_INFINITY else 10_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    yield max(soft, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def becomes(condition: Callable[..., Any]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENT):
        for _ in itertools.count():
            if condition():
                return
            await asyncio.sleep(0.01)  # real time: the system and the other end take theirs


def port_of(ark: Caller) -> int:
    return ark.running._runner.addresses[0][1]


async def test_two_thousand_connections_are_all_answered_and_drained_in_time(many_files: int, serve: Serve) -> None:
    count = min(2_000, (many_files - 500) // 2)
    ark = await serve()
    gate = asyncio.Semaphore(200)

    async def polled() -> tuple[Connection, int]:
        async with gate:
            connection = Connection(*await asyncio.open_connection("127.0.0.1", port_of(ark)))
            connection.send(POLL)
            return connection, (await connection.answer())[0]

    held = await asyncio.gather(*(polled() for _ in range(count)))
    assert [status for _, status in held] == [200] * count
    for connection, _ in held:
        connection.send(POLL)
    assert [(await connection.answer())[0] for connection, _ in held] == [200] * count
    began = time.monotonic()
    await ark.running.stop()
    assert time.monotonic() - began < 5
    for connection, _ in held:
        assert await connection.reader.read() == b""
        connection.writer.close()


async def test_connections_beyond_the_most_are_refused_and_leave_their_place(
    ark: Caller, connect: Callable[..., Awaitable[Connection]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await connect()
    one.send(POLL)
    assert (await one.answer())[0] == 200
    server = ark.running._runner.server
    monkeypatch.setattr(server, "most", server.open + 1)
    two, three = await connect(), await connect()
    two.send(POLL)
    assert (await two.answer())[0] == 200
    assert await three.ended()
    two.writer.close()
    await two.writer.wait_closed()
    await becomes(lambda: server.open < server.most)
    four = await connect()
    four.send(POLL)
    assert (await four.answer())[0] == 200


def test_connections_leave_some_files_for_the_rest_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, most in ((1024, 1024 - http_limits.SPARE), (100, 50)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, 4096))
        assert http_runner.most_connections() == most
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert http_runner.most_connections() > 1_000_000


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        ((1024, 4096), (4096, 4096)),
        ((1024, 1 << 20), (http_limits.FILES, 1 << 20)),
        ((1024, resource.RLIM_INFINITY), (http_limits.FILES, resource.RLIM_INFINITY)),
        ((1 << 20, 1 << 20), None),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), None),
    ],
)
def test_the_program_asks_for_more_files_as_far_as_it_may(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], wanted: tuple[int, int] | None
) -> None:
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    http_runner.take_more_files()
    assert asked == ([wanted] if wanted else [])


def test_a_system_that_refuses_more_files_is_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int | tuple[int, int]) -> None:
        raise ValueError("not so many")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    http_runner.take_more_files()


def test_a_served_program_has_more_files() -> None:
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 2000))\n{SERVING}"
    ended = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, timeout=PATIENT, check=True)
    assert ended.stdout.split() == ["2000"]


async def test_a_head_that_drips_is_cut_off(
    connect: Callable[..., Awaitable[Connection]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEAD", 0.1)
    connection = await connect()
    connection.send(POLL[:20])
    status, _ = await connection.answer()
    assert status == 408
    assert await connection.ended()


async def test_a_head_that_drips_after_other_requests_is_cut_off(
    connect: Callable[..., Awaitable[Connection]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await connect()
    connection.send(POLL)
    assert (await connection.answer())[0] == 200
    monkeypatch.setattr(http_limits, "HEAD", 0.1)
    connection.send(POLL[:20])
    assert (await connection.answer())[0] == 408


async def test_a_head_that_stops_as_soon_as_it_began_is_cut_off(ark: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "HEAD", 0.1)
    with socket.create_connection(("127.0.0.1", port_of(ark))) as line:
        line.sendall(POLL[:20])
        line.setblocking(False)
        async with asyncio.timeout(PATIENT):
            assert b" 408 " in await asyncio.get_running_loop().sock_recv(line, 1000)


async def test_polls_that_are_answered_at_once_start_no_timer_for_heads(
    ark: Caller, connect: Callable[..., Awaitable[Connection]]
) -> None:
    task_id = await ark.create()
    asked = f"GET {ark.tasks}/{task_id} HTTP/1.1\r\nHost: ark\r\nAuthorization: Bearer sk-test\r\n\r\n".encode()
    connection = await connect()
    for _ in range(3):
        connection.send(asked)
        assert (await connection.answer())[0] == 200
    assert [made._head for made in ark.running._runner.server.connections if made._begun] == [None, None]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("before", [b"", POLL], ids=["at first", "after a poll"])
async def test_a_host_that_there_cannot_be_is_refused(
    connect: Callable[..., Awaitable[Connection]], method: str, before: bytes
) -> None:
    connection = await connect()
    if before:
        connection.send(before)
        await connection.answer()
    connection.send(f"{method} http://xn--/ HTTP/1.1\r\nHost: ark\r\nContent-Length: 0\r\n\r\n".encode())
    status, body = await connection.answer()
    assert (status, b"no URL" in body) == (400, True)


async def test_a_head_in_pieces_that_is_whole_in_time_is_answered(
    ark: Caller, connect: Callable[..., Awaitable[Connection]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await connect()
    for piece in (POLL[:10], POLL[10:30], POLL[30:]):
        connection.send(piece)
        await connection.writer.drain()
        await asyncio.sleep(0)
    assert (await connection.answer())[0] == 200
    (made,) = ark.running._runner.server.connections
    assert made._head is None


async def test_a_connection_without_a_request_ends_after_a_while(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "OPTIONS", {**connection_module.OPTIONS, "keepalive_timeout": 0.1})
    ark = await serve()
    silent = Connection(*await asyncio.open_connection("127.0.0.1", port_of(ark)))
    assert await silent.ended()
    silent.writer.close()


async def test_the_system_looks_for_machines_that_are_gone_without_a_word(
    ark: Caller, connect: Callable[..., Awaitable[Connection]]
) -> None:
    connection = await connect()
    connection.send(POLL)
    await connection.answer()
    (made,) = ark.running._runner.server.connections
    line = made.transport.get_extra_info("socket")
    assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == http_limits.PROBED


async def test_a_body_that_stops_coming_is_refused(
    connect: Callable[..., Awaitable[Connection]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "PAUSE", 0.1)
    connection = await connect()
    connection.send(CREATE + b"Content-Length: 1000\r\n\r\n{")
    status, body = await connection.answer()
    assert (status, json.loads(body)["error"]["code"]) == (400, "InvalidParameter")
    assert b"it stopped coming" in body


async def test_a_body_that_comes_slowly_but_steadily_is_taken(
    connect: Callable[..., Awaitable[Connection]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "PAUSE", 1.0)
    monkeypatch.setattr(http_limits, "LEAST", 1)
    body = json.dumps(
        {"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}]}
    ).encode()
    connection = await connect()
    connection.send(CREATE + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
    step = len(body) // 10
    for start in range(0, len(body), step):
        connection.send(body[start : start + step])
        await asyncio.sleep(0.11)  # real time: the body takes longer than a pause may
    assert (await connection.answer())[0] == 200


async def test_a_client_that_takes_nothing_is_given_up(
    ark: Caller, connect: Callable[..., Awaitable[Connection]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "UNREAD", 0.1)
    task = await ark.finished(resolution="1080p")
    path = task["content"]["video_url"].removeprefix(ark.url)
    server = ark.running._runner.server
    others = {*server.connections}
    connection = await connect()
    await becomes(lambda: others < {*server.connections})
    (stuck,) = {*server.connections} - others
    connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(400):  # more than the buffers of both ends hold
        connection.send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port_of(ark)}\r\n\r\n".encode())
    await becomes(lambda: stuck not in server.connections)
    assert stuck._unread is not None, "it was given up for something else"


@pytest.mark.parametrize(
    "flood",
    [
        b"GET /" + b"a" * http_limits.LINE,
        b"GET / HTTP/1.1\r\nHost: ark\r\nX-Large: " + b"a" * http_limits.LINE * 2,
        b"GET / HTTP/1.1\r\nHost: ark\r\n" + b"X-Many: 1\r\n" * (http_limits.HEADERS + 1) + b"\r\n",
        b"GET / HTTP/1.1\r\n" + b"a" * http_limits.LINE * 2,
    ],
    ids=["line", "header", "headers", "name"],
)
async def test_a_flood_of_heads_is_refused_and_ends_the_connection(
    connect: Callable[..., Awaitable[Connection]], flood: bytes
) -> None:
    connection = await connect()
    connection.send(flood + b"a" * 100_000)
    status, _ = await connection.answer()
    assert status == 400
    assert await connection.ended()


@pytest.mark.parametrize("endless", [b"X-Many: 1\r\n", b"a", b"\r\n"], ids=["headers", "one header", "empty lines"])
async def test_a_head_without_an_end_is_not_kept(
    ark: Caller, connect: Callable[..., Awaitable[Connection]], endless: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEAD", 1.0)
    connection = await connect()
    connection.send(b"" if endless == b"\r\n" else b"GET / HTTP/1.1\r\n")
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENT):
            while not connection.writer.is_closing() and ark.running._runner.server.open:
                connection.send(endless * 10_000)
                await connection.writer.drain()
                await asyncio.sleep(0)
    assert await connection.ended()


@pytest.mark.parametrize(
    "endless", [b"1;" + b"e" * 10_000, b"0\r\n" + b"X-Many: 1\r\n" * 10_000], ids=["extension", "trailers"]
)
async def test_a_body_with_endless_trimmings_is_not_kept(
    connect: Callable[..., Awaitable[Connection]], endless: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "PAUSE", 0.5)
    connection = await connect()
    connection.send(CREATE + b"Transfer-Encoding: chunked\r\n\r\n" + endless)
    status, _ = await connection.answer()
    assert status in (400, 401, 431)
