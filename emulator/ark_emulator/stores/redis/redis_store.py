"""Records in a Redis or Valkey server, shared by any number of processes on any number of machines.

All keys begin with `{PREFIX:FORMAT}:`; the braces keep them in one slot of a cluster. A space has a head (version,
generation, size of the log, version of its last drop), its records, its log, and a write lock (key `pen`). The lock is
a token that expires after two seconds and is extended by every commit, so a process that dies or stalls loses it. A
later commit of that process is rejected, because its token and its version no longer match.

A version alone does not identify the content of a space: a server may restart without its newest commits, or be emptied
and filled again. So every space has a random generation, which is compared together with the version. After a
reconnect to another server (another `run_id`), every space is loaded again.
"""

import asyncio
import hashlib
import os
import random
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis.exceptions import NoScriptError

from ark_emulator.stores.redis.commit_log import commit_of, head_and_parts, key_of, name_of, named
from ark_emulator.stores.redis.fair_queue import FairQueue
from ark_emulator.stores.redis.redis_connection import Ask, RedisConnection
from ark_emulator.stores.store import KEPT, Commit, Contents, LockLost, Puts, Store, StoreUnavailable, UnusableStore

FORMAT: Final = 1
"""The number of the stored format, records included."""
PREFIX: Final = "ark-emulator"
LOGGED: Final = 16 << 20
"""The largest size of the log of a space, in bytes; the oldest commits are removed."""
LOCK_MS: Final = 2_000
"""Milliseconds after which a write lock expires, counted from its acquisition or its latest commit."""
LIVE_MS: Final = 3_000
"""Milliseconds without a heartbeat after which a process counts as dead."""
DROPPED_MS: Final = 3_600_000
"""Milliseconds for which the drop of a space is reported to other processes."""
PAGE_RECORDS: Final = 2_000
"""The largest space, in records, that is loaded by one script. Larger ones are loaded in pages of half that size."""
_MIN_PAUSE: Final = 0.001
_MAX_PAUSE: Final = 0.004
"""Real seconds between two attempts to acquire a lock."""
_TRIES: Final = 5
_OTHER_SERVER: Final = b"on another server"
"""A value that is no valid generation."""
_SAMPLES: Final = 5
_PARTS: Final = ("news", "changed")
"""Files with shared functions, which are put in front of every script."""
_NAMES: Final = ("take", "hear", "give", "commit", "drop", "load", "since", "beat", "living")


@dataclass(slots=True)
class _HeldLock:
    """A held write lock: its token, the version that the next commit follows, and the asyncio task that acquired it."""

    token: bytes
    version: int
    writer: object


