"""Reads and writes the tables of the SQLite store. Names are stored as bytes, because they may hold lone surrogates."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from struct import error as StructError
from typing import Final

from ark_emulator.stores.store import HIGHEST, KEPT, Commit, Contents, LockLost

_TRIM_INTERVAL: Final = 128
"""The number of commits after which a log is trimmed."""
_FORGET_SECONDS: Final = 60.0
"""Seconds without a heartbeat after which the row of a process is deleted."""
_NO_SPACE: Final = 0
"""An id that no space has: SQLite counts them from 1."""
_PROBE: Final = 64 * 1024
"""The number of bytes of a probe: more than an ordinary commit."""
_COUNTS: Final = f"typeof(mark) = 'integer' AND mark BETWEEN 0 AND {HIGHEST}"
"""An SQL condition that is true for a valid mark."""
_LENGTH: Final = Struct("<q")
_REMOVED: Final = -1
_PUT: Final = (
    "INSERT INTO records (space, name, record) VALUES (?, ?, ?)"
    " ON CONFLICT (space, name) DO UPDATE SET record = excluded.record"
)


@dataclass(frozen=True, slots=True)
class CommitRequest:
    """A commit to write. One that `drops` removes the log of the space as well."""

    space: str
    puts: Mapping[str, bytes | None]
    events: Sequence[bytes]
    clears: bool = False
    drops: bool = False


@dataclass(slots=True)
class _Row:
    """The row of a space during a transaction."""

    id: int
    version: int
    dropped: int


def contents(connection: sqlite3.Connection, space: str) -> Contents:
    """Return everything in a space at one version, in the order in which the records were first written."""
    connection.execute("BEGIN")
    try:
        row = _find(connection, space)
        if row is None:
            return Contents(0, {})
        every = connection.execute("SELECT name, record FROM records WHERE space = ? ORDER BY rowid", (row.id,))
        return Contents(row.version, {_text(name): record for name, record in every})
    finally:
        connection.execute("ROLLBACK")


def data_version(connection: sqlite3.Connection) -> int:
    """Return a number that changes whenever another connection has committed to the file."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def version(connection: sqlite3.Connection, space: str) -> tuple[int, int]:
    """Return the version of a space, and the version after its last drop (1 for none)."""
    row = _find(connection, space)
    return (0, 1) if row is None else (row.version, row.dropped)


def commits_after(
    connection: sqlite3.Connection, space: str, known: int, newest: int, dropped: int
) -> Sequence[Commit] | None:
    """Return the commits after the known version, at least to the newest; None when some are no longer kept."""
    first = max(known + 1, dropped)
    found = connection.execute(
        "SELECT log.version, log.by, log.clears, log.body FROM log, spaces"
        " WHERE spaces.name = ? AND log.space = spaces.id AND log.version >= ? ORDER BY log.version",
        (_bytes(space), first),
    )
    try:
        commits = [_commit(*row) for row in found]
    except (ValueError, TypeError, LookupError, StructError):
        return None  # the log is damaged: the caller loads the records instead
    if not commits or commits[0].version != first or commits[-1].version < newest:
        return None
    return commits if commits[-1].version - first + 1 == len(commits) else None


def changed(connection: sqlite3.Connection, since: int) -> tuple[int, Sequence[str]]:
    """Return the mark of the store, and the spaces that were committed to after the mark `since`.

    A space with an invalid mark counts as changed, until its next commit writes a valid one.
    """
    found = connection.execute(
        f"SELECT name FROM spaces WHERE mark > ? OR NOT ({_COUNTS}) ORDER BY mark", (since,)
    ).fetchall()
    return (max(_mark(connection), since), [_text(name) for (name,) in found]) if found else (since, [])


def record_heartbeat(connection: sqlite3.Connection, process_id: str, now: float) -> None:
    """Write the heartbeat of a process, and delete the rows of processes without one for a long time."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("INSERT OR REPLACE INTO processes (name, beat) VALUES (?, ?)", (_bytes(process_id), now))
        connection.execute(
            "DELETE FROM processes WHERE NOT (beat BETWEEN ? AND ?)", (now - _FORGET_SECONDS, now + _FORGET_SECONDS)
        )
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def probe(connection: sqlite3.Connection) -> None:
    """Write a record that belongs to no space, and remove it again, in two transactions."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_PUT, (_NO_SPACE, b"probe", bytes(_PROBE)))
        connection.execute("COMMIT")
        connection.execute("DELETE FROM records WHERE space = ?", (_NO_SPACE,))
    except BaseException:
        _roll_back(connection)
        raise


def live_processes(connection: sqlite3.Connection, since: float) -> frozenset[str]:
    """Return the processes with a heartbeat after `since` (unix seconds). Invalid rows are ignored."""
    found = connection.execute(
        "SELECT name FROM processes WHERE beat BETWEEN ? AND ? AND typeof(name) = 'blob'",
        (since, since + _FORGET_SECONDS),
    )
    return frozenset(name.decode("utf-8", "replace") for (name,) in found)


