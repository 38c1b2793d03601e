"""The table of limits says what the program does."""

import re
from pathlib import Path

import pytest

from emulator.runtime.settings import MAX_BODY
from emulator.web import bounds, protocol

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
ROWS = {row[0]: row[1] for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \|", PAGE, re.MULTILINE)}


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("body of a request, packed or unpacked", f"{MAX_BODY >> 20} MiB"),
        ("first line of a request, each header", f"{bounds.LINE:,} bytes"),
        ("headers of a request", f"{bounds.HEADERS}"),
        ("head of a request, first byte to last", f"{bounds.HEAD:g} s"),
        ("pause in a body", f"less than {bounds.LEAST:,} bytes in {bounds.PAUSE:g} s"),
        ("client that takes nothing of its answer", f"{bounds.UNREAD:g} s"),
        ("connection without a request", f"{bounds.IDLE:,.0f} s"),
        (
            "machine that is gone without a word",
            f"{bounds.PROBED} s of silence, then {bounds.PROBES} probes of {bounds.BETWEEN} s",
        ),
        ("connections at a time", f"open files allowed, less {bounds.SPARE}"),
        ("connections that wait to be accepted", f"{bounds.BACKLOG:,}, or the system's own limit"),
        ("exchanges in flight when told to stop", f"{protocol.GRACE} s to finish"),
    ],
)
def test_the_page_names_every_limit_as_it_is(what, limit):
    assert ROWS[what] == limit


def test_the_page_names_the_number_of_files():
    assert f"to {bounds.FILES:,}, or to the hard limit" in PAGE


@pytest.mark.parametrize("path", re.findall(r"\]\(\.\./([^)]+)\)", PAGE))
def test_every_file_that_the_page_names_is_there(path):
    assert (Path(__file__).parents[2] / path).exists()
