"""Delivery attempts over a real network: what is sent, and how every way of not taking it is told apart."""

import asyncio
import socket
from dataclasses import replace

import pytest

from emulator.core.values import Delivery, Status
from emulator.runtime import callbacks
from emulator.runtime.callbacks import AT_ONCE, CallbackSender
from emulator.runtime.worlds import new_world

T = 1_790_000_000.0
BODY = b'{"id":"cgt-1","status":"running"}'


@pytest.fixture
async def sender():
    made = CallbackSender(lambda world, task, delivery: BODY)
    yield made
    await made.close()


@pytest.fixture
def attempt(sender, make_task):
    """Makes one attempt to deliver to a URL."""
    world = new_world("w", seed=1, start=T, speed=1e-6)

    async def send(url, task=None):
        return await sender.send(world, task or make_task(), Delivery(0, Status.RUNNING, T, url, T))

    return send


@pytest.fixture
def hurry(monkeypatch):
    """Lets receivers have no more than a twentieth of a second."""
    monkeypatch.setattr(callbacks, "PATIENCE", 0.05)


@pytest.fixture
def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def test_a_callback_is_a_post_of_the_body_as_json(attempt, receiver):
    await attempt(f"{receiver.url}/done?id=5")
    (got,) = receiver.got
    assert got.path == "/done"
    assert got.body == {"id": "cgt-1", "status": "running"}
    assert got.headers["Content-Type"] == "application/json"


async def test_a_callback_carries_the_trace_of_the_request_that_made_the_task(attempt, receiver, make_task):
    task = make_task()
    await attempt(f"{receiver.url}/", replace(task, submission=replace(task.submission, trace="00-ab-cd-01")))
    await attempt(f"{receiver.url}/")
    assert [got.headers.get("traceparent") for got in receiver.got] == ["00-ab-cd-01", None]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (299, "delivered"),
        (302, "redirect"),
        (307, "redirect"),
        (400, "status"),
        (404, "status"),
        (429, "status"),
        (500, "status"),
        (503, "status"),
    ],
)
async def test_the_receivers_status_decides(attempt, receiver, status, verdict):
    receiver.answers["/"] = status
    made = await attempt(f"{receiver.url}/")
    assert (made.verdict, made.response_status) == (verdict, status)
    assert made.at == pytest.approx(T, abs=0.1)


async def test_a_redirect_is_not_followed(attempt, receiver):
    receiver.answers["/moved"] = 302
    await attempt(f"{receiver.url}/moved")
    assert [got.path for got in receiver.got] == ["/moved"]


async def test_a_receiver_that_is_not_there_refuses(attempt, free_port):
    made = await attempt(f"http://127.0.0.1:{free_port}/")
    assert (made.verdict, made.response_status) == ("refused", None)
    assert str(free_port) in made.detail


async def test_a_receiver_that_does_not_answer_in_time_times_out(hurry, attempt, receiver):
    receiver.answers["/"] = receiver.hang
    made = await attempt(f"{receiver.url}/")
    assert made.verdict == "timeout"
    assert 0.05 <= made.took < 5


async def test_a_receiver_that_speaks_no_tls_is_told_from_one_that_refuses(attempt, receiver):
    assert (await attempt(receiver.url.replace("http:", "https:") + "/")).verdict == "tls"


async def test_a_receiver_that_hangs_up_is_an_error(attempt):
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        made = await attempt(f"http://127.0.0.1:{port}/")
    assert made.verdict == "error"
    assert "Disconnected" in made.detail or "reset" in made.detail.lower()


@pytest.mark.parametrize(
    "url", ["", "nonsense", "/only/a/path", "ftp://receiver.example/", "http://[::1/", "http://", "http://a..b/"]
)
async def test_an_address_that_is_none_is_an_error_and_nothing_worse(attempt, url):
    assert (await attempt(url)).verdict == "error"


async def test_a_receiver_gets_so_many_attempts_at_once_and_no_more(attempt, receiver):
    receiver.answers["/slow"] = receiver.hang
    waiting = [asyncio.create_task(attempt(f"{receiver.url}/slow")) for _ in range(AT_ONCE + 5)]
    await receiver.wait_for(AT_ONCE)
    assert len(receiver.got) == AT_ONCE
    receiver.hold.set()
    assert {made.verdict for made in await asyncio.gather(*waiting)} == {"delivered"}
    assert len(receiver.got) == AT_ONCE + 5


async def test_a_crowd_before_one_receiver_does_not_keep_another_waiting(attempt, receiver):
    receiver.answers["/slow"] = receiver.hang
    waiting = [asyncio.create_task(attempt(f"{receiver.url}/slow")) for _ in range(AT_ONCE + 5)]
    await receiver.wait_for(AT_ONCE)
    other = receiver.url.replace("127.0.0.1", "localhost")
    assert (await attempt(f"{other}/quick")).verdict == "delivered"
    receiver.hold.set()
    await asyncio.gather(*waiting)


async def test_waiting_for_a_turn_does_not_use_up_the_patience(monkeypatch, attempt, receiver):
    monkeypatch.setattr(callbacks, "PATIENCE", 1.0)
    monkeypatch.setattr(callbacks, "AT_ONCE", 1)

    async def slow(_):
        await asyncio.sleep(0.02)  # real time: each attempt has to take a while for the next one to wait for
        return 200

    receiver.answers["/"] = slow
    made = await asyncio.gather(*(attempt(f"{receiver.url}/") for _ in range(5)))
    assert {each.verdict for each in made} == {"delivered"}
    assert max(each.took for each in made) < 0.08
