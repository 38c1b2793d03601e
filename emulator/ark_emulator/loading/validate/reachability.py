"""Finds rules that can never fire: conditions that contradict each other, and earlier rules that take everything.

Only what is certain is complained about. Patterns are compared as texts and as globs; what a regular expression
matches is not guessed.
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
"""How far counts are compared one by one."""
_MOST_WORK: Final = 1_000_000_000
"""Steps that looking for rules that never fire may take; the rest of a very long scenario is not looked at."""
_COMPARISON: Final = 5_000
_PATTERNS: Final = ("model", "prompt", "key", "dialect")
_OF_A_TASK: Final = ("model", "prompt", "mode", "roles")
_WORDS: Final = {"roles": "role"}
_ANY_TEXT: Final = "\ue000"
_ANY_CHARACTER: Final = "\ue001"

Rule: TypeAlias = OutcomeRule | FaultRule


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A rule, and where it stands."""

    rule: Rule
    path: Path


def check_conditions(when: Conditions, on: Operation | None, path: Path, complaints: Diagnostics) -> bool:
    """Whether the conditions at a path can hold together; when they cannot, complains. `on` is None for outcomes."""
    before = len(complaints.found)
    for key, message in _contradictions(when):
        complaints.about((*path, key), "SC402", f"the rule can never fire: {message}")
    for key, message in _unknowable(when, on):
        complaints.about_key((*path, key), "SC402", f"the rule can never fire: {message}")
    return len(complaints.found) == before


def check_names(named: Iterable[tuple[str, Path]], complaints: Diagnostics) -> None:
    """Complain about every rule whose name an earlier one has: `named` are names, and the paths of their rules."""
    taken: dict[str, Path] = {}
    for name, path in named:
        if name in taken:
            first = complaints.places.get(taken[name])
            hint = f"the first is on line {first.line}" if first else ""
            complaints.about((*path, "name"), "SC403", f"there is another rule of the name '{name}'", hint)
        taken.setdefault(name, path)


def check_order(rules: Sequence[PlacedRule], complaints: Diagnostics) -> None:
    """Complain about every rule that earlier ones leave nothing to take, as far as that is quick to find out."""
    work = _MOST_WORK
    takers: dict[Operation | None, list[PlacedRule]] = defaultdict(list)
    counting: dict[tuple[object, ...], list[PlacedRule]] = defaultdict(list)
    for later in rules:
        on, when = _on(later.rule), later.rule.when
        alike = counting[on, *_traits(when)]
        earlier = takers[on] if work > 0 else []
        work -= sum(_work(each.rule.when) for each in earlier)
        taker = next((each for each in earlier if _covers(each.rule.when, when)), None) or _taker(alike, when)
        if taker is not None:
            line = complaints.places.get(taker.path)
            hint = f"'{taker.rule.name}' on line {line.line} comes first" if line else ""
            message = "the rule can never fire: earlier rules take everything that it could take"
            complaints.about(later.path, "SC401", message, f"{hint}; put the narrower rule first")
        if _takes_every(when, 1):
            takers[on].append(later)
        elif _is_sure(when):
            alike.append(later)


def _work(when: Conditions) -> int:
    """How much work it is to compare something with these conditions: about a nanosecond a step."""
    return _COMPARISON + sum(map(steps_of, when.prompt + when.model + when.key + when.dialect))


def _traits(when: Conditions) -> tuple[object, ...]:
    """What two rules have in common that count the same things."""
    prompts = {text if is_regex(text) else text.lower() for text in when.prompt}
    others = (when.model, when.mode, when.roles, when.key, when.dialect, when.header)
    return frozenset(prompts), *map(frozenset, others)


def _on(rule: Rule) -> Operation | None:
    return rule.on if isinstance(rule, FaultRule) else None


def _contradictions(when: Conditions) -> Iterator[tuple[str, str]]:
    if when.chance == 0:
        yield "chance", "its chance is 0"
    if when.nth is not None and when.first is not None and when.nth > when.first:
        yield "nth", f"number {when.nth} is not among the first {when.first}"
    if when.nth is not None and when.every is not None and when.nth % when.every:
        yield "nth", f"number {when.nth} is not an {when.every}th one"
    if when.nth is None and when.first is not None and when.every is not None and when.every > when.first:
        yield "every", f"there is no {when.every}th one among the first {when.first}"


def _unknowable(when: Conditions, on: Operation | None) -> Iterator[tuple[str, str]]:
    if on is Operation.LIST:
        for name in _OF_A_TASK:
            if getattr(when, name):
                yield _WORDS.get(name, name), "a list request is about no single task"
    if on is Operation.CALLBACK and when.header:
        yield "header", "a callback is no request to the emulator and has no headers of a client"


def _taker(alike: Sequence[PlacedRule], when: Conditions) -> PlacedRule | None:
    """Of earlier rules that count the same things, the one that leaves nothing; of several together, the last."""
    if not alike:
        return None
    if when.nth is None and when.first is None:
        return next((each for each in alike if _takes_every(each.rule.when, when.every or 1)), None)
    last = min(when.first or _MOST_COUNTED + 1, when.nth or _MOST_COUNTED + 1)
    if last > _MOST_COUNTED:
        return None
    wanted = [count for count in range(when.nth or 1, last + 1) if _accepts(when, count)]
    taken = [next((each for each in alike if _accepts(each.rule.when, count)), None) for count in wanted]
    return None if None in taken else taken[-1]


def _accepts(when: Conditions, count: int) -> bool:
    return (
        (when.nth is None or count == when.nth)
        and (when.first is None or count <= when.first)
        and (when.every is None or count % when.every == 0)
    )


def _is_sure(when: Conditions) -> bool:
    return when.chance is None or when.chance == 1


def _takes_every(when: Conditions, every: int) -> bool:
    """Whether a rule is sure to take all numbers that are multiples of `every`."""
    return _is_sure(when) and when.nth is None and when.first is None and every % (when.every or 1) == 0


def _covers(wide: Conditions, narrow: Conditions) -> bool:
    """Whether all that has the traits of `narrow` surely has those of `wide`; counts and chance aside."""
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
    """Whether every text that fits `narrow` surely fits `wide`.

    A glob is put to the wider one as a text whose stars are a character that no pattern names: only stars can fit it.
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
