"""What goes wrong with objects in storage: not there yet, gone too early, of the wrong type, badly asked for."""

from dataclasses import replace
from typing import Final

from ark_emulator.core.scenario.effects import Escaped, Expire, Missing, WrongType, still_missing
from ark_emulator.core.storage.storage_errors import Denial
from ark_emulator.web.emulated import storage_handlers
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http.http_response import HandlerResult, StreamedBody

_MISTAKEN: Final = {"image/png": "video/mp4", "image/jpeg": "video/mp4"}
"""The type that an image is given by mistake; anything else is given that of an image."""


async def missing(strike: FaultContext[Missing]) -> HandlerResult:
    """404 for the first downloads of the object: its link was told before it was stored."""
    exchange = strike.exchange
    name = storage_handlers.object_name(exchange)
    async with exchange.world.transaction():
        gone = still_missing(exchange.world.behaviour.counters, strike.rule, name, strike.effect)
    if gone:
        return await storage_handlers.refused(exchange, Denial.NO_KEY)
    return await strike.answered()


async def expire(strike: FaultContext[Expire]) -> HandlerResult:
    """403 once the link is older than the rule allows, whatever it says of itself."""
    exchange = strike.exchange
    found = await storage_handlers.result(exchange)
    if found is not None and exchange.world.now >= found[1].at + strike.effect.seconds:
        return await storage_handlers.refused(exchange, Denial.EXPIRED)
    return await strike.answered()


async def wrong_type(strike: FaultContext[WrongType]) -> HandlerResult:
    """The object under a content type that is not its own."""
    answer = await strike.answered()
    if not isinstance(answer, StreamedBody) or answer.status >= 300:
        return answer
    mistaken = _MISTAKEN.get(answer.headers.get("Content-Type", ""), "image/png")
    return replace(answer, headers={**answer.headers, "Content-Type": mistaken})


async def escaped(strike: FaultContext[Escaped]) -> HandlerResult:
    """403, as if every ampersand of the link had come as an escape: the signature is not found in it."""
    return await storage_handlers.refused(strike.exchange, Denial.MISMATCH)
