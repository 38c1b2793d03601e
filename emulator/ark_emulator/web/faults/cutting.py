"""Spoils the way of an answer: no answer, a part of it, or all of it slowly."""

from ark_emulator.core.scenario.effects import Drip, ResetConnection, Truncate
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http.http_response import ConnectionReset, Degraded, HandlerResult


async def reset(strike: FaultContext[ResetConnection]) -> HandlerResult:
    """Reset the connection. The handler is not asked."""
    return ConnectionReset()


async def truncate(strike: FaultContext[Truncate]) -> HandlerResult:
    """The headers of the whole answer, a share of its body, and the end of the connection."""
    return Degraded(await strike.answered(), share=strike.effect.share)


async def drip(strike: FaultContext[Drip]) -> HandlerResult:
    """The whole answer, so many bytes of its body a virtual second."""
    return Degraded(await strike.answered(), rate=strike.effect.bytes_per_second)
