"""Refuses an exchange with a code of the error table, in the words of whoever is asked."""

from dataclasses import replace
from typing import Final

from ark_emulator.core.facts.error_table import Refusal, by_code, examples
from ark_emulator.core.plan.planning import named_items
from ark_emulator.core.scenario.effects import MET_ON, Operation, Refuse
from ark_emulator.core.storage.storage_errors import Denial, storage_errors
from ark_emulator.web.emulated import storage_handlers
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http.http_response import HandlerResult


async def refuse(strike: FaultContext[Refuse]) -> HandlerResult:
    """The refusal, with the headers that speak of retrying. The handler is not asked."""
    effect, exchange = strike.effect, strike.exchange
    more = _headers(effect)
    if strike.on is Operation.DOWNLOAD:
        parcel = await storage_handlers.refused(exchange, _denial(effect.code))
        return replace(parcel, headers={**parcel.headers, **more})
    row, name = by_code(effect.code, MET_ON[strike.on]), exchange.parts.get("id")
    if row is None:
        raise KeyError(f"no {strike.on} request can meet {effect.code}")
    known: dict[str, object] = {"id": name} if name else {}
    if exchange.submission is not None:
        known |= {"model": exchange.submission.model, **named_items(exchange.submission, row.key)}
    refusal = Refusal(row.key, **{**examples(), **known})
    reply = exchange.dialect.error_response(refusal, exchange.request_id)
    return replace(reply, headers={**reply.headers, **more})


def _headers(effect: Refuse) -> dict[str, str]:
    headers = {}
    if effect.retry_after is not None:
        headers["Retry-After"] = f"{effect.retry_after:g}"
    if effect.should_retry is not None:
        headers["x-should-retry"] = _WORDS[effect.should_retry]
    return headers


def _denial(code: str) -> Denial:
    """The first refusal of the storage with this code."""
    return next(denial for denial, row in storage_errors().items() if row.code == code)


_WORDS: Final = {True: "true", False: "false"}
