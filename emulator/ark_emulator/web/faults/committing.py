"""Lets a create request have its effect, and spoils only the reply: the task exists and is billed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ark_emulator.core.scenario.effects import AfterCommit, Answer, Delay, Hang, Malformed, Reply, Reset, Truncate
from ark_emulator.web.faults.cutting import reset, truncate
from ark_emulator.web.faults.holding import delay, hang
from ark_emulator.web.faults.replacing import answer
from ark_emulator.web.faults.spoiling import malformed
from ark_emulator.web.faults.strike import Strike
from ark_emulator.web.http import http_response

REPLIES: Final[Mapping[type[Reply], Callable[[Strike[Any]], Awaitable[http_response.Answer]]]] = {
    Reset: reset,
    Hang: hang,
    Truncate: truncate,
    Malformed: malformed,
    Answer: answer,
    Delay: delay,
}


async def after_commit(strike: Strike[AfterCommit]) -> http_response.Answer:
    """The handler first, then what happens to its reply. A refusal is passed on: nothing was committed."""
    done = await strike.answered()
    if strike.exchange.task is None:
        return done

    async def answered() -> http_response.Answer:
        return done

    reply = strike.effect.reply
    return await REPLIES[type(reply)](Strike(strike.exchange, strike.on, strike.rule, reply, answered))
