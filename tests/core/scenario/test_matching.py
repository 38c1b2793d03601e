"""Which rule applies to a subject, compared with a slow and simple implementation of the same rules."""

from collections import Counter
from typing import Any

import pytest
from ark_emulator.core.plan.outcome import SUCCESS
from ark_emulator.core.scenario.effects import Hang, Operation, ResetConnection
from ark_emulator.core.scenario.matching import Rulebook, Subject, roles_of, subject_of
from ark_emulator.core.scenario.patterns import is_regex, predicate_of
from ark_emulator.core.scenario.regex_cost import PatternError
from ark_emulator.core.scenario.scenario_model import ALWAYS, Conditions, FaultRule, OutcomeRule
from ark_emulator.core.task.values import Item, Kind, Mode, Submission, TaskParameters
from ark_emulator.core.time.dice import Dice
from hypothesis import given, settings
from hypothesis import strategies as st

DICE = Dice(1)


def faults(*conditions: Conditions, on: Operation = Operation.FETCH) -> list[FaultRule]:
    return [FaultRule(f"r{number}", on, when, ResetConnection()) for number, when in enumerate(conditions)]


def taken(book: Rulebook[Any], subjects: list[Subject], dice: Dice = DICE) -> list[str | None]:
    counters: dict[str, int] = {}
    chosen = [book.choose(subject, counters, dice) for subject in subjects]
    return [rule and rule.name for rule in chosen]


def fetch(key: str = "k", **more: Any) -> Subject:
    return Subject(key=key, on=Operation.FETCH, **more)


def test_the_first_rule_that_fits_wins() -> None:
    book = Rulebook(faults(Conditions(model=("b",)), Conditions(model=("*",)), ALWAYS))
    assert taken(book, [fetch(model="a"), fetch(model="b"), fetch()]) == ["r1", "r0", "r2"]


def test_no_rule_takes_what_fits_none() -> None:
    assert taken(Rulebook(faults(Conditions(key=("x",)))), [fetch()]) == [None]
    assert taken(Rulebook(faults(ALWAYS, on=Operation.CREATE)), [fetch()]) == [None]
    assert taken(Rulebook[FaultRule]([]), [fetch()]) == [None]


def test_nth_first_and_every_count_from_one() -> None:
    four = [fetch()] * 4
    assert taken(Rulebook(faults(Conditions(nth=2))), four) == [None, "r0", None, None]
    assert taken(Rulebook(faults(Conditions(first=2))), four) == ["r0", "r0", None, None]
    assert taken(Rulebook(faults(Conditions(every=2))), four) == [None, "r0", None, "r0"]
    assert taken(Rulebook(faults(Conditions(every=2, first=3))), four) == [None, "r0", None, None]


def test_a_rule_counts_what_satisfies_it_even_when_an_earlier_rule_takes_it() -> None:
    book = Rulebook(faults(Conditions(nth=1), Conditions(nth=2), Conditions(nth=3)))
    assert taken(book, [fetch()] * 4) == ["r0", "r1", "r2", None]


def test_a_rule_counts_only_what_satisfies_its_other_conditions() -> None:
    book = Rulebook(faults(Conditions(nth=2, model=("a",)), Conditions(nth=2, prompt=("*x*",))))
    subjects = [fetch(model="a"), fetch(model="b", prompt="x"), fetch(model="a"), fetch(model="b", prompt="X!")]
    assert taken(book, subjects) == [None, None, "r0", "r1"]


def test_counts_are_of_the_world_and_not_of_a_key() -> None:
    assert taken(Rulebook(faults(Conditions(nth=2))), [fetch("a"), fetch("b")]) == [None, "r0"]


def test_prompt_globs_ignore_case_and_expressions_do_not() -> None:
    book = Rulebook(faults(Conditions(prompt=("*FIGHT*",)), Conditions(prompt=("/War/",))))
    assert taken(book, [fetch(prompt="a Fight"), fetch(prompt="War"), fetch(prompt="war")]) == ["r0", "r1", None]


