"""Spoils the body of an answer: nothing of it, or something that is not JSON."""

from dataclasses import replace

from ark_emulator.core.scenario.effects import Empty, Malformed
from ark_emulator.dialects.base import Reply
from ark_emulator.web.faults.strike import Strike
from ark_emulator.web.http.http_response import Answer, Parcel


async def empty(strike: Strike[Empty]) -> Answer:
    """The real status, and no body."""
    match answer := await strike.answered():
        case Reply():
            return replace(answer, body=b"")
        case Parcel():
            return Parcel(answer.status, {**answer.headers, "Content-Length": "0"}, b"")
    return answer


async def malformed(strike: Strike[Malformed]) -> Answer:
    """The real body up to its last character, then the beginning of a key that never comes: complete, but no JSON."""
    answer = await strike.answered()
    return replace(answer, body=answer.body[:-1] + b',"') if isinstance(answer, Reply) else answer
