"""What a server may send to the HTTP client of callbacks and downloads before it is cut off."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import aiohttp
import pytest
from ark_emulator.core.task.values import Item, Kind, Submission, TaskParameters
from ark_emulator.runtime.callbacks.callback_sender import CallbackSender
from ark_emulator.runtime.common import bounded_http
from ark_emulator.runtime.common.bounded_http import BoundedConnector, allow_body, allow_more
from ark_emulator.runtime.media.references import MediaInspector

MOST = 32 * 1024 * 1024
"""Bytes after which the server gives up: many times what may be read, and what sockets hold."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "informational responses": (b"", CONTINUE),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-A: %b\r\n" % (b"a" * 7_000)),
    "an extension of a chunk": (HEAD + b"2\r\nok\r\n1;a=", b"x" * 50_000),
    "trailers": (HEAD + b"2\r\nok\r\n0\r\n", b"X-A: %b\r\n" % (b"a" * 7_000)),
}


class Server:
    """A server that answers with `first` and then with `then`, over and over; it counts what it could send."""

    def __init__(self) -> None:
        self.first, self.then = b"", b""
        self.sent = 0
        self.cut_off = asyncio.Event()
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            writer.write(self.first)
            while self.then and self.sent < MOST:
                writer.write(self.then)
                self.sent += len(self.then)
                await writer.drain()
        self.cut_off.set()
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    async with await asyncio.start_server(made.answer, "127.0.0.1", 0) as listening:
        made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        yield made


@pytest.mark.parametrize("name", ENDLESS)
async def test_a_callback_receiver_that_never_ends_its_response_is_cut_off(server: Server, name: str) -> None:
    server.first, server.then = ENDLESS[name]
    sender = CallbackSender(lambda *_: b"{}")
    outcome = await sender._post(server.url, b"{}", {})
    await server.cut_off.wait()
    assert server.sent < MOST
    if b"2\r\nok" in server.first:
        assert (outcome.verdict, outcome.status) == ("delivered", 200)
    else:
        assert outcome.verdict == "error"
    await sender.close()


async def test_the_attempt_says_that_its_receiver_sent_too_much(server: Server) -> None:
    server.first, server.then = b"", CONTINUE
    sender = CallbackSender(lambda *_: b"{}")
    assert "too many bytes" in (await sender._post(server.url, b"{}", {})).detail
    await sender.close()


@pytest.mark.parametrize("name", ENDLESS)
async def test_a_media_server_that_never_ends_its_response_is_a_broken_download(server: Server, name: str) -> None:
    server.first, server.then = ENDLESS[name]
    inspector = MediaInspector("fetch")
    item = Item(Kind.IMAGE, server.url, "reference_image")
    submission = Submission("ark", "sk-test", "model", (item,), TaskParameters(), "http://127.0.0.1:7333")
    facts = (await inspector.inspect_media(submission))[0]
    await server.cut_off.wait()
    assert (facts.problem, server.sent < MOST) == ("download.broken", True)
    await inspector.close()


async def test_no_more_than_one_small_piece_is_parsed_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    parse: Callable[..., None] = aiohttp.client_proto.ResponseHandler.data_received
    monkeypatch.setattr(
        aiohttp.client_proto.ResponseHandler,
        "data_received",
        lambda self, data: (sizes.append(len(data)), parse(self, data)),
    )
    server.first = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000_000)
    async with aiohttp.ClientSession(connector=BoundedConnector()) as session, session.get(server.url) as response:
        allow_more(response, 1_000_000)
        assert len(await response.read()) == 1_000_000
    assert max(sizes) == bounded_http.PIECE


@pytest.mark.parametrize("chunk", [b"x", b"x" * 1_000, b"x" * 100_000])
async def test_a_body_in_chunks_of_any_size_is_read_to_its_end(server: Server, chunk: bytes) -> None:
    count = 40_000 if len(chunk) == 1 else 4_000_000 // len(chunk)
    server.first = HEAD + b"%x\r\n%b\r\n" % (len(chunk), chunk) * count + b"0\r\n\r\n"
    size = 0
    async with aiohttp.ClientSession(connector=BoundedConnector()) as session, session.get(server.url) as response:
        allow_body(response)
        async for piece in response.content.iter_any():
            size += len(piece)
            allow_more(response, len(piece))
    assert size == count * len(chunk)
    assert len(server.first) > bounded_http.HEAD_BYTES


async def test_a_kept_connection_has_the_whole_limit_for_each_response() -> None:
    answers = 0
    body = b"x" * (bounded_http.HEAD_BYTES // 3)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answers
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
                answers += 1
        writer.close()

    connector = BoundedConnector()
    async with (
        await asyncio.start_server(answer, "127.0.0.1", 0) as listening,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        for _ in range(8):
            async with session.get(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/") as response:
                assert await response.read() == body
    assert answers == 8
