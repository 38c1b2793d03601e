"""Time: look at the clock, freeze it, let it run, set it forward."""

from collections.abc import Mapping
from typing import Any, Final

from ark_emulator.core.time.clock import END
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import world_commands
from ark_emulator.runtime.scheduler import WorldClosed
from ark_emulator.web.control.control_body import ControlRefusal, json_response, number, read_object, speed
from ark_emulator.web.control.list_response import listed
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

END_OF_TIME: Final = END
"""The last second whose milliseconds have thirteen digits, as the names of stored objects want them: in 2286."""


async def look(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/clock`: return the time, mode and speed of the clock."""
    return json_response(queries.clock_document(exchange.world, exchange.now))


async def freeze(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/clock/freeze`: stop the clock."""
    await world_commands.freeze_clock(exchange.world)
    return await look(exchange)


async def resume(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/clock/resume`: start the clock, with an optional `{"speed": x}`."""
    chosen = speed(await read_object(exchange, "speed"))
    await world_commands.resume_clock(exchange.world, chosen)
    return await look(exchange)


async def advance(exchange: Exchange) -> HandlerResult:
    """`POST /_emulator/clock/advance`: move the clock forward by `seconds`, `to` a unix second, or `until` a moment."""
    world, engine = exchange.world, exchange.engine
    wanted = await read_object(exchange, "seconds", "to", "until")
    until = wanted.get("until")
    if until is not None and (until not in ("next", "idle") or len(wanted) > 1):
        raise ControlRefusal(400, "bad_until", '"until" must be "next" or "idle", and stand alone')
    try:
        if until is not None:
            effects = await world_commands.advance_until(engine, world, idle=until == "idle")
        else:
            effects = await world_commands.advance(engine, world, _goal(wanted, exchange.now))
    except WorldClosed:
        raise ControlRefusal(503, "ended", "this world ended before its clock stood there") from None
    return await listed(exchange, effects, lambda effect: effect, {"now": exchange.now}, name="effects")


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
