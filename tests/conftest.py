"""Fixtures that many tests share: plans and tasks made to order, servers in this process, a receiver of callbacks."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from ark_emulator.core.task.values import Fact, Plan, Task, TaskParameters
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import start
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.support import tasks
from tests.support.callback_receiver import Receiver
from tests.support.caller import Caller, Serve
from tests.support.constants import PATIENT, ROOT, START
from tests.support.tasks import PLAN, SUBMISSION
from tests.support.threaded_server import Threaded

# What decides over a change is the same in every run; `--hypothesis-profile=search` looks for what was not seen yet.
hypothesis_settings.register_profile("project", deadline=None, derandomize=True)
hypothesis_settings.register_profile("search", deadline=None, print_blob=True)
hypothesis_settings.load_profile("project")


@pytest.fixture(scope="session")
def fixture_request() -> Callable[[str], dict[str, Any]]:
    """Reads a recorded request body by its name."""
    return lambda name: json.loads((ROOT / "fixtures" / "requests" / f"{name}.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def make_plan() -> Callable[..., Plan]:
    """Makes a plan: an ordinary one, with the given fields in place of its own."""
    return lambda *steps, **changed: replace(PLAN, **({"steps": steps} if steps else {}), **changed)


@pytest.fixture(scope="session")
def make_task() -> Callable[..., Task]:
    """Makes a task that follows a plan; `callback_url` goes into its submission, `facts` and the like into itself."""

    def make(plan: Plan = PLAN, callback_url: str | None = None, **changed: Any) -> Task:
        submission = replace(SUBMISSION, parameters=TaskParameters(callback_url=callback_url))
        return replace(Task("cgt-20260921131320-bbbbb", 0, submission, plan), **changed)

    return make


@pytest.fixture(scope="session")
def lives() -> st.SearchStrategy[tuple[Plan, tuple[Fact, ...]]]:
    """A strategy: any legal plan with any facts in the order of their arrival."""
    return tasks.lives()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers in this loop: frozen at START unless told otherwise. Answers with a Caller for each."""
    started: list[Caller] = []

    async def start_one(**chosen: Any) -> Caller:
        running = await start(Settings(**{"port": 0, "log": "off", "mode": ClockMode.FROZEN, "start": START, **chosen}))
        caller = Caller(running, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENT)))
        started.append(caller)
        return caller

    yield start_one
    for caller in started:
        await caller.session.close()
        await caller.running.stop()


@pytest.fixture
async def ark(serve: Serve) -> Caller:
    """Yield a client of a server whose clock is frozen at START."""
    return await serve()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of callbacks on a free port."""
    taker = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", taker.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    taker.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield taker
    taker.hold.set()
    await runner.cleanup()


@pytest.fixture(scope="session")
def threaded() -> Iterator[Callable[..., Threaded]]:
    """Starts servers in threads; all are stopped at the end of the run."""
    started: list[Threaded] = []

    def start_one(**chosen: Any) -> Threaded:
        server = Threaded(Settings(**{"port": 0, "log": "off", **chosen})).__enter__()
        started.append(server)
        return server

    yield start_one
    for server in started:
        server.__exit__()
