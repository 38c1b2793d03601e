"""How much memory the bodies of all requests may take together, and all answers that nobody reads.

Each body is bounded by itself (`MAX_BODY`), and so is each answer. These classes bound their sums.
"""

import asyncio
from collections import deque
from itertools import count
from typing import Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.web.server import http_limits

_LOOK: Final = 0.5
"""Real seconds after which a body that waits looks again whether another one comes too slowly."""


def busy() -> Refusal:
    """The refusal of a body for which there is no memory now."""
    return Refusal("server.bodies_full")


class Share:
    """What one request takes of the memory for bodies, from before its body is read until it is answered."""

    __slots__ = ("_room", "began", "came", "evicted", "pause", "size")

    def __init__(self, room: "Room") -> None:
        self._room = room
        self.size = 0
        self.came = 0
        self.began = 0.0
        self.pause: asyncio.Timeout | None = None
        self.evicted = False

    async def reserve(self, size: int) -> None:
        """Wait until there is room for so many bytes. Raises Refusal when there is none for too long."""
        if size > http_limits.SMALL_BODY:
            await self._room.enter(self, size)

    def shrink(self, size: int) -> None:
        """Give back what the body did not need."""
        if self.size:
            self._room.resize(self, min(size, self.size))

    def release(self) -> None:
        """Give everything back: the request is answered."""
        if self.size:
            self._room.resize(self, 0)

    def evict(self) -> None:
        """Refuse a body that comes too slowly while others wait."""
        if self.pause is not None and not self.evicted and not self.pause.expired():
            self.evicted = True
            self.pause.reschedule(asyncio.get_running_loop().time())


class Room:
    """The memory for the bodies of all requests to one server: at most `bounds.BODIES` bytes, first come first served.

    A body reserves the most that it can come to before any of it is read, so bodies never wait for each other in a
    circle. While others wait, a body that comes more slowly than `bounds.BODY_RATE` is refused.
    """

    def __init__(self) -> None:
        self.held = 0
        self._shares: dict[Share, None] = {}
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    def share(self) -> Share:
        """The share of one more request; it is empty."""
        return Share(self)

    async def enter(self, share: Share, size: int) -> None:
        """Add `size` bytes for a request, as soon as there is room. Raises Refusal after `bounds.BODY_WAIT` seconds."""
        loop = asyncio.get_running_loop()
        if self._waiting or not self._fits(size):
            await self._wait(size, loop)
        else:
            self.held += size
        share.size, share.began = size, loop.time()
        self._shares[share] = None

    def resize(self, share: Share, size: int) -> None:
        """Let a share be smaller, or end it when `size` is 0."""
        self.held -= share.size - size
        share.size = size
        if not size:
            self._shares.pop(share, None)
        self._admit()

    def _fits(self, size: int) -> bool:
        return not self.held or self.held + size <= http_limits.BODIES

    async def _wait(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        turn: asyncio.Future[None] = loop.create_future()
        entry = (size, turn)
        self._waiting.append(entry)
        try:
            for look in count(1):
                await asyncio.wait((turn,), timeout=_LOOK)
                if turn.done():
                    return
                if look * _LOOK >= http_limits.BODY_WAIT:
                    raise busy()
                self._evict_slow(loop.time())
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.held -= size
            else:
                self._waiting.remove(entry)
            self._admit()
            raise

    def _admit(self) -> None:
        """Let those in that wait and fit, in their order. Their bytes count from now on."""
        while self._waiting and self._fits(self._waiting[0][0]):
            size, turn = self._waiting.popleft()
            self.held += size
            turn.set_result(None)

    def _evict_slow(self, now: float) -> None:
        for share in self._shares:
            took = now - share.began
            if took > http_limits.BODY_GRACE and share.came < took * http_limits.BODY_RATE:
                share.evict()
