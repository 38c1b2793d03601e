"""The report card: what a client did that would have cost money, a result or goodwill on the real service. Pure.

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

LOOKS_ALLOWED: Final = 2
"""Polls beyond the end, or faster than asked for, that are no more than a note: a loop has more of them."""
_SLACK: Final = 0.9
"""The share of a wait that counts as having waited: no client's timer is exact."""
_SAME_TIME: Final = 0.1
"""By which share virtual and real time may differ where the clock runs as real time does."""
_TICK: Final = 0.005
"""Seconds by which the two may differ in any case: they are not read at the very same instant."""


class Severity(StrEnum):
    """How bad a finding is; see the table of severities."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing held against a client. `evidence` are numbers of exchanges, `task` is the id its creator got."""

    code: str
    severity: Severity
    message: str
    evidence: tuple[int, ...]
    task: str | None = None
    cost: CaseCost | None = None


@dataclass(frozen=True, slots=True)
class ReportCard:
    """The report card. `wasted` is what was paid for nothing, None when nothing was."""

    grade: str
    findings: tuple[Finding, ...] = ()
    wasted: CaseCost | None = None


def report(case: Case) -> ReportCard:
    """The report card: findings with the worst first, and the grade they lead to."""
    order = list(Severity)
    found = [finding for rule in RULES for finding in rule(case)]
    found.sort(key=lambda each: (-order.index(each.severity), each.evidence[:1], each.code))
    costs = {each.task: each.cost for each in found if each.cost is not None}
    return ReportCard(grade(found), tuple(found), _sum(tuple(costs.values())) if costs else None)


def grade(findings: Iterable[Finding]) -> str:
    """The grade: every code counts once, with the points of its worst severity."""
    points = {row["severity"]: int(row["points"]) for row in load("conduct")["severities"]}
    worst: dict[str, int] = {}
    for each in findings:
        worst[each.code] = max(worst.get(each.code, 0), points[each.severity])
    total = sum(worst.values())
    rows = load("conduct")["grades"]
    return str(next(row["grade"] for row in rows if row["points"] is None or total <= row["points"]))


@cache
def endings() -> frozenset[str]:
    """The words by which any dialect tells that a task has ended."""
    return frozenset(row["word"] for row in load("conduct")["endings"])


def duplicates(case: Case) -> Iterator[Finding]:
    """Decided: an identical create is a duplicate when an earlier one got no usable reply, or its poll failed."""
    for repeat in case.repeats:
        create, doubtful = repeat.create, repeat.doubtful
        poll = _failed_poll(case, repeat)
        if doubtful:
            made = [each for each in doubtful if each.task is not None]
            if made:
                message = f"created again although the reply to {_numbers(made)} was lost: the first task exists, too"
            else:
                message = f"created again after {_numbers(doubtful)} failed; this time the first one made no task"
            yield _repeated(case, create, message, doubtful, paid_twice=bool(made))
        elif poll is not None and repeat.accepted is not None:
            message = f"created again although {_numbers([repeat.accepted])} was accepted: only its poll failed"
            yield _repeated(case, create, message, (repeat.accepted, poll), paid_twice=True)


def resubmits(case: Case) -> Iterator[Finding]:
    """A create sent again because the last poll of the first task failed."""
    for repeat in case.repeats:
        poll = _failed_poll(case, repeat)
        if poll is not None and repeat.accepted is not None:
            told = f"status {poll.status}" if poll.status else "no reply"
            yield Finding(
                "resubmit-after-poll-error",
                Severity.ERROR,
                f"a poll failed ({told}) and the whole task was submitted again; poll again instead",
                (repeat.accepted.number, poll.number, repeat.create.number),
                _name(case, repeat.create.task),
            )


def identicals(case: Case) -> Iterator[Finding]:
    """The same create twice while nothing was wrong with the first task."""
    for repeat in case.repeats:
        first = repeat.accepted
        if repeat.doubtful or first is None or first.task is None or _failed_poll(case, repeat) is not None:
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
    """Polls of a task whose end had been told."""
    for task, polls in case.fetches.items():
        end = case.final_status_seen.get(task)
        late = [each for each in polls if end is not None and each.number > end.number]
        if end is not None and late:
            severity = Severity.WARNING if len(late) > LOOKS_ALLOWED else Severity.NOTE
            message = f"polled {_times(len(late))} after its end had been told"
            evidence = (end.number, *(each.number for each in late))
            yield Finding("poll-after-final", severity, message, evidence, _name(case, task))


def fast_polls(case: Case) -> Iterator[Finding]:
    """Polls that come faster than their system asks for, twice or more; retries of failed ones do not count."""
    if not case.flowing:
        return
    for task, polls in case.fetches.items():
        row = _pace(polls[0].dialect)
        hasty = [
            (later, wait) for earlier, later in pairwise(polls) if (wait := _wait(earlier, later, row)) is not None
        ]
        if len(hasty) >= LOOKS_ALLOWED:
            fastest = min(wait for _, wait in hasty)
            times, least = _times(len(hasty)), row["seconds"]
            message = f"polled {times} within {least:g} s of the poll before, at the soonest {fastest:.2g} s"
            evidence = tuple(later.number for later, _ in hasty)
            yield Finding("poll-too-fast", Severity(row["severity"]), message, evidence, _name(case, task))


def ignored_retry_after(case: Case) -> Iterator[Finding]:
    """The same request again before the time that a Retry-After header named; either clock may have passed it."""
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
    """Clips that nobody downloaded while their link lived, although their end was told."""
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
            message = "the link to the clip has expired, and nobody had downloaded it"
            yield Finding("result-not-downloaded", Severity.WARNING, message, evidence, life.name, life.cost)


def tasks_left_behind(case: Case) -> Iterator[Finding]:
    """Tasks that ended a while ago, and whose end was told to nobody."""
    patience = float(next(row["seconds"] for row in load("conduct")["patience"] if row["name"] == "left_behind"))
    doubled = {each.task for repeat in case.repeats for each in repeat.doubtful}
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
            message = f"it {_ENDED[life.status]}, and nobody asked for it any more"
            yield Finding("task-left-behind", Severity.WARNING, message, (create.number,), life.name, cost)


def undelivered_callbacks(case: Case) -> Iterator[Finding]:
    """Callbacks that no attempt could deliver."""
    for task, life in case.histories.items():
        failed = [each for each in life.deliveries if each.state is DeliveryState.FAILED]
        if failed:
            statuses = ", ".join(each.status for each in failed)
            verdicts = ", ".join(sorted({attempt.verdict for each in failed for attempt in each.attempts}))
            message = f"the callbacks for {statuses} to {failed[0].url} were not taken ({verdicts})"
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
    """A duplicate; it is an error when there are two tasks now, and costs what the second one costs."""
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
    """The failed poll that may have been the reason for a repeat: the last of the first task's before it."""
    if repeat.accepted is None or repeat.accepted.task is None:
        return None
    polls = [each for each in case.fetches.get(repeat.accepted.task, ()) if each.number < repeat.create.number]
    return polls[-1] if polls and polls[-1].failed else None


def _wait(earlier: ObservedExchange, later: ObservedExchange, pace: Mapping[str, Any]) -> float | None:
    """The real seconds between two polls when they are too few; None when they are not, or cannot be judged."""
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
