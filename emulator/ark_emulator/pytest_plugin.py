"""The pytest plugin: a new emulated world for every test that uses the fixture `ark_emulator`.

1. The fixture is a client of a new world with its own key and tasks, a frozen clock, and a seed derived from the test's
   name. `@pytest.mark.ark_emulator(...)` overrides these.
2. `ark_emulator_server` is the server of these worlds: one for each run or xdist worker, or that of
   `--ark-emulator-url`.
3. The plugin imports the emulator when a test uses a fixture: pytest loads the plugin in every run.
"""

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest

if TYPE_CHECKING:
    from ark_emulator.client import Client
    from ark_emulator.client.control_types import FindingInfo, JournalItem

MARK: Final = "ark_emulator"
CHOICES: Final = ("scenario", "clock", "seed", "start", "speed")
_MARKER: Final = (
    f"{MARK}(scenario=None, clock='frozen', seed=None, start=None, speed=None): how the world of `ark_emulator` is: "
    "a built-in scenario, a file, the text of one or a mapping; live, frozen or polls; a number; a unix second; "
    "virtual per real second"
)
_REPORTS: Final = ("findings", "all", "off")
_WORLD: Final = pytest.StashKey["Client"]()
_FINDINGS: Final = "ark_emulator_findings"
"""The attribute of a test's report that holds its findings. xdist sends it from its workers to its controller."""
_SHOWN: Final = 60
Made = TypeVar("Made")
_BODY: Final = 400


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("ark-emulator")
    group.addoption(
        "--ark-emulator-url",
        default=os.environ.get("ARK_EMULATOR_URL"),
        metavar="URL",
        help="use the emulator that runs there instead of starting one [ARK_EMULATOR_URL]",
    )
    group.addoption(
        "--ark-emulator-token",
        default=os.environ.get("ARK_EMULATOR_CONTROL_TOKEN"),
        metavar="T",
        help="the control token of that emulator [ARK_EMULATOR_CONTROL_TOKEN]",
    )
    group.addoption(
        "--ark-emulator-report",
        default="findings",
        choices=_REPORTS,
        help="report card at the end: findings (the default), all with notes, or off",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and the collector of report cards."""
    config.addinivalue_line("markers", _MARKER)
    if config.getoption("ark_emulator_report") != "off":
        config.pluginmanager.register(_Cards(notes=config.getoption("ark_emulator_report") == "all"))


@pytest.fixture(scope="session")
def ark_emulator_settings() -> Mapping[str, Any]:
    """Return arguments of `ark_emulator.Emulator` for the server of a run. Override it to change them."""
    return {}


@pytest.fixture(scope="session")
def ark_emulator_server(request: pytest.FixtureRequest, ark_emulator_settings: Mapping[str, Any]) -> "Iterator[Client]":
    """Yield a client of the default world of the server for this run."""
    url = request.config.getoption("ark_emulator_url")
    if url:
        yield _running(url, request.config.getoption("ark_emulator_token"))
        return
    from ark_emulator.embedded import Emulator, refusals

    server = _failing("ark_emulator_settings", lambda: Emulator(**ark_emulator_settings).start(), refusals())
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def ark_emulator(request: pytest.FixtureRequest, ark_emulator_server: "Client") -> "Iterator[Client]":
    """Yield a client of a new world, and delete the world after the test."""
    from ark_emulator.client import ControlError, Unreachable

    chosen = _chosen(request.node)
    refused = (ControlError, Unreachable, OSError)
    world = _failing(f"@pytest.mark.{MARK}", lambda: _world(ark_emulator_server, request, chosen), refused)
    request.node.stash[_WORLD] = world
    yield world
    world.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the journal of its world to the report of a failed test, and the findings to every report."""
    report = yield
    world = item.stash.get(_WORLD, None)
    if world is not None and call.when == "call":
        try:
            if report.failed:
                report.sections.append(("ark emulator journal", _journal_text(world.journal(limit=_SHOWN))))
            if item.config.getoption("ark_emulator_report") != "off":
                setattr(report, _FINDINGS, world.report()["findings"])
        except (OSError, RuntimeError) as problem:
            report.sections.append(("ark emulator", f"its journal is not available: {problem}"))
    return report


class _Cards:
    """Collect the findings of all tests and print them at the end."""

    def __init__(self, notes: bool) -> None:
        self._notes = notes
        self._found: dict[str, list[FindingInfo]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the findings of a report."""
        found = [each for each in getattr(report, _FINDINGS, ()) if self._notes or each["severity"] != "note"]
        if found:
            self._found[report.nodeid] = found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the findings, if there are any."""
        if not self._found:
            return
        from ark_emulator.client.assertion_text import finding_line

        terminalreporter.section("ark emulator report card")
        for name, findings in self._found.items():
            terminalreporter.write_line(name)
            for each in findings:
                terminalreporter.write_line(finding_line(each))


def _failing(where: str, make: Callable[[], Made], refusals: tuple[type[Exception], ...]) -> Made:
    """Return the result of `make`. If it raises one of the refusals, fail the test with the message only."""
    reason = ""
    try:
        return make()
    except refusals as problem:
        reason = str(problem)
    pytest.fail(f"{where}: {reason}", pytrace=False)


def _running(url: str, token: str | None) -> "Client":
    from ark_emulator.client import BadAddress, Unreachable, connect

    handle = connect(url, token=token)
    problem = ""
    try:
        handle.health()
    except (BadAddress, Unreachable) as error:
        problem = str(error)
    if problem:
        pytest.fail(f"--ark-emulator-url: {problem}", pytrace=False)
    return handle


def _chosen(item: pytest.Item) -> dict[str, Any]:
    """Return the arguments of a test's markers; for each argument, the closest marker has precedence."""
    chosen: dict[str, Any] = {}
    for marker in item.iter_markers(MARK):
        given = {**dict(zip(CHOICES, marker.args, strict=False)), **marker.kwargs}
        if unknown := sorted(set(given) - set(CHOICES)):
            pytest.fail(f"@pytest.mark.{MARK} knows {', '.join(CHOICES)}, but not {unknown[0]}", pytrace=False)
        chosen = given | chosen
    return chosen


def _world(server: "Client", request: pytest.FixtureRequest, chosen: Mapping[str, Any]) -> "Client":
    from hashlib import blake2b

    from ark_emulator.client import ControlError

    digest = blake2b(request.node.nodeid.encode(), digest_size=8)
    clock = {"mode": chosen.get("clock", "frozen"), "start": chosen.get("start"), "speed": chosen.get("speed")}
    made = {
        "scenario": _scenario(chosen.get("scenario"), request),
        "seed": chosen.get("seed", int.from_bytes(digest.digest()[:4])),
        "clock": {name: value for name, value in clock.items() if value is not None},
    }
    try:
        return server.world(f"sk-{digest.hexdigest()}", **made)
    except ControlError as refusal:
        if refusal.code != "world_exists":
            raise
        # Another run has the same test on the same server.
        return server.world(f"sk-{digest.hexdigest()}-{os.urandom(4).hex()}", **made)


def _scenario(scenario: Any, request: pytest.FixtureRequest) -> Any:
    """Return the scenario. A relative file is looked up in the folder of the test, then in the root folder."""
    from ark_emulator.client import is_text
    from ark_emulator.client.handle import FILES

    if isinstance(scenario, str) and not is_text(scenario) and scenario.endswith(FILES):
        near = request.path.parent / scenario
        return near if near.exists() else request.config.rootpath / scenario
    return scenario


def _journal_text(entries: "list[JournalItem]") -> str:
    """Return a journal as text: one line per exchange, and the body of error responses."""
    from ark_emulator.core.printable import on_one_line

    lines = []
    for each in entries:
        marks = [f"{name}={each[name]}" for name in ("task", "fault", "rule") if name in each]
        lines.append(" ".join([f"#{each['number']}", each["method"], each["path"], str(each["status"]), *marks]))
        if each["status"] >= 400:
            lines.append(f"    {each['response']['body'][:_BODY]}")
    return "\n".join(map(on_one_line, lines)) or "no exchanges"
