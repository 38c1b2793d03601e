"""Bound the time that a regular expression can take, before it is used for the first time.

Python's engine backtracks, so an expression of a few characters can stall the event loop for hours. The check counts
the steps that the expression could need in the worst case. It reads the syntax tree that `re` itself makes of it.

That tree is private to Python (`re._parser`). This is the only module that reads it, for these reasons:

- `google-re2` takes linear time, but it changes what expressions mean. `\\d` and `\\w` become ASCII only, and `$` no
  longer fits before a final line break. `\\u6253` and `a++` are errors, and so is a text with a lone surrogate.
- A parser of our own has to agree with `re` in every detail. Where it does not, the bound is wrong.
- A deadline in a thread does not help: `re` holds the interpreter lock while it matches.

A new Python version may change the tree. `tree_is_known` checks that the names exist and that a sample gets the
expected number of steps. Where the check fails, or a part of a tree is unknown, the expression is judged by its text
alone. That check uses no private name: it refuses groups, and each sign of repetition counts as `SEEN` repeats.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, TypeAlias

try:
    from re import _constants, _parser  # type: ignore[attr-defined]
except ImportError:  # a Python version without these private modules
    _constants = _parser = None

SEEN: Final = 2_000
"""The part of a text, in characters, that a regular expression sees; a glob sees all of it."""
MOST_STEPS: Final = 50_000_000
"""The most steps an expression may need for that many characters: a step takes about a nanosecond."""

_Cost: TypeAlias = tuple[int, int]
_HEAVY: Final[_Cost] = (MOST_STEPS + 1, MOST_STEPS + 1)
_GROUP: Final = 10
"""Steps to enter a group or to choose a branch, where the engine saves its state."""
_FORBIDDEN: Final = {
    "GROUPREF": "refers back to a group",
    "GROUPREF_EXISTS": "depends on whether a group matched",
    "ASSERT": "looks ahead or behind",
    "ASSERT_NOT": "looks ahead or behind",
}
_REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_SINGLE: Final = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
_NO_WIDTH: Final = ("AT", "FAILURE")
_STARTS: Final = ("AT_BEGINNING", "AT_BEGINNING_STRING")
_SAMPLE: Final = r"\A(?:ab|[^d]e){1,2}?(?>f{2,3})(?P<n>.*+)\b"
"""An expression with every kind of part that the check reads differently."""
_SAMPLE_STEPS: Final = 48_287


class PatternError(ValueError):
    """The text is not a supported pattern; the message says why, without repeating the text."""


class _UnknownTree(Exception):
    """The syntax tree has a part or a shape that this module does not know."""


def steps_of_regex(found: re.Pattern[str]) -> int:
    """Return the steps that a search may need in the worst case. Raise PatternError for a part that has no bound.

    For an expression of more than MOST_STEPS the result is some larger number: counting ends there.
    """
    if tree_is_known():
        try:
            return _steps_by_tree(found)
        except _UnknownTree:
            pass
    return _steps_by_text(found.pattern)


def needle_of_regex(found: re.Pattern[str]) -> str:
    """Return the longest ASCII text that every match contains; empty when nothing is certain."""
    if found.flags & re.IGNORECASE or not tree_is_known():
        return ""
    runs = [""]
    try:
        for kind, value in _tree_of(found):
            if str(kind) == "LITERAL" and value < 128:
                runs[-1] += chr(value)
            else:
                runs.append("")
    except _UnknownTree:
        return ""
    return max(runs, key=len)


@lru_cache(maxsize=1)
def tree_is_known() -> bool:
    """Return True when this Python version makes syntax trees of the form that is read here."""
    if _parser is None or _constants is None:
        return False
    try:
        return _steps_by_tree(re.compile(_SAMPLE)) == _SAMPLE_STEPS
    except (_UnknownTree, re.error):
        return False


def _steps_by_tree(found: re.Pattern[str]) -> int:
    try:
        tree = _tree_of(found)
        starts = 1 if _is_anchored(tree, found.flags) else SEEN
        return starts * _sequence(tree)[1]
    except PatternError:
        raise
    except (AttributeError, TypeError, ValueError, LookupError) as error:
        raise _UnknownTree from error


def _tree_of(found: re.Pattern[str]) -> Any:
    try:
        return _parser.parse(found.pattern, found.flags & ~re.UNICODE)
    except (AttributeError, TypeError, ValueError, re.error) as error:
        raise _UnknownTree from error


def _is_anchored(tree: Any, flags: int) -> bool:
    return len(tree) > 0 and str(tree[0][0]) == "AT" and str(tree[0][1]) in _STARTS and not flags & re.MULTILINE


def _sequence(items: Iterable[tuple[Any, Any]]) -> _Cost:
    """Return the number of ways in which these items can match in sequence, and the steps to try them all."""
    ways, steps = 1, 0
    for kind, value in items:
        more, cost = _item(str(kind), value)
        steps = min(steps + ways * cost, MOST_STEPS + 1)
        ways = min(ways * more, MOST_STEPS + 1)
    return ways, steps


def _item(kind: str, value: Any) -> _Cost:
    if kind in _FORBIDDEN:
        raise PatternError(f"the regular expression {_FORBIDDEN[kind]}; only plain expressions are supported")
    if kind in _REPEATS:
        least, most, body = value
        single = len(body) == 1 and str(body[0][0]) in _SINGLE
        ways, steps = _sequence(body)
        most = min(int(most), SEEN // max(1, body.getwidth()[0]))
        return _repeat(least, most, (ways, steps if single else steps + _GROUP))
    if kind == "BRANCH":
        branches = [_sequence(branch) for branch in value[1]]
        return sum(ways for ways, _ in branches), sum(steps + _GROUP for _, steps in branches)
    if kind == "SUBPATTERN":
        return _sequence(value[-1])
    if kind == "ATOMIC_GROUP":
        return _sequence(value)
    if kind in _SINGLE or kind in _NO_WIDTH:
        return 1, 1
    raise _UnknownTree(kind)


def _repeat(least: int, most: int, body: _Cost) -> _Cost:
    """Return the cost of `least` to `most` repetitions: each number of repetitions adds ways, times those of each."""
    ways, steps, power = 0, 0, 1
    for times in range(most + 1):
        if times >= least:
            ways += power
        steps += power * max(1, body[1])
        power *= body[0]
        if steps > MOST_STEPS or ways > MOST_STEPS:
            return _HEAVY
    return max(1, ways), steps


def _steps_by_text(body: str) -> int:
    """Return the steps of an expression without groups: each sign of repetition may have `SEEN` repeats and none.

    Without groups nothing is nested, so signs of repetition multiply and branches add up. Escaped signs do not count.
    """
    plain = re.sub(r"(?s)\\[^0-9]", "", body)
    if "(" in plain:
        raise PatternError("the regular expression has a group, which this version of Python does not support")
    repeats, bars = sum(map(plain.count, "*+?{")), plain.count("|")
    tries = len(body) + (_GROUP * (bars + 1) if bars else 0)
    most: int = SEEN * tries * (SEEN + 1) ** min(repeats, 3)
    return min(most, MOST_STEPS + 1)
