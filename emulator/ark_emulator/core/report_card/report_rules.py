"""The report card: what a client did that would have cost money, a result or quota on the real service. Pure.

Every rule is a function from a case to findings. Codes, paces and grades are data, in `conduct.json`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.report_card.report_case import Case, CaseCost, ObservedExchange, Repeat
from ark_emulator.core.task.values import DeliveryState, Status
from ark_emulator.data import load

POLLS_ALLOWED: Final = 2
"""How many polls after the end, or faster than allowed, are only a note: a loop makes more of them."""
_SLACK: Final = 0.9
"""The share of a wait that counts as having waited, because no client's timer is exact."""
_SAME_TIME: Final = 0.1
"""The share by which virtual and real time may differ where the clock runs as real time does."""
_TICK: Final = 0.005
"""Seconds by which the two may differ in any case: they are not read at the very same instant."""


class Severity(StrEnum):
    """How serious a finding is; see the table of severities."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about a client. `evidence` are numbers of exchanges, `task` is the id its creator got."""

    code: str
    severity: Severity
    message: str
    evidence: tuple[int, ...]
    task: str | None = None
    cost: CaseCost | None = None


@dataclass(frozen=True, slots=True)
class ReportCard:
    """The result of all rules. `wasted` is what was paid for nothing, None when nothing was."""

    grade: str
    findings: tuple[Finding, ...] = ()
    wasted: CaseCost | None = None


def report(case: Case) -> ReportCard:
    """Return the report card: findings with the worst first, and the grade they lead to."""
    order = list(Severity)
    found = [finding for rule in RULES for finding in rule(case)]
    found.sort(key=lambda each: (-order.index(each.severity), each.evidence[:1], each.code))
    costs = {each.task: each.cost for each in found if each.cost is not None}
    return ReportCard(grade(found), tuple(found), _sum(tuple(costs.values())) if costs else None)


def grade(findings: Iterable[Finding]) -> str:
    """Return the grade: every code counts once, with the points of its worst severity."""
    points = {row["severity"]: int(row["points"]) for row in load("conduct")["severities"]}
    worst: dict[str, int] = {}
    for each in findings:
        worst[each.code] = max(worst.get(each.code, 0), points[each.severity])
    total = sum(worst.values())
    rows = load("conduct")["grades"]
    return str(next(row["grade"] for row in rows if row["points"] is None or total <= row["points"]))


@cache
def endings() -> frozenset[str]:
    """Return the words with which any dialect reports that a task has ended."""
    return frozenset(row["word"] for row in load("conduct")["endings"])


def duplicates(case: Case) -> Iterator[Finding]:
    """Find duplicate creates: identical to an earlier one that got no usable reply, or whose poll failed (decided)."""
    for repeat in case.repeats:
        create, uncertain = repeat.create, repeat.uncertain
        poll = _failed_poll(case, repeat)
        if uncertain:
            made = [each for each in uncertain if each.task is not None]
            if made:
                message = f"created again although the reply to {_numbers(made)} was lost: the first task also exists"
            else:
                message = f"created again after {_numbers(uncertain)} failed; no task existed, but one could have"
            yield _repeated(case, create, message, uncertain, paid_twice=bool(made))
        elif poll is not None and repeat.accepted is not None:
            message = f"created again although {_numbers([repeat.accepted])} was accepted: only its poll failed"
            yield _repeated(case, create, message, (repeat.accepted, poll), paid_twice=True)


def resubmits(case: Case) -> Iterator[Finding]:
    """Find creates sent again because the last poll of the first task failed."""
    for repeat in case.repeats:
        poll = _failed_poll(case, repeat)
        if poll is not None and repeat.accepted is not None:
            reply = f"status {poll.status}" if poll.status else "no reply"
            yield Finding(
                "resubmit-after-poll-error",
                Severity.ERROR,
                f"a poll failed ({reply}) and the whole task was submitted again; poll again instead",
                (repeat.accepted.number, poll.number, repeat.create.number),
                _name(case, repeat.create.task),
            )


