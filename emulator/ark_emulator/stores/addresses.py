"""Creates the store at an address: `memory:`, `sqlite:PATH`, or the URL of a Redis or Valkey server."""

import os
import re
from secrets import token_hex
from typing import Final
from urllib.parse import urlsplit

from ark_emulator.stores.store import Store, UnusableStore

MEMORY: Final = "memory:"
SQLITE: Final = "sqlite:"
UNIX: Final = "unix"
REDIS: Final = ("redis", "rediss", UNIX)
KNOWN: Final = "memory:, sqlite:PATH or redis://HOST:PORT/DB"
_DATABASE: Final = re.compile(r"(/[0-9]*)?")
"""The path of a Redis URL: an empty one means database 0, as for every Redis client."""
_LOGIN: Final = re.compile(r"//[^/]*@")


def validate_address(address: str) -> str:
    """Return the address unchanged. Raises UnusableStore when it is invalid."""
    if address == MEMORY:
        return address
    if address.startswith(SQLITE):
        path = address[len(SQLITE) :]
        if not path or path.startswith("//") or "\0" in path:
            raise UnusableStore(f"{address!r} names no file: write sqlite:PATH, as in sqlite:tasks.db")
        if path.startswith((":memory:", "file:")):
            advice = f"for worlds in memory write {MEMORY}, for a file sqlite:PATH, as in sqlite:tasks.db"
            raise UnusableStore(f"{address!r} is a name that SQLite itself gives a meaning: {advice}")
        return address
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as problem:
        raise UnusableStore(f"{_hidden(address)!r} is no address of a store: {problem}") from None
    if parts.scheme not in REDIS or not (parts.hostname or parts.path):
        raise UnusableStore(f"{_hidden(address)!r} is no store; known are {KNOWN}")
    if parts.scheme != UNIX and not _DATABASE.fullmatch(parts.path):
        expected = "the number of a database, as in redis://127.0.0.1:6379/0"
        raise UnusableStore(f"{_hidden(address)!r} ends with {parts.path!r}, which is not {expected}")
    return address


def _hidden(address: str) -> str:
    """Return the address without user name and password."""
    return _LOGIN.sub("//", address)


def is_shared(address: str) -> bool:
    """Return whether processes on several machines can share the store."""
    return address != MEMORY and not address.startswith(SQLITE)


def store_at(address: str, *, alone: bool = True) -> Store | None:
    """Return the store at an address, not yet opened; None for `memory:`. `alone`: no other process uses the file.

    Raises UnusableStore for an invalid address, or when the Redis client is not installed.
    """
    validate_address(address)
    if address == MEMORY:
        return None
    process_id = f"{os.getpid()}-{token_hex(4)}"
    if address.startswith(SQLITE):
        from ark_emulator.stores.sqlite.sqlite_store import SqliteStore

        return SqliteStore(address[len(SQLITE) :], process_id=process_id, alone=alone)
    try:
        from ark_emulator.stores.redis.redis_store import RedisStore
    except ImportError:
        raise UnusableStore("a redis:// store needs the client of Redis: pip install 'ark-emulator[redis]'") from None
    return RedisStore(address, process_id=process_id)
