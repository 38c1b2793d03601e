"""Puts the journal and the tasks of a world before the judge of the report card, in the judge's own terms."""

import asyncio
import json
import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from ark_emulator.core.billing import ledger_entries
from ark_emulator.core.report_card import report_rules
from ark_emulator.core.report_card.report_case import Case, CaseCost, ExchangeKind, ObservedExchange, TaskHistory
from ark_emulator.core.scenario.effects import (
    AfterCommit,
    AnswerEffect,
    Delay,
    Empty,
    FaultEffect,
    Hang,
    Html,
    Malformed,
    ResetConnection,
    Truncate,
)
from ark_emulator.core.task import ids, lifecycle
from ark_emulator.core.task.result_variants import LinkShown
from ark_emulator.core.task.values import Delivery, DeliveryState, Status, Task
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.common.cooperative import run_with_yields
from ark_emulator.runtime.common.masking import mask_url
from ark_emulator.runtime.task_walk import walk
from ark_emulator.runtime.world.journal import BODY, JournalEntry
from ark_emulator.runtime.world.world import World

_MOST: Final = 100_000
_FEW: Final = 500
"""Exchanges that are judged at once; more are judged in a thread, so that nobody has to wait."""
_NAME: Final = len(ids.object_name(0, 0, "0" * 8))
_BOUNDARY: Final = re.compile(rb'boundary="?([^";]+)')
_STATUS: Final = re.compile(rb'"(?:task_)?status" ?: ?"([A-Za-z_]+)"')
_REFUSED: Final = 400
_NO_LINK: Final = (LinkShown.MISSING, LinkShown.EMPTY, LinkShown.DEAD)
_ILLEGIBLE: Final = (Html, Empty, Malformed, Hang, ResetConnection, Truncate)


async def report_card(world: World, *, links: bool = True) -> report_rules.ReportCard:
    """The report card of a world. `links` says that results come as links, so that there is something to download."""
    spoken_of = {name for entry in world.journal for name in (entry.task, _object_name(entry)) if name is not None}
    page = await walk(world, lambda task: not spoken_of.isdisjoint(_names_of(task)), 0, _MOST)
    case = await run_with_yields(_case(world, page.items, links))
    return (
        await asyncio.to_thread(report_rules.report, case) if len(case.exchanges) > _FEW else report_rules.report(case)
    )


def case_of(world: World, tasks: Iterable[Task], *, links: bool = True) -> Case:
    """The case to judge."""
    work = _case(world, tasks, links)
    while True:
        try:
            next(work)
        except StopIteration as end:
            case: Case = end.value
            return case


def _case(world: World, tasks: Iterable[Task], links: bool) -> Generator[None, None, Case]:
    """Put the case together in small steps."""
    held = tuple(tasks)
    now, clock = world.now, world.clock
    names = _Names(held)
    effects = {rule.name: rule.effect for rule in (*world.behaviour.scenario.faults, *world.behaviour.added)}
    exchanges = []
    for entry in list(world.journal):
        if (found := _exchange(entry, names, effects)) is not None:
            exchanges.append(found)
        yield
    lives = {}
    for task in held:
        lives[task.id] = _life(task, now, links)
        yield
    return Case(exchanges, lives, now, clock.mode is ClockMode.LIVE and clock.speed == 1)


class _Names:
    """Finds the task that an entry is about, by either of its ids or by the name of its clip."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._found: dict[str, str] = {}
        for task in tasks:
            self._found.update(dict.fromkeys(_names_of(task), task.id))

    def of(self, entry: JournalEntry) -> str | None:
        """The task's own id, None when the entry is about none that is held."""
        if entry.task is None:
            return self._found.get(_object_name(entry))
        named = entry.method == "POST" and entry.task in entry.path
        return None if named else self.called(entry.task)

    def called(self, name: object) -> str | None:
        """The own id of the task of that name."""
        return self._found.get(name) if isinstance(name, str) else None


def _exchange(entry: JournalEntry, names: _Names, effects: Mapping[str, FaultEffect]) -> ObservedExchange | None:
    act = _act(entry)
    if act is None:
        return None
    task = names.of(entry)
    struck = not _spared(effects.get(entry.fault or ""))
    document = (
        _document(entry)
        if act in (ExchangeKind.CREATE, ExchangeKind.FETCH, ExchangeKind.LIST) and 200 <= entry.status < 300
        else {}
    )
    return ObservedExchange(
        number=entry.number,
        at=entry.at,
        real=entry.real,
        kind=act,
        key=entry.key,
        dialect=entry.dialect,
        intent=_wish(entry),
        status=_told_status(entry, document),
        parseable=not struck and document is not None,
        task=task,
        ended=frozenset() if struck or not document else frozenset(_ended(document, task, names)),
        retry_after=_retry_after(entry.reply_headers),
    )


