"""The ledger entries of tasks: holds, settlements, refunds. Pure.

Ark charges nothing before a success, then the tokens by its price list. A gateway takes a flat hold first; a success
settles it against the tokens, any other end refunds it. Quota is the gateways' unit: 500,000 of it are one USD.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from ark_emulator.core.billing import prices
from ark_emulator.core.facts import catalogue
from ark_emulator.core.gateway_view.gateway_record import end_seen_at, given_up_at, hidden
from ark_emulator.core.task.lifecycle import Timeline
from ark_emulator.core.task.values import Erased, Kind, Mark, Plan, Status, Submission, Task

QUOTA_PER_USD: Final = 500_000
"""How much quota one USD is (new-api source)."""


class EntryKind(StrEnum):
    """The reason of a ledger entry."""

    HOLD = "hold"
    SETTLE = "settle"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One movement of money.

    `amount` is in USD and was taken from the balance of `key`; a negative one was returned, so that amounts add up to
    what was spent. `quota` is the same in quota, None where there is none. `task` is the id its creator got, None for a
    submit that created no task; `upstream` is Ark's id where it differs. `tokens` are those that were settled.
    """

    at: float
    key: str
    kind: EntryKind
    amount: Decimal
    task: str | None = None
    upstream: str | None = None
    quota: int | None = None
    tokens: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TaskCost:
    """The total cost of a success: USD, the quota of a gateway, the tokens it was counted by, and the calculation."""

    amount: Decimal
    quota: int | None
    tokens: int
    note: str


def dollars(quota: int) -> Decimal:
    """Return quota in USD, exactly."""
    return Decimal(quota) / QUOTA_PER_USD


def hold_entry(at: float, key: str, quota: int, task: Task | None = None) -> LedgerEntry:
    """Return the entry for the hold that a submit takes."""
    return _entry(at, key, EntryKind.HOLD, quota, task, f"a hold of {quota} quota")


def refund_entry(at: float, key: str, quota: int, task: Task | None, why: str) -> LedgerEntry:
    """Return the entry that refunds a hold in full."""
    return _entry(at, key, EntryKind.REFUND, -quota, task, f"the hold of {quota} quota is refunded: {why}")


def cost(task: Task) -> TaskCost:
    """Return what a task costs when it succeeds."""
    return charge(task.submission, task.plan)


def charge(submission: Submission, plan: Plan) -> TaskCost:
    """Return what a success of this plan costs. A gateway counts the reported tokens; without any it keeps its hold."""
    bill, tokens = submission.terms.bill, plan.usage.tokens
    if bill.hold is not None:
        tokens = plan.result.tokens(tokens) or 0
        if not tokens:
            note = "the response reported no tokens; the hold is charged in full"
            return TaskCost(dollars(bill.hold), bill.hold, 0, note)
    if bill.ratio is not None:
        quota = int(tokens * Fraction(bill.ratio))
        return TaskCost(dollars(quota), quota, tokens, f"{tokens} tokens at {float(Fraction(bill.ratio)):g} quota each")
    listed = _list_price(submission, plan, tokens)
    note = f"{tokens} tokens by the price list" if listed is not None else "no price is published for this model"
    amount = Decimal(0) if listed is None else listed
    if bill.hold is None:
        return TaskCost(amount, None, tokens, note)
    quota = int(amount * QUOTA_PER_USD)
    return TaskCost(dollars(quota), quota, tokens, note)


def hold_of(task: Task) -> LedgerEntry | None:
    """Return the entry for what an accepted task takes at once, None where nothing is taken."""
    quota, key = task.submission.terms.bill.hold, task.submission.key
    return None if quota is None else hold_entry(task.plan.accepted_at, key, quota, task)


def settlement_of(task: Task, kind: str, status: Status, at: float) -> LedgerEntry | None:
    """Return the entry that a transition of the task settles or refunds.

    `kind` is `move` or `timeout`, to that status, at that moment. None when it settles nothing: the task goes on,
    nothing was held, or the gateway had given up before it saw this.
    """
    if kind == "timeout":
        return _refund(task, at, _TOO_LATE)
    if kind != "move":
        return None
    seen = end_seen_at(task, Mark(status, at))
    if seen is None:
        return None
    return _settlement(task, seen) if status is Status.SUCCEEDED else _refund(task, seen, f"the task {_ENDED[status]}")


