"""Read YAML as scenario files use it: the core schema of YAML 1.2, with the place of every key and value.

PyYAML splits the text into events; they are interpreted here, because PyYAML itself follows YAML 1.1, where `16:9` is a
number, `on` and `off` are booleans and `012` is octal. Rejected are duplicate keys, tags, tabs at the start of a line,
keys that are not plain texts, aliases that lead too deep and documents that are too large.

Nodes are built here and not by `yaml.compose`, even with an empty table of resolvers, for these reasons:

- Its nodes share the target of an alias and lose the position of the alias. Diagnostics about aliases need it,
and their depth has to be counted.
- It rejects an anchor that is defined twice, which YAML 1.2 allows. It accepts an alias as a key and drops the tag `!`.
- Composing in C recurses without a bound: 100,000 brackets crash the process. A pass over the events has to come first,
so each text is parsed twice.

For the 80 built-in scenarios on Python 3.11 this reader takes 6.4 ms, `yaml.compose` after such a pass 8.1 ms, and
composing with ruamel.yaml 63 ms. A subclass of PyYAML's `Composer` would only reuse how it composes sequences.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeAlias

import yaml

from ark_emulator.loading.diagnostics.diagnostics import Diagnostics, Path, SourceLocation, TooManyDiagnostics
from ark_emulator.loading.file_reader import LARGEST as LARGEST

DEEPEST: Final = 20
"""How deep collections may be nested."""
MOST_NODES: Final = 50_000
"""How many values a scenario may have once its aliases are resolved."""
DEEPEST_ALIAS: Final = 2
"""How deep aliases may lead to other aliases."""
_LONGEST_REPARSED: Final = 20_000
"""The longest text that is parsed again by the slow parser, which gives a better reason why it is not YAML."""

_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,30}")
_OTHER_BASE: Final = re.compile(r"0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,3})?")
_SPECIAL: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_TAB: Final = re.compile(r"^ *\t[ \t]*\S", re.MULTILINE)


class _Stop(Exception):
    """The rest of the text cannot be read; the reason has been reported."""


@dataclass(slots=True)
class _Scalar:
    place: SourceLocation
    value: Any


@dataclass(slots=True)
class _Sequence:
    place: SourceLocation
    items: "list[_Node]" = field(default_factory=list)


@dataclass(slots=True)
class _Mapping:
    place: SourceLocation
    items: "list[tuple[str, SourceLocation, _Node]]" = field(default_factory=list)


@dataclass(slots=True)
class _Alias:
    place: SourceLocation
    target: "_Node"


_Node: TypeAlias = _Scalar | _Sequence | _Mapping | _Alias


def read(text: str, complaints: Diagnostics) -> Any:
    """Return the document in the text; None when it cannot be read. Places and problems are added to `complaints`."""
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        complaints.at(SourceLocation(1, 1), "SC006", f"the text is longer than {LARGEST} characters")
        return None
    try:
        _check_tabs(text, complaints)
        if complaints.found:
            return None
        node = _Composer(text, complaints).document()
        return _Expansion(complaints).value(node, (), 0, 0)
    except (_Stop, TooManyDiagnostics):
        return None


def _check_tabs(text: str, complaints: Diagnostics) -> None:
    line, counted = 1, 0
    for found in _TAB.finditer(text):
        line += text.count("\n", counted, found.start())
        counted = found.start()
        column = found.group().index("\t") + 1
        complaints.at(SourceLocation(line, column), "SC002", "the line is indented with a tab", "indent with spaces")


def resolved(text: str) -> Any:
    """Return the value of a plain scalar in the core schema of YAML 1.2: null, a boolean, a number, or the text
    itself.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) or _SPECIAL.fullmatch(text):
        return float(re.sub(r"\.(?=[a-zA-Z])", "", text))
    return text


