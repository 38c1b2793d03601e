"""Spoils the way of an answer: no answer, a part of it, or all of it slowly."""

from ark_emulator.core.scenario.effects import Drip, Reset, Truncate
from ark_emulator.web.faults.strike import Strike
from ark_emulator.web.http.http_response import Answer, Marred, Silence


async def reset(strike: Strike[Reset]) -> Answer:
    """Reset the connection. The handler is not asked."""
    return Silence()


async def truncate(strike: Strike[Truncate]) -> Answer:
    """The headers of the whole answer, a share of its body, and the end of the connection."""
    return Marred(await strike.answered(), share=strike.effect.share)


async def drip(strike: Strike[Drip]) -> Answer:
    """The whole answer, so many bytes of its body a virtual second."""
    return Marred(await strike.answered(), rate=strike.effect.bytes_per_second)
