"""Faults added on the spot: let one thing go wrong, list what was added, take it back."""

from typing import Any

from emulator.core.scenario import FaultRule
from emulator.dialects.base import Reply
from emulator.runtime.scenarios import Unusable
from emulator.web.control import scenario
from emulator.web.control.wire import Misuse, answer, wish
from emulator.web.exchange import Exchange


async def add(exchange: Exchange) -> Reply:
    """`POST /_emulator/faults` with a fault as in a scenario file, in JSON; 201 with its id.

    Added faults are asked before those of the scenario, the oldest of them first.
    """
    try:
        rule = exchange.engine.load.fault(dict(await wish(exchange)))
    except Unusable as problem:
        raise scenario.unusable("invalid_fault", problem) from None
    return answer(_shown(exchange.world.behaviour.add(rule)), 201)


async def listing(exchange: Exchange) -> Reply:
    """`GET /_emulator/faults`: what was added and not taken back, oldest first."""
    items = [_shown(rule) for rule in exchange.world.behaviour.added]
    return answer({"items": items, "total": len(items)})


async def remove(exchange: Exchange) -> Reply:
    """`DELETE /_emulator/faults/{id}`."""
    if not exchange.world.behaviour.remove(exchange.name):
        raise Misuse(404, "unknown_fault", f"no fault {exchange.name!r} was added")
    return answer({})


async def clear(exchange: Exchange) -> Reply:
    """`DELETE /_emulator/faults`: takes every added fault back; the scenario's stay."""
    behaviour = exchange.world.behaviour
    for rule in behaviour.added:
        behaviour.remove(rule.name)
    return answer({})


def _shown(rule: FaultRule) -> dict[str, Any]:
    return {"id": rule.name, **scenario.fault(rule)}
