"""The report card: for every code a client that earns it, a similar one that does not, and a grade."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from ark_emulator.core.report_card.report_case import Case, CaseCost, ExchangeKind, ObservedExchange, TaskHistory
from ark_emulator.core.report_card.report_rules import Finding, Severity, endings, grade, report
from ark_emulator.core.task.values import Delivery, DeliveryAttempt, DeliveryState, Status
from ark_emulator.data import load
from hypothesis import given
from hypothesis import strategies as st

COST = CaseCost(108_900, Decimal("0.76"))
HERE = TaskHistory("cgt-1", cost=COST)
DONE = TaskHistory("cgt-1", ended_at=5.0, status=Status.SUCCEEDED, link_dies_at=86_405.0, cost=COST)
FAILED = TaskHistory("cgt-1", ended_at=5.0, status=Status.FAILED)


def exchange(act: ExchangeKind, number: int, at: float | None = None, **changed: Any) -> ObservedExchange:
    """Return a successful exchange, at as many seconds as its number unless given."""
    moment = float(number) if at is None else at
    made = ObservedExchange(number, moment, moment + 1000.0, act, "sk-1", "ark", hash(act), 200)
    return replace(made, **changed)


def create(number: int, task: str | None = "cgt-1", **changed: Any) -> ObservedExchange:
    """Return a create that made a task, or none."""
    return exchange(ExchangeKind.CREATE, number, **{"task": task, **changed})


def fetch(number: int, task: str = "cgt-1", **changed: Any) -> ObservedExchange:
    """Return a poll of a task."""
    return exchange(ExchangeKind.FETCH, number, **{"task": task, **changed})


def final(number: int, task: str = "cgt-1", **changed: Any) -> ObservedExchange:
    """Return a poll that returned the final status of a task."""
    return fetch(number, task, ended=frozenset({task}), **changed)


def download(number: int, task: str = "cgt-1", **changed: Any) -> ObservedExchange:
    """Return a download of a clip."""
    return exchange(ExchangeKind.DOWNLOAD, number, **{"task": task, **changed})


def found(
    exchanges: Sequence[ObservedExchange], lives: dict[str, TaskHistory] | None = None, now: float = 10.0
) -> list[Finding]:
    """Return the findings of a case; tasks without a history are unfinished."""
    known = {each.task: replace(HERE, name=each.task) for each in exchanges if each.task}
    return list(report(Case(exchanges, {**known, **(lives or {})}, now)).findings)


def codes(findings: Sequence[Finding]) -> list[str]:
    """Return the codes that were found."""
    return [each.code for each in findings]


LOST = [{"status": 0}, {"status": 500}, {"status": 503}, {"parseable": False}]


@pytest.mark.parametrize("reply", LOST)
def test_a_create_after_a_lost_reply_is_a_duplicate_that_costs_what_the_second_task_costs(
    reply: dict[str, Any],
) -> None:
    (finding,) = found([create(1, "cgt-1", **reply), create(2, "cgt-2")])
    assert (finding.code, finding.severity, finding.evidence) == ("duplicate-create", Severity.ERROR, (1, 2))
    assert (finding.task, finding.cost) == ("cgt-2", COST)


def test_where_the_lost_create_made_no_task_the_duplicate_is_a_warning_that_cost_nothing() -> None:
    (finding,) = found([create(1, None, status=503), create(2, "cgt-2")])
    assert (finding.code, finding.severity, finding.cost) == ("duplicate-create", Severity.WARNING, None)


def test_every_further_duplicate_costs_one_more_task() -> None:
    exchanges = [create(1, "cgt-1", status=0), create(2, "cgt-2", status=0), create(3, "cgt-3")]
    card = report(Case(exchanges, {name: replace(HERE, name=name) for name in ("cgt-1", "cgt-2", "cgt-3")}, 10.0))
    assert [each.evidence for each in card.findings] == [(1, 2), (1, 2, 3)]
    assert card.wasted == CaseCost(2 * COST.tokens, 2 * COST.usd if COST.usd else None)


def test_a_create_that_was_refused_in_words_may_be_sent_again() -> None:
    assert found([create(1, None, status=429), create(2, None, status=400), create(3)]) == []


def test_a_refusal_in_between_does_not_end_the_doubt() -> None:
    (finding,) = found([create(1, "cgt-1", status=0), create(2, None, status=429), create(3, "cgt-3")])
    assert (finding.code, finding.evidence) == ("duplicate-create", (1, 3))


def test_a_resent_create_that_was_not_accepted_is_no_duplicate_yet() -> None:
    assert found([create(1, "cgt-1", status=0), create(2, None, status=503)]) == []


@pytest.mark.parametrize("changed", [{"intent": 77}, {"key": "sk-2"}])
def test_another_body_or_another_key_is_another_submission(changed: dict[str, Any]) -> None:
    assert found([create(1, "cgt-1", status=0), create(2, "cgt-2", **changed)]) == []


@pytest.mark.parametrize("reply", [*LOST, {"status": 404}, {"status": 429}])
def test_a_create_after_a_failed_poll_is_a_duplicate_and_a_resubmit(reply: dict[str, Any]) -> None:
    findings = found([create(1), fetch(2), fetch(3, **reply), create(4, "cgt-4")])
    assert codes(findings) == ["duplicate-create", "resubmit-after-poll-error"]
    assert {each.evidence for each in findings} == {(1, 3, 4)}
    assert {each.severity for each in findings} == {Severity.ERROR}
    assert [each.cost for each in findings] == [COST, None]


def test_a_poll_that_failed_and_was_then_answered_is_no_reason_for_a_resubmit() -> None:
    assert codes(found([create(1), fetch(2, status=503), fetch(3), create(4, "cgt-4")])) == ["identical-create"]


def test_identical_creates_alone_are_a_note() -> None:
    (finding,) = found([create(1), create(2, "cgt-2")])
    assert (finding.code, finding.severity, finding.evidence) == ("identical-create", Severity.NOTE, (1, 2))


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED, Status.CANCELLED])
def test_a_task_that_came_to_nothing_may_be_asked_for_again(status: Status) -> None:
    lives = {"cgt-1": TaskHistory("cgt-1", ended_at=3.0, status=status)}
    assert found([create(1), final(4), create(5, "cgt-5")], lives) == []


def test_a_task_that_came_to_nothing_only_later_does_not_excuse_the_second() -> None:
    lives = {"cgt-1": TaskHistory("cgt-1", ended_at=9.0, status=Status.FAILED)}
    assert codes(found([create(1), create(5, "cgt-5"), final(10)], lives)) == ["identical-create"]


@pytest.mark.parametrize(("more", "severity"), [(1, "note"), (2, "note"), (3, "warning"), (40, "warning")])
def test_polls_after_the_end_are_a_note_until_they_are_a_loop(more: int, severity: str) -> None:
    polls = [fetch(number, at=10.0 * number) for number in range(3, 3 + more)]
    (finding,) = found([create(1), final(2), *polls], {"cgt-1": DONE})
    assert (finding.code, finding.severity) == ("poll-after-final", severity)
    assert finding.evidence == (2, *(each.number for each in polls))


def test_a_list_or_a_poll_that_reports_the_end_is_the_end_and_one_of_another_task_is_not() -> None:
    listing = exchange(ExchangeKind.LIST, 2, ended=frozenset({"cgt-1"}))
    polls = [fetch(3, at=30.0), fetch(4, "cgt-2", at=40.0)]
    (finding,) = found([create(1), listing, *polls], {"cgt-1": DONE})
    assert (finding.evidence, finding.task) == ((2, 3), "cgt-1")


@pytest.mark.parametrize(
    ("dialect", "every", "severity"),
    [
        ("ark", 0.5, "note"),
        ("ark", 0.95, None),
        ("newapi", 0.2, "note"),
        ("orcarouter", 4.0, "warning"),
        ("orcarouter", 5.0, None),
        ("tokenbay", 1.0, "warning"),
    ],
)
def test_the_pace_of_polls_is_that_of_the_dialect(dialect: str, every: float, severity: str | None) -> None:
    polls = [fetch(number, at=number * every, dialect=dialect) for number in range(2, 6)]
    assert [(each.code, each.severity) for each in found([create(1), *polls])] == (
        [("poll-too-fast", severity)] if severity else []
    )


def test_one_quick_look_is_not_a_pace() -> None:
    assert found([create(1), fetch(2, at=2.0), fetch(3, at=2.1), fetch(4, at=9.0)]) == []


def test_the_retry_of_a_failed_poll_is_not_a_pace() -> None:
    polls = [fetch(number, at=2 + number / 10, status=503) for number in range(2, 9)]
    assert found([create(1), *polls]) == []


def test_the_pace_is_not_judged_where_the_clock_does_not_run_as_real_time_does() -> None:
    polls = [fetch(number, at=2 + number / 10) for number in range(2, 9)]
    assert report(Case([create(1), *polls], {"cgt-1": HERE}, 10.0, flowing=False)).findings == ()
    leaps = [replace(each, at=each.at * 100) for each in polls]
    assert report(Case([create(1), *leaps], {"cgt-1": HERE}, 10.0)).findings == ()


def test_a_retry_before_the_time_it_was_given_is_held_against_the_client() -> None:
    asked = create(1, None, status=429, retry_after=5.0)
    (finding,) = found([asked, create(2, at=3.0)])
    assert (finding.code, finding.severity, finding.evidence) == ("retry-after-ignored", Severity.WARNING, (1, 2))


@pytest.mark.parametrize("changed", [{"at": 6.0}, {"real": 1006.0}, {"at": 5.6}, {"intent": 77}, {"key": "sk-2"}])
def test_a_retry_that_waited_by_either_clock_or_another_request_is_not(changed: dict[str, Any]) -> None:
    asked = create(1, None, status=429, retry_after=5.0)
    assert found([asked, replace(create(2), **changed)]) == []


def test_a_clip_whose_link_died_before_anybody_came_is_lost() -> None:
    (finding,) = found([create(1), final(6)], {"cgt-1": DONE}, now=90_000.0)
    assert (finding.code, finding.evidence, finding.cost) == ("result-not-downloaded", (1, 6), COST)


def test_a_clip_that_was_downloaded_or_still_can_be_is_not() -> None:
    assert found([create(1), final(6), download(7)], {"cgt-1": DONE}, now=90_000.0) == []
    assert found([create(1), final(6)], {"cgt-1": DONE}, now=80_000.0) == []


@pytest.mark.parametrize("changed", [{"status": 403}, {"status": 200, "parseable": False}, {"task": "cgt-2"}])
def test_a_download_that_failed_or_was_of_another_clip_does_not_count(changed: dict[str, Any]) -> None:
    exchanges = [create(1), final(6), download(7, **changed)]
    assert codes(found(exchanges, {"cgt-1": DONE}, now=90_000.0)) == ["result-not-downloaded"]


@pytest.mark.parametrize(
    ("life", "now", "left"),
    [
        (DONE, 20.0, True),
        (FAILED, 20.0, True),
        (replace(DONE, status=Status.EXPIRED), 20.0, True),
        (DONE, 19.0, False),
        (replace(DONE, status=Status.CANCELLED), 20.0, False),
        (HERE, 20.0, False),
    ],
)
def test_a_task_whose_end_was_not_reported_is_left_behind(life: TaskHistory, now: float, left: bool) -> None:
    assert codes(found([create(1), fetch(2)], {"cgt-1": life}, now)) == (["task-left-behind"] if left else [])


def test_a_callback_that_was_accepted_reports_the_end() -> None:
    taken = Delivery(0, Status.SUCCEEDED, 5.0, "http://here", 5.0, DeliveryState.DELIVERED)
    assert found([create(1)], {"cgt-1": replace(DONE, deliveries=(taken,))}, 100.0) == []
    early = replace(taken, status=Status.RUNNING)
    assert codes(found([create(1)], {"cgt-1": replace(DONE, deliveries=(early,))}, 100.0)) == ["task-left-behind"]


def test_a_task_of_which_the_journal_knows_no_create_is_not_judged() -> None:
    assert found([], {"cgt-1": DONE}, 1e9) == []


def test_the_task_of_a_lost_reply_is_left_behind_and_paid_for_once_in_the_sum() -> None:
    exchanges = [create(1, "cgt-1", status=0), create(2, "cgt-2"), final(6, "cgt-2")]
    lives = {name: replace(DONE, name=name) for name in ("cgt-1", "cgt-2")}
    card = report(Case(exchanges, lives, 100.0))
    assert codes(card.findings) == ["duplicate-create", "task-left-behind"]
    assert card.wasted == COST


def test_a_callback_that_was_not_accepted_is_held_against_the_receiver() -> None:
    attempts = tuple(DeliveryAttempt(at, 0.1, verdict) for at, verdict in [(5.0, "refused"), (6.0, "status")])
    deaf = Delivery(0, Status.SUCCEEDED, 5.0, "http://here", 5.0, DeliveryState.FAILED, attempts)
    (finding,) = found([create(1), final(6)], {"cgt-1": replace(DONE, deliveries=(deaf,))})
    assert (finding.code, finding.evidence) == ("callback-not-acknowledged", (1,))
    assert "http://here" in finding.message
    assert "refused, status" in finding.message


def test_the_worst_comes_first() -> None:
    exchanges = [create(1), create(2, "cgt-2", intent=7, status=0), create(3, "cgt-3"), create(4, "cgt-4", intent=7)]
    assert codes(found(exchanges)) == ["duplicate-create", "identical-create"]


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], "A"),
        (["note", "note"], "A"),
        (["warning"], "B"),
        (["warning", "warning"], "C"),
        (["warning", "warning", "warning"], "D"),
        (["error"], "D"),
        (["error", "warning"], "D"),
        (["error", "warning", "warning"], "F"),
        (["error", "error"], "F"),
    ],
)
def test_the_grade_follows_from_the_kinds_of_findings(severities: list[str], expected: str) -> None:
    findings = [Finding(f"code-{number}", Severity(each), "", ()) for number, each in enumerate(severities)]
    assert grade(findings) == grade([*findings, *findings]) == expected


def test_every_severity_and_every_code_is_in_the_tables() -> None:
    tables = load("conduct")
    assert [row["severity"] for row in tables["severities"]] == list(Severity)
    assert {row["code"] for row in tables["codes"]} == {
        *("duplicate-create", "identical-create", "resubmit-after-poll-error", "poll-after-final", "poll-too-fast"),
        *("retry-after-ignored", "result-not-downloaded", "task-left-behind", "callback-not-acknowledged"),
    }
    classes = ("seed: ", "documented: ", "recorded: ", "inferred: ")
    rows = [row for name, table in tables.items() if name != "about" for row in table]
    assert all(row["source"].startswith(classes) for row in rows)


def test_the_words_for_an_end_are_those_of_every_dialect() -> None:
    assert {"succeeded", "cancelled", "SUCCESS", "FAILURE", "completed"} <= endings()
    assert not {"queued", "running", "IN_PROGRESS", "in_progress", "unknown"} & endings()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any exchanges about two tasks, and any histories of them."""
    tasks = st.sampled_from(["cgt-1", "cgt-2"])
    exchanges = [
        ObservedExchange(
            number,
            at=float(number),
            real=float(number),
            kind=draw(st.sampled_from(ExchangeKind)),
            key="sk",
            dialect="ark",
            intent=draw(st.integers(0, 1)),
            status=draw(st.sampled_from([0, 200, 404, 429, 503])),
            parseable=draw(st.booleans()),
            task=draw(st.one_of(st.none(), tasks)),
            ended=draw(st.frozensets(tasks)),
            retry_after=draw(st.sampled_from([None, 1.0, 5.0])),
        )
        for number in range(1, draw(st.integers(0, 12)) + 1)
    ]
    lives = draw(st.dictionaries(tasks, st.sampled_from([HERE, DONE, FAILED])))
    return Case(exchanges, lives, draw(st.sampled_from([0.0, 10.0, 100.0, 1e6])), draw(st.booleans()))


@given(cases())
def test_every_finding_rests_on_exchanges_that_there_were_and_is_in_the_table(case: Case) -> None:
    card = report(case)
    numbers = {each.number for each in case.exchanges}
    known = {row["code"] for row in load("conduct")["codes"]}
    assert all(set(each.evidence) <= numbers and each.code in known for each in card.findings)
    assert card.grade == grade(card.findings)
    assert (card.grade == "A") == all(each.severity is Severity.NOTE for each in card.findings)


@given(cases())
def test_a_client_that_says_nothing_more_is_not_judged_better_for_it(case: Case) -> None:
    before = [each for each in report(case).findings if each.code == "duplicate-create"]
    later = report(replace(case, now=case.now + 100.0)).findings
    assert [each for each in later if each.code == "duplicate-create"] == before
