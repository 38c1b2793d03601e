"""The ledger of a world: every hold, settlement and refund, and the remaining balance of each key.

It is updated by the events of tasks. An entry may be in the future: a gateway settles a task when it polls Ark next.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ark_emulator.core.billing.ledger_entries import (
    EntryKind,
    LedgerEntry,
    dollars,
    hold_entry,
    hold_of,
    late_refund,
    refund_entry,
    reversal,
    settlement_of,
    total,
)
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.scenario.scenario_model import KeyPolicy
from ark_emulator.core.task.gateway_policy import Bill
from ark_emulator.core.task.values import Status, Task


class WorldLedger:
    """The costs of the tasks of one world. Tasks that are not settled yet are kept as they were accepted."""

    def __init__(self) -> None:
        self._entries: list[LedgerEntry] = []
        self._open: dict[str, Task] = {}
        self._reserved: Counter[str] = Counter()

    def entries(self, until: float, key: str | None = None) -> Sequence[LedgerEntry]:
        """Return the entries of one key, or of all keys, up to a moment, ordered by time."""
        found = (entry for entry in self._entries if entry.at <= until and key in (None, entry.key))
        return sorted(found, key=lambda entry: entry.at)

    def spent(self, until: float, key: str | None = None) -> Decimal:
        """Return the USD spent up to a moment, holds included."""
        return total(self.entries(until, key))

    def balance(self, key: str, policy: KeyPolicy | None, now: float) -> Decimal | None:
        """Return the remaining USD of a key's balance, None when it is unlimited. Holds of submits in progress count.

        The keys of one user share one balance.
        """
        if policy is None or policy.balance is None:
            return None
        return self.rest(key, policy, {each: self.spent(now, each) for each in policy.sharing or (key,)})

    def rest(self, key: str, policy: KeyPolicy | None, spent: Mapping[str, Decimal]) -> Decimal | None:
        """Return the remaining USD of a balance of which the keys have spent that much, None when it is unlimited."""
        if policy is None or policy.balance is None:
            return None
        used = (spent.get(each, Decimal(0)) + dollars(self._reserved[each]) for each in policy.sharing or (key,))
        return Decimal(str(policy.balance)) - sum(used)

    def require_balance(self, key: str, policy: KeyPolicy | None, bill: Bill, now: float) -> None:
        """Check the balance of a key for a submit. Raises Refusal when it is too low.

        A gateway requires that the balance covers its hold, and then that the rest of the key's own limit does. Ark has
        no holds and no such limit; it requires a positive balance.
        """
        balance = self.balance(key, policy, now)
        if balance is not None:
            if bill.hold is None and balance <= 0:
                raise Refusal("account.overdue")
            if balance <= 0:
                raise Refusal("gateway.balance_empty", balance=f"{balance:.6f}")
            if bill.hold is not None and balance < dollars(bill.hold):
                raise Refusal("gateway.balance_short", balance=f"{balance:.6f}", hold=f"{dollars(bill.hold):.6f}")
        if policy is None or policy.limit is None or bill.hold is None:
            return
        remaining = Decimal(str(policy.limit)) - self.spent(now, key) - dollars(self._reserved[key])
        if remaining < dollars(bill.hold):
            raise Refusal("gateway.key_short", balance=f"{remaining:.6f}", hold=f"{dollars(bill.hold):.6f}")

    @contextmanager
    def holding(self, key: str, policy: KeyPolicy | None, bill: Bill, now: float) -> Iterator[None]:
        """Hold the quota of a submit while it is in progress. Raises Refusal when the balance is too low."""
        self.require_balance(key, policy, bill, now)
        quota = bill.hold or 0
        self._reserved[key] += quota
        try:
            yield
        finally:
            self._reserved[key] -= quota

    def recheck_balance(self, key: str, policy: KeyPolicy | None, bill: Bill, now: float) -> None:
        """Check the balance again for a submit that is already held. Raises Refusal when it is too low now."""
        quota = bill.hold or 0
        self._reserved[key] -= quota
        try:
            self.require_balance(key, policy, bill, now)
        finally:
            self._reserved[key] += quota

    def record_refused_submit(self, key: str, bill: Bill, now: float, refusal: Refusal) -> None:
        """Record that the quota of a submit was held and refunded."""
        if bill.hold is not None:
            reason = f"the submit was refused ({refusal.render().code})"
            self._entries += [hold_entry(now, key, bill.hold), refund_entry(now, key, bill.hold, None, reason)]

    def record_accepted(self, task: Task) -> None:
        """Record the hold of an accepted task."""
        self._open[task.id] = task
        if (entry := hold_of(task)) is not None:
            self._entries.append(entry)

    def record_event(self, event: Mapping[str, Any]) -> None:
        """Record what an event settles or refunds."""
        kind = event["kind"]
        if kind == "erased":
            self._open.pop(event["task"], None)
        if kind == "deleted":
            self._entries += filter(None, [reversal(entry, event["at"]) for entry in self._about(event["task"])])
        if kind not in ("move", "timeout"):
            return
        if (task := self._open.get(event["task"])) is None:
            if kind == "timeout":
                self._entries += filter(None, [late_refund(self._about(event["task"]), event["at"])])
            return
        if (entry := settlement_of(task, kind, Status(event["status"]), event["at"])) is not None:
            self._entries.append(entry)
            del self._open[task.id]

    def _about(self, task_id: str) -> list[LedgerEntry]:
        """Return the entries of a task, in the order in which they were recorded."""
        return [entry for entry in self._entries if task_id in (entry.upstream, entry.task)]

    def __len__(self) -> int:
        """Return the number of entries, those in the future included."""
        return len(self._entries)

    def entries_since(self, first: int) -> Sequence[LedgerEntry]:
        """Return the entries from number `first` on, in the order in which they were recorded."""
        return self._entries[first:]

    def track(self, task: Task) -> None:
        """Add a task that another process accepted, so that its end is settled."""
        self._open[task.id] = task

    def untrack(self, task_id: str) -> None:
        """Remove a task, so that its end is not settled."""
        self._open.pop(task_id, None)

    def restore_entry(self, entry: LedgerEntry) -> None:
        """Add an entry that was read from the store."""
        self._entries.append(entry)
        if entry.kind is not EntryKind.HOLD and entry.task is not None:
            self._open.pop(entry.upstream or entry.task, None)

    def clear_entries(self) -> None:
        """Remove all entries; holds of submits in progress stay."""
        self._entries.clear()
        self._open.clear()

    def clear(self) -> None:
        """Remove all entries and holds."""
        self.clear_entries()
        self._reserved.clear()
