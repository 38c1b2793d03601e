"""Connections of unusual clients: half-closed, with incomplete heads or other versions, and with other aiohttp."""

import asyncio
import json
import re
import time
from typing import Any

import pytest
from ark_emulator.runtime.media import pictures
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
    """Run a test with and without the private names of aiohttp."""
    monkeypatch.setattr(connection, "KNOWS_AIOHTTP", request.param)
    return request.param


async def opened(ark: Caller) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])


async def half_closed(ark: Caller, *pieces: bytes) -> bytes:
    """Send bytes, half-close the connection, and return all bytes of the responses."""
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


async def test_a_half_closed_client_gets_all_of_a_large_answer(ark: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LONGEST_TEXT", 1_000_000)
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
            await asyncio.sleep(0.01)  # real time: the other end is notified
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


GARBAGE = b"\x00\x01\x02"


@pytest.mark.parametrize("garbage", [GARBAGE, b"GARBAGE\r\n\r\n"], ids=["bytes", "line"])
@pytest.mark.parametrize(
    ("pieces", "count"),
    [
        ([CREATE], 1),
        ([HEALTH], 1),
        ([CHUNKED], 1),
        ([CREATE + CREATE], 2),
        ([HEALTH + HEALTH], 2),
        ([HEALTH + CHUNKED + CREATE], 3),
        ([CREATE[:50], CREATE[50:]], 1),
        ([CREATE[:-5], CREATE[-5:] + HEALTH], 2),
    ],
    ids=["create", "get", "chunks", "two creates", "two gets", "all", "head in two", "body in two"],
)
async def test_garbage_in_the_segment_of_good_requests_is_refused_after_their_answers(
    ark: Caller, pieces: Any, count: Any, garbage: Any
) -> None:
    reader, writer = await opened(ark)
    for piece in [*pieces[:-1], pieces[-1] + garbage]:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)  # real time: the pieces shall arrive one by one
    async with asyncio.timeout(PATIENT):
        assert statuses(await reader.read()) == [200] * count + [400]
    writer.close()


async def test_a_body_that_breaks_after_its_request_began_gets_one_answer_at_once(
    ark: Caller, capfd: pytest.CaptureFixture[str]
) -> None:
    reader, writer = await opened(ark)
    head, end, _ = CHUNKED.partition(b"\r\n\r\n")
    writer.write(head + end + b'5\r\n{"a":\r\n')
    await asyncio.sleep(0.05)  # real time: the handler waits for more
    writer.write(b"zz\r\n")
    async with asyncio.timeout(PATIENT):
        assert statuses(await reader.read()) == [400]
    writer.close()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("sent", [CREATE[:-5], CHUNKED[:-12], CREATE[:-5].replace(b"/api", b"/none")])
async def test_a_body_that_its_client_cut_off_leaves_no_line_on_stderr(
    ark: Caller, capfd: pytest.CaptureFixture[str], sent: Any
) -> None:
    assert statuses(await half_closed(ark, sent))[0] in (400, 404)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("request_", [HEALTH, CREATE, HEALTH + CREATE + HEALTH], ids=["get", "create", "three"])
@pytest.mark.parametrize("step", [1, 11, 10_000])
@pytest.mark.parametrize("minor", range(1, 10))
async def test_a_later_minor_version_is_answered_as_http_1_1(ark: Caller, request_: Any, minor: Any, step: Any) -> None:
    sent = request_.replace(b"HTTP/1.1", b"HTTP/1.%d" % minor)
    reader, writer = await opened(ark)
    for start in range(0, len(sent), step):
        writer.write(sent[start : start + step])
        await writer.drain()
        await asyncio.sleep(0)
    found = b""
    async with asyncio.timeout(PATIENT):
        while found.count(b"HTTP/1.1 200 OK\r\n") < request_.count(b" HTTP/1.1"):
            found += await reader.read(1 << 16)
            assert not reader.at_eof()
    writer.close()


@pytest.mark.parametrize("version", ["1.10", "1.", "1", "3.0", "1.2 x"])
async def test_what_is_no_version_is_refused(ark: Caller, version: Any) -> None:
    text = await half_closed(ark, HEALTH.replace(b"1.1", version.encode()))
    assert statuses(text) == [400]


