"""Limits on what the HTTP client of callbacks and downloads reads.

aiohttp bounds the body of a response. It does not bound what comes before it (any number of `100 Continue`) or what
frames it (extensions of chunks), and parses up to 256 KiB of it in one step, in which nothing else runs.
"""

import asyncio
from typing import Any, Final

import aiohttp

PIECE: Final = 16 * 1024
"""Bytes that are parsed in one step."""
HEAD_BYTES: Final = 128 * 1024
"""Bytes that a server may send before its response has begun: the head, and informational responses before it."""
FRAMING_BYTES: Final = 512 * 1024
"""Bytes that a server may send beyond `PER_BODY_BYTE`; more than aiohttp keeps of a body that nobody has read yet."""
PER_BODY_BYTE: Final = 2
"""Bytes that a server may send for each byte of the body that is read."""


class BoundedConnector(aiohttp.TCPConnector):
    """A connector that closes a connection when its server sends more than `HEAD_BYTES` before a response."""

    async def connect(self, *args: Any, **more: Any) -> aiohttp.connector.Connection:
        """Return a connection for one request, with the limits on its response."""
        connection = await super().connect(*args, **more)
        transport = connection.transport
        if transport is not None:
            protocol = transport.get_protocol()
            if not isinstance(protocol, _BoundedProtocol):
                protocol = _BoundedProtocol(protocol, transport)
                transport.set_protocol(protocol)
            protocol.left = HEAD_BYTES
        return connection


def allow_body(response: aiohttp.ClientResponse) -> None:
    """Set the limit on the body of a response that has begun."""
    protocol = _protocol_of(response)
    if protocol is not None:
        protocol.left = FRAMING_BYTES


def allow_more(response: aiohttp.ClientResponse, size: int) -> None:
    """Raise the limit on the body of a response by what is allowed for `size` bytes that were read of it."""
    protocol = _protocol_of(response)
    if protocol is not None:
        protocol.left += PER_BODY_BYTE * size


def _protocol_of(response: aiohttp.ClientResponse) -> "_BoundedProtocol | None":
    connection = response.connection
    transport = None if connection is None else connection.transport
    protocol = None if transport is None else transport.get_protocol()
    return protocol if isinstance(protocol, _BoundedProtocol) else None


class _BoundedProtocol(asyncio.BufferedProtocol):
    """Passes what a server sends to aiohttp's protocol, in small pieces and no more of it than is `left`."""

    def __init__(self, inner: Any, transport: asyncio.Transport) -> None:
        self._inner = inner
        self._transport = transport
        self._buffer = bytearray(PIECE)
        self.left = HEAD_BYTES

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return the buffer for the next piece."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Pass a piece on, or close the connection when it is one too many."""
        self.left -= nbytes
        if self.left >= 0:
            self._inner.data_received(bytes(memoryview(self._buffer)[:nbytes]))
        elif not self._transport.is_closing():
            self._inner.set_exception(aiohttp.ClientConnectionError("the response has too many bytes besides its body"))
            self._transport.abort()

    def eof_received(self) -> None:
        """Pass on that nothing more comes."""
        self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on that the connection is closed."""
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass on that the request waits to be sent."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on that the request can be sent on."""
        self._inner.resume_writing()
