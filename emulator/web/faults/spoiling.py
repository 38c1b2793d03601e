"""Spoils the body of an answer: nothing of it, or something that is not JSON."""

from dataclasses import replace

from emulator.core.faults import Empty, Malformed
from emulator.dialects.base import Reply
from emulator.web.answers import Answer, Parcel
from emulator.web.faults.strike import Strike


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
