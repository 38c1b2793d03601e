"""Finds the rule that a submission or an exchange meets. The first that matches wins, and every count is exact.

The rules are compiled once. What an exchange has in common with many others (kind, model, key, dialect, mode, roles)
selects a short list, which is remembered; only prompts, headers, counts and chance are looked at each time.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeAlias, TypeVar

from emulator.core.dice import BETWEEN, Dice
from emulator.core.faults import NO_HEADERS, On
from emulator.core.patterns import Predicate, is_regex, needle_of, predicate_of
from emulator.core.scenario import Conditions, FaultRule, OutcomeRule
from emulator.core.values import Item, Kind, Mode, Submission

Counters: TypeAlias = MutableMapping[str, int]
"""What has been counted, owned by the world. `outcome:NAME` and `fault:NAME` count what met the rule's conditions;
`fault:NAME@KEY` the throws of one key's dice."""

Rule = TypeVar("Rule", OutcomeRule, FaultRule)

_REMEMBERED: Final = 4_096
"""How many short lists are remembered before all are forgotten."""
_LONG: Final = 10_000
"""Characters of a prompt beyond which nothing is remembered by it: remembering it would take up too much memory."""
_IMPLIED: Final[Mapping[Kind, str]] = {
    Kind.IMAGE: "first_frame",
    Kind.VIDEO: "reference_video",
    Kind.AUDIO: "reference_audio",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What rules look at. `on` is None for a submission; None elsewhere means that it is not known, which fits no
    condition. Header names are in lower case. A model fits by either of its names, Ark's or the one its creator used.
    """

    key: str
    on: On | None = None
    dialect: str | None = None
    model: str | None = None
    named: str | None = None
    prompt: str | None = None
    mode: Mode | None = None
    roles: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)


def subject_of(
    submission: Submission, mode: Mode | None, on: On | None = None, headers: Mapping[str, str] = NO_HEADERS
) -> Subject:
    """A submission as a subject, or an exchange about the task that came of it."""
    return Subject(
        key=submission.key,
        on=on,
        dialect=submission.dialect,
        model=submission.model,
        named=submission.named,
        prompt=submission.prompt,
        mode=mode,
        roles=roles_of(submission.items),
        headers=headers,
    )


def roles_of(items: Sequence[Item]) -> frozenset[str]:
    """The roles in the content, those included that an item without a role plays."""
    return frozenset(role for item in items if (role := item.role or _IMPLIED.get(item.kind)))


@dataclass(frozen=True, slots=True)
class _Compiled(Generic[Rule]):
    rule: Rule
    on: On | None
    position: int
    when: Conditions
    counter: str
    series: str
    """The names of its throws, but for the key and the count."""
    counted: bool
    only_nth: int
    """Its `nth` when it asks for no other count, no chance and no header, which is the common case; else 0."""
    needle: str
    """What any prompt that fits has in it, in lower case; a quick way to rule most rules out."""
    prompt_globs: tuple[Predicate, ...]
    prompt_regexes: tuple[Predicate, ...]
    header: tuple[tuple[str, Predicate], ...]

    def allows(self, subject: Subject) -> bool:
        """Whether the traits that many subjects share are as wanted."""
        when = self.when
        return (
            self.on == subject.on
            and (_any(when.model, subject.model) or (subject.named is not None and _any(when.model, subject.named)))
            and _any(when.key, subject.key)
            and _any(when.dialect, subject.dialect)
            and (not when.mode or subject.mode in when.mode)
            and (not when.roles or not subject.roles.isdisjoint(when.roles))
        )

    def allows_prompt(self, prompt: str | None, lower: str) -> bool:
        """Whether the prompt is as wanted, given as it is and in lower case."""
        if not self.when.prompt:
            return True
        return prompt is not None and (
            any(test(lower) for test in self.prompt_globs) or any(test(prompt) for test in self.prompt_regexes)
        )

    def allows_headers(self, headers: Mapping[str, str]) -> bool:
        """Whether every header asked for is there, and as wanted."""
        return all(name in headers and test(headers[name]) for name, test in self.header)

    def takes(self, count: int, key: str, counters: Counters, dice: Dice) -> bool:
        """Whether the rule takes the subject that satisfied it as the `count`-th. A throw is counted, taken or not."""
        when = self.when
        wanted = (
            (when.nth is None or count == when.nth)
            and (when.first is None or count <= when.first)
            and (when.every is None or count % when.every == 0)
        )
        if when.chance is None:
            return wanted
        throws = f"{self.counter}@{key}"
        throw = counters[throws] = counters.get(throws, 0) + 1
        return wanted and dice.nth(f"{self.series}{key}", throw) < when.chance

    def passes(self, key: str, counters: Counters) -> None:
        """Count a subject that satisfied the rule when an earlier rule has taken it."""
        counters[self.counter] = counters.get(self.counter, 0) + 1
        if self.when.chance is not None:
            throws = f"{self.counter}@{key}"
            counters[throws] = counters.get(throws, 0) + 1


@dataclass(frozen=True, slots=True)
class _Shortlist(Generic[Rule]):
    """The rules that a kind of subject can meet, those of them that count, and what single prompts leave of them.

    A row is a rule with its counter and its `only_nth`: at hand, for they are all that most rules need.
    """

    rows: tuple[tuple[_Compiled[Rule], str, int], ...]
    counted: tuple[_Compiled[Rule], ...]
    by_prompt: dict[str | None, "_Shortlist[Rule]"] | None


class Rulebook(Generic[Rule]):
    """The compiled rules of one table. Raises PatternError for a pattern that is none."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(rules)
        self._compiled: list[_Compiled[Rule]] = [_compiled(rule, position) for position, rule in enumerate(rules)]
        self._kinds: frozenset[On | None] = frozenset(item.on for item in self._compiled)
        self._shortlists: dict[tuple[object, ...], _Shortlist[Rule]] = {}
        self._remembered = 0

    def concerns(self, on: On | None) -> bool:
        """True when any rule is about this kind of exchange (None: about submissions)."""
        return on in self._kinds

    def reads_submission(self, on: On | None) -> bool:
        """True when a rule for this kind asks for what only the submission tells: model, prompt, mode or roles."""
        return any(
            item.when.model or item.when.prompt or item.when.mode or item.when.roles
            for item in self._compiled
            if item.on == on
        )

    def choose(self, subject: Subject, counters: Counters, dice: Dice) -> Rule | None:
        """The first rule that takes the subject, None when none does. Counts it in every rule that it satisfies."""
        if subject.on not in self._kinds:
            return None
        shortlist = self._shortlist_of(subject)
        counted = counters.get
        for item, counter, only_nth in shortlist.rows:
            if only_nth:
                count = counters[counter] = counted(counter, 0) + 1
                if count == only_nth:
                    break
                continue
            if item.header and not item.allows_headers(subject.headers):
                continue
            if not item.counted:
                break
            count = counters[counter] = counted(counter, 0) + 1
            if item.takes(count, subject.key, counters, dice):
                break
        else:
            return None
        for later in shortlist.counted:
            if later.position > item.position and later.allows_headers(subject.headers):
                later.passes(subject.key, counters)
        return item.rule

    def _shortlist_of(self, subject: Subject) -> _Shortlist[Rule]:
        traits = (subject.on, subject.dialect, subject.model, subject.named, subject.key, subject.mode, subject.roles)
        found = self._shortlists.get(traits)
        if found is None:
            self._make_room()
            found = _shortlist([item for item in self._compiled if item.allows(subject)], by_prompt=True)
            self._shortlists[traits] = found
        if found.by_prompt is None:
            return found
        if subject.prompt is not None and len(subject.prompt) > _LONG:
            return _narrowed(found, subject.prompt)
        narrowed = found.by_prompt.get(subject.prompt)
        if narrowed is None:
            self._make_room()
            narrowed = found.by_prompt[subject.prompt] = _narrowed(found, subject.prompt)
        return narrowed

    def _make_room(self) -> None:
        self._remembered += 1
        if self._remembered > _REMEMBERED:
            self._shortlists.clear()
            self._remembered = 1


def _shortlist(rules: Sequence[_Compiled[Rule]], by_prompt: bool) -> _Shortlist[Rule]:
    return _Shortlist(
        rows=tuple((item, item.counter, item.only_nth) for item in rules),
        counted=tuple(item for item in rules if item.counted),
        by_prompt={} if by_prompt and any(item.when.prompt for item in rules) else None,
    )


def _narrowed(shortlist: _Shortlist[Rule], prompt: str | None) -> _Shortlist[Rule]:
    lower = "" if prompt is None else prompt.lower()
    near = [item for item, _, _ in shortlist.rows if item.needle in lower]
    return _shortlist([item for item in near if item.allows_prompt(prompt, lower)], by_prompt=False)


def _compiled(rule: Rule, position: int) -> _Compiled[Rule]:
    when: Conditions = rule.when
    table = "fault" if isinstance(rule, FaultRule) else "outcome"
    for text in (*when.model, *when.key, *when.dialect):
        predicate_of(text)
    return _Compiled(
        rule=rule,
        on=rule.on if isinstance(rule, FaultRule) else None,
        position=position,
        when=when,
        counter=f"{table}:{rule.name}",
        series=BETWEEN.join((table, rule.name, "")),
        counted=when.counted,
        only_nth=(when.nth or 0) if replace(when, nth=None).counted is False and not when.header else 0,
        needle=needle_of(when.prompt[0]) if len(when.prompt) == 1 else "",
        prompt_globs=tuple(predicate_of(text, ignore_case=True) for text in when.prompt if not is_regex(text)),
        prompt_regexes=tuple(predicate_of(text) for text in when.prompt if is_regex(text)),
        header=tuple((name, predicate_of(text)) for name, text in when.header),
    )


def _any(patterns: tuple[str, ...], value: str | None) -> bool:
    return not patterns or (value is not None and any(predicate_of(text)(value) for text in patterns))