def write(
    connection: sqlite3.Connection, requests: Sequence[CommitRequest], by: str | None, expected: int | None = None
) -> Sequence[int]:
    """Write commits in one transaction, and return the version after each. `by` is None where no log is kept.

    Raises LockLost when the version of the space is not `expected`.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        found: dict[str, _Row] = {}
        versions = [_commit_one(connection, request, found, by, expected) for request in requests]
        mark = _mark(connection)
        for place, row in enumerate(found.values(), 1):
            connection.execute(
                "UPDATE spaces SET version = ?, mark = ?, dropped = ? WHERE id = ?",
                (row.version, mark + place, row.dropped, row.id),
            )
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise
    return versions


def _commit_one(
    connection: sqlite3.Connection, request: CommitRequest, found: dict[str, _Row], by: str | None, expected: int | None
) -> int:
    row = found.get(request.space) or _find(connection, request.space, drops=request.drops)
    if row is None and request.drops:
        return 0
    if row is None:
        row = _new_row(connection, request.space)
    found[request.space] = row
    if expected is not None and row.version != expected:
        raise LockLost(f"'{request.space}' has been written to by another process")
    row.version += 1
    if request.clears:
        connection.execute("DELETE FROM records WHERE space = ?", (row.id,))
    if request.drops:
        connection.execute("DELETE FROM log WHERE space = ?", (row.id,))
        row.dropped = row.version
    puts = {_bytes(name): record for name, record in request.puts.items()}
    connection.executemany(_PUT, [(row.id, name, record) for name, record in puts.items() if record is not None])
    if gone := [(row.id, name) for name, record in puts.items() if record is None]:
        connection.executemany("DELETE FROM records WHERE space = ? AND name = ?", gone)
    if by is not None:
        _append_log(connection, row, by, request, puts)
    return row.version


def _append_log(
    connection: sqlite3.Connection, row: _Row, by: str, request: CommitRequest, puts: Mapping[bytes, bytes | None]
) -> None:
    """Append a commit to the log, and trim the log every `_TRIM_INTERVAL` commits."""
    connection.execute(
        "INSERT OR REPLACE INTO log (space, version, by, clears, body) VALUES (?, ?, ?, ?, ?)",
        (row.id, row.version, _bytes(by), request.clears, _packed(puts, request.events)),
    )
    if row.version % _TRIM_INTERVAL == 0:
        connection.execute("DELETE FROM log WHERE space = ? AND version <= ?", (row.id, row.version - KEPT))


def _find(connection: sqlite3.Connection, space: str, *, drops: bool = False) -> _Row | None:
    """Return the row of a space, None when it was never written to.

    Raises ValueError when its version is invalid, unless the space is being dropped.
    """
    found = connection.execute("SELECT id, version, dropped FROM spaces WHERE name = ?", (_bytes(space),)).fetchone()
    if found is None:
        return None
    row = _Row(*found)
    for count in (row.version, row.dropped):
        if type(count) is not int or not 0 <= count < HIGHEST:
            if drops:
                return _Row(row.id, 0, 1)
            raise ValueError(f"its version is {count!r}")
    return row


def _new_row(connection: sqlite3.Connection, space: str) -> _Row:
    name = _bytes(space)
    made = connection.execute("INSERT INTO spaces (name, version, mark, dropped) VALUES (?, 0, 0, 1)", (name,))
    assert made.lastrowid is not None
    return _Row(made.lastrowid, 0, 1)


def _mark(connection: sqlite3.Connection) -> int:
    return int(connection.execute(f"SELECT max(mark) FROM spaces WHERE {_COUNTS}").fetchone()[0] or 0)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _commit(version: int, by: bytes, clears: int, body: bytes) -> Commit:
    parts = list(_parts(body))
    count = len(parts[0] or b"")
    names, records = parts[1 : count + 1], parts[count + 1 : 2 * count + 1]
    puts = {_text(name or b""): record for name, record in zip(names, records, strict=True)}
    return Commit(version, _text(by), puts, tuple(part or b"" for part in parts[2 * count + 1 :]), bool(clears))


def _packed(puts: Mapping[bytes, bytes | None], events: Sequence[bytes]) -> bytes:
    """Return names, records and events in a row, each after its length.

    The first part has as many bytes as there are names.
    """
    packed = []
    for part in (bytes(len(puts)), *puts, *puts.values(), *events):
        packed.append(_LENGTH.pack(_REMOVED if part is None else len(part)))
        if part is not None:
            packed.append(part)
    return b"".join(packed)


def _parts(body: bytes) -> Iterator[bytes | None]:
    at = 0
    while at < len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        yield None if length == _REMOVED else body[at : at + length]
        at += max(0, length)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogatepass")
