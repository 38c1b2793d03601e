"""Holds an exchange up: for a while, or until the client gives up."""

from emulator.core.faults import Delay, Hang
from emulator.web.answers import Answer, Silence
from emulator.web.connection import waiting_on_purpose
from emulator.web.faults.strike import Strike
from emulator.web.waiting import clock_shows, held


async def delay(strike: Strike[Delay]) -> Answer:
    """Wait, then let the handler answer: a client that gives up before has not been heard."""
    exchange = strike.exchange
    names = (strike.rule, exchange.key, exchange.number)
    seconds = strike.effect.length.drawn(exchange.world.dice, "delay", *names)
    with waiting_on_purpose(exchange.request):
        await clock_shows(exchange, exchange.world.now + seconds)
    return await strike.answered()


async def hang(strike: Strike[Hang]) -> Answer:
    """Wait in real time until the client closes the connection, or the server stops. The handler is not asked."""
    strike.exchange.release()
    with waiting_on_purpose(strike.exchange.request):
        await held(strike.exchange.engine)
    return Silence()
