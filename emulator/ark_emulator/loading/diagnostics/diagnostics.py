"""What is wrong with a scenario file, and where: stable codes, places in the text, and suggestions."""

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
"""What complaints call a fault that was added by itself. Nobody wrote the text that its places are of."""
MOST: Final = 100
"""How many mistakes of one text are told. Whoever mends these sees the others then."""
LONGEST_LINE: Final = 400
"""Characters of a source line that are shown whole. Of a longer one, those around the place are."""
_AROUND: Final = 100
_LONGEST_TOLD: Final = 1000
_REPEATED: Final = 10 * MOST
"""How often anything may be found, the same mistake at the same place once more too: aliases repeat it."""
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
    """Where something stands: line and column from 1, in characters, and how many characters it takes there."""

    line: int
    column: int
    width: int = 1


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong. `text` is the source line at the place, `hint` says what to do about it.

    Of a long line `text` is a part; the place's column is that in the whole line, in the text it is `shift` less.
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
    """A scenario is refused. `complaints` holds all that is wrong with all of its files, sorted by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.complaints: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__("\n".join(map(str, self.complaints)))


class TooManyDiagnostics(Exception):
    """More is wrong with a text than is told; what has been found is kept, looking further is of no use."""


class Diagnostics:
    """Gathers what is wrong with one text. `places` and `keys` say where values and keys of the document stand.

    To complain raises TooMany when MOST mistakes have been found and this is another.

    `empty` are the paths of keys without a value that lie within a rule, from there, by the path of the rule.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines: Sequence[str] = text.splitlines()
        self.places: dict[Path, SourceLocation] = {}
        self.keys: dict[Path, SourceLocation] = {}
        self.empty: defaultdict[Path, set[Path]] = defaultdict(set)
        self.found: list[Diagnostic] = []
        self._told: dict[Diagnostic, Diagnostic] = {}
        self._more = False

    def at(self, place: SourceLocation, code: str, message: str, hint: str = "") -> None:
        """Complain about a place in the text."""
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        text, shift = _window(line, place.column - 1)
        complaint = Diagnostic(code, _short(message), self.file, place, text, _short(hint), shift)
        if (complaint not in self._told and len(self._told) == MOST) or len(self.found) == _REPEATED:
            self._more = True
            raise TooManyDiagnostics
        self.found.append(self._told.setdefault(complaint, complaint))

    def about(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """Complain about the value at a path, or about the nearest value around it that stands in the text."""
        self.at(self._nearest(path), code, message, hint)

    def about_key(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """Complain about the key at the end of a path."""
        self.at(self.keys.get(path) or self._nearest(path), code, message, hint)

    def missing(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """Complain about something that the value at a path lacks: the place is the key that it stands under."""
        self.at(self.keys.get(path) or self._nearest(path), code, message, hint)

    def sorted(self) -> list[Diagnostic]:
        """All complaints in the order of their places, each place and message once; at the end, that there are more."""
        found = sorted(self._told, key=lambda complaint: (complaint.place, complaint.code))
        if self._more:
            message = f"too many mistakes: {len(found)} are told, there may be more"
            found.append(replace(found[-1], code="SC006", message=message, hint="mend these first"))
        return found

    def _nearest(self, path: Path) -> SourceLocation:
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, SourceLocation(1, 1))


def _window(line: str, start: int) -> tuple[str, int]:
    """The part of a long line around a character, dots for what is left out, and by how much columns are less in it."""
    if len(line) <= LONGEST_LINE:
        return line, 0
    first = max(0, min(start, len(line)) - _AROUND)
    last = first + LONGEST_LINE - 2
    before = "…" if first else ""
    return f"{before}{line[first:last]}{'…' if last < len(line) else ''}", first - len(before)


def _short(told: str) -> str:
    return told if len(told) <= _LONGEST_TOLD else f"{told[:_LONGEST_TOLD]}…"


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A suggestion for a misspelt word, empty when nothing is close."""
    if len(word) > 3 * max(map(len, known), default=0):
        return ""
    lower = {name.lower(): name for name in known}
    close = closest(word.lower(), lower)
    return "" if close is None else f"did you mean '{lower[close]}'?"


def listed(words: Iterable[object]) -> str:
    """Words as a list to read: `a, b or c`."""
    texts = [str(word) for word in words]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
