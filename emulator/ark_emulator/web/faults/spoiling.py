"""Spoils the body of an answer: nothing of it, or something that is not JSON."""

from dataclasses import replace

from ark_emulator.core.scenario.effects import Empty, Malformed
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http.http_response import HandlerResult, StreamedBody


async def empty(strike: FaultContext[Empty]) -> HandlerResult:
    """The real status, and no body."""
    match answer := await strike.answered():
        case DialectResponse():
            return replace(answer, body=b"")
        case StreamedBody():
            return StreamedBody(answer.status, {**answer.headers, "Content-Length": "0"}, b"")
    return answer


async def malformed(strike: FaultContext[Malformed]) -> HandlerResult:
    """The real body up to its last character, then the beginning of a key that never comes: complete, but no JSON."""
    answer = await strike.answered()
    return replace(answer, body=answer.body[:-1] + b',"') if isinstance(answer, DialectResponse) else answer
