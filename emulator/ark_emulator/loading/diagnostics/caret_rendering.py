"""Render diagnostics: with source line and caret, one per line, as JSON, or as annotations of GitHub Actions."""

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ark_emulator.core.printable import on_one_line
from ark_emulator.loading.diagnostics.diagnostics import Diagnostic

_WIDE: Final = ("W", "F")
_INVISIBLE: Final = ("Mn", "Me", "Cf")


def full(complaints: Sequence[Diagnostic]) -> str:
    """Return each diagnostic with its source line, a caret under its place and its hint, and a count at the end."""
    return "\n".join([*map(_full, complaints), _summary(complaints)]) + "\n"


def concise(complaints: Sequence[Diagnostic]) -> str:
    """Return one line for each diagnostic."""
    return "".join(f"{complaint}\n" for complaint in complaints)


def as_json(complaints: Sequence[Diagnostic]) -> str:
    """Return a JSON array."""
    return json.dumps([to_object(complaint) for complaint in complaints], ensure_ascii=False, indent=2) + "\n"


def github(complaints: Sequence[Diagnostic]) -> str:
    """Return workflow commands that annotate the lines of a pull request."""
    return "".join(map(_github, complaints))


FORMATS: Final[Mapping[str, Callable[[Sequence[Diagnostic]], str]]] = {
    "full": full,
    "concise": concise,
    "json": as_json,
    "github": github,
}


def to_object(complaint: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as an object of JSON; lines and columns count from 1, `end_column` is the first one after
    it.
    """
    place = complaint.place
    return {
        "code": complaint.code,
        "message": complaint.message,
        "hint": complaint.hint,
        "file": complaint.file,
        "line": place.line,
        "column": place.column,
        "end_column": place.column + place.width,
        "text": complaint.text,
    }


def cells(text: str) -> int:
    """Return how many cells of a terminal the text takes: wide characters of East Asia take two, combining ones
    none.
    """
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.category(character) in _INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _full(complaint: Diagnostic) -> str:
    place = complaint.place
    text = complaint.text.replace("\t", " ")
    start = place.column - 1 - complaint.shift
    before, pointed = on_one_line(text[:start]), on_one_line(text[start : start + place.width])
    number = str(place.line)
    gutter = " " * len(number)
    lines = [
        f"error[{complaint.code}]: {on_one_line(complaint.message)}",
        on_one_line(f"{gutter}--> {complaint.file}:{place.line}:{place.column}"),
        f"{gutter} |",
        f"{number} | {on_one_line(text)}",
        f"{gutter} | {' ' * cells(before)}{'^' * max(1, cells(pointed))}",
    ]
    if complaint.hint:
        lines.append(f"{gutter} = help: {on_one_line(complaint.hint)}")
    return "\n".join(lines) + "\n"


def _summary(complaints: Sequence[Diagnostic]) -> str:
    files = len({complaint.file for complaint in complaints})
    return f"{_many(len(complaints), 'error')} in {_many(files, 'file')}" if complaints else "no errors"


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _github(complaint: Diagnostic) -> str:
    place = complaint.place
    properties = {
        "file": complaint.file,
        "line": place.line,
        "col": place.column,
        "endColumn": place.column + place.width,
        "title": complaint.code,
    }
    parameters = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = f"{complaint.message}\n{complaint.hint}" if complaint.hint else complaint.message
    return f"::error {parameters}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
