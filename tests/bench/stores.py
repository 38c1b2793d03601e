"""Measures what keeping worlds costs: `python -m tests.bench.stores [--write docs/operations.md]`. Linux only.

Polls and creates a second of one server in memory, on an SQLite file and on a Redis of our own, with one process and
with two. Rounds are interleaved. wrk has a core for half of the time at least, so two processes show what they cost
rather than what they bring; the processor time that a request takes, that of all processes together, says more.
"""

import argparse
import contextlib
import datetime
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.bench import rows, servers
from tests.bench.load import CONNECTIONS, MISSING, Load, Request, loaded
from tests.bench.servers import TASKS, Server
from tests.bench.table import Result, table, write

REDIS = ("redis-server", "valkey-server")
BASE = "memory"
Prepare = Callable[[Server], Request]


class Flock(Server):
    """A server whose workers are processes of their own."""

    def processor(self) -> float:
        """Seconds of processor time that it and its workers have used."""
        family = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii").split()
        ticks = [_ticks(int(number)) for number in (self.process.pid, *family)]
        return sum(ticks) / os.sysconf("SC_CLK_TCK")


def _ticks(number: int) -> int:
    fields = Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str | None]:
    """The address of a server of our own that keeps nothing on disk; None where none is installed."""
    program = next(filter(None, map(shutil.which, REDIS)), None)
    if program is None:
        yield None
        return
    port = _free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def served(flags: Sequence[str]) -> Iterator[Flock]:
    """A server on whatever cores the system gives it."""
    port = _free_port()
    command = servers.emulator("uvloop", *flags)(port)
    silent = subprocess.DEVNULL
    server = Flock(subprocess.Popen(command, cwd=servers.ROOT, stdout=silent, stderr=silent), port)
    try:
        servers.answered(server, rows.HEALTH)
        yield server
    finally:
        servers.ended(server)


def kinds(folder: Path, address: str | None) -> Mapping[str, Sequence[str]]:
    """The flags of every kind of server, by its name. Each load has a store of its own."""
    found: dict[str, Sequence[str]] = {
        BASE: (),
        "SQLite file": ("--store", f"sqlite:{folder / 'alone.db'}"),
        "SQLite file, 2 workers": ("--store", f"sqlite:{folder / 'shared.db'}", "--workers", "2"),
    }
    if address is not None:
        found["Redis"] = ("--store", f"{address}?prefix=one")
        found["Redis, 2 workers"] = ("--store", f"{address}?prefix=two", "--workers", "2")
    return found


def polls(server: Server) -> Request:
    """Polls of a hundred tasks in turn."""
    return Request([f"{TASKS}/{name}" for name in rows.finished(server, 100)])


def creates(server: Server) -> Request:
    """Creates."""
    return Request((TASKS,), "POST", rows.BODY.encode())


def measured(choice: rows.Choice) -> list[Result]:
    """A row for polls and one for creates."""
    found: list[Result] = []
    for name, prepare, between in (("GET poll", polls, None), ("POST create", creates, rows.reset)):
        with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
            folder = Path(place)
            address = stack.enter_context(redis(folder))
            lanes = {kind: stack.enter_context(served(flags)) for kind, flags in kinds(folder, address).items()}
            asked = {kind: prepare(server) for kind, server in lanes.items()}
            loads: dict[str, list[Load]] = {kind: [] for kind in lanes}
            for turn in range(choice.rounds + 1):
                for kind, server in lanes.items():
                    if between is not None:
                        between(server)
                    load = loaded(server, asked[kind], choice.seconds)
                    if turn:
                        loads[kind].append(load)
        rates = {kind: [load.rate for load in each] for kind, each in loads.items()}
        spent = {kind: [load.spent for load in each] for kind, each in loads.items()}
        found.append(Result(name, "requests/s", rates, BASE, spent))
    return found


def conditions(choice: rows.Choice) -> str:
    """When, on what and how it was measured."""
    today = datetime.datetime.now(datetime.UTC).date()
    return (
        f"Measured on {today} on {os.cpu_count()} cores of {platform.machine()}, which clients, servers and Redis "
        f"shared: {choice.rounds} interleaved rounds of {choice.seconds:g} s, {CONNECTIONS} connections.\n"
    )


def main() -> None:
    """Measure, print the table, and write it into a page if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stores", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each row (3)")
    parser.add_argument("--seconds", type=int, default=1, help="seconds of each round (1)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the markers of this page")
    chosen = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit(MISSING)
    choice = rows.Choice(chosen.rounds, chosen.seconds)
    text = "\n".join([conditions(choice), table(measured(choice))])
    print(text)
    if chosen.write is not None:
        write(chosen.write, text)


if __name__ == "__main__":
    main()
