"""What commands print: safe for a terminal, in any encoding, and a good end when nobody can read it any more."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from ark_emulator import Emulator
from ark_emulator.cli import main

HOSTILE = "\x1b]0;PWNED\x07\x1b[31m\x9b31m\u202eevil\u2066 一只猫 😀"
FORGED = "/api/v3/%1B%5D0;X%07%0D%0AFAKE%20LINE%E2%80%AE"
ENCODINGS = ("utf-8", "cp1252", "ascii", "shift_jis")


@pytest.fixture(scope="module")
def ark() -> Iterator[Emulator]:
    """A server that hostile clients have called."""
    with Emulator(clock="frozen") as running:
        post(running, "/api/v3/contents/generations/tasks", create(HOSTILE))
        post(running, "/api/v3/contents/generations/tasks", b"{\n\r\n#9 2026-01-01 FAKE")
        post(running, FORGED, b"")
        running.advance(60)
        yield running


def create(prompt: str) -> bytes:
    """The body of a create request."""
    content = [{"type": "text", "text": prompt}]
    document = {"model": "dreamina-seedance-2-0-260128", "content": content, "callback_url": "http://127.0.0.1:9/x"}
    return json.dumps(document, ensure_ascii=False).encode()


def post(ark: Emulator, path: str, body: bytes) -> None:
    """One request; refusals are fine."""
    headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(urllib.request.Request(ark.url + path, body, headers)).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()


def surroundings(ark: Emulator | None = None, encoding: str = "utf-8") -> dict[str, str]:
    """The environment of a command."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARK_EMULATOR_")}
    return {**kept, "PYTHONIOENCODING": encoding, **({} if ark is None else {"ARK_EMULATOR_URL": ark.url})}


def command(*words: str) -> list[str]:
    """A command in a process of its own."""
    return [sys.executable, "-m", "ark_emulator", *words]


