"""Patterns of a scenario: globs, and regular expressions that are sure to end soon.

A glob fits a whole text: `*` stands for any characters, `?` for one. Between slashes stands a regular expression that
fits anywhere; `/.../i` ignores case. Python's engine backtracks, so an expression is weighed before it is taken: the
steps it could need in the worst case are counted over its syntax tree, and it is refused when they are too many.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, Final, TypeAlias

SEEN: Final = 2_000
"""A regular expression sees so many characters of a text; a glob sees all of it."""
MOST_STEPS: Final = 100_000_000
"""The most steps an expression may need for that many characters: a fraction of a second."""
LONGEST: Final = 500
"""The most characters of a regular expression."""

Predicate: TypeAlias = Callable[[str], bool]
_Cost: TypeAlias = tuple[int, int]
_HEAVY: Final[_Cost] = (MOST_STEPS + 1, MOST_STEPS + 1)

_FORBIDDEN: Final = {
    _constants.GROUPREF: "refers back to a group",
    _constants.GROUPREF_EXISTS: "depends on whether a group matched",
    _constants.ASSERT: "looks ahead or behind",
    _constants.ASSERT_NOT: "looks ahead or behind",
}
_REPEATS: Final = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_STARTS: Final = (_constants.AT_BEGINNING, _constants.AT_BEGINNING_STRING)


class PatternError(ValueError):
    """A text is no pattern that we take; the message says why, without naming the text."""


def is_regex(text: str) -> bool:
    """True when the text is written as a regular expression."""
    return text.startswith("/")


def literal(text: str) -> str | None:
    """The one text that a glob fits, when it is but one; None for any other pattern."""
    return None if is_regex(text) or "*" in text or "?" in text else text


@lru_cache(maxsize=4_096)
def predicate_of(text: str, ignore_case: bool = False) -> Predicate:
    """Whether a text fits the pattern, as a function. Raises PatternError.

    With `ignore_case` a glob is to be asked about texts in lower case only.
    """
    if not text:
        raise PatternError("a pattern needs at least one character")
    if not is_regex(text):
        return _glob(text.lower() if ignore_case else text)
    search = _regex(text).search
    return lambda value: search(value[:SEEN]) is not None


def needle_of(text: str) -> str:
    """The longest piece, in lower case, that every lower-cased text has in it that the pattern fits ignoring case.

    Empty when nothing is sure. It is what makes ruling out many patterns quick.
    """
    if not is_regex(text):
        return max(text.lower().replace("?", "*").split("*"), key=len)
    if _regex(text).flags & re.IGNORECASE:
        return ""
    runs = [""]
    for kind, value in _parser.parse(text[1:].rpartition("/")[0]):
        if kind is _constants.LITERAL and value < 128:
            runs[-1] += chr(value)
        else:
            runs.append("")
    return max(runs, key=len).lower()


def _regex(text: str) -> re.Pattern[str]:
    body, slash, flags = text[1:].rpartition("/")
    if not slash or flags not in ("", "i"):
        raise PatternError("a regular expression stands between slashes, with nothing after them but an i")
    if not body:
        raise PatternError("the regular expression is empty")
    if len(body) > LONGEST:
        raise PatternError(f"the regular expression is longer than {LONGEST} characters")
    try:
        found = re.compile(body, re.IGNORECASE if flags else 0)
        parsed = _parser.parse(body, found.flags & ~re.UNICODE)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(f"the regular expression is wrong: {error}") from None
    starts = 1 if _is_anchored(parsed, found.flags) else SEEN
    if starts * _sequence(parsed)[1] > MOST_STEPS:
        raise PatternError(
            "the regular expression may take very long: repeat only what has one form, and use one * or + at most"
        )
    return found


def _is_anchored(parsed: Any, flags: int) -> bool:
    return len(parsed) > 0 and parsed[0][0] is _constants.AT and parsed[0][1] in _STARTS and not flags & re.MULTILINE


def _sequence(items: Iterable[tuple[Any, Any]]) -> _Cost:
    """In how many ways these items can match one after the other, and the steps to try them all."""
    ways, steps = 1, 0
    for item in items:
        more, cost = _item(*item)
        steps = min(steps + ways * cost, MOST_STEPS + 1)
        ways = min(ways * more, MOST_STEPS + 1)
    return ways, steps


def _item(kind: Any, value: Any) -> _Cost:
    if kind in _FORBIDDEN:
        raise PatternError(f"the regular expression {_FORBIDDEN[kind]}; only plain ones are taken")
    if kind in _REPEATS:
        least, most, body = value
        return _repeat(least, min(int(most), SEEN), _sequence(body))
    if kind is _constants.BRANCH:
        branches = [_sequence(branch) for branch in value[1]]
        return sum(ways for ways, _ in branches), sum(steps for _, steps in branches)
    if kind is _constants.SUBPATTERN:
        return _sequence(value[-1])
    if kind is _constants.ATOMIC_GROUP:
        return _sequence(value)
    return 1, 1


def _repeat(least: int, most: int, body: _Cost) -> _Cost:
    """The body from `least` to `most` times: each number of times is a way, times the ways of each time."""
    ways, steps, power = 0, 0, 1
    for times in range(most + 1):
        if times >= least:
            ways += power
        steps += power * max(1, body[1])
        power *= body[0]
        if steps > MOST_STEPS or ways > MOST_STEPS:
            return _HEAVY
    return max(1, ways), steps


def _glob(text: str) -> Predicate:
    parts = text.split("*")
    if "?" in text:
        return _glob_with_gaps(parts)
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


def _glob_with_gaps(parts: list[str]) -> Predicate:
    """A glob with `?` in it: each stretch between stars is found at its first place, which is always enough."""
    stretches = [re.compile(re.escape(part).replace(r"\?", "."), re.DOTALL) for part in parts]
    if len(stretches) == 1:
        only = stretches[0].fullmatch
        return lambda value: only(value) is not None
    first, *middle, last = stretches
    last_length = len(parts[-1])

    def fits(value: str) -> bool:
        end = len(value) - last_length
        start = first.match(value)
        if start is None or start.end() > end or last.fullmatch(value, end) is None:
            return False
        at = start.end()
        for stretch in middle:
            found = stretch.search(value, at, end)
            if found is None:
                return False
            at = found.end()
        return True

    return fits
