"""The door: unknown routes, bad JSON, bodies that are too large, and the headers of every answer."""

import asyncio
import re

import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.dialects.base import ListRequest
from ark_emulator.runtime.commands import task_commands
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.world.world import World

from tests.support.caller import Answer, Caller, Serve

TASKS = "/api/v3/contents/generations/tasks"
START = 1_790_000_000
JSON = "application/json"


def request_id_told(answer: Answer) -> str:
    """The request id at the end of an error message."""
    return re.search(r"[Rr]equest id: (\S+)$", answer.json["error"]["message"]).group(1)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/favicon.ico"),
        ("GET", "/api/v3"),
        ("POST", "/api/v3/chat/completions"),
        ("POST", TASKS + "/"),
        ("PUT", TASKS),
        ("PATCH", TASKS + "/cgt-1"),
        ("GET", "/api/v3/contents/generations/tasks/a/b"),
        ("GET", "/..%2f..%2fetc%2fpasswd"),
        ("DELETE", "/%00%ff"),
    ],
)
async def test_an_unknown_route_is_told_as_json(ark: Caller, method: str, path: str) -> None:
    answer = await ark.call(method, path)
    assert answer.status in (404, 405)
    assert answer.headers["Content-Type"].startswith(JSON)
    assert set(answer.json["error"]) == {"code", "message", "param", "type"}


async def test_an_unknown_control_route_is_told_in_the_control_apis_own_words(ark: Caller) -> None:
    answer = await ark.call("GET", "/_emulator/nothing", None)
    assert answer.status == 404
    assert set(answer.json["error"]) == {"code", "message"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"not json", b"\xff\xfe", b'{"model": NaN}', b"[1]", b'"text"', b"null", b"5"]
)
async def test_a_body_that_is_no_json_object_is_told_as_json(ark: Caller, body: bytes) -> None:
    answer = await ark.call("POST", TASKS, data=body, headers={"Content-Type": JSON})
    assert answer.status == 400
    assert answer.json["error"]["type"] == "BadRequest"


async def test_a_body_nested_without_end_is_refused_and_hurts_nothing(ark: Caller) -> None:
    deep = b'{"model":' + b"[" * 200_000
    assert (await ark.call("POST", TASKS, data=deep, headers={"Content-Type": JSON})).status == 400
    assert (await ark.try_create()).status == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"5"])
async def test_control_too_wants_a_json_object(ark: Caller, body: bytes) -> None:
    answer = await ark.call("POST", "/_emulator/clock/advance", None, data=body)
    assert answer.status == 400
    assert answer.json["error"]["code"] == "bad_json"


async def test_a_body_of_64_mb_is_read_and_one_byte_more_is_refused(ark: Caller) -> None:
    most = 64 * 1024 * 1024
    body = b'{"model":"x","content":[],"padding":"' + b" " * most
    fits = body[: most - 2] + b'"}'
    answer = await ark.call("POST", TASKS, data=fits, headers={"Content-Type": JSON})
    assert answer.status in (400, 404)
    answer = await ark.call("POST", TASKS, data=fits + b" ", headers={"Content-Type": JSON})
    assert (answer.status, answer.json["error"]["type"]) == (413, "PayloadTooLarge")
    assert (await ark.try_create()).status == 200


async def test_every_answer_has_a_request_id_of_its_own_and_echoes_the_clients(ark: Caller) -> None:
    mine = "20260921221320ABCDEFGHIJKLMNOPQRST"
    answers = [await ark.call("GET", TASKS, headers={"X-Client-Request-Id": mine}) for _ in range(3)]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 3
    assert {answer.headers["X-Client-Request-Id"] for answer in answers} == {mine}
    assert all(re.fullmatch(r"021790000000000[0-9a-f]{38}", answer.headers["X-Request-Id"]) for answer in answers)
    assert "X-Client-Request-Id" not in (await ark.call("GET", TASKS)).headers


async def test_an_error_message_ends_with_the_request_id_of_its_header_however_fast_the_clock(serve: Serve) -> None:
    ark = await serve(mode=ClockMode.LIVE, speed=1e6)
    for answer in (
        await ark.call("GET", TASKS + "/cgt-1"),
        await ark.try_create(model="none"),
        await ark.call("GET", TASKS, None),
    ):
        assert request_id_told(answer) == answer.headers["X-Request-Id"]


async def test_an_answer_is_dated_by_the_worlds_clock(ark: Caller) -> None:
    assert (await ark.call("GET", TASKS)).headers["Date"] == "Mon, 21 Sep 2026 14:13:20 GMT"


async def test_a_mistake_of_ours_is_told_as_an_internal_error_and_the_server_goes_on(
    ark: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: ListRequest | Engine | World) -> None:
        raise ZeroDivisionError("divided")

    with monkeypatch.context() as patched:
        patched.setattr("ark_emulator.runtime.queries.listing", broken)
        answer = await ark.call("GET", TASKS)
    assert (answer.status, answer.json["error"]["code"]) == (500, "InternalServiceError")
    assert "ZeroDivisionError: divided" in caplog.text
    assert (await ark.call("GET", TASKS)).status == 200


async def test_a_client_that_hangs_up_in_the_middle_hurts_nobody(ark: Caller, caplog: pytest.LogCaptureFixture) -> None:
    host, port = ark.url.removeprefix("http://").split(":")
    head = f"POST {TASKS} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer k\r\nContent-Length: 100\r\n\r\n"
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode() + b'{"model"')
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await ark.try_create()).status == 200
    assert (await ark.call("GET", TASKS)).json["total"] == 1
    assert "unexpected" not in caplog.text


async def test_what_is_no_http_is_refused_and_hurts_nobody(ark: Caller) -> None:
    host, port = ark.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert b"400" in await reader.readline()
    writer.close()
    assert (await ark.try_create()).status == 200


async def test_an_error_that_nobody_foresaw_is_logged_with_its_place(
    ark: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(task_commands, "submit", lambda *_: {}["missing"])
    assert (await ark.try_create()).status == 500
    (line,) = caplog.messages
    assert "unexpected KeyError: 'missing' at test_dispatch.py:" in line
    assert "called from ark_handlers.py:" in line