def identicals(case: Case) -> Iterator[Finding]:
    """Find identical creates sent while nothing was wrong with the first task."""
    for repeat in case.repeats:
        first = repeat.accepted
        if repeat.uncertain or first is None or first.task is None or _failed_poll(case, repeat) is not None:
            continue
        life = case.histories.get(first.task)
        gone_wrong = life is None or (
            life.ended_at is not None and life.ended_at <= repeat.create.at and life.status is not Status.SUCCEEDED
        )
        if not gone_wrong:
            evidence = (first.number, repeat.create.number)
            message = "the same create was sent twice"
            yield Finding("identical-create", Severity.NOTE, message, evidence, _name(case, repeat.create.task))


def polls_after_the_end(case: Case) -> Iterator[Finding]:
    """Find polls of a task after its final status had been returned."""
    for task, polls in case.fetches.items():
        end = case.final_status_seen.get(task)
        late = [each for each in polls if end is not None and each.number > end.number]
        if end is not None and late:
            severity = Severity.WARNING if len(late) > POLLS_ALLOWED else Severity.NOTE
            message = f"polled {_times(len(late))} after its final status had been returned"
            evidence = (end.number, *(each.number for each in late))
            yield Finding("poll-after-final", severity, message, evidence, _name(case, task))


def fast_polls(case: Case) -> Iterator[Finding]:
    """Find polls that come faster than their dialect allows, twice or more; retries of failed ones do not count."""
    if not case.flowing:
        return
    for task, polls in case.fetches.items():
        row = _pace(polls[0].dialect)
        too_fast = [
            (later, wait) for earlier, later in pairwise(polls) if (wait := _wait(earlier, later, row)) is not None
        ]
        if len(too_fast) >= POLLS_ALLOWED:
            fastest = min(wait for _, wait in too_fast)
            times, least = _times(len(too_fast)), row["seconds"]
            message = f"polled {times} within {least:g} s of the previous poll, at shortest {fastest:.2g} s"
            evidence = tuple(later.number for later, _ in too_fast)
            yield Finding("poll-too-fast", Severity(row["severity"]), message, evidence, _name(case, task))


def ignored_retry_after(case: Case) -> Iterator[Finding]:
    """Find requests repeated before the time that a Retry-After header named; either clock may have passed it."""
    asked: dict[tuple[str, int], ObservedExchange] = {}
    for each in case.exchanges:
        earlier = asked.pop((each.key, each.intent), None)
        if earlier is not None and earlier.retry_after is not None:
            waited = max(each.real - earlier.real, each.at - earlier.at)
            if waited < earlier.retry_after * _SLACK:
                message = f"sent again after {waited:.2g} s; Retry-After said {earlier.retry_after:g} s"
                evidence = (earlier.number, each.number)
                yield Finding("retry-after-ignored", Severity.WARNING, message, evidence, _name(case, each.task))
        if each.retry_after is not None:
            asked[each.key, each.intent] = each


def undownloaded_results(case: Case) -> Iterator[Finding]:
    """Find clips that were not downloaded before their link expired, although their end was reported to the client."""
    for task, life in case.histories.items():
        create = case.creates.get(task)
        known = task in case.final_status_seen or life.final_callback_accepted
        if create is None or not known or life.link_dies_at is None or life.link_dies_at > case.now:
            continue
        if task not in case.downloaded:
            evidence = (
                create.number,
                *(each.number for each in [case.final_status_seen[task]] if task in case.final_status_seen),
            )
            message = "the link to the clip expired before the clip was downloaded"
            yield Finding("result-not-downloaded", Severity.WARNING, message, evidence, life.name, life.cost)


