"""The tables of the SQLite store, read and written. Names are bytes there: a name may have what no text can be in."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from struct import error as StructError
from typing import Final

from ark_emulator.stores.store import HIGHEST, KEPT, Commit, Contents, LockLost

_TRIMMED: Final = 128
"""A log is trimmed once in so many commits."""
_SILENT: Final = 60.0
"""Seconds after which a process that was not heard of is forgotten."""
_NO_SPACE: Final = 0
"""The id of no space: SQLite counts them from 1."""
_PROBE: Final = 64 * 1024
"""Bytes that are written to see whether anything can be written: more than an ordinary commit."""
_COUNTS: Final = f"typeof(mark) = 'integer' AND mark BETWEEN 0 AND {HIGHEST}"
"""True in SQL for a mark that this store has written."""
_LENGTH: Final = Struct("<q")
_REMOVED: Final = -1
_PUT: Final = (
    "INSERT INTO records (space, name, record) VALUES (?, ?, ?)"
    " ON CONFLICT (space, name) DO UPDATE SET record = excluded.record"
)


@dataclass(frozen=True, slots=True)
class CommitRequest:
    """A commit to be made. One that `drops` removes the log as well."""

    space: str
    puts: Mapping[str, bytes | None]
    told: Sequence[bytes]
    clears: bool = False
    drops: bool = False


@dataclass(slots=True)
class _Row:
    """A space within a transaction."""

    id: int
    version: int
    dropped: int


def contents(connection: sqlite3.Connection, space: str) -> Contents:
    """Everything in a space, as of one moment, in the order in which the records first came."""
    connection.execute("BEGIN")
    try:
        row = _found(connection, space)
        if row is None:
            return Contents(0, {})
        every = connection.execute("SELECT name, record FROM records WHERE space = ? ORDER BY rowid", (row.id,))
        return Contents(row.version, {_text(name): record for name, record in every})
    finally:
        connection.execute("ROLLBACK")


def data_version(connection: sqlite3.Connection) -> int:
    """A number that changes whenever another connection has committed anything to the file."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def version(connection: sqlite3.Connection, space: str) -> tuple[int, int]:
    """The version of a space, and the one that its last drop led to (1 for none): nothing before is needed."""
    row = _found(connection, space)
    return (0, 1) if row is None else (row.version, row.dropped)


def news(connection: sqlite3.Connection, space: str, known: int, newest: int, dropped: int) -> Sequence[Commit] | None:
    """The commits after the known version, at least to the newest; None when some of them are not kept any more."""
    first = max(known + 1, dropped)
    found = connection.execute(
        "SELECT log.version, log.by, log.clears, log.body FROM log, spaces"
        " WHERE spaces.name = ? AND log.space = spaces.id AND log.version >= ? ORDER BY log.version",
        (_bytes(space), first),
    )
    try:
        commits = [_commit(*row) for row in found]
    except (ValueError, TypeError, LookupError, StructError):
        return None  # a damaged log: the records themselves say what there is
    if not commits or commits[0].version != first or commits[-1].version < newest:
        return None
    return commits if commits[-1].version - first + 1 == len(commits) else None


def changed(connection: sqlite3.Connection, since: int) -> tuple[int, Sequence[str]]:
    """The mark of the whole store, and the spaces that were committed to after another one.

    A mark that is no number of ours counts as new, until the next commit of its space replaces it.
    """
    found = connection.execute(
        f"SELECT name FROM spaces WHERE mark > ? OR NOT ({_COUNTS}) ORDER BY mark", (since,)
    ).fetchall()
    return (max(_mark(connection), since), [_text(name) for (name,) in found]) if found else (since, [])


def beat(connection: sqlite3.Connection, me: str, now: float) -> None:
    """Note that a process lives, and forget those that have been silent for long."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("INSERT OR REPLACE INTO processes (name, beat) VALUES (?, ?)", (_bytes(me), now))
        connection.execute("DELETE FROM processes WHERE NOT (beat BETWEEN ? AND ?)", (now - _SILENT, now + _SILENT))
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def probe(connection: sqlite3.Connection) -> None:
    """Write a record that belongs to no space, and remove it again, as two commits."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_PUT, (_NO_SPACE, b"probe", bytes(_PROBE)))
        connection.execute("COMMIT")
        connection.execute("DELETE FROM records WHERE space = ?", (_NO_SPACE,))
    except BaseException:
        _roll_back(connection)
        raise


def living(connection: sqlite3.Connection, since: float) -> frozenset[str]:
    """The processes that were heard of after a moment of the wall clock; a row that makes no sense is none."""
    found = connection.execute(
        "SELECT name FROM processes WHERE beat BETWEEN ? AND ? AND typeof(name) = 'blob'", (since, since + _SILENT)
    )
    return frozenset(name.decode("utf-8", "replace") for (name,) in found)


def write(
    connection: sqlite3.Connection, wants: Sequence[CommitRequest], by: str | None, expected: int | None = None
) -> Sequence[int]:
    """Make commits in one transaction, and answer with the versions they led to. `by` is None where no log is kept.

    Raises PenLost when the space is not of the version `expected`.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        found: dict[str, _Row] = {}
        versions = [_made(connection, wanted, found, by, expected) for wanted in wants]
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


def _made(
    connection: sqlite3.Connection, wanted: CommitRequest, found: dict[str, _Row], by: str | None, expected: int | None
) -> int:
    row = found.get(wanted.space) or _found(connection, wanted.space, drops=wanted.drops)
    if row is None and wanted.drops:
        return 0
    if row is None:
        row = _new_row(connection, wanted.space)
    found[wanted.space] = row
    if expected is not None and row.version != expected:
        raise LockLost(f"'{wanted.space}' has been written to by somebody else")
    row.version += 1
    if wanted.clears:
        connection.execute("DELETE FROM records WHERE space = ?", (row.id,))
    if wanted.drops:
        connection.execute("DELETE FROM log WHERE space = ?", (row.id,))
        row.dropped = row.version
    puts = {_bytes(name): record for name, record in wanted.puts.items()}
    connection.executemany(_PUT, [(row.id, name, record) for name, record in puts.items() if record is not None])
    if gone := [(row.id, name) for name, record in puts.items() if record is None]:
        connection.executemany("DELETE FROM records WHERE space = ? AND name = ?", gone)
    if by is not None:
        _note(connection, row, by, wanted, puts)
    return row.version


def _note(
    connection: sqlite3.Connection, row: _Row, by: str, wanted: CommitRequest, puts: Mapping[bytes, bytes | None]
) -> None:
    """Writes the log, and trims it now and then."""
    connection.execute(
        "INSERT OR REPLACE INTO log (space, version, by, clears, body) VALUES (?, ?, ?, ?, ?)",
        (row.id, row.version, _bytes(by), wanted.clears, _packed(puts, wanted.told)),
    )
    if row.version % _TRIMMED == 0:
        connection.execute("DELETE FROM log WHERE space = ? AND version <= ?", (row.id, row.version - KEPT))


def _found(connection: sqlite3.Connection, space: str, *, drops: bool = False) -> _Row | None:
    """Return the row of a space, None when it was never written to.

    Raises ValueError when its version is no number of ours, unless the space is dropped, which ends that.
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


def _packed(puts: Mapping[bytes, bytes | None], told: Sequence[bytes]) -> bytes:
    """Names, records and events one after the other, each with its length; the first part is as long as there are
    names."""
    packed = []
    for part in (bytes(len(puts)), *puts, *puts.values(), *told):
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
