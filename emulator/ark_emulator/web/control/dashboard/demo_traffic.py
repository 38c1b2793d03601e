"""Demo traffic: made-up clients that submit tasks and poll them, through the same door as everybody.

Their requests are real ones, sent to this server's own address: they stand in the journal, and faults strike them. The
clock of the world is set forward from one request to the next, so that the traffic of minutes is there in a moment.
"""

import asyncio
import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import quote

import aiohttp

from ark_emulator.core.scenario.scenario_model import KeyStatus
from ark_emulator.data import load
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import world_commands
from ark_emulator.runtime.common.cooperative import iterate_with_yields
from ark_emulator.runtime.scheduler import WorldClosed
from ark_emulator.runtime.world.world import DEFAULT
from ark_emulator.web.control.control_body import ControlRefusal, json_response, number, read_object
from ark_emulator.web.http.exchange import Exchange

MOST: Final = 500
"""How many tasks one call makes at most."""
LONGEST: Final = 86_400.0
"""Virtual seconds that the traffic may take."""
_PATIENCE: Final = 2.0
"""Real seconds until a made-up client gives up on an answer: a fault may withhold it."""
_FIRST_LOOK: Final = 2.0
_SLOWER: Final = 1.5
"""How much longer each wait between two polls is than the one before."""
_RAREST: Final = 20.0
_KEYS: Final = 4
_ENDS: Final = frozenset(
    {"succeeded", "failed", "expired", "cancelled", "SUCCESS", "FAILURE", "completed", "NOT_FOUND"}
)


@dataclass(frozen=True, slots=True)
class DemoCall:
    """One create request of a made-up client, `at` so many virtual seconds after the beginning."""

    at: float
    path: str
    key: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class DemoTally:
    """What became of the requests."""

    accepted: list[str] = field(default_factory=list)
    refused: int = 0
    lost: int = 0
    polls: int = 0


