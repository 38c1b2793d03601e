"""What commands that run a server write of the log to stderr."""

import subprocess
import sys

import pytest
from ark_emulator.cli.common.log_handler import logging_to_stderr
from ark_emulator.cli.common.output import guarded
from ark_emulator.log import logger


def test_a_record_is_a_line_on_stderr_that_names_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr():
        logger.warning("store unreachable: %s", "a\nb\x1b[2J")
    assert capsys.readouterr().err == "ark-emulator: store unreachable: a\\nb\\x1b[2J\n"


def test_the_handler_is_removed_after_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError), logging_to_stderr():
        raise KeyError
    logger.warning("later")
    assert (logger.handlers, capsys.readouterr().err) == ([], "")


def test_a_record_goes_to_the_stderr_of_its_moment(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        logger.warning("inside")
        return 0

    with logging_to_stderr():
        assert guarded(command) == 0
    assert capsys.readouterr().err == "ark-emulator: inside\n"


def test_a_command_goes_on_without_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    with logging_to_stderr():
        logger.warning("unseen")


@pytest.mark.parametrize("command", ["['serve', '--port', '0', '--log', 'off']", "['exec', '--', 'true']"])
def test_commands_that_serve_write_the_log_to_stderr(command: str) -> None:
    program = (
        "import os, signal, sys\nfrom ark_emulator import server\nfrom ark_emulator.cli import main\n"
        "from ark_emulator.log import logger\nbegun = server.start\n"
        "async def start(*given, **more):\n"
        "    logger.warning('noted')\n"
        "    running = await begun(*given, **more)\n"
        "    if 'serve' in words: os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return running\n"
        f"server.start = start\nwords = {command}\nsys.exit(main(words))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == "ark-emulator: noted"
