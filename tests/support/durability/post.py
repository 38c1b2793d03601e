"""A receiver of callbacks that notes when each came in and when it was answered."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise

from aiohttp import web

MOMENT = 4.0
"""Real seconds after an answer in which its sender may not have written down yet that it came: it has little time."""
ON_ITS_WAY = 0.5
"""Real seconds after the death of a sender in which something that it had sent may still come in."""
SLOWEST = 0.06
"""Real seconds that an answer takes at most."""
ENDS = ("succeeded", "failed")
WORDS = {"SUCCESS": "succeeded", "FAILURE": "failed"}
"""The ends as a gateway calls them."""


@dataclass
class Receipt:
    """One callback as it came in; `answered` is None while it is under way."""

    got: float
    answered: float | None = None

    def unsettled(self, moment: float) -> bool:
        """Whether its sender may have had to write down what became of it still."""
        return self.got <= moment + ON_ITS_WAY and (self.answered is None or moment <= self.answered + MOMENT)


class Post:
    """The receiver. What came in is kept by the number in the path, and by status."""

    def __init__(self, seed: int) -> None:
        self.url = ""
        self.receipts: dict[tuple[int, str], list[Receipt]] = defaultdict(list)
        self._dice = random.Random(seed)

    async def take(self, request: web.Request) -> web.Response:
        """The handler: a receiver that is slow at times."""
        receipt = Receipt(time.monotonic())
        body = await request.json()
        told = body.get("data", body)["status"]
        self.receipts[int(request.match_info["number"]), WORDS.get(told, told)].append(receipt)
        await asyncio.sleep(self._dice.uniform(0, SLOWEST))  # real time: a receiver that works on it
        receipt.answered = time.monotonic()
        return web.Response()

    def ended(self, number: int) -> list[str]:
        """Return the final statuses received for that number."""
        return [status for status in ENDS if (number, status) in self.receipts]

    def unsettled(self, moment: float) -> int:
        """Return how many receipts were not yet recorded at a moment, as far as the receiver knows."""
        return sum(each.unsettled(moment) for row in self.receipts.values() for each in row)

    def unexplained(self, kills: Sequence[float]) -> list[tuple[int, str]]:
        """What came in again although nobody was killed in between, before the first can have been written down."""
        return [
            what
            for what, row in self.receipts.items()
            for before, after in pairwise(row)
            if not any(before.unsettled(kill) and kill <= after.got for kill in kills)
        ]

    def again(self) -> int:
        """How many receipts were not the first of their kind."""
        return sum(len(row) - 1 for row in self.receipts.values())


@asynccontextmanager
async def receiving(seed: int) -> AsyncIterator[Post]:
    """A receiver on a free port."""
    post = Post(seed)
    app = web.Application()
    app.router.add_post("/{number:[0-9]+}", post.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    post.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield post
    finally:
        await runner.cleanup()
