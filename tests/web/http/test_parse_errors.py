"""Requests that reach no handler: an error in Ark's envelope and one log line, neither of which repeats the request."""

import asyncio
import json
from typing import Any

import pytest
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.server.request_heads import STRICT

from tests.support.caller import Caller

HEAD = b"Host: localhost\r\nAuthorization: Bearer sk-SECRET1\r\n"
GET = b"GET /api/v3/contents/generations/tasks/SECRET HTTP/1.1\r\n"
CLOSE = b"Connection: close\r\n"
POST = b"POST /api/v3/contents/generations/tasks HTTP/1.1\r\n"


async def raw(url: str, text: bytes) -> tuple[int, str, str]:
    """Send bytes, and return status, headers and body of the response."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(text)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body.decode()


WRONG = [
    (GET + b"Host: localhost\r\nAuthorization: Bearer sk-SECRET1\x01\r\n\r\n", 400, "a header has characters"),
    (GET + b"Host: localhost\r\nsk-SECRET@: 1\r\n\r\n", 400, "a header has characters"),
    (b"GET * HTTP/1.1\r\n" + HEAD + b"\r\n", 400, "no URL"),
    (b"GET http://SECRET:99999/ HTTP/1.1\r\n" + HEAD + b"\r\n", 400, "no URL"),
    (GET + HEAD + b"X: SECRET" + b"a" * 9_000 + b"\r\n\r\n", 400, "longer than 8190 bytes"),
    (GET[:-11] + b"SECRET" * 2_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n", 400, "longer than 8190 bytes"),
    (GET + HEAD + b"".join(b"X-%d: SECRET\r\n" % each for each in range(200)) + b"\r\n", 400, "too many headers"),
    (GET + b"Host: SECRET\r\n" + HEAD + b"\r\n", 400, "two Host headers"),
    (GET + b"Authorization: Bearer sk-SECRET1\r\n\r\n", 400, "no Host header"),
    (bytes.fromhex("1603010200010001fc0303") + bytes(40), 400, "HTTPS"),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "HTTP/2"),
    (b"SECRET / HTTP/1.1\r\n" + HEAD + b"\r\n", 400, "method"),
    (b"GET /SECRET HTTP/9.9\r\n" + HEAD + b"\r\n", 400, "first line"),
    (bytes(range(256)) * 8, 400, ""),
    (POST + HEAD + b"Transfer-Encoding: chunked\r\n\r\nSECRET\r\nabc\r\n0\r\n\r\n", 400, "chunks are broken"),
    (POST + HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "in two ways"),
    (POST + HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nSECRET", 400, "announced twice"),
    (POST + HEAD + b"Content-Length: -5\r\n\r\nSECRET", 400, "no number"),
    (b"CONNECT SECRET.com:443 HTTP/1.1\r\nHost: SECRET.com:443\r\n\r\n", 404, "path of api"),
    (POST + HEAD + b"Expect: SECRET\r\nContent-Length: 2\r\n\r\n{}", 417, "Expect header"),
]


@pytest.mark.parametrize(("text", "status", "why"), WRONG, ids=range(len(WRONG)))
async def test_what_is_no_http_is_told_in_arks_envelope_and_nothing_of_it_repeated(
    capfd: pytest.CaptureFixture[str], text: bytes, status: int, why: str
) -> None:
    running = await start(Settings(port=0, log="text"))
    try:
        found, head, body = await raw(running.url, text)
    finally:
        await running.stop()
    error = json.loads(body)["error"]
    assert (found, list(error)) == (status, ["code", "message", "param", "type"])
    assert (why if STRICT or why != "HTTPS" else "method") in error["message"]
    assert head.partition("X-Request-Id: ")[2].split()[0] in error["message"]
    assert "application/json" in head
    stderr = capfd.readouterr().err
    assert stderr.count("\n") == 1
    assert error["message"].partition(" Request id")[0] in stderr
    assert "SECRET" not in head + body + stderr


async def test_a_server_without_a_log_is_silent_about_it(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, ark: Caller
) -> None:
    assert (await raw(ark.url, b"SECRET\r\n\r\n"))[0] == 400
    assert (capfd.readouterr().err, caplog.messages) == ("", [])


async def test_garbage_behind_a_good_request_is_told_after_its_answer(ark: Caller) -> None:
    good = b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    _, _, body = await raw(ark.url, good + b"GARBAGE\x01\r\n\r\n")
    assert "not valid HTTP" in body


async def test_an_error_within_the_server_is_noted_without_its_words_and_told_as_one(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, ark: Caller
) -> None:
    def fail(*_: DialectResponse | Exchange, emulated: bool) -> None:
        raise RuntimeError("sk-SECRET1")

    monkeypatch.setattr("ark_emulator.web.dispatch.send", fail)
    answer = await ark.call("GET", "/api/v3/contents/generations/tasks")
    assert (answer.status, answer.json["error"]["code"]) == (500, "InternalServiceError")
    (line,) = caplog.messages
    assert line.startswith("unexpected RuntimeError at test_parse_errors.py:")
    assert "SECRET" not in line + capfd.readouterr().err


async def test_a_request_that_expects_to_be_asked_for_its_body_is(ark: Caller) -> None:
    status, head, _ = await raw(
        ark.url, POST + HEAD + b"Expect: 100-continue\r\n" + CLOSE + b"Content-Length: 2\r\n\r\n{}"
    )
    assert (status, "100 Continue" in head) == (100, True)


async def test_a_client_that_leaves_before_it_is_asked_for_its_body_leaves_no_trace(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, ark: Caller
) -> None:
    host, _, port = ark.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(POST + HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
    writer.close()
    await writer.wait_closed()
    for _ in range(3):
        await ark.now()
    assert (capfd.readouterr().err, caplog.messages) == ("", [])


EXPECTING = POST + HEAD + b"Content-Type: application/json\r\nExpect: 100-continue\r\n"
NO_KEY = EXPECTING.replace(b"Authorization", b"X-Other")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (EXPECTING + b"Content-Length: 73400320\r\n\r\n", 413),
        (
            EXPECTING.replace(b"/api/v3/contents/generations/tasks", b"/v1/videos")
            + b"Content-Length: 73400320\r\n\r\n",
            413,
        ),
        (
            POST.replace(b"/api/v3/contents/generations/tasks", b"/_emulator/faults")
            + EXPECTING[len(POST) :]
            + b"Content-Length: 73400320\r\n\r\n",
            413,
        ),
        (NO_KEY + b"Content-Length: 10\r\n\r\n", 401),
        (EXPECTING.replace(b"/api", b"/none") + b"Content-Length: 10\r\n\r\n", 404),
        (EXPECTING.replace(b"100-continue", b"more") + b"Content-Length: 10\r\n\r\n", 417),
    ],
    ids=["too large", "too large for a gateway", "too large for control", "no key", "no route", "no such expectation"],
)
async def test_a_refusal_that_the_head_is_enough_for_comes_before_the_body_is_asked_for(
    ark: Caller, head: Any, status: Any
) -> None:
    host, _, port = ark.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head)
    async with asyncio.timeout(10):
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert answer.split()[1] == b"%d" % status
    assert b"\r\nconnection: close\r\n" in answer.lower()


async def test_a_client_that_was_asked_for_its_body_keeps_its_connection(ark: Caller) -> None:
    host, _, port = ark.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for _ in range(2):
        writer.write(EXPECTING + b"Content-Length: 2\r\n\r\n")
        async with asyncio.timeout(10):
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(b"{}")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400 ")
            await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split()[0]))
    writer.close()
