"""What a test here proves, and of which client: three markers, and the file that they are written to.

`client` names the published client that a test drives, `wire` the way on which it speaks to the server (`ark` without
one), `proves` the operations that the test holds to what was expected. Marks may hang on parameters. With
`--write-evidence` a run in which all such tests passed writes them to fixtures/evidence.json, with the versions of the
clients that clients.json has the pins of. docs/evidence.md is made from both files; tests/docs/test_evidence_page.py
holds the page, the files and the markers together.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EVIDENCE = ROOT / "fixtures" / "evidence.json"
CLIENTS = Path(__file__).with_name("clients.json")
WRITE, COLLECTED = "--write-evidence", "--collected-evidence"
HASTE = 240
"""Real seconds that fetching and building a client may take on a cold machine; the slowest takes 40."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The flags; they are known where tests/sdk is named on the command line."""
    parser.addoption(WRITE, action="store_true", help="write what was proven to fixtures/evidence.json")
    parser.addoption(COLLECTED, metavar="FILE", help="write what would be proven to a file, without running anything")


def pytest_configure(config: pytest.Config) -> None:
    """Keep what passes, where it shall be written down."""
    if config.getoption(WRITE, default=False):
        config.pluginmanager.register(_Notary())


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write what the collected tests claim, where that is asked for."""
    wanted = session.config.getoption(COLLECTED, default=None)
    if wanted:
        told = {item.nodeid: claims for item in session.items if (claims := _claims(item))}
        Path(wanted).write_text(_document(told), "utf-8")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Send along with a test's report what it proves."""
    if claims := _claims(item):
        item.user_properties.append(("proves", claims))


def _claims(item: pytest.Item) -> list[list[str]]:
    """Client, wire and operation of everything that a test proves."""
    operations = [name for mark in item.iter_markers("proves") for name in mark.args]
    client, wire = item.get_closest_marker("client"), item.get_closest_marker("wire")
    if not operations:
        return []
    if client is None:
        raise pytest.UsageError(f"{item.nodeid} proves something, but of no client")
    return [[client.args[0], wire.args[0] if wire else "ark", operation] for operation in operations]


def _document(told: dict[str, list[list[str]]]) -> str:
    """The evidence as text: the version of each client, and by wire and operation the tests that prove it."""
    clients: dict[str, dict[str, Any]] = {}
    for test in sorted(told):
        for name, wire, operation in told[test]:
            client = clients.setdefault(name, {"version": _version(name), "proven": {}})
            client["proven"].setdefault(wire, {}).setdefault(operation, []).append(test)
    return json.dumps(clients, indent=1, sort_keys=True) + "\n"


def _version(client: str) -> str:
    """The version that a client is pinned to."""
    pin = json.loads(CLIENTS.read_text("utf-8"))["clients"][client]["pin"]
    pattern = re.escape(pin["line"]).replace(r"\{version\}", r"(\d[\w.]*?)")
    found = re.search(rf"{pattern}(?![\w.])", (ROOT / pin["file"]).read_text("utf-8"))
    assert found is not None, f"{pin['file']} does not pin {client}"
    return found[1]


class _Notary:
    """Writes the evidence at the end of a run in which every test that proves something passed."""

    def __init__(self) -> None:
        self.proven: dict[str, list[list[str]]] = {}
        self.missing: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        claims = dict(report.user_properties).get("proves")
        if claims and report.when == "call" and report.passed:
            self.proven[report.nodeid] = claims  # type: ignore[assignment]
        elif claims and not report.passed:
            self.missing.append(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.missing or not self.proven:
            terminalreporter.write_line(f"no evidence written: not proven here: {', '.join(self.missing) or 'all'}")
        else:
            EVIDENCE.write_text(_document(self.proven), "utf-8")
            terminalreporter.write_line(f"{EVIDENCE.name}: {len(self.proven)} tests prove something")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lets one process at a time in, where the system has file locks."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


PYTHON_SDKS = {
    "volcenginesdkarkruntime": "volcengine-python",
    "byteplussdkarkruntime": "byteplus-python",
    "arkruntime": "arkruntime-python",
}


@pytest.fixture(
    scope="session", params=[pytest.param(name, marks=pytest.mark.client(PYTHON_SDKS[name])) for name in PYTHON_SDKS]
)
def python_sdk(request: pytest.FixtureRequest) -> str:
    """The package of one of the official Python SDKs for Ark."""
    return str(request.param)


@pytest.fixture(scope="session")
def on_the_page() -> Callable[[str], list[str]]:
    """The programs of a language on docs/clients.md."""
    page = (ROOT / "docs" / "clients.md").read_text("utf-8")
    return lambda language: re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


@dataclass
class Hook:
    """A receiver of callbacks in a thread: its URL, and the statuses it received, by path."""

    url: str = ""
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


@pytest.fixture(scope="session")
def hook() -> Iterator[Hook]:
    """A receiver of callbacks for clients that block."""
    taken = Hook()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.told[self.path].append(json.loads(body)["status"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        taken.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield taken
        server.shutdown()


Make = Callable[[Path], None]


@pytest.fixture(scope="session")
def workshop(request: pytest.FixtureRequest) -> Callable[[str, Sequence[Path], Make], Path]:
    """Builds a program once for its very sources, in pytest's cache: name, sources, and how, in a folder with them."""

    def build(name: str, sources: Sequence[Path], make: Make) -> Path:
        kept = request.config.cache.mkdir(name)
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
        ready = kept / digest
        with _alone(kept):
            if not ready.exists():
                fresh = Path(tempfile.mkdtemp(dir=kept))
                try:
                    for path in sources:
                        shutil.copy(path, fresh)
                    make(fresh)
                    fresh.rename(ready)
                finally:
                    shutil.rmtree(fresh, ignore_errors=True)
        return ready

    return build


@pytest.fixture(scope="session")
def tool() -> Callable[..., None]:
    """Runs a tool in a folder. Where it `fetches` and cannot, the test is skipped; any other failure is one."""

    def run(command: Sequence[str], folder: Path, *, fetches: bool = False, **environment: str) -> None:
        env = {**os.environ, **environment}
        here = [shutil.which(command[0]) or command[0], *command[1:]]  # on Windows some are scripts with a suffix
        try:
            done = subprocess.run(here, cwd=folder, env=env, capture_output=True, text=True, timeout=HASTE)
        except subprocess.TimeoutExpired:
            pytest.skip(f"{command[0]} did not come to an end within {HASTE} s")
        told = " ".join((done.stdout + done.stderr).split())
        if done.returncode and fetches:
            pytest.skip(f"{command[0]} could not fetch the client: {told[:300]}")
        assert done.returncode == 0, told

    return run


@pytest.fixture(scope="session")
def needs() -> Callable[..., None]:
    """Skips where one of the programs is not installed."""

    def check(*programs: str) -> None:
        if missing := [program for program in programs if shutil.which(program) is None]:
            pytest.skip(f"not installed: {', '.join(missing)}")

    return check
