"""Lets a create request have its effect, and spoils only the reply: the task exists and is billed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from emulator.core.faults import AfterCommit, Answer, Delay, Hang, Malformed, Reply, Reset, Truncate
from emulator.web import answers
from emulator.web.faults.cutting import reset, truncate
from emulator.web.faults.holding import delay, hang
from emulator.web.faults.replacing import answer
from emulator.web.faults.spoiling import malformed
from emulator.web.faults.strike import Strike

REPLIES: Final[Mapping[type[Reply], Callable[[Strike[Any]], Awaitable[answers.Answer]]]] = {
    Reset: reset,
    Hang: hang,
    Truncate: truncate,
    Malformed: malformed,
    Answer: answer,
    Delay: delay,
}


async def after_commit(strike: Strike[AfterCommit]) -> answers.Answer:
    """The handler first, then what happens to its reply. A refusal is passed on: nothing was committed."""
    done = await strike.answered()
    if strike.exchange.task is None:
        return done

    async def answered() -> answers.Answer:
        return done

    reply = strike.effect.reply
    return await REPLIES[type(reply)](Strike(strike.exchange, strike.on, strike.rule, reply, answered))
