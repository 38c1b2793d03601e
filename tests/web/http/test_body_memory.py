"""Memory: an exchange releases its body, and the bodies of all requests stay within their limit."""

import asyncio
import contextlib
import gc
import gzip
import itertools
import json
import socket
import types
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp.web_request import Request
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.runtime.callbacks import callback_sender
from ark_emulator.runtime.media import pictures
from ark_emulator.runtime.settings.settings import MAX_BODY
from ark_emulator.web.http.body_memory import BodyMemory
from ark_emulator.web.http.http_response import CompleteResponse
from ark_emulator.web.server import http_limits
from ark_emulator.web.server.connection import Connection

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller
from tests.support.constants import MODEL, PATIENT, TASKS

BIG = b'{"prompt":"' + b"a" * (1 << 20) + b'"}'
JSON = {"Content-Type": "application/json"}
HEAD = f"POST {TASKS} HTTP/1.1\r\nHost: ark\r\nAuthorization: Bearer sk-test\r\nContent-Type: application/json\r\n"
REFUSED = {
    "no model": ("POST", TASKS, BIG, JSON),
    "no JSON": ("POST", TASKS, b"x" * (1 << 20), JSON),
    "no key": ("POST", TASKS, BIG, {**JSON, "Authorization": ""}),
    "of another type": ("POST", TASKS, BIG, {"Content-Type": "text/plain"}),
    "too large": ("POST", TASKS, b"x" * (MAX_BODY + 1), JSON),
    "not packed": ("POST", TASKS, b"x" * (1 << 20), {**JSON, "Content-Encoding": "gzip"}),
    "unpacked too large": ("POST", TASKS, gzip.compress(b"\0" * (MAX_BODY + 1), 1), {"Content-Encoding": "gzip"}),
    "no model at a gateway": ("POST", "/v1/videos", BIG, JSON),
    "no form": ("POST", "/v1/videos", BIG, {"Content-Type": "multipart/form-data; boundary=b"}),
    "no route": ("POST", "/nothing", BIG, JSON),
    "no task": ("GET", f"{TASKS}/none", None, {}),
    "no task to erase": ("DELETE", f"{TASKS}/none", None, {}),
    "no page": ("GET", f"{TASKS}?page_size=x", None, {}),
    "no clip": ("GET", "/ark-emulator/none.mp4", None, {}),
    "no world": ("GET", "/_emulator/health?world=none", None, {}),
    "no such key": ("POST", "/_emulator/clock/advance", BIG, JSON),
    "no scenario": ("PUT", "/_emulator/scenario", b"version: 1\nrules: [", {}),
    "no fault": ("POST", "/_emulator/faults", b'{"on": "never"}', JSON),
}


async def left_by(act: Callable[..., Awaitable[None]]) -> list[Any]:
    """Return the objects and frames of the package that only the garbage collector frees after an action."""
    await act()  # what is made once is made now
    await _settled()
    gc.collect()
    gc.disable()
    try:
        await act()
        await _settled()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return [_name(each) for each in gc.garbage if _is_ours(each)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def _settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0.002)  # real time: the other end closes its connection


def _is_ours(found: Any) -> bool:
    if isinstance(found, types.FrameType):
        return "/emulator/" in found.f_code.co_filename
    return type(found).__module__.startswith("emulator.")


def _name(found: Any) -> Any:
    return found.f_code.co_qualname if isinstance(found, types.FrameType) else type(found).__qualname__


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refused_request_leaves_nothing_for_the_garbage_collector(ark: Caller, name: str) -> None:
    method, path, body, headers = REFUSED[name]

    async def refused() -> None:
        answer = await ark.call(method, path, data=body, headers=headers)
        assert answer.status >= 400

    assert await left_by(refused) == []


@pytest.mark.parametrize("fault", ["hang", "reset", "malformed", "truncate", "delay", "after_commit"])
async def test_an_exchange_that_a_fault_strikes_leaves_nothing_for_the_garbage_collector(
    ark: Caller, fault: str
) -> None:
    value = {"truncate": 0.5, "delay": 5, "after_commit": "reset"}.get(fault, True)
    await ark.control("POST", "faults", {"on": "create", fault: value})

    async def struck() -> None:
        await _sent(ark, HEAD.encode() + b"Content-Length: %d\r\n\r\n" % len(BIG) + BIG)

    assert await left_by(struck) == []


@pytest.mark.parametrize("body", [b"a" * 300_000, b"a"])
async def test_a_client_that_leaves_in_the_middle_of_a_body_leaves_nothing_else(ark: Caller, body: bytes) -> None:
    async def sent() -> None:
        await _sent(ark, HEAD.encode() + b"Content-Length: 1000000\r\n\r\n" + body)

    assert await left_by(sent) == []


