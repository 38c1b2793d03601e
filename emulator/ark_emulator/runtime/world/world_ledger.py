"""The ledger of a world: every hold, settlement and refund, and what is left of each key's balance.

It hears of what happens to tasks and writes down what that moved. An entry may lie ahead: a gateway settles when it
looks at the task the next time.
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
    """What tasks of one world cost. Tasks that are still to be settled are kept as they were accepted."""

    def __init__(self) -> None:
        self._entries: list[LedgerEntry] = []
        self._open: dict[str, Task] = {}
        self._reserved: Counter[str] = Counter()

    def entries(self, until: float, key: str | None = None) -> Sequence[LedgerEntry]:
        """The entries up to a moment in the order of their times, of one key or of all."""
        found = (entry for entry in self._entries if entry.at <= until and key in (None, entry.key))
        return sorted(found, key=lambda entry: entry.at)

    def spent(self, until: float, key: str | None = None) -> Decimal:
        """USD spent up to a moment, holds included."""
        return total(self.entries(until, key))

    def balance(self, key: str, policy: KeyPolicy | None, now: float) -> Decimal | None:
        """USD left of a key's balance, None when it has no end. Holds of submits under way count as spent.

        The keys of one user spend from one balance.
        """
        if policy is None or policy.balance is None:
            return None
        return self.rest(key, policy, {each: self.spent(now, each) for each in policy.sharing or (key,)})

    def rest(self, key: str, policy: KeyPolicy | None, spent: Mapping[str, Decimal]) -> Decimal | None:
        """Return the USD left of a key's balance once its user's keys have spent that much, None when it has no end."""
        if policy is None or policy.balance is None:
            return None
        used = (spent.get(each, Decimal(0)) + dollars(self._reserved[each]) for each in policy.sharing or (key,))
        return Decimal(str(policy.balance)) - sum(used)

    def require_balance(self, key: str, policy: KeyPolicy | None, bill: Bill, now: float) -> None:
        """Let a submit pass that the key's balance suffices for. Raises Refusal otherwise.

        A gateway wants its hold to be covered by the balance, then by what is left of the key's own limit; Ark, which
        holds nothing and knows no such limit, wants something to be left of the balance.
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
        """Hold a submit's quota while it is under way. Raises Refusal when the balance does not suffice."""
        self.require_balance(key, policy, bill, now)
        quota = bill.hold or 0
        self._reserved[key] += quota
        try:
            yield
        finally:
            self._reserved[key] -= quota

    def recheck_balance(self, key: str, policy: KeyPolicy | None, bill: Bill, now: float) -> None:
        """Look at the balance once more, for a submit that holds already. Raises Refusal when it suffices no longer."""
        quota = bill.hold or 0
        self._reserved[key] -= quota
        try:
            self.require_balance(key, policy, bill, now)
        finally:
            self._reserved[key] += quota

    def record_refused_submit(self, key: str, bill: Bill, now: float, refusal: Refusal) -> None:
        """Write down that a submit's quota was held and given back."""
        if bill.hold is not None:
            why = f"the submit was refused ({refusal.render().code})"
            self._entries += [hold_entry(now, key, bill.hold), refund_entry(now, key, bill.hold, None, why)]

    def record_accepted(self, task: Task) -> None:
        """Write down what an accepted task takes at once."""
        self._open[task.id] = task
        if (entry := hold_of(task)) is not None:
            self._entries.append(entry)

    def record_event(self, event: Mapping[str, Any]) -> None:
        """Write down what an event settles or gives back."""
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
        """Return the entries of a task, in the order in which they were written down."""
        return [entry for entry in self._entries if task_id in (entry.upstream, entry.task)]

    def __len__(self) -> int:
        """How many entries there are, those that lie ahead included."""
        return len(self._entries)

    def entries_since(self, first: int) -> Sequence[LedgerEntry]:
        """The entries from that one on, in the order in which they were written."""
        return self._entries[first:]

    def track(self, task: Task) -> None:
        """Wait for the end of a task whose opening was written down elsewhere."""
        self._open[task.id] = task

    def untrack(self, task_id: str) -> None:
        """Wait no longer for the end of a task."""
        self._open.pop(task_id, None)

    def restore_entry(self, entry: LedgerEntry) -> None:
        """Add an entry that was written down elsewhere."""
        self._entries.append(entry)
        if entry.kind is not EntryKind.HOLD and entry.task is not None:
            self._open.pop(entry.upstream or entry.task, None)

    def clear_entries(self) -> None:
        """Forget what was written down; holds of submits under way stay."""
        self._entries.clear()
        self._open.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.clear_entries()
        self._reserved.clear()
