"""Long lists and searches: complete, and without holding up anybody else."""

import asyncio
import gc
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.task import ids
from ark_emulator.core.task.values import Task
from ark_emulator.runtime.world.journal import JournalEntry

from tests.support.caller import Caller
from tests.support.constants import START
from tests.support.tasks import PLAN, SUBMISSION

TASKS = 4_000
ENTRIES = 10_000
MOST = 0.5
"""Processor seconds in one go that no request may take: the bound is 0.05, with room for slow machines."""


class Watch:
    """Notes the longest stretch of processor time in which this loop served nobody else."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> "Watch":
        gc.disable()  # a collection would look through the objects of the whole test process
        self._watching = asyncio.ensure_future(self._watch())
        return self

    async def __aexit__(self, *_: None) -> None:
        self._watching.cancel()
        gc.enable()

    async def _watch(self) -> None:
        last = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            self.longest, last = max(self.longest, now - last), now


@pytest.fixture
async def full(ark: Caller) -> Caller:
    """A server whose default world has many tasks and a full journal."""
    world = ark.running.engine.worlds.default
    for number in range(TASKS):
        plan = replace(PLAN, name=ids.object_name(START, number, world.pod))
        await world.shelf.add(Task(f"cgt-20260921131320-{number:05d}", number, SUBMISSION, plan))
    for number in range(ENTRIES):
        body = b'{"prompt": "%s"}' % (b"a" * 2_000)
        given = {"headers": {"Authorization": "Bearer sk-test"}, "request": body, "response": b'{"id": "x"}'}
        world.journal.add(
            JournalEntry(
                0, START, number, "POST", ark.tasks, "a=1", 200, 0.1, "sk-test", "ark", **given, prompt="a" * 2_000
            )
        )
    return ark


@pytest.mark.parametrize(
    ("path", "name", "count"),
    [
        ("journal?limit=10000", "items", ENTRIES),
        ("journal?limit=10000&brief=1", "items", ENTRIES),
        ("journal?prompt=" + "*a" * 500 + "*b", "items", 0),
        ("tasks?limit=1000", "items", 1_000),
        ("overview?limit=1000", "items", 1_000),
        ("callbacks", "items", 0),
        ("ledger", "entries", 0),
        ("report", "findings", None),
    ],
)
async def test_a_long_list_is_complete_and_holds_up_nobody(full: Caller, path: str, name: str, count: int) -> None:
    async with Watch() as watch:
        async with full.session.get(f"{full.url}/_emulator/{path}") as response:
            pieces = [piece async for piece in response.content.iter_any()]
        longest = watch.longest
    listed = json.loads(b"".join(pieces))[name]
    assert count is None or len(listed) == count
    assert longest < MOST


async def test_a_list_of_arks_holds_up_nobody(full: Caller) -> None:
    async with Watch() as watch:
        listed = (await full.call("GET", f"{full.tasks}?page_size=500")).json
        longest = watch.longest
    assert (listed["total"], len(listed["items"])) == (TASKS, 500)
    assert longest < MOST


async def test_a_question_with_a_hard_pattern_holds_up_nobody(full: Caller) -> None:
    async with Watch() as watch:
        match = {"prompt": "*?a" * 100 + "b"}
        answer = await full.call("POST", "/_emulator/journal/verify", None, json={"match": match})
        longest = watch.longest
    assert (answer.status, answer.json["count"], len(answer.json["near"])) == (417, 0, 5)
    assert longest < MOST


async def test_a_client_that_hangs_up_in_the_middle_of_a_list_breaks_nothing(full: Caller) -> None:
    async with full.session.get(f"{full.url}/_emulator/journal?limit=10000") as response:
        await response.content.readany()
        response.close()
    assert (await full.control("GET", "journal?limit=1"))["total"] == ENTRIES


@pytest.mark.parametrize(
    "rules",
    [
        [{"when": {"prompt": f"*aaaaaaaaab{number:04}*"}, "then": "success"} for number in range(2_000)],
        [{"when": {"prompt": [f"*aaaaaaaaab{number:04}*" for number in range(2_000)]}, "then": "success"}],
        [{"when": {"prompt": f"/(.|..){{7}}q{number}/"}, "then": "success"} for number in range(10)],
    ],
    ids=["many rules", "one rule with many globs", "many expressions"],
)
async def test_a_create_is_held_against_many_patterns_without_holding_up_anybody(
    ark: Caller, rules: list[dict[Any, Any]]
) -> None:
    rules = [{**rule, "then": ["queued", "running", "succeeded"]} for rule in rules]
    async with Watch() as watch:
        await ark.control("PUT", "scenario", {"scenario": {"version": 1, "outcomes": rules}})
        assert (await ark.try_create("a" * 500_000)).status == 200
        longest = watch.longest
    assert longest < MOST
