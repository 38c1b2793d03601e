"""Starting and stopping within a program: addresses, ports that are taken, and nothing left behind."""

import asyncio
import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from typing import Any

import aiohttp
import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import CannotBind, advice, exit_code, serve, start
from ark_emulator.stores.store import StoreInUse, StoreUnavailable, UnusableStore
from ark_emulator.web.server import http_runner

from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller, Serve

TASKS = "/api/v3/contents/generations/tasks"
AT_ONCE = 20.0
"""Real seconds in which a stop that waits for nobody is done on any machine, where clients are given `LONG` to end."""
LONG = 60.0


def quiet(**chosen: Any) -> Settings:
    return Settings(**{"port": 0, "log": "off", **chosen})


async def answers(url: str) -> bool:
    async with aiohttp.ClientSession() as session, session.get(url + "/_emulator/health") as response:
        return response.status == 200


async def test_a_server_on_any_free_port_answers_at_the_address_it_tells() -> None:
    running = await start(quiet())
    try:
        assert running.url.startswith("http://127.0.0.1:")
        assert not running.url.endswith(":0")
        assert await answers(running.url)
    finally:
        await running.stop()


async def test_a_server_that_was_stopped_answers_no_more() -> None:
    running = await start(quiet())
    await running.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await answers(running.url)


async def test_an_address_of_version_six_is_told_in_brackets() -> None:
    try:
        running = await start(quiet(host="::1"))
    except CannotBind:
        pytest.skip("this machine has no IPv6")
    try:
        assert running.url.startswith("http://[::1]:")
        assert await answers(running.url)
    finally:
        await running.stop()


async def test_a_port_that_is_taken_is_told_with_advice() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotBind, match=rf"127\.0\.0\.1:{port}.*--port 0"):
            await start(quiet(port=port))


async def test_an_address_of_another_machine_cannot_be_had() -> None:
    with pytest.raises(CannotBind, match=r"192\.0\.2\.1 is no address of this machine\. Try --host 127\.0\.0\.1"):
        await start(quiet(host="192.0.2.1"))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EADDRINUSE, "x"), "cannot listen on h:65535: it is in use. Another program may hold the port"),
        (OSError(errno.EADDRNOTAVAIL, "x"), "h is no address of this machine. Try --host"),
        (OSError(errno.EACCES, "x"), "not allowed. Ports below 1024 may need rights"),
        (socket.gaierror(-2, "x"), "there is no host 'h'. Try --host"),
        (OSError(errno.EIO, "broken"), "broken. Another program may hold the port: try --port 0"),
    ],
)
def test_what_to_do_about_an_address_depends_on_what_is_wrong_with_it(error: OSError, said: str) -> None:
    told = advice(quiet(host="h", port=65535), error)
    assert said in told
    assert "65536" not in told


def test_a_port_that_was_left_open_is_not_counted_on_from() -> None:
    assert "--port 1" not in advice(quiet(host="h"), OSError(errno.EIO, "broken"))


