"""The logger `ark_emulator`: what an embedding program gets from it, and what it can do with it."""

import logging
import subprocess
import sys

import pytest
from ark_emulator import Emulator
from ark_emulator.log import logger

FAILING = """
import logging, urllib.error, urllib.request
{setup}
from ark_emulator import Emulator
from ark_emulator.runtime import queries

def broken(*_):
    raise ZeroDivisionError("divided")

queries.listing = broken
with Emulator() as ark:
    asked = urllib.request.Request(ark.ark_url + "/contents/generations/tasks", headers={{"Authorization": "Bearer k"}})
    try:
        urllib.request.urlopen(asked)
    except urllib.error.HTTPError as error:
        print(error.code)
"""


def ran(setup: str) -> tuple[str, str]:
    """Stdout and stderr of a program that embeds an emulator which fails at a request."""
    program = [sys.executable, "-c", FAILING.format(setup=setup)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, done.stderr


def test_an_unexpected_error_reaches_stderr_where_logging_is_not_configured() -> None:
    out, err = ran("")
    assert out == "500\n"
    assert err.startswith("unexpected ZeroDivisionError: divided at <string>:")
    assert err.count("\n") == 1


def test_an_embedding_program_can_silence_the_logger() -> None:
    assert ran("logging.getLogger('ark_emulator').setLevel(logging.CRITICAL)") == ("500\n", "")


def test_an_embedding_program_can_send_the_records_elsewhere() -> None:
    out, err = ran("import sys; logging.basicConfig(stream=sys.stdout, format='%(levelname)s %(name)s %(message)s')")
    assert err == ""
    assert "ERROR ark_emulator unexpected ZeroDivisionError: divided at " in out


def test_an_emulator_in_this_process_adds_no_handler() -> None:
    with Emulator():
        assert (logger.handlers, logger.level, logger.propagate) == ([], logging.NOTSET, True)


@pytest.mark.parametrize("arguments", [("a\nb \x1b[2J \u202e",), ("a%sb %s", "\n", "\x1b[2J \u202e")])
def test_control_characters_in_a_record_are_escaped_for_every_handler(
    caplog: pytest.LogCaptureFixture, arguments: tuple[str, ...]
) -> None:
    logger.warning(*arguments)
    assert caplog.messages == [r"a\nb \x1b[2J \u202e"]


def test_arguments_of_an_ordinary_record_are_kept(caplog: pytest.LogCaptureFixture) -> None:
    logger.warning("worker %s ended (%s)", 3, -9)
    assert (caplog.records[0].msg, caplog.records[0].args) == ("worker %s ended (%s)", (3, -9))
