"""The programs that are measured, each in a process of its own: how they are started, asked, weighed and ended."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MODEL = "dreamina-seedance-2-0-260128"
AIMOCK = "@copilotkit/aimock@1.43.0"
TASKS = "/api/v3/contents/generations/tasks"
KEY = {"Authorization": "Bearer sk-bench"}
LOOPS = ("uvloop", "asyncio")
_TICKS = os.sysconf("SC_CLK_TCK")
_ENDED = 10.0
_STARTED = 30.0
_WITHOUT_UVLOOP = "import sys; sys.modules['uvloop'] = None; from ark_emulator.cli import main; sys.exit(main())"


class Unavailable(Exception):
    """What would be measured, or is needed for it, is not on this machine; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """A server that answers at `port`, as the process it is."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: bytes | Mapping[str, Any] | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """One exchange: the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        packed = json.dumps(body).encode() if isinstance(body, Mapping) else body
        try:
            connection.request(method, path, packed, {"Content-Type": "application/json", **KEY, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def told(self, method: str, path: str, body: bytes | Mapping[str, Any] | None = None) -> Any:
        """The JSON document of one exchange, which has to succeed."""
        status, answer = self.ask(method, path, body)
        if status != 200:
            raise RuntimeError(f"{method} {path} was answered with {status}: {answer[:200]!r}")
        return json.loads(answer)

    def memory(self) -> int:
        """Bytes of its resident set."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def processor(self) -> float:
        """Seconds of processor time it has used, all its threads included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


Start = Callable[[int], Sequence[str]]
"""Makes the command that serves at a port."""


def bare(loop: str) -> Start:
    """The bare aiohttp application."""
    return lambda port: [sys.executable, "-m", "tests.bench.bare", str(port), loop]


def emulator(loop: str, *flags: str) -> Start:
    """This emulator, without its log."""
    program = ["-m", "ark_emulator"] if loop == "uvloop" else ["-c", _WITHOUT_UVLOOP]
    return lambda port: [sys.executable, *program, "serve", "--port", str(port), "--log", "off", *flags]


def aimock(folder: Path) -> Start:
    """The mock server from npm, told to answer a video task. Raises Unavailable."""
    program = _installed(folder) / "node_modules/@copilotkit/aimock/dist/cli.js"
    envelope = {
        "id": "cgt-x",
        "model": MODEL,
        "status": "succeeded",
        "content": {"video_url": "http://127.0.0.1/" + 400 * "x"},
        "usage": {"completion_tokens": 108_900, "total_tokens": 108_900},
        "created_at": 1_790_000_000,
        "updated_at": 4_000_000_000,
    }
    fixture = {"match": {"endpoint": "video", "model": MODEL}, "response": {"json": envelope}}
    given = folder / "fixtures.json"
    given.write_text(json.dumps({"fixtures": [fixture]}), encoding="utf-8")
    return lambda port: ["node", str(program), "-p", str(port), "-f", str(given), "--log-level", "silent"]


def _installed(folder: Path) -> Path:
    """The folder that the mock server is installed in; it is fetched from npm once."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise Unavailable("aimock is left out: there is no node")
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), AIMOCK]
        done = subprocess.run(command, capture_output=True, timeout=180, check=False)
        if done.returncode:
            raise Unavailable("aimock is left out: npm could not install it")
    return folder


def cache() -> Path:
    """Where what was fetched once is kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or tempfile.gettempdir()) / "ark-emulator-bench"


@contextlib.contextmanager
def running(start: Start, probe: str) -> Iterator[Server]:
    """A server that answers `probe` with 200, ended afterwards."""
    server = launched(start)
    try:
        _await(server, probe)
        yield server
    finally:
        ended(server)


def launched(start: Start) -> Server:
    """A server that was just started and may not answer yet; it has the first core for itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*pinned(0), *start(port)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return Server(process, port)


def ended(server: Server) -> None:
    """End a server, by force where it does not hear."""
    server.process.terminate()
    try:
        server.process.wait(_ENDED)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait(_ENDED)


def answered(server: Server, path: str) -> float:
    """Seconds until the server answers a GET of `path` with 200, asked again and again."""
    began = time.perf_counter()
    while time.perf_counter() - began < _STARTED:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if server.ask("GET", path)[0] == 200:
                return time.perf_counter() - began
        if server.process.poll() is not None:
            break
        time.sleep(0.001)  # real time: another process is starting
    raise RuntimeError(f"{' '.join(map(str, server.process.args))} does not answer")


def _await(server: Server, path: str) -> None:
    answered(server, path)


def pinned(core: int) -> list[str]:
    """Return the words before a command that pin it to one core, if the system supports that."""
    several = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1
    return ["taskset", "-c", str(core)] if several and shutil.which("taskset") else []