def run(ark: Emulator | None, words: Sequence[str], encoding: str = "utf-8", **more: Any) -> tuple[int, str, str]:
    """Runs a command: its exit code, and what it wrote on stdout and stderr."""
    done = subprocess.run(command(*words), env=surroundings(ark, encoding), capture_output=True, timeout=60, **more)
    return done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "words",
    [
        ["tasks"],
        ["tasks", "ID"],
        ["journal", "--bodies"],
        ["callbacks"],
        ["report"],
        ["clock", "advance", "0"],
        ["health"],
        ["doctor"],
        ["use", HOSTILE],
        ["trigger", "task.fail", HOSTILE, "--task", HOSTILE],
        ["scenarios"],
        ["scenarios", HOSTILE],
        ["check", "FILE"],
        ["check", "FILE", "--format", "concise"],
    ],
    ids=" ".join,
)
def test_no_command_lets_text_of_others_steer_the_terminal_in_any_encoding(
    ark: Emulator, tmp_path: Path, words: list[str], encoding: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text('version: 1\nname: x\n"\\e[31m\\u202e一": 1\n', "utf-8")
    given = {"ID": ark.tasks()[0]["id"], "FILE": str(file)}
    _, out, err = run(ark, [given.get(word, word) for word in words], encoding)
    assert [each for each in out + err if not each.isprintable() and each not in "\n"] == []
    assert "Traceback" not in err
    assert out + err


def test_no_request_can_forge_a_line_of_the_journal(ark: Emulator) -> None:
    _, out, _ = run(ark, ["journal", "--bodies"])
    assert [line[:4] for line in out.splitlines() if not line.startswith(("#1 ", "#2 ", "#3 "))] == ["    "] * 7
    assert r"POST /api/v3/\x1b]0;X\x07\r\nFAKE LINE\u202e 404" in out


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("words", [["tasks"], ["journal"], ["report"], ["doctor"], ["health"], ["callbacks"]])
def test_json_is_json_that_says_the_same_in_any_encoding(ark: Emulator, words: list[str], encoding: str) -> None:
    _, out, _ = run(ark, [*words, "--json"], encoding)
    assert [each for each in out if not each.isprintable() and each not in "\n"] == []
    document = json.loads(out)
    if words == ["tasks"]:
        assert document[0]["prompt"] == HOSTILE
        assert ("一只猫" in out) is (encoding in ("utf-8", "shift_jis"))


def test_check_prints_json_that_is_json_whatever_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text('version: 1\nname: x\n"\\x9b😀": 1\n', "utf-8")
    code, out, _ = run(None, ["check", str(file), "--format", "json"], "cp1252")
    assert code == 1
    assert "\x9b😀" in json.loads(out)[0]["message"]


@pytest.mark.parametrize(
    "words",
    [["tasks", "--json"], ["journal", "--bodies"], ["tail"], ["scenarios"], ["schema"], ["--help"]],
    ids=" ".join,
)
def test_a_reader_that_goes_away_ends_a_command_without_a_word(ark: Emulator, words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        process = subprocess.Popen(command(*words), env=surroundings(ark), stdout=write, stderr=subprocess.PIPE)
    finally:
        os.close(write)
    while words == ["tail"] and process.poll() is None:
        ark.advance(1)
        ark.reset()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
@pytest.mark.parametrize("words", [["tasks", "--json"], ["journal"], ["scenarios"], ["schema"], ["check", "FILE"]])
def test_a_full_disk_is_an_output_error(ark: Emulator, tmp_path: Path, words: list[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("version: 1\nname: x\n", "utf-8")
    given = [str(file) if word == "FILE" else word for word in words]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command(*given), env=surroundings(ark), stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (74, b"ark-emulator: cannot write to stdout: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
@pytest.mark.parametrize("words", [["init", "FULL", "--force"], ["demo", "--output", "FULL"]])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, words: list[str]) -> None:
    full = tmp_path / "full.yaml"
    full.symlink_to("/dev/full")
    code, _, err = run(None, [str(full) if word == "FULL" else word for word in words])
    assert (code, err) == (2, f"ark-emulator: cannot write {full}: No space left on device\n")
    assert list(tmp_path.iterdir()) == [full]


def test_a_server_outlives_the_reader_of_its_log() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        process = subprocess.Popen(
            command("serve", "--port", "0"), env=surroundings(), stdout=subprocess.PIPE, stderr=write, text=True
        )
    finally:
        os.close(write)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip().partition("=")[2]
        for _ in range(3):
            assert run(None, ["tasks", "--url", url])[:2] == (0, "no tasks\n")
    finally:
        process.terminate()
        assert process.wait(60) == 0


COMMANDS = (
    *(["tasks"], ["tasks", "ID"], ["journal"], ["callbacks"], ["report"], ["tail"], ["health"], ["clock"], ["reset"]),
    *(["clock", "freeze"], ["clock", "next"], ["use", "default"], ["trigger", "task.succeed"], ["doctor"]),
)


def test_every_command_that_takes_an_address_is_tried_in_these_tests() -> None:
    from ark_emulator.cli import _parser

    (commands,) = (action.choices for action in _parser()._actions if isinstance(action.choices, dict))
    taking = {name for name, each in commands.items() if any(action.dest == "url" for action in each._actions)}
    assert taking == {words[0] for words in COMMANDS}


@pytest.mark.parametrize("url", ["http://us:PWORD@127.0.0.1:1", "us:PWORD@127.0.0.1:1", "http://us:PW'ORD@127.0.0.1:x"])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_no_command_prints_the_password_of_an_address(url: str, more: list[str], capsys: Any, monkeypatch: Any) -> None:
    for words in COMMANDS:
        for given in (["--url", url], [f"--url={url}"], []):
            monkeypatch.setenv("ARK_EMULATOR_URL", url)
            main([*words, *given, *more])
            told = "".join(capsys.readouterr())
            assert "ORD" not in told, words
            assert "127.0.0.1" in told or "localhost" in told, words


@pytest.mark.parametrize("command", ["serve", "exec"])
@pytest.mark.parametrize(
    "words",
    [
        ["--callback-rewrite", "http://us:PWORD@a.example"],
        ["--callback-rewrite", "us:PWORD@a.example"],
        ["--public-url", "us:PWORD@a.example"],
        ["--store", "redis://us:PWORD@127.0.0.1:1/x"],
        ["http://us:PWORD@a.example"],
    ],
)
def test_no_password_of_a_flag_that_is_refused_is_printed(command: str, words: list[str], capsys: Any) -> None:
    assert main([command, *words]) == 2
    told = capsys.readouterr().err
    assert told
    assert "PWORD" not in told


WORDS = (
    *(["openapi"], ["openapi", "--format", "yaml"], ["scenarios"], ["scenarios", "dead-url"], ["schema"], ["--help"]),
    *(["--version"], ["tasks"], ["journal"], ["callbacks"], ["report"], ["health"], ["clock"], ["doctor"], ["demo"]),
    *(["tasks", "--help"], ["tasks", "--json"], ["serve", "--port", "0"]),
)


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the streams")
@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_closed_stdout_ends_a_command_as_a_full_one_does(words: list[str], ark: Emulator, tmp_path: Path) -> None:
    around = {"env": surroundings(ark), "cwd": tmp_path, "timeout": 60, "stdout": subprocess.PIPE}
    script = ["sh", "-c", '"$@" >&-', "sh", *command(*words)]
    done = subprocess.run(script, stderr=subprocess.PIPE, **around)
    told = done.stderr.decode().splitlines()
    assert done.returncode == 74
    assert told[-1] == "ark-emulator: cannot write to stdout: Bad file descriptor"
    assert "Traceback" not in done.stderr.decode()
    assert subprocess.run(["sh", "-c", '"$@" >&- 2>&-', "sh", *command(*words)], **around).returncode == 74
