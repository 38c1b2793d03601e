"""Named mistakes: each yields exactly its code at its line and column, with a helpful suggestion."""

from dataclasses import dataclass

import pytest
from ark_emulator.loading.diagnostics.diagnostics import CODES, ScenarioError
from ark_emulator.loading.loader import fault_from_object, scenario_from_object, scenario_from_text

HERE = "¦"  # stands in front of the place that has to be complained about


@dataclass(frozen=True)
class Mistake:
    """A scenario with one mistake, and the expected diagnostic; `hint` is a part of its hint or message."""

    name: str
    code: str
    marked: str
    hint: str

    @property
    def text(self) -> str:
        return self.marked.replace(HERE, "")

    @property
    def place(self) -> tuple[int, int]:
        before = self.marked[: self.marked.index(HERE)]
        return before.count("\n") + 1, len(before) - before.rfind("\n")


def mistake(name: str, code: str, marked: str, hint: str = "") -> Mistake:
    return Mistake(name, code, marked, hint)


def faults(*rules: str) -> str:
    return "faults:\n" + "".join(f"  - {rule}\n" for rule in rules)


def life(steps: str) -> str:
    return f"outcomes:\n  - then: {steps}\n"


def when(conditions: str) -> str:
    return f"outcomes:\n  - when: {conditions}\n    then: [queued, running, succeeded]\n"


