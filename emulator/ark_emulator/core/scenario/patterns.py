"""Patterns of a scenario: globs, and regular expressions with bounded run time.

A glob matches a whole text: `*` stands for any characters, `?` for one. Matching one takes linear time. A regular
expression is enclosed in slashes and matches anywhere; `/.../i` ignores case. Python's engine backtracks, so an
expression is rejected when it could need too many steps in the worst case; `regex_cost` counts them.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from ark_emulator.core.scenario.regex_cost import MOST_STEPS, SEEN, PatternError, needle_of_regex, steps_of_regex

SEEN_WITH_GAPS: Final = 10_000
"""A glob with `?` matches no longer text, because it is read character by character."""
LONGEST_GLOB: Final = 4_096
"""The most characters of a glob with `?`."""
LONGEST: Final = 500
"""The most characters of a regular expression."""

Predicate: TypeAlias = Callable[[str], bool]


def is_regex(text: str) -> bool:
    """Return True when the text is written as a regular expression."""
    return text.startswith("/")


def literal(text: str) -> str | None:
    """Return the only text that a glob matches; None for a pattern that can match several."""
    return None if is_regex(text) or "*" in text or "?" in text else text


@lru_cache(maxsize=1_024)
def glob_of(text: str) -> Predicate:
    """Return a function that matches a text with the glob; a slash at its beginning has no special meaning.

    It is case-sensitive, and an empty glob matches the empty text.
    """
    return _glob(text)


@lru_cache(maxsize=4_096)
def steps_of(text: str) -> int:
    """Return the steps that the pattern may need for one text: those of a regular expression, none for a glob."""
    return _checked(text)[1] if is_regex(text) else 0


@dataclass(frozen=True, slots=True)
class Work:
    """The work that patterns need: the number of globs, and the steps of the regular expressions."""

    globs: int
    regex_steps: int

    @classmethod
    def of(cls, patterns: Iterable[str]) -> "Work":
        """Return the work of some patterns."""
        found = list(patterns)
        return cls(sum(not is_regex(text) for text in found), sum(map(steps_of, found)))

    @property
    def any(self) -> bool:
        """True when there is a pattern at all."""
        return self.globs > 0 or self.regex_steps > 0

    def steps(self, length: int) -> int:
        """Return the steps that the patterns need at most for a text of that length."""
        return self.regex_steps + self.globs * length


@lru_cache(maxsize=4_096)
def predicate_of(text: str, ignore_case: bool = False) -> Predicate:
    """Return a function that matches a text with the pattern. Raises PatternError.

    With `ignore_case`, a glob must be given texts in lower case only.
    """
    if not text:
        raise PatternError("a pattern needs at least one character")
    if not is_regex(text):
        if "?" in text and len(text) > LONGEST_GLOB:
            raise PatternError(f"a pattern with ? has at most {LONGEST_GLOB} characters")
        return _glob(text.lower() if ignore_case else text)
    search = _regex(text).search
    return lambda value: search(value[:SEEN]) is not None


def needle_of(text: str) -> str:
    """Return the longest text, in lower case, that every lower-cased match contains when case is ignored.

    It is empty when nothing is certain. It serves to rule out many patterns quickly.
    """
    if not is_regex(text):
        return max(text.lower().replace("?", "*").split("*"), key=len)
    return needle_of_regex(_regex(text)).lower()


def _regex(text: str) -> re.Pattern[str]:
    return _checked(text)[0]


def _checked(text: str) -> tuple[re.Pattern[str], int]:
    """Return the regular expression and the steps that it may need. Raises PatternError when they are too many."""
    body, slash, flags = text[1:].rpartition("/")
    if not slash or flags not in ("", "i"):
        raise PatternError("enclose a regular expression in slashes; only an i may follow")
    if not body:
        raise PatternError("the regular expression is empty")
    if len(body) > LONGEST:
        raise PatternError(f"the regular expression is longer than {LONGEST} characters")
    try:
        found = re.compile(body, re.IGNORECASE if flags else 0)
        steps = steps_of_regex(found)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(f"the regular expression is invalid: {error}") from None
    if steps > MOST_STEPS:
        raise PatternError(
            "the regular expression may take too long: use at most one * or +, and repeat no alternatives"
        )
    return found, steps


def _glob(text: str) -> Predicate:
    parts = text.split("*")
    if "?" in text:
        return _glob_with_gaps(text)
    if len(parts) == 1:
        return text.__eq__
    first, *middle, last = parts
    middle = [part for part in middle if part]
    if not first and not last and len(middle) <= 1:
        return _contains(middle[0]) if middle else lambda value: True
    return _glob_of(first, middle, last)


def _contains(needle: str) -> Predicate:
    return lambda value: needle in value


def _glob_of(first: str, middle: list[str], last: str) -> Predicate:
    shortest = len(first) + len(last)

    def fits(value: str) -> bool:
        if len(value) < shortest or not value.startswith(first) or not value.endswith(last):
            return False
        at, end = len(first), len(value) - len(last)
        for part in middle:
            at = value.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return fits


def _glob_with_gaps(text: str) -> Predicate:
    """Return a glob with `?` in it as an automaton whose states are the bits of one number.

    Bit `n` is set while the first `n` signs of the glob, stars not counted, match what was read. So every character is
    read once, however many signs there are.
    """
    fitting: dict[str, int] = {}
    gaps, stars, count = 0, 0, 0
    for sign in text:
        if sign == "*":
            stars |= 1 << count
            continue
        if sign == "?":
            gaps |= 1 << count
        else:
            fitting[sign] = fitting.get(sign, 0) | 1 << count
        count += 1

    def fits(value: str) -> bool:
        if len(value) > SEEN_WITH_GAPS:
            return False
        states = 1
        for character in value:
            states = (states & (fitting.get(character, 0) | gaps)) << 1 | states & stars
            if not states:
                return False
        return states >> count & 1 == 1

    return fits
