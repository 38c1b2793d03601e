"""The limit on the memory that the bodies of all requests take together.

`MAX_BODY` bounds one body. These classes bound the sum.
"""

import asyncio
from collections import deque
from itertools import count
from typing import Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.web.server import http_limits

_CHECK_EVERY: Final = 0.5
"""Real seconds after which a waiting body checks whether another one is too slow."""


def busy() -> Refusal:
    """Return the refusal of a body for which there is no memory now."""
    return Refusal("server.bodies_full")


class Share:
    """The memory that one request reserves for its body, until it is answered.

    Fields:
        size: reserved bytes; 0 for a small body, which is not counted.
        came: bytes received so far.
        began: when the memory was reserved, in the time of the event loop.
        pause: the timeout for the next bytes of the body.
        evicted: whether the body was refused because it was too slow.
    """

    __slots__ = ("_memory", "began", "came", "evicted", "pause", "size")

    def __init__(self, memory: "BodyMemory") -> None:
        self._memory = memory
        self.size = 0
        self.came = 0
        self.began = 0.0
        self.pause: asyncio.Timeout | None = None
        self.evicted = False

    async def reserve(self, size: int) -> None:
        """Wait until `size` bytes are available. Raises Refusal after a timeout."""
        if size > http_limits.SMALL_BODY:
            await self._memory.enter(self, size)

    def shrink(self, size: int) -> None:
        """Release all but `size` bytes."""
        if self.size:
            self._memory.resize(self, min(size, self.size))

    def release(self) -> None:
        """Release all bytes: the request is answered."""
        if self.size:
            self._memory.resize(self, 0)

    def evict(self) -> None:
        """Refuse a body that is too slow while others wait."""
        if self.pause is not None and not self.evicted and not self.pause.expired():
            self.evicted = True
            self.pause.reschedule(asyncio.get_running_loop().time())


class BodyMemory:
    """The memory for the bodies of all requests to one server: at most `http_limits.BODIES` bytes, in order of arrival.

    A body reserves its largest possible size before any of it is read, so two bodies never wait for each other. While
    others wait, a body that is slower than `http_limits.BODY_RATE` is refused.
    """

    def __init__(self) -> None:
        self.held = 0
        self._shares: dict[Share, None] = {}
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    def share(self) -> Share:
        """Return an empty share for another request."""
        return Share(self)

    async def enter(self, share: Share, size: int) -> None:
        """Reserve `size` bytes when they are available. Raises Refusal after `http_limits.BODY_WAIT` seconds."""
        loop = asyncio.get_running_loop()
        if self._waiting or not self._fits(size):
            await self._wait(size, loop)
        else:
            self.held += size
        share.size, share.began = size, loop.time()
        self._shares[share] = None

    def resize(self, share: Share, size: int) -> None:
        """Reduce a share to `size` bytes, and admit bodies that now fit."""
        self.held -= share.size - size
        share.size = size
        if not size:
            self._shares.pop(share, None)
        self._admit()

    def _fits(self, size: int) -> bool:
        return not self.held or self.held + size <= http_limits.BODIES

    async def _wait(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        admitted: asyncio.Future[None] = loop.create_future()
        entry = (size, admitted)
        self._waiting.append(entry)
        try:
            for checks in count(1):
                await asyncio.wait((admitted,), timeout=_CHECK_EVERY)
                if admitted.done():
                    return
                if checks * _CHECK_EVERY >= http_limits.BODY_WAIT:
                    raise busy()
                self._evict_slow(loop.time())
        except BaseException:
            if admitted.done() and not admitted.cancelled():
                self.held -= size
            else:
                self._waiting.remove(entry)
            self._admit()
            raise

    def _admit(self) -> None:
        """Admit waiting bodies that fit, in their order. Their bytes count from now on."""
        while self._waiting and self._fits(self._waiting[0][0]):
            size, admitted = self._waiting.popleft()
            self.held += size
            admitted.set_result(None)

    def _evict_slow(self, now: float) -> None:
        for share in self._shares:
            took = now - share.began
            if took > http_limits.BODY_GRACE and share.came < took * http_limits.BODY_RATE:
                share.evict()
