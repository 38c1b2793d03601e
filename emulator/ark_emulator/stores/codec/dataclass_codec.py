"""Converts the core's frozen dataclasses to JSON documents and back, by their type hints.

A field with its default value is left out, and an unknown field is ignored, so that versions with more and with fewer
fields can read each other's records. Stored names are those of `stored_format`; in a union of several
dataclasses, each value carries the tag of its class.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from operator import attrgetter
from sys import intern
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from ark_emulator.stores.codec.stored_format import stored, stored_name

Turn = Callable[[Any], Any]
CLASS: Final = "is"
"""The key of the tag of a class. No field can have this name, because it is a keyword of Python."""
ODD: Final = ""
"""The only key of an object that represents a type without a JSON form: its value is a type name and the parts."""
SHARED: Final = frozenset(
    {"dialect", "key", "model", "named", "origin", "family", "lane", "tier", "rule", "ratio", "resolution", "container"}
)
"""Fields with few distinct strings: equal strings are kept in memory once."""
_PLAIN: Final[frozenset[type]] = frozenset({str, int, float, bool, NoneType})
_REQUIRED: Final = object()


@dataclass(frozen=True, slots=True)
class TypeCodec:
    """The conversion of one type to a document and back; None where the value is used unchanged."""

    write: Turn | None = None
    read: Turn | None = None


class DataclassCodec:
    """The conversion of a dataclass, or of some of its fields.

    `writes` has the stored name, getter, default and conversion of each field. `reads` has the attribute and the
    conversion, by stored name.
    """

    def __init__(
        self,
        kind: type,
        writes: Sequence[tuple[str, Turn, object, Turn | None]],
        reads: Mapping[str, tuple[str, Turn | None]],
    ) -> None:
        self.kind = kind
        self.writes = tuple(writes)
        self.reads = dict(reads)
        self._empty: list[Any] = []

    def written(self, value: Any) -> dict[str, Any]:
        """Return the document of a value."""
        document = {}
        for name, get, default, write in self.writes:
            part = get(value)
            if part is default or (part == default and type(part) is type(default)):
                continue
            document[name] = part if write is None else write(part)
        return document

    def parts(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes in a document."""
        reads = self.reads
        found = {}
        for name, part in document.items():
            if name in reads:
                attribute, read = reads[name]
                found[attribute] = part if read is None else read(part)
        return found

    def value(self, document: dict[str, Any]) -> Any:
        """Return the value of a document. All values without set fields are the same object."""
        if document:
            return self.kind(**self.parts(document))
        if not self._empty:
            self._empty.append(self.kind())
        return self._empty[0]


_NUMBERS: Final = (int, float)


@cache
def _checked(hint: Any) -> Turn | None:
    """Return a function that checks the type of a plain value; None for a type that is not plain.

    Integers and floats are interchangeable, as in the core.
    """
    known: set[type] = set()
    for member in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
        if get_origin(member) is Literal:
            known.update(type(word) for word in get_args(member))
        elif member in _PLAIN:
            known.update(_NUMBERS if member in _NUMBERS else (member,))
        else:
            return None

    def check(found: Any) -> Any:
        if type(found) not in known:
            raise ValueError(f"{str(found)[:40]!r} is no {getattr(hint, '__name__', hint)}")
        return found

    return check


def record_of(kind: type, names: frozenset[str] | None = None) -> DataclassCodec:
    """Return the codec of a dataclass, or of its fields with those names. TypeError for an unsupported type."""
    hints, writes, reads = get_type_hints(kind), [], {}
    for each in fields(kind):
        if names is None or each.name in names:
            shape, name = shape_of(hints[each.name]), stored_name(kind, each.name)
            writes.append((name, attrgetter(each.name), _default(each), shape.write))
            read = shape.read or _checked(hints[each.name])
            reads[name] = (each.name, _shared if each.name in SHARED and shape == TypeCodec() else read)
    return DataclassCodec(kind, writes, reads)


def _shared(found: Any) -> Any:
    if found is not None and type(found) is not str:
        raise ValueError(f"{str(found)[:40]!r} is no text")
    return intern(found) if found is not None else None


def _default(each: Any) -> object:
    if each.default is not MISSING:
        return each.default
    return _REQUIRED if each.default_factory is MISSING else each.default_factory()


@cache
def shape_of(hint: Any) -> TypeCodec:
    """Return the conversion of a type. TypeError for an unsupported one."""
    if hint in _PLAIN or get_origin(hint) is Literal:
        return TypeCodec()
    if hint is object or hint is Any:
        return TypeCodec(free, freed)
    if hint is Decimal:
        return TypeCodec(str, Decimal)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return TypeCodec(None, {str(member): member for member in hint}.__getitem__)
    if isinstance(hint, type) and is_dataclass(hint):
        record = record_of(hint)
        return TypeCodec(record.written, record.value)
    return _union(get_args(hint)) if get_origin(hint) in (Union, UnionType) else _collection(hint)


