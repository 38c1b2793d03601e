"""Scenario files that never end, that are not files, or that are too large."""

import os
import socket
import threading
from pathlib import Path

import pytest
from ark_emulator.cli import main
from ark_emulator.loading.diagnostics.diagnostics import ScenarioError
from ark_emulator.loading.file_reader import LARGEST, MOST, content_of
from ark_emulator.loading.loader import scenario_from_file

ENDLESS = ("/dev/zero", "/dev/urandom", "/dev/tty", "/dev/null")


@pytest.mark.parametrize("device", [each for each in ENDLESS if Path(each).exists()])
def test_a_device_is_no_scenario_however_it_is_reached(tmp_path: Path, device: str) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(device)
    for path in (Path(device), link):
        with pytest.raises(OSError, match="it is neither a file nor a pipe") as caught:
            content_of(path)
        assert caught.value.filename == str(path)


def test_a_socket_is_no_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("s.yaml")
        with pytest.raises(OSError, match="neither a file nor a pipe"):
            content_of(Path("s.yaml"))


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_text, args=("version: 1\nname: piped\n",))
    writing.start()
    assert scenario_from_file(pipe).name == "piped"
    writing.join()


def test_of_what_is_too_large_no_more_is_read_than_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    with file.open("wb") as sparse:
        sparse.truncate(10**12)
    assert len(content_of(file)) == MOST + 1
    with pytest.raises(ScenarioError, match=f"SC006 the text is longer than {LARGEST} characters"):
        scenario_from_file(file)


def test_a_text_of_the_largest_size_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "whole.yaml"
    text = "\ufeffversion: 1\nname: x\n# "
    file.write_text(text + "\U0001f600" * (LARGEST - len(text) + 1), "utf-8")
    assert scenario_from_file(file).name == "x"


@pytest.mark.parametrize("words", [["serve", "--scenario", "/dev/zero"], ["check", "/dev/zero"]])
def test_commands_refuse_what_never_ends(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(words) == 2
    assert "ark-emulator: cannot read /dev/zero: it is neither a file nor a pipe" in capsys.readouterr().err
