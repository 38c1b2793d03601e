"""Holds an exchange up: for a while, or until the client gives up."""

from ark_emulator.core.scenario.effects import Delay, Hang
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http.clock_wait import clock_shows, held
from ark_emulator.web.http.http_response import ConnectionReset, HandlerResult
from ark_emulator.web.server.connection import waiting_on_purpose


async def delay(strike: FaultContext[Delay]) -> HandlerResult:
    """Wait, then let the handler answer: a client that gives up before has not been heard."""
    exchange = strike.exchange
    names = (strike.rule, exchange.key, exchange.number)
    seconds = strike.effect.length.drawn(exchange.world.dice, "delay", *names)
    with waiting_on_purpose(exchange.request):
        await clock_shows(exchange, exchange.world.now + seconds)
    return await strike.answered()


async def hang(strike: FaultContext[Hang]) -> HandlerResult:
    """Wait in real time until the client closes the connection, or the server stops. The handler is not asked."""
    strike.exchange.release()
    with waiting_on_purpose(strike.exchange.request):
        await held(strike.exchange.engine)
    return ConnectionReset()
