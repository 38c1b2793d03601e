"""What is kept in a store, as bytes: tasks, and the smaller things of a world. What is read equals what was written.

The bytes are JSON. Lone surrogates, infinities and numbers of any length survive. A task is two records: what it was
born with is written once, what it has grown since at each change. Mappings come back as dictionaries.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Final, TypeVar

from ark_emulator.core.task.values import Task
from ark_emulator.stores.codec.dataclass_codec import DataclassCodec, free, freed, record_of

GROWN: Final = frozenset({"facts", "published", "deliveries"})
"""The fields of a task that change."""
Value = TypeVar("Value")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


class CorruptRecord(ValueError):
    """These bytes are no record of that kind."""


def encode_created(task: Task) -> bytes:
    """What a task was born with: everything but its facts, how many turns were told of, and its deliveries."""
    return _bytes(_halves()[0].written(task))


def encode_updates(task: Task) -> bytes:
    """What became of a task: its facts, how many turns were told of, and its deliveries."""
    return _bytes(_halves()[1].written(task))


def decode_task(born_with: bytes, grown_since: bytes) -> Task:
    """The task of two records. Raises Unreadable."""
    return _read(lambda: Task(**_halves()[0].parts(_document(born_with)), **_halves()[1].parts(_document(grown_since))))


def apply_updates(before: Task, grown_since: bytes) -> Task:
    """A task as another record tells what became of it; what it was born with is shared. Raises Unreadable."""
    bare = {"facts": (), "published": 0, "deliveries": ()}
    return _read(lambda: replace(before, **{**bare, **_halves()[1].parts(_document(grown_since))}))


def encode_value(part: object) -> bytes:
    """A dataclass of the core: a clock, limits, an entry of the ledger, a scenario, a fault. TypeError for others."""
    return _bytes(_record(type(part)).written(part))


def decode_value(kind: type[Value], data: bytes) -> Value:
    """The value that `value` wrote. Raises Unreadable."""
    found: Value = _read(lambda: _record(kind).value(_document(data)))
    return found


def encode_event(document: Mapping[str, Any]) -> bytes:
    """An event, or any other document of plain values; tuples and bytes come back as such."""
    return _bytes(free(document))


def decode_event(data: bytes) -> dict[str, Any]:
    """The document that `event` wrote. Raises Unreadable."""
    return _read(lambda: dict(freed(_document(data))))


_RECORDS: Final[dict[type, DataclassCodec]] = {}
_HALVES: Final[list[DataclassCodec]] = []


def _record(kind: type) -> DataclassCodec:
    if kind not in _RECORDS:
        _RECORDS[kind] = record_of(kind)
    return _RECORDS[kind]


def _halves() -> list[DataclassCodec]:
    """What a task is born with, and what it grows."""
    if not _HALVES:
        every = frozenset(each.name for each in fields(Task))
        _HALVES.extend((record_of(Task, every - GROWN), record_of(Task, GROWN)))
    return _HALVES


def _bytes(document: object) -> bytes:
    return _ENCODER.encode(document).encode("utf-8", "surrogatepass")


def _document(data: bytes) -> dict[str, Any]:
    document: Any = json.loads(data.decode("utf-8", "surrogatepass"))
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return document


def _read(read: Callable[[], Value]) -> Value:
    try:
        return read()
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise CorruptRecord(f"{type(error).__name__}: {error}") from error
