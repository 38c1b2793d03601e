"""The journal: read it, ask it whether something happened, empty it."""

from collections.abc import Mapping
from typing import Any, Final

from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import world_commands
from ark_emulator.runtime.common.cooperative import iterate_with_yields
from ark_emulator.runtime.world.journal import ENTRIES, entry_document, entry_summary
from ark_emulator.runtime.world.journal_query import CRITERIA, Match, verify, verify_order
from ark_emulator.web.control.control_body import (
    ControlRefusal,
    echoed,
    flag,
    json_response,
    number,
    read_object,
    whole,
)
from ark_emulator.web.control.list_response import listed
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

LIMIT: Final = 100
_COUNTS: Final = ("exactly", "at_least", "at_most")
_MOST: Final = 10_000


async def listing(exchange: Exchange) -> HandlerResult:
    """`GET /_emulator/journal`: return the newest entries in chronological order.

    `limit`, `after` (an entry number), `number`, `first` (all attempts of one retried request), `retries` and the
    criteria of a match filter the entries. With `moves`, also return the status changes, callbacks and expiries that
    followed each entry. With `brief`, return entries without headers and bodies.
    """
    journal, query = queries.journal(exchange.world), exchange.request.query
    match = _compiled({name: _typed(name, query[name]) for name in CRITERIA if name in query})
    after = whole(query.get("after"), "after", 0)
    limit = min(whole(query.get("limit"), "limit", LIMIT), _MOST)
    only_retries, brief, moves = (flag(query, name) for name in ("retries", "brief", "moves"))
    numbers = {name: whole(query[name], name, 0) for name in ("number", "first") if name in query}
    found = [
        entry.number
        async for entry in iterate_with_yields(list(journal))
        if entry.number > after
        and all(getattr(entry, name) == value for name, value in numbers.items())
        and match.fits(entry)
        and (not only_retries or journal.attempts(entry) > 1)
    ]
    # Numbers and not entries: a client that reads slowly must not keep what the journal has dropped.
    kept = (journal.numbered(each) for each in (found[-limit:] if limit else ()))
    printed = entry_summary if brief else entry_document
    rest = {"total": len(found), "seen": journal.total} | ({"moves": journal.moves(after)} if moves else {})
    return await listed(
        exchange, (entry for entry in kept if entry is not None), lambda entry: printed(entry, journal), rest
    )


async def ask(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/journal/verify`: return 200 if the expectation holds, else 417 with the nearest misses."""
    wanted = await read_object(exchange, "match", *_COUNTS, "in_order")
    journal = queries.journal(exchange.world)
    if "in_order" in wanted:
        verdict = await verify_order(journal, _sequence(wanted))
    else:
        counts = {name: _count(wanted, name) for name in _COUNTS}
        verdict = await verify(journal, _compiled(_match(wanted.get("match", {}))), **counts)
    document: dict[str, Any] = {"ok": verdict.ok, "count": verdict.count}
    return json_response(document, 200) if verdict.ok else json_response({**document, "near": list(verdict.near)}, 417)


async def clear(exchange: Exchange) -> DialectResponse:
    """`DELETE /_emulator/journal`: empty the journal."""
    world_commands.clear_journal(exchange.world)
    return json_response({})


def _sequence(wanted: Mapping[str, Any]) -> list[Match]:
    sequence = wanted["in_order"]
    if not isinstance(sequence, list) or not sequence:
        raise ControlRefusal(400, "bad_in_order", '"in_order" must be a list of matches')
    if len(wanted) > 1:
        raise ControlRefusal(400, "bad_in_order", '"in_order" must stand alone: it counts nothing')
    if len(sequence) > ENTRIES:
        raise ControlRefusal(
            400, "bad_in_order", f'"in_order" has at most {ENTRIES:,} matches, as the journal has entries'
        )
    return [_compiled(_match(each)) for each in sequence]


def _compiled(criteria: Mapping[str, Any]) -> Match:
    try:
        return Match(criteria)
    except ValueError as error:
        raise ControlRefusal(400, "bad_match", str(error)) from None


def _match(given: object) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ControlRefusal(400, "bad_match", '"match" must be an object')
    unknown = sorted(set(given) - set(CRITERIA))
    if unknown:
        raise ControlRefusal(
            400, "bad_match", f"cannot match by {echoed(unknown[0])}; accepted are {', '.join(CRITERIA)}"
        )
    for name, value in given.items():
        if isinstance(value, list | dict):
            raise ControlRefusal(400, "bad_match", f"the criterion {name!r} must be a text or a number")
    return given


def _count(wanted: Mapping[str, Any], name: str) -> int | None:
    value = number(wanted, name)
    if value is not None and (value < 0 or value != int(value)):
        raise ControlRefusal(400, f"bad_{name}", f'"{name}" must be a whole number')
    return None if value is None else int(value)


def _typed(name: str, value: str) -> object:
    return int(value) if name == "status" and value.isdecimal() and len(value) < 5 else value