class RedisStore(Store):
    """The store in the server at `url`: redis://, rediss:// or unix://. `?prefix=` separates several emulators.

    `offset` is the number of seconds by which the server's clock is ahead, measured by `open`.
    """

    shared = True

    def __init__(self, url: str, *, process_id: str) -> None:
        url, prefix = _split_prefix(url)
        self._connection = RedisConnection(url, self._check_server)
        self.name = self._connection.address
        self.process_id = process_id
        self.offset = 0.0
        self._marker = f"{prefix}:format"
        self._key_prefix = f"{{{prefix}:{FORMAT}}}:"
        self._server = b""
        self._generations: dict[str, bytes] = {}
        self._locks: dict[str, _HeldLock] = {}
        self._local_queue = FairQueue()
        self._reload_all = False

    async def open(self) -> None:
        await self._connection.open()
        self.offset = await self._measure_offset()

    async def close(self) -> None:
        try:
            for space in list(self._locks):
                await self.release(space)
            await self._connection.ask("ZREM", self._key("living"), key_of(self.process_id))
        except (StoreUnavailable, UnusableStore):
            pass
        await self._connection.close()

    async def load(self, space: str) -> Contents:
        for _ in range(_TRIES):
            version, self._generations[space], row = await self._run("load", self._load_keys(space), PAGE_RECORDS)
            if row is not None:
                return Contents(version, named(row))
            records = await self._load_in_pages(space)
            commits = (await self.commits_since({space: version}))[space]
            if commits is not None:  # applied to pages from different moments, they give the current records
                for commit in commits:
                    _apply(records, commit)
                return Contents(version + len(commits), records)
        version, self._generations[space], row = await self._run("load", self._load_keys(space), sys.maxsize)
        return Contents(version, named(row))

    async def commits_since(self, known: Mapping[str, int]) -> Mapping[str, Sequence[Commit] | None]:
        spaces = list(known)
        if not spaces:
            return {}
        keys = [key for space in spaces for key in (self._key("head", space), self._key("log", space))]
        about = [word for space in spaces for word in (known[space], self._generations.get(space, b""))]
        answers = await self._run("hear", keys, *about)
        return {space: self._decode_commits(space, *each) for space, each in zip(spaces, answers, strict=True)}

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        task = asyncio.current_task()
        if any(held.writer is task for held in self._locks.values()):
            raise RuntimeError("an asyncio task must release its write lock before it acquires another one")
        await self._local_queue.acquire(space)
        token = os.urandom(12).hex().encode()
        try:
            version, generation, row = await self._acquire_remote(space, token, known)
        except BaseException:
            self._local_queue.release(space)
            self._send_release(space, token)  # the server may have granted it although no task waits for it any more
            raise
        self._locks[space] = _HeldLock(token, version, task)
        return self._decode_commits(space, version, generation, row)

    async def commit(
        self, space: str, puts: Puts, events: Sequence[bytes] = (), *, clears: bool = False, release: bool = False
    ) -> int:
        held = self._locks.get(space)
        if held is None:
            raise LockLost(space)
        head, parts = head_and_parts(self.process_id, puts, events, clears)
        put = sum(record is not None for record in puts.values())
        about = (
            held.token,
            held.version,
            key_of(space),
            "" if release else LOCK_MS,
            KEPT,
            LOGGED,
            int(clears),
            len(events),
            put,
        )
        try:
            written = await self._run("commit", self._commit_keys(space), *about, head, *parts)
        except BaseException:
            self._release(space)
            raise
        if written is None:
            self._forget_lock(space)
            raise LockLost(space)
        held.version, self._generations[space] = written
        if release:
            self._forget_lock(space)
        return held.version

    async def release(self, space: str) -> None:
        self._release(space)

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        reload_all, self._reload_all = self._reload_all, False
        try:
            mark, spaces = await self._run("since", (self._key("changed"),), 0 if reload_all else since)
        except BaseException:
            self._reload_all |= reload_all
            raise
        return int(mark), [name_of(space) for space in spaces]

    async def heartbeat(self) -> None:
        await self._run("beat", (self._key("living"),), key_of(self.process_id), LIVE_MS)

    async def live_processes(self) -> frozenset[str]:
        return frozenset(name_of(process) for process in await self._run("living", (self._key("living"),), LIVE_MS))

    async def drop(self, space: str) -> None:
        held = self._locks.get(space)
        if held is None or held.writer is not asyncio.current_task():
            await self.acquire(space, 0)
        head, _ = head_and_parts(self.process_id, {}, (), True)
        try:
            about = (self._locks[space].token, key_of(space), DROPPED_MS, head)
            dropped = await self._run("drop", self._commit_keys(space), *about)
        finally:
            self._release(space)
        if dropped is None:
            raise LockLost(space)

    async def probe(self) -> None:
        """Send a heartbeat: a server that accepts no writes rejects even the smallest one."""
        await self.heartbeat()

    def _key(self, kind: str, space: str = "") -> bytes:
        return f"{self._key_prefix}{kind}:".encode() + key_of(space)

    def _load_keys(self, space: str) -> tuple[bytes, bytes]:
        return self._key("head", space), self._key("records", space)

    def _commit_keys(self, space: str) -> list[bytes]:
        of_it = [self._key(kind, space) for kind in ("pen", "head", "log", "records")]
        return [*of_it, self._key("changed"), self._key("dropped")]

    async def _run(self, name: str, keys: Sequence[bytes], *about: str | bytes | int) -> Any:
        """Run a script and return its answer."""
        call = ("EVALSHA", _scripts()[name].digest, len(keys), *keys, *about)
        try:
            return await self._connection.ask(*call)
        except NoScriptError:  # an administrator has flushed the scripts
            await _load_scripts(self._connection.ask)
            return await self._connection.ask(*call)

    async def _acquire_remote(self, space: str, token: bytes, known: int) -> Any:
        """Acquire the lock at the server, and return the commits after `known`."""
        keys = (self._key("pen", space), self._key("head", space), self._key("log", space))
        pause = _MIN_PAUSE
        while True:
            answer = await self._run("take", keys, token, LOCK_MS, known, self._generations.get(space, b""))
            if isinstance(answer, list):
                return answer
            await asyncio.sleep(pause * (0.5 + random.random()))
            pause = min(2 * pause, _MAX_PAUSE)

    def _decode_commits(
        self, space: str, version: int, generation: bytes, row: Sequence[bytes] | None
    ) -> Sequence[Commit] | None:
        if row is None:
            return None
        self._generations[space] = generation
        try:
            return tuple(commit_of(entry, version - len(row) + place) for place, entry in enumerate(row, 1))
        except (ValueError, TypeError, LookupError):
            return None  # the log is damaged: the caller loads the records instead

    def _release(self, space: str) -> None:
        held = self._forget_lock(space)
        if held is not None:
            self._send_release(space, held.token)

    def _forget_lock(self, space: str) -> _HeldLock | None:
        held = self._locks.pop(space, None)
        if held is not None:
            self._local_queue.release(space)
        return held

    def _send_release(self, space: str, token: bytes) -> None:
        self._connection.send("EVALSHA", _scripts()["give"].digest, 1, self._key("pen", space), token)

    async def _load_in_pages(self, space: str) -> dict[str, bytes]:
        """Return the records of a large space, each as of some moment since the first request."""
        found: dict[str, bytes] = {}
        cursor: bytes | None = None
        while cursor != b"0":
            page = await self._connection.ask(
                "HSCAN", self._key("records", space), cursor or b"0", "COUNT", PAGE_RECORDS // 2
            )
            cursor, row = page
            found.update(named(row))
        return found

    async def _measure_offset(self) -> float:
        """Return the seconds by which the server's clock is ahead; 0 when network latency could explain them."""
        found = []
        for _ in range(_SAMPLES):
            asked = time.time()
            seconds, microseconds = await self._connection.ask("TIME")
            took = time.time() - asked
            found.append((took, int(seconds) + int(microseconds) / 1e6 - asked - took / 2))
        took, ahead = min(found)
        return ahead if abs(ahead) > took / 2 else 0.0

    async def _check_server(self, ask: Ask) -> None:
        """Check that the keys belong to an emulator of this format, and detect that the server is another one."""
        marker = self._marker
        about, _, found, _ = await asyncio.gather(
            ask("INFO", "server"), ask("SETNX", marker, FORMAT), ask("GET", marker), _load_scripts(ask)
        )
        if found != b"%d" % FORMAT:
            raise UnusableStore(_marker_message(self.name, marker, found))
        server = next((line for line in bytes(about).splitlines() if line.startswith(b"run_id:")), os.urandom(8))
        if server != self._server:
            self._generations = dict.fromkeys(self._generations, _OTHER_SERVER)
            self._reload_all = True
        self._server = server


