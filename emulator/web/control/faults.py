"""Faults added on the spot: let one thing go wrong, list what was added, take it back."""

from typing import Any

from emulator.core.scenario import FaultRule
from emulator.dialects.base import Reply
from emulator.runtime.scenarios import Unusable
from emulator.web.control import scenario
from emulator.web.control.wire import Misuse, answer, wish
from emulator.web.exchange import Exchange


async def add(exchange: Exchange) -> Reply:
    """`POST /_emulator/faults`: adds a fault, written as in a scenario file, in JSON.

    Added faults are asked before those of the scenario, the oldest of them first.
    """
    wanted = dict(await wish(exchange))
    try:
        rule = exchange.engine.load.fault(wanted)
    except Unusable as problem:
        raise scenario.unusable("invalid_fault", problem) from None
    async with exchange.world.pen:
        added = exchange.world.behaviour.add(rule, wanted)
        _tell(exchange)
    return answer(_shown(exchange, added), 201)


async def listing(exchange: Exchange) -> Reply:
    """`GET /_emulator/faults`: what was added and not taken back, oldest first."""
    items = [_shown(exchange, rule) for rule in exchange.world.behaviour.added]
    return answer({"items": items, "total": len(items)})


async def remove(exchange: Exchange) -> Reply:
    """`DELETE /_emulator/faults/{id}`: takes one added fault back."""
    async with exchange.world.pen:
        if not exchange.world.behaviour.remove(exchange.name):
            raise Misuse(404, "unknown_fault", f"no fault {exchange.name!r} was added")
        _tell(exchange)
    return answer({})


async def clear(exchange: Exchange) -> Reply:
    """`DELETE /_emulator/faults`: takes every added fault back; the scenario's stay."""
    async with exchange.world.pen:
        behaviour = exchange.world.behaviour
        for rule in behaviour.added:
            behaviour.remove(rule.name)
        _tell(exchange)
    return answer({})


def _tell(exchange: Exchange) -> None:
    """Let everybody who listens know how many faults there are now."""
    world = exchange.world
    world.tell({"at": world.now, "kind": "faults", "total": len(world.behaviour.added)})


def _shown(exchange: Exchange, rule: FaultRule) -> dict[str, Any]:
    """A fault, with its YAML as the element of a scenario's `faults`, where it is known."""
    wanted = exchange.world.behaviour.wish(rule.name)
    told = {} if wanted is None else {"yaml": exchange.engine.load.written([wanted])}
    return {"id": rule.name, **scenario.fault(rule), **told}
