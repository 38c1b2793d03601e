"""The same history on every store, in one process or in two that take turns, gets the same answers."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from typing import Any

import aiohttp
import pytest
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start
from ark_emulator.stores.addresses import store_at
from ark_emulator.stores.redis.redis_store import RedisStore
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.dict_store import Common, DictStore

TASKS = "/api/v3/contents/generations/tasks"
GATEWAY = "/orcarouter/v1/video/generations"
START = 1_790_000_000
SCENARIO = {
    "version": 1,
    "name": "rich",
    "keys": {"sk-a": {"balance": 3.0}, "sk-b": {}},
    "outcomes": [{"when": {"nth": 3}, "then": [{"queued": "1s"}, {"failed": "InternalServiceError"}]}],
    "faults": [{"on": "fetch", "every": 4, "status": 503}, {"on": "callback", "nth": 2, "duplicate": 2}],
}
REDIS = shutil.which("redis-server") or shutil.which("valkey-server")
STATUSES = ("running", "succeeded", "failed", "expired", "cancelled")

which = st.integers(0, 5)
keys = st.sampled_from(["sk-a", "sk-b"])
prompts = st.sampled_from(["a cat", "emu:fail", "emu:stuck-running", "emu:instant"])
acts = st.one_of(
    st.tuples(st.just("create"), prompts, keys, st.booleans()),
    st.tuples(st.just("submit"), keys),
    st.tuples(st.just("poll"), which),
    st.tuples(st.just("poll"), which),
    st.tuples(st.just("list")),
    st.tuples(st.just("delete"), which),
    st.tuples(st.just("force"), which, st.sampled_from(STATUSES)),
    st.tuples(st.just("advance"), st.sampled_from([0.5, 1, 2.5, 6, 90])),
    st.tuples(st.just("advance_until"), st.sampled_from(["next", "idle"])),
    st.tuples(st.just("fault"), st.sampled_from(["fetch", "list", "create"]), st.integers(1, 3)),
    st.tuples(st.just("unfault"), st.integers(1, 3)),
    st.tuples(st.just("scenario"), st.sampled_from(["default", "output-moderation", "rich"])),
    st.tuples(st.just("polls")),
    st.tuples(st.just("pause")),
    st.tuples(st.just("resume")),
    st.tuples(st.just("world"), st.sampled_from(["sk-own", "sk-two"])),
    st.tuples(st.just("drop"), st.sampled_from(["sk-own", "sk-two"])),
    st.tuples(st.just("reset")),
    st.tuples(st.just("look"), st.sampled_from(["ledger", "tasks", "callbacks", "clock", "faults", "scenario"])),
)
histories = st.lists(st.tuples(acts, st.integers(0, 1)), min_size=4, max_size=25)


class Play:
    """Some servers on one store, and the tasks that were made."""

    def __init__(self, urls: list[str], session: aiohttp.ClientSession) -> None:
        self.urls, self.session, self.tasks = urls, session, []

    async def call(
        self, server: int, method: str, path: str, document: dict[str, Any] | None = None, key: str = "sk-a"
    ) -> tuple[Any, ...]:
        url = self.urls[server % len(self.urls)] + path
        async with self.session.request(method, url, json=document, headers={"Authorization": f"Bearer {key}"}) as got:
            return got.status, plain(await got.json(content_type=None) if got.content_type.endswith("json") else None)

    async def settled(self, act: tuple[str, str, str, bool], server: int) -> tuple[Any, ...] | None:
        """What an act is answered with, once everything that is due has happened."""
        answer = await self.act(act, server)
        await self.steer(server, "advance", 0)
        return answer

    async def act(self, act: tuple[str, str, str, bool], server: int) -> tuple[Any, ...] | None:
        kind, *rest = act
        if kind in ("create", "submit"):
            status, answer = await getattr(self, kind)(server, *rest)
            if status == 200 and isinstance(answer, dict):
                self.tasks.append((answer.get("id") or answer.get("task_id"), rest[-2 if kind == "create" else -1]))
            return status, answer
        if kind in ("poll", "delete", "force"):
            if rest[0] >= len(self.tasks):
                return None
            return await getattr(self, kind)(server, *self.tasks[rest[0]], *rest[1:])
        return await self.steer(server, kind, *rest)

    async def create(self, server: int, prompt: str, key: str, calls: bool) -> tuple[int, dict[Any, Any]]:
        model = "dreamina-seedance-2-0-260128"
        body = {"model": model, "content": [{"type": "text", "text": prompt}]}
        return await self.call(server, "POST", TASKS, body | ({"callback_url": NOBODY} if calls else {}), key)

    async def submit(self, server: int, key: str) -> tuple[int, dict[Any, Any]]:
        body = {"model": "byteplus/dreamina-seedance-2-0-260128", "prompt": "a cat", "duration": 5}
        return await self.call(server, "POST", GATEWAY, body, key)

    async def poll(self, server: int, name: str, key: str) -> tuple[Any, ...]:
        path = f"{TASKS}/{name}" if name.startswith("cgt-") else f"{GATEWAY}/{name}"
        return await self.call(server, "GET", path, None, key)

    async def delete(self, server: int, name: str, key: str) -> tuple[int, dict[Any, Any]]:
        return await self.call(server, "DELETE", f"{TASKS}/{name}", None, key)

    async def force(self, server: int, name: str, _: str, status: str) -> tuple[int, dict[Any, Any]]:
        status, answer = await self.call(server, "POST", f"/_emulator/tasks/{name}/force", {"status": status})
        answer.pop("deliveries", None)  # the callback of the move goes out at the same time
        return status, answer

    async def steer(self, server: int, kind: str, *rest: str) -> tuple[int, dict[Any, Any]]:
        method, path, document = {
            "list": lambda: ("GET", TASKS, None),
            "advance": lambda seconds: ("POST", "/_emulator/clock/advance", {"seconds": seconds}),
            "advance_until": lambda until: ("POST", "/_emulator/clock/advance", {"until": until}),
            "fault": lambda on, nth: ("POST", "/_emulator/faults", {"on": on, "nth": nth, "status": 502}),
            "unfault": lambda number: ("DELETE", f"/_emulator/faults/added-{number}", None),
            "scenario": lambda name: ("PUT", "/_emulator/scenario", wanted(name)),
            "polls": lambda: ("PUT", "/_emulator/scenario", BY_POLLS),
            "pause": lambda: ("POST", "/_emulator/callbacks/pause", None),
            "resume": lambda: ("POST", "/_emulator/callbacks/resume", None),
            "world": lambda name: ("POST", "/_emulator/worlds", {"api_key": name}),
            "drop": lambda name: ("DELETE", f"/_emulator/worlds/{name}", None),
            "reset": lambda: ("POST", "/_emulator/reset", None),
            "look": lambda room: ("GET", f"/_emulator/{room}", None),
        }[kind](*rest)
        return await self.call(server, method, path, document)


def wanted(name: str) -> dict[str, Any]:
    return {"scenario": SCENARIO} if name == "rich" else {"name": name}


BY_POLLS = {"scenario": {"version": 1, "name": "by-polls", "clock": {"mode": "polls"}}}
NOBODY = "http://127.0.0.1:9/done"


def plain(document: Any) -> Any:
    """An answer without what is bound to differ: real time, ids of requests, the order of what happens at once."""
    if isinstance(document, dict):
        kept = {name: plain(part) for name, part in document.items() if name not in ("took", "detail")}
        if "effects" in kept:
            kept["effects"] = sorted(kept["effects"], key=repr)
        return kept
    if isinstance(document, list):
        return [plain(part) for part in document]
    return re.sub(r"02\d{13}[0-9a-f]{38}|X-Tos-\S+", "…", document) if isinstance(document, str) else document


async def told(history: list[tuple[tuple[str, str, str, bool], int]], stores: list[None]) -> list[Any]:
    """The answers to a history by servers on these stores, None being memory alone."""
    chosen = Settings(
        port=0, log="off", mode=ClockMode.FROZEN, start=START, limits=LIMITS, public_url="http://emulator.example"
    )
    running = [await start(chosen, store) for store in stores]
    try:
        async with aiohttp.ClientSession() as session:
            play = Play([each.url for each in running], session)
            await play.steer(0, "scenario", "rich")
            return [await play.settled(act, server) for act, server in history]
    finally:
        for each in running:
            await each.stop()


NUMBERS = count()
LIMITS = Limits(creates_per_minute=6, concurrent=1, queued=3)


def compared(history: list[Any], *stores: RedisStore | SqliteStore | DictStore) -> None:
    async def both() -> tuple[Any, ...]:
        return await told(history, [None]), await told(history, stores)

    alone, kept = asyncio.run(both())
    for (act, _), expected, found in zip(history, alone, kept, strict=True):
        assert found == expected, act


MANY = int(os.environ.get("HISTORIES", "12"))
SLOW = settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(history=histories)
def test_a_history_is_the_same_where_one_process_keeps_it(history: list[Any]) -> None:
    compared(history, DictStore(Common(), "one", shared=False))


@SLOW
@given(history=histories)
def test_a_history_is_the_same_whichever_of_two_processes_is_asked(history: list[Any]) -> None:
    common = Common()
    compared(history, DictStore(common, "one"), DictStore(common, "two"))


@SLOW
@given(history=histories)
def test_a_history_is_the_same_in_a_file(history: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        compared(history, store_at(f"sqlite:{folder}/worlds.db"))


@SLOW
@given(history=histories)
def test_a_history_is_the_same_in_a_file_that_two_processes_share(history: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:{folder}/worlds.db"
        compared(history, store_at(address, alone=False), store_at(address, alone=False))


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A Redis server of our own."""
    if REDIS is None:
        pytest.skip("no Redis server is installed")
    pytest.importorskip("redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", str(port), "--save", "", "--appendonly", "no", "--dir", folder, "--bind", "127.0.0.1"]
        server = subprocess.Popen([REDIS, *options], stdout=subprocess.PIPE)
        for line in server.stdout:
            if b"eady to accept" in line:
                break
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()
        server.wait()


@SLOW
@given(history=histories)
def test_a_history_is_the_same_on_redis(redis_url: str, history: list[Any]) -> None:
    address = f"{redis_url}?prefix=h{next(NUMBERS)}"
    compared(history, store_at(address), store_at(address))