async def test_what_is_no_http_leaves_nothing_for_the_garbage_collector(ark: Caller) -> None:
    async def sent() -> None:
        await _sent(ark, b"\x16\x03\x01 hello\r\n\r\n")

    assert await left_by(sent) == []


async def _sent(ark: Caller, data: bytes) -> None:
    """Send bytes over a new connection, and close it shortly after."""
    _, writer = await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])
    with contextlib.suppress(ConnectionError):
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0.05)  # real time: the other end reads it
    writer.close()


@pytest.mark.parametrize("receiver", ["refuses", "hangs"])
async def test_a_callback_that_fails_leaves_nothing_for_the_garbage_collector(
    ark: Caller, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    monkeypatch.setattr(callback_sender, "ATTEMPT_TIMEOUT", 0.05)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1] if receiver == "hangs" else 1

    async def called_back() -> None:
        await ark.create(callback_url=f"http://127.0.0.1:{port}/")
        await ark.advance(10)

    # aiohttp's client keeps its own errors and what it was to send; the error's traceback goes.
    assert [each for each in await left_by(called_back) if each != "Task"] == []
    listening.close()


@pytest.mark.parametrize("path", [TASKS, "/v1/videos"])
async def test_a_connection_that_stays_open_keeps_neither_the_body_nor_the_answer(ark: Caller, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])
    for size in (100_000, 1_000_000):
        body = b"z" * size
        writer.write(HEAD.replace(TASKS, path).encode() + b"Content-Length: %d\r\n\r\n" % size + body)
        await writer.drain()
        async with asyncio.timeout(PATIENT):
            await reader.read(1)
        await _settled()
        ark.running.engine.worlds.default.journal.clear()
        (connection,) = ark.running._runner.server.connections
        kept = connection._task_handler.get_coro().cr_frame.f_locals
        found = _reached([kept["request"], kept["resp"]], 3)
        assert not [each for each in found if isinstance(each, bytes | bytearray) and len(each) >= size]
    writer.close()


def _reached(found: list[Request | CompleteResponse], depth: int) -> list[Any]:
    """Return all objects within a number of references, except for modules and functions."""
    seen = {}
    for _ in range(depth):
        found = [
            each
            for each in gc.get_referents(*found)
            if id(each) not in seen and not isinstance(each, type | types.ModuleType | types.FunctionType)
        ]
        seen.update((id(each), each) for each in found)
    return list(seen.values())


async def test_a_body_waits_while_others_take_all_the_memory_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "BODIES", 1_000_000)
    room = BodyMemory()
    one, two, three = room.share(), room.share(), room.share()
    await one.reserve(700_000)
    waiting = asyncio.ensure_future(two.reserve(400_000))
    behind = asyncio.ensure_future(three.reserve(100_000))
    await asyncio.sleep(0)
    assert (waiting.done(), behind.done(), room.held) == (False, False, 700_000)
    one.shrink(500_000)
    await asyncio.gather(waiting, behind)
    assert room.held == 1_000_000
    for share in (one, two, three):
        share.release()
    assert room.held == 0


async def test_a_body_larger_than_all_the_memory_there_is_gets_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "BODIES", 1_000)
    room = BodyMemory()
    await room.share().reserve(100_000)
    assert room.held == 100_000


async def test_a_body_that_waits_too_long_is_refused_and_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "BODIES", 100_000)
    monkeypatch.setattr(http_limits, "BODY_WAIT", 0.1)
    room = BodyMemory()
    held = room.share()
    await held.reserve(100_000)
    with pytest.raises(Refusal) as refused:
        await room.share().reserve(70_000)
    assert refused.value.key == "server.bodies_full"
    held.release()
    assert room.held == 0


async def test_a_client_that_leaves_while_its_body_waits_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "BODIES", 100_000)
    room = BodyMemory()
    held = room.share()
    await held.reserve(100_000)
    waiting = asyncio.ensure_future(room.share().reserve(70_000))
    await asyncio.sleep(0)
    held.release()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert room.held == 0


@pytest.mark.parametrize("path", [TASKS, "/v1/videos", "/_emulator/clock/advance"])
async def test_bodies_that_take_all_memory_are_refused_in_the_words_of_whom_they_were_sent_to(
    ark: Caller, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(http_limits, "BODIES", 1_000_000)
    monkeypatch.setattr(http_limits, "BODY_WAIT", 0.1)
    _, writer = await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])
    writer.write(HEAD.encode() + b"Content-Length: 1000000\r\n\r\n{")
    await writer.drain()
    await _settled()
    answer = await ark.call("POST", path, data=BIG, headers=JSON)
    assert answer.status == 503
    assert "message" in answer.json or "message" in answer.json["error"]
    small = {"model": MODEL, "content": [{"type": "text", "text": "a cat"}]}
    assert (await ark.call("POST", TASKS, json=small)).status == 200
    writer.close()


