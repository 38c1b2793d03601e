"""One task in the format of every dialect, and the last response that its creator received. Nothing is recorded."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from pydantic_core import from_json

from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.gateway_policy import Bill
from ark_emulator.core.task.values import Task
from ark_emulator.dialects.agent_plan.dialect import NAME as AGENT_PLAN
from ark_emulator.dialects.base import Dialect, DialectResponse, TaskPrinter
from ark_emulator.dialects.kling.dialect import KlingDialect
from ark_emulator.dialects.newapi.dialect import NewApiDialect
from ark_emulator.dialects.newapi.traits import Price
from ark_emulator.runtime import queries
from ark_emulator.runtime.common.masking import mask_text, mask_values
from ark_emulator.runtime.world.journal import JournalEntry, entry_document
from ark_emulator.web.control.control_body import json_response
from ark_emulator.web.control.dashboard.overview import is_poll
from ark_emulator.web.http.exchange import Exchange

_FREE: Final = Price(Bill(), {})


async def dialects(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/tasks/{id}/dialects`: return the current response to a poll in every dialect that fits.

    `own` is true for the dialect in which the task was created; the others respond as if it had been created there.
    `created` and `polled` are the journal entries of the create request and of the last poll, if the journal has them.
    """
    now = exchange.now
    task, _ = await queries.find(exchange.engine, exchange.world, exchange.name, now)
    created, polled = _recorded(exchange, task)
    journal = queries.journal(exchange.world)
    bodies = [body for dialect in exchange.engine.dialects.values() for body in _told(exchange, task, dialect, now)]
    return json_response(
        {
            "task": task.id,
            "items": mask_values(bodies, task.submission.key, mask=mask_text),
            "created": None if created is None else entry_document(created, journal),
            "polled": None if polled is None else entry_document(polled, journal),
        }
    )


def _told(exchange: Exchange, task: Task, dialect: Dialect, now: float) -> Iterator[dict[str, Any]]:
    """Yield the bodies of one dialect: none when it cannot show the task, two where a gateway has two routes."""
    views = exchange.engine.views
    own = task.submission.dialect == dialect.name
    line = lifecycle.timeline(task.plan, task.facts)
    if not isinstance(dialect, NewApiDialect):
        if task.submission.upstream is Upstream.ARK and (own or dialect.name != AGENT_PLAN):
            seen = views.at_mark(task, lifecycle.state_at(line, now))
            path = f"/api/v3/contents/generations/tasks/{task.id}"
            path = f"/byteplus{path}" if dialect.name == "powertokens" else path
            path = path.replace("/api/v3", "/api/plan/v3") if dialect.name == AGENT_PLAN else path
            yield _body(dialect.name, own, path, dialect, dialect.task_document(seen))
        return
    if not own and not _could_serve(dialect, task):
        return
    its = task if own else _as_its_own(exchange, task, dialect)
    seen = views.at_gateway(its, line, now)
    for path, face in dialect.poll_formats(its).items():
        yield _body(dialect.name, own, path, face, face.task_document(seen))


def _body(name: str, own: bool, path: str, printer: TaskPrinter, document: dict[str, Any]) -> dict[str, Any]:
    return {"dialect": name, "own": own, "path": path, "body": from_json(printer.encode(document))}


def _could_serve(dialect: NewApiDialect, task: Task) -> bool:
    """True when the gateway stands in front of the system that makes the task."""
    return dialect.shows_others and isinstance(dialect, KlingDialect) == (task.submission.upstream is Upstream.KLING)


def _as_its_own(exchange: Exchange, task: Task, dialect: NewApiDialect) -> Task:
    """The task as if it had been submitted to that gateway."""
    alias = task.alias or dialect.alias(exchange.world.dice, task.submission.key, task.number)
    submission = replace(task.submission, dialect=dialect.name, terms=dialect.gateway_policy(_FREE))
    return replace(task, alias=alias, submission=submission)


def _recorded(exchange: Exchange, task: Task) -> tuple[JournalEntry | None, JournalEntry | None]:
    """The create request and the last poll of a task."""
    name = task.alias or task.id
    about = [entry for entry in queries.journal(exchange.world) if entry.task == name]
    created = next((entry for entry in about if entry.method == "POST"), None)
    return created, next((entry for entry in reversed(about) if is_poll(entry)), None)
