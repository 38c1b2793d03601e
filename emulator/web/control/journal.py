"""The journal: read it, ask it whether something happened, empty it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from emulator.dialects.base import JSON, Reply, written
from emulator.runtime.journal import Entry, Journal, in_short, shown
from emulator.runtime.verification import CRITERIA, matches, verify, verify_order
from emulator.web.answers import Answer
from emulator.web.control.wire import Misuse, answer, number, whole, wish
from emulator.web.exchange import Exchange
from emulator.web.waiting import Turns

LIMIT: Final = 100
_MOST: Final = 10_000
_AT_ONCE: Final = 200
_SMALL: Final = 256 * 1024
"""Entries, and bytes of them, that are answered in one piece."""
_PIECE: Final = 64 * 1024


async def listing(exchange: Exchange) -> Answer:
    """`GET /_emulator/journal`: the newest entries, oldest of them first.

    `limit`, `after` (a number), `number`, `first` (the tries of one wish), `retries` and the criteria of a match narrow
    it. With `moves`, what came to pass by itself stands beside the entries: moves, callbacks, expiries, each after the
    entry it followed. With `brief`, entries come without headers and bodies.
    """
    journal, query = exchange.world.journal, exchange.request.query
    wanted = {name: _typed(name, query[name]) for name in CRITERIA if name in query}
    after = whole(query.get("after"), "after", 0)
    limit = min(whole(query.get("limit"), "limit", LIMIT), _MOST)
    only_retries = _said(query, "retries")
    numbers = {name: whole(query[name], name, 0) for name in ("number", "first") if name in query}
    turns, found = Turns(), []
    for entry in tuple(journal):
        if (
            entry.number > after
            and all(getattr(entry, name) == value for name, value in numbers.items())
            and matches(entry, wanted)
            and (not only_retries or journal.attempts(entry) > 1)
        ):
            found.append(entry)
        await turns.others()
    kept: list[Entry] = found[-limit:] if limit else []
    told = in_short if _said(query, "brief") else shown
    rest: dict[str, object] = {"total": len(found), "seen": journal.total}
    rest |= {"moves": journal.moves(after)} if _said(query, "moves") else {}
    if len(kept) > _AT_ONCE or sum(entry.size for entry in kept) > _SMALL:
        numbered = [entry.number for entry in kept]
        del found, kept  # a client that reads slowly must not keep them
        return await _streamed(exchange, journal, numbered, told, rest)
    return answer({"items": [told(entry, journal) for entry in kept], **rest})


async def _streamed(
    exchange: Exchange,
    journal: Journal,
    numbers: Sequence[int],
    told: Callable[[Entry, Journal], Mapping[str, Any]],
    rest: Mapping[str, Any],
) -> web.StreamResponse:
    """Send a long list entry by entry, as fast as the client reads it, so that it is never in memory as a whole.

    Entries that have left the journal before the client has read so far are left out.
    """
    response = web.StreamResponse(headers={"Content-Type": JSON})
    with suppress(ConnectionError):
        await response.prepare(exchange.request)
        turns, pieces, size, between = Turns(), [b'{"items":['], 0, b""
        for number in numbers:
            entry = journal.numbered(number)
            if entry is not None:
                pieces += (between, written(told(entry, journal)))
                size, between = size + len(pieces[-1]), b","
            if size > _PIECE:
                await response.write(b"".join(pieces))
                pieces, size = [], 0
            await turns.others()
        await response.write(b"".join(pieces) + b"]," + written(rest)[1:])
        await response.write_eof()
    return response


async def ask(exchange: Exchange) -> Reply:
    """`POST /_emulator/journal/verify`: 200 when it holds, 417 with the nearest misses when it does not."""
    wanted = await wish(exchange)
    journal = exchange.world.journal
    if "in_order" in wanted:
        sequence = wanted["in_order"]
        if not isinstance(sequence, list) or not sequence:
            raise Misuse(400, "bad_in_order", '"in_order" must be a list of matches')
        verdict = verify_order(journal, [_match(each) for each in sequence])
    else:
        counts = {name: _count(wanted, name) for name in ("exactly", "at_least", "at_most")}
        verdict = verify(journal, _match(wanted.get("match", {})), **counts)
    document: dict[str, Any] = {"ok": verdict.ok, "count": verdict.count}
    return answer(document, 200) if verdict.ok else answer({**document, "near": list(verdict.near)}, 417)


async def clear(exchange: Exchange) -> Reply:
    """`DELETE /_emulator/journal`: empties the journal."""
    exchange.world.journal.clear()
    return answer({})


def _said(query: Mapping[str, str], name: str) -> bool:
    return query.get(name) in ("1", "true")


def _match(given: object) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise Misuse(400, "bad_match", '"match" must be an object')
    unknown = sorted(set(given) - set(CRITERIA))
    if unknown:
        raise Misuse(400, "bad_match", f"cannot match by {unknown[0]!r}; known are {', '.join(CRITERIA)}")
    return given


def _count(wanted: Mapping[str, Any], name: str) -> int | None:
    value = number(wanted, name)
    if value is not None and (value < 0 or value != int(value)):
        raise Misuse(400, f"bad_{name}", f'"{name}" must be a whole number')
    return None if value is None else int(value)


def _typed(name: str, value: str) -> object:
    return int(value) if name == "status" and value.isdecimal() and len(value) < 5 else value