def test_one_of_several_patterns_is_enough() -> None:
    book = Rulebook(faults(Conditions(prompt=("*cat*", "/d.g/"), mode=(Mode.TEXT, Mode.REFERENCE))))
    subjects = [fetch(prompt=text, mode=Mode.TEXT) for text in ("a cat", "a dog", "a cow")]
    assert taken(book, [*subjects, fetch(prompt="a cat", mode=Mode.FIRST_FRAME)]) == ["r0", "r0", None, None]


def test_what_is_not_known_fits_no_condition() -> None:
    conditions = [
        *(Conditions(model=("*",)), Conditions(prompt=("*",)), Conditions(mode=tuple(Mode))),
        *(Conditions(roles=("first_frame",)), Conditions(dialect=("*",)), Conditions(header=(("a", "*"),))),
    ]
    for when in conditions:
        assert taken(Rulebook(faults(when)), [fetch()]) == [None], when


def test_all_headers_have_to_fit() -> None:
    book = Rulebook(faults(Conditions(header=(("user-agent", "*Java*"), ("x-a", "1")))))
    subjects = [
        fetch(headers={"user-agent": "Java/21", "x-a": "1"}),
        fetch(headers={"user-agent": "Java/21", "x-a": "2"}),
        fetch(headers={"user-agent": "Java/21"}),
    ]
    assert taken(book, subjects) == ["r0", None, None]


def test_a_role_counts_when_any_content_plays_it() -> None:
    items = (Item(Kind.TEXT, "p"), Item(Kind.IMAGE, "u"), Item(Kind.IMAGE, "v", "last_frame"), Item(Kind.AUDIO, "w"))
    assert roles_of(items) == {"first_frame", "last_frame", "reference_audio"}
    book = Rulebook(faults(Conditions(roles=("last_frame",))))
    assert taken(book, [fetch(roles=roles_of(items)), fetch(roles=roles_of(items[:2]))]) == ["r0", None]


def test_a_submission_is_a_subject() -> None:
    submission = Submission("ark", "k", "m", (Item(Kind.TEXT, "a cat"),), TaskParameters(), "http://h")
    subject = subject_of(submission, Mode.TEXT, Operation.DOWNLOAD, {"range": "bytes=0-"})
    assert (subject.key, subject.dialect, subject.model, subject.prompt) == ("k", "ark", "m", "a cat")
    assert (subject.mode, subject.on, subject.headers["range"]) == (Mode.TEXT, Operation.DOWNLOAD, "bytes=0-")


def test_a_rulebook_says_what_it_is_about() -> None:
    book = Rulebook([*faults(Conditions(nth=1)), *faults(Conditions(prompt=("x",)), on=Operation.CREATE)])
    assert book.concerns(Operation.FETCH) and book.concerns(Operation.CREATE) and not book.concerns(Operation.LIST)
    assert book.reads_submission(Operation.CREATE)
    assert not book.reads_submission(Operation.FETCH)
    assert Rulebook([OutcomeRule("o", ALWAYS, SUCCESS)]).concerns(None)


@pytest.mark.parametrize("name", ["model", "prompt", "key", "dialect"])
def test_a_rulebook_takes_no_pattern_that_is_none(name: str) -> None:
    with pytest.raises(PatternError):
        Rulebook(faults(Conditions(**{name: ("/(/",)})))


def test_chance_hits_its_share() -> None:
    book = Rulebook(faults(Conditions(chance=0.2)))
    hits = sum(name is not None for name in taken(book, [fetch()] * 2_000))
    assert 330 < hits < 470


def test_chance_has_a_sequence_for_each_key_that_others_cannot_disturb() -> None:
    rules = faults(Conditions(chance=0.5), Conditions(chance=0.5))
    alone = taken(Rulebook(rules), [fetch("a")] * 40)
    mixed = taken(Rulebook(rules), [fetch(key) for _ in range(40) for key in ("b", "a", "c")])
    assert mixed[1::3] == alone
    assert mixed[0::3] != alone


def test_chance_of_one_rule_is_not_disturbed_by_what_an_earlier_rule_takes() -> None:
    late = FaultRule("late", Operation.FETCH, Conditions(chance=0.5), Hang())
    alone = taken(Rulebook([late]), [fetch()] * 40)
    behind = taken(
        Rulebook([FaultRule("early", Operation.FETCH, Conditions(every=2), ResetConnection()), late]), [fetch()] * 40
    )
    assert behind[0::2] == alone[0::2]


