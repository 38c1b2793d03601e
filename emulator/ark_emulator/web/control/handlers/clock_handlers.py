"""Time: look at the clock, freeze it, let it run, set it forward."""

from collections.abc import Mapping
from typing import Any, Final

from ark_emulator.core.time.clock import END, VirtualClock
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime.scheduler import WorldClosed
from ark_emulator.runtime.world.world import World
from ark_emulator.web.control.control_body import ControlRefusal, json_response, number, read_object, speed
from ark_emulator.web.control.list_response import listed
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

END_OF_TIME: Final = END
"""The last second whose milliseconds have thirteen digits, as the names of stored objects want them: in 2286."""


def clock_document(world: World) -> dict[str, Any]:
    """The clock of a world as the control API prints it."""
    return {"mode": world.clock.mode, "now": world.now, "speed": world.clock.speed}


def publish_clock(world: World) -> None:
    """Let everybody who listens know how the clock stands, and how it goes on."""
    world.publish({"at": world.now, "kind": "clock", **clock_document(world)})


async def look(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/clock`: return the time, mode and speed of the clock."""
    return json_response(clock_document(exchange.world))


async def freeze(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/clock/freeze`: stop the clock."""
    world = exchange.world
    async with world.transaction():
        return _set(world, world.clock.frozen(world.real()))


async def resume(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/clock/resume`: start the clock, with an optional `{"speed": x}`."""
    world = exchange.world
    chosen = speed(await read_object(exchange, "speed"))
    async with world.transaction():
        return _set(world, world.clock.resumed(world.real(), chosen))


async def advance(exchange: Exchange) -> HandlerResult:
    """`POST /_emulator/clock/advance`: move the clock forward by `seconds`, `to` a unix second, or `until` a moment."""
    world, engine = exchange.world, exchange.engine
    wanted = await read_object(exchange, "seconds", "to", "until")
    until = wanted.get("until")
    if until is not None and (until not in ("next", "idle") or len(wanted) > 1):
        raise ControlRefusal(400, "bad_until", '"until" must be "next" or "idle", and stand alone')
    try:
        if until is not None:
            effects = await engine.advance_until(world, idle=until == "idle")
        else:
            effects = await engine.advance(world, _goal(wanted, world.now))
    except WorldClosed:
        raise ControlRefusal(503, "ended", "this world ended before its clock stood there") from None
    async with world.transaction():
        publish_clock(world)
    return await listed(exchange, effects, lambda effect: effect, {"now": world.now}, name="effects")


def _goal(wanted: Mapping[str, Any], now: float) -> float:
    seconds, moment = number(wanted, "seconds"), number(wanted, "to")
    if (seconds is None) == (moment is None):
        raise ControlRefusal(400, "bad_advance", 'give exactly one of "seconds", "to" and "until"')
    goal = now + seconds if seconds is not None else float(moment or 0)
    if goal < now:
        raise ControlRefusal(400, "back_in_time", "the clock cannot go back")
    if goal > END_OF_TIME:
        raise ControlRefusal(400, "too_far", "the clock ends in the year 2286")
    return goal


def _set(world: World, changed: VirtualClock) -> DialectResponse:
    world.set_clock(changed)
    publish_clock(world)
    return json_response(clock_document(world))
