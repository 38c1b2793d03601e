"""The inside of tasks, and moving one by hand."""

from dataclasses import asdict, fields
from typing import Any, Final

from ark_emulator.core.billing import prices as tariff
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.error_table import refusal_by_code
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.values import Delivery, DeliveryAttempt, Failure, Mark, Plan, Status, Task
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import task_commands
from ark_emulator.runtime.common.masking import mask_text, mask_url, mask_values, masked
from ark_emulator.web.control.control_body import ControlRefusal, echoed, json_response, read_object, text, whole
from ark_emulator.web.control.list_response import listed
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import HandlerResult

LIMIT: Final = 100
_MOST: Final = 1_000
_VALUE: Final = 2_000
"""How much of a value in a task's content is shown, in characters."""


async def listing(exchange: Exchange) -> HandlerResult:
    """`GET /_emulator/tasks`: return tasks with their internal state, newest first; filter by `status`."""
    query, world = exchange.request.query, exchange.world
    status = query.get("status")
    if status is not None and status not in list(Status):
        raise ControlRefusal(400, "bad_status", f"status must be one of {', '.join(Status)}")
    offset, limit = whole(query.get("offset"), "offset", 0), whole(query.get("limit"), "limit", LIMIT)
    now = exchange.now
    page = await queries.stored_tasks(exchange.engine, world, status, offset, min(limit, _MOST), now)
    return await listed(exchange, page.items, lambda task: task_document(task, now), {"total": page.total})


async def one(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/tasks/{id}`: return a task with its internal state, by either of its ids."""
    return await _found(exchange)


async def force(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/tasks/{id}/force`: change the status of a task now, by legal transitions only."""
    wanted = await read_object(exchange, "status", "code", "message")
    status = text(wanted, "status")
    if status not in list(Status):
        raise ControlRefusal(400, "bad_status", f"status must be one of {', '.join(Status)}")
    goal = Status(status)
    failure = _failure(text(wanted, "code"), text(wanted, "message")) if goal is Status.FAILED else None
    engine, world = exchange.engine, exchange.world
    if not await task_commands.force(engine, world, exchange.name, goal, failure):
        _, mark = await queries.find(engine, world, exchange.name, exchange.now)
        raise ControlRefusal(409, "illegal_move", f"a task that is {mark.status} cannot become {goal}")
    return await _found(exchange)


async def _found(exchange: Exchange) -> DialectResponse:
    now = exchange.now
    task, _ = await queries.find(exchange.engine, exchange.world, exchange.name, now)
    return json_response(task_document(task, now))


def task_document(task: Task, now: float) -> dict[str, Any]:
    """Return a task with its internal state at `now`: submission, plan, facts and callbacks."""
    plan, key = task.plan, task.submission.key
    line = lifecycle.timeline(plan, task.facts)
    mark = lifecycle.state_at(line, now)
    document: dict[str, Any] = {
        "id": task.id,
        "dialect": task.submission.dialect,
        "model": plan.model,
        "status": mark.status,
        "created_at": plan.accepted_at,
        "moves": _moves(line, until=now),
        "ahead": _moves(line, after=now),
        "gone_at": lifecycle.forgotten_at(task, line),
        "key": masked(key),
        "prompt": mask_text(task.submission.prompt, key),
        "submission": _submission(task),
        "plan": _plan(plan, key),
        "facts": [{"fact": type(fact).__name__.lower(), **asdict(fact)} for fact in task.facts],
        "deliveries": [delivery(task, each) for each in task.deliveries],
    }
    if task.alias is not None:
        document["alias"] = task.alias
    if mark.status is Status.SUCCEEDED:
        document["usage"] = {"completion_tokens": plan.usage.tokens, "total_tokens": plan.usage.tokens}
        document["cost"] = cost(task)
        document["link_expires_at"] = mark.at + plan.link_life
    return document


def cost(task: Task) -> dict[str, float | None]:
    """What a success of this task costs, in both currencies; None where no price is published."""
    plan, picture = task.plan, task.plan.picture
    model = catalogue.of_family(plan.family)
    prices = {
        currency: tariff.price(
            model,
            plan.usage.tokens,
            picture.resolution or None,
            with_video_input=any(item.kind == "video_url" for item in task.submission.items),
            audio=picture.audio,
            flex=plan.tier == "flex" and model.flex,
            currency=currency,
        )
        for currency in ("CNY", "USD")
    }
    return {currency: None if price is None else float(price) for currency, price in prices.items()}


def delivery(task: Task, each: Delivery) -> dict[str, Any]:
    """A callback as the control API prints it; its id names the task and the delivery."""
    fault = {} if each.fault is None else {"fault": each.fault}
    return {
        "id": f"{task.id}.{each.number}",
        "task": task.alias or task.id,
        "url": mask_url(each.url, task.submission.key),
        "status": each.status,
        "state": each.state,
        "due": None if each.due == float("inf") else each.due,
        "attempts": [_attempt(attempt, each.url, task.submission.key) for attempt in each.attempts],
        **fault,
    }


def _attempt(attempt: DeliveryAttempt, url: str, key: str) -> dict[str, Any]:
    return {
        "at": attempt.at,
        "took": round(attempt.took, 6),
        "verdict": attempt.verdict,
        "response_status": attempt.response_status,
        "detail": mask_url(attempt.detail.replace(url, mask_url(url, key)), key),
    }


def _moves(line: lifecycle.Timeline, *, until: float | None = None, after: float | None = None) -> list[dict[str, Any]]:
    def fits(mark: Mark) -> bool:
        return mark.at <= until if until is not None else mark.at > (after or 0.0)

    return [{"status": mark.status, "at": mark.at} for mark in line if fits(mark)]


def _submission(task: Task) -> dict[str, Any]:
    submission = task.submission
    asked = {name: value for name, value in asdict(submission.parameters).items() if value is not None}
    items = [{"type": item.kind, "value": item.value[:_VALUE], "role": item.role} for item in submission.items]
    document = {"model": submission.model, "content": items, "origin": submission.origin, **asked}
    masked_document: dict[str, Any] = mask_values(document, submission.key)
    return masked_document


def _plan(plan: Plan, key: str) -> dict[str, Any]:
    document = {field.name: getattr(plan, field.name) for field in fields(plan)}
    document["shown"] = dict(plan.shown)
    document["notes"] = [mask_text(note, key) for note in plan.notes]
    if plan.lane is not None:
        owner, _, rest = plan.lane.partition("|")
        document["lane"] = f"{masked(owner)}|{rest}"
    return document


def _failure(code: str | None, message: str | None) -> Failure | None:
    if code is None:
        return None
    if message is not None:
        return Failure(code, message)
    known = refusal_by_code(code, "task") or refusal_by_code(code)
    if known is None:
        raise ControlRefusal(400, "unknown_code", f"{echoed(code)} is not in the error table: give a message with it")
    return Failure(code, known.render().message)
