"""Locks by name for the tasks of one process, acquired in the order of the requests."""

import asyncio
import contextlib
from collections import deque


class FairQueue:
    """Locks by name. A name uses memory only while its lock is held."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    async def acquire(self, name: str) -> None:
        """Wait for the lock of a name, and acquire it."""
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
                with contextlib.suppress(ValueError):  # `release` may have removed it already
                    queue.remove(turn)
            else:  # the lock was handed over at the same moment
                self.release(name)
            raise

    def release(self, name: str) -> None:
        """Hand the lock over to the next waiting task, or release it."""
        queue = self._queues[name]
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._queues[name]
