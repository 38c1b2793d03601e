"""What many tests share: plans and tasks made to order, servers in this process, a receiver of callbacks."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from ark_emulator.core.task.values import (
    Cancelled,
    Fact,
    Failure,
    Forced,
    Item,
    Kind,
    Looked,
    Mode,
    Parameters,
    Picture,
    Plan,
    Started,
    Status,
    Step,
    Submission,
    Task,
    Usage,
)
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.server import Running, start
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

# What decides over a change is the same in every run; `--hypothesis-profile=search` looks for what was not seen yet.
hypothesis_settings.register_profile("project", deadline=None, derandomize=True)
hypothesis_settings.register_profile("search", deadline=None, print_blob=True)
hypothesis_settings.load_profile("project")

START = 1_790_000_000
"""Where the clocks of the tests begin, unix seconds."""
TASKS = "/api/v3/contents/generations/tasks"
MODEL = "dreamina-seedance-2-0-260128"
PATIENT = 60.0
"""Real seconds after which a test that waits for the network gives up; none waits that long when all is well."""
ROOT = Path(__file__).parents[1]

PLAN = Plan(
    accepted_at=float(START),
    expires_after=172_800,
    steps=(Step(Status.QUEUED, 1.0), Step(Status.RUNNING, 4.0), Step(Status.SUCCEEDED)),
    model=MODEL,
    family="seedance-2-0",
    mode=Mode.TEXT,
    seed=12_345,
    picture=Picture(1280, 720, 121, True, False, False, "mp4", "16:9", "720p", False),
    usage=Usage(108_900),
    name=f"02{START}000{'0' * 20}ffffac155fa0000001",
)
SUBMISSION = Submission(
    dialect="ark",
    key="sk-test",
    model=MODEL,
    items=(Item(Kind.TEXT, "a cat"),),
    asked=Parameters(),
    origin="http://127.0.0.1:7333",
)


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
        submission = replace(SUBMISSION, asked=Parameters(callback_url=callback_url))
        return replace(Task("cgt-20260921131320-bbbbb", 0, submission, plan), **changed)

    return make


HALVES = st.integers(0, 12).map(lambda halves: halves / 2)
"""Lengths in half seconds, so that moments often coincide."""


@st.composite
def _steps(draw: st.DrawFn) -> tuple[Step, ...]:
    """The steps of any plan that is legal: queued, perhaps running, perhaps an end."""

    def stretches(status: Status, least: int) -> list[Step]:
        length = st.one_of(
            HALVES.map(lambda seconds: Step(status, seconds)),
            st.integers(1, 3).map(lambda polls: Step(status, polls=polls)),
            st.just(Step(status)),
        )
        return draw(st.lists(length, min_size=least, max_size=2))

    queued, running = stretches(Status.QUEUED, 1), stretches(Status.RUNNING, 0)
    ends = [Status.SUCCEEDED, Status.FAILED, Status.EXPIRED] if running else [Status.FAILED, Status.CANCELLED]
    end = draw(st.sampled_from([None, *ends]))
    return (*queued, *running, *([Step(end)] if end else []))


@st.composite
def _lives(draw: st.DrawFn) -> tuple[Plan, tuple[Fact, ...]]:
    """Any legal plan, and any facts in the order of their arrival, some of which come too late to matter."""
    plan = replace(
        PLAN,
        steps=draw(_steps()),
        lane=draw(st.sampled_from([None, "lane"])),
        expires_after=draw(st.one_of(st.integers(-1, 15), st.just(172_800))),
        link_life=draw(st.sampled_from([1, 5, 86_400])),
    )
    moment, facts = plan.accepted_at, []
    for wait in draw(st.lists(HALVES, max_size=6)):
        moment += wait
        why = draw(st.sampled_from([None, Failure("Made", "made to fail")]))
        goal = draw(st.sampled_from(list(Status)))
        forced = Forced(moment, goal, why if goal is Status.FAILED else None)
        facts.append(draw(st.sampled_from([Looked(moment), Started(moment), Cancelled(moment), forced])))
    return plan, tuple(facts)


@pytest.fixture(scope="session")
def lives() -> st.SearchStrategy[tuple[Plan, tuple[Fact, ...]]]:
    """A strategy: any legal plan with any facts in the order of their arrival."""
    return _lives()


@dataclass
class Answer:
    """What a server answered."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Caller:
    """A client of one running server that speaks Ark's wire, without any SDK."""

    tasks = TASKS

    def __init__(self, running: Running, session: aiohttp.ClientSession) -> None:
        self.running = running
        self.url = running.url
        self.session = session

    async def call(self, method: str, path: str, key: str | None = "sk-test", **more: Any) -> Answer:
        """One exchange; `path` may be a whole URL."""
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **more.pop("headers", {})}
        url = path if "://" in path else self.url + path
        async with self.session.request(method, url, headers=headers, **more) as response:
            return Answer(response.status, response.headers, await response.read())

    async def try_create(self, prompt: str = "a cat", key: str = "sk-test", **fields: Any) -> Answer:
        """A create request and whatever answers it."""
        body = {"model": MODEL, "content": [{"type": "text", "text": prompt}], **fields}
        return await self.call("POST", TASKS, key, json=body)

    async def create(self, prompt: str = "a cat", key: str = "sk-test", **fields: Any) -> str:
        """Creates a task; answers with its id."""
        answer = await self.try_create(prompt, key, **fields)
        assert answer.status == 200, answer.body
        return str(answer.json["id"])

    async def poll(self, task_id: str) -> dict[str, Any]:
        """The task object."""
        answer = await self.call("GET", f"{TASKS}/{task_id}")
        assert answer.status == 200, answer.body
        return dict(answer.json)

    async def status(self, task_id: str) -> str:
        """The task's status."""
        return str((await self.poll(task_id))["status"])

    async def control(self, method: str, path: str, document: Any = None) -> Any:
        """A call of the control API that must succeed."""
        answer = await self.call(method, f"/_emulator/{path}", None, json=document)
        assert answer.status < 300, answer.body
        return answer.json

    async def advance(self, seconds: float) -> list[dict[str, Any]]:
        """Sets the clock forward; answers with the effects."""
        return list((await self.control("POST", "clock/advance", {"seconds": seconds}))["effects"])

    async def now(self) -> float:
        """The time of the default world."""
        return float((await self.control("GET", "clock"))["now"])

    async def finished(self, prompt: str = "a cat", **fields: Any) -> dict[str, Any]:
        """Creates a task, sets the clock past its end, answers with the task object."""
        task_id = await self.create(prompt, **fields)
        await self.advance(10)
        return await self.poll(task_id)