MISTAKES = [
    mistake("a list at the top", "SC007", "¦- version: 1\n", "version: 1"),
    mistake("a text at the top", "SC007", "¦output-moderation\n"),
    mistake("an unclosed bracket", "SC001", "outcomes:\n  - then: ¦[queued\n\n"),
    mistake("a tab", "SC002", "outcomes:\n¦\t- then: [queued]\n", "spaces"),
    mistake("a duplicate key", "SC003", "seed: 1\nname: x\n¦seed: 2\n", "line 1"),
    mistake("a tag", "SC004", "seed: ¦!!int 5\n"),
    mistake("a deep alias", "SC005", "a: &a [1]\nb: &b [¦*a]\nc: &c [*b]\nd: [*c]\n"),
    mistake("an unknown key at the top", "SC101", "version: 1\n¦outcome: []\n", "'outcomes'"),
    mistake("an unknown key of a condition", "SC101", when("{¦promt: x}"), "'prompt'"),
    mistake("an unknown key of a fault", "SC101", faults("{on: fetch, ¦statsu: 503}"), "'status'"),
    mistake("an unknown key of the clock", "SC101", "clock: {¦sped: 10}\n", "'speed'"),
    mistake("an unknown key of a key", "SC101", "keys:\n  sk-poor: {¦balanse: 1}\n", "'balance'"),
    mistake("an unknown key of a success", "SC101", life("[queued, running, {succeeded: {¦usag: zero}}]"), "'usage'"),
    mistake("no name of a header", "SC105", faults("{on: fetch, status: 503, headers: {¦'é': x}}")),
    mistake("two lines in a header", "SC105", faults('{on: fetch, status: 503, headers: {x: ¦"a\\r\\nb: c"}}')),
    mistake("two lines in a type", "SC105", faults('{on: fetch, status: 503, content_type: ¦"a\\nb"}')),
    mistake("a misspelt step", "SC103", life("[queued, running, ¦sucseeded]"), "'succeeded'"),
    mistake("a misspelt step with a value", "SC101", life("[queued, running, {¦sucseeded: {}}]"), "'succeeded'"),
    mistake("a misspelt exchange", "SC103", faults("{on: ¦creat, hang: true}"), "'create'"),
    mistake("a misspelt clock", "SC103", "clock: ¦frosen\n", "'frozen'"),
    mistake("a misspelt mode of the clock", "SC103", "clock: {mode: ¦pols}\n", "'polls'"),
    mistake("a misspelt preset", "SC103", "limits: ¦enterprize\n", "'enterprise'"),
    mistake("a misspelt mode", "SC103", when("{mode: ¦t2vv}"), "'t2v'"),
    mistake("a misspelt role in a list", "SC103", when("{role: [last_frame, ¦fist_frame]}"), "'first_frame'"),
    mistake("a misspelt state of a key", "SC103", "keys: {a: {status: ¦expire}}\n", "'expired'"),
    mistake("a misspelt dialect", "SC103", faults("{on: fetch, dialect: ¦arc, hang: true}"), "'ark'"),
    mistake("a misspelt usage", "SC103", life("[queued, running, {succeeded: {usage: ¦mising}}]"), "'missing'"),
    mistake("a misspelt link", "SC103", life("[queued, running, {succeeded: {video_url: ¦ded}}]"), "'dead'"),
    mistake("a misspelt drift", "SC103", faults("{on: fetch, drift: [usage, ¦eror]}"), "'error'"),
    mistake("a misspelt reply after the commit", "SC103", faults("{on: create, after_commit: ¦resett}"), "'reset'"),
    mistake("a switch that is off", "SC103", faults("{on: fetch, hang: ¦false}"), "remove the key"),
    mistake("a switch said in YAML 1.1", "SC103", faults("{on: fetch, hang: ¦yes}")),
    mistake("another version", "SC103", "version: ¦2\n"),
    mistake("no exchange", "SC102", faults("¦{hang: true}")),
    mistake("no life", "SC102", "outcomes:\n  - ¦when: {nth: 1}\n", "add the steps"),
    mistake("a failure without a message", "SC102", life("[queued, running, {¦failed: {code: X}}]")),
    mistake("a key without a value", "SC104", "clock:\n  ¦mode:\n", "remove the key"),
    mistake("a number for a text", "SC104", "about: ¦5\n", "quotes"),
    mistake("a ratio for a seed", "SC104", "seed: ¦16:9\n"),
    mistake("a fraction for a count", "SC104", faults("{on: fetch, nth: ¦1.5, hang: true}")),
    mistake("a mapping for a list", "SC104", "faults: ¦{on: fetch, hang: true}\n"),
    mistake("a text for a rule", "SC104", faults("¦hang")),
    mistake("a number for a step", "SC104", life("[queued, ¦5, succeeded]")),
    mistake("a number for a failure", "SC104", life("[queued, running, {failed: ¦500}]")),
    mistake("a number for a pattern", "SC104", faults("{on: fetch, key: ¦5, hang: true}")),
    mistake("an empty list of patterns", "SC104", faults("{on: fetch, key: ¦[], hang: true}")),
    mistake("a speed of nothing", "SC105", "clock: {speed: ¦0}\n"),
    mistake("a count of nothing", "SC105", faults("{on: fetch, nth: ¦0, hang: true}")),
    mistake("a seed below zero", "SC105", "seed: ¦-1\n"),
    mistake("a status that is none", "SC105", faults("{on: fetch, status: ¦99}")),
    mistake("one delivery for two", "SC105", faults("{on: callback, duplicate: ¦1}")),
    mistake("a range backwards", "SC105", "timings: {running: ¦12s..8s}\n"),
    mistake("a share over all", "SC105", faults("{on: fetch, truncate: ¦150%}")),
    mistake("a body cut off after its end", "SC105", faults("{on: fetch, truncate: ¦100%}")),
    mistake("no steps", "SC105", life("¦[]")),
    mistake("a unit that is none", "SC106", life("[{queued: ¦2x}, running, succeeded]"), "500ms"),
    mistake("forever, misspelt", "SC106", life("[queued, {running: ¦foreverr}]"), "'forever'"),
    mistake("polls that are none", "SC106", life("[{queued: ¦{polls: 0}}, running, succeeded]"), "{polls: 2}"),
    mistake("half a distribution", "SC106", faults("{on: fetch, delay: ¦{median: 2s}}"), "p99"),
    mistake("a rate without time", "SC106", faults("{on: fetch, drip: ¦2kB}"), "kB/s"),
    mistake("a name with a slash", "SC106", "name: ¦a/b\n"),
    mistake("an expression that explodes", "SC107", faults("{on: fetch, prompt: ¦'/(a+)+$/', hang: true}")),
    mistake("an expression that is wrong", "SC107", faults("{on: fetch, prompt: ¦'/(a/', hang: true}")),
    mistake("an expression without its end", "SC107", faults("{on: fetch, prompt: ¦/ab, hang: true}")),
    mistake("no effect", "SC201", faults("¦{on: fetch, nth: 2}"), "add one of refuse"),
    mistake("two effects", "SC201", faults("{on: fetch, status: 503, ¦hang: true}")),
    mistake(
        "a life and a refusal",
        "SC201",
        "outcomes:\n  - then: [queued, running, succeeded]\n    ¦refuse: ServerOverloaded\n",
    ),
    mistake("two steps in one", "SC201", life("[¦{queued: 1s, running: 2s}, succeeded]"), "its own line"),
    mistake("a fault of create on fetch", "SC202", faults("{on: fetch, ¦after_commit: reset}"), "create"),
    mistake("a fault of callbacks on create", "SC202", faults("{on: create, ¦lose: true}"), "callback"),
    mistake("a refusal of a callback", "SC202", faults("{on: callback, ¦refuse: ServerOverloaded}")),
    mistake("a body without a status", "SC203", faults("{on: fetch, hang: true, ¦body: x}"), "status"),
    mistake(
        "a wait without a refusal",
        "SC203",
        faults("{on: fetch, hang: true, ¦retry_after: 2}"),
        "status or after_commit",
    ),
    mistake("both words for speed", "SC203", "clock: {speed: 10, ¦rate: 10}\n"),
    mistake(
        "an unknown code of a failure",
        "SC204",
        life("[queued, running, {failed: ¦OutputVideoSensitivContentDetected}]"),
        "'OutputVideoSensitiveContentDetected'",
    ),
    mistake(
        "an unknown code of a request", "SC204", faults("{on: create, refuse: ¦ServerOverload}"), "'ServerOverloaded'"
    ),
    mistake("an unknown code of the storage", "SC204", faults("{on: download, refuse: ¦NoSuchKy}"), "'NoSuchKey'"),
    mistake(
        "a code that no task can fail with",
        "SC205",
        life("[queued, running, {failed: ¦ServerOverloaded}]"),
        "{code: ..., message: ...}",
    ),
    mistake("a code that no fetch can meet", "SC205", faults("{on: fetch, refuse: ¦ModelNotOpen}")),
    mistake("a clip that is not there", "SC206", life("[queued, running, {succeeded: {clip: ¦no.mp4}}]")),
    mistake("success without running", "SC301", life("[queued, ¦succeeded]"), "running, failed"),
    mistake("a life that begins running", "SC301", life("[¦running, succeeded]"), "queued: 0s"),
    mistake("running, then queued", "SC301", life("[queued, running, ¦{queued: forever}]")),
    mistake(
        "a step after the end",
        "SC301",
        "outcomes:\n  - then:\n      [queued, {failed: InternalServiceError},\n      ¦expired]\n",
        "is final",
    ),
    mistake("cancelled while running", "SC301", life("[queued, running, ¦cancelled]")),
    mistake("a life without an end", "SC302", life("[queued, ¦{running: 3s}]"), "forever"),
    mistake("a step after forever", "SC303", life("[queued, {running: forever}, ¦succeeded]")),
    mistake(
        "a rule behind one without conditions",
        "SC401",
        "outcomes:\n  - then: [queued, running, succeeded]\n  - ¦then: [queued, running, succeeded]\n",
        "line 2",
    ),
    mistake(
        "a narrower rule behind a wider one",
        "SC401",
        faults("{on: fetch, model: '*seedance*', hang: true}", "¦{on: fetch, model: '*seedance-2-0*', reset: true}"),
    ),
    mistake(
        "a prompt behind the same prompt",
        "SC401",
        when("{prompt: '*Cat*'}") + "  - ¦{when: {prompt: '*cat*'}, then: [queued, running, succeeded]}\n",
    ),
    mistake(
        "one number behind the first few",
        "SC401",
        faults("{on: fetch, first: 3, hang: true}", "¦{on: fetch, nth: 2, reset: true}"),
    ),
    mistake(
        "the first few behind their numbers",
        "SC401",
        faults(
            "{on: fetch, nth: 1, hang: true}", "{on: fetch, nth: 2, reset: true}", "¦{on: fetch, first: 2, html: true}"
        ),
    ),
    mistake(
        "every fourth behind every second",
        "SC401",
        faults("{on: fetch, every: 2, hang: true}", "¦{on: fetch, every: 4, reset: true}"),
    ),
    mistake("a number beyond the first few", "SC402", faults("{on: fetch, nth: ¦3, first: 2, hang: true}")),
    mistake("a number that is no multiple", "SC402", faults("{on: fetch, nth: ¦3, every: 2, hang: true}")),
    mistake("no multiple among the first few", "SC402", faults("{on: fetch, first: 2, every: ¦3, hang: true}")),
    mistake("no chance", "SC402", faults("{on: fetch, chance: ¦0%, hang: true}")),
    mistake("a prompt of a list request", "SC402", faults("{on: list, ¦prompt: '*cat*', hang: true}")),
    mistake("a header of a callback", "SC402", faults("{on: callback, ¦header: {a: b}, lose: true}")),
    mistake(
        "two rules of one name",
        "SC403",
        faults("{name: a, on: fetch, hang: true}", "{name: ¦a, on: list, hang: true}"),
        "line 2",
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found_at_its_place_and_nothing_else(mistake: Mistake) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text(mistake.text, "s.yaml")
    found = [(each.code, (each.place.line, each.place.column)) for each in caught.value.complaints]
    assert found == [(mistake.code, mistake.place)], caught.value
    assert mistake.hint in caught.value.complaints[0].hint + caught.value.complaints[0].message


def test_every_code_has_a_mistake() -> None:
    made = {mistake.code for mistake in MISTAKES}
    of_the_text_itself = {"SC006", "SC008"}
    assert made | of_the_text_itself == set(CODES)


def test_all_mistakes_of_a_file_are_reported_at_once_in_the_order_of_their_places() -> None:
    text = (
        "seed: x\nclock: froze\noutcomes:\n  - then: [queued, succeeded]\n  - thn: []\nfaults:\n"
        "  - {on: fetch, nth: 2, first: 1, hang: true}\n  - {on: fetch}\nabuot: y\n"
    )
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text(text, "s.yaml")
    found = [(each.code, each.place.line) for each in caught.value.complaints]
    assert found == [
        *(("SC104", 1), ("SC103", 2), ("SC301", 4), ("SC101", 5), ("SC402", 7), ("SC201", 8), ("SC101", 9)),
    ]


ONE_RULE = [
    (
        "a condition and a failure",
        "outcomes:\n  - when: {¦promt: x}\n    then: [queued, running, {failed: ¦Foo}]\n",
        "101 204",
    ),
    ("an order and a failure", life("[¦{running: 8s}, {failed: ¦Foo}]"), "301 204"),
    ("two unknown keys", when("{¦promt: x, ¦modle: y}"), "101 101"),
    ("a word and a contradiction", when("{mode: ¦t2vv, nth: ¦3, first: 2}"), "103 402"),
    ("a dialect and a contradiction", when("{nth: ¦3, first: 2, dialect: ¦arc}"), "402 103"),
    ("a length and a clip", life("[{queued: ¦2x}, running, {succeeded: {clip: ¦no.mp4, ¦usag: 1}}]"), "106 206 101"),
    ("a step and the order of others", life("[¦running, ¦sucseeded, queued, ¦succeeded]"), "301 103 301"),
    ("a step nobody knows at the end", life("[¦running, {¦sucseeded: {}}]"), "301 101"),
    (
        "a length nobody can read at the end",
        when("{nth: ¦0}").replace("running, succeeded", "{running: ¦foreverr}"),
        "105 106",
    ),
    ("a rule without its life, misspelt", "outcomes:\n  - ¦thn: []\n    when: {nth: ¦0}\n", "101 105"),
    ("a rule whose life has no value", "outcomes:\n  - ¦then:\n    when: {nth: ¦0}\n", "104 105"),
    ("a condition and no life", "outcomes:\n  - ¦when: {¦promt: x}\n", "102 101"),
    ("an exchange and an effect", faults("{on: ¦creat, nth: ¦3, first: 1, ¦statsu: 503}"), "103 402 101"),
    ("an effect too many, one of them wrong", faults("{on: fetch, status: ¦99, ¦hang: true}"), "105 201"),
    ("an effect of another exchange, and wrong", faults("{on: fetch, ¦after_commit: ¦rest, nth: ¦0}"), "202 103 105"),
    ("no exchange and two effects", faults("¦{hang: true, ¦reset: true}"), "102 201"),
    ("a companion of a misspelt effect", faults("{on: fetch, ¦statsu: 503, retry_after: ¦2x}"), "101 106"),
    ("a companion of another effect", faults("{on: fetch, hang: true, ¦body: x, nth: ¦0}"), "203 105"),
    ("an effect without a value", faults("{on: fetch, ¦hang: , key: ¦5}"), "104 104"),
    ("a code and a wait", faults("{on: create, refuse: ¦ServerOverload, retry_after: ¦2x}"), "204 106"),
    (
        "a name twice and a word",
        faults("{name: a, on: fetch, hang: true}", "{name: ¦a, on: ¦lst, hang: true}"),
        "403 103",
    ),
    ("both words for speed, and a mode", "clock: {speed: 1, ¦rate: 2, mode: ¦froze}\n", "203 103"),
]


@pytest.mark.parametrize(("name", "marked", "codes"), ONE_RULE, ids=[name for name, _, _ in ONE_RULE])
def test_a_mistake_hides_no_other_in_the_same_rule_and_brings_none_along(name: str, marked: str, codes: str) -> None:
    pieces = marked.split(HERE)
    before = ["".join(pieces[: count + 1]) for count in range(len(pieces) - 1)]
    places = [(text.count("\n") + 1, len(text) - text.rfind("\n")) for text in before]
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text("".join(pieces), "s.yaml")
    found = [(each.code[2:], (each.place.line, each.place.column)) for each in caught.value.complaints]
    assert found == list(zip(codes.split(), places, strict=True)), caught.value


def test_a_rule_that_is_wrong_is_not_reported_to_hide_others() -> None:
    text = faults("{on: fetch, hang: true, reset: true}", "{on: fetch, nth: 2, status: 503}")
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text(text, "s.yaml")
    assert [each.code for each in caught.value.complaints] == ["SC201"]


@pytest.mark.parametrize(
    "rules",
    [
        faults("{on: fetch, hang: true}", "{on: list, hang: true}"),
        faults("{on: fetch, chance: 50%, hang: true}", "{on: fetch, reset: true}"),
        faults(
            "{on: fetch, nth: 1, hang: true}", "{on: fetch, nth: 2, hang: true}", "{on: fetch, first: 3, html: true}"
        ),
        faults("{on: fetch, every: 4, hang: true}", "{on: fetch, every: 2, reset: true}"),
        faults("{on: fetch, model: '*2-0-fast*', hang: true}", "{on: fetch, model: '*2-0*', reset: true}"),
        faults("{on: fetch, prompt: /a/, hang: true}", "{on: fetch, prompt: '*a*', reset: true}"),
        faults("{on: fetch, key: a, first: 2, hang: true}", "{on: fetch, nth: 1, reset: true}"),
        faults("{on: fetch, key: a, hang: true}", "{on: fetch, key: [a, b], reset: true}"),
        faults("{on: fetch, header: {a: b}, hang: true}", "{on: fetch, header: {c: d}, reset: true}"),
        faults("{on: fetch, model: 'a?c', hang: true}", "{on: fetch, model: 'a*c', reset: true}"),
        when("{mode: t2v}") + "  - then: [queued, running, succeeded]\n",
        when("{mode: t2v, role: first_frame}") + "  - {when: {role: first_frame}, then: [queued, expired]}\n",
    ],
)
def test_a_rule_that_may_still_fire_is_left_alone(rules: str) -> None:
    scenario_from_text(rules, "s.yaml")


@pytest.mark.parametrize(
    "rules",
    [
        faults("{on: fetch, chance: 100%, hang: true}", "{on: fetch, reset: true}"),
        faults("{on: fetch, model: '*', hang: true}", "{on: fetch, model: /x/, reset: true}"),
        faults("{on: fetch, key: [a, b], hang: true}", "{on: fetch, key: b, nth: 7, reset: true}"),
        faults("{on: fetch, prompt: '*Cat*', hang: true}", "{on: fetch, prompt: 'a cat?', reset: true}"),
        faults("{on: fetch, model: /^a/, hang: true}", "{on: fetch, model: abc, reset: true}"),
        faults("{on: fetch, header: {A: '*'}, hang: true}", "{on: fetch, header: {a: b, c: d}, reset: true}"),
        faults("{on: fetch, mode: [t2v, i2v], hang: true}", "{on: fetch, mode: i2v, role: first_frame, reset: true}"),
    ],
)
def test_a_rule_that_another_covers_is_found(rules: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text(rules, "s.yaml")
    assert [(each.code, each.place.line) for each in caught.value.complaints] == [("SC401", 3)]


def test_mistakes_of_an_object_have_the_places_of_the_object_printed_out() -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario_from_object({"seed": 1, "outcomes": [{"then": ["queued", "sucseeded"]}]})
    (only,) = caught.value.complaints
    assert (only.code, only.file, only.place.line, only.text.strip()) == ("SC103", "<scenario>", 7, '"sucseeded"')


def test_mistakes_of_a_single_fault_are_reported_too() -> None:
    with pytest.raises(ScenarioError) as caught:
        fault_from_object({"on": "fetch", "after_commit": "reset", "nth": 0})
    assert [each.code for each in caught.value.complaints] == ["SC202", "SC105"]
    with pytest.raises(ScenarioError) as caught:
        fault_from_object({"on": "fetch", "after_commit": "reset"})
    assert [(each.code, each.file) for each in caught.value.complaints] == [("SC202", "<fault>")]
