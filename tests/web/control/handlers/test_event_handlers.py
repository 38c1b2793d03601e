"""The stream of events: in order, without silent gaps, and with an end."""

import asyncio
import json
import socket
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse
from ark_emulator.runtime.world.events import WorldEvent
from ark_emulator.runtime.world.world import EVENTS
from ark_emulator.web.control.handlers.event_handlers import BACKLOG

from tests.support.caller import Caller

SOON = 10.0


class Reader:
    """Reads one stream, event by event."""

    def __init__(self, response: ClientResponse) -> None:
        self._lines = response.content

    async def next(self) -> tuple[int, str, dict[Any, Any]] | None:
        """The number, the kind and the data of the next event; None at the end of the stream."""
        found = {}
        while line := (await asyncio.wait_for(self._lines.readline(), SOON)).decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                found[name] = value
            elif "data" in found:
                return int(found["id"]), found["event"], json.loads(found["data"])
        return None

    async def rest(self) -> list[tuple[int, str, dict[Any, Any]]]:
        """Everything up to the end."""
        found = []
        while (event := await self.next()) is not None:
            found.append(event)
        return found


@dataclass(frozen=True, kw_only=True)
class Numbered(WorldEvent):
    kind = "test"
    number: int


@dataclass(frozen=True, kw_only=True)
class Long(WorldEvent):
    kind = "test"
    text: str


def listen(ark: Caller, last: int | str | None = None, **params: Any) -> Any:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    return ark.session.get(ark.url + "/_emulator/events", headers=headers, params=params)


async def happen(ark: Caller, count: int) -> None:
    """Let so many things happen in the default world at once."""
    world = ark.running.engine.worlds.default
    for number in range(count):
        world.publish(Numbered(at=world.now, number=number))


async def test_events_come_in_order_and_numbered(ark: Caller) -> None:
    async with listen(ark) as response:
        reader = Reader(response)
        await happen(ark, 3)
        assert [(await reader.next())[:2] for _ in range(3)] == [(1, "test"), (2, "test"), (3, "test")]


async def test_a_reader_that_comes_back_gets_just_what_it_missed(ark: Caller) -> None:
    await happen(ark, 5)
    async with listen(ark, last=3) as response:
        reader = Reader(response)
        assert [(await reader.next())[2]["number"] for _ in range(2)] == [3, 4]


async def test_a_reader_that_missed_more_than_is_kept_is_told_to_look_afresh(ark: Caller) -> None:
    await happen(ark, EVENTS + 10)
    async with listen(ark, last=3) as response:
        reader = Reader(response)
        number, kind, data = await reader.next()
        assert (number, kind, data["missed"]) == (10, "resync", 7)
        assert (await reader.next())[2]["number"] == 10


async def test_a_reader_that_knows_of_events_that_never_were_is_told_to_look_afresh(ark: Caller) -> None:
    await happen(ark, 2)
    async with listen(ark, last=500) as response:
        reader = Reader(response)
        number, kind, data = await reader.next()
        assert (number, kind, "missed" in data) == (2, "resync", False)
        await happen(ark, 1)
        assert (await reader.next())[:2] == (3, "test")


async def test_a_reader_that_is_too_slow_is_told_how_much_it_missed(ark: Caller) -> None:
    async with listen(ark) as response:
        reader = Reader(response)
        await happen(ark, BACKLOG + 25)
        found = [await reader.next() for _ in range(BACKLOG + 1)]
    assert (found[0][0], found[0][1], found[0][2]["missed"]) == (25, "resync", 25)
    assert [number for number, _, _ in found[1:]] == list(range(26, BACKLOG + 26))


@pytest.mark.parametrize("last", ["x", "-1", "٣", "9" * 400])
async def test_a_number_that_is_none_of_ours_does_no_harm(ark: Caller, last: str) -> None:
    async with listen(ark, last=last) as response:
        await happen(ark, 1)
        assert await Reader(response).next() is not None


async def test_the_stream_of_a_dropped_world_ends_when_all_is_told(ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-other"})
    async with listen(ark, world="sk-other") as response:
        await ark.create(key="sk-other")
        await ark.control("DELETE", "worlds/sk-other")
        kinds = [kind for _, kind, _ in await Reader(response).rest()]
    assert "accepted" in kinds


async def test_a_reader_that_does_not_read_is_let_go_with_its_world(ark: Caller) -> None:
    await ark.control("POST", "worlds", {"api_key": "sk-other"})
    world = ark.running.engine.worlds.get("sk-other")
    host, _, port = ark.url.removeprefix("http://").partition(":")
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    deaf.connect((host, int(port)))
    deaf.sendall(b"GET /_emulator/events?world=sk-other HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while not world.listeners:
        await ark.now()
    for _ in range(50):
        world.publish(Long(at=world.now, text="x" * 200_000))
        await asyncio.sleep(0)
    await ark.control("DELETE", "worlds/sk-other")
    async with asyncio.timeout(SOON):
        while world.listeners:
            await ark.now()
    deaf.close()
