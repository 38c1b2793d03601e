"""The journal: read it, ask it whether something happened, empty it."""

from collections.abc import Mapping
from typing import Any, Final

from emulator.dialects.base import Reply
from emulator.runtime.journal import Entry, in_short, shown
from emulator.runtime.verification import CRITERIA, matches, verify, verify_order
from emulator.web.control.wire import Misuse, answer, number, whole, wish
from emulator.web.exchange import Exchange

LIMIT: Final = 100
_MOST: Final = 10_000


async def listing(exchange: Exchange) -> Reply:
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
    found = [
        entry
        for entry in journal
        if entry.number > after
        and all(getattr(entry, name) == value for name, value in numbers.items())
        and matches(entry, wanted)
        and (not only_retries or journal.attempts(entry) > 1)
    ]
    kept: list[Entry] = found[-limit:] if limit else []
    told = in_short if _said(query, "brief") else shown
    document = {"items": [told(entry, journal) for entry in kept], "total": len(found), "seen": journal.total}
    return answer(document | ({"moves": journal.moves(after)} if _said(query, "moves") else {}))


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
