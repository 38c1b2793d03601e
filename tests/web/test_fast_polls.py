"""Fast responses to polls: the same as those of the full handler, but for the time that they take."""

import asyncio
from typing import Any

import pytest
from aiohttp.web_request import Request
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.web.http.http_response import CompleteResponse

from tests.support.caller import Caller, Serve


@pytest.fixture
def fast_responses(ark: Caller, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Record the fast response to each request, None for one that was left to the full handler."""
    server = ark.running._runner.server
    real, seen = server._fast_response, []

    def record(request: Request) -> CompleteResponse | None:
        answer = real(request)
        seen.append(answer)
        return answer

    monkeypatch.setattr(server, "_fast_response", record)
    return seen


def head(task_id: str, *more: str) -> bytes:
    """Return a poll as bytes."""
    lines = [f"GET /api/v3/contents/generations/tasks/{task_id} HTTP/1.1", "Host: ark", "Authorization: Bearer sk-test"]
    return ("\r\n".join([*lines, *more]) + "\r\n\r\n").encode()


async def answers(ark: Caller, data: bytes, count: int) -> list[tuple[int, bytes]]:
    """Send bytes over a new connection, and return the statuses and bodies of the responses."""
    reader, writer = await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])
    writer.write(data)
    found = []
    async with asyncio.timeout(20):
        for _ in range(count):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            found.append((int(head.split()[1]), await reader.readexactly(length)))
    writer.close()
    return found


async def test_the_second_poll_gets_a_fast_response_equal_to_the_first(ark: Caller, fast_responses: list[Any]) -> None:
    task_id = await ark.create()
    first, second = [await ark.call("GET", f"{ark.tasks}/{task_id}") for _ in range(2)]
    assert [each is None for each in fast_responses[-2:]] == [True, False]
    assert (first.status, first.body) == (second.status, second.body)
    changed = {name for name, value in first.headers.items() if second.headers[name] != value}
    assert {name.lower() for name in changed} == {"x-request-id"}


async def test_fast_responses_are_journaled_and_counted(ark: Caller, fast_responses: list[Any]) -> None:
    task_id = await ark.create()
    for _ in range(3):
        await ark.poll(task_id)
    assert fast_responses[-1] is not None
    entries = (await ark.control("GET", "journal"))["items"]
    assert [(each["method"], each["status"], each.get("task")) for each in entries[-3:]] == [("GET", 200, task_id)] * 3
    metrics = (await ark.call("GET", "/_emulator/metrics")).body.decode()
    assert 'operation="fetch",status="200"} 3.0' in metrics


async def test_time_moves_it_on(ark: Caller, fast_responses: list[Any]) -> None:
    task_id = await ark.create()
    for status in ("queued", "running", "succeeded"):
        assert await ark.status(task_id) == await ark.status(task_id) == status
        assert fast_responses[-1] is not None
        await ark.advance(1 if status == "queued" else 10)


async def test_a_fault_strikes_though_the_answer_was_there(ark: Caller, fast_responses: list[Any]) -> None:
    task_id = await ark.create()
    await ark.poll(task_id)
    await ark.control("POST", "faults", {"on": "fetch", "first": 1, "status": 503})
    path = f"{ark.tasks}/{task_id}"
    assert [(await ark.call("GET", path)).status for _ in range(2)] == [503, 200]
    assert fast_responses[-2] is None


async def test_a_task_that_was_erased_is_not_found(ark: Caller, fast_responses: list[Any]) -> None:
    task_id = (await ark.finished())["id"]
    await ark.poll(task_id)
    assert fast_responses[-1] is not None
    assert (await ark.call("DELETE", f"{ark.tasks}/{task_id}")).status == 200
    assert (await ark.call("GET", f"{ark.tasks}/{task_id}")).status == 404


async def test_without_a_key_it_is_refused(ark: Caller, fast_responses: list[Any]) -> None:
    task_id = await ark.create()
    await ark.poll(task_id)
    assert (await ark.call("GET", f"{ark.tasks}/{task_id}", None)).status == 401
    assert fast_responses[-1] is None


async def test_each_look_counts_where_polls_move_the_clock(serve: Serve) -> None:
    ark = await serve(mode=ClockMode.POLLS)
    task_id = await ark.create()
    assert [await ark.status(task_id) for _ in range(3)] == ["queued", "running", "succeeded"]


@pytest.mark.parametrize("more", [(), ("Connection: close",), ("Expect: 100-continue",), ("X-Long: " + "x" * 4000,)])
async def test_other_heads_get_the_same_answer(ark: Caller, more: tuple[Any, ...]) -> None:
    task_id = await ark.create()
    (expected,) = await answers(ark, head(task_id), 1)
    sent = head(task_id, *more)
    if "Expect: 100-continue" in more:
        reader, writer = await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])
        writer.write(sent)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        writer.close()
        return
    assert await answers(ark, sent, 1) == [expected]


async def test_requests_sent_together_are_answered_in_their_order(ark: Caller) -> None:
    one, two = [await ark.create(prompt) for prompt in ("one", "two")]
    for task_id in (one, two):
        await ark.poll(task_id)
    body = b'{"model": "none", "content": [{"type": "text", "text": "x"}]}'
    create = b"POST /api/v3/contents/generations/tasks HTTP/1.1\r\nHost: ark\r\nAuthorization: Bearer sk-test\r\n"
    create += b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    found = await answers(ark, head(one) + head(two) + create + head(one), 4)
    assert [status for status, _ in found] == [200, 200, 404, 200]
    asked = (one, two, "none", one)
    assert all(name.encode() in body for name, (_, body) in zip(asked, found, strict=True))


async def test_a_head_that_comes_in_pieces_is_answered(ark: Caller, fast_responses: list[Any]) -> None:
    task_id = await ark.create()
    await ark.poll(task_id)
    reader, writer = await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])
    whole = head(task_id)
    for piece in (whole[:40], whole[40:90], whole[90:]):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)  # real time: the pieces shall arrive one by one
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
    assert fast_responses[-1] is not None
    writer.close()
