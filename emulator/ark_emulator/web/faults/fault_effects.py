"""The effects of faults: one function per effect, and the table that maps the effects to their functions.

An effect that replaces the response does not run the handler. An effect that changes the response runs it first. Only
the effects on requests are here: those on callbacks act where callbacks are sent.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar

from ark_emulator.core.facts.error_table import Refusal, by_code, examples
from ark_emulator.core.plan.planning import named_items
from ark_emulator.core.scenario.effects import (
    MET_ON,
    AfterCommit,
    AnswerEffect,
    Backwards,
    Delay,
    Drift,
    DriftingField,
    Drip,
    Empty,
    Escaped,
    Expire,
    FaultEffect,
    Hang,
    Html,
    Malformed,
    Missing,
    Operation,
    Refuse,
    ReplyFault,
    ResetConnection,
    Show,
    Truncate,
    WrongType,
)
from ark_emulator.core.storage.storage_errors import Denial, storage_errors
from ark_emulator.core.task import lifecycle
from ark_emulator.core.task.values import Task
from ark_emulator.dialects.base import DialectResponse, json_bytes
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import task_commands, world_commands
from ark_emulator.web.emulated import storage_handlers
from ark_emulator.web.http.clock_wait import clock_shows, held
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import ConnectionReset, Degraded, HandlerResult, StreamedBody
from ark_emulator.web.server.connection import waiting_on_purpose

Effect = TypeVar("Effect")
RunHandler: TypeAlias = Callable[[], Awaitable[HandlerResult]]
Change: TypeAlias = Callable[[str, Any], tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class FaultContext(Generic[Effect]):
    """The exchange that a fault matches, the name of the rule and its effect.

    `run_handler` runs the handler of the route and returns its result; a refusal is a result, too.
    """

    exchange: Exchange
    on: Operation
    rule: str
    effect: Effect
    run_handler: RunHandler


EffectHandler: TypeAlias = Callable[[FaultContext[Any]], Awaitable[HandlerResult]]

# Effects that replace the response.

PAGE: Final = b"""<!DOCTYPE html>
<html lang="en">
<head><title>Service gateway</title></head>
<body><h1>We will be right back</h1><p>Please try again in a few minutes.</p></body>
</html>
"""
"""A page as gateways serve it with status 200 during maintenance."""
_PROXY_BODIES: Final = {502: "no healthy upstream", 503: "upstream connect error", 504: "upstream request timeout"}
"""The bodies of a proxy of the kind that Ark's `Server` header names."""
_SHOULD_RETRY: Final = {True: "true", False: "false"}


async def refuse(context: FaultContext[Refuse]) -> HandlerResult:
    """Return an error of the error table in the dialect of the exchange, with the retry headers of the rule."""
    effect, exchange = context.effect, context.exchange
    more = _retry_headers(effect)
    if context.on is Operation.DOWNLOAD:
        response = await storage_handlers.refused(exchange, _denial(effect.code))
        return replace(response, headers={**response.headers, **more})
    row, name = by_code(effect.code, MET_ON[context.on]), exchange.parts.get("id")
    if row is None:
        raise KeyError(f"no {context.on} request can meet {effect.code}")
    slots: dict[str, object] = {"id": name} if name else {}
    if exchange.submission is not None:
        slots |= {"model": exchange.submission.model, **named_items(exchange.submission, row.key)}
    refusal = Refusal(row.key, **{**examples(), **slots})
    reply = exchange.dialect.error_response(refusal, exchange.request_id)
    return replace(reply, headers={**reply.headers, **more})


def _retry_headers(effect: Refuse) -> dict[str, str]:
    headers = {}
    if effect.retry_after is not None:
        headers["Retry-After"] = f"{effect.retry_after:g}"
    if effect.should_retry is not None:
        headers["x-should-retry"] = _SHOULD_RETRY[effect.should_retry]
    return headers


def _denial(code: str) -> Denial:
    """Return the first refusal of the storage with this code."""
    return next(denial for denial, row in storage_errors().items() if row.code == code)


async def answer(context: FaultContext[AnswerEffect]) -> HandlerResult:
    """Return the status and body of the rule, as a proxy between the service and the client would."""
    effect = context.effect
    body = _proxy_body(effect.status) if effect.body is None else effect.body
    headers = {"Content-Type": effect.content_type or "text/plain", **effect.headers}
    return DialectResponse(effect.status, body.encode(), headers)


