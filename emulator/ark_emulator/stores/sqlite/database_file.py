"""Creates, recognises, checks and upgrades the file of the SQLite store. All functions block on the disk."""

import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ark_emulator.stores.store import HIGHEST, StoreInUse, UnusableStore

FORMAT: Final = 1
"""The number of the stored format, records included. A new field with a default needs no new number."""
PRIVATE: Final = 0o600
"""The mode of a new file."""
APPLICATION: Final = 0x41726B45
"""The application id of SQLite files of the emulator (`ArkE`)."""
CHECKED: Final = 64 * 2**20
"""The largest file, in bytes, that is checked page by page when it is opened; that takes less than a second."""
_KEPT_LOG: Final = 64 * 2**20
_SCHEMA: Final = (
    "CREATE TABLE spaces (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, version INTEGER NOT NULL,"
    " mark INTEGER NOT NULL, dropped INTEGER NOT NULL)",
    "CREATE INDEX marks ON spaces (mark)",
    "CREATE TABLE records (space INTEGER NOT NULL, name BLOB NOT NULL, record BLOB NOT NULL, UNIQUE (space, name))",
    "CREATE TABLE log (space INTEGER NOT NULL, version INTEGER NOT NULL, by BLOB NOT NULL, clears INTEGER NOT NULL,"
    " body BLOB NOT NULL, PRIMARY KEY (space, version)) WITHOUT ROWID",
    "CREATE TABLE processes (name BLOB PRIMARY KEY, beat REAL NOT NULL) WITHOUT ROWID",
)
_INVALID_ROWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "spaces": "typeof(name) != 'blob' OR "
        + " OR ".join(
            f"typeof({count}) != 'integer' OR {count} NOT BETWEEN 0 AND {HIGHEST}"
            for count in ("version", "mark", "dropped")
        ),
        "records": "typeof(space) != 'integer' OR (space != 0 AND space NOT IN (SELECT id FROM spaces))",
    }
)
"""Conditions in SQL that are true for an invalid row, by table. Space 0 is that of an interrupted probe."""
UPGRADES: Final[dict[int, Callable[[sqlite3.Connection], None]]] = {}
"""The upgrade step from each older format to the next. A step runs in the transaction that writes the new number, so
that a file is never between two formats."""


def opened(path: Path, *, alone: bool, patience: float) -> sqlite3.Connection:
    """Return a connection to the file, which is created if it is missing. `patience`: seconds to wait for locks.

    Raises UnusableStore with a message that says what to do.
    """
    if path.is_dir():
        raise UnusableStore(f"{path} is a folder; name a file in it, as in {path / 'ark.db'}")
    if not path.parent.is_dir():
        raise UnusableStore(f"there is no folder {path.parent}; make it, or choose another place")
    _make_private(path)
    end = time.monotonic() + patience
    while True:
        connection = None
        try:
            connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
            _set_up(connection, path, alone)
            return connection
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            # SQLite does not apply its busy timeout when it switches a new file to WAL.
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise _unusable(path, error, alone) from error
            time.sleep(0.02)
        except BaseException:
            if connection is not None:
                connection.close()
            raise


def _make_private(path: Path) -> None:
    """Create the file with access for its owner only, because it holds API keys.

    SQLite gives the files beside it the same mode. An existing file keeps its mode, which may be intended.
    """
    with suppress(OSError):  # opening the file reports the error
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))


def reader(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads, and never waits for a lock."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only = 1")
    return connection


def _set_up(connection: sqlite3.Connection, path: Path, alone: bool) -> None:
    # Set before the first read, so that the lock is exclusive from the beginning.
    connection.execute(f"PRAGMA locking_mode = {'EXCLUSIVE' if alone else 'NORMAL'}")
    connection.execute("BEGIN")  # one snapshot, because another process may be creating the file
    _recognise(connection, path)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {_KEPT_LOG}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        _upgrade(connection, path)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    if path.stat().st_size <= CHECKED:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise UnusableStore(_broken(path, found.splitlines()[-1]))
        _check_rows(connection, path)


def _check_rows(connection: sqlite3.Connection, path: Path) -> None:
    """Raise UnusableStore for invalid rows of spaces, and for records that belong to no space."""
    for table, invalid in _INVALID_ROWS.items():
        row = connection.execute(f"SELECT * FROM {table} WHERE {invalid} LIMIT 1").fetchone()
        if row is not None:
            raise UnusableStore(_broken(path, f"the table {table} has a row that makes no sense"))


def _recognise(connection: sqlite3.Connection, path: Path) -> bool:
    """Return True for a file of the emulator, False for an empty one. Raises UnusableStore for any other file."""
    found = _number(connection, "application_id")
    if found == APPLICATION:
        version = _number(connection, "user_version")
        if version > FORMAT:
            raise UnusableStore(
                f"{path} was written by a newer version (format {version}; this one knows {FORMAT});"
                " update the emulator, or choose another file"
            )
        return True
    if found or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise UnusableStore(f"{path} is an SQLite file of another program; choose another file")
    return False


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables of an empty file, or run the upgrade steps from an older format, inside a transaction."""
    if not _recognise(connection, path):
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    else:
        for version in range(_number(connection, "user_version"), FORMAT):
            if version not in UPGRADES:
                raise UnusableStore(
                    f"{path} has format {version}, which is too old to be upgraded; choose another file"
                )
            UPGRADES[version](connection)
    if _number(connection, "user_version") != FORMAT:
        connection.execute(f"PRAGMA user_version = {FORMAT}")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _code(error: sqlite3.Error) -> int:
    """Return the primary SQLite result code of an error, 0 when it is unknown."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _broken(path: Path, why: object) -> str:
    return f"{path} is damaged ({why}); move it away to begin with an empty one, or restore a copy"


_LOCKED: Final[Mapping[bool, str]] = MappingProxyType(
    {
        True: "is in use by another server; stop it, or serve with several processes by --workers",
        False: "is in use by a server that shares it with nobody; stop it, or start it with --workers",
    }
)
_WHY: Final[Mapping[int, str]] = MappingProxyType(
    {
        sqlite3.SQLITE_NOTADB: "is not an SQLite file; choose another file",
        sqlite3.SQLITE_READONLY: "cannot be written to; change its permissions, or choose another place",
        sqlite3.SQLITE_CANTOPEN: "cannot be opened or made; look at the permissions of its folder,"
        " or choose another place",
    }
)


def _unusable(path: Path, error: sqlite3.Error, alone: bool) -> UnusableStore:
    code = _code(error)
    if code == sqlite3.SQLITE_CORRUPT:
        return UnusableStore(_broken(path, error))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreInUse(f"{path} {_LOCKED[alone]}")
    return UnusableStore(f"{path} {_WHY.get(code, f'cannot be used ({error}); choose another file')}")
