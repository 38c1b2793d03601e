"""Delivery attempts over a real network: what is sent, and how each kind of failure is recorded."""

import asyncio
import hashlib
import hmac
import os
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from ark_emulator.core.task.values import Delivery, DeliveryAttempt, Status, Task
from ark_emulator.runtime.callbacks import callback_sender
from ark_emulator.runtime.callbacks.callback_sender import MAX_PER_RECEIVER, CallbackSender, signature
from ark_emulator.runtime.world.world import World, new_world
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.callback_receiver import Received, Receiver

T = 1_790_000_000.0
BODY = b'{"id":"cgt-1","status":"running"}'


@pytest.fixture
async def sender() -> AsyncIterator[CallbackSender]:
    made = CallbackSender(lambda task, delivery: BODY)
    yield made
    await made.close()


@pytest.fixture
def attempt(sender: CallbackSender, make_task: Callable[..., Task]) -> Callable[..., Awaitable[DeliveryAttempt]]:
    """Makes one attempt to deliver to a URL."""
    world = new_world("w", seed=1, start=T, speed=1e-6)

    async def send(url: str, task: None = None) -> DeliveryAttempt:
        return await sender.send(world, task or make_task(), Delivery(0, Status.RUNNING, T, url, T))

    return send


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets receivers have no more than a twentieth of a second."""
    monkeypatch.setattr(callback_sender, "ATTEMPT_TIMEOUT", 0.05)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def test_a_callback_is_a_post_of_the_body_as_json(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    await attempt(f"{receiver.url}/done?id=5")
    (got,) = receiver.got
    assert got.path == "/done"
    assert got.body == {"id": "cgt-1", "status": "running"}
    assert got.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ("/?sig=a%2Bb%3D%2F&next=http%3A%2F%2Fx", "/?sig=a%2Bb%3D%2F&next=http%3A%2F%2Fx"),
        ("/hook/%7Ea%2fb/../c?d=%zz", "/hook/%7Ea%2fb/../c?d=%zz"),
        ("?token=%2F#part", "/?token=%2F"),
        ("/\u732b?q=%2B", "/%E7%8C%AB?q=%2B"),
    ],
)
async def test_a_receiver_sees_the_url_that_the_creator_wrote(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], given: str, target: str
) -> None:
    lines = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append((await reader.readline()).decode())
        await reader.readuntil(b"\r\n\r\n" + BODY)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        made = await attempt(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{given}")
    assert made.verdict == "delivered"
    assert lines == [f"POST {target} HTTP/1.1\r\n"]


async def test_a_callback_carries_the_trace_of_the_request_that_made_the_task(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver, make_task: Callable[..., Task]
) -> None:
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
async def test_the_receivers_status_decides(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver, status: int, verdict: str
) -> None:
    receiver.answers["/"] = status
    made = await attempt(f"{receiver.url}/")
    assert (made.verdict, made.response_status) == (verdict, status)
    assert made.at == pytest.approx(T, abs=0.1)


async def test_a_redirect_is_not_followed(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    receiver.answers["/moved"] = 302
    await attempt(f"{receiver.url}/moved")
    assert [got.path for got in receiver.got] == ["/moved"]


async def test_a_receiver_that_is_not_there_refuses(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], free_port: int
) -> None:
    made = await attempt(f"http://127.0.0.1:{free_port}/")
    assert (made.verdict, made.response_status) == ("refused", None)
    assert str(free_port) in made.detail


async def test_a_receiver_that_does_not_answer_in_time_times_out(
    hurry: None, attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    receiver.answers["/"] = receiver.hang
    made = await attempt(f"{receiver.url}/")
    assert made.verdict == "timeout"
    assert 0.05 <= made.took < 5


async def test_a_receiver_that_speaks_no_tls_is_told_from_one_that_refuses(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    assert (await attempt(receiver.url.replace("http:", "https:") + "/")).verdict == "tls"


async def test_a_receiver_that_hangs_up_is_an_error(attempt: Callable[..., Awaitable[DeliveryAttempt]]) -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        made = await attempt(f"http://127.0.0.1:{port}/")
    assert made.verdict == "error"
    assert "Disconnected" in made.detail or "reset" in made.detail.lower()


@pytest.mark.parametrize(
    "url", ["", "nonsense", "/only/a/path", "ftp://receiver.example/", "http://[::1/", "http://", "http://a..b/"]
)
async def test_an_address_that_is_none_is_an_error_and_nothing_worse(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], url: str
) -> None:
    assert (await attempt(url)).verdict == "error"


async def test_a_receiver_gets_so_many_attempts_at_once_and_no_more(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    receiver.answers["/slow"] = receiver.hang
    waiting = [asyncio.create_task(attempt(f"{receiver.url}/slow")) for _ in range(MAX_PER_RECEIVER + 5)]
    await receiver.wait_for(MAX_PER_RECEIVER)
    assert len(receiver.got) == MAX_PER_RECEIVER
    receiver.hold.set()
    assert {made.verdict for made in await asyncio.gather(*waiting)} == {"delivered"}
    assert len(receiver.got) == MAX_PER_RECEIVER + 5


async def test_a_crowd_before_one_receiver_does_not_keep_another_waiting(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    receiver.answers["/slow"] = receiver.hang
    waiting = [asyncio.create_task(attempt(f"{receiver.url}/slow")) for _ in range(MAX_PER_RECEIVER + 5)]
    await receiver.wait_for(MAX_PER_RECEIVER)
    other = receiver.url.replace("127.0.0.1", "localhost")
    assert (await attempt(f"{other}/quick")).verdict == "delivered"
    receiver.hold.set()
    await asyncio.gather(*waiting)


async def test_waiting_for_a_turn_does_not_use_up_the_patience(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    monkeypatch.setattr(callback_sender, "MAX_PER_RECEIVER", 1)

    async def slow(_: Received) -> int:
        await asyncio.sleep(0.02)  # real time: each attempt has to take a while for the next one to wait for
        return 200

    receiver.answers["/"] = slow
    began = time.perf_counter()
    made = await asyncio.gather(*(attempt(f"{receiver.url}/") for _ in range(5)))
    assert {each.verdict for each in made} == {"delivered"}
    assert sum(each.took for each in made) <= time.perf_counter() - began


# --- receivers behind TLS ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but its maker has signed: the path of it with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver.example")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
async def secure_receiver(receiver: Receiver, certificate: Path) -> AsyncIterator[str]:
    """The receiver once more, behind TLS: its address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    app = web.Application()
    app.router.add_post("/{tail:.*}", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_certificate_that_nobody_vouches_for_is_a_verdict_of_its_own(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver, secure_receiver: str
) -> None:
    made = await attempt(f"{secure_receiver}/")
    assert (made.verdict, made.response_status) == ("tls", None)
    assert "self-signed" in made.detail or "self signed" in made.detail
    assert receiver.got == []


async def test_a_certificate_that_the_surroundings_trust_is_trusted(
    secure_receiver: str, receiver: Receiver, certificate: Path
) -> None:
    """What is trusted is read when the program starts, so this one is a program of its own."""
    program = (
        "import asyncio, sys\n"
        "from ark_emulator.core.task.values import Delivery, Status, Task\n"
        "from ark_emulator.runtime.callbacks.callback_sender import CallbackSender\n"
        "async def main():\n"
        "    sender = CallbackSender(lambda *_: b'{}')\n"
        "    outcome = await sender._post(sys.argv[1], b'{}', {'Content-Type': 'application/json'})\n"
        "    await sender.close()\n"
        "    print(outcome.verdict, outcome.detail)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, f"{secure_receiver}/"),
        env={**os.environ, "SSL_CERT_FILE": str(certificate)},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert printed.split() == [b"delivered"]
    assert len(receiver.got) == 1


# --- what is kept of an attempt ---------------------------------------------------------------------------------------


async def test_what_was_sent_and_what_came_back_is_kept(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    made = await attempt(f"{receiver.url}/done?id=5")
    kept = made.transcript
    assert kept.url == f"{receiver.url}/done?id=5"
    assert kept.request_body == BODY.decode()
    assert kept.request_headers == receiver.got[0].headers
    assert kept.response_headers["Content-Length"] == "0"
    assert kept.response_body == ""


async def test_of_long_bodies_only_the_beginnings_are_kept(receiver: Receiver, make_task: Callable[..., Task]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 9_000_000)
        writer.close()

    sender = CallbackSender(lambda *_: b'"' + b"y" * 100_000 + b'"')
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        world = new_world("w", seed=1, start=T)
        made = await sender.send(world, make_task(), Delivery(0, Status.RUNNING, T, url, T))
    await sender.close()
    assert (made.verdict, made.response_status) == ("status", 500)
    assert len(made.transcript.request_body) == callback_sender.MAX_STORED_REQUEST
    assert set(made.transcript.response_body) == {"x"}
    assert len(made.transcript.response_body) <= callback_sender.MAX_STORED_RESPONSE


async def test_a_body_that_never_ends_does_not_undo_the_status_before_it(
    hurry: None, attempt: Callable[..., Awaitable[DeliveryAttempt]]
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        await reader.read()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        made = await attempt(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert (made.verdict, made.response_status) == ("delivered", 200)


async def test_what_was_to_be_sent_is_kept_when_nobody_was_there(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], free_port: int
) -> None:
    kept = (await attempt(f"http://127.0.0.1:{free_port}/")).transcript
    assert kept.request_body == BODY.decode()
    assert kept.request_headers["Content-Type"] == "application/json"
    assert (kept.response_headers, kept.response_body) == ({}, "")


async def test_cookies_of_a_receiver_are_not_sent_back(attempt: Callable[..., Awaitable[DeliveryAttempt]]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    lines = []
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        for _ in range(2):
            await attempt(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert len(lines) == 2
    assert not any(b"cookie" in line.lower() for line in lines)


async def test_a_callback_that_cannot_be_printed_is_an_error_and_is_told(
    make_task: Callable[..., Task], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Delivery | Task | World) -> None:
        raise KeyError("nothing")

    sender = CallbackSender(broken)
    made = await sender.send(new_world("w", seed=1, start=T), make_task(), Delivery(0, Status.RUNNING, T, "", T))
    assert (made.verdict, made.transcript) == ("error", None)
    assert "a callback cannot be serialized: KeyError" in caplog.text


@pytest.mark.parametrize("trace", ["", "00-\udcff-01", "a\r\nb: c"])
async def test_a_trace_that_no_header_can_carry_is_left_out(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver, make_task: Callable[..., Task], trace: str
) -> None:
    task = make_task()
    made = await attempt(f"{receiver.url}/", replace(task, submission=replace(task.submission, trace=trace)))
    assert made.verdict == "delivered"
    assert "traceparent" not in receiver.got[0].headers


# --- signatures, which are ours ---------------------------------------------------------------------------------------


async def test_callbacks_are_not_signed_unless_there_is_a_secret(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    await attempt(f"{receiver.url}/")
    assert callback_sender.SIGNATURE not in receiver.got[0].headers


async def test_a_signature_is_an_hmac_of_the_virtual_time_and_the_body(
    receiver: Receiver, make_task: Callable[..., Task]
) -> None:
    sender = CallbackSender(lambda *_: BODY, secret="s3cret")
    world = new_world("w", seed=1, start=T, speed=1e-6)
    await sender.send(world, make_task(), Delivery(0, Status.RUNNING, T, f"{receiver.url}/", T))
    await sender.close()
    told = dict(part.split("=", 1) for part in receiver.got[0].headers["X-Emulator-Signature"].split(","))
    assert told["t"] == str(int(T))
    assert told["v1"] == hmac.new(b"s3cret", told["t"].encode() + b"." + BODY, hashlib.sha256).hexdigest()


def test_a_signature_changes_with_each_of_its_parts() -> None:
    whole = signature("s", 5, b"{}")
    assert whole == signature("s", 5, b"{}")
    assert len({whole, signature("t", 5, b"{}"), signature("s", 6, b"{}"), signature("s", 5, b"[]")}) == 4


# --- one receiver, written in many ways -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://host:80/a", "http://user:pw@HOST/b"),
        ("https://host/", "HTTPS://host.:443/"),
        ("http://127.0.0.1:5/", "http://127.1:5/"),
        ("http://127.0.0.1:5/", "http://[::ffff:127.0.0.1]:5/"),
        ("http://[::1]:5/", "http://[0:0:0:0:0:0:0:1]:5/"),
        ("http://m%C3%BCnchen.example/", "http://münchen.example/"),
    ],
)
def test_a_receiver_is_the_same_however_its_address_is_written(one: str, other: str) -> None:
    assert callback_sender._receiver(one) == callback_sender._receiver(other)


@pytest.mark.parametrize("other", ["http://host:81/", "https://host/", "http://host2/", "http://[::1"])
def test_other_ports_and_hosts_are_other_receivers(other: str) -> None:
    assert callback_sender._receiver("http://host/") != callback_sender._receiver(other)


async def test_user_names_do_not_get_around_the_limit_of_a_receiver(
    attempt: Callable[..., Awaitable[DeliveryAttempt]], receiver: Receiver
) -> None:
    receiver.answers["/slow"] = receiver.hang
    urls = [receiver.url.replace("//", f"//u{number}@") + "/slow" for number in range(MAX_PER_RECEIVER + 5)]
    waiting = [asyncio.create_task(attempt(url)) for url in urls]
    await receiver.wait_for(MAX_PER_RECEIVER)
    assert len(receiver.got) == MAX_PER_RECEIVER
    receiver.hold.set()
    await asyncio.gather(*waiting)
