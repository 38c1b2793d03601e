"""Makes the store that an address names: `memory:`, `sqlite:PATH`, or the URL of a Redis or Valkey."""

import os
from secrets import token_hex
from typing import Final
from urllib.parse import urlsplit

from emulator.stores.records import Store, Unfit

MEMORY: Final = "memory:"
SQLITE: Final = "sqlite:"
REDIS: Final = ("redis", "rediss", "unix")
KNOWN: Final = "memory:, sqlite:PATH or redis://HOST:PORT/DB"


def checked(address: str) -> str:
    """The address, if it names a store. Raises Unfit, which says what is wrong with it."""
    if address == MEMORY:
        return address
    if address.startswith(SQLITE):
        path = address[len(SQLITE) :]
        if not path or path.startswith("//"):
            raise Unfit(f"{address!r} names no file: write sqlite:PATH, as in sqlite:tasks.db")
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme in REDIS and (parts.hostname or parts.path):
        return address
    raise Unfit(f"{address!r} is no store; known are {KNOWN}")


def is_shared(address: str) -> bool:
    """True for a store that processes on any machine may share."""
    return address != MEMORY and not address.startswith(SQLITE)


def store_at(address: str, *, alone: bool = True) -> Store | None:
    """The store at an address, not opened yet; None for memory alone. `alone`: no other process uses a file.

    Raises Unfit for an address that is none, or when the client of Redis is not installed.
    """
    checked(address)
    if address == MEMORY:
        return None
    me = f"{os.getpid()}-{token_hex(4)}"
    if address.startswith(SQLITE):
        from emulator.stores.sqlite import SqliteStore

        return SqliteStore(address[len(SQLITE) :], me=me, alone=alone)
    try:
        from emulator.stores.redis import RedisStore
    except ImportError:
        raise Unfit("a redis:// store needs the client of Redis: pip install 'ark-emulator[redis]'") from None
    return RedisStore(address, me=me)
