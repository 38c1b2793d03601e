"""Read the bodies of requests: bounded in size and time, and decompressed in steps so that other requests run."""

import asyncio
import zlib
from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType
from typing import Any, Final

from aiohttp import HttpVersion11, StreamReader, web

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.runtime.common.tracebacks import clear_tracebacks
from ark_emulator.runtime.settings.settings import MAX_BODY
from ark_emulator.web.http.body_memory import Share, busy
from ark_emulator.web.server import http_limits

_GZIP: Final = 16 + zlib.MAX_WBITS
_GZIPPED: Final = b"\x1f\x8b\x08"
"""The first bytes of a gzip body."""
_BITS: Final[Mapping[str, int]] = MappingProxyType(
    {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS, "raw deflate": -zlib.MAX_WBITS}
)
"""Supported content encodings. A body with another one is not decoded, as by Go's servers (inferred)."""
_PIECE: Final = 1 << 20
_MORSEL: Final = 1 << 16
_MOST_PACKED: Final = 1_032
"""The most bytes that one compressed byte expands to (RFC 1951)."""


_NAME: Final = "ark_emulator.body_asked_for"
_ASKED_FOR: Final[Any] = web.RequestKey(_NAME, bool) if hasattr(web, "RequestKey") else _NAME
"""The key that marks a request whose client got `100 Continue`."""


async def check_expectation(request: web.Request) -> None:
    """Raise HTTPExpectationFailed for any expectation but 100-continue. Without a body, send `100 Continue` now."""
    if request.version < HttpVersion11:
        return
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise web.HTTPExpectationFailed
    if not request.body_exists:
        await _ask_for_body(request)


def is_body_unasked(request: web.Request) -> bool:
    """Return whether the client of a request with an Expect header still waits for `100 Continue`."""
    return request.version >= HttpVersion11 and _ASKED_FOR not in request


async def _ask_for_body(request: web.Request) -> None:
    request[_ASKED_FOR] = True
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0


async def read(request: web.Request, share: Share) -> bytes:
    """Return the decompressed body. Raises Refusal if it is too large, compressed or not, or cannot be decoded.

    Waits if the memory for bodies, of which `share` is a part, is used up. Whether the service accepts compressed
    bodies is not known; the gateways do (new-api source).
    """
    packing = request.headers.get("Content-Encoding", "").strip().lower()
    bits = _BITS.get(packing)
    body = await _received(request, share, packed=bits is not None)
    if not body or bits is None:
        return body
    if packing == "deflate" and body[0] & 0xF != zlib.DEFLATED:
        bits = _BITS["raw deflate"]
    if packing == "gzip" and not body.startswith(_GZIPPED):
        raise Refusal("http.encoding", reason="its encoding is broken")
    unpacked = await _unpacked(body, bits)
    share.shrink(len(unpacked))
    return unpacked


async def _received(request: web.Request, share: Share, *, packed: bool) -> bytes:
    """Return the body as it was sent.

    aiohttp's own `request.read` keeps the body until the next request, so it is not used.
    """
    content = request.content
    length = request.content_length
    if length is not None and length > MAX_BODY:
        raise Refusal("http.body_too_large")
    if "Expect" in request.headers and is_body_unasked(request):
        await _ask_for_body(request)
    try:
        if content.is_eof():
            body = content.read_nowait()
            if packed:
                await share.reserve(_most_bytes(len(body), packed))
            return body
        await share.reserve(_most_bytes(length, packed))
        body = await _all_of(content, share)
    except web.RequestPayloadError as error:
        clear_tracebacks(error)  # the stream of the body keeps it
        raise _broken() from None
    if not packed:
        share.shrink(len(body))
    return body


def _most_bytes(length: int | None, packed: bool) -> int:
    """Return the most bytes of memory that a body can need."""
    announced = MAX_BODY if length is None else length
    return announced + (min(MAX_BODY, announced * _MOST_PACKED) if packed else 0)


async def _all_of(content: StreamReader, share: Share) -> bytes:
    """Return a body that is still arriving. Raises Refusal if it is too slow or too large."""
    body = BytesIO()  # grows in place, and returns its bytes without a copy
    size = seen = 0
    try:
        async with asyncio.timeout(http_limits.PAUSE) as pause:
            share.pause = pause
            while piece := await content.readany():
                size += body.write(piece)
                share.came = size
                if size > MAX_BODY:
                    raise Refusal("http.body_too_large")
                if size - seen >= http_limits.LEAST and not share.evicted:
                    seen = size
                    pause.reschedule(asyncio.get_running_loop().time() + http_limits.PAUSE)
    except TimeoutError:
        raise busy() if share.evicted else Refusal("http.json", reason="it stopped coming before its end") from None
    finally:
        share.pause = None
    return body.getvalue()


async def _unpacked(packed: bytes, bits: int) -> bytes:
    """Return the decompressed body. Other requests run between the pieces."""
    unpacker, found = zlib.decompressobj(bits), BytesIO()
    for start in range(0, len(packed), _MORSEL):
        rest, more = packed[start : start + _MORSEL], True
        while more:
            try:
                piece = unpacker.decompress(rest, _PIECE)
            except zlib.error:
                raise _broken() from None
            found.write(piece)
            if found.tell() > MAX_BODY:
                raise Refusal("http.body_too_large")
            if unpacker.unused_data:
                raise _broken()
            rest = unpacker.unconsumed_tail
            more = bool(rest) or len(piece) == _PIECE
            await asyncio.sleep(0)
    if not unpacker.eof:
        raise _broken()
    return found.getvalue()


def _broken() -> Refusal:
    return Refusal("http.json", reason="it is cut off, or its encoding is broken")