def _collection(hint: Any) -> TypeCodec:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is frozenset:
        inner = shape_of(parts[0])
        return TypeCodec(
            lambda found: sorted(_each(inner.write, found)), lambda found: frozenset(_each(inner.read, found))
        )
    if origin is tuple and parts[1:] == (...,):
        inner = shape_of(parts[0])
        return TypeCodec(lambda found: _each(inner.write, found), lambda found: tuple(_each(inner.read, found)))
    if origin is tuple:
        shapes = [shape_of(part) for part in parts]
        writes, reads = [shape.write for shape in shapes], [shape.read for shape in shapes]
        return TypeCodec(lambda found: _zipped(writes, found), lambda found: tuple(_zipped(reads, found)))
    if origin is Mapping and parts[0] is str:
        if parts[1] is object:
            return TypeCodec(free, freed)
        write, read = shape_of(parts[1]).write, shape_of(parts[1]).read
        return TypeCodec(lambda found: _values(write, found), lambda found: _values(read, found))
    raise TypeError(f"{hint} cannot be stored")


def _each(turn: Turn | None, found: Any) -> list[Any]:
    return list(found) if turn is None else [turn(part) for part in found]


def _zipped(turns: list[Turn | None], found: Any) -> list[Any]:
    return [part if turn is None else turn(part) for turn, part in zip(turns, found, strict=True)]


def _values(turn: Turn | None, found: Mapping[str, Any]) -> dict[str, Any]:
    return dict(found) if turn is None else {name: turn(part) for name, part in found.items()}


def _union(members: tuple[Any, ...]) -> TypeCodec:
    """Return the conversion of a union. Its members differ in their JSON type, dataclasses in their tag."""
    classes: list[type] = [member for member in members if isinstance(member, type) and is_dataclass(member)]
    others = [member for member in members if member is not NoneType and not is_dataclass(member)]
    writes: dict[type, Turn] = {}
    reads: dict[type, Turn] = {}
    for member in others:
        shape = shape_of(member)
        found, read_from = get_origin(member) or member, _json_type(member)
        if read_from in reads or (read_from is dict and classes):
            raise TypeError(f"nothing tells the members of {members} apart")
        if shape.write is not None:
            writes[found] = shape.write
        if shape.read is not None:
            reads[read_from] = shape.read
    if classes:
        writes |= {each: _tagged(each) if len(classes) > 1 else _turn(shape_of(each).write) for each in classes}
        reads[dict] = _by_tag(classes) if len(classes) > 1 else _turn(shape_of(classes[0]).read)
    return TypeCodec(_dispatched(writes), _dispatched(reads))


def _json_type(member: Any) -> type:
    """Return the Python type of the JSON form of a member."""
    origin = get_origin(member) or member
    if origin is Literal:
        return type(get_args(member)[0])
    if origin in (tuple, frozenset):
        return list
    if origin is Mapping:
        return dict
    known: type = str if issubclass(origin, (str, Decimal)) else origin
    return known


def _dispatched(turns: dict[type, Turn]) -> Turn | None:
    if not turns:
        return None

    def turned(value: Any) -> Any:
        turn = turns.get(type(value))
        return value if turn is None else turn(value)

    return turned


def _tagged(kind: type) -> Turn:
    write, tag = _turn(shape_of(kind).write), stored(kind).tag
    return lambda value: {CLASS: tag, **write(value)}


def _by_tag(classes: list[Any]) -> Turn:
    reads = {stored(each).tag: _turn(shape_of(each).read) for each in classes}

    def read(document: dict[str, Any]) -> Any:
        parts = dict(document)
        return reads[parts.pop(CLASS)](parts)

    return read


def _turn(turn: Turn | None) -> Turn:
    assert turn is not None
    return turn


def free(value: Any) -> Any:
    """Convert a value of any shape to a document. Tuples, bytes and unusual keys are wrapped in an object.

    TypeError for a type that cannot be stored.
    """
    write = _FREE.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, StrEnum):
        return str(value)
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def _free_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    if ODD not in value and all(type(name) is str for name in value):
        return {name: free(part) for name, part in value.items()}
    return {ODD: ["dict", [[free(name), free(part)] for name, part in value.items()]]}


_FREE: Final[Mapping[type, Turn]] = MappingProxyType(
    {
        **dict.fromkeys(_PLAIN, lambda value: value),
        dict: _free_mapping,
        MappingProxyType: _free_mapping,
        list: lambda value: [free(part) for part in value],
        tuple: lambda value: {ODD: ["tuple", [free(part) for part in value]]},
        bytes: lambda value: {ODD: ["bytes", value.decode("latin-1")]},
    }
)


def freed(document: Any) -> Any:
    """Convert such a document back. ValueError for an unknown type name."""
    if type(document) is list:
        return [freed(part) for part in document]
    if type(document) is not dict:
        return document
    if ODD not in document:
        return {name: freed(part) for name, part in document.items()}
    kind, parts = document[ODD]
    match kind:
        case "tuple":
            return tuple(freed(part) for part in parts)
        case "bytes":
            return parts.encode("latin-1")
        case "dict":
            return {freed(name): freed(part) for name, part in parts}
    raise ValueError(f"a value of an unknown kind: {kind}")