async def fill(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/demo`: fill the world with demo traffic, `{count?, seed?, seconds?}`.

    Move the clock forward by `seconds`. The same seed makes the same requests, with the same version of Faker.
    """
    wanted = await read_object(exchange, "count", "seed", "seconds")
    count, seconds = int(_within(wanted, "count", 40, MOST)), _within(wanted, "seconds", 120, LONGEST)
    seed = int(number(wanted, "seed") or 0)
    world = exchange.world
    if exchange.engine.settings.isolate and world.name == DEFAULT:
        raise ControlRefusal(409, "no_way_in", "with --isolate no key leads to the default world: choose another world")
    await asyncio.to_thread(_fake, seed)  # importing Faker takes a third of a second
    planned = [each async for each in iterate_with_yields(calls(seed, count, seconds, _keys(exchange)))]
    try:
        done = await _Traffic(exchange).run(planned, seconds)
    except WorldClosed:
        raise ControlRefusal(503, "ended", "this world ended before its clock stood there") from None
    await world_commands.publish_clock(world)
    told = {"accepted": len(done.accepted), "refused": done.refused, "lost": done.lost, "polls": done.polls}
    return json_response({"now": world.now, **told, "tasks": done.accepted})


def calls(seed: int, count: int, seconds: float, keys: Sequence[str]) -> Iterator[DemoCall]:
    """The create requests of some traffic in their order; without `keys` the clients have made-up ones."""
    chance, fake, table = Random(seed), _fake(seed), load("demo")
    known = keys or [f"sk-{fake.user_name()}-{chance.randrange(10**6):06d}" for _ in range(_KEYS)]
    moments = sorted(chance.uniform(0, seconds) for _ in range(count))
    for moment in moments:
        route, outcome = _weighed(chance, table["routes"]), _weighed(chance, table["outcomes"])
        words = {"color": fake.color_name().lower(), "city": fake.city(), "first_name": fake.first_name()}
        prompt = chance.choice(table["prompts"]).format(**words, company=fake.company())
        text = f"{prompt} {outcome['word']}".strip()
        yield DemoCall(moment, route["path"], chance.choice(known), _body(chance, table, route, text))


def _body(chance: Random, table: Mapping[str, Any], route: Mapping[str, Any], prompt: str) -> dict[str, Any]:
    model = chance.choice(route["models"])
    asked = {name: chance.choice(table[f"{name}s"]) for name in ("ratio", "resolution", "duration")}
    if route["wire"] == "gateway":
        return {"model": model, "prompt": prompt, "metadata": asked}
    return {"model": model, "content": [{"type": "text", "text": prompt}], **asked}


def _fake(seed: int) -> Any:
    from faker import Faker

    made = Faker("en_US")
    made.seed_instance(seed)
    return made


def _weighed(chance: Random, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return chance.choices(rows, [row["weight"] for row in rows])[0]


def _keys(exchange: Exchange) -> list[str]:
    """Keys that are let in; none when any is."""
    keys, policies = exchange.engine.settings.keys, queries.scenario(exchange.world).keys
    if keys and exchange.world.name != DEFAULT:
        return [exchange.world.name]
    return sorted(keys) or [key for key, policy in policies.items() if policy.status is KeyStatus.OK]


def _within(wanted: Mapping[str, Any], name: str, usual: float, most: float) -> float:
    value = number(wanted, name)
    if value is not None and not 1 <= value <= most:
        raise ControlRefusal(400, f"bad_{name}", f'"{name}" must be from 1 to {most:,.0f}')
    return usual if value is None else value


class _Traffic:
    """Sends requests to the server that asked for them, each at its moment of the world's clock."""

    def __init__(self, exchange: Exchange) -> None:
        world = exchange.world
        self._exchange = exchange
        self._base = exchange.address + ("" if world.name == DEFAULT else f"/w/{quote(world.name, safe='')}")
        self._tally = DemoTally()

    async def run(self, planned: Sequence[DemoCall], seconds: float) -> DemoTally:
        """Send them all, and poll what they made until the time is over."""
        engine, world = self._exchange.engine, self._exchange.world
        began = world.now
        agenda: list[tuple[float, int, DemoCall | tuple[str, str, float]]] = [
            (call.at, place, call) for place, call in enumerate(planned)
        ]
        heapq.heapify(agenda)
        timeout = aiohttp.ClientTimeout(total=_PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout, headers={"Host": self._exchange.request.host}) as session:
            while agenda and agenda[0][0] <= seconds:
                at, place, what = heapq.heappop(agenda)
                if world.now < began + at:
                    await world_commands.pass_time(engine, world, began + at)
                if (later := await self._done(session, what)) is not None:
                    heapq.heappush(agenda, (at + later[2], place, later))
        if world.now < began + seconds:
            await world_commands.pass_time(engine, world, began + seconds)
        return self._tally

    async def _done(
        self, session: aiohttp.ClientSession, what: DemoCall | tuple[str, str, float]
    ) -> tuple[str, str, float] | None:
        """Do one thing on the agenda; answers with the poll that follows it: path, key and the wait until then."""
        if isinstance(what, DemoCall):
            status, told = await self._sent(session, "POST", what.path, what.key, what.body)
            name = told.get("id")
            if status is None or not name:
                self._tally.lost += status is None
                self._tally.refused += status is not None
                return None
            self._tally.accepted.append(name)
            return f"{what.path}/{name}", what.key, _FIRST_LOOK
        path, key, wait = what
        _, told = await self._sent(session, "GET", path, key)
        self._tally.polls += 1
        body = told.get("data", told)
        over = isinstance(body, dict) and body.get("status") in _ENDS
        return None if over else (path, key, min(wait * _SLOWER, _RAREST))

    async def _sent(
        self, session: aiohttp.ClientSession, method: str, path: str, key: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int | None, dict[str, Any]]:
        """The status and the document of an answer; no status when none came."""
        try:
            async with session.request(
                method, self._base + path, headers={"Authorization": f"Bearer {key}"}, json=body
            ) as response:
                raw = await response.read()
        except (TimeoutError, aiohttp.ClientError):
            return None, {}
        try:
            told = json.loads(raw)
        except ValueError:
            return response.status, {}
        return response.status, told if isinstance(told, dict) else {}
