"""Lists of the control API: printed item by item, so that a long one holds up nobody and takes up little memory."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from aiohttp import web

from ark_emulator.core.storage.preconditions import http_date
from ark_emulator.dialects.base import DialectResponse, json_bytes
from ark_emulator.runtime.common.cooperative import iterate_with_yields
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

Item = TypeVar("Item")
WHOLE: Final = 256 * 1024
"""Bytes of a list that is answered in one piece; a longer one is sent as it is printed, as fast as it is read."""


async def listed(
    exchange: Exchange,
    items: Iterable[Item],
    shown: Callable[[Item], object],
    rest: Mapping[str, Any],
    *,
    name: str = "items",
) -> HandlerResult:
    """Return the answer `{"items": [...], **rest}`, where every item is printed by `shown`."""
    pieces = _pieces(name, items, shown, rest)
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) > WHOLE:
            return await _streamed(exchange, held, pieces)
    return DialectResponse(200, bytes(held))


async def _pieces(
    name: str, items: Iterable[Item], shown: Callable[[Item], object], rest: Mapping[str, Any]
) -> AsyncIterator[bytes]:
    yield b"{" + json_bytes(name) + b":["
    between = b""
    async for item in iterate_with_yields(items):
        yield between + json_bytes(shown(item))
        between = b","
    yield b"]" + (b"," + json_bytes(dict(rest))[1:] if rest else b"}")


async def _streamed(exchange: Exchange, held: bytearray, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    """Send what was printed so far and what follows; a client that hangs up is not an error."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Date": http_date(exchange.world.now)})
    try:
        await response.prepare(exchange.request)
        if exchange.request.method != "HEAD":
            await _written(response, held, pieces)
        await response.write_eof()
    except ConnectionError:
        pass
    return response


async def _written(response: web.StreamResponse, held: bytearray, pieces: AsyncIterator[bytes]) -> None:
    await response.write(bytes(held))
    held.clear()
    async for piece in pieces:
        held += piece
        if len(held) > WHOLE:
            await response.write(bytes(held))
            held.clear()
    await response.write(bytes(held))