def tasks_left_behind(case: Case) -> Iterator[Finding]:
    """Find tasks that ended a while ago without the client learning of their end."""
    patience = float(next(row["seconds"] for row in load("conduct")["patience"] if row["name"] == "left_behind"))
    doubled = {each.task for repeat in case.repeats for each in repeat.uncertain}
    for task, life in case.histories.items():
        create = case.creates.get(task)
        if create is None or life.ended_at is None or life.status not in _ENDED:
            continue
        if (
            task not in case.final_status_seen
            and not life.final_callback_accepted
            and life.ended_at + patience <= case.now
        ):
            cost = None if task in doubled else life.cost
            message = f"the task {_ENDED[life.status]}, but the client never saw its final status"
            yield Finding("task-left-behind", Severity.WARNING, message, (create.number,), life.name, cost)


def undelivered_callbacks(case: Case) -> Iterator[Finding]:
    """Find callbacks that no attempt could deliver."""
    for task, life in case.histories.items():
        failed = [each for each in life.deliveries if each.state is DeliveryState.FAILED]
        if failed:
            statuses = ", ".join(each.status for each in failed)
            attempts = [attempt.verdict for each in failed for attempt in each.attempts]
            tries = f"{len(attempts)} attempt{'' if len(attempts) == 1 else 's'}"
            verdicts = f" ({', '.join(sorted(set(attempts)))})" if attempts else ""
            message = f"the callback endpoint {failed[0].url} did not accept {statuses} in {tries}{verdicts}"
            create = case.creates.get(task)
            evidence = () if create is None else (create.number,)
            yield Finding("callback-not-acknowledged", Severity.WARNING, message, evidence, life.name)


RULES: Final[tuple[Callable[[Case], Iterator[Finding]], ...]] = (
    duplicates,
    resubmits,
    identicals,
    polls_after_the_end,
    fast_polls,
    ignored_retry_after,
    undownloaded_results,
    tasks_left_behind,
    undelivered_callbacks,
)
_ENDED: Final[Mapping[Status | None, str]] = MappingProxyType(
    {Status.SUCCEEDED: "succeeded", Status.FAILED: "failed", Status.EXPIRED: "expired"}
)


def _repeated(
    case: Case, create: ObservedExchange, message: str, earlier: Sequence[ObservedExchange], *, paid_twice: bool
) -> Finding:
    """Return a duplicate; it is an error when there are two tasks now, and costs what the second one costs."""
    life = case.histories.get(create.task or "")
    return Finding(
        "duplicate-create",
        Severity.ERROR if paid_twice else Severity.WARNING,
        message,
        (*(each.number for each in earlier), create.number),
        _name(case, create.task),
        life.cost if paid_twice and life is not None else None,
    )


def _failed_poll(case: Case, repeat: Repeat) -> ObservedExchange | None:
    """Return the failed poll that may have caused a repeat: the last one of the first task before it."""
    if repeat.accepted is None or repeat.accepted.task is None:
        return None
    polls = [each for each in case.fetches.get(repeat.accepted.task, ()) if each.number < repeat.create.number]
    return polls[-1] if polls and polls[-1].failed else None


def _wait(earlier: ObservedExchange, later: ObservedExchange, pace: Mapping[str, Any]) -> float | None:
    """Return the real seconds between two polls when they are too few; None when they suffice, or cannot be judged."""
    real, virtual = later.real - earlier.real, later.at - earlier.at
    if earlier.failed or abs(virtual - real) > max(real * _SAME_TIME, _TICK):
        return None
    return real if real < pace["seconds"] * _SLACK else None


@cache
def _pace(dialect: str) -> Mapping[str, Any]:
    rows: dict[str, Mapping[str, Any]] = {row["dialect"]: row for row in load("conduct")["paces"]}
    return rows.get(dialect) or rows["*"]


def _name(case: Case, task: str | None) -> str | None:
    life = case.histories.get(task or "")
    return task if life is None else life.name


def _sum(costs: Sequence[CaseCost]) -> CaseCost:
    priced = [each.usd for each in costs if each.usd is not None]
    return CaseCost(sum(each.tokens for each in costs), sum(priced, Decimal(0)) if priced else None)


def _numbers(exchanges: Iterable[ObservedExchange]) -> str:
    return ", ".join(f"#{each.number}" for each in exchanges)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
