"""Answers that do not arrive, or not as a whole, or only slowly."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ark_emulator.core.time.clock import ClockMode

from tests.support.caller import Caller, Serve
from tests.support.raw_client import Plain


async def test_a_reset_is_a_reset_of_the_connection_and_not_its_end(plain: Plain) -> None:
    name = await plain.fault(on="fetch", reset=True)
    got, ended = await plain.raw(f"{plain.server.tasks}/cgt-1")
    assert (got, ended) == (b"", ConnectionResetError)
    (entry,) = await plain.journal()
    assert (entry["status"], entry["fault"], entry["response"]["body"]) == (0, name, "")


async def test_a_reset_create_creates_nothing(
    plain: Plain, breaks: Callable[[Awaitable[Any]], Awaitable[bool]]
) -> None:
    await plain.fault(on="create", reset=True)
    assert await breaks(plain.create())
    assert (await plain.server.control("GET", "tasks"))["total"] == 0
    (entry,) = await plain.journal()
    assert (entry["model"], entry["prompt"]) == ("dreamina-seedance-2-0-260128", "a cat")


@pytest.mark.parametrize(("share", "kept"), [("0%", 0.0), ("50%", 0.5), ("99%", 0.99)])
async def test_a_truncated_answer_announces_the_whole_and_ends_with_the_connection(
    plain: Plain, share: str, kept: float
) -> None:
    task = await plain.server.create()
    whole = (await plain.poll(task)).content
    await plain.fault(on="fetch", truncate=share)
    got, ended = await plain.raw(f"{plain.server.tasks}/{task}")
    head, _, body = got.partition(b"\r\n\r\n")
    assert f"content-length: {len(whole)}".encode() in head.lower()
    assert b"connection: close" in head.lower()
    assert (body, ended) == (whole[: int(len(whole) * kept)], None)
    assert (await plain.journal())[-1]["response"]["body"] == body.decode()


async def test_a_truncated_refusal_is_cut_too(
    plain: Plain, breaks: Callable[[Awaitable[Any]], Awaitable[bool]]
) -> None:
    await plain.fault(on="fetch", truncate="50%")
    assert await breaks(plain.poll("cgt-1"))
    assert (await plain.journal())[0]["status"] == 404


async def test_half_a_clip_arrives(plain: Plain) -> None:
    link = await plain.clip()
    whole = (await plain.http.get(link)).content
    await plain.fault(on="download", truncate="50%")
    got, ended = await plain.raw(httpx.URL(link).raw_path.decode())
    assert got.partition(b"\r\n\r\n")[2] == whole[: len(whole) // 2]
    assert ended is None


async def test_a_dripping_answer_takes_as_long_as_its_bytes(serve: Serve, plainly: Callable[[Caller], Plain]) -> None:
    fast = plainly(await serve(mode=ClockMode.LIVE, speed=1_000))
    task = await fast.server.create()
    whole = (await fast.poll(task)).content
    await fast.fault(on="fetch", drip="10B/s")
    began = await fast.server.now()
    dripped = await fast.poll(task)
    assert dripped.json()["id"] == task
    assert await fast.server.now() - began >= len(whole) / 10 - 1


async def test_nothing_drips_while_the_clock_stands_still(plain: Plain) -> None:
    task = await plain.server.create()
    await plain.fault(on="fetch", drip="1B/s")
    assert (await plain.poll(task)).json()["id"] == task
    assert (await plain.journal())[-1]["notes"] == ["a delay was skipped: the clock is stopped"]


async def test_a_head_request_can_be_cut_without_harm(plain: Plain) -> None:
    link = await plain.clip()
    await plain.fault(on="download", truncate="50%")
    answer = await plain.http.head(link)
    assert answer.content == b""