def _proxy_body(status: int) -> str:
    is_known = status in HTTPStatus.__members__.values()
    return _PROXY_BODIES.get(status) or (HTTPStatus(status).phrase if is_known else f"status {status}")


async def html(context: FaultContext[Html]) -> HandlerResult:
    """Return a page with status 200."""
    return DialectResponse(200, PAGE, {"Content-Type": "text/html; charset=utf-8"})


async def hang(context: FaultContext[Hang]) -> HandlerResult:
    """Wait in real time until the client closes the connection or the server stops."""
    context.exchange.release()
    with waiting_on_purpose(context.exchange.request):
        await held(context.exchange.engine)
    return ConnectionReset()


async def reset(context: FaultContext[ResetConnection]) -> HandlerResult:
    """Reset the connection."""
    return ConnectionReset()


# Effects on the transfer of the response.


async def delay(context: FaultContext[Delay]) -> HandlerResult:
    """Wait before the handler runs: a request whose client gives up during the wait has no effect."""
    exchange = context.exchange
    names = (context.rule, exchange.key, exchange.number)
    seconds = context.effect.length.drawn(exchange.world.dice, "delay", *names)
    with waiting_on_purpose(exchange.request):
        await clock_shows(exchange, exchange.world.now + seconds)
    return await context.run_handler()


async def truncate(context: FaultContext[Truncate]) -> HandlerResult:
    """Send all headers and a share of the body, and then close the connection."""
    return Degraded(await context.run_handler(), share=context.effect.share)


async def drip(context: FaultContext[Drip]) -> HandlerResult:
    """Send the body with a limited number of bytes per virtual second."""
    return Degraded(await context.run_handler(), rate=context.effect.bytes_per_second)


# Effects on the body of the response.

_STATUS_KEYS: Final = frozenset({"status", "task_status"})


async def empty(context: FaultContext[Empty]) -> HandlerResult:
    """Return the real status without a body."""
    match result := await context.run_handler():
        case DialectResponse():
            return replace(result, body=b"")
        case StreamedBody():
            return StreamedBody(result.status, {**result.headers, "Content-Length": "0"}, b"")
    return result


async def malformed(context: FaultContext[Malformed]) -> HandlerResult:
    """Replace the last character of the body by the start of another key, so that the body is not JSON."""
    result = await context.run_handler()
    return replace(result, body=result.body[:-1] + b',"') if isinstance(result, DialectResponse) else result


async def show(context: FaultContext[Show]) -> HandlerResult:
    """Replace the status of the task, in any dialect: the keys are replaced at every depth."""

    def change(key: str, value: Any) -> tuple[str, Any]:
        return (key, context.effect.status) if key in _STATUS_KEYS and isinstance(value, str) else (key, value)

    return _rewritten(await context.run_handler(), change)


async def drift(context: FaultContext[Drift]) -> HandlerResult:
    """Change the type or the name of fields."""
    result = await context.run_handler()
    for field in context.effect.fields:
        result = _rewritten(result, _DRIFTS[field])
    return result


def _usage(key: str, value: Any) -> tuple[str, Any]:
    return (key, _numbers_as_text(value)) if key == "usage" else (key, value)


def _duration(key: str, value: Any) -> tuple[str, Any]:
    return (key, _numbers_as_text(value)) if key == "duration" else (key, value)


def _error(key: str, value: Any) -> tuple[str, Any]:
    return ("failure_reason", value) if key == "error" else (key, value)


_DRIFTS: Final[Mapping[DriftingField, Change]] = {
    DriftingField.USAGE: _usage,
    DriftingField.DURATION: _duration,
    DriftingField.ERROR: _error,
}


def _numbers_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers_as_text(each) for key, each in value.items()}
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _rewritten(result: HandlerResult, change: Change) -> HandlerResult:
    """Return the response with every key and value changed. An error, or a body that is not JSON, stays the same."""
    if not isinstance(result, DialectResponse) or result.status >= 400:
        return result
    try:
        document = json.loads(result.body)
    except ValueError:
        return result
    return replace(result, body=json_bytes(_changed(document, change)))


def _changed(value: Any, change: Change) -> Any:
    if isinstance(value, list):
        return [_changed(each, change) for each in value]
    if not isinstance(value, dict):
        return value
    return dict(change(key, _changed(each, change)) for key, each in value.items())


# Effects on what the response is made from.

_JUST_BEFORE: Final = 0.001
_MOST_LISTED: Final = 500


