"""Reads the events that several processes commit to their store."""

import asyncio
from collections import Counter

from ark_emulator.runtime.persistence.world_directory import WorldRecord
from ark_emulator.stores.addresses import store_at
from ark_emulator.stores.codec import record_codec
from ark_emulator.stores.store import DIRECTORY

LOOKS = 0.1
"""Real seconds between two looks."""


class Observer:
    """Only reads: it acquires no lock and sends no heartbeat. `events` are all events, each with its world."""

    def __init__(self, address: str) -> None:
        store = store_at(address, alone=False)
        assert store is not None
        self.events: list[tuple[str, dict[str, object]]] = []
        self._store = store
        self._known: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._job: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Observer":
        await self._store.open()
        contents = await self._store.load(DIRECTORY)
        for record, value in contents.records.items():
            space = record_codec.decode_value(WorldRecord, value).space
            self._names[space] = record.removeprefix("world:")
            self._known[space] = (await self._store.load(space)).version
        self._job = asyncio.create_task(self._read_along())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._job is not None
        self._job.cancel()
        await asyncio.gather(self._job, return_exceptions=True)
        await self.look()
        await self._store.close()

    async def look(self) -> None:
        """Hear what is new."""
        for space, commits in (await self._store.commits_since(self._known)).items():
            assert commits is not None, "too many commits at once"
            for commit in commits:
                assert commit.version == self._known[space] + 1
                self._known[space] = commit.version
                self.events += [
                    (self._names[space], record_codec.decode_event(each)["event"]) for each in commit.events
                ]

    def moves(self) -> Counter[tuple[str, object, object, object]]:
        """Return how often each transition of each task was published."""
        turns = ((world, event) for world, event in self.events if event["kind"] in ("move", "timeout", "expiry"))
        return Counter((world, event["task"], event["kind"], event["status"]) for world, event in turns)

    async def _read_along(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOKS)  # real time: other processes are at work
