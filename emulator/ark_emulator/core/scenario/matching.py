"""Find the rule for a submission or an exchange. The first that matches wins, and every count is exact.

The rules are compiled once. What an exchange has in common with many others (kind, model, key, dialect, mode, roles)
selects a short list, which is cached; only prompts, headers, counts and chance are checked each time.
"""

from collections.abc import Generator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeAlias, TypeVar

from ark_emulator.core.scenario.effects import NO_HEADERS, Operation
from ark_emulator.core.scenario.patterns import Predicate, Work, is_regex, needle_of, predicate_of
from ark_emulator.core.scenario.scenario_model import Conditions, FaultRule, OutcomeRule
from ark_emulator.core.task.values import Item, Kind, Mode, Submission
from ark_emulator.core.time.dice import BETWEEN, Dice

Counters: TypeAlias = MutableMapping[str, int]
"""The counters, owned by the world. `outcome:NAME` and `fault:NAME` count what satisfied the rule's conditions;
`fault:NAME@KEY` counts the draws of one key's dice.
"""

Rule = TypeVar("Rule", OutcomeRule, FaultRule)
Value = TypeVar("Value")
Step: TypeAlias = Generator[None, None, Value]
"""Work in small steps: it pauses after each, and returns a value at its end."""

MOST_WORK: Final = 10_000_000
"""The most work, in steps of about a nanosecond, that `choose` does at once; `narrowing` does more in small steps."""
_MAX_CACHED: Final = 4_096
"""How many short lists are cached before the cache is cleared."""
_RULE: Final = 1_000
"""Steps to check one rule, its patterns not counted."""
_LONG: Final = 10_000
"""The length of a prompt beyond which nothing is cached for it, because that would use too much memory."""
_IMPLIED: Final[Mapping[Kind, str]] = {
    Kind.IMAGE: "first_frame",
    Kind.VIDEO: "reference_video",
    Kind.AUDIO: "reference_audio",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The attributes that conditions check.

    `on` is None for a submission; None elsewhere means that the value is not known, which satisfies no condition.
    Header names are in lower case. A model matches by either of its names, Ark's or the one its creator used.
    """

    key: str
    on: Operation | None = None
    dialect: str | None = None
    model: str | None = None
    named: str | None = None
    prompt: str | None = None
    mode: Mode | None = None
    roles: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)


def subject_of(
    submission: Submission, mode: Mode | None, on: Operation | None = None, headers: Mapping[str, str] = NO_HEADERS
) -> Subject:
    """Return a submission as a subject, or an exchange about its task."""
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
    """Return the roles in the content, including those that items without a role have by default."""
    return frozenset(role for item in items if (role := item.role or _IMPLIED.get(item.kind)))


@dataclass(frozen=True, slots=True)
class _Compiled(Generic[Rule]):
    rule: Rule
    on: Operation | None
    position: int
    when: Conditions
    counter: str
    series: str
    """The names of its draws, but for the key and the count."""
    counted: bool
    only_nth: int
    """Its `nth` when it has no other count, no chance and no header, which is the common case; else 0."""
    needle: str
    """A text, in lower case, that every matching prompt contains; a quick way to rule most rules out."""
    prompt_globs: tuple[Predicate, ...]
    prompt_regexes: tuple[Predicate, ...]
    header: tuple[tuple[str, Predicate], ...]

    def allows(self, subject: Subject) -> bool:
        """Return whether the attributes that many subjects share satisfy the conditions."""
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
        """Return whether the prompt satisfies the conditions, given as it is and in lower case."""
        if not self.when.prompt:
            return True
        return prompt is not None and (
            any(test(lower) for test in self.prompt_globs) or any(test(prompt) for test in self.prompt_regexes)
        )

    def allows_in_steps(self, subject: Subject) -> Step[bool]:
        """Do what `allows` does, and pause after every pattern that may take long."""
        when = self.when
        yield
        if self.on != subject.on or (when.mode and subject.mode not in when.mode):
            return False
        if when.roles and subject.roles.isdisjoint(when.roles):
            return False
        for patterns, value in ((when.key, subject.key), (when.dialect, subject.dialect)):
            if not (yield from _any_in_steps(patterns, value)):
                return False
        if (yield from _any_in_steps(when.model, subject.model)):
            return True
        return subject.named is not None and (yield from _any_in_steps(when.model, subject.named))

    def allows_prompt_in_steps(self, prompt: str | None, lower: str) -> Step[bool]:
        """Do what `allows_prompt` does, and pause after every pattern."""
        if not self.when.prompt or prompt is None:
            return not self.when.prompt
        for tests, text in ((self.prompt_globs, lower), (self.prompt_regexes, prompt)):
            for test in tests:
                if test(text):
                    return True
                yield
        return False

    def allows_headers(self, headers: Mapping[str, str]) -> bool:
        """Return whether every required header is present and matches."""
        return all(name in headers and test(headers[name]) for name, test in self.header)

    def allows_headers_in_steps(self, headers: Mapping[str, str]) -> Step[bool]:
        """Do what `allows_headers` does, and pause after every pattern."""
        for name, test in self.header:
            if name not in headers or not test(headers[name]):
                return False
            yield
        return True

    def applies_to(self, count: int, key: str, counters: Counters, dice: Dice) -> bool:
        """Return whether the rule applies to the `count`-th subject that satisfies it. Every draw is counted."""
        when = self.when
        due = (
            (when.nth is None or count == when.nth)
            and (when.first is None or count <= when.first)
            and (when.every is None or count % when.every == 0)
        )
        if when.chance is None:
            return due
        draws = f"{self.counter}@{key}"
        draw = counters[draws] = counters.get(draws, 0) + 1
        return due and dice.nth(f"{self.series}{key}", draw) < when.chance

    def count_only(self, key: str, counters: Counters) -> None:
        """Count a subject that satisfied the rule although an earlier rule applied to it."""
        counters[self.counter] = counters.get(self.counter, 0) + 1
        if self.when.chance is not None:
            draws = f"{self.counter}@{key}"
            counters[draws] = counters.get(draws, 0) + 1


@dataclass(frozen=True, slots=True)
class Shortlist(Generic[Rule]):
    """The rules that can apply to a kind of subject, those of them that count, and the short lists by prompt.

    A row is a rule with its counter and its `only_nth`, stored side by side because most rules need nothing else.
    """

    rows: tuple[tuple[_Compiled[Rule], str, int], ...]
    counted: tuple[_Compiled[Rule], ...]
    by_prompt: dict[str | None, "Shortlist[Rule]"] | None


class Rulebook(Generic[Rule]):
    """The compiled rules of one table. Raises PatternError for an invalid pattern."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(rules)
        self._compiled: list[_Compiled[Rule]] = [_compiled(rule, position) for position, rule in enumerate(rules)]
        self._kinds: frozenset[Operation | None] = frozenset(item.on for item in self._compiled)
        self._shortlists: dict[tuple[object, ...], Shortlist[Rule]] = {}
        self._cached_count: int = 0
        conditions = [item.when for item in self._compiled]
        self._work = Work.of(text for when in conditions for text in _names_and_prompts(when))
        self._header_work = Work.of(text for when in conditions for _, text in when.header)

    def concerns(self, on: Operation | None) -> bool:
        """Return True when any rule is about this kind of exchange (None: about submissions)."""
        return on in self._kinds

    def reads_submission(self, on: Operation | None) -> bool:
        """Return True when a rule for this kind depends on the submission: its model, prompt, mode or roles."""
        return any(
            item.when.model or item.when.prompt or item.when.mode or item.when.roles
            for item in self._compiled
            if item.on == on
        )

    def is_heavy(self, subject: Subject) -> bool:
        """Return True when searching the rules for this subject may take long and `narrowing` must be used."""
        if subject.on not in self._kinds:
            return False
        if self._header_work.steps(sum(map(len, subject.headers.values())) if self._header_work.any else 0) > MOST_WORK:
            return True
        longest = max(len(subject.prompt or ""), len(subject.model or ""), len(subject.named or ""), len(subject.key))
        if self._work.steps(longest) + len(self._compiled) * _RULE <= MOST_WORK:
            return False
        found = self._shortlists.get(_traits_of(subject))
        return found is None or (found.by_prompt is not None and subject.prompt not in found.by_prompt)

    def narrowing(self, subject: Subject) -> Step["Shortlist[Rule] | None"]:
        """Do the slow work of `choose` in small steps; returns the `shortlist` argument of `choose`."""
        if subject.on not in self._kinds:
            return None
        found = yield from self._narrowing_by_prompt(subject)
        if not self._header_work.any:
            return found
        fitting: list[_Compiled[Rule]] = []
        for item, _, _ in found.rows:
            if (yield from item.allows_headers_in_steps(subject.headers)):
                fitting.append(replace(item, header=()))
        return _shortlist(fitting, by_prompt=False)

    def _narrowing_by_prompt(self, subject: Subject) -> Step["Shortlist[Rule]"]:
        found = self._shortlists.get(_traits_of(subject))
        if found is None:
            allowed: list[_Compiled[Rule]] = []
            for item in self._compiled:
                fits = yield from item.allows_in_steps(subject)
                allowed += [item] if fits else []
            found = self._cache(subject, _shortlist(allowed, by_prompt=True))
        if found.by_prompt is None:
            return found
        if subject.prompt in found.by_prompt:
            return found.by_prompt[subject.prompt]
        lower, fitting = (subject.prompt or "").lower(), []
        for item, _, _ in found.rows:
            yield
            if item.needle in lower and (yield from item.allows_prompt_in_steps(subject.prompt, lower)):
                fitting.append(item)
        return self._cache_by_prompt(found, subject.prompt, _shortlist(fitting, by_prompt=False))

    def choose(
        self, subject: Subject, counters: Counters, dice: Dice, shortlist: Shortlist[Rule] | None = None
    ) -> Rule | None:
        """Return the first rule that applies to the subject, None when none does. Counts it in every rule that it
        satisfies.

        `shortlist` is what `narrowing` returned for this subject, where it was used.
        """
        if subject.on not in self._kinds:
            return None
        shortlist = self._shortlist_of(subject) if shortlist is None else shortlist
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
            if item.applies_to(count, subject.key, counters, dice):
                break
        else:
            return None
        for later in shortlist.counted:
            if later.position > item.position and later.allows_headers(subject.headers):
                later.count_only(subject.key, counters)
        return item.rule

    def _shortlist_of(self, subject: Subject) -> Shortlist[Rule]:
        found = self._shortlists.get(_traits_of(subject))
        if found is None:
            found = _shortlist([item for item in self._compiled if item.allows(subject)], by_prompt=True)
            self._cache(subject, found)
        if found.by_prompt is None:
            return found
        narrowed = found.by_prompt.get(subject.prompt)
        return (
            self._cache_by_prompt(found, subject.prompt, _narrowed(found, subject.prompt))
            if narrowed is None
            else narrowed
        )

    def _cache(self, subject: Subject, shortlist: Shortlist[Rule]) -> Shortlist[Rule]:
        """Cache the short list of a kind of subject, unless it would use too much memory."""
        if len(subject.model or "") + len(subject.named or "") + len(subject.key) <= _LONG:
            self._make_room()
            self._shortlists[_traits_of(subject)] = shortlist
        return shortlist

    def _cache_by_prompt(
        self, kind: Shortlist[Rule], prompt: str | None, shortlist: Shortlist[Rule]
    ) -> Shortlist[Rule]:
        """Cache the short list of a prompt, unless the prompt is too long."""
        if kind.by_prompt is not None and len(prompt or "") <= _LONG:
            self._make_room()
            kind.by_prompt[prompt] = shortlist
        return shortlist

    def _make_room(self) -> None:
        self._cached_count += 1
        if self._cached_count > _MAX_CACHED:
            self._shortlists.clear()
            self._cached_count = 1


def _shortlist(rules: Sequence[_Compiled[Rule]], by_prompt: bool) -> Shortlist[Rule]:
    return Shortlist(
        rows=tuple((item, item.counter, item.only_nth) for item in rules),
        counted=tuple(item for item in rules if item.counted),
        by_prompt={} if by_prompt and any(item.when.prompt for item in rules) else None,
    )


def _narrowed(shortlist: Shortlist[Rule], prompt: str | None) -> Shortlist[Rule]:
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


def _names_and_prompts(when: Conditions) -> tuple[str, ...]:
    return (*when.model, *when.key, *when.dialect, *when.prompt)


def _traits_of(subject: Subject) -> tuple[object, ...]:
    return (subject.on, subject.dialect, subject.model, subject.named, subject.key, subject.mode, subject.roles)


def _any(patterns: tuple[str, ...], value: str | None) -> bool:
    """Return True when a name matches one of the patterns; a text longer than any name matches none."""
    if not patterns:
        return True
    return value is not None and len(value) <= _LONG and any(predicate_of(text)(value) for text in patterns)


def _any_in_steps(patterns: tuple[str, ...], value: str | None) -> Step[bool]:
    """Do what `_any` does, and pause after every pattern."""
    if not patterns:
        return True
    if value is None or len(value) > _LONG:
        return False
    for text in patterns:
        if predicate_of(text)(value):
            return True
        yield
    return False