async def test_a_connection_on_which_many_requests_waited_does_not_end_by_the_time_for_a_head(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEAD", 0.1)
    ark = await serve()
    reader, writer = await opened(ark)
    writer.write(CREATE * 100)
    found = b""
    async with asyncio.timeout(PATIENT):
        while len(statuses(found)) < 100:
            found += await reader.read(1 << 16)
    await asyncio.sleep(0.3)  # real time: as long as a head may take, and more
    writer.write(HEALTH)
    async with asyncio.timeout(PATIENT):
        assert statuses(await reader.readuntil(b"\r\n\r\n")) == [200]
    writer.close()


def large_head(size: Any, request_: Any = HEALTH) -> Any:
    """Return the head of a request with `size` bytes, in headers of at most 8,000."""
    head, end, body = request_.partition(b"\r\n\r\n")
    missing = size - len(head) - len(end)
    while missing > 8_000:
        head += b"\r\nX-Large: " + b"h" * 4_000
        missing = size - len(head) - len(end)
    return head + b"\r\nX-Large: " + b"h" * (missing - len(b"\r\nX-Large: ")) + end + body


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"identity, chunked", b",chunked", b"gzip", b"chunked, chunked"])
async def test_a_transfer_coding_other_than_chunked_is_refused(ark: Caller, coding: bytes) -> None:
    text = await half_closed(ark, CHUNKED.replace(b"chunked", coding))
    assert statuses(text) == [400]
    assert b"The request is not valid HTTP" in text


@pytest.mark.parametrize("coding", [b"Chunked", b"  chunked "])
async def test_chunked_is_taken_however_it_is_written(ark: Caller, coding: bytes) -> None:
    assert statuses(await half_closed(ark, CHUNKED.replace(b"chunked", coding))) == [200]


@pytest.mark.parametrize("step", [1_000, 1_000_000])
@pytest.mark.parametrize("request_", [HEALTH, CREATE], ids=["get", "create"])
async def test_a_head_has_at_most_as_many_bytes_as_it_may(ark: Caller, request_: Any, step: Any) -> None:
    for size, status in ((http_limits.HEAD_BYTES, 200), (http_limits.HEAD_BYTES + 1, 431)):
        sent = large_head(size, request_)
        assert sent.index(b"\r\n\r\n") + 4 == size
        text = await half_closed(ark, *(sent[start : start + step] for start in range(0, len(sent), step)))
        assert statuses(text) == [status]
    error = json.loads(text.partition(b"\r\n\r\n")[2])["error"]
    assert (error["code"], error["type"]) == ("RequestHeaderFieldsTooLarge", "RequestHeaderFieldsTooLarge")
    assert error["message"].startswith("The head of the request is larger than 65,536 bytes.")


async def test_requests_before_a_head_that_is_too_large_are_answered(ark: Caller) -> None:
    text = await half_closed(ark, CREATE + HEALTH + large_head(http_limits.HEAD_BYTES + 1) + HEALTH)
    assert statuses(text) == [200, 200, 431]


