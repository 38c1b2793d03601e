"""A commit as one entry of a log in Redis: a head of JSON that gives the lengths, and the things behind it in a row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ark_emulator.stores.store import Commit, Puts

_END: Final = b"\n"


def head_and_parts(by: str, puts: Puts, told: Sequence[bytes], clears: bool) -> tuple[bytes, list[bytes]]:
    """The head of a commit, and its parts in order: what is told, names and records in turn, names to remove.

    Head and parts in a row are the entry.
    """
    put = [part for name, record in puts.items() if record is not None for part in (key_of(name), record)]
    removed = [key_of(name) for name, record in puts.items() if record is None]
    lengths = {"told": told, "put": put, "removed": removed}
    head: dict[str, object] = {name: [len(part) for part in parts] for name, parts in lengths.items()}
    head |= {"by": by, "clears": clears}
    return json.dumps(head, separators=(",", ":")).encode() + _END, [*told, *put, *removed]


def commit_of(entry: bytes, version: int) -> Commit:
    """The commit in an entry of the log that led to a version."""
    front, _, rest = entry.partition(_END)
    head = json.loads(front)
    told, put, removed = _cut(rest, [head["told"], head["put"], head["removed"]])
    puts: dict[str, bytes | None] = dict(named(put))
    puts.update((name_of(key), None) for key in removed)
    return Commit(version, head["by"], puts, tuple(told), head["clears"])


def named(row: Sequence[bytes]) -> Mapping[str, bytes]:
    """Records by name, out of keys and records in turn."""
    return {name_of(key): record for key, record in zip(row[::2], row[1::2], strict=True)}


def key_of(name: str) -> bytes:
    """A name as bytes; whatever a client made up as its key must survive."""
    return name.encode("utf-8", "surrogatepass")


def name_of(key: bytes) -> str:
    """The name in such bytes."""
    return key.decode("utf-8", "surrogatepass")


def _cut(rest: bytes, lengths: Sequence[Sequence[int]]) -> Iterator[list[bytes]]:
    start = 0
    for group in lengths:
        found = []
        for length in group:
            found.append(rest[start : start + length])
            start += length
        yield found
