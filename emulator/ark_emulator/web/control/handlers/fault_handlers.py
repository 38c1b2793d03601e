"""Faults added on the spot: let one thing go wrong, list what was added, take it back."""

import asyncio
from typing import Any

from ark_emulator.core.scenario.scenario_model import FaultRule
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime.settings.scenario_loader import InvalidScenario
from ark_emulator.web.control.control_body import ControlRefusal, echoed, json_response, read_object
from ark_emulator.web.control.handlers import scenario_handlers
from ark_emulator.web.control.list_response import listed
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult


async def add(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/faults`: add a fault, in JSON with the keys of a scenario file.

    Added faults take precedence over those of the scenario; among them, the oldest comes first.
    """
    wanted = dict(await read_object(exchange))
    try:
        rule = await asyncio.to_thread(exchange.engine.load.fault, wanted)
    except InvalidScenario as problem:
        raise scenario_handlers.invalid_scenario("invalid_fault", problem) from None
    async with exchange.world.transaction():
        added = exchange.world.behaviour.add(rule, wanted)
        _tell(exchange)
    return json_response(_shown(exchange, added), 201)


async def listing(exchange: Exchange) -> HandlerResult:
    """`GET /_emulator/faults`: return the added faults, oldest first."""
    added = exchange.world.behaviour.added
    return await listed(exchange, added, lambda rule: _shown(exchange, rule), {"total": len(added)})


async def remove(exchange: Exchange) -> DialectResponse:
    """`DELETE /_emulator/faults/{id}`: remove an added fault."""
    async with exchange.world.transaction():
        if not exchange.world.behaviour.remove(exchange.name):
            raise ControlRefusal(404, "unknown_fault", f"no fault {echoed(exchange.name)} was added")
        _tell(exchange)
    return json_response({})


async def clear(exchange: Exchange) -> DialectResponse:
    """`DELETE /_emulator/faults`: remove all added faults; those of the scenario stay."""
    async with exchange.world.transaction():
        exchange.world.behaviour.remove_added()
        _tell(exchange)
    return json_response({})


def _tell(exchange: Exchange) -> None:
    """Let everybody who listens know how many faults there are now."""
    world = exchange.world
    world.publish({"at": world.now, "kind": "faults", "total": len(world.behaviour.added)})


def _shown(exchange: Exchange, rule: FaultRule) -> dict[str, Any]:
    """A fault, with its YAML as the element of a scenario's `faults`, where it is known."""
    wanted = exchange.world.behaviour.document_of(rule.name)
    told = {} if wanted is None else {"yaml": exchange.engine.load.to_yaml([wanted])}
    return {"id": rule.name, **scenario_handlers.fault(rule), **told}
