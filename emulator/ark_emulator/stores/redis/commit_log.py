"""Encodes a commit as one entry of a log in Redis: a JSON head with the lengths, followed by the parts in a row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ark_emulator.stores.store import Commit, Puts

_END: Final = b"\n"


def head_and_parts(by: str, puts: Puts, events: Sequence[bytes], clears: bool) -> tuple[bytes, list[bytes]]:
    """Return the head of a commit and its parts: events, then names and records in turn, then names to remove.

    The entry is the concatenation of head and parts.
    """
    put = [part for name, record in puts.items() if record is not None for part in (key_of(name), record)]
    removed = [key_of(name) for name, record in puts.items() if record is None]
    lengths = {"told": events, "put": put, "removed": removed}
    head: dict[str, object] = {name: [len(part) for part in parts] for name, parts in lengths.items()}
    head |= {"by": by, "clears": clears}
    return json.dumps(head, separators=(",", ":")).encode() + _END, [*events, *put, *removed]


def commit_of(entry: bytes, version: int) -> Commit:
    """Decode an entry of the log; `version` is the one after the commit."""
    front, _, rest = entry.partition(_END)
    head = json.loads(front)
    events, put, removed = _cut(rest, [head["told"], head["put"], head["removed"]])
    puts: dict[str, bytes | None] = dict(named(put))
    puts.update((name_of(key), None) for key in removed)
    return Commit(version, head["by"], puts, tuple(events), head["clears"])


def named(row: Sequence[bytes]) -> Mapping[str, bytes]:
    """Return records by name, from a list of keys and records in turn."""
    return {name_of(key): record for key, record in zip(row[::2], row[1::2], strict=True)}


def key_of(name: str) -> bytes:
    """Encode a name. Lone surrogates survive, because a name may be any API key that a client sent."""
    return name.encode("utf-8", "surrogatepass")


def name_of(key: bytes) -> str:
    """Decode a name."""
    return key.decode("utf-8", "surrogatepass")


def _cut(rest: bytes, lengths: Sequence[Sequence[int]]) -> Iterator[list[bytes]]:
    start = 0
    for group in lengths:
        found = []
        for length in group:
            found.append(rest[start : start + length])
            start += length
        yield found
