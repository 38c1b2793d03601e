"""Lets a create request have its effect, and spoils only the reply: the task exists and is billed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ark_emulator.core.scenario.effects import (
    AfterCommit,
    AnswerEffect,
    Delay,
    Hang,
    Malformed,
    ReplyFault,
    ResetConnection,
    Truncate,
)
from ark_emulator.web.faults.cutting import reset, truncate
from ark_emulator.web.faults.holding import delay, hang
from ark_emulator.web.faults.replacing import answer
from ark_emulator.web.faults.spoiling import malformed
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http import http_response

REPLIES: Final[Mapping[type[ReplyFault], Callable[[FaultContext[Any]], Awaitable[http_response.HandlerResult]]]] = {
    ResetConnection: reset,
    Hang: hang,
    Truncate: truncate,
    Malformed: malformed,
    AnswerEffect: answer,
    Delay: delay,
}


async def after_commit(strike: FaultContext[AfterCommit]) -> http_response.HandlerResult:
    """The handler first, then what happens to its reply. A refusal is passed on: nothing was committed."""
    done = await strike.answered()
    if strike.exchange.task is None:
        return done

    async def answered() -> http_response.HandlerResult:
        return done

    reply = strike.effect.reply
    return await REPLIES[type(reply)](FaultContext(strike.exchange, strike.on, strike.rule, reply, answered))
