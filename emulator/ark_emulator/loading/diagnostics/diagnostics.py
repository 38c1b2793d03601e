"""Diagnostics of scenario files: stable codes, positions in the text, and suggestions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from ark_emulator.core.printable import on_one_line
from ark_emulator.core.suggestion import closest

Path: TypeAlias = tuple[str | int, ...]
"""A place in a document: keys of mappings and indices of lists, from the top."""

FAULT: Final = "<fault>"
"""The file name in diagnostics of a fault that was added alone. Its text is generated, so positions are not shown."""
MOST: Final = 100
"""How many problems of one text are reported; the others are reported once these are fixed."""
LONGEST_LINE: Final = 400
"""The most characters of a source line that are shown in full. Of a longer one, those around the place are shown."""
_AROUND: Final = 100
_LONGEST_MESSAGE: Final = 1000
_REPEATED: Final = 10 * MOST
"""How often anything may be found, counting the same problem at the same place again, because aliases repeat it."""
CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SC001": "the text is not YAML",
        "SC002": "a tab where only spaces are allowed",
        "SC003": "a duplicate key in a mapping",
        "SC004": "a YAML tag",
        "SC005": "an alias that is undefined, refers to itself, or expands too deep or too far",
        "SC006": "too large, or nested too deep",
        "SC007": "not exactly one document that is a mapping",
        "SC008": "a key that is not a plain text",
        "SC101": "an unknown key",
        "SC102": "a missing key",
        "SC103": "not one of the accepted words",
        "SC104": "a value of the wrong type",
        "SC105": "a number out of range",
        "SC106": "a duration, share, rate or name that cannot be parsed",
        "SC107": "a pattern that is invalid, or may take very long to match",
        "SC201": "no effect, or more than one",
        "SC202": "an effect that this kind of request does not support",
        "SC203": "a key that belongs to another effect",
        "SC204": "an unknown error code",
        "SC205": "an error code that cannot occur there",
        "SC206": "a file that does not exist",
        "SC301": "a step that cannot follow the previous one",
        "SC302": "a plan that does not end",
        "SC303": "a step that is never reached",
        "SC401": "a rule that can never apply: earlier rules match everything",
        "SC402": "a rule that can never apply: its conditions contradict each other",
        "SC403": "two rules with the same name",
    }
)
"""Every code and its meaning, which never changes."""


@dataclass(frozen=True, slots=True, order=True)
class SourceLocation:
    """A position: line and column from 1, in characters, and its width in characters."""

    line: int
    column: int
    width: int = 1


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem. `text` is the source line at the place, `hint` how to fix it.

    Of a long line `text` is a part; the place's column is that in the whole line, in `text` it is `shift` less.
    """

    code: str
    message: str
    file: str
    place: SourceLocation
    text: str = ""
    hint: str = ""
    shift: int = 0

    def __str__(self) -> str:
        end = f"; {self.hint}" if self.hint else ""
        where = "" if self.file == FAULT else f"{self.file}:{self.place.line}:{self.place.column}: "
        return on_one_line(f"{where}{self.code} {self.message}{end}")


class ScenarioError(ValueError):
    """A scenario is invalid. `complaints` holds all problems of all of its files, sorted by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.complaints: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__("\n".join(map(str, self.complaints)))


class TooManyDiagnostics(Exception):
    """Raised when a text has more problems than are reported; those found so far are kept."""


class Diagnostics:
    """Collects the problems of one text. `places` and `keys` map paths of the document to positions of values and keys.

    Reporting a problem raises TooManyDiagnostics when MOST problems have been found and this is another.

    `empty` are the paths of keys without a value that lie within a rule, from there, by the path of the rule.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines: Sequence[str] = text.splitlines()
        self.places: dict[Path, SourceLocation] = {}
        self.keys: dict[Path, SourceLocation] = {}
        self.empty: defaultdict[Path, set[Path]] = defaultdict(set)
        self.found: list[Diagnostic] = []
        self._reported: dict[Diagnostic, Diagnostic] = {}
        self._more = False

    def at(self, place: SourceLocation, code: str, message: str, hint: str = "") -> None:
        """Report a problem at a position in the text."""
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        text, shift = _window(line, place.column - 1)
        complaint = Diagnostic(code, _short(message), self.file, place, text, _short(hint), shift)
        if (complaint not in self._reported and len(self._reported) == MOST) or len(self.found) == _REPEATED:
            self._more = True
            raise TooManyDiagnostics
        self.found.append(self._reported.setdefault(complaint, complaint))

    def about(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """Report a problem of the value at a path, or of the nearest value around it that has a position."""
        self.at(self._nearest(path), code, message, hint)

    def about_key(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """Report a problem of the key at the end of a path."""
        self.at(self.keys.get(path) or self._nearest(path), code, message, hint)

    def missing(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """Report something that the value at a path lacks, at the position of its key."""
        self.at(self.keys.get(path) or self._nearest(path), code, message, hint)

    def sorted(self) -> list[Diagnostic]:
        """Return all diagnostics in the order of their places, each place and message once; a last one if there are
        more.
        """
        found = sorted(self._reported, key=lambda complaint: (complaint.place, complaint.code))
        if self._more:
            message = f"too many errors: the first {len(found)} are shown"
            found.append(replace(found[-1], code="SC006", message=message, hint="fix these first"))
        return found

    def _nearest(self, path: Path) -> SourceLocation:
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, SourceLocation(1, 1))


def _window(line: str, start: int) -> tuple[str, int]:
    """Return the part of a long line around a character, with dots for omissions, and how much less columns are in
    it.
    """
    if len(line) <= LONGEST_LINE:
        return line, 0
    first = max(0, min(start, len(line)) - _AROUND)
    last = first + LONGEST_LINE - 2
    before = "…" if first else ""
    return f"{before}{line[first:last]}{'…' if last < len(line) else ''}", first - len(before)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return a suggestion for a misspelt word, ignoring case; empty when no known word is similar."""
    if len(word) > 3 * max(map(len, known), default=0):
        return ""
    lower = {name.lower(): name for name in known}
    close = closest(word.lower(), lower)
    return "" if close is None else f"did you mean '{lower[close]}'?"


def listed(words: Iterable[object]) -> str:
    """Return words as a list to read: `a, b or c`."""
    texts = [str(word) for word in words]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
