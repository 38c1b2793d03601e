"""Find rules that can never apply: conditions that contradict each other, and earlier rules that match everything.

Only what is certain is reported. Patterns are compared as texts and as globs; what a regular expression matches is not
guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ark_emulator.core.scenario.effects import Operation
from ark_emulator.core.scenario.patterns import is_regex, literal, predicate_of, steps_of
from ark_emulator.core.scenario.scenario_model import Conditions, FaultRule, OutcomeRule
from ark_emulator.loading.diagnostics.diagnostics import Diagnostics, Path

_MOST_COUNTED: Final = 10_000
"""The highest count up to which counts are compared one by one."""
_MOST_WORK: Final = 1_000_000_000
"""The most steps of the search for rules that never apply; the rest of a very long scenario is not searched."""
_COMPARISON: Final = 5_000
_PATTERNS: Final = ("model", "prompt", "key", "dialect")
_OF_A_TASK: Final = ("model", "prompt", "mode", "roles")
_KEYS: Final = {"roles": "role"}
_ANY_TEXT: Final = "\ue000"
_ANY_CHARACTER: Final = "\ue001"

Rule: TypeAlias = OutcomeRule | FaultRule


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A rule, and its path."""

    rule: Rule
    path: Path


def check_conditions(when: Conditions, on: Operation | None, path: Path, complaints: Diagnostics) -> bool:
    """Return whether the conditions at a path can hold together; reports when they cannot. `on` is None for
    outcomes.
    """
    before = len(complaints.found)
    for key, message in _contradictions(when):
        complaints.about((*path, key), "SC402", f"the rule can never apply: {message}")
    for key, message in _unknowable(when, on):
        complaints.about_key((*path, key), "SC402", f"the rule can never apply: {message}")
    return len(complaints.found) == before


def check_names(named: Iterable[tuple[str, Path]], complaints: Diagnostics) -> None:
    """Report every rule with the name of an earlier one: `named` are names, and the paths of their rules."""
    taken: dict[str, Path] = {}
    for name, path in named:
        if name in taken:
            first = complaints.places.get(taken[name])
            hint = f"the first is on line {first.line}" if first else ""
            complaints.about((*path, "name"), "SC403", f"another rule has the name '{name}'", hint)
        taken.setdefault(name, path)


def check_order(rules: Sequence[PlacedRule], complaints: Diagnostics) -> None:
    """Report every rule that can never apply because of earlier ones, as far as that is quick to find out."""
    work = _MOST_WORK
    match_all: dict[Operation | None, list[PlacedRule]] = defaultdict(list)
    counting: dict[tuple[object, ...], list[PlacedRule]] = defaultdict(list)
    for later in rules:
        on, when = _on(later.rule), later.rule.when
        alike = counting[on, *_traits(when)]
        earlier = match_all[on] if work > 0 else []
        work -= sum(_work(each.rule.when) for each in earlier)
        earlier_match = next((each for each in earlier if _covers(each.rule.when, when)), None) or _exhausted_by(
            alike, when
        )
        if earlier_match is not None:
            line = complaints.places.get(earlier_match.path)
            hint = f"'{earlier_match.rule.name}' on line {line.line} comes first" if line else ""
            message = "the rule can never apply: earlier rules match everything that it matches"
            complaints.about(later.path, "SC401", message, f"{hint}; put the narrower rule first")
        if _matches_every(when, 1):
            match_all[on].append(later)
        elif _is_certain(when):
            alike.append(later)


def _work(when: Conditions) -> int:
    """Return the work to compare something with these conditions: about a nanosecond a step."""
    return _COMPARISON + sum(map(steps_of, when.prompt + when.model + when.key + when.dialect))


def _traits(when: Conditions) -> tuple[object, ...]:
    """Return the conditions that two rules must share to count the same things."""
    prompts = {text if is_regex(text) else text.lower() for text in when.prompt}
    others = (when.model, when.mode, when.roles, when.key, when.dialect, when.header)
    return frozenset(prompts), *map(frozenset, others)


