"""The control API under `/_emulator/`: health, the clock, reset, and the inside of tasks."""

import time
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

import emulator
from emulator.core.clock import Clock
from emulator.dialects.base import Reply, written
from emulator.runtime.worlds import World
from emulator.web.exchange import Exchange


class Misuse(Exception):
    """A control request that cannot be served; told as `{"error": {"code", "message"}}`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def reply(self) -> Reply:
        """The answer that tells of it."""
        return Reply(self.status, written({"error": {"code": self.code, "message": str(self)}}))


async def health(exchange: Exchange) -> Reply:
    """`GET /_emulator/health`."""
    engine, world = exchange.engine, exchange.world
    return _json(
        {
            "status": "ok",
            "version": emulator.__version__,
            "uptime": round(time.monotonic() - engine.born, 3),
            "clock": _clock(world),
            "world": world.name,
            "worlds": len(engine.worlds),
            "scenario": None,
            "store": "memory:",
        }
    )


async def clock(exchange: Exchange) -> Reply:
    """`GET /_emulator/clock`."""
    return _json(_clock(exchange.world))


async def freeze(exchange: Exchange) -> Reply:
    """`POST /_emulator/clock/freeze`."""
    world = exchange.world
    return _set(world, world.clock.frozen(world.real()))


async def resume(exchange: Exchange) -> Reply:
    """`POST /_emulator/clock/resume` with an optional `{"speed": x}`."""
    world = exchange.world
    speed = _number(await _body(exchange), "speed")
    if speed is not None and speed <= 0:
        raise Misuse(400, "bad_speed", "speed must be greater than 0; to stop the clock, freeze it")
    return _set(world, world.clock.resumed(world.real(), speed))


async def advance(exchange: Exchange) -> Reply:
    """`POST /_emulator/clock/advance` with `{"seconds": n}`, `{"to": unix}` or `{"until": "next" | "idle"}`."""
    world, engine = exchange.world, exchange.engine
    wish = await _body(exchange)
    if (until := wish.get("until")) is not None:
        if until not in ("next", "idle"):
            raise Misuse(400, "bad_until", 'until must be "next" or "idle"')
        effects = await engine.advance_until(world, idle=until == "idle")
    else:
        effects = await engine.advance(world, _goal(wish, world.now))
    return _json({"now": world.now, "effects": effects})


async def reset(exchange: Exchange) -> Reply:
    """`POST /_emulator/reset`: empties the world and starts its clock again."""
    await exchange.engine.reset(exchange.world)
    return _json({"now": exchange.world.now})


def _goal(wish: Mapping[str, Any], now: float) -> float:
    seconds, moment = _number(wish, "seconds"), _number(wish, "to")
    if (seconds is None) == (moment is None):
        raise Misuse(400, "bad_advance", 'give exactly one of "seconds", "to" and "until"')
    goal = now + seconds if seconds is not None else float(moment or 0)
    if goal < now:
        raise Misuse(400, "back_in_time", "the clock cannot go back")
    if goal > _END_OF_TIME:
        raise Misuse(400, "too_far", "the clock ends with the year 9999")
    return goal


_END_OF_TIME = 253_402_300_799.0


def _clock(world: World) -> dict[str, Any]:
    return {"mode": world.clock.mode, "now": world.now, "speed": world.clock.speed}


def _set(world: World, changed: Clock) -> Reply:
    world.set_clock(changed)
    world.tell({"at": world.now, "kind": "clock", "mode": changed.mode, "speed": changed.speed})
    return _json(_clock(world))


def _json(document: object) -> Reply:
    return Reply(200, written(document))


async def _body(exchange: Exchange) -> Mapping[str, Any]:
    raw = await exchange.request.read()
    try:
        document = from_json(raw, allow_inf_nan=False) if raw.strip() else {}
    except ValueError as error:
        raise Misuse(400, "bad_json", f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise Misuse(400, "bad_json", "the body must be a JSON object")
    return document


def _number(wish: Mapping[str, Any], name: str) -> float | None:
    value = wish.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Misuse(400, f"bad_{name}", f'"{name}" must be a number')
    return float(value)
