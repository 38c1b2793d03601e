"""`exec`: a server for as long as one program runs, which finds it by its environment."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.cli import main
from ark_emulator.cli.exec_command import child_environment, split_command
from ark_emulator.cli.serve import reload
from ark_emulator.client import Unreachable, connect

Run = Callable[..., tuple[int, str, str]]

CREATE = """
import json, os, urllib.request
body = {"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}]}
headers = {"Authorization": "Bearer " + os.environ["ARK_API_KEY"], "Content-Type": "application/json"}
url = os.environ["ARK_BASE_URL"] + "/contents/generations/tasks"
for _ in range(COUNT):
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).close()
"""


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `exec` in this process: its exit code, what came to stdout and what to stderr."""
    for name in [name for name in os.environ if name.startswith("ARK_EMULATOR_")]:
        monkeypatch.delenv(name)

    def execute(*words: str) -> tuple[int, str, str]:
        code = main(["exec", *words])
        printed = capfd.readouterr()
        return code, printed.out, printed.err

    return execute


def python(program: str) -> list[str]:
    """The words that run a program."""
    return ["--", sys.executable, "-c", program]


def test_the_program_finds_the_server_by_its_environment_and_the_server_ends_with_it(run: Run) -> None:
    names = ("ARK_EMULATOR_URL", "ARK_BASE_URL", "ARK_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_KEY")
    program = f"""
import os, sys
from ark_emulator import connect
print(*(os.environ[name] for name in {names}))
assert connect().health()["clock"]["mode"] == "frozen"
"""
    code, out, err = run("--clock", "frozen", *python(program))
    url, ark, key, openai, other = out.split()
    assert (code, err) == (0, "")
    assert (ark, openai, other) == (f"{url}/api/v3", f"{url}/v1", key)
    with pytest.raises(Unreachable):
        connect(url).health()


@pytest.mark.parametrize("code", [0, 1, 7])
def test_the_exit_code_is_that_of_the_program(run: Run, code: int) -> None:
    assert run(*python(f"raise SystemExit({code})"))[0] == code


def test_a_program_that_a_signal_ended_ends_as_in_a_shell(run: Run) -> None:
    assert run(*python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))[0] == 128 + signal.SIGKILL


def test_the_words_of_the_program_are_left_as_they_are(run: Run) -> None:
    _, out, _ = run("--", sys.executable, "-c", "import sys; print(sys.argv[1:])", "--clock", "--", "a b")
    assert out.strip() == "['--clock', '--', 'a b']"


def test_the_first_key_is_the_one_the_program_is_given(run: Run) -> None:
    _, out, _ = run("--key", "sk-a", "--key", "sk-b", *python("import os; print(os.environ['ARK_API_KEY'])"))
    assert out.strip() == "sk-a"


def test_a_scenario_applies_and_an_invalid_one_is_an_error_before_the_program_runs(run: Run, tmp_path: Path) -> None:
    program = "from ark_emulator import connect; print(connect().health()['scenario'])"
    assert run("--scenario", "output-moderation", *python(program))[1].strip() == "output-moderation"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("version: 1\nnmae: wrong\n", "utf-8")
    code, out, err = run("--scenario", str(wrong), *python("print('ran')"))
    assert (code, out) == (2, "")
    assert f"{wrong}:2:1" in err


def test_a_scenario_file_that_the_program_changes_is_loaded_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "PAUSE", 0.01)
    path = tmp_path / "mine.yaml"
    path.write_text("version: 1\nname: before\n", "utf-8")
    program = f"""
import pathlib
from ark_emulator import connect
pathlib.Path({str(path)!r}).write_text("version: 1\\nname: afterwards\\n")
while connect().health()["scenario"] != "afterwards":
    pass
"""
    code, _, err = run("--scenario", str(path), "--watch", *python(program))
    assert code == 0
    assert "scenario afterwards was reloaded" in err