def _on(rule: Rule) -> Operation | None:
    return rule.on if isinstance(rule, FaultRule) else None


def _contradictions(when: Conditions) -> Iterator[tuple[str, str]]:
    if when.chance == 0:
        yield "chance", "its chance is 0"
    if when.nth is not None and when.first is not None and when.nth > when.first:
        yield "nth", f"nth {when.nth} is greater than first {when.first}"
    if when.nth is not None and when.every is not None and when.nth % when.every:
        yield "nth", f"nth {when.nth} is not a multiple of every {when.every}"
    if when.nth is None and when.first is not None and when.every is not None and when.every > when.first:
        yield "every", f"every {when.every} is greater than first {when.first}"


def _unknowable(when: Conditions, on: Operation | None) -> Iterator[tuple[str, str]]:
    if on is Operation.LIST:
        for name in _OF_A_TASK:
            if getattr(when, name):
                yield _KEYS.get(name, name), "a list request is not about a single task"
    if on is Operation.CALLBACK and when.header:
        yield "header", "a callback is not a request to the emulator, so it has no client headers"


def _exhausted_by(alike: Sequence[PlacedRule], when: Conditions) -> PlacedRule | None:
    """Return the earlier rule with the same conditions that leaves nothing; of several together, the last."""
    if not alike:
        return None
    if when.nth is None and when.first is None:
        return next((each for each in alike if _matches_every(each.rule.when, when.every or 1)), None)
    last = min(when.first or _MOST_COUNTED + 1, when.nth or _MOST_COUNTED + 1)
    if last > _MOST_COUNTED:
        return None
    due = [count for count in range(when.nth or 1, last + 1) if _counts(when, count)]
    taken = [next((each for each in alike if _counts(each.rule.when, count)), None) for count in due]
    return None if None in taken else taken[-1]


def _counts(when: Conditions, count: int) -> bool:
    return (
        (when.nth is None or count == when.nth)
        and (when.first is None or count <= when.first)
        and (when.every is None or count % when.every == 0)
    )


def _is_certain(when: Conditions) -> bool:
    return when.chance is None or when.chance == 1


def _matches_every(when: Conditions, every: int) -> bool:
    """Return whether a rule always applies to all numbers that are multiples of `every`."""
    return _is_certain(when) and when.nth is None and when.first is None and every % (when.every or 1) == 0


def _covers(wide: Conditions, narrow: Conditions) -> bool:
    """Return whether everything that matches `narrow` certainly matches `wide`; counts and chance aside."""
    return (
        all(_covers_patterns(getattr(wide, name), getattr(narrow, name), name == "prompt") for name in _PATTERNS)
        and (not wide.mode or (bool(narrow.mode) and set(narrow.mode) <= set(wide.mode)))
        and (not wide.roles or (bool(narrow.roles) and set(narrow.roles) <= set(wide.roles)))
        and all(
            any(name == other and _covers_pattern(pattern, text, False) for other, text in narrow.header)
            for name, pattern in wide.header
        )
    )


def _covers_patterns(wide: tuple[str, ...], narrow: tuple[str, ...], ignore_case: bool) -> bool:
    if not wide:
        return True
    return bool(narrow) and all(any(_covers_pattern(one, text, ignore_case) for one in wide) for text in narrow)


def _covers_pattern(wide: str, narrow: str, ignore_case: bool) -> bool:
    """Return whether every text that matches `narrow` certainly matches `wide`.

    A glob is given to the wider one as a text whose stars are a character that no pattern names: only stars can match
    it.
    """
    if wide == narrow:
        return True
    single = literal(narrow)
    if is_regex(wide):
        return single is not None and not ignore_case and predicate_of(wide)(single)
    if ignore_case:
        wide, narrow = wide.lower(), narrow.lower()
    if not is_regex(narrow):
        text = narrow.replace("*", _ANY_TEXT).replace("?", _ANY_CHARACTER)
        return ("?" not in wide or "*" not in narrow) and predicate_of(wide)(text)
    return set(wide) == {"*"}
