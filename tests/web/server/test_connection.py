"""Connections as odd clients use them: half closed, half a head sent, in another version, on another aiohttp."""

import asyncio
import json
import re
import time
from typing import Any

import pytest
from ark_emulator.web.server import connection, http_limits
from ark_emulator.web.server.request_heads import leaves_head, skipped

from tests.support.caller import Caller, Serve
from tests.support.constants import MODEL, TASKS

BODY = json.dumps({"model": MODEL, "content": [{"type": "text", "text": "a cat"}]}).encode()
HEALTH = b"GET /_emulator/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
KEYED = b"Host: ark\r\nAuthorization: Bearer sk-test\r\n"
HEAD = f"POST {TASKS} HTTP/1.1\r\n".encode() + KEYED + b"Content-Type: application/json\r\n"
PATIENT = 10.0
CREATE = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"


@pytest.fixture(params=[True, False], ids=["private names", "public names alone"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Tries both ways to use aiohttp."""
    monkeypatch.setattr(connection, "KNOWS_AIOHTTP", request.param)
    return request.param


async def opened(ark: Caller) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])


async def half_closed(ark: Caller, *pieces: bytes) -> bytes:
    """All that is answered to what is sent before the client closes its side."""
    reader, writer = await opened(ark)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    writer.write_eof()
    async with asyncio.timeout(PATIENT):
        text = await reader.read()
    writer.close()
    return text


def statuses(text: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1\.[01] (\d{3}) ", text)]


def test_this_aiohttp_is_known() -> None:
    assert connection.KNOWS_AIOHTTP


@pytest.mark.parametrize("request_", [CREATE, CHUNKED, HEALTH], ids=["length", "chunks", "no body"])
async def test_a_client_that_closes_its_side_at_once_gets_its_answer(ark: Caller, request_: bytes) -> None:
    text = await half_closed(ark, request_)
    assert statuses(text) == [200]
    assert text.rpartition(b"\r\n\r\n")[2]


async def test_a_client_that_closes_its_side_gets_the_answers_to_everything_it_asked(ark: Caller) -> None:
    task_id = await ark.create()
    poll = f"GET {TASKS}/{task_id} HTTP/1.1\r\nHost: ark\r\nAuthorization: Bearer sk-test\r\n\r\n".encode()
    text = await half_closed(ark, poll * 2 + CREATE + poll * 40)
    assert statuses(text) == [200] * 43


async def test_a_half_closed_client_gets_all_of_a_large_answer(ark: Caller) -> None:
    task_id = await ark.create("\0" * 600_000)
    text = await half_closed(ark, f"GET /_emulator/tasks/{task_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert len(text) > 3_000_000


async def test_a_half_closed_client_waits_for_a_slow_answer(serve: Serve) -> None:
    ark = await serve(mode=None, start=None)
    await ark.control("POST", "faults", {"on": "create", "delay": 0.5})
    assert statuses(await half_closed(ark, CREATE)) == [200]


async def test_half_a_body_with_nothing_more_to_come_is_refused(ark: Caller) -> None:
    for body in (BODY[:-1], b""):
        text = await half_closed(ark, CREATE[: -len(BODY)] + body)
        assert statuses(text) == [400]
        assert b"cut off" in text
    assert (await ark.control("GET", "tasks"))["total"] == 0


async def test_half_a_head_with_nothing_more_to_come_ends_the_connection(ark: Caller) -> None:
    assert await half_closed(ark, HEALTH[:20]) == b""
    assert statuses(await half_closed(ark, HEALTH + HEALTH[:20])) == [200]


async def test_a_half_closed_connection_ends_though_nothing_is_answered(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HALF_CLOSED", 0.1)
    await ark.control("POST", "faults", {"on": "create", "hang": True})
    assert await half_closed(ark, CREATE) == b""
    assert not ark.running.engine.streams


@pytest.mark.parametrize("fault", [{"hang": True}, {"delay": 1000}])
async def test_a_client_that_leaves_during_a_wait_ends_it(serve: Serve, fault: dict[str, Any]) -> None:
    ark = await serve(mode=None, start=None)
    await ark.control("POST", "faults", {"on": "create", **fault})
    _, writer = await opened(ark)
    writer.write(CREATE)
    async with asyncio.timeout(PATIENT):
        while not ark.running.engine.streams:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # real time: it begins to wait
    writer.close()
    began = time.monotonic()
    async with asyncio.timeout(PATIENT):
        while ark.running.engine.streams:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # real time: the other end hears of it
    assert time.monotonic() - began < http_limits.HALF_CLOSED / 2
    assert (await ark.control("GET", "tasks"))["total"] == 0


@pytest.mark.parametrize("version", ["2.0", "0.9"])
async def test_another_major_version_is_refused_in_the_form_of_our_own(ark: Caller, version: str) -> None:
    text = await half_closed(ark, HEALTH.replace(b"1.1", version.encode()))
    assert text.startswith((b"HTTP/1.0 505 ", b"HTTP/1.1 505 "))
    assert json.loads(text.partition(b"\r\n\r\n")[2])["error"]["code"] == "HTTPVersionNotSupported"


@pytest.mark.parametrize("request_", [HEALTH, CREATE, CHUNKED], ids=["no body", "length", "chunks"])
@pytest.mark.parametrize("together", [True, False])
async def test_half_a_second_head_is_cut_off_though_it_came_while_the_first_was_answered(
    ark: Caller, monkeypatch: pytest.MonkeyPatch, request_: bytes, together: bool
) -> None:
    monkeypatch.setattr(http_limits, "HEAD", 0.2)
    reader, writer = await opened(ark)
    for piece in [request_ + HEALTH[:20]] if together else [request_[:-3], request_[-3:] + HEALTH[:20]]:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)  # real time: the pieces shall arrive one by one
    async with asyncio.timeout(PATIENT):
        assert statuses(await reader.read()) == [200, 408]
    writer.close()


async def test_half_a_second_head_is_cut_off_though_the_first_is_answered_late(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEAD", 0.1)
    ark = await serve(mode=None, start=None)
    await ark.control("POST", "faults", {"on": "create", "delay": 0.5})
    reader, writer = await opened(ark)
    writer.write(CREATE)
    await asyncio.sleep(0.05)  # real time: the second comes by itself
    writer.write(HEALTH[:20])
    async with asyncio.timeout(PATIENT):
        assert statuses(await reader.read()) == [200, 408]
    writer.close()


@pytest.mark.parametrize("request_", [HEALTH, CREATE, CHUNKED, HEALTH * 3, CREATE * 2 + HEALTH, CREATE + b"\r\n"])
@pytest.mark.parametrize("step", [1, 7, 100, 10_000])
async def test_no_time_runs_for_a_connection_on_which_everything_is_complete(
    ark: Caller, request_: bytes, step: int
) -> None:
    reader, writer = await opened(ark)
    for start in range(0, len(request_), step):
        writer.write(request_[start : start + step])
        await writer.drain()
        await asyncio.sleep(0)
    count = request_.count(b" HTTP/1.1")
    found = b""
    async with asyncio.timeout(PATIENT):
        while len(statuses(found)) < count:
            found += await reader.read(1 << 16)
    await asyncio.sleep(0.05)  # real time: for what is behind the last request
    (made,) = ark.running._runner.server.connections
    assert made._head is None
    writer.close()


@pytest.mark.parametrize(
    ("data", "bodies", "found"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", [0], False),
        (b"GET / HTTP/1.1\r\n\r\nG", [0], True),
        (b"GET / HTTP/1.1\r\n\r\n\r\n", [0], False),
        (b"POST / HTTP/1.1\r\n\r\n{}", [2], False),
        (b"POST / HTTP/1.1\r\n\r\n{}G", [2], True),
        (b"POST / HTTP/1.1\r\n\r\n\r\n\r\n", [4], False),
        (b"POST / HTTP/1.1\r\n\r\n\r\n\r\nG", [4], True),
        (b"POST / HTTP/1.1\r\n\r\n{}GET / HTTP/1.1\r\n\r\n", [2, 0], False),
        (b"POST / HTTP/1.1\r\n\r\n{}GET / HTTP/1.1\r\n\r\nG", [2, 0], True),
        (b"POST / HTTP/1.1\r\n\r\n2\r\n{}\r\n0\r\n\r\n", [None], False),
        (b"POST / HTTP/1.1\r\n\r\n2\r\n{}\r\n0\r\n\r\nG", [None], True),
        (b"POST / HTTP/1.1\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\nG", [None, 0], False),
        (b"no end", [0], False),
    ],
)
def test_the_beginning_of_another_head_is_seen(data: bytes, bodies: list[Any], found: bool) -> None:
    assert leaves_head(data, 0, bodies) is found
    assert leaves_head(b"body" + data, 4, bodies) is found


def test_line_ends_before_a_head_are_skipped() -> None:
    assert [skipped(data, 0) for data in (b"GET", b"\r\nGET", b"\r\n\r\nGET", b"\n")] == [0, 2, 4, 0]


async def test_everything_is_answered_whatever_aiohttp_is_like_inside(ark: Caller, either: bool) -> None:
    task_id = await ark.create()
    assert [await ark.status(task_id) for _ in range(3)] == ["queued"] * 3
    assert (await ark.call("GET", "/nothing")).status == 404
    reader, writer = await opened(ark)
    writer.write(HEALTH + CREATE + HEALTH)
    found = b""
    async with asyncio.timeout(PATIENT):
        while len(statuses(found)) < 3:
            found += await reader.read(1 << 16)
    assert statuses(found) == [200] * 3
    writer.close()