@dataclass(frozen=True, slots=True)
class _Script:
    text: bytes
    digest: str


@cache
def _scripts() -> Mapping[str, _Script]:
    """Return the scripts by name."""
    folder = files("ark_emulator.stores.redis") / "lua"
    parts = b"".join((folder / f"{name}.lua").read_bytes() for name in _PARTS)
    texts = {name: parts + (folder / f"{name}.lua").read_bytes() for name in _NAMES}
    return {name: _Script(text, hashlib.sha1(text, usedforsecurity=False).hexdigest()) for name, text in texts.items()}


async def _load_scripts(ask: Ask) -> None:
    """Load the scripts into the server."""
    await asyncio.gather(*(ask("SCRIPT", "LOAD", script.text) for script in _scripts().values()))


def _apply(records: dict[str, bytes], commit: Commit) -> None:
    if commit.clears:
        records.clear()
    for name, record in commit.puts.items():
        if record is None:
            records.pop(name, None)
        else:
            records[name] = record


def _marker_message(address: str, marker: str, found: bytes | None) -> str:
    """Return the error message for a server with that format marker."""
    advice = "choose other keys with ?prefix=NAME at the end of the address"
    if found is not None and found.isdigit() and int(found) > FORMAT:
        newer = f"a newer Ark Emulator (format {int(found)}, not {FORMAT})"
        return f"{address} holds the worlds of {newer}: use that, or {advice}"
    return f"{address} has a key {marker} that is none of ours: {advice}"


def _split_prefix(url: str) -> tuple[str, str]:
    """Return a URL without the `prefix` parameter, and the prefix of all keys."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    prefix = query.pop("prefix", PREFIX)
    if not re.fullmatch(r"[\w.-]+", prefix):
        raise UnusableStore("the prefix of a store's keys consists of letters, digits and . _ -")
    return urlunsplit(parts._replace(query=urlencode(query))), prefix
