"""The same seed and the same requests give the same bytes, whatever other keys do in between."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.loading.loader import scenario_from_text

TASKS = "/api/v3/contents/generations/tasks"
HOST = "ark.test"
KEYS = ("sk-a", "sk-b", "sk-c")
START = 1_790_000_000
UNSTEADY = """
version: 1
name: unsteady
outcomes:
  - when: {chance: 30%}
    then: [{queued: 1s..5s}, {running: {median: 3s, p99: 20s}}, {failed: OutputVideoSensitiveContentDetected}]
  - then: [{queued: 1s..5s}, {running: 2s..9s}, succeeded]
faults:
  - {on: create, chance: 20%, refuse: ServerOverloaded, retry_after: 2s}
  - {on: create, chance: 10%, after_commit: 503}
  - {on: fetch, chance: 15%, status: 503}
  - {on: fetch, chance: 15%, backwards: true}
  - {on: fetch, key: sk-b, every: 4, drift: [usage, duration]}
  - {on: list, chance: 30%, malformed: true}
  - {on: download, chance: 30%, wrong_type: true}
  - {on: download, missing: 1}
"""
Responses = list[tuple[int, list[tuple[str, str]], bytes]]
Order = Callable[[list[Callable[[], Awaitable[None]]]], Awaitable[None]]


class Client:
    """One key's client: a fixed series of requests, and every byte of the responses."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self.http = http
        self.key = key
        self.tasks: list[str] = []
        self.links: list[str] = []
        self.responses: Responses = []

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send one request and record the response."""
        headers = {"Host": HOST, **({} if "X-Tos-" in path else {"Authorization": f"Bearer {self.key}"})}
        answer = await self.http.request(method, path, headers=headers, **more)
        self.responses.append((answer.status_code, sorted(answer.headers.items()), answer.content))
        return answer

    async def turn(self) -> None:
        """Send what this client sends between two moments."""
        content = [{"type": "text", "text": f"{self.key}, take {len(self.responses)}"}]
        body = {"model": "seedance-1-0-pro-250528", "content": content, "resolution": "480p", "duration": 2}
        made = await self.ask("POST", TASKS, json=body)
        if made.status_code == 200:
            self.tasks.append(made.json()["id"])
        for task in self.tasks[-6:]:
            shown = await self.ask("GET", f"{TASKS}/{task}")
            if shown.status_code == 200 and "content" in shown.json():
                self.links.append(shown.json()["content"]["video_url"].removeprefix(f"http://{HOST}"))
        await self.ask("GET", TASKS)
        for link in self.links[-1:]:
            await self.ask("GET", link)
        if self.tasks and len(self.responses) % 3 == 0:
            await self.ask("DELETE", f"{TASKS}/{self.tasks[-1]}")


async def in_turn(turns: list[Callable[[], Awaitable[None]]]) -> None:
    for turn in turns:
        await turn()


async def reversed_(turns: list[Callable[[], Awaitable[None]]]) -> None:
    await in_turn(turns[::-1])


async def at_once(turns: list[Callable[[], Awaitable[None]]]) -> None:
    await asyncio.gather(*(turn() for turn in turns))


async def played(serve: Any, order: Order, seed: int = 11, keys: tuple[str, ...] = KEYS) -> dict[str, Responses]:
    """Return every response of each client in one run."""
    scenario = scenario_from_text(UNSTEADY, "unsteady.yaml")
    ark = await serve(seed=seed, mode=ClockMode.FROZEN, start=START, scenario=scenario)
    async with httpx.AsyncClient(base_url=ark.url, trust_env=False, timeout=20) as http:
        clients = [Client(http, key) for key in keys]
        for _ in range(8):
            await order([client.turn for client in clients])
            await ark.advance(2)
    return {client.key: client.responses for client in clients}


def without_lists(responses: Responses) -> Responses:
    """Return the responses about a client's own tasks: lists show the tasks of all clients."""
    return [answer for answer in responses if b'"total":' not in answer[2]]


async def test_two_runs_answer_with_the_same_bytes(serve: Any) -> None:
    once, again = await played(serve, in_turn), await played(serve, in_turn)
    assert once == again
    statuses = [status for responses in once.values() for status, _, _ in responses]
    assert {200, 404, 429, 503} <= set(statuses)


@pytest.mark.parametrize("order", [reversed_, at_once])
async def test_other_keys_do_not_change_the_responses_of_a_key(serve: Any, order: Order) -> None:
    once, other = await played(serve, in_turn), await played(serve, order)
    for key in KEYS:
        assert without_lists(once[key]) == without_lists(other[key])


async def test_a_key_alone_gets_the_same_responses_as_among_others(serve: Any) -> None:
    together, alone = await played(serve, in_turn), await played(serve, in_turn, keys=("sk-b",))
    assert without_lists(together["sk-b"]) == without_lists(alone["sk-b"])


async def test_another_seed_gives_other_responses(serve: Any) -> None:
    once, other = await played(serve, in_turn), await played(serve, in_turn, seed=12)
    assert [status for status, _, _ in once["sk-a"]] != [status for status, _, _ in other["sk-a"]]
