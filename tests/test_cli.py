"""The command line from outside: how a server starts, says where it is, and stops."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from ark_emulator.cli import _parser, main
from ark_emulator.cli.serve.serve_command import _warn_when_open
from ark_emulator.runtime.settings.settings import Settings

PREFIX = "ARK_EMULATOR_"
PATIENT = 60.0


def environment(**variables: Any) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, **{PREFIX + name: value for name, value in variables.items()}}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "ark_emulator", *words]


@contextlib.contextmanager
def serving(*flags: str, **variables: Any) -> Iterator[tuple[subprocess.Popen[Any], str]]:
    """A server in a process of its own, and its address as its first line of stdout tells it."""
    process = subprocess.Popen(
        command("serve", *flags),
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("ARK_EMULATOR_URL=http://127.0.0.1:"), process.stderr.read()
        yield process, line.strip().partition("=")[2]
    finally:
        process.kill()
        process.communicate()


def asked(url: str, path: str, data: bytes | None = None, key: str = "sk-test") -> dict[str, Any]:
    request = urllib.request.Request(
        url + path, data, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENT) as response:
        return json.loads(response.read())


@pytest.fixture
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets no server start in this process."""

    def start(*_: Any) -> None:
        raise AssertionError("a server was started")

    monkeypatch.setattr("ark_emulator.server.run", start)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code of a command that is refused, and what it says on stderr."""
    code = main(words)
    said = capsys.readouterr()
    assert said.out == ""
    return code, said.err


def test_a_server_announces_its_url_serves_and_stops_although_a_client_hangs() -> None:
    body = json.dumps({"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}]})
    with serving("--port", "0", "--clock", "frozen", "--start", "1790000000", "--log", "json") as (process, url):
        assert asked(url, "/api/v3/contents/generations/tasks", body.encode())["id"].startswith("cgt-20260921221320-")
        host, port = url.removeprefix("http://").split(":")
        with (
            socket.create_connection((host, int(port))) as silent,
            socket.create_connection((host, int(port))) as halfway,
        ):
            silent.sendall(b"GET /api/v3")
            halfway.sendall(b"POST /api/v3/contents/generations/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n")
            halfway.sendall(b"Authorization: Bearer k\r\n\r\n{")
            asked(url, "/_emulator/health")
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            out, err = process.communicate(timeout=PATIENT)
            assert time.monotonic() - began < 15, "it waits for such clients for some seconds"
    assert process.returncode == 0
    assert out == ""
    assert "ark-emulator" in err.splitlines()[0]
    assert url in err
    assert "Traceback" not in err
    logged = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert ("POST", 200) in [(each["method"], each["status"]) for each in logged if each["path"].endswith("/tasks")]


def test_variables_apply_without_a_flag_and_an_interrupt_stops_the_server() -> None:
    told = {"PORT": "0", "CLOCK": "polls", "START": "1790000000", "KEY": "sk-a,sk-b", "LOG": "off", "SPEED": "3"}
    with serving("--clock", "frozen", **told) as (process, url):
        health = asked(url, "/_emulator/health")
        assert health["clock"] == {"mode": "frozen", "now": 1_790_000_000, "speed": 3}
        assert asked(url, "/api/v3/contents/generations/tasks", key="sk-b")["total"] == 0
        with pytest.raises(urllib.error.HTTPError, match="401"):
            asked(url, "/api/v3/contents/generations/tasks", key="sk-c")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENT)
    assert process.returncode == 0


def test_a_busy_port_is_an_error_with_advice() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = subprocess.run(
            command("--port", str(port)), env=environment(), capture_output=True, text=True, timeout=PATIENT
        )
    assert found.returncode == 3
    assert found.stdout == ""
    assert f"127.0.0.1:{port}" in found.stderr
    assert "--port 0" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter there")
@pytest.mark.parametrize(
    ("module", "code"), [("ark_emulator.cli", -signal.SIGINT), ("ark_emulator.cli.demo_tour", 130)]
)
def test_an_interrupt_while_modules_are_imported_ends_without_a_traceback(module: str, code: int) -> None:
    program = (
        "import signal, sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "sys.argv = ['ark-emulator', 'demo']\n"
        "from ark_emulator.__main__ import run\n"
        "sys.exit(run())"
    )
    found = subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, timeout=PATIENT)
    assert (found.returncode, found.stdout, found.stderr) == (code, b"", b"")


def test_an_interrupt_is_ignored_where_the_program_was_started_so() -> None:
    program = (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "import sys\nsys.argv = ['ark-emulator', '--version']\n"
        "from ark_emulator.__main__ import run\nassert run() == 0\n"
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN"
    )
    subprocess.run([sys.executable, "-c", program], env=environment(), check=True, timeout=PATIENT)


def test_help_and_version_import_nothing_heavy() -> None:
    program = (
        "import sys\nfrom ark_emulator.cli import main\n"
        "assert main(['--help']) == main(['serve', '--help']) == main(['--version']) == 0\n"
        "heavy = {'aiohttp', 'pydantic', 'yaml', 'asyncio', 'ark_emulator.core', 'ark_emulator.server'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, timeout=PATIENT
    )
    assert found.returncode == 0, found.stderr
    assert "--public-url" in found.stdout
    assert "ARK_EMULATOR_PORT" in found.stdout


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["serve", "--spead", "3"], "--speed"),
        (["--prot", "0"], "--port"),
        (["serve", "--clock", "frozn"], "frozen"),
        (["srve"], "serve"),
        (["clock", "advanse", "5"], "advance"),
        (["clock", "advance", "5", "--jsn"], "--json"),
        (["tasks", "--worlds=x"], "--world"),
    ],
)
def test_a_slip_of_the_pen_gets_a_suggestion(
    nothing_starts: None, capsys: pytest.CaptureFixture[str], words: list[str], hint: str
) -> None:
    code, said = refused(capsys, *words)
    assert code == 2
    assert f"id you mean {hint}?" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["serve", "--speed", "0"], "ark-emulator serve: --speed: '0' is not a number from 0.000001 to 1000000"),
        (["scenarios", "--url", "x"], "--url is a flag of tasks, journal"),
        (["serve", "--flag"], "ark-emulator serve: unknown flag --flag"),
        (["tasks", "one", "two"], "ark-emulator tasks: unexpected 'two'"),
        (["nonsense"], "ark-emulator: there is no command 'nonsense'; available: serve, exec"),
        (["exec", "npm", "test"], "put the program after --, as in: ark-emulator exec -- npm test"),
        (["exec", "--port", "0", "npm", "test", "-x"], "as in: ark-emulator exec -- npm test -x"),
        (["check"], "ark-emulator check: the following arguments are required: path"),
    ],
)
def test_what_is_wrong_with_a_command_line_is_one_line_and_where_to_read_on(
    nothing_starts: None, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    code, said = refused(capsys, *words)
    first, second = said.splitlines()
    assert code == 2
    assert told in first
    assert second == f"Try: {first.partition(':')[0]} --help"


@pytest.mark.parametrize(
    "words",
    [
        ["--port", "70000"],
        ["--port", "web"],
        ["--port", "1_000"],
        ["--port", " 80"],
        ["--port", "８０"],
        ["--start", "1_000"],
        ["--speed", "1_0"],
        ["--speed", "1e-9"],
        ["--speed", "0"],
        ["--speed", "nan"],
        ["--seed", "many"],
        ["--seed", "-1"],
        ["--start", "soon"],
        ["--start", "nan"],
        ["--start", "inf"],
        ["--start", "-1"],
        ["--start", "1e18"],
        ["--endpoint", "ep-20260921-abcde"],
        ["--endpoint", "ep-20260921-abcde=nope"],
        ["--public-url", "video.example"],
        ["--public-url", "http://"],
        ["--log", "xml"],
        ["--control-token", ""],
        ["--key", ""],
        ["--callback-secret", ""],
        ["--host", ""],
    ],
)
def test_a_value_that_makes_no_sense_is_refused_before_anything_starts(
    nothing_starts: None, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    code, said = refused(capsys, *words)
    assert code == 2
    assert words[0] in said
    assert words[1] in said


@pytest.mark.parametrize("flag", ["--control-token", "--key", "--callback-secret"])
@pytest.mark.parametrize("value", ["", "  ", "\t"])
def test_a_blank_secret_is_refused_instead_of_switching_the_check_off(
    nothing_starts: None, capsys: pytest.CaptureFixture[str], flag: str, value: str
) -> None:
    code, said = refused(capsys, flag, value)
    assert code == 2
    assert f"{flag}: the value must not be empty or blank; leave it out to go without" in said


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ([], {"sk-a", "sk-b"}),
        (["--key", "sk-c"], {"sk-c"}),
        (["--key", "sk-c", "--key", "sk-d"], {"sk-c", "sk-d"}),
    ],
)
def test_a_repeated_flag_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch, words: list[str], keys: set[str]
) -> None:
    started = []
    monkeypatch.setattr("ark_emulator.server.run", lambda settings, announce: started.append(settings))
    monkeypatch.setenv("ARK_EMULATOR_KEY", "sk-a,sk-b")
    assert main(["serve", *words]) == 0
    assert started[0].keys == keys


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "web", "'web' is not a port from 0 to 65535"),
        ("SEED", "many", "'many' is not a whole number from 0 to"),
        ("CLOCK", "frozn", "did you mean frozen?"),
        ("CALLBACK_REWRITE", "a=b,c", "'c' is not FROM=TO"),
        ("CONTROL_TOKEN", " ", "must not be empty or blank"),
        ("KEY", "sk-a, ,sk-b", "must not be empty or blank"),
        ("KEY", ",", "',' has no values"),
        ("ISOLATE", "maybe", "'maybe' is neither 1, true, yes, on nor 0, false, no, off"),
    ],
)
def test_a_bad_value_in_the_environment_is_refused_by_the_name_of_its_variable(
    nothing_starts: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    told: str,
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    code, said = refused(capsys)
    assert code == 2
    assert f"{PREFIX}{name}: " in said
    assert told in said


def test_a_flag_wins_over_a_bad_value_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr("ark_emulator.server.run", lambda settings, announce: started.append(settings))
    monkeypatch.setenv("ARK_EMULATOR_PORT", "web")
    assert main(["serve", "--port", "5"]) == 0
    assert started[0].port == 5


def test_a_bad_value_in_the_environment_does_not_stop_a_command_that_never_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARK_EMULATOR_CALLBACK_REWRITE", "nonsense")
    assert main(["scenarios"]) == 0


@pytest.mark.parametrize(
    ("chosen", "warns"),
    [
        ({"host": "0.0.0.0"}, True),
        ({"host": "0.0.0.0", "control_token": ""}, True),
        ({"host": "0.0.0.0", "control_token": "T"}, False),
        ({"host": "127.0.0.2"}, False),
        ({}, False),
    ],
)
def test_a_server_that_others_can_reach_warns_unless_it_asks_for_a_token(
    capsys: pytest.CaptureFixture[str], chosen: dict[str, Any], warns: bool
) -> None:
    _warn_when_open(Settings(**chosen))
    assert ("add --control-token T" in capsys.readouterr().err) is warns


def every_repeatable_flag() -> Iterator[tuple[str, str]]:
    for name, parser in next(action.choices for action in _parser()._actions if action.dest == "command").items():
        for action in parser._actions:
            if isinstance(action.default, list):
                yield name, action.option_strings[0]


@pytest.mark.parametrize(("name", "flag"), list(every_repeatable_flag()))
def test_an_unknown_flag_beside_a_repeatable_one_is_wrong_usage(
    nothing_starts: None, capsys: pytest.CaptureFixture[str], name: str, flag: str
) -> None:
    values = {
        "--endpoint": "ep-1=dreamina-seedance-2-0-260128",
        "--number": "least_expiry=3600",
        "--trait": "newapi.lag=15",
        "--callback-rewrite": "a=b",
    }
    code, said = refused(capsys, name, flag, values.get(flag, "lost-reply"), "--zzzz")
    assert code == 2
    assert said == f"ark-emulator {name}: unknown flag --zzzz\nTry: ark-emulator {name} --help\n"


def test_there_are_repeatable_flags_to_try() -> None:
    assert {("serve", "--scenario"), ("serve", "--key"), ("exec", "--trait")} <= set(every_repeatable_flag())


def test_an_empty_variable_is_as_good_as_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started = []
    monkeypatch.setattr("ark_emulator.server.run", lambda settings, announce: started.append(settings))
    for name in ("PORT", "CONTROL_TOKEN", "SCENARIO", "ISOLATE"):
        monkeypatch.setenv(PREFIX + name, "")
    assert main(["serve"]) == 0
    assert (started[0].port, started[0].control_token, started[0].isolate) == (7333, None, False)


@pytest.mark.parametrize(("value", "isolated"), [("1", True), ("Yes", True), ("off", False), ("0", False)])
def test_a_switch_in_the_environment_is_on_or_off(monkeypatch: pytest.MonkeyPatch, value: str, isolated: bool) -> None:
    started = []
    monkeypatch.setattr("ark_emulator.server.run", lambda settings, announce: started.append(settings))
    monkeypatch.setenv("ARK_EMULATOR_ISOLATE", value)
    assert main(["serve"]) == 0
    assert started[0].isolate is isolated
