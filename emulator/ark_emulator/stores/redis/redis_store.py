"""Records in a Redis or Valkey server, shared by any number of processes on any number of machines.

All keys begin with `{PREFIX:FORMAT}:`; the braces keep them together where a server spreads its keys. A space has a
head (version, birth, size of the log, version of its last drop), its records, its log and its pen. A pen is a token
that lasts for two seconds and is lengthened by every commit, so a process that dies or stalls loses it; what it commits
afterwards is refused by its token and by the version it goes by.

A version alone does not say that two processes know the same: a server may come back without its newest commits, or be
emptied and filled again. So every space has a birth, which goes along with the version that one knows, and with another
server (its `run_id`) everything is loaded anew.
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
"""The number of this layout, records included."""
PREFIX: Final = "ark-emulator"
LOGGED: Final = 16 << 20
"""Bytes of a space's log; older commits make room."""
PEN: Final = 2_000
"""Milliseconds that a pen lasts from its taking or its newest commit."""
LIVES: Final = 3_000
"""Milliseconds that a heartbeat counts."""
REMEMBERED: Final = 3_600_000
"""Milliseconds for which it is known that a space was dropped."""
AT_ONCE: Final = 2_000
"""Records of a space that are loaded in one piece; more come in pages of half as many, so that nobody waits long."""
_SHORTEST: Final = 0.001
_LONGEST: Final = 0.004
"""Real seconds between two looks whether a pen is free."""
_TRIES: Final = 5
_ANOTHER: Final = b"on another server"
"""No birth that a space could have."""
_SAMPLES: Final = 5
_PARTS: Final = ("news", "changed")
"""What stands in front of every script: functions that several of them use."""
_NAMES: Final = ("take", "hear", "give", "commit", "drop", "load", "since", "beat", "living")


@dataclass(slots=True)
class _Pen:
    """A pen in hand: its token, the version that the next commit goes by, and the asyncio task that took it."""

    token: bytes
    version: int
    writer: object