def reversal(entry: LedgerEntry, at: float) -> LedgerEntry | None:
    """Return the entry that reverses one dated later than `at`, when Ark's record is deleted at that moment.

    The gateway then finds nothing when it looks, so it neither settles nor refunds anything. None for an entry whose
    time had come.
    """
    if entry.at <= at:
        return None
    kind = EntryKind.REFUND if entry.kind is EntryKind.SETTLE else EntryKind.HOLD
    quota = None if entry.quota is None else -entry.quota
    note = f"the {entry.kind} is reversed: the task was deleted before the gateway saw its final status"
    return replace(entry, kind=kind, amount=-entry.amount, quota=quota, tokens=None, note=note)


def late_refund(about: Iterable[LedgerEntry], at: float) -> LedgerEntry | None:
    """Return the refund when the gateway gives a task up, from its entries; None when nothing is held any more.

    It applies to a task that counts as settled although its settlement was reversed.
    """
    found = list(about)
    held = sum(entry.quota or 0 for entry in found)
    if held <= 0:
        return None
    note = f"the hold of {held} quota is refunded: {_TOO_LATE}"
    return replace(found[0], at=at, kind=EntryKind.REFUND, amount=-dollars(held), quota=-held, tokens=None, note=note)


def entries(task: Task, line: Timeline, until: float) -> tuple[LedgerEntry, ...]:
    """Return every entry of the task up to a moment, in order."""
    found = [hold_of(task), *(settlement_of(task, "move", mark.status, mark.at) for mark in line)]
    deleted = next((fact.at for fact in task.facts if isinstance(fact, Erased)), None)
    if deleted is not None:
        found += [reversal(entry, deleted) for entry in found if entry is not None]
    gone = given_up_at(task.submission.terms, line, hidden(task, line))
    if gone is not None:
        found.append(settlement_of(task, "timeout", Status.FAILED, gone))
    return tuple(entry for entry in found if entry is not None and entry.at <= until)


def total(found: Iterable[LedgerEntry]) -> Decimal:
    """Return the total amount spent."""
    return sum((entry.amount for entry in found), Decimal(0))


_TOO_LATE: Final = "no final status was seen in time"
_ENDED: Final = {Status.FAILED: "failed", Status.EXPIRED: "expired", Status.CANCELLED: "was cancelled"}


def _settlement(task: Task, at: float) -> LedgerEntry:
    counted, held = cost(task), task.submission.terms.bill.hold
    amount, quota, note = counted.amount, None, counted.note
    if held is not None and counted.quota is not None:
        quota = counted.quota - held
        amount, note = dollars(quota), f"{note}: {counted.quota} quota, of which {held} were held"
    name, upstream = _names(task)
    return LedgerEntry(at, task.submission.key, EntryKind.SETTLE, amount, name, upstream, quota, counted.tokens, note)


def _refund(task: Task, at: float, why: str) -> LedgerEntry | None:
    held = task.submission.terms.bill.hold
    return None if held is None else refund_entry(at, task.submission.key, held, task, why)


def _entry(at: float, key: str, kind: EntryKind, quota: int, task: Task | None, note: str) -> LedgerEntry:
    name, upstream = (None, None) if task is None else _names(task)
    return LedgerEntry(at, key, kind, dollars(quota), name, upstream, quota, note=note)


def _names(task: Task) -> tuple[str, str | None]:
    """Return the id the task's creator got, and Ark's where that is another."""
    return (task.id, None) if task.alias is None else (task.alias, task.id)


def _list_price(submission: Submission, plan: Plan, tokens: int) -> Decimal | None:
    return prices.price(
        catalogue.of_family(plan.family),
        tokens,
        plan.picture.resolution,
        with_video_input=any(item.kind is Kind.VIDEO for item in submission.items),
        audio=plan.picture.audio,
        flex=plan.tier == "flex",
    )