async def test_a_body_that_comes_slowly_makes_room_for_one_that_waits(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "BODIES", 1_000_000)
    monkeypatch.setattr(http_limits, "BODY_GRACE", 0.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", ark.running._runner.addresses[0][1])
    writer.write(HEAD.encode() + b"Content-Length: 1000000\r\n\r\n{")
    await writer.drain()
    await _settled()
    document = {"model": MODEL, "content": [{"type": "text", "text": "a cat " * 100_000}]}
    assert (await ark.call("POST", TASKS, data=json.dumps(document), headers=JSON)).status == 200
    async with asyncio.timeout(PATIENT):
        assert b" 503 " in await reader.read(900)
    writer.close()


@pytest.mark.parametrize("by_itself", [False, True], ids=["evicted", "timed out"])
async def test_a_body_whose_time_is_over_can_be_evicted_once_more(by_itself: bool) -> None:
    loop, share = asyncio.get_running_loop(), BodyMemory().share()
    done: list[bool] = []

    def evict() -> None:
        share.evict()
        done.append(share.evicted)

    def end() -> None:
        if by_itself:
            pause.reschedule(loop.time())
        else:
            evict()
        loop.call_soon(evict)  # after the timeout has cancelled the reader, before the reader has noticed

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(PATIENT) as pause:
            share.pause = pause
            loop.call_soon(end)
            await asyncio.Event().wait()
    assert done == ([False] if by_itself else [True, True])


async def test_exchanges_that_hang_hold_no_memory_for_bodies(ark: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "BODIES", 2_000_000)
    monkeypatch.setattr(http_limits, "BODY_WAIT", 0.1)
    await ark.control("POST", "faults", {"on": "create", "hang": True, "first": 3})
    hanging = [asyncio.ensure_future(ark.call("POST", TASKS, data=BIG, headers=JSON)) for _ in range(3)]
    await asyncio.wait(hanging, timeout=0.3)  # real time: they are read, one after the other
    assert (await ark.call("POST", TASKS, data=BIG, headers=JSON)).status == 400
    for each in hanging:
        each.cancel()


async def _becomes(condition: Callable[..., Any]) -> None:
    """Wait until a condition is true."""
    async with asyncio.timeout(PATIENT):
        for _ in itertools.count():
            if condition():
                return
            await asyncio.sleep(0.01)  # real time: the system and the other end take theirs


async def _deaf(ark: Caller) -> tuple[asyncio.StreamWriter, Connection]:
    """Return a connection whose client does not read, and its `Connection`."""
    server = ark.running._runner.server
    before = {*server.connections}
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, ark.running._runner.addresses[0])
    _, writer = await asyncio.open_connection(sock=line)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    await _becomes(lambda: {*server.connections} - before)
    (connection,) = {*server.connections} - before
    return writer, connection


@pytest.mark.parametrize("together", [1, 100])
@pytest.mark.parametrize(
    "path", [f"{TASKS}/none", f"{TASKS}/ID", "/nothing", "/_emulator/scenarios", "/_emulator/openapi.json"]
)
async def test_responses_to_a_client_that_does_not_read_are_bounded(ark: Caller, path: str, together: int) -> None:
    task_id = await ark.create()
    await ark.poll(task_id)
    path = path.replace("ID", task_id)
    sent = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk-test\r\n\r\n".encode() * together
    writer, connection = await _deaf(ark)
    async with asyncio.timeout(PATIENT):
        while not connection._paused:
            writer.write(sent)
            await asyncio.sleep(0)
    for _ in range(20_000 // together):
        writer.write(sent)
    await asyncio.sleep(0.3)  # real time: so long it would go on answering
    assert connection.transport.get_write_buffer_size() < 500_000
    assert len(connection._messages) < 5_000
    writer.transport.abort()


async def test_of_too_many_unread_answers_that_which_waits_for_longest_is_given_up(
    ark: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "LONGEST_TEXT", 1_000_000)
    task_id = await ark.create("\0" * 1_000_000)
    server, deaf = ark.running._runner.server, []
    for count in range(1, 6):
        deaf.append(await _deaf(ark))
        deaf[-1][0].write(f"GET /_emulator/tasks/{task_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        await _becomes(lambda: deaf[-1][1]._paused)
        if count == 1:
            monkeypatch.setattr(http_limits, "UNREAD_BYTES", server._held * 5 // 2)
        assert server._held <= http_limits.UNREAD_BYTES
        assert len(server._unread) == min(count, 2)
    assert [each.transport is None for _, each in deaf[:3]] == [True] * 3
    for writer, _ in deaf:
        writer.transport.abort()
    await _settled()
    assert (server._held, len(server._unread)) == (0, 0)
    assert (await ark.control("GET", "health"))["status"] == "ok"
