"""The bodies of requests: bounded however they are packed, and unpacked bit by bit, so that nobody else has to wait."""

import asyncio
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aiohttp import web

from emulator.core.errors import Refusal
from emulator.runtime.settings import MAX_BODY
from emulator.web import bounds

_GZIP: Final = 16 + zlib.MAX_WBITS
_GZIPPED: Final = b"\x1f\x8b\x08"
"""How a body that is packed with gzip begins."""
_BITS: Final[Mapping[str, int]] = MappingProxyType(
    {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS, "raw deflate": -zlib.MAX_WBITS}
)
"""How bodies may be packed. One that is packed in any other way is taken as it is, as Go's servers do (inferred)."""
_PIECE: Final = 1 << 20
_MORSEL: Final = 1 << 16


async def read(request: web.Request) -> bytes:
    """The body of a request, unpacked. Raises Refusal when it is too large, packed or not, or cannot be made out.

    Whether the service takes packed bodies is not known; the gateways do (new-api source).
    """
    try:
        body = await (request.read() if request.content.is_eof() else _all_of(request))
    except web.HTTPRequestEntityTooLarge:
        raise Refusal("http.body_too_large") from None
    except web.RequestPayloadError:
        raise _broken() from None
    packing = request.headers.get("Content-Encoding", "").strip().lower()
    if packing == "deflate" and body and body[0] & 0xF != zlib.DEFLATED:
        packing = "raw deflate"
    if packing == "gzip" and body and not body.startswith(_GZIPPED):
        raise Refusal("http.encoding", reason="its encoding is broken")
    bits = _BITS.get(packing)
    return await _unpacked(body, bits) if body and bits is not None else body


async def _all_of(request: web.Request) -> bytes:
    """A body that is still on its way. Raises Refusal when it all but stops."""
    content, seen = request.content, 0
    reading = asyncio.ensure_future(request.read())
    try:
        while not (await asyncio.wait((reading,), timeout=bounds.PAUSE))[0]:
            if content.total_bytes - seen < bounds.LEAST:
                raise Refusal("http.json", reason="it stopped coming before its end")
            seen = content.total_bytes
        return reading.result()
    finally:
        reading.cancel()


async def _unpacked(packed: bytes, bits: int) -> bytes:
    """What was packed. Others get their turn between two pieces of it."""
    unpacker, found = zlib.decompressobj(bits), bytearray()
    for start in range(0, len(packed), _MORSEL):
        rest, more = packed[start : start + _MORSEL], True
        while more:
            try:
                piece = unpacker.decompress(rest, _PIECE)
            except zlib.error:
                raise _broken() from None
            found += piece
            if len(found) > MAX_BODY:
                raise Refusal("http.body_too_large")
            if unpacker.unused_data:
                raise _broken()
            rest = unpacker.unconsumed_tail
            more = bool(rest) or len(piece) == _PIECE
            await asyncio.sleep(0)
    if not unpacker.eof:
        raise _broken()
    return bytes(found)


def _broken() -> Refusal:
    return Refusal("http.json", reason="it is cut off, or its encoding is broken")
