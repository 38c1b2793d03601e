"""Money: what was held, settled and given back, and what is left of each key's balance."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ark_emulator.core.billing.ledger_entries import LedgerEntry
from ark_emulator.runtime import queries
from ark_emulator.runtime.common.masking import mask_text, masked
from ark_emulator.web.control.list_response import listed
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult


async def show(exchange: Exchange) -> HandlerResult:
    """`GET /_emulator/ledger`: return the ledger entries, the amount spent and the remaining balance, in USD.

    With `key`, all values are those of that key. With `task`, only the entries are limited to that task. `balance`
    belongs to the requested key, or else to the only key with a balance; null means unlimited.
    """
    await queries.settled(exchange.engine, exchange.world)
    key, task = exchange.request.query.get("key"), exchange.request.query.get("task")
    found = await queries.ledger(exchange.world, key, task, exchange.now)
    spent, left = found.spent, found.left
    one = key if key is not None else next(iter(left)) if len(left) == 1 else None
    rest = {
        "balance": _amount(left.get(one)) if one is not None else None,
        "currency": "USD",
        "spent": _amount(sum(spent.values(), Decimal(0)) if key is None else spent.get(key, Decimal(0))),
        "balances": _balances(left),
    }
    return await listed(exchange, found.entries, _shown, rest, name="entries")


def _balances(left: Mapping[str, Decimal]) -> dict[str, float | None]:
    """Return what is left by masked key; keys that look alike when masked are numbered."""
    found: dict[str, float | None] = {}
    alike: Counter[str] = Counter()
    for key, amount in left.items():
        name = masked(key)
        alike[name] += 1
        found[name if alike[name] == 1 else f"{name} ({alike[name]})"] = _amount(amount)
    return found


def _shown(entry: LedgerEntry) -> dict[str, Any]:
    told: dict[str, Any] = {
        "at": entry.at,
        "task": entry.task,
        "kind": entry.kind,
        "amount": _amount(entry.amount),
        "quota": entry.quota,
        "tokens": entry.tokens,
        "upstream": entry.upstream,
        "key": masked(entry.key),
        "note": None if entry.note is None else mask_text(entry.note, entry.key),
    }
    return {name: value for name, value in told.items() if value is not None or name == "task"}


def _amount(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
