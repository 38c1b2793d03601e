"""Money: what was held, settled and given back, and what is left of each key's balance."""

from decimal import Decimal
from typing import Any

from emulator.core.ledger import Entry
from emulator.dialects.base import Reply
from emulator.runtime.journal import masked
from emulator.runtime.worlds import World
from emulator.web.control.wire import answer
from emulator.web.exchange import Exchange


async def show(exchange: Exchange) -> Reply:
    """`GET /_emulator/ledger`: the entries, what was spent, and what is left, in USD.

    With a key all of it is about that key; with a task the entries alone are those of that task.
    `balance` is that of the key asked for, or of the only key with a balance; null when there is no end to it.
    """
    world = exchange.world
    await exchange.engine.worlds.pulse(world).catch_up()
    key, task, now = exchange.request.query.get("key"), exchange.request.query.get("task"), world.now
    entries = [
        entry for entry in world.ledger.entries(now, key) if task is None or task in (entry.task, entry.upstream)
    ]
    left = _left(world, now)
    one = key if key is not None else next(iter(left)) if len(left) == 1 else None
    return answer(
        {
            "balance": _amount(left.get(one)) if one is not None else None,
            "currency": "USD",
            "entries": [_shown(entry) for entry in entries],
            "spent": _amount(world.ledger.spent(now, key)),
            "balances": {masked(name): _amount(amount) for name, amount in left.items()},
        }
    )


def _left(world: World, now: float) -> dict[str, Decimal]:
    """What is left, by key, for every key with a balance."""
    keys = world.behaviour.keys
    found = {key: world.ledger.left(key, policy, now) for key, policy in keys.items()}
    return {key: amount for key, amount in found.items() if amount is not None}


def _shown(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = {
        "at": entry.at,
        "task": entry.task,
        "kind": entry.kind,
        "amount": _amount(entry.amount),
        "quota": entry.quota,
        "tokens": entry.tokens,
        "upstream": entry.upstream,
        "key": masked(entry.key),
        "note": entry.note,
    }
    return {name: value for name, value in told.items() if value is not None or name == "task"}


def _amount(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
