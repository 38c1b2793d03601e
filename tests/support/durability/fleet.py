"""A fleet of clients that goes on whatever breaks: it creates, polls, cancels and erases, and remembers what it saw.

A client tries anything but a create again, at the next server, when no answer came. A create that was not answered is
followed by another, because the first one may or may not have created a task.
"""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

MODEL: Final = "dreamina-seedance-2-0-260128"
RANKS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("queued", "SUBMITTED", "QUEUED", "NOT_START"), 0),
    **dict.fromkeys(("running", "IN_PROGRESS"), 1),
    **dict.fromkeys(("succeeded", "SUCCESS", "failed", "FAILURE", "expired", "cancelled"), 2),
    "gone": 3,
}
"""How far a task is by what a poll says."""
PAUSE: Final = 0.03
"""Real seconds between two acts of a client, on average."""
AWAY: Final = 0.1
"""Real seconds until a client tries again where nobody answered."""
ANSWERING: Final = 10.0
"""Real seconds that a client waits for an answer."""
FINISHING: Final = 90.0
"""Real seconds that a fleet may take to see all of its tasks end."""


@dataclass(frozen=True)
class Face:
    """A gateway, or Ark itself: its collection, and whether tasks can be deleted there."""

    path: str
    model: str
    deletes: bool = False

    def body(self, prompt: str, hook: str) -> dict[str, Any]:
        """Return the body of a create."""
        if self.path.endswith("tasks"):
            return {"model": self.model, "content": [{"type": "text", "text": prompt}], "callback_url": hook}
        return {"model": self.model, "prompt": prompt, "duration": 5, "metadata": {"callback_url": hook}}


FACES: Final = (
    Face("/api/v3/contents/generations/tasks", MODEL, deletes=True),
    Face("/byteplus/api/v3/contents/generations/tasks", MODEL, deletes=True),
    Face("/orcarouter/v1/video/generations", f"byteplus/{MODEL}"),
)


@dataclass(frozen=True)
class Sight:
    """What a poll saw of a task, when it was asked and when answered."""

    asked: float
    answered: float
    status: str

    @property
    def rank(self) -> int:
        """How far the task was."""
        return RANKS[self.status]


@dataclass
class Made:
    """A task that was acknowledged, and what was seen of it. `deleting` once anybody wanted it away."""

    number: int
    name: str
    face: Face
    key: str
    sights: list[Sight] = field(default_factory=list)
    deleting: bool = False

    @property
    def last(self) -> str:
        """The status seen last."""
        return self.sights[-1].status if self.sights else "queued"

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return RANKS[self.last] >= 2

    def backwards(self) -> list[tuple[Sight, Sight]]:
        """Pairs of sights that contradict each other: the later one was asked for after the earlier was answered."""
        return [
            (before, after)
            for before in self.sights
            for after in self.sights
            if before.answered <= after.asked
            and (after.rank < before.rank or (after.rank == before.rank == 2 and after.status != before.status))
        ]


class Fleet:
    """Clients of some servers, one for each key. `made` are their acknowledged tasks, `odd` answers nobody expects."""

    def __init__(self, urls: Sequence[str], hooks: str, keys: Sequence[str], seed: int, *, most: int = 6) -> None:
        self.made: list[Made] = []
        self.odd: list[str] = []
        self.lost = 0
        self._urls, self._hooks, self._keys, self._most = urls, hooks, keys, most
        self._dice = random.Random(seed)
        self._turn = self._number = 0
        self._stopping = False
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Fleet":
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWERING))
        self._jobs = [asyncio.create_task(self._client(key)) for key in self._keys]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        await self._session.close()

    async def finish(self) -> None:
        """Create no more, and poll every task to its end."""
        self._stopping = True
        async with asyncio.timeout(FINISHING):
            await asyncio.gather(*self._jobs)

    async def settled(self, *worlds: str) -> None:
        """Wait until no callback of these worlds is pending, those of a server that was killed included."""
        until = time.monotonic() + FINISHING
        for world in worlds:
            while pending := (await self.ask("GET", f"/_emulator/callbacks?state=pending&world={world}"))[1]["items"]:
                assert time.monotonic() < until, pending
                await asyncio.sleep(0.1)  # real time: another process is sending

    async def ask(self, method: str, path: str, key: str = "", document: Any = None) -> tuple[int, Any]:
        """What the next server that answers says."""
        while True:
            answer = await self._tried(method, path, key, document)
            if answer is not None and answer[0] != 503:
                return answer
            await asyncio.sleep(AWAY)  # real time: a server is away

    async def _tried(self, method: str, path: str, key: str, document: Any) -> tuple[int, Any] | None:
        """The answer of the server whose turn it is; None where none came."""
        assert self._session is not None
        self._turn += 1
        url = self._urls[self._turn % len(self._urls)] + path
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            async with self._session.request(method, url, json=document, headers=headers) as answer:
                return answer.status, await answer.json(content_type=None)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            self.lost += 1
            return None

    async def _client(self, key: str) -> None:
        """One client: it has some tasks under way and looks after them, one act after the other."""
        own: list[Made] = []
        while True:
            under_way = [made for made in own if not made.over]
            if self._stopping and not under_way:
                return
            if not self._stopping and len(under_way) < self._most:
                own += await self._create(key)
            elif under_way:
                await self._look_after(self._dice.choice(under_way))
            await self._look_back(own)
            await asyncio.sleep(self._dice.uniform(0, 2 * PAUSE))  # real time: a client that does other things

    async def _create(self, key: str) -> list[Made]:
        self._number += 1
        number, face = self._number, self._dice.choice(FACES)
        body = face.body(f"a cat, take {number}", f"{self._hooks}/{number}")
        answer = await self._tried("POST", face.path, key, body)
        if answer is None or answer[0] in (429, 503):
            await asyncio.sleep(AWAY)  # real time: a server is away, or wants no more
            return []
        status, document = answer
        if status != 200:
            self.odd.append(f"create: {status} {document}")
            return []
        self.made.append(Made(number, document["id"], face, key))
        return self.made[-1:]

    async def _look_after(self, made: Made) -> None:
        if made.face.deletes and not made.deleting and made.last == "queued" and self._dice.random() < 0.06:
            made.deleting = True
            await asyncio.gather(self._delete(made), *(self.poll(made) for _ in range(2)))
        await self.poll(made)

    async def _look_back(self, own: Sequence[Made]) -> None:
        """Look at a task that is over, or erase it."""
        over = [made for made in own if made.over]
        if not over or self._stopping or self._dice.random() > 0.2:
            return
        made = self._dice.choice(over[-20:])
        if made.face.deletes and made.last in ("succeeded", "failed") and self._dice.random() < 0.1:
            made.deleting = True
            await self._delete(made)
        await self.poll(made)

    async def _delete(self, made: Made) -> None:
        status, document = await self.ask("DELETE", f"{made.face.path}/{made.name}", made.key)
        if status not in (200, 404, 409):
            self.odd.append(f"delete: {status} {document}")

    async def poll(self, made: Made) -> str:
        """Look at a task; answers with its status."""
        asked = time.monotonic()
        status, document = await self.ask("GET", f"{made.face.path}/{made.name}", made.key)
        seen = _status(document) if status == 200 else "gone" if status == 404 else f"{status} {document}"
        if seen not in RANKS or (seen == "gone" and not made.deleting):
            self.odd.append(f"poll of {made.name}: {status} {document}")
            seen = "gone"
        made.sights.append(Sight(asked, time.monotonic(), seen))
        return seen


def _status(document: Any) -> str:
    data = document.get("data")
    return str(data["status"] if isinstance(data, dict) else document["status"])
