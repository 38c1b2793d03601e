"""`ark-emulator doctor`: find problems of this machine between a client and the emulator."""

import argparse
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ark_emulator import __version__
from ark_emulator.cli.common.output import json_text
from ark_emulator.cli.remote import SubCommands, add_connection_flags, connected

if TYPE_CHECKING:
    from ark_emulator.client import Client

EXIT_FINDINGS: Final = 1
LEAST_PYTHON: Final = (3, 11)
_PROXIES: Final = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_LOCAL: Final = ("127.0.0.1", "localhost")
_NEEDED: Final = ("aiohttp", "pydantic", "PyYAML")
_WELCOME: Final = ("uvloop", "winloop", "pytest", "volcengine-ark-runtime", "byteplus-python-sdk-v2", "openai")
_LISTENING: Final = "0A"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """The result of one check: `ok`, a `note`, or `bad`, with what to do about it."""

    verdict: str
    about: str
    message: str


def add_doctor_command(commands: SubCommands, environment: Mapping[str, str]) -> None:
    """Add `doctor`."""
    parser = commands.add_parser(
        "doctor", help="find problems between a client and the emulator; exits with 1 if found"
    )
    add_connection_flags(parser, environment)
    parser.set_defaults(run=doctor)


def doctor(chosen: argparse.Namespace) -> int:
    """Run all checks and print the results; return 1 if one is bad."""
    from ark_emulator.core.printable import on_one_line

    found = [
        *look_at_python(sys.version_info[:3], os.environ),
        *look_at_packages(_version),
        *look_at_proxies(os.environ),
        *look_at_server(connected(chosen)),
        *look_at_localhost(connected(chosen)),
    ]
    if chosen.json:
        print(json_text([asdict(each) for each in found]))
    else:
        print("\n".join(on_one_line(f"{each.verdict:<5}{each.about:<10} {each.message}") for each in found))
    return EXIT_FINDINGS if any(each.verdict == "bad" for each in found) else 0


def look_at_python(version: tuple[int, ...], environment: Mapping[str, str]) -> Iterator[DoctorFinding]:
    """Check the version of the interpreter, and whether it may write bytecode."""
    text = ".".join(map(str, version))
    if version < LEAST_PYTHON:
        yield DoctorFinding("bad", "python", f"{text} is too old: the emulator needs 3.11 or newer")
    else:
        yield DoctorFinding("ok", "python", f"{text} at {sys.executable}")
    if environment.get("PYTHONDONTWRITEBYTECODE"):
        message = "PYTHONDONTWRITEBYTECODE is set: every start recompiles all modules and takes twice as long"
        yield DoctorFinding("note", "python", message)


def look_at_packages(version_of: Callable[[str], str | None]) -> Iterator[DoctorFinding]:
    """Check the installed packages. `version_of` returns the version of a distribution, or None."""
    yield DoctorFinding("ok", "packages", f"ark-emulator {__version__}")
    for name in _NEEDED:
        version = version_of(name)
        verdict, message = ("bad", f"{name} is missing: install ark-emulator again") if version is None else ("ok", "")
        yield DoctorFinding(verdict, "packages", message or f"{name} {version}")
    for name in _WELCOME:
        version = version_of(name)
        if version is not None:
            yield DoctorFinding("ok", "packages", f"{name} {version}")


def look_at_proxies(environment: Mapping[str, str]) -> Iterator[DoctorFinding]:
    """Check whether local calls would go through a proxy, which cannot reach this machine."""
    proxies = [name for name in _PROXIES if environment.get(name)]
    if not proxies:
        yield DoctorFinding("ok", "proxy", "no proxy is set")
        return
    bypassed = f"{environment.get('NO_PROXY', '')},{environment.get('no_proxy', '')}".replace(" ", "").split(",")
    missing = [] if "*" in bypassed else [host for host in _LOCAL if host not in bypassed]
    if missing:
        message = (
            f"{proxies[0]} is set: calls to {' and '.join(missing)} go through it; export NO_PROXY={','.join(_LOCAL)}"
        )
        yield DoctorFinding("bad", "proxy", message)
    else:
        yield DoctorFinding("ok", "proxy", f"{proxies[0]} is set, and NO_PROXY exempts local calls")


