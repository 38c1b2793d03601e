"""HEAD, which waiters and health checks send: as GET, without the body."""

import asyncio

import pytest
from ark_emulator.web.routes import ROUTES

from tests.support.caller import Caller

READS = sorted(each.path for each in ROUTES if each.is_control and each.method == "GET" and "{" not in each.path)


@pytest.mark.parametrize("path", READS)
async def test_every_control_route_answers_head_as_it_answers_get(ark: Caller, path: str) -> None:
    async with ark.session.get(ark.url + path, allow_redirects=False) as whole:
        status, kind = whole.status, whole.headers["Content-Type"]
    answer = await asyncio.wait_for(ark.call("HEAD", path, None, allow_redirects=False), 10)
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (status, kind, b"")


async def test_the_length_of_a_body_that_is_left_out_is_told(ark: Caller) -> None:
    whole, head = [await ark.call(method, "/_emulator/clock", None) for method in ("GET", "HEAD")]
    assert head.headers["Content-Length"] == whole.headers["Content-Length"] == str(len(whole.body))


async def test_ark_answers_head_and_a_world_in_the_path_does_too(ark: Caller) -> None:
    task = await ark.create()
    for path in (ark.tasks, f"{ark.tasks}/{task}", "/api/v3/models", f"/w/default{ark.tasks}"):
        answer = await ark.call("HEAD", path)
        assert (answer.status, answer.body) == (200, b"")
    assert (await ark.call("HEAD", f"{ark.tasks}/x")).status == 404
    assert (await ark.call("HEAD", ark.tasks, None)).status == 401


async def test_gateways_know_no_head_and_the_storage_minds_the_signed_method(ark: Caller) -> None:
    shown = await ark.finished()
    assert (await ark.call("HEAD", "/v1/videos/x")).status == 404
    assert (await ark.call("HEAD", shown["content"]["video_url"], None)).status == 403


async def test_head_on_an_unknown_path_is_told_as_any_other(ark: Caller) -> None:
    assert (await ark.call("HEAD", "/_emulator/nothing", None)).status == 404
