"""A Redis server for tests, with its own folder, socket and port; it can be killed and frozen."""

import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAMS = ("redis-server", "valkey-server")
STARTING = 10.0
"""Real seconds that the server may take to start."""


class RedisServer:
    """A server that can be started and killed. `url` and `unix` are its addresses. It saves to disk only on request."""

    def __init__(self, folder: Path, *options: str) -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            pytest.skip("neither redis-server nor valkey-server is installed (Debian: apt-get install redis-server)")
        self.program = program
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.unix = f"unix://{folder}/socket"
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        where = ("--bind", "127.0.0.1", "--port", str(self.port), "--unixsocket", str(self._folder / "socket"))
        how = ("--dir", str(self._folder), "--save", "", "--appendonly", "no", "--daemonize", "no")
        with (self._folder / "log").open("ab") as log:
            command = [self.program, *where, *how, *self._options]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + STARTING
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self._folder / "log").read_text("utf-8", "replace"))
            time.sleep(0.01)  # real time: another program starts

    def kill(self) -> None:
        """Kill the server with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Suspend the server: connections stay open, but it sends no responses."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume the server."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def command(self, *words: str) -> bytes:
        """Return the first bytes of the response to a command."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            parts = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
            connection.sendall(f"*{len(words)}\r\n{parts}".encode())
            return connection.recv(65536)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.command("PING")[:1] in (b"+", b"-") and (self._folder / "socket").exists()
        return False


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server for all tests of this process. A test uses its own keys, or empties the server."""
    yield from running(tmp_path_factory.mktemp("redis"))


@pytest.fixture
def mortal_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server for one test, which may kill and restart it."""
    yield from running(tmp_path)


def running(folder: Path, *options: str) -> Iterator[RedisServer]:
    """Run a server until the end of a fixture."""
    server = RedisServer(folder, *options)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
