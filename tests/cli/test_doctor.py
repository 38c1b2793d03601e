"""`doctor`: it sees what gets between a client and the emulator, and says what to do about it."""

import http.server
import json
import os
import socket
import threading
from pathlib import Path

import pytest
from ark_emulator import Emulator, __version__
from ark_emulator.cli import main
from ark_emulator.cli.doctor import (
    DoctorFinding,
    _has,
    look_at_localhost,
    look_at_packages,
    look_at_proxies,
    look_at_python,
    look_at_server,
)
from ark_emulator.client import Client

PROXY = {"HTTP_PROXY": "http://proxy:3128"}


def verdicts(found: object) -> list[str]:
    """The verdicts alone."""
    return [each.verdict for each in found]  # type: ignore[attr-defined]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.mark.parametrize(
    ("environment", "verdict"),
    [
        ({}, "ok"),
        (PROXY, "bad"),
        ({"all_proxy": "socks5://proxy"}, "bad"),
        ({**PROXY, "NO_PROXY": "127.0.0.1"}, "bad"),
        ({**PROXY, "NO_PROXY": "127.0.0.1, localhost"}, "ok"),
        ({**PROXY, "no_proxy": "localhost,127.0.0.1,example.com"}, "ok"),
        ({**PROXY, "NO_PROXY": "*"}, "ok"),
    ],
)
def test_a_proxy_is_bad_unless_local_calls_are_kept_from_it(environment: dict[str, str], verdict: str) -> None:
    assert verdicts(look_at_proxies(environment)) == [verdict]


def test_a_proxy_finding_says_what_to_do() -> None:
    (found,) = look_at_proxies({**PROXY, "NO_PROXY": "127.0.0.1"})
    assert found.message == "HTTP_PROXY is set: calls to localhost go through it; export NO_PROXY=127.0.0.1,localhost"


def test_an_old_python_is_bad_and_one_without_bytecode_is_a_note() -> None:
    assert verdicts(look_at_python((3, 10, 9), {})) == ["bad"]
    assert verdicts(look_at_python((3, 11, 0), {})) == ["ok"]
    assert verdicts(look_at_python((3, 14, 0), {"PYTHONDONTWRITEBYTECODE": "1"})) == ["ok", "note"]


def test_a_package_that_is_missing_is_bad_and_one_that_is_welcome_is_shown() -> None:
    versions = {"aiohttp": "3.12", "pydantic": "2.10", "openai": "3.0"}
    found = list(look_at_packages(versions.get))
    assert [each.message for each in found if each.verdict == "bad"] == [
        "PyYAML is missing: install ark-emulator again"
    ]
    assert DoctorFinding("ok", "packages", "openai 3.0") in found


def test_an_emulator_is_recognised_and_another_version_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator() as ark:
        assert list(look_at_server(ark)) == [
            DoctorFinding("ok", "server", f"ark-emulator {__version__} answers at {ark.url}")
        ]
        monkeypatch.setattr("ark_emulator.cli.doctor.__version__", "9.9")
        assert verdicts(look_at_server(ark)) == ["note"]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lets us see who holds a port")
def test_a_free_port_is_ok_and_the_owner_of_a_busy_one_is_named() -> None:
    assert verdicts(look_at_server(Client(f"http://127.0.0.1:{free_port()}"))) == ["ok"]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as stranger:
        threading.Thread(target=stranger.serve_forever, args=(0.01,), daemon=True).start()
        (found,) = look_at_server(Client(f"http://127.0.0.1:{stranger.server_port}"))
        stranger.shutdown()
    assert found.verdict == "bad"
    assert f"(pid {os.getpid()}) uses http://127.0.0.1:{stranger.server_port}, not an emulator" in found.message


def test_a_port_that_cannot_be_bound_is_bad() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        (found,) = look_at_server(Client(f"http://127.0.0.1:{held.getsockname()[1]}"))
    assert found.verdict == "bad"
    assert "cannot be bound" in found.message


needs_ipv6 = pytest.mark.skipif(not _has("::1"), reason="this machine has no IPv6")


@needs_ipv6
def test_both_loopback_addresses_are_looked_at() -> None:
    with Emulator() as ark:
        port = ark.url.rpartition(":")[2]
        assert list(look_at_localhost(ark)) == [
            DoctorFinding("ok", "localhost", f"ark-emulator answers at [::1]:{port} too")
        ]
        there = Client(f"http://[::1]:{port}")
        assert list(look_at_localhost(there)) == [
            DoctorFinding("ok", "localhost", f"ark-emulator answers at 127.0.0.1:{port} too")
        ]


@needs_ipv6
def test_a_server_on_one_address_only_is_a_note() -> None:
    with Emulator(host="127.0.0.1") as ark:
        (found,) = look_at_localhost(ark)
    assert found.verdict == "note"
    assert found.message.endswith(f"clients that resolve localhost to it cannot connect; use {ark.url}")


@needs_ipv6
def test_a_stranger_on_the_other_address_is_bad() -> None:
    class Server(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6

    with Server(("::1", 0), http.server.BaseHTTPRequestHandler) as stranger:
        threading.Thread(target=stranger.serve_forever, args=(0.01,), daemon=True).start()
        (found,) = look_at_localhost(Client(f"http://127.0.0.1:{stranger.server_port}"))
        stranger.shutdown()
    assert found.verdict == "bad"
    assert f"uses [::1]:{stranger.server_port}, not an emulator: localhost may resolve to it" in found.message


@needs_ipv6
def test_free_addresses_are_both_fine() -> None:
    assert verdicts(look_at_localhost(Client(f"http://127.0.0.1:{free_port()}"))) == ["ok"]


@pytest.mark.parametrize("url", ["http://192.0.2.1:1", "http://emulator:7333"])
def test_localhost_is_no_matter_where_another_machine_is_meant(url: str) -> None:
    assert list(look_at_localhost(Client(url))) == []


def test_the_command_prints_all_and_ends_with_1_when_something_is_bad(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    url = f"http://127.0.0.1:{free_port()}"
    assert main(["doctor", "--url", url]) == 0
    assert "ok   proxy      no proxy is set" in capsys.readouterr().out
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert main(["doctor", "--url", url, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [each["about"] for each in found if each["verdict"] == "bad"] == ["proxy"]