Serve = Callable[..., Any]


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
    """A client of a server whose clock stands still at START."""
    return await serve()


@dataclass
class Received:
    """One callback as it came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def status(self) -> str:
        """The status that it tells."""
        return str(self.body["status"])


@dataclass
class Receiver:
    """A receiver of callbacks: records each, then answers as `answers` says for its path; 200 unless told otherwise.

    An answer is a status, or a function of what was received that may be awaited and gives a status.
    """

    url: str = ""
    got: list[Received] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """The handler."""
        received = Received(request.path, dict(request.headers), await request.json())
        async with self.news:
            self.got.append(received)
            self.news.notify_all()
        answer = self.answers.get(request.path, 200)
        status = await answer(received) if callable(answer) else answer
        return web.Response(status=status, headers={"Location": self.url + "/elsewhere"} if status == 302 else {})

    async def hang(self, _: Received) -> int:
        """An answer that does not come before `hold` is set."""
        await self.hold.wait()
        return 200

    async def wait_for(self, count: int, path: str | None = None) -> list[Received]:
        """Waits until so many callbacks came in, to that path or to any; answers with them."""
        async with asyncio.timeout(PATIENT), self.news:
            await self.news.wait_for(lambda: len(self.at(path)) >= count)
        return self.at(path)

    def at(self, path: str | None = None) -> list[Received]:
        """What came in, to that path or to any."""
        return [each for each in self.got if path in (None, each.path)]

    def told(self, path: str | None = None) -> list[str]:
        """The statuses told, in the order in which they came in."""
        return [each.status for each in self.at(path)]


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


class Threaded:
    """A server in a thread of its own, for clients that block."""

    def __init__(self, settings: Settings) -> None:
        self.url = ""
        self.running: Running | None = None
        self._settings = settings
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Threaded":
        self._thread.start()
        assert self._ready.wait(PATIENT)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.running is not None
        asyncio.run_coroutine_threadsafe(self.running.stop(), self._loop).result(PATIENT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENT)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self.running = self._loop.run_until_complete(start(self._settings))
        self.url = self.running.url
        self._ready.set()
        self._loop.run_forever()


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