def _act(entry: JournalEntry) -> ExchangeKind | None:
    if ids.is_object_name(_object_name(entry)) or entry.path.endswith("/content"):
        return ExchangeKind.DOWNLOAD if entry.method == "GET" else None
    match entry.method:
        case "POST":
            return ExchangeKind.CREATE
        case "GET":
            return ExchangeKind.LIST if entry.task is None else ExchangeKind.FETCH
        case "DELETE":
            return ExchangeKind.DELETE
    return None


def _names_of(task: Task) -> tuple[str, ...]:
    """Every name under which an exchange may speak of a task."""
    own = (task.id, task.plan.name)
    return own if task.alias is None else (*own, task.alias)


def _object_name(entry: JournalEntry) -> str:
    """Return what would be the name of the object, were this a download. A JPEG lies in a folder of that name."""
    folder, _, name = entry.path.rpartition("/")
    return (folder.rpartition("/")[2] if name.endswith(".jpeg") else name)[:_NAME]


def _spared(effect: FaultEffect | None) -> bool:
    """True when a fault left the reply such as a client can use."""
    if isinstance(effect, AfterCommit):
        return isinstance(effect.reply, Delay | AnswerEffect)
    return not isinstance(effect, _ILLEGIBLE)


def _document(entry: JournalEntry) -> Any:
    """The JSON of a reply, None when it is none. Of one that the journal has cut, no more than its status is known."""
    if len(entry.response) >= BODY:
        told = _STATUS.search(entry.response)
        return {"status": told[1].decode()} if told else {}
    try:
        return json.loads(entry.response)
    except ValueError:
        return None


def _ended(document: Any, task: str | None, names: _Names) -> Iterable[str]:
    """The tasks whose end a reply tells: that of a poll, or those of a list."""
    if not isinstance(document, Mapping):
        return
    items = document.get("items")
    if isinstance(items, list):
        for item in items:
            if isinstance(item, Mapping) and (name := names.called(item.get("id"))) and _says_ended(item):
                yield name
    elif task is not None and (_says_ended(document) or _says_ended(document.get("data"))):
        yield task


def _says_ended(item: Any) -> bool:
    """True for an object whose status is one of the words for an end, under either of its names."""
    if not isinstance(item, Mapping):
        return False
    return any(item.get(name) in report_rules.endings() for name in ("status", "task_status"))


def _wish(entry: JournalEntry) -> int:
    """A number that is the same for the same request; what separates the parts of a form does not count."""
    body = entry.request
    boundary = _BOUNDARY.search(entry.headers.get("Content-Type", "").encode("utf-8", "surrogateescape"))
    if boundary is not None:
        body = body.replace(boundary[1], b"")
    length = None if boundary else entry.headers.get("Content-Length")
    return hash((entry.method, entry.path, entry.query, body, length, entry.prompt))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After header; one that names a date does not count."""
    value = headers.get("Retry-After", "")
    return float(value) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) else None


def _life(task: Task, now: float, links: bool) -> TaskHistory:
    line = lifecycle.timeline(task.plan, task.facts)
    end = lifecycle.final_mark(line)
    over = end is not None and end.at <= now
    succeeds = end is not None and end.status is Status.SUCCEEDED
    linked = links and task.plan.result.video_url not in _NO_LINK
    return TaskHistory(
        name=task.alias or task.id,
        ended_at=end.at if end is not None and over else None,
        status=end.status if end is not None and over else None,
        link_dies_at=end.at + task.plan.link_life if end is not None and succeeds and linked else None,
        cost=_cost(task) if succeeds else None,
        deliveries=tuple(_shown(each, task.submission.key) for each in task.deliveries),
    )


def _shown(delivery: Delivery, key: str) -> Delivery:
    """Return a callback such as findings may quote it: without the secrets in its URL."""
    if delivery.state is not DeliveryState.FAILED:
        return delivery
    return replace(delivery, url=mask_url(delivery.url, key))


def _cost(task: Task) -> CaseCost:
    """What a success costs its creator; a price of nothing means that none is published."""
    found = ledger_entries.cost(task)
    return CaseCost(found.tokens, found.amount or None)


def _told_status(entry: JournalEntry, document: Any) -> int:
    """The status of a reply; a refusal that comes with HTTP 200, as one gateway sends it, counts as a 400."""
    refused = isinstance(document, Mapping) and "error" in document and not document.keys() & {"id", "status", "data"}
    return _REFUSED if refused and 200 <= entry.status < 300 else entry.status