class RedisStore(Store):
    """One process's door to the server at `url`: redis://, rediss:// or unix://; `?prefix=` sets emulators apart.

    `offset` is what the server's clock is ahead of ours, in seconds, as measured when the store was opened.
    """

    shared = True

    def __init__(self, url: str, *, process_id: str) -> None:
        url, prefix = _prefixed(url)
        self._line = RedisConnection(url, self._greet)
        self.name = self._line.address
        self.process_id = process_id
        self.offset = 0.0
        self._marker = f"{prefix}:format"
        self._keys = f"{{{prefix}:{FORMAT}}}:"
        self._server = b""
        self._births: dict[str, bytes] = {}
        self._pens: dict[str, _Pen] = {}
        self._turns = FairQueue()
        self._anew = False

    async def open(self) -> None:
        await self._line.open()
        self.offset = await self._measured()

    async def close(self) -> None:
        try:
            for space in list(self._pens):
                await self.release(space)
            await self._line.ask("ZREM", self._key("living"), key_of(self.process_id))
        except (StoreUnavailable, UnusableStore):
            pass
        await self._line.close()

    async def load(self, space: str) -> Contents:
        for _ in range(_TRIES):
            version, self._births[space], row = await self._run("load", self._heart(space), AT_ONCE)
            if row is not None:
                return Contents(version, named(row))
            records = await self._paged(space)
            commits = (await self.commits_since({space: version}))[space]
            if commits is not None:  # they make of pages from different moments what is there now
                for commit in commits:
                    _apply(records, commit)
                return Contents(version + len(commits), records)
        version, self._births[space], row = await self._run("load", self._heart(space), sys.maxsize)
        return Contents(version, named(row))

    async def commits_since(self, known: Mapping[str, int]) -> Mapping[str, Sequence[Commit] | None]:
        spaces = list(known)
        if not spaces:
            return {}
        keys = [key for space in spaces for key in (self._key("head", space), self._key("log", space))]
        about = [word for space in spaces for word in (known[space], self._births.get(space, b""))]
        heard = await self._run("hear", keys, *about)
        return {space: self._heard(space, *each) for space, each in zip(spaces, heard, strict=True)}

    async def acquire(self, space: str, known: int) -> Sequence[Commit] | None:
        task = asyncio.current_task()
        if any(pen.writer is task for pen in self._pens.values()):
            raise RuntimeError("whoever holds a pen must give it back before taking another")
        await self._turns.acquire(space)
        token = os.urandom(12).hex().encode()
        try:
            version, birth, row = await self._taken(space, token, known)
        except BaseException:
            self._turns.release(space)
            self._give_back(space, token)  # it may have been taken although nobody waits for it any more
            raise
        self._pens[space] = _Pen(token, version, task)
        return self._heard(space, version, birth, row)

    async def commit(
        self, space: str, puts: Puts, told: Sequence[bytes] = (), *, clears: bool = False, gives: bool = False
    ) -> int:
        pen = self._pens.get(space)
        if pen is None:
            raise LockLost(space)
        head, parts = head_and_parts(self.process_id, puts, told, clears)
        put = sum(record is not None for record in puts.values())
        about = (pen.token, pen.version, key_of(space), "" if gives else PEN, KEPT, LOGGED, int(clears), len(told), put)
        try:
            written = await self._run("commit", self._all_keys(space), *about, head, *parts)
        except BaseException:
            self._let_go(space)
            raise
        if written is None:
            self._put_down(space)
            raise LockLost(space)
        pen.version, self._births[space] = written
        if gives:
            self._put_down(space)
        return pen.version

    async def release(self, space: str) -> None:
        self._let_go(space)

    async def changed(self, since: int) -> tuple[int, Sequence[str]]:
        anew, self._anew = self._anew, False
        try:
            mark, spaces = await self._run("since", (self._key("changed"),), 0 if anew else since)
        except BaseException:
            self._anew |= anew
            raise
        return int(mark), [name_of(space) for space in spaces]

    async def heartbeat(self) -> None:
        await self._run("beat", (self._key("living"),), key_of(self.process_id), LIVES)

    async def live_processes(self) -> frozenset[str]:
        return frozenset(name_of(process) for process in await self._run("living", (self._key("living"),), LIVES))

    async def drop(self, space: str) -> None:
        pen = self._pens.get(space)
        if pen is None or pen.writer is not asyncio.current_task():
            await self.acquire(space, 0)
        head, _ = head_and_parts(self.process_id, {}, (), True)
        try:
            about = (self._pens[space].token, key_of(space), REMEMBERED, head)
            dropped = await self._run("drop", self._all_keys(space), *about)
        finally:
            self._let_go(space)
        if dropped is None:
            raise LockLost(space)

    async def probe(self) -> None:
        """A server that takes no writes refuses the smallest one as well."""
        await self.heartbeat()

    def _key(self, kind: str, space: str = "") -> bytes:
        return f"{self._keys}{kind}:".encode() + key_of(space)

    def _heart(self, space: str) -> tuple[bytes, bytes]:
        return self._key("head", space), self._key("records", space)

    def _all_keys(self, space: str) -> list[bytes]:
        of_it = [self._key(kind, space) for kind in ("pen", "head", "log", "records")]
        return [*of_it, self._key("changed"), self._key("dropped")]

    async def _run(self, name: str, keys: Sequence[bytes], *about: str | bytes | int) -> Any:
        """What a script of ours answers."""
        call = ("EVALSHA", _scripts()[name].digest, len(keys), *keys, *about)
        try:
            return await self._line.ask(*call)
        except NoScriptError:  # the server's administrator has made it forget them
            await _teach(self._line.ask)
            return await self._line.ask(*call)

    async def _taken(self, space: str, token: bytes, known: int) -> Any:
        """The pen's news, once it is ours."""
        keys = (self._key("pen", space), self._key("head", space), self._key("log", space))
        pause = _SHORTEST
        while True:
            answer = await self._run("take", keys, token, PEN, known, self._births.get(space, b""))
            if isinstance(answer, list):
                return answer
            await asyncio.sleep(pause * (0.5 + random.random()))
            pause = min(2 * pause, _LONGEST)

    def _heard(self, space: str, version: int, birth: bytes, row: Sequence[bytes] | None) -> Sequence[Commit] | None:
        if row is None:
            return None
        self._births[space] = birth
        try:
            return tuple(commit_of(entry, version - len(row) + place) for place, entry in enumerate(row, 1))
        except (ValueError, TypeError, LookupError):
            return None  # a damaged log: the records themselves say what there is

    def _let_go(self, space: str) -> None:
        pen = self._put_down(space)
        if pen is not None:
            self._give_back(space, pen.token)

    def _put_down(self, space: str) -> _Pen | None:
        pen = self._pens.pop(space, None)
        if pen is not None:
            self._turns.release(space)
        return pen

    def _give_back(self, space: str, token: bytes) -> None:
        self._line.send("EVALSHA", _scripts()["give"].digest, 1, self._key("pen", space), token)

    async def _paged(self, space: str) -> dict[str, bytes]:
        """The records of a large space; each as of some moment since the first was asked for."""
        found: dict[str, bytes] = {}
        cursor: bytes | None = None
        while cursor != b"0":
            page = await self._line.ask("HSCAN", self._key("records", space), cursor or b"0", "COUNT", AT_ONCE // 2)
            cursor, row = page
            found.update(named(row))
        return found

    async def _measured(self) -> float:
        """How far the server's clock is ahead of ours; 0 when that cannot be told from the way of the answers."""
        found = []
        for _ in range(_SAMPLES):
            asked = time.time()
            seconds, microseconds = await self._line.ask("TIME")
            took = time.time() - asked
            found.append((took, int(seconds) + int(microseconds) / 1e6 - asked - took / 2))
        took, ahead = min(found)
        return ahead if abs(ahead) > took / 2 else 0.0

    async def _greet(self, ask: Ask) -> None:
        """Make sure that what is kept there is ours, and that we do not take another server for the one we know."""
        marker = self._marker
        about, _, found, _ = await asyncio.gather(
            ask("INFO", "server"), ask("SETNX", marker, FORMAT), ask("GET", marker), _teach(ask)
        )
        if found != b"%d" % FORMAT:
            raise UnusableStore(_misfit(self.name, marker, found))
        server = next((line for line in bytes(about).splitlines() if line.startswith(b"run_id:")), os.urandom(8))
        if server != self._server:
            self._births = dict.fromkeys(self._births, _ANOTHER)
            self._anew = True
        self._server = server


@dataclass(frozen=True, slots=True)
class _Script:
    text: bytes
    digest: str


@cache
def _scripts() -> Mapping[str, _Script]:
    """Our scripts by name."""
    folder = files("ark_emulator.stores.redis") / "lua"
    parts = b"".join((folder / f"{name}.lua").read_bytes() for name in _PARTS)
    texts = {name: parts + (folder / f"{name}.lua").read_bytes() for name in _NAMES}
    return {name: _Script(text, hashlib.sha1(text, usedforsecurity=False).hexdigest()) for name, text in texts.items()}


async def _teach(ask: Ask) -> None:
    """Have the server know our scripts."""
    await asyncio.gather(*(ask("SCRIPT", "LOAD", script.text) for script in _scripts().values()))


def _apply(records: dict[str, bytes], commit: Commit) -> None:
    if commit.clears:
        records.clear()
    for name, record in commit.puts.items():
        if record is None:
            records.pop(name, None)
        else:
            records[name] = record


def _misfit(address: str, marker: str, found: bytes | None) -> str:
    """Why a server with that format is not for us, and what to do."""
    advice = "choose other keys with ?prefix=NAME at the end of the address"
    if found is not None and found.isdigit() and int(found) > FORMAT:
        newer = f"a newer Ark Emulator (format {int(found)}, not {FORMAT})"
        return f"{address} holds the worlds of {newer}: use that, or {advice}"
    return f"{address} has a key {marker} that is none of ours: {advice}"


def _prefixed(url: str) -> tuple[str, str]:
    """A URL without our own part of its query, and the prefix of all keys."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    prefix = query.pop("prefix", PREFIX)
    if not re.fullmatch(r"[\w.-]+", prefix):
        raise UnusableStore("the prefix of a store's keys consists of letters, digits and . _ -")
    return urlunsplit(parts._replace(query=urlencode(query))), prefix
