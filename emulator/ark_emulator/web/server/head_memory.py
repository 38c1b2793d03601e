"""The limit on the memory that the heads of requests take together, over all connections of a server."""

from typing import Protocol

from ark_emulator.web.server import http_limits


class HeadHolder(Protocol):
    """A connection that holds heads: one that is being read, and those of requests without an answer."""

    def free_heads(self) -> None:
        """Free the heads that belong to no complete request, and report what is left with `HeadMemory.hold`."""


class HeadMemory:
    """Limit the heads of all connections to `http_limits.HEADS_BYTES`.

    A connection with at most `http_limits.SMALL_HEADS` bytes of heads is not counted. When the limit is exceeded, the
    connections that have held more for longest free the heads that belong to no complete request.
    """

    def __init__(self) -> None:
        self.held = 0
        self._sizes: dict[HeadHolder, int] = {}

    def hold(self, holder: HeadHolder, size: int) -> bool:
        """Set the bytes that a connection holds. Return False if it holds more than before and there is no room."""
        if size <= http_limits.SMALL_HEADS:
            self.release(holder)
            return True
        before = self._sizes.get(holder, 0)
        self._sizes[holder] = size
        self.held += size - before
        if size > before and self.is_exceeded():
            self._free(holder)
            return not self.is_exceeded()
        return True

    def is_exceeded(self) -> bool:
        """Return whether the connections hold more than they may together."""
        return self.held > http_limits.HEADS_BYTES

    def release(self, holder: HeadHolder) -> None:
        """Stop counting a connection."""
        if self._sizes:
            self.held -= self._sizes.pop(holder, 0)

    def _free(self, newest: HeadHolder) -> None:
        for each in tuple(self._sizes):
            if each is not newest:
                each.free_heads()
                if not self.is_exceeded():
                    return
