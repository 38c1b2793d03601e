"""Measures how fast and how large the emulator is: `python -m tests.bench.speed [PART...]`, or `make bench`.

Every server is a process of its own on the first core, wrk has the second. Rounds are interleaved, so that what else
the machine does befalls everybody; compared is round by round. `--write docs/performance.md` puts the table into that
page. Linux only. A part is any part of a row's name.
"""

import argparse
import datetime
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import aiohttp
import pydantic

from tests.bench import rows
from tests.bench.load import CONNECTIONS, MISSING
from tests.bench.servers import AIMOCK
from tests.bench.table import Result, table, write


def measured(parts: Sequence[str], choice: rows.Choice) -> Iterator[Result]:
    """The results of the rows whose names have any of the parts in them, all where there are none."""

    def wanted(name: str) -> bool:
        return not parts or any(part in name for part in parts)

    with tempfile.TemporaryDirectory() as folder:
        for row in rows.THROUGHPUT:
            if wanted(row.name):
                yield from rows.throughput(row, choice, Path(folder))
        for name, measure in rows.OTHERS.items():
            if wanted(name):
                yield from measure(choice, Path(folder))


def conditions(choice: rows.Choice) -> str:
    """When, on what and how it was measured, as a paragraph."""
    today = datetime.datetime.now(datetime.UTC).date()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"Measured on {today} on {os.cpu_count()} cores of {platform.machine()} with {python}, "
        f"aiohttp {aiohttp.__version__}, pydantic {pydantic.VERSION}: {choice.rounds} interleaved rounds of "
        f"{choice.seconds:g} s, {CONNECTIONS} connections. aimock is {AIMOCK.removeprefix('@')}.\n"
    )


def main() -> None:
    """Measure, print the table, and write it into a page if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.speed", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="measure the rows with this in their name (all)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each row (5)")
    parser.add_argument("--seconds", type=int, default=1, help="seconds of each round (1)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the markers of this page")
    parser.add_argument("--list", action="store_true", help="print the names of the rows and measure nothing")
    chosen = parser.parse_args()
    if chosen.list:
        print("\n".join([*(row.name for row in rows.THROUGHPUT), *rows.OTHERS]))
        return
    if shutil.which("wrk") is None:
        sys.exit(MISSING)
    choice = rows.Choice(chosen.rounds, chosen.seconds)
    results = []
    for result in measured(chosen.parts, choice):
        print(table([result]), file=sys.stderr, flush=True)
        results.append(result)
    text = "\n".join([conditions(choice), table(results), *rows.LEFT_OUT])
    print(text)
    if chosen.write is not None:
        write(chosen.write, text)


if __name__ == "__main__":
    main()