def look_at_server(client: "Client") -> Iterator[DoctorFinding]:
    """Check what responds at the address: an emulator and its version, another program, or nothing."""
    from urllib.parse import urlsplit

    from ark_emulator.client import ControlError, Unreachable

    address = urlsplit(client.url)
    port = address.port or 80
    try:
        health = client.health()
    except Unreachable:
        yield _look_at_port(client.url, address.hostname or "", port)
    except ControlError:
        yield DoctorFinding(
            "bad", "server", f"{_owner(port)} uses {client.url}, not an emulator: try --port {port + 1}"
        )
    else:
        same = health["version"] == __version__
        message = f"ark-emulator {health['version']} answers at {client.url}"
        yield DoctorFinding(
            "ok" if same else "note", "server", message if same else f"{message}; this is {__version__}"
        )


def look_at_localhost(client: "Client") -> Iterator[DoctorFinding]:
    """Check whether clients that use `localhost` reach the same server on the other loopback address."""
    from urllib.parse import urlsplit

    from ark_emulator.client import Client, ControlError, Unreachable

    address = urlsplit(client.url)
    others = {"127.0.0.1": "::1", "localhost": "::1", "::1": "127.0.0.1"}
    other = others.get(address.hostname or "")
    if other is None or not _has(other):
        return
    port = address.port or 80
    netloc = f"[{other}]:{port}" if ":" in other else f"{other}:{port}"
    try:
        Client(f"{address.scheme}://{netloc}").health()
    except Unreachable:
        yield _look_at_other(client, netloc, other, port)
    except ControlError:
        yield DoctorFinding(
            "bad", "localhost", f"{_owner(port)} uses {netloc}, not an emulator: localhost may resolve to it"
        )
    else:
        yield DoctorFinding("ok", "localhost", f"ark-emulator answers at {netloc} too")


def _look_at_other(client: "Client", netloc: str, other: str, port: int) -> DoctorFinding:
    """Judge an unused second address: that is fine as long as the first one is unused too."""
    from ark_emulator.client import ControlError, Unreachable

    free = _look_at_port(f"http://{netloc}", other, port, "localhost")
    if free.verdict == "bad":
        return free
    try:
        client.health()
    except (ControlError, Unreachable):
        return free
    message = f"no server at {netloc}: clients that resolve localhost to it cannot connect; use {client.url}"
    return DoctorFinding("note", "localhost", message)


def _has(host: str) -> bool:
    """Return whether this machine has that loopback address."""
    try:
        with socket.socket(_family(host)) as trial:
            trial.bind((host, 0))
    except OSError:
        return False
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _look_at_port(url: str, host: str, port: int, about: str = "server") -> DoctorFinding:
    with socket.socket(_family(host)) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as problem:
            message = (
                f"no server responds at {url}, and it cannot be bound ({problem.strerror}): {_owner(port)} may use it"
            )
            return DoctorFinding("bad", about, message)
    return DoctorFinding("ok", about, f"no server responds at {url}; the address is free for ark-emulator serve")


def _owner(port: int) -> str:
    """Return the program that listens on a port, as far as Linux shows it."""
    try:
        tables = [table for table in map(Path, ("/proc/net/tcp", "/proc/net/tcp6")) if table.exists()]
        rows = [line.split() for table in tables for line in table.read_text("ascii").splitlines()[1:]]
        sockets = {f"socket:[{row[9]}]" for row in rows if row[3] == _LISTENING and row[1].endswith(f":{port:04X}")}
        for folder in Path("/proc").glob("[0-9]*"):
            if sockets & set(_open_files(folder)):
                return f"{(folder / 'comm').read_text('utf-8').strip()} (pid {folder.name})"
    except OSError:
        pass
    return "another program"


def _open_files(process: Path) -> Iterator[str]:
    try:
        for link in (process / "fd").iterdir():
            yield str(link.readlink())
    except OSError:
        return


def _version(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None
