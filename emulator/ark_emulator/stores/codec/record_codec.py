"""Encodes tasks and other values of a world as bytes, and decodes them. A decoded value equals the encoded one.

The bytes are JSON. Lone surrogates, infinities and numbers of any length survive. A task has two records: one is
written when it is created, the other after each change. Mappings are decoded as dictionaries.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Final, TypeVar

from ark_emulator.core.task.values import Task
from ark_emulator.stores.codec.dataclass_codec import DataclassCodec, free, freed, record_of

CHANGING: Final = frozenset({"facts", "published", "deliveries"})
"""The fields of a task that change."""
Value = TypeVar("Value")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


class CorruptRecord(ValueError):
    """The bytes are not a record of the expected type."""


def encode_created(task: Task) -> bytes:
    """Encode the fields of a task that never change: all except facts, published events and deliveries."""
    return _bytes(_halves()[0].written(task))


def encode_updates(task: Task) -> bytes:
    """Encode the fields of a task that change: facts, the number of published events, and deliveries."""
    return _bytes(_halves()[1].written(task))


def decode_task(created: bytes, updates: bytes) -> Task:
    """Decode a task from its two records. Raises CorruptRecord."""
    return _read(lambda: Task(**_halves()[0].parts(_document(created)), **_halves()[1].parts(_document(updates))))


def apply_updates(before: Task, updates: bytes) -> Task:
    """Return a task with the changing fields of another record; the other fields are shared. Raises CorruptRecord."""
    bare = {"facts": (), "published": 0, "deliveries": ()}
    return _read(lambda: replace(before, **{**bare, **_halves()[1].parts(_document(updates))}))


def encode_value(part: object) -> bytes:
    """Encode a dataclass of the core: a clock, limits, a ledger entry, a scenario, a fault. TypeError for others."""
    return _bytes(_record(type(part)).written(part))


def decode_value(kind: type[Value], data: bytes) -> Value:
    """Decode the result of `encode_value`. Raises CorruptRecord."""
    found: Value = _read(lambda: _record(kind).value(_document(data)))
    return found


def encode_event(document: Mapping[str, Any]) -> bytes:
    """Encode an event, or another document of plain values. Tuples and bytes are decoded as such."""
    return _bytes(free(document))


def decode_event(data: bytes) -> dict[str, Any]:
    """Decode the result of `encode_event`. Raises CorruptRecord."""
    return _read(lambda: dict(freed(_document(data))))


_RECORDS: Final[dict[type, DataclassCodec]] = {}
_HALVES: Final[list[DataclassCodec]] = []


def _record(kind: type) -> DataclassCodec:
    if kind not in _RECORDS:
        _RECORDS[kind] = record_of(kind)
    return _RECORDS[kind]


def _halves() -> list[DataclassCodec]:
    """Return the codecs for the fields of a task that never change, and for those that change."""
    if not _HALVES:
        every = frozenset(each.name for each in fields(Task))
        _HALVES.extend((record_of(Task, every - CHANGING), record_of(Task, CHANGING)))
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
