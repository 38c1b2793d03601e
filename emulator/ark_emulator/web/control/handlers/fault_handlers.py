"""Faults added on the spot: let one thing go wrong, list what was added, take it back."""

import asyncio
from typing import Any

from ark_emulator.core.scenario.scenario_model import FaultRule
from ark_emulator.dialects.base import Reply
from ark_emulator.runtime.settings.scenario_loader import Unusable
from ark_emulator.web.control.control_body import Misuse, answer, echoed, wish
from ark_emulator.web.control.handlers import scenario_handlers
from ark_emulator.web.control.list_response import listed
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import Answer


async def add(exchange: Exchange) -> Reply:
    """`POST /_emulator/faults`: add a fault, in JSON with the keys of a scenario file.

    Added faults take precedence over those of the scenario; among them, the oldest comes first.
    """
    wanted = dict(await wish(exchange))
    try:
        rule = await asyncio.to_thread(exchange.engine.load.fault, wanted)
    except Unusable as problem:
        raise scenario_handlers.unusable("invalid_fault", problem) from None
    async with exchange.world.pen:
        added = exchange.world.behaviour.add(rule, wanted)
        _tell(exchange)
    return answer(_shown(exchange, added), 201)


async def listing(exchange: Exchange) -> Answer:
    """`GET /_emulator/faults`: return the added faults, oldest first."""
    added = exchange.world.behaviour.added
    return await listed(exchange, added, lambda rule: _shown(exchange, rule), {"total": len(added)})


async def remove(exchange: Exchange) -> Reply:
    """`DELETE /_emulator/faults/{id}`: remove an added fault."""
    async with exchange.world.pen:
        if not exchange.world.behaviour.remove(exchange.name):
            raise Misuse(404, "unknown_fault", f"no fault {echoed(exchange.name)} was added")
        _tell(exchange)
    return answer({})


async def clear(exchange: Exchange) -> Reply:
    """`DELETE /_emulator/faults`: remove all added faults; those of the scenario stay."""
    async with exchange.world.pen:
        exchange.world.behaviour.remove_added()
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
    return {"id": rule.name, **scenario_handlers.fault(rule), **told}