def test_another_seed_throws_otherwise() -> None:
    book = Rulebook(faults(Conditions(chance=0.5)))
    assert taken(book, [fetch()] * 64, Dice(1)) != taken(book, [fetch()] * 64, Dice(2))


def test_counts_can_be_taken_up_again_by_another_rulebook() -> None:
    rules, counters = faults(Conditions(nth=3)), Counter[str]()
    for _ in range(2):
        assert Rulebook(rules).choose(fetch(), counters, DICE) is None
    assert Rulebook(rules).choose(fetch(), counters, DICE) == rules[0]
    assert counters == {"fault:r0": 3}


PATTERNS = st.sampled_from(["a", "b", "*", "a*", "?b", "/a/"])
NUMBERS = st.none() | st.integers(1, 4)
CONDITIONS = st.builds(
    Conditions,
    model=st.lists(PATTERNS, max_size=2).map(tuple),
    prompt=st.lists(PATTERNS, max_size=2).map(tuple),
    mode=st.lists(st.sampled_from([Mode.TEXT, Mode.REFERENCE]), max_size=1).map(tuple),
    roles=st.lists(st.sampled_from(["x", "y"]), max_size=2).map(tuple),
    key=st.lists(PATTERNS, max_size=1).map(tuple),
    header=st.lists(st.tuples(st.just("h"), PATTERNS), max_size=1).map(tuple),
    nth=NUMBERS,
    every=NUMBERS,
    first=NUMBERS,
    chance=st.none() | st.sampled_from([0.3, 0.7]),
)
VALUES = st.none() | st.sampled_from(["a", "b", "ab", "A"])
SUBJECTS = st.builds(
    Subject,
    key=st.sampled_from(["a", "b"]),
    on=st.sampled_from([Operation.CREATE, Operation.FETCH]),
    model=VALUES,
    prompt=VALUES,
    mode=st.none() | st.sampled_from([Mode.TEXT, Mode.REFERENCE]),
    roles=st.frozensets(st.sampled_from(["x", "y"])),
    headers=st.dictionaries(st.just("h"), st.sampled_from(["a", "b"]), max_size=1),
)
RULES = st.lists(st.tuples(st.sampled_from([Operation.CREATE, Operation.FETCH]), CONDITIONS), max_size=6)


class Plain:
    """Apply the rules one by one, as their documentation describes them, without index and cache."""

    def __init__(self, rules: list[FaultRule]) -> None:
        self._rules = rules
        self._counts: Counter[str] = Counter()
        self._throws: Counter[tuple[str, str]] = Counter()

    def choose(self, subject: Subject) -> FaultRule | None:
        takers = [rule for rule in self._rules if self._satisfied(rule, subject) and self._takes(rule, subject)]
        return takers[0] if takers else None

    def _satisfied(self, rule: FaultRule, subject: Subject) -> bool:
        when = rule.when
        return (
            rule.on == subject.on
            and fits(when.model, subject.model)
            and fits(when.key, subject.key)
            and fits(when.prompt, subject.prompt, ignore_case=True)
            and (not when.mode or subject.mode in when.mode)
            and (not when.roles or bool(subject.roles & set(when.roles)))
            and all(name in subject.headers and fits((text,), subject.headers[name]) for name, text in when.header)
        )

    def _takes(self, rule: FaultRule, subject: Subject) -> bool:
        when = rule.when
        self._counts[rule.name] += 1
        self._throws[rule.name, subject.key] += 1
        count, throw = self._counts[rule.name], self._throws[rule.name, subject.key]
        return (
            when.nth in (None, count)
            and (when.first is None or count <= when.first)
            and (when.every is None or count % when.every == 0)
            and (when.chance is None or DICE.chance("fault", rule.name, subject.key, throw) < when.chance)
        )


def fits(patterns: tuple[str, ...], value: str | None, ignore_case: bool = False) -> bool:
    if not patterns:
        return True
    if value is None:
        return False
    return any(
        predicate_of(text)(value) if is_regex(text) or not ignore_case else predicate_of(text.lower())(value.lower())
        for text in patterns
    )