def test_the_control_token_reaches_the_program(run: Run) -> None:
    program = (
        "import os; from ark_emulator import connect; connect(token=os.environ['ARK_EMULATOR_CONTROL_TOKEN']).tasks()"
    )
    assert run("--control-token", "secret", *python(program))[0] == 0


@pytest.mark.parametrize("words", [[], ["--"], ["--clock", "frozen"]])
def test_without_a_program_it_says_how_to_name_one(run: Run, words: list[str]) -> None:
    code, _, err = run(*words)
    assert code == 2
    assert "ark-emulator exec -- pytest" in err


def test_a_program_that_is_not_there_and_one_that_cannot_be_run_end_as_in_a_shell(run: Run, tmp_path: Path) -> None:
    assert run("--", "no-such-program-anywhere")[0] == 127
    plain = tmp_path / "plain"
    plain.write_text("", "utf-8")
    assert run("--", str(plain))[0] == 126


def test_a_flag_that_means_nothing_is_refused_before_anything_runs(run: Run) -> None:
    code, out, err = run("--clokc", "frozen", *python("print('ran')"))
    assert (code, out) == (2, "")
    assert "did you mean --clock?" in err


def test_a_port_in_use_is_an_error(run: Run) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, out, err = run("--port", str(taken.getsockname()[1]), *python("print('ran')"))
    assert (code, out) == (3, "")
    assert "cannot listen" in err


@pytest.mark.parametrize(("flags", "world"), [([], ""), (["--isolate"], "world=os.environ['ARK_API_KEY']")])
def test_findings_of_the_report_card_are_printed_at_the_end(run: Run, flags: list[str], world: str) -> None:
    program = CREATE.replace("COUNT", "1") + f"from ark_emulator import connect\nconnect({world}).advance(60)"
    code, _, err = run(*flags, *python(program))
    assert code == 0
    assert "grade B" in err
    assert "task-left-behind" in err


def test_notes_alone_are_not_printed(run: Run) -> None:
    assert run(*python(CREATE.replace("COUNT", "2")))[2] == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signals_reach_the_program(number: signal.Signals) -> None:
    program = f"""
import signal, sys
signal.signal({int(number)}, lambda *_: sys.exit(42))
print("ready", flush=True)
signal.pause()
"""
    process = subprocess.Popen(
        [sys.executable, "-m", "ark_emulator", "exec", *python(program)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(60) == 42
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the program, too, if it was left behind
        process.communicate()


def test_a_signal_that_comes_while_the_program_is_starting_reaches_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = subprocess.Popen

    def interrupted(*words: Any, **more: Any) -> "subprocess.Popen[bytes]":
        process = begin(*words, **more)
        os.kill(os.getpid(), signal.SIGTERM)
        return process

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    assert run(*python("import signal; signal.pause()"))[0] == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "example.com"}, "example.com,127.0.0.1,localhost"),
        ({"NO_PROXY": "localhost"}, "localhost,127.0.0.1"),
    ],
)
def test_no_proxy_comes_between(before: dict[str, str], after: str) -> None:
    found = child_environment(before, "http://127.0.0.1:1", "sk")
    assert found["NO_PROXY"] == after
    assert found["no_proxy"] == "127.0.0.1,localhost"


def test_the_rest_of_the_environment_stays_and_a_real_key_is_replaced() -> None:
    found = child_environment({"HOME": "/home", "ARK_API_KEY": "real"}, "http://127.0.0.1:1", "sk")
    assert (found["HOME"], found["ARK_API_KEY"]) == ("/home", "sk")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["exec", "--seed", "1", "--", "a", "--", "b"], (["exec", "--seed", "1"], ["a", "--", "b"])),
        (["exec"], (["exec"], [])),
        (["serve", "--", "a"], (["serve", "--", "a"], [])),
        ([], ([], [])),
    ],
)
def test_a_command_line_is_divided_at_the_first_double_dash(
    words: list[str], expected: tuple[list[str], list[str]]
) -> None:
    assert split_command(words) == expected