async def test_two_servers_in_one_program_know_nothing_of_each_other(serve: Serve) -> None:
    one, other = await serve(), await serve()
    task_id = await one.create()
    assert (await other.call("GET", f"{TASKS}/{task_id}")).status == 404
    await one.advance(60)
    assert await other.now() == await one.now() - 60


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that would wait long for clients at a stop."""
    monkeypatch.setattr(http_runner, "GRACE", LONG)


@pytest.mark.usefixtures("patient")
async def test_a_server_stops_at_once_though_a_receiver_hangs_and_clients_listen(
    serve: Serve, receiver: Receiver
) -> None:
    ark = await serve(mode=ClockMode.LIVE)
    receiver.answers["/"] = receiver.hang
    await ark.create(callback_url=receiver.url + "/")
    await receiver.wait_for(1)
    async with ark.session.get(ark.url + "/_emulator/events") as events:
        assert await events.content.readline() == b": welcome\n"
        began = time.monotonic()
        await ark.running.stop()
        assert time.monotonic() - began < AT_ONCE
        await events.read()


async def test_stopping_twice_does_no_harm(serve: Serve) -> None:
    ark = await serve()
    await ark.running.stop()
    await ark.running.stop()


async def test_nothing_runs_on_after_a_stop(serve: Serve, receiver: Receiver) -> None:
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


async def test_serving_announces_once_requests_are_answered_and_ends_when_cancelled() -> None:
    announced = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(quiet(), announced.set_result))
    running = await asyncio.wait_for(announced, 10)
    assert await answers(running.url)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    with pytest.raises(aiohttp.ClientConnectorError):
        await answers(running.url)


async def stopped(ark: Caller) -> float:
    """How long a stop takes, real seconds."""
    began = time.monotonic()
    await ark.running.stop()
    return time.monotonic() - began


@pytest.mark.usefixtures("patient")
async def test_a_stop_does_not_wait_for_an_advance_that_waits_for_a_receiver(serve: Serve, receiver: Receiver) -> None:
    ark = await serve()
    receiver.answers["/"] = receiver.hang
    await ark.create(callback_url=receiver.url + "/")
    advancing = asyncio.create_task(ark.call("POST", "/_emulator/clock/advance", None, json={"seconds": 60}))
    await receiver.wait_for(1)
    assert await stopped(ark) < AT_ONCE
    answer = await advancing
    assert (answer.status, answer.json["error"]["code"]) == (503, "ended")


async def test_a_world_that_is_dropped_ends_its_advance(serve: Serve, receiver: Receiver) -> None:
    ark = await serve()
    await ark.control("POST", "worlds", {"api_key": "sk-other"})
    receiver.answers["/"] = receiver.hang
    await ark.create(key="sk-other", callback_url=receiver.url + "/")
    advancing = asyncio.create_task(ark.call("POST", "/w/sk-other/_emulator/clock/advance", json={"seconds": 60}))
    await receiver.wait_for(1)
    await ark.control("DELETE", "worlds/sk-other")
    assert (await advancing).status == 503


@pytest.mark.usefixtures("patient")
async def test_a_stop_ends_an_advance_that_has_much_to_do(serve: Serve) -> None:
    ark = await serve()
    for _ in range(400):
        await ark.create()
    begun = asyncio.Event()
    ark.running.engine.worlds.default.listeners.append(lambda _: begun.set())
    advancing = asyncio.create_task(ark.call("POST", "/_emulator/clock/advance", None, json={"seconds": 60}))
    await asyncio.wait_for(begun.wait(), 10)
    assert await stopped(ark) < AT_ONCE
    assert (await advancing).status in (200, 503)


def deaf(ark: Caller, request: bytes) -> socket.socket:
    """A client that sends and never reads."""
    host, _, port = ark.url.removeprefix("http://").partition(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect((host, int(port)))
    client.sendall(request)
    return client


async def test_a_stop_waits_only_so_long_for_clients_that_do_not_read_or_do_not_finish(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_runner, "GRACE", 0.3)
    ark = await serve(clip_bytes=8_000_000)
    link = (await ark.finished())["content"]["video_url"]
    head = f"GET {link.removeprefix(ark.url)} HTTP/1.1\r\nHost: {ark.url.removeprefix('http://')}\r\n\r\n"
    half = f"POST {TASKS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\nContent-Length: 9\r\n\r\n{{"
    clients = [deaf(ark, head.encode() * 50), deaf(ark, half.encode()), deaf(ark, half[:30].encode()), deaf(ark, b"")]
    world = ark.running.engine.worlds.default
    while not world.exchange_counts["k"]:
        await ark.now()
    took = await stopped(ark)
    assert 0.3 <= took < AT_ONCE
    for client in clients:
        client.close()


@pytest.mark.usefixtures("patient")
async def test_what_is_in_flight_at_a_stop_is_finished(serve: Serve) -> None:
    ark = await serve(clip_bytes=4_000_000)
    link = (await ark.finished())["content"]["video_url"]
    async with ark.session.get(link) as response:
        stopping = asyncio.create_task(stopped(ark))
        assert len(await response.read()) >= 4_000_000
    assert await stopping < AT_ONCE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_serving_and_is_handled_as_before_afterwards(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    announced = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(quiet(), announced.set_result))
    running = await asyncio.wait_for(announced, 10)
    os.kill(os.getpid(), number)
    await asyncio.wait_for(serving, 10)
    assert signal.getsignal(number) is before
    with pytest.raises(aiohttp.ClientConnectorError):
        await answers(running.url)


def program(announce: str) -> subprocess.Popen[Any]:
    """A program of its own that serves; `announce` is called by then."""
    text = f"""
        import time
        from ark_emulator import server
        from ark_emulator.runtime.settings.settings import Settings

        def announce(running):
            print("serving", flush=True)
            {announce}

        server.LAST = 0.5
        server.run(Settings(port=0, log="off"), announce)
    """
    begun = subprocess.Popen([sys.executable, "-c", textwrap.dedent(text)], stdout=subprocess.PIPE)
    assert begun.stdout.readline() == b"serving\n"
    return begun


def test_a_program_that_is_told_to_stop_is_gone_in_time_whatever_it_has_to_do() -> None:
    begun = program("end = time.monotonic() + 60\n            while time.monotonic() < end: pass")
    told = time.monotonic()
    begun.send_signal(signal.SIGTERM)
    assert begun.wait(LONG) == 0
    assert time.monotonic() - told < AT_ONCE
    begun.stdout.close()


def test_a_program_that_is_told_to_stop_again_and_again_ends_as_it_was_told_first() -> None:
    begun = program("")
    told = time.monotonic()
    while begun.poll() is None and time.monotonic() - told < 20:
        begun.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            begun.wait(0.002)
    assert begun.returncode == 0
    begun.stdout.close()


@pytest.mark.parametrize(
    ("problem", "code"),
    [(CannotBind("taken"), 3), (UnusableStore("foreign"), 2), (StoreInUse("busy"), 4), (StoreUnavailable("away"), 4)],
)
def test_an_exit_code_tells_what_to_wait_for_from_what_to_mend(problem: Exception, code: int) -> None:
    assert exit_code(problem) == code