async def test_a_connection_keeps_its_size_after_many_requests_with_large_heads(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEADS_BYTES", 100_000)
    reader, writer = await opened(ark)
    for _ in range(30):
        writer.write(large_head(20_000, CREATE))
        async with asyncio.timeout(PATIENT):
            head = await reader.readuntil(b"\r\n\r\n")
            assert statuses(head) == [200]
            await reader.readexactly(int(re.search(rb"Content-Length: (\d+)", head)[1]))
    assert ark.running._runner.server.heads.held <= 40_000
    writer.close()
    async with asyncio.timeout(PATIENT):
        while ark.running._runner.server.heads.held:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # real time: the other end is notified


async def begun(ark: Any, sent: Any) -> Any:
    """Return a connection after the server has read the bytes that were sent."""
    heads = ark.running._runner.server.heads
    before = heads.held
    reader, writer = await opened(ark)
    writer.write(sent)
    async with asyncio.timeout(PATIENT):
        while heads.held == before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # real time: the other end reads it
    return reader, writer


async def test_of_too_many_unfinished_heads_those_that_take_longest_are_refused(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEADS_BYTES", 100_000)
    sent = large_head(30_000)
    lines = [await begun(ark, sent[:-4]) for _ in range(3)]
    lines.append(await opened(ark))
    lines[-1][1].write(sent[:-4])
    async with asyncio.timeout(PATIENT):
        text = await lines[0][0].read()
    assert statuses(text) == [503]
    assert b"as many bytes of request heads as it may" in text
    for reader, writer in lines[1:]:
        writer.write(sent[-4:])
        async with asyncio.timeout(PATIENT):
            assert statuses(await reader.readuntil(b"\r\n\r\n")) == [200]
    for _, writer in lines:
        writer.close()


async def test_complete_requests_keep_their_memory_and_new_ones_are_refused_for_want_of_it(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEADS_BYTES", 100_000)
    await ark.control("POST", "faults", {"on": "create", "hang": True})
    waiting = [await begun(ark, large_head(30_000, CREATE)) for _ in range(3)]
    for sent in (large_head(30_000, CREATE), large_head(30_000)[:-4], HEALTH * 300):
        text = await half_closed(ark, sent)
        assert statuses(text)[-1] == 503, sent[:20]
    assert ark.running._runner.server.heads.held <= 100_000
    assert (await ark.control("GET", "health"))["status"] == "ok"
    assert len(ark.running.engine.streams) == 3
    for reader, writer in waiting:
        assert not reader.at_eof()
        writer.close()


async def test_idle_connections_with_large_last_heads_are_closed_for_new_requests(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEADS_BYTES", 100_000)
    lines = [await begun(ark, large_head(30_000, CREATE)) for _ in range(3)]
    for reader, _ in lines:
        await reader.readuntil(b"\r\n\r\n")
    text = await half_closed(ark, large_head(30_000, CREATE))
    assert statuses(text) == [200]
    async with asyncio.timeout(PATIENT):
        assert statuses(await lines[0][0].read()) == []
    assert lines[0][0].at_eof()
    assert not lines[2][0].at_eof()
    for _, writer in lines:
        writer.close()


TRAILER = b"X-Large: " + b"h" * 4_000 + b"\r\n"


@pytest.mark.parametrize(
    ("start", "more"),
    [(b"0\r\n", TRAILER), (b"1;a=", b"x" * 4_000)],
    ids=["trailers", "an extension of a chunk"],
)
@pytest.mark.parametrize("at_once", [False, True])
async def test_what_frames_a_body_has_at_most_as_many_bytes_as_a_head(
    ark: Caller, start: Any, more: Any, at_once: bool
) -> None:
    head, end, body = CHUNKED.partition(b"\r\n\r\n")
    reader, writer = await opened(ark)
    writer.write(head + end + body.removesuffix(b"0\r\n\r\n") + start)
    for _ in range(1 if at_once else 17):  # the last piece is one too many
        await asyncio.sleep(0.01)  # real time: the pieces shall arrive one by one
        writer.write(more * (24 if at_once else 1))
        await writer.drain()
    async with asyncio.timeout(PATIENT):
        text = await reader.read()
    assert statuses(text) in ([400], [431])  # the latter if all came before the request began
    writer.close()


@pytest.mark.parametrize("size", [b"F" * 16, b"100000000", b"0000FFFFFFFFF;a=b"])
@pytest.mark.parametrize("apart", [False, True], ids=["at once", "after the head"])
async def test_a_chunk_larger_than_any_body_is_refused_before_it_comes(ark: Caller, size: bytes, apart: bool) -> None:
    reader, writer = await opened(ark)
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    await asyncio.sleep(0.05 if apart else 0)  # real time: the handler waits for more
    writer.write(size + b"\r\n")
    async with asyncio.timeout(PATIENT):
        assert statuses(await reader.read()) in ([400], [413])  # the former if the request has begun
    writer.close()


async def test_digits_in_a_body_are_not_taken_for_the_size_of_a_chunk(ark: Caller) -> None:
    text = await half_closed(ark, HEAD + b"Content-Length: 13\r\n\r\n", b"FFFFFFFFFFF\r\n", HEALTH)
    assert statuses(text) == [400, 200]


async def test_trailers_of_a_usual_size_are_taken(ark: Caller) -> None:
    body = CHUNKED.removesuffix(b"\r\n") + TRAILER * 3 + b"\r\n"
    assert statuses(await half_closed(ark, body, HEALTH)) == [200, 200]


async def test_a_body_in_many_small_chunks_is_taken(ark: Caller) -> None:
    head, end, _ = CHUNKED.partition(b"\r\n\r\n")
    chunks = b"".join(b"1\r\n%c\r\n" % each for each in CREATE.partition(b"\r\n\r\n")[2] + b" " * 40_000)
    assert statuses(await half_closed(ark, head + end + chunks + b"0\r\n\r\n")) == [200]


async def test_of_too_many_unfinished_trailers_those_that_take_longest_are_refused(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEADS_BYTES", 100_000)
    lines = []
    for _ in range(4):
        reader, writer = await opened(ark)
        writer.write(CHUNKED.removesuffix(b"\r\n"))
        await writer.drain()
        for _ in range(8):
            writer.write(TRAILER)
            await writer.drain()
            await asyncio.sleep(0.01)  # real time: the pieces shall arrive one by one
        lines.append((reader, writer))
    async with asyncio.timeout(PATIENT):
        assert statuses(await lines[0][0].read()) == [400]
    assert ark.running._runner.server.heads.held <= 100_000
    for reader, writer in lines[2:]:
        writer.write(b"\r\n")
        async with asyncio.timeout(PATIENT):
            assert statuses(await reader.readuntil(b"\r\n\r\n")) == [200]
    for _, writer in lines:
        writer.close()
