"""Opening the dashboard in a browser, and writing the ready file."""

import os
import select
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.cli import main
from ark_emulator.cli.serve import ready as opening

PATIENT = 60.0
"""Real seconds after which the test gives up on the server."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that a browser was asked to open."""
    asked = []
    monkeypatch.setattr(webbrowser, "open", lambda address: asked.append(address) or True)
    return asked


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:7333", "http://127.0.0.1:7333/_emulator/"),
        ("http://0.0.0.0:7333", "http://127.0.0.1:7333/_emulator/"),
        ("http://[::]:7333", "http://[::1]:7333/_emulator/"),
    ],
)
def test_the_dashboard_is_opened_where_this_machine_reaches_it(opened: list[Any], url: str, address: str) -> None:
    opening.open_dashboard(url).join()
    assert opened == [address]


def test_without_a_browser_the_address_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    opening.open_dashboard("http://127.0.0.1:7333").join()
    assert "http://127.0.0.1:7333/_emulator/" in capsys.readouterr().err


@pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-in for a browser is a shell script that writes to a pipe"
)
def test_serve_opens_it_when_asked_to_and_names_it_anyway(tmp_path: Path) -> None:
    pipe, browser = tmp_path / "pipe", tmp_path / "browser"
    os.mkfifo(pipe)
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {pipe}\n')
    browser.chmod(0o755)
    command = [sys.executable, "-m", "ark_emulator", "serve", "--port", "0", "--open", "--log", "off"]
    environment = {**os.environ, "BROWSER": f"{browser} %s"}
    reader = os.open(pipe, os.O_RDWR)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            ready, _, _ = select.select([reader], [], [], PATIENT)
            opened = os.read(reader, 200).decode() if ready else ""
            server.terminate()
            told, banner = server.communicate(timeout=PATIENT)
        finally:
            os.close(reader)
            server.kill()
    url = told.strip().removeprefix("ARK_EMULATOR_URL=")
    assert opened == f"{url}/_emulator/"
    assert f"Dashboard {opened}" in banner


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_ready_file_in_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert opening.unwritable(str(tmp_path / "ready")).endswith("permission denied")


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("place", "told"),
    [("", "needs the path of a file"), ("no/such", "there is no folder"), (".", "is a folder; name a file in it")],
)
def test_a_ready_file_that_cannot_be_written_is_refused_before_anything_is_served(
    place: str,
    told: str,
    workers: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "--port", "0", "--workers", workers, "--ready-file", place]) == 2
    printed = capsys.readouterr()
    assert (printed.out, told in printed.err, "Traceback" in printed.err) == ("", True, False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_ready_file_that_proves_full_ends_the_server_with_words(workers: str) -> None:
    flags = ["serve", "--port", "0", "--log", "off", "--workers", workers, "--ready-file", "/dev/full"]
    ended = subprocess.run(
        [sys.executable, "-m", "ark_emulator", *flags], capture_output=True, text=True, timeout=PATIENT
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "ark-emulator: --ready-file /dev/full cannot be written: No space left on device\n"


def test_a_ready_file_is_not_there_before_requests_are_answered(tmp_path: Path) -> None:
    file = tmp_path / "ready"
    assert opening.unwritable(str(file)) is None
    assert not file.exists()
    opening.tell_ready(str(file), "http://127.0.0.1:7333")
    assert file.read_text() == "http://127.0.0.1:7333\n"
    assert opening.unwritable(str(file)) is None
    assert file.read_text() == "http://127.0.0.1:7333\n"


@pytest.mark.parametrize(
    ("flags", "header"),
    [([], "'Authorization: Bearer x'"), (["--key", "sk-one"], '"Authorization: Bearer $ARK_API_KEY"')],
    ids=["any key", "chosen keys"],
)
def test_the_example_of_the_banner_has_a_key_that_is_accepted(flags: list[str], header: str) -> None:
    command = [sys.executable, "-m", "ark_emulator", "serve", "--port", "0", "--log", "off", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()
            server.terminate()
            _, banner = server.communicate(timeout=PATIENT)
        finally:
            server.kill()
    assert f"tasks -H {header} -H" in banner
    assert "sk-one" not in banner