@settings(max_examples=150)
@given(RULES, st.lists(SUBJECTS, max_size=12))
def test_the_quick_way_finds_what_the_plain_way_finds(
    rules: list[tuple[Operation, Conditions]], subjects: list[Subject]
) -> None:
    named = [FaultRule(f"r{number}", on, when, ResetConnection()) for number, (on, when) in enumerate(rules)]
    plain, book, counters = Plain(named), Rulebook(named), dict[str, int]()
    for subject in subjects:
        assert book.choose(subject, counters, DICE) == plain.choose(subject)


def test_what_is_remembered_of_many_subjects_stays_right() -> None:
    book = Rulebook(faults(Conditions(prompt=("*7*",))))
    subjects = [fetch(f"k{number}", prompt=f"p{number}") for number in range(5_000)]
    assert [name is not None for name in taken(book, subjects)] == ["7" in f"{number}" for number in range(5_000)]


def test_a_model_fits_by_the_name_of_the_gateway_and_by_arks_own() -> None:
    text = (Item(Kind.TEXT, "a cat"),)
    asked = Submission(
        "tokenbay", "sk-1", "dreamina-seedance-2-0-260128", text, TaskParameters(), "http://x", named="seedance-2.0"
    )
    subject = subject_of(asked, None)
    for pattern, fits in (("seedance-2.0", True), ("dreamina-*", True), ("seedance-2.0-fast", False)):
        rule = OutcomeRule("one", Conditions(model=(pattern,)), SUCCESS)
        assert (Rulebook([rule]).choose(subject, {}, Dice(1)) is not None) is fits


def ended(work: Any) -> tuple[int, Any]:
    """Return how many steps some work took, and its result."""
    steps = 0
    while True:
        try:
            next(work)
        except StopIteration as end:
            return steps, end.value
        steps += 1


@settings(max_examples=150)
@given(RULES, st.lists(SUBJECTS, max_size=6))
def test_narrowing_in_steps_chooses_what_choosing_at_once_does(
    rules: list[tuple[Operation, Conditions]], subjects: list[Subject]
) -> None:
    named = [FaultRule(f"r{number}", on, when, ResetConnection()) for number, (on, when) in enumerate(rules)]
    at_once, in_steps = Rulebook(named), Rulebook(named)
    counters: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for subject in subjects:
        _, shortlist = ended(in_steps.narrowing(subject))
        found = in_steps.choose(subject, counters[1], DICE, shortlist)
        assert found == at_once.choose(subject, counters[0], DICE)
    assert counters[0] == counters[1]


def test_many_patterns_for_a_long_prompt_are_looked_through_in_steps() -> None:
    book = Rulebook(faults(*(Conditions(prompt=(f"*{number}x*", f"*y{number}*")) for number in range(1_000))))
    long = fetch(prompt="a" * 1_000_000)
    assert book.is_heavy(long)
    assert not book.is_heavy(fetch(prompt="a cat"))
    assert ended(book.narrowing(long))[0] > 1_000


def test_expressions_that_are_quick_each_are_heavy_together() -> None:
    one = Conditions(prompt=("/a.*b/",))
    assert not Rulebook(faults(one)).is_heavy(fetch(prompt="a"))
    assert Rulebook(faults(*[one] * 10)).is_heavy(fetch(prompt="a"))
    assert Rulebook(faults(*[Conditions(header=(("x", "/a.*b/"),))] * 10)).is_heavy(fetch(headers={"x": "a"}))


def test_what_was_looked_through_once_is_not_heavy_again() -> None:
    book = Rulebook(faults(*[Conditions(prompt=("/a.*b/",))] * 10))
    ended(book.narrowing(fetch(prompt="a")))
    assert not book.is_heavy(fetch(prompt="a"))


def test_a_name_longer_than_any_fits_no_pattern_and_is_not_remembered() -> None:
    book = Rulebook(faults(Conditions(model=("*",))))
    assert taken(book, [fetch(model="a" * 20_000), fetch(model="a")]) == [None, "r0"]
