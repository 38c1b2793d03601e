"""The table of limits says what the program does."""

import re
from pathlib import Path

import pytest
from ark_emulator.runtime.settings.settings import MAX_BODY
from ark_emulator.web.server import http_limits, http_runner

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
ROWS = {row[0]: row[1] for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \|", PAGE, re.MULTILINE)}


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("body of a request, compressed or decompressed", f"{MAX_BODY >> 20} MiB"),
        ("first line of a request, each header", f"{http_limits.LINE:,} bytes"),
        ("headers of a request", f"{http_limits.HEADERS}"),
        ("head of a request", f"{http_limits.HEAD_BYTES:,} bytes"),
        (
            "heads of all connections together, without those of up to "
            f"{http_limits.SMALL_HEADS >> 10} KiB on one connection",
            f"{http_limits.HEADS_BYTES >> 20} MiB",
        ),
        ("time to receive the headers of a request", f"{http_limits.HEAD:g} s"),
        ("pause in a body", f"less than {http_limits.LEAST:,} bytes in {http_limits.PAUSE:g} s"),
        ("client that reads nothing of its response", f"{http_limits.UNREAD:g} s"),
        ("connection without a request", f"{http_limits.IDLE:,.0f} s"),
        (
            "machine that does not respond",
            f"{http_limits.PROBED} s of silence, then {http_limits.PROBES} probes of {http_limits.BETWEEN} s",
        ),
        ("open connections", f"open files allowed, less {http_limits.SPARE}"),
        ("connections that wait to be accepted", f"{http_limits.BACKLOG:,}, or the system's own limit"),
        ("requests in flight at shutdown", f"{http_runner.GRACE} s to finish"),
    ],
)
def test_the_page_names_every_limit_as_it_is(what: str, limit: str) -> None:
    assert ROWS[what] == limit


def test_the_page_names_the_number_of_files() -> None:
    assert f"to {http_limits.FILES:,}, or to the hard limit" in PAGE


@pytest.mark.parametrize("path", re.findall(r"\]\(\.\./([^)]+)\)", PAGE))
def test_every_file_that_the_page_names_is_there(path: str) -> None:
    assert (Path(__file__).parents[2] / path).exists()