async def backwards(context: FaultContext[Backwards]) -> HandlerResult:
    """Return the state just before the task's latest change, as a replica with a lag would.

    For a list, this is the latest change of any task in it. The handler answers for that
    time. The poll itself still counts: steps that are counted in polls and clocks that move by polls continue.
    """
    exchange = context.exchange
    moment = await _before_latest_change(context)
    if moment is None:
        return await context.run_handler()
    exchange.shown_at = moment
    try:
        result = await context.run_handler()
    finally:
        exchange.shown_at = None
    if context.on is Operation.FETCH and isinstance(result, DialectResponse) and result.status == HTTPStatus.OK:
        await task_commands.record_poll(exchange.engine, exchange.world, exchange.name, exchange.dialect)
    return result


async def _before_latest_change(context: FaultContext[Backwards]) -> float | None:
    exchange, world, now = context.exchange, context.exchange.world, context.exchange.now
    if context.on is Operation.LIST:
        page = await queries.stored_tasks(exchange.engine, world, None, 0, _MOST_LISTED, now)
        tasks = list(page.items)
    else:
        try:
            tasks = [(await queries.find(exchange.engine, world, exchange.name, now))[0]]
        except Refusal:
            tasks = []
    return max((_before_change_of(task, now) for task in tasks), default=None)


def _before_change_of(task: Task, now: float) -> float:
    mark = lifecycle.state_at(lifecycle.timeline(task.plan, task.facts), now)
    return max(mark.at - _JUST_BEFORE, task.plan.accepted_at)


async def after_commit(context: FaultContext[AfterCommit]) -> HandlerResult:
    """Run the handler of a create, and apply the effect to its response only: the task exists and is billed.

    A refusal is returned as it is, since nothing was committed.
    """
    result = await context.run_handler()
    if context.exchange.task is None:
        return result

    async def committed() -> HandlerResult:
        return result

    reply = context.effect.reply
    return await REPLIES[type(reply)](FaultContext(context.exchange, context.on, context.rule, reply, committed))


REPLIES: Final[Mapping[type[ReplyFault], EffectHandler]] = MappingProxyType(
    {
        ResetConnection: reset,
        Hang: hang,
        Truncate: truncate,
        Malformed: malformed,
        AnswerEffect: answer,
        Delay: delay,
    }
)
"""The effects that `after_commit` can apply to the response."""

# Effects on stored objects.

_WRONG_TYPES: Final = {"image/png": "video/mp4", "image/jpeg": "video/mp4"}
"""The wrong content type of an image; that of any other object is the one of an image."""


async def missing(context: FaultContext[Missing]) -> HandlerResult:
    """Return 404 for the first downloads of an object, as if its link were published before it was stored."""
    exchange = context.exchange
    name = storage_handlers.object_name(exchange)
    if await world_commands.count_missing(exchange.world, context.rule, name, context.effect):
        return await storage_handlers.refused(exchange, Denial.NO_KEY)
    return await context.run_handler()


async def expire(context: FaultContext[Expire]) -> HandlerResult:
    """Return 403 for a link that is older than the rule allows, whatever its own expiry is."""
    exchange = context.exchange
    found = await storage_handlers.result(exchange)
    if found is not None and exchange.world.now >= found[1].at + context.effect.seconds:
        return await storage_handlers.refused(exchange, Denial.EXPIRED)
    return await context.run_handler()


async def wrong_type(context: FaultContext[WrongType]) -> HandlerResult:
    """Return the object with a wrong content type."""
    result = await context.run_handler()
    if not isinstance(result, StreamedBody) or result.status >= 300:
        return result
    wrong = _WRONG_TYPES.get(result.headers.get("Content-Type", ""), "image/png")
    return replace(result, headers={**result.headers, "Content-Type": wrong})


async def escaped(context: FaultContext[Escaped]) -> HandlerResult:
    """Return 403, as if every ampersand of the link were escaped: the storage finds no signature."""
    return await storage_handlers.refused(context.exchange, Denial.MISMATCH)


EFFECT_HANDLERS: Final[Mapping[type[FaultEffect], EffectHandler]] = MappingProxyType(
    {
        Refuse: refuse,
        AnswerEffect: answer,
        Html: html,
        Empty: empty,
        Malformed: malformed,
        Delay: delay,
        Hang: hang,
        ResetConnection: reset,
        Truncate: truncate,
        Drip: drip,
        Drift: drift,
        Show: show,
        Backwards: backwards,
        AfterCommit: after_commit,
        Missing: missing,
        Expire: expire,
        WrongType: wrong_type,
        Escaped: escaped,
    }
)
"""The function of every effect that can act on a request."""
