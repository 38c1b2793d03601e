"""Everything a dashboard paints first, in one answer: the clock, the newest tasks in short, what is going on.

A task in short has its whole life on it, past and planned, so that a page can draw it without asking again until
something happens that the plan did not foresee.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any, Final

from ark_emulator.core.callbacks import outbox
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.lifecycle import Timeline
from ark_emulator.core.task.values import Delivery, DeliveryState, Status, Task
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.runtime.common.cooperative import iterate_with_yields
from ark_emulator.runtime.common.masking import mask_text, mask_url, masked
from ark_emulator.runtime.world.journal import JournalEntry
from ark_emulator.runtime.world.world import World
from ark_emulator.web.control.control_body import json_response, whole
from ark_emulator.web.control.handlers.task_handlers import cost
from ark_emulator.web.http.exchange import Exchange

LIMIT: Final = 300
"""The default number of tasks in the response."""
TICKS: Final = 120
"""The largest number of polls of one task; the newest ones are kept."""
PROMPT: Final = 120
"""The largest number of characters of a prompt."""
_MOST: Final = 1_000


async def overview(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/overview`: return clock, counts, a summary of the newest tasks, callbacks, faults and worlds.

    `limit` is the number of tasks (300). `event` is the number of the last event: send it as `Last-Event-ID` to
    continue the event stream from this response. With `?ids=a,b`, return only these tasks.
    """
    world, query = exchange.world, exchange.request.query
    if "ids" in query:
        return json_response(await _some(exchange, query["ids"].split(",")))
    engine = exchange.engine
    await queries.settled(engine, world)
    limit, now = min(whole(query.get("limit"), "limit", LIMIT), _MOST), exchange.now
    found = await queries.survey(world, limit, now)
    callbacks = {state.value: found.callbacks[state] for state in DeliveryState}
    return json_response(
        {
            "event": found.event,
            "world": engine.worlds.label(world),
            "clock": queries.clock_document(world, now),
            "scenario": queries.scenario(world).name,
            "counts": dict(found.statuses),
            "total": found.total,
            "items": await _in_short(world, found.tasks, now),
            "callbacks": callbacks | {"paused": queries.callbacks_paused(world)},
            "faults": len(queries.added_faults(world)),
            "exchanges": queries.journal(world).total,
            "worlds": [engine.worlds.label(each) for each in engine.worlds],
        }
    )


async def _some(exchange: Exchange, names: Sequence[str]) -> dict[str, Any]:
    """The tasks of these names in short; `missing` are those that are not there, or no more."""
    world, now, event = exchange.world, exchange.now, queries.event_count(exchange.world)
    found: list[tuple[Task, Timeline]] = []
    missing: list[str] = []
    for name in list(filter(None, names))[:_MOST]:
        try:
            task, _ = await queries.find(exchange.engine, world, name, now)
        except Refusal:
            missing.append(name)
        else:
            found.append((task, lifecycle.timeline(task.plan, task.facts)))
    items = await _in_short(world, found, now)
    return {"event": event, "clock": queries.clock_document(world, now), "items": items, "missing": missing}


async def _in_short(world: World, lines: Sequence[tuple[Task, Timeline]], now: float) -> list[dict[str, Any]]:
    seen = _seen(world, {task.alias or task.id for task, _ in lines})
    return [
        short(task, line, now, seen.get(task.alias or task.id, {})) async for task, line in iterate_with_yields(lines)
    ]


def short(task: Task, line: Timeline, now: float, seen: Mapping[str, Any]) -> dict[str, Any]:
    """A task in short; `seen` is what the journal knows of it.

    `waits` is true while something that is still to come decides how it goes on: a poll, a slot, a hand.
    """
    plan, last, key = task.plan, line[-1], task.submission.key
    mark = lifecycle.state_at(line, now)
    document: dict[str, Any] = {
        "id": task.id,
        "alias": task.alias,
        "dialect": task.submission.dialect,
        "model": mask_text(task.submission.named or task.submission.model, key),
        "mode": plan.mode,
        "prompt": mask_text(task.submission.prompt, key)[:PROMPT],
        "key": masked(key),
        "rule": plan.rule,
        "status": mark.status,
        "created_at": plan.accepted_at,
        "marks": [{"status": each.status, "at": each.at} for each in line],
        "waits": not last.status.final,
        "gone_at": lifecycle.forgotten_at(task, line),
        "ticks": seen.get("ticks"),
        "faults": seen.get("faults"),
        "callbacks": [*(_delivery(each, key) for each in task.deliveries), *_planned(task, line)],
    }
    if last.status is Status.SUCCEEDED:
        document |= {"link_expires_at": last.at + plan.link_life, "tokens": plan.usage.tokens, "cost": cost(task)}
    if last.status is Status.FAILED:
        document["error"] = lifecycle.failure_of(task).code
    return {name: value for name, value in document.items() if value not in (None, [], "")}


def _delivery(each: Delivery, key: str) -> dict[str, Any]:
    """A callback in short: when it was tried last, or will be tried first."""
    last = each.attempts[-1] if each.attempts else None
    due = each.due if _is_pending(each) and each.due != inf else None
    told = {"number": each.number, "status": each.status, "state": each.state, "attempts": len(each.attempts)}
    verdict = {} if last is None else {"verdict": last.verdict, "answered": last.response_status}
    return {
        **told,
        "url": mask_url(each.url, key),
        **verdict,
        "at": each.marked_at if last is None else last.at,
        "due": due,
    }


def _planned(task: Task, line: Timeline) -> Iterator[dict[str, Any]]:
    """The callbacks that are still to come, as far as the plan knows."""
    if not task.submission.parameters.callback_url:
        return
    for turn in outbox.transitions(task, line)[task.published :]:
        if (at := outbox.callback_time(task, line, turn)) is not None:
            yield {"status": turn.status, "state": "planned", "at": at}


def _is_pending(each: Delivery) -> bool:
    return each.state is DeliveryState.PENDING


def _seen(world: World, names: set[str]) -> dict[str, dict[str, Any]]:
    """By the name of a task: when it was polled, and what faults struck exchanges about it."""
    found: dict[str, dict[str, Any]] = defaultdict(lambda: {"ticks": [], "faults": []})
    for entry in queries.journal(world):
        if entry.task is None or entry.task not in names:
            continue
        if is_poll(entry):
            found[entry.task]["ticks"].append(entry.at)
        if entry.fault is not None:
            found[entry.task]["faults"].append({"at": entry.at, "fault": entry.fault, "number": entry.number})
    for each in found.values():
        del each["ticks"][:-TICKS]
    return found


def is_poll(entry: JournalEntry) -> bool:
    """True for an exchange that asked how a task stands."""
    return entry.method == "GET" and entry.task is not None and entry.path.endswith(f"/{entry.task}")
