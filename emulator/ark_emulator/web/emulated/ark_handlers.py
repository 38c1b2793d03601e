"""Handlers of the Ark API: its task routes and its model list."""

from typing import Final

from ark_emulator.core.facts import agent_plan_models
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task.values import Submission
from ark_emulator.dialects.agent_plan.dialect import NAME as AGENT_PLAN
from ark_emulator.dialects.ark import model_list
from ark_emulator.dialects.ark.dialect import ArkDialect, cors
from ark_emulator.dialects.base import DialectResponse, TaskPrinter, json_bytes
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import task_commands
from ark_emulator.web.http.exchange import Exchange

_METHODS: Final = "GET,POST,PUT,DELETE,HEAD,OPTIONS,PATCH,CONNECT"


async def create(exchange: Exchange) -> DialectResponse:
    """`POST /contents/generations/tasks`."""
    _check_content_type(exchange)
    exchange.submission = submission = exchange.dialect.submission(await exchange.call())
    _check_offer(exchange, submission)
    exchange.engine.authorize_model(exchange.world, submission.key, submission.model)
    exchange.task = task = await task_commands.submit(exchange.engine, exchange.world, submission)
    return DialectResponse(200, json_bytes(exchange.dialect.created_response(task)))


async def fetch(exchange: Exchange) -> DialectResponse:
    """`GET /contents/generations/tasks/{id}`."""
    return DialectResponse(200, await poll_body(exchange, exchange.dialect))


async def poll_body(exchange: Exchange, printer: TaskPrinter) -> bytes:
    """Return the body that answers a poll. A poll that shows an earlier time is not recorded."""
    engine, world, name, now = exchange.engine, exchange.world, exchange.name, exchange.now
    if exchange.shown_at is None:
        return await task_commands.poll(engine, world, name, printer, now)
    _, body = await queries.poll_body(engine, world, name, printer, now)
    return body


async def listing(exchange: Exchange) -> DialectResponse:
    """`GET /contents/generations/tasks`."""
    query = ArkDialect.list_request(tuple(exchange.request.query.items()))
    views, total = await queries.listing(exchange.engine, exchange.world, query, exchange.now)
    return DialectResponse(
        200, json_bytes({"total": total, "items": [exchange.dialect.task_document(item) for item in views]})
    )


async def delete(exchange: Exchange) -> DialectResponse:
    """`DELETE /contents/generations/tasks/{id}`."""
    await task_commands.delete(exchange.engine, exchange.world, exchange.name)
    return DialectResponse(200, b"{}")


async def models(exchange: Exchange) -> DialectResponse:
    """`GET /models`."""
    return DialectResponse(200, json_bytes(model_list.models(exchange.now)))


async def preflight(exchange: Exchange) -> DialectResponse:
    """`OPTIONS` on the task routes: any origin may call, without a key (recorded)."""
    given = exchange.request.headers
    requested = given.get("Access-Control-Request-Headers")
    headers = {"access-control-allow-methods": _METHODS, "access-control-max-age": "0", **cors(given)}
    return DialectResponse(
        200, b"", headers | ({"access-control-allow-headers": requested} if requested else {}), "text/plain"
    )


async def absent(exchange: Exchange) -> DialectResponse:
    """Answer any other path below the Agent Plan's base: 404 without a body (recorded, `GET /models` among them)."""
    return DialectResponse(404, b"", content_type="text/plain")


def _check_offer(exchange: Exchange, submission: Submission) -> None:
    """Raise Refusal for a model that the Agent Plan no longer offers, if retired models are refused."""
    if not exchange.engine.settings.strict_lifecycle or submission.dialect != AGENT_PLAN:
        return
    offer = agent_plan_models.offer(submission.named or submission.model)
    if offer is not None and offer.stopped(exchange.now):
        raise Refusal("model.unsupported_by_agent_plan")


def _check_content_type(exchange: Exchange) -> None:
    given = exchange.request.content_type
    stated = "Content-Type" in exchange.request.headers
    if stated and given != "application/json" and not given.endswith("+json"):
        raise Refusal("http.content_type", content_type=given)
