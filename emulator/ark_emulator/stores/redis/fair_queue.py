"""Turns: those of one process who want the same thing take it one after another, in the order of their coming."""

import asyncio
import contextlib
from collections import deque


class FairQueue:
    """Who has which turn. A name is known only as long as somebody has it."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    async def acquire(self, name: str) -> None:
        """Wait for one's turn, and have it until `go`."""
        queue = self._queues.get(name)
        if queue is None:
            self._queues[name] = deque()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with contextlib.suppress(ValueError):  # it may have been passed over already
                    queue.remove(turn)
            else:  # the turn came at the same moment
                self.release(name)
            raise

    def release(self, name: str) -> None:
        """Give the turn to the next."""
        queue = self._queues[name]
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._queues[name]
