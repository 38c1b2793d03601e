"""Bodies of requests: compressed, broken, truncated and too large."""

import asyncio
import gzip
import json
import time
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ark_emulator.runtime.settings.settings import MAX_BODY

from tests.support.caller import Answer, Caller

TASKS = "/api/v3/contents/generations/tasks"
MODEL = "dreamina-seedance-2-0-260128"
JSON = {"Content-Type": "application/json"}
PLAIN = json.dumps({"model": MODEL, "content": [{"type": "text", "text": "a cat"}]}).encode()
SUBMIT = json.dumps({"model": "seedance-2.0", "prompt": "a cat"}).encode()
STORED = zlib.compressobj(wbits=-zlib.MAX_WBITS)
RAW = STORED.compress(PLAIN) + STORED.flush()
PATHS = (TASKS, "/v1/videos", "/newapi/v1/videos", "/orcarouter/v1/video/generations", "/easyrouter/v1/videos")
IN_ARKS_WORDS = ["code", "message", "param", "type"]


async def sent(ark: Caller, body: bytes, packing: str = "gzip", path: str = TASKS, **headers: Any) -> Answer:
    given = {**JSON, **({"Content-Encoding": packing} if packing else {}), **headers}
    return await ark.call("POST", path, data=body, headers=given)


@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("gzip", gzip.compress(PLAIN, mtime=0)),
        ("X-GZIP", gzip.compress(PLAIN, mtime=0)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", RAW),
        ("identity", PLAIN),
        ("br", PLAIN),
        ("", PLAIN),
    ],
)
async def test_a_packed_body_is_unpacked_and_any_other_taken_as_it_is(ark: Caller, packing: str, body: bytes) -> None:
    answer = await sent(ark, body, packing)
    assert answer.status == 200
    assert (await ark.control("GET", "journal"))["items"][0]["request"]["body"] == PLAIN.decode()


async def test_a_large_body_is_unpacked_to_the_last_byte(ark: Caller) -> None:
    body = json.dumps({"model": MODEL, "content": [{"type": "text", "text": "\0" * 900_000 + "emu:fail"}]}).encode()
    task_id = (await sent(ark, gzip.compress(body, mtime=0))).json["id"]
    await ark.advance(60)
    assert await ark.status(task_id) == "failed"


BROKEN = [
    b"0123456789",
    gzip.compress(PLAIN, mtime=0)[:-12],
    gzip.compress(PLAIN, mtime=0)[:12],
    gzip.compress(PLAIN, mtime=0) + b"more",
]


@pytest.mark.parametrize("body", BROKEN, ids=["no gzip", "cut off", "all but cut off", "more"])
async def test_a_body_that_cannot_be_unpacked_is_refused_in_the_words_of_whom_it_was_sent_to(
    ark: Caller, body: bytes
) -> None:
    answer = await sent(ark, body)
    assert (answer.status, list(answer.json["error"])) == (400, IN_ARKS_WORDS)
    for path in PATHS[1:]:
        answer = await sent(ark, body, path=path)
        if body == BROKEN[0] and path in ("/v1/videos", "/newapi/v1/videos"):
            assert (answer.status, answer.body) == (400, b"")  # new-api ends such a request before it has an envelope
            continue
        assert (answer.status, "invalid JSON request body" in answer.json["error"]["message"]) == (400, True)
    for path in ("clock/advance", "clock/resume", "journal/verify", "faults", "scenario"):
        method = "PUT" if path == "scenario" else "POST"
        packed = {"Content-Encoding": "gzip", **JSON}
        answer = await ark.call(method, f"/_emulator/{path}", None, data=body, headers=packed)
        assert (answer.status, list(answer.json["error"])) == (400, ["code", "message"])
    assert (await ark.control("GET", "tasks"))["total"] == 0


async def test_a_missing_key_is_told_before_a_broken_body(ark: Caller) -> None:
    for path in PATHS:
        answer = await ark.call("POST", path, None, data=b"0123", headers={**JSON, "Content-Encoding": "gzip"})
        assert answer.status == 401


async def chunks(body: bytes) -> AsyncIterator[Any]:
    for start in range(0, len(body), 1 << 20):
        yield body[start : start + (1 << 20)]


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b", "text/plain", ""])
@pytest.mark.parametrize("path", PATHS[:2])
async def test_a_body_larger_than_allowed_is_told_so_whatever_it_is(ark: Caller, path: str, kind: str) -> None:
    for body in (b" " * (MAX_BODY + 1), chunks(b" " * (MAX_BODY + 1))):
        answer = await ark.call("POST", path, data=body, headers={"Content-Type": kind or "application/json"})
        if path == TASKS and kind not in ("", "application/json"):
            assert answer.status == 400
            continue
        assert answer.status == 413
        assert "message" in answer.json["error"]


@pytest.mark.parametrize("path", [*PATHS, "/tokenbay/v1/videos", "/_emulator/clock/advance"])
async def test_a_body_that_expands_too_much_is_refused_and_delays_no_other_request(ark: Caller, path: str) -> None:
    bomb = gzip.compress(b"\0" * (MAX_BODY * 3), 1)
    answer = asyncio.create_task(sent(ark, bomb, path=path))
    longest = await _longest_wait(ark, answer)
    assert (await answer).status == 413
    assert longest < 0.3


async def _longest_wait(ark: Caller, meanwhile: Any) -> float:
    """Return the longest time of another request, in real seconds, while an action runs."""
    longest = 0.0
    while not meanwhile.done():
        began = time.monotonic()
        await ark.control("GET", "health")
        longest = max(longest, time.monotonic() - began)
    return longest


@pytest.mark.parametrize("path", PATHS[:2])
@pytest.mark.parametrize("text", ["a cat ", "--dur 5 ", "猫", "emu: "])
async def test_a_prompt_of_seven_megabytes_is_refused_in_a_moment(ark: Caller, path: str, text: str) -> None:
    prompt = text * (7_000_000 // len(text.encode()))
    document = {"model": MODEL, "content": [{"type": "text", "text": prompt}]}
    if path != TASKS:
        document = {"model": "seedance-2.0", "prompt": prompt}
    body = json.dumps(document, ensure_ascii=False).encode()
    began = time.process_time()
    answer = await ark.call("POST", path, data=body, headers=JSON)
    assert b"the length of all texts" in answer.body
    assert time.process_time() - began < 4.0


async def test_a_form_of_very_many_fields_is_refused_at_once(ark: Caller) -> None:
    for kind, body in (
        ("application/x-www-form-urlencoded", b"a=1&" * 1_000_000),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 100_000),
    ):
        began = time.process_time()
        answer = await ark.call("POST", "/v1/videos", data=body, headers={"Content-Type": kind})
        assert time.process_time() - began < 0.5
        assert answer.status == 400
        assert answer.json["error"]["message"].startswith("Invalid request: Invalid request: ")


async def test_a_document_of_very_many_parts_is_refused_before_long(ark: Caller) -> None:
    for body in (b"[" + b"[]," * 2_000_000 + b"1]", PLAIN.replace(b"[{", b"[" + b"1," * 2_000_000 + b"{")):
        began = time.process_time()
        assert (await sent(ark, body, "")).status == 400
        assert time.process_time() - began < 1.0
