"""The addresses that a server listens on: both loopback addresses by default, else that of the host."""

import errno
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from ark_emulator import Emulator
from ark_emulator.runtime.settings.settings import HOST
from ark_emulator.web.server import listening
from ark_emulator.web.server.listening import Listeners, is_local, listen


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.fixture
def opened() -> Iterator[Callable[..., Listeners]]:
    """Return a function that listens; all sockets are closed after the test."""
    made = []

    def listen_on(host: str, port: int = 0) -> Listeners:
        made.append(listen(host, port))
        return made[-1]

    yield listen_on
    for each in made:
        each.close()


def addresses(listeners: Listeners) -> list[str]:
    return [each.getsockname()[0] for each in listeners.sockets]


def ports(listeners: Listeners) -> set[int]:
    return {each.getsockname()[1] for each in listeners.sockets}


def healthy(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/_emulator/health", timeout=60) as response:
        return response.status == 200


@needs_ipv6
@pytest.mark.parametrize("host", [HOST, "localhost", "LOCALHOST", "localhost."])
def test_localhost_is_both_loopback_addresses_on_one_port(opened: Callable[..., Listeners], host: str) -> None:
    found = opened(host)
    assert addresses(found) == ["127.0.0.1", "::1"]
    assert found.url == f"http://127.0.0.1:{ports(found).pop()}"
    assert len(ports(found)) == 1
    assert found.notes == ()


@needs_ipv6
@pytest.mark.parametrize(
    ("host", "bound", "shown"),
    [
        ("127.0.0.1", ["127.0.0.1"], "127.0.0.1"),
        ("::1", ["::1"], "[::1]"),
        ("::ffff:127.0.0.1", ["127.0.0.1"], "127.0.0.1"),
        ("0.0.0.0", ["0.0.0.0"], "0.0.0.0"),
        ("0", ["0.0.0.0"], "0.0.0.0"),
        ("::", ["::"], "[::]"),
    ],
)
def test_an_address_is_that_address_alone(
    opened: Callable[..., Listeners], host: str, bound: list[str], shown: str
) -> None:
    found = opened(host)
    assert addresses(found) == bound
    assert urlsplit(found.url).netloc == f"{shown}:{ports(found).pop()}"


@pytest.mark.parametrize("code", [errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL])
def test_without_ipv6_localhost_is_the_other_address_and_nothing_is_said(
    opened: Callable[..., Listeners], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    usual = listening._open

    def open_one(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(code, os.strerror(code))
        return usual(family, address)

    monkeypatch.setattr(listening, "_open", open_one)
    found = opened("localhost")
    assert (addresses(found), found.notes) == (["127.0.0.1"], ())
    with pytest.raises(OSError, match=os.strerror(code)):
        opened("::1")


@needs_ipv6
def test_without_ipv4_localhost_is_the_other_address(
    opened: Callable[..., Listeners], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = listening._open

    def open_one(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
        if family == socket.AF_INET:
            raise OSError(errno.EADDRNOTAVAIL, "no")
        return usual(family, address)

    monkeypatch.setattr(listening, "_open", open_one)
    assert opened("localhost").url.startswith("http://[::1]:")


@needs_ipv6
def test_a_free_port_is_one_that_is_free_on_both(
    opened: Callable[..., Listeners], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, tried = listening._open, []

    def open_one(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
        tried.append(address[1])
        if family == socket.AF_INET6 and len(tried) < 6:
            raise OSError(errno.EADDRINUSE, "in use")
        return usual(family, address)

    monkeypatch.setattr(listening, "_open", open_one)
    found = opened("localhost")
    assert addresses(found) == ["127.0.0.1", "::1"]
    assert ports(found) == {tried[-1]}
    assert len(tried) == 6


@needs_ipv6
def test_a_port_that_another_program_holds_on_one_of_them_is_noted(opened: Callable[..., Listeners]) -> None:
    held = opened("::1")
    found = opened("localhost", ports(held).pop())
    assert addresses(found) == ["127.0.0.1"]
    assert found.notes == (
        f"[::1]:{ports(held).pop()} is held by another program; use {found.url} in place of localhost",
    )
    with pytest.raises(OSError, match="in use"):
        opened("localhost", ports(found).pop())


@pytest.mark.parametrize("host", ["x" * 70, "no such host", "a\0b"])
def test_a_name_that_is_none_is_an_unknown_host(opened: Callable[..., Listeners], host: str) -> None:
    with pytest.raises(socket.gaierror):
        opened(host)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("no such host", False),
    ],
)
def test_only_loopback_addresses_are_for_this_machine_alone(host: str, local: bool) -> None:
    assert is_local(host) is local


@needs_ipv6
def test_an_embedded_server_answers_on_both() -> None:
    with Emulator() as ark:
        assert ark.url.startswith("http://127.0.0.1:")
        port = urlsplit(ark.url).port
        for host in ("127.0.0.1", "[::1]", "localhost"):
            assert healthy(f"http://{host}:{port}")


@needs_ipv6
@pytest.mark.parametrize("flags", [[], ["--host", "localhost"], ["--workers", "2"]])
def test_a_server_in_a_process_of_its_own_answers_on_both(flags: list[str]) -> None:
    command = [sys.executable, "-m", "ark_emulator", "serve", "--port", "0", "--log", "off", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            url = process.stdout.readline().strip().partition("=")[2]
            assert url.startswith("http://127.0.0.1:")
            assert healthy(url)
            assert healthy(url.replace("127.0.0.1", "[::1]"))
        finally:
            process.terminate()
    assert process.returncode == 0


@needs_ipv6
def test_the_program_of_exec_finds_the_server_on_both() -> None:
    program = (
        "import os, urllib.request as r\n"
        "r.urlopen(os.environ['ARK_EMULATOR_URL'].replace('127.0.0.1', '[::1]') + '/_emulator/health').close()"
    )
    command = [sys.executable, "-m", "ark_emulator", "exec", "--", sys.executable, "-c", program]
    assert subprocess.run(command, timeout=60).returncode == 0
