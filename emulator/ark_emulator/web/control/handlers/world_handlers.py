"""Worlds: health of the server, making, listing and dropping worlds, starting one afresh."""

import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import ark_emulator
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import world_commands
from ark_emulator.runtime.registry import MAX_WORLDS, TooManyWorlds, WorldExists
from ark_emulator.runtime.world.world import World
from ark_emulator.web.control.control_body import (
    ControlRefusal,
    echoed,
    json_response,
    number,
    read_object,
    reject_unknown_keys,
    speed,
    text,
)
from ark_emulator.web.control.handlers import clock_handlers, scenario_handlers
from ark_emulator.web.control.list_response import listed
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

_LONGEST_KEY = 256


async def health(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/health`: return the version, store, clock and scenario of the server."""
    engine, world = exchange.engine, exchange.world
    return json_response(
        {
            "status": "ok",
            "version": ark_emulator.__version__,
            "uptime": round(time.monotonic() - engine.started_at, 3),
            "clock": queries.clock_document(world, world.now),
            "world": engine.worlds.label(world),
            "worlds": len(engine.worlds),
            "scenario": queries.scenario(world).name,
            "store": engine.worlds.store,
            "store_ok": engine.worlds.healthy,
        }
    )


async def reset(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/reset`: empty the world and restart its clock.

    Remove tasks, callbacks, journal, ledger, counts and added faults; keep scenario, seed and limits. The clock
    returns to the time, mode and speed with which the world was created.
    """
    await world_commands.reset(exchange.engine, exchange.world)
    return json_response({"now": exchange.world.now})


async def create(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/worlds`: create a world, with `{api_key?, scenario?, seed?, clock?}`.

    `scenario` is a built-in name or an object.
    """
    wanted = await read_object(exchange, "api_key", "scenario", "seed", "clock")
    name = text(wanted, "api_key") or f"sk-{token_hex(16)}"
    if len(name) > _LONGEST_KEY or not name.isprintable() or "/" in name:
        raise ControlRefusal(
            400, "bad_api_key", f"api_key must be printable, without a slash, {_LONGEST_KEY} characters at most"
        )
    seed = number(wanted, "seed")
    asked = wanted.get("scenario")
    chosen = None if asked is None else await scenario_handlers.loaded(exchange, asked, named=isinstance(asked, str))
    try:
        world = await world_commands.create_world(
            exchange.engine, name, seed=None if seed is None else int(seed), scenario=chosen, **_clock(wanted)
        )
    except WorldExists:
        raise ControlRefusal(409, "world_exists", f"there is a world for {echoed(name)} already") from None
    except TooManyWorlds:
        raise ControlRefusal(429, "too_many_worlds", f"this server holds at most {MAX_WORLDS} worlds") from None
    return json_response(_shown(world, world.name), 201)


async def listing(exchange: Exchange) -> HandlerResult:
    """`GET /_emulator/worlds`: return every world.

    Under `--isolate`, keys other than that of the default world are masked. A masked key also selects its world.
    """
    worlds = exchange.engine.worlds
    await worlds.load_all()
    return await listed(exchange, worlds, lambda world: _shown(world, worlds.label(world)), {"total": len(worlds)})


async def drop(exchange: Exchange) -> DialectResponse:
    """`DELETE /_emulator/worlds/{id}`: delete the world of that key; the default world cannot be deleted."""
    if not await world_commands.drop_world(exchange.engine, exchange.name):
        raise ControlRefusal(
            404, "unknown_world", f"there is no world for {echoed(exchange.name)} that could be dropped"
        )
    return json_response({})


def _shown(world: World, name: str) -> dict[str, Any]:
    summary = queries.world_summary(world, world.now)
    return {
        "api_key": name,
        "seed": summary.seed,
        "clock": summary.clock,
        "scenario": summary.scenario,
        "path": f"/w/{quote(name, safe='')}",
    }


def _clock(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """How the clock of a new world shall be: a mode, or an object with mode, start and speed."""
    chosen = wanted.get("clock")
    if chosen is None:
        return {}
    if isinstance(chosen, str):
        chosen = {"mode": chosen}
    if not isinstance(chosen, dict):
        raise ControlRefusal(400, "bad_clock", "clock must be a mode or an object")
    reject_unknown_keys(chosen, ("mode", "start", "speed"))
    mode = text(chosen, "mode")
    if mode is not None and mode not in list(ClockMode):
        raise ControlRefusal(400, "bad_clock", f"clock mode must be one of {', '.join(ClockMode)}")
    chosen_speed, start = speed(chosen), number(chosen, "start")
    if start is not None and not 0 <= start <= clock_handlers.END_OF_TIME:
        raise ControlRefusal(400, "bad_start", "start must be a unix second within the years 1970 to 2286")
    return {"mode": None if mode is None else ClockMode(mode), "speed": chosen_speed, "start": start}
