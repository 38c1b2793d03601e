"""Starting and stopping within a program: addresses, ports that are taken, and nothing left behind."""

import asyncio
import socket
import time

import aiohttp
import pytest

from emulator.core.clock import ClockMode
from emulator.runtime.settings import Settings
from emulator.server import CannotBind, serve, start

TASKS = "/api/v3/contents/generations/tasks"


def quiet(**chosen):
    return Settings(**{"port": 0, "log": "off", **chosen})


async def answers(url):
    async with aiohttp.ClientSession() as session, session.get(url + "/_emulator/health") as response:
        return response.status == 200


async def test_a_server_on_any_free_port_answers_at_the_address_it_tells():
    running = await start(quiet())
    try:
        assert running.url.startswith("http://127.0.0.1:")
        assert not running.url.endswith(":0")
        assert await answers(running.url)
    finally:
        await running.stop()


async def test_a_server_that_was_stopped_answers_no_more():
    running = await start(quiet())
    await running.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await answers(running.url)


async def test_an_address_of_version_six_is_told_in_brackets():
    try:
        running = await start(quiet(host="::1"))
    except CannotBind:
        pytest.skip("this machine has no IPv6")
    try:
        assert running.url.startswith("http://[::1]:")
        assert await answers(running.url)
    finally:
        await running.stop()


async def test_a_port_that_is_taken_is_told_with_advice():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotBind, match=rf"127\.0\.0\.1:{port}.*--port 0"):
            await start(quiet(port=port))


async def test_an_address_of_another_machine_cannot_be_had():
    with pytest.raises(CannotBind, match=r"192\.0\.2\.1"):
        await start(quiet(host="192.0.2.1"))


async def test_two_servers_in_one_program_know_nothing_of_each_other(serve):
    one, other = await serve(), await serve()
    task_id = await one.create()
    assert (await other.call("GET", f"{TASKS}/{task_id}")).status == 404
    await one.advance(60)
    assert await other.now() == await one.now() - 60


async def test_a_server_stops_at_once_though_a_receiver_hangs_and_clients_listen(serve, receiver):
    ark = await serve(mode=ClockMode.LIVE)
    receiver.answers["/"] = receiver.hang
    await ark.create(callback_url=receiver.url + "/")
    await receiver.wait_for(1)
    async with ark.session.get(ark.url + "/_emulator/events") as events:
        assert await events.content.readline() == b": welcome\n"
        began = time.monotonic()
        await ark.running.stop()
        assert time.monotonic() - began < 2
        await events.read()


async def test_stopping_twice_does_no_harm(serve):
    ark = await serve()
    await ark.running.stop()
    await ark.running.stop()


async def test_nothing_runs_on_after_a_stop(serve, receiver):
    before = asyncio.all_tasks()
    ark = await serve(mode=ClockMode.LIVE, speed=1000.0)
    receiver.answers["/"] = receiver.hang
    await ark.create(callback_url=receiver.url + "/")
    await receiver.wait_for(1)
    await ark.session.close()
    await ark.running.stop()
    receiver.hold.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == set()


async def test_serving_announces_once_requests_are_answered_and_ends_when_cancelled():
    announced = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(quiet(), announced.set_result))
    running = await asyncio.wait_for(announced, 10)
    assert await answers(running.url)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    with pytest.raises(aiohttp.ClientConnectorError):
        await answers(running.url)