class _Composer:
    """Builds nodes from events."""

    def __init__(self, text: str, complaints: Diagnostics) -> None:
        self._complaints = complaints
        self._anchors: dict[str, _Node | None] = {}
        self._events = iter(_events(text, complaints))

    def document(self) -> _Node:
        """Return the one document of the text."""
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            self._stop(event, "SC007", "the text is empty")
        node = self._node(next(self._events), 0)
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._stop(event, "SC007", "a second document begins here", "put each scenario in its own file")
        return node

    def _node(self, event: Any, depth: int) -> _Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if depth > DEEPEST:
            self._stop(event, "SC006", f"nested deeper than {DEEPEST} levels")
        if event.tag is not None:
            self._complaints.at(
                _place(event), "SC004", f"the tag {event.tag} is not supported", "write the value without it"
            )
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        node = self._content(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _content(self, event: Any, depth: int) -> _Node:
        if isinstance(event, yaml.ScalarEvent):
            return _Scalar(_place(event), _paired(event.value) if event.style else resolved(event.value))
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(inner, depth + 1))
            return _Sequence(_extent(event, inner), items)
        return self._mapping(event, depth)

    def _mapping(self, event: Any, depth: int) -> _Mapping:
        items: list[tuple[str, SourceLocation, _Node]] = []
        first: dict[str, SourceLocation] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            place = _place(key)
            if not isinstance(key, yaml.ScalarEvent):
                self._stop(key, "SC008", "a key must be a plain text")
            value = self._node(next(self._events), depth + 1)
            if key.tag is not None:
                self._complaints.at(place, "SC004", f"the tag {key.tag} is not supported", "write the key without it")
            if key.value in first:
                earlier = first[key.value]
                self._complaints.at(
                    place, "SC003", f"duplicate key '{key.value}'", f"the first is on line {earlier.line}"
                )
            else:
                first[key.value] = place
                items.append((key.value, place, value))
        if event.flow_style or not items:
            return _Mapping(_extent(event, key), items)
        return _Mapping(items[0][1], items)

    def _alias(self, event: Any) -> _Alias:
        if event.anchor not in self._anchors:
            self._stop(event, "SC005", f"the anchor &{event.anchor} is not defined before this")
        target = self._anchors[event.anchor]
        if target is None:
            self._stop(event, "SC005", f"*{event.anchor} refers to a value that contains it")
        return _Alias(_place(event), target)

    def _stop(self, event: Any, code: str, message: str, hint: str = "") -> NoReturn:
        self._complaints.at(_place(event), code, message, hint)
        raise _Stop


class _Expansion:
    """Turns nodes into plain data, resolves aliases, and records the position of everything."""

    def __init__(self, complaints: Diagnostics) -> None:
        self._complaints = complaints
        self._count = 0

    def value(self, node: _Node, path: Path, depth: int, aliases: int) -> Any:
        """Return the data of a node at a path. `depth` and `aliases` are its depth in collections and in aliases."""
        self._count += 1
        if isinstance(node, _Alias):
            if aliases >= DEEPEST_ALIAS:
                message = f"aliases lead to aliases more than {DEEPEST_ALIAS} deep"
                self._complaints.at(node.place, "SC005", message, "write the value out")
                raise _Stop
            return self.value(node.target, path, depth, aliases + 1)
        if self._count > MOST_NODES or depth > DEEPEST:
            code = "SC005" if aliases else "SC006"
            message = f"the document has more than {MOST_NODES} values, or is deeper than {DEEPEST} levels"
            self._complaints.at(node.place, code, f"with its aliases {message}" if aliases else message)
            raise _Stop
        self._complaints.places[path] = node.place
        match node:
            case _Scalar(_, value):
                return value
            case _Sequence(_, items):
                return [self.value(item, (*path, place), depth + 1, aliases) for place, item in enumerate(items)]
            case _Mapping(_, pairs):
                data = {}
                for key, place, item in pairs:
                    self._complaints.keys[(*path, key)] = place
                    data[key] = self.value(item, (*path, key), depth + 1, aliases)
                return data


def _events(text: str, complaints: Diagnostics) -> Iterator[Any]:
    """Return the events of the text. libyaml is fast; the parser in Python reports errors more precisely.

    They end at a collection that is nested too deep, whatever comes after it.
    """
    try:
        try:
            return iter(_shallow(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        except (yaml.YAMLError, ValueError):
            yaml.reader.Reader(text)
            if len(text) > _LONGEST_REPARSED:
                raise
        return iter(_shallow(text, yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark
        if error.context_mark is not None and mark.index >= len(text.rstrip()):
            mark = error.context_mark
        place = SourceLocation(mark.line + 1, mark.column + 1)
        if complaints.lines and place.line > len(complaints.lines):
            place = SourceLocation(len(complaints.lines), len(complaints.lines[-1]) + 1)
        complaints.at(place, "SC001", f"this is not YAML: {_problem(error)}")
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = SourceLocation(before.count("\n") + 1, len(before) - before.rfind("\n"))
        complaints.at(place, "SC001", f"this is not YAML: the character {error.character:#x} is not allowed")
    except (ValueError, OverflowError):
        complaints.at(SourceLocation(1, 1), "SC001", "this is not YAML: an escape is not a valid character")
    raise _Stop


def _shallow(text: str, loader: Any) -> list[Any]:
    """Return the events up to the first collection that is nested too deep, or all of them. Parses no further."""
    events: list[Any] = []
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        events.append(event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST + 1:
            break
    return events


def _problem(error: Any) -> str:
    """Return the parser's message: what it found, and what it was doing, which may have begun far above."""
    return ", ".join(filter(None, (error.problem, error.context)))


def _paired(text: str) -> str:
    """Return the text with its surrogates joined: JSON writes a character beyond the first plane as two escapes."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _place(event: Any) -> SourceLocation:
    return _extent(event, event)


def _extent(first: Any, last: Any) -> SourceLocation:
    """Return the location from the start of one event to the end of another, as far as they are on one line."""
    start, end = first.start_mark, last.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return SourceLocation(start.line + 1, start.column + 1, max(1, width))
