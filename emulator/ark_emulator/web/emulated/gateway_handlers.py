"""Handlers of the gateways, under the name of each gateway and without a name.

Without a name, a submit goes to the gateway of its host, else to the one that offers its model. A poll goes to the
gateway that accepted the task. The dialect is chosen before faults, authentication and the handler.
"""

import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import unquote_to_bytes

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.gateway_view.gateway_record import GatewayStatus
from ark_emulator.core.task.values import Task
from ark_emulator.dialects.base import Dialect, DialectResponse
from ark_emulator.dialects.newapi import model_catalogue
from ark_emulator.dialects.newapi.dialect import NewApiDialect, PollFormat, cors
from ark_emulator.dialects.newapi.errors import JSON_UTF8
from ark_emulator.dialects.newapi.request import EMPTY_SUBMIT, SubmitBody, read_body_steps
from ark_emulator.dialects.newapi.traits import STOCK, delegated_to, gateway_of, serves
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import task_commands
from ark_emulator.runtime.common.cooperative import run_with_yields
from ark_emulator.web.emulated import ark_handlers, storage_handlers
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import StreamedBody

CACHED: Final = "public, max-age=86400"
"""The cache control of a proxied clip (new-api source)."""
LEAST_POLL_MS: Final = 20
"""The shortest polling interval that a response recommends, at any speed of the clock; real milliseconds."""
_RANGE_HEADERS: Final = ("range", "if-range")

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET,POST,PUT,DELETE,OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "43200",
}
"""What new-api's CORS adds to the answer to a preflight (recorded)."""
_SLASHED: Final = {
    "POST": re.compile(r"/v1/(video/generations|videos)/"),
    "GET": re.compile(r"/v1/(video/generations/[^/]+|videos/[^/]+|videos/[^/]+/content)/"),
}
"""Paths of new-api with a slash at their end."""

Choose = Callable[[Exchange], Awaitable[None]]
Handle = Callable[[Exchange], Awaitable[DialectResponse]]


def by_body(named: str | None) -> Choose:
    """Return a choice of the dialect of a submit: by the named gateway, the host, or the model in the body."""

    async def choose(exchange: Exchange) -> None:
        exchange.dialect = _dialect(exchange, _gateway_name(exchange, named, ""))
        model = (await _opened_leniently(exchange)).model
        gateway = _gateway_name(exchange, named, model)
        handed = delegated_to(gateway, model)
        exchange.dialect = (exchange.engine.dialects.get(handed) if handed else None) or _dialect(exchange, gateway)
        _read_headers(exchange)

    return choose


def by_host(named: str | None) -> Choose:
    """Return a choice of the named gateway's dialect, or of the one with the host of the request."""

    async def choose(exchange: Exchange) -> None:
        exchange.dialect = _dialect(exchange, _gateway_name(exchange, named, ""))
        _read_headers(exchange)

    return choose


def by_task(named: str | None) -> Choose:
    """Return a choice of the dialect that a task was submitted in, if the named gateway and the user own the task."""

    async def choose(exchange: Exchange) -> None:
        gateway = _gateway_name(exchange, named, "")
        exchange.dialect = _dialect(exchange, gateway)
        task = await _own_task(exchange)
        if task is not None and (named is None or serves(named, task.submission.dialect)):
            found = exchange.engine.dialects[task.submission.dialect]
            exchange.dialect = found if isinstance(found, NewApiDialect) else exchange.dialect
        _read_headers(exchange)

    return choose


def models(named: str | None) -> Handle:
    """Return the handler of `GET /v1/models`: the models for the key at one gateway, or at all of them."""

    async def listed(exchange: Exchange) -> DialectResponse:
        gateway, found = _gateway(exchange), _sold(exchange, named)
        chosen = model_catalogue.with_capability(found, exchange.request.query.get("capability"), gateway.traits)
        document = {"data": model_catalogue.list_items(chosen, gateway.traits), "object": "list", "success": True}
        return DialectResponse(200, gateway.encode(document), {"Content-Type": JSON_UTF8})

    return listed


def model(named: str | None) -> Handle:
    """Return the handler of `GET /v1/models/{id}`; the error of an unknown model has status 200 (new-api source)."""

    async def one(exchange: Exchange) -> DialectResponse:
        gateway, name = _gateway(exchange), exchange.name
        if name in _sold(exchange, named):
            document = model_catalogue.list_item(name, gateway.traits)
        else:
            error = {"message": f"The model '{name}' does not exist", "type": "invalid_request_error"}
            document = {"error": {**error, "param": "model", "code": "model_not_found"}}
        return DialectResponse(200, gateway.encode(document), {"Content-Type": JSON_UTF8})

    return one


def _sold(exchange: Exchange, named: str | None) -> tuple[str, ...]:
    """Return the models that the key may use."""
    gateway, policy = _gateway(exchange).gateway, queries.key_policy(exchange.world, exchange.key)
    by_model = named is None and gateway == STOCK and exchange.engine.settings.gateway is None
    found = model_catalogue.every_name() if by_model else model_catalogue.names(gateway)
    return found if policy is None else tuple(name for name in found if policy.allows(name))


async def create(exchange: Exchange) -> DialectResponse:
    """`POST /v1/video/generations` and `POST /v1/videos`: the checks are in the order of new-api."""
    engine, world, key, gateway = exchange.engine, exchange.world, exchange.key, _gateway(exchange)
    call = await exchange.call()
    submit = gateway.accept_body(await _opened(exchange))
    policy = queries.key_policy(world, key)
    if policy is not None and gateway.denies_model(submit, policy.allows):
        raise Refusal("gateway.model_denied", model=submit.model)
    checked = gateway.parse_submit(submit)
    priced = gateway.price(checked)
    queries.require_balance(world, key, priced.bill, exchange.now)
    exchange.submission = submission = gateway.to_submission(checked, call, priced)
    exchange.task = task = await task_commands.submit(engine, world, submission)
    return gateway.submit_response(task)


async def generation(exchange: Exchange) -> DialectResponse:
    """`GET /v1/video/generations/{id}`."""
    return await _poll(exchange, _gateway(exchange).generations)


async def video(exchange: Exchange) -> DialectResponse:
    """`GET /v1/videos/{id}`."""
    return await _poll(exchange, _gateway(exchange).videos)


async def content(exchange: Exchange) -> StreamedBody:
    """`GET /v1/videos/{id}/content`: the clip, which the gateway downloads from the storage."""
    engine, gateway = exchange.engine, _gateway(exchange)
    if await _own_task(exchange) is None:
        raise Refusal("gateway.content_unknown")
    try:
        task = await queries.gateway_view(engine, exchange.world, exchange.name, gateway, exchange.now)
    except Refusal:
        raise Refusal("gateway.content_unknown") from None
    if task.row is None or task.row.status is not GatewayStatus.SUCCEEDED:
        raise Refusal("gateway.content_unfinished", status=gateway.status(task))
    if not task.video_url:
        raise Refusal("gateway.content_unreachable")
    found = await _fetched(exchange, gateway, task.video_url)
    if found.status not in (200, 206):
        raise Refusal("gateway.content_upstream", status=found.status)
    own = gateway.headers(exchange.request_id, exchange.request.headers, found.status)
    return StreamedBody(found.status, {**found.headers, **own, "Cache-Control": CACHED}, found.body)


async def remix(exchange: Exchange) -> DialectResponse:
    """`POST /v1/videos/{id}/remix`: no channel here has it, and new-api breaks where the task is known (measured)."""
    await exchange.read()
    known = await _own_task(exchange)
    raise Refusal("gateway.remix_unknown" if known is None else "gateway.remix_broken")


async def unknown(exchange: Exchange) -> DialectResponse:
    """Raise Refusal for any other path or method under `/v1`. Stock new-api redirects from a trailing slash."""
    request, path = exchange.request, _path(exchange)
    if _gateway(exchange).as_source and (known := _SLASHED.get(request.method)) and known.fullmatch(path):
        place, mark, query = request.raw_path.partition("?")
        to = {"Location": place.removesuffix("/") + mark + query}
        return DialectResponse(301 if request.method == "GET" else 307, b"", to, "text/html; charset=utf-8")
    raise Refusal("gateway.route", method=request.method, path=path)


async def preflight(exchange: Exchange) -> DialectResponse:
    """`OPTIONS`: allow any origin. In stock new-api a request without an origin has an unknown route."""
    if _gateway(exchange).traits.cors == "source":
        if not cors(exchange.request.headers):
            raise Refusal("gateway.route", method="OPTIONS", path=_path(exchange))
        return DialectResponse(204, b"", _PREFLIGHT, "text/plain")
    allowed = {"Access-Control-Allow-Methods": "*", "Access-Control-Allow-Headers": "*"}
    return DialectResponse(204, b"", allowed, "text/plain")


async def _poll(exchange: Exchange, face: PollFormat) -> DialectResponse:
    task = await _own_task(exchange)
    _check_model(exchange, task)
    if task is None:
        raise Refusal("task.not_found", id=exchange.name)
    body = await ark_handlers.poll_body(exchange, face)
    every = face.dialect.traits.poll_after_ms
    if face.shape != "openai" or every is None:
        return DialectResponse(200, body)
    speed = queries.clock(exchange.world).speed
    return DialectResponse(200, body, {"openai-poll-after-ms": str(max(LEAST_POLL_MS, int(every / max(speed, 1.0))))})


async def _own_task(exchange: Exchange) -> Task | None:
    """Return the task in the path if the same user submitted it, with any of the user's keys.

    New-api looks tasks up by the user and the id together, so that another user's task does not exist (source).
    """
    return await queries.task_of_user(exchange.world, exchange.name, exchange.key)


def _check_model(exchange: Exchange, task: Task | None) -> None:
    """Raise Refusal for a key whose list of models lacks that of the task. An unknown task has the empty model."""
    policy = queries.key_policy(exchange.world, exchange.key)
    if policy is None or not policy.models:
        return
    submission = None if task is None or task.alias != exchange.name else task.submission
    model = "" if submission is None else submission.named or submission.model
    if not policy.allows(model):
        raise Refusal("gateway.model_denied", model=model)


async def _fetched(exchange: Exchange, gateway: NewApiDialect, url: str) -> StreamedBody:
    """Return the content at the URL of a result. Only the client's headers for partial downloads are passed on."""
    if url.startswith("data:"):
        return _decoded(url)
    given = exchange.request.headers
    sent = {name: given[name] for name in _RANGE_HEADERS if name in given} if gateway.traits.range else {}
    return await storage_handlers.proxied(exchange, url, sent)


def _decoded(url: str) -> StreamedBody:
    kind, _, data = url[len("data:") :].partition(",")
    body = b64decode(data) if kind.endswith(";base64") else unquote_to_bytes(data)
    media_type = kind.partition(";")[0] or "video/mp4"
    return StreamedBody(200, {"Content-Type": media_type, "Content-Length": str(len(body))}, body)


async def _opened_leniently(exchange: Exchange) -> SubmitBody:
    """Return the body as far as it is valid. Its errors are reported later, after authentication."""
    try:
        return await _opened(exchange)
    except Refusal:
        return EMPTY_SUBMIT


async def _opened(exchange: Exchange) -> SubmitBody:
    """Return the decoded body of a submit, which may be large and is decoded once. Raises Refusal."""
    if exchange.opened is None:
        exchange.opened = await run_with_yields(read_body_steps(await exchange.call()))
    return exchange.opened


def _read_headers(exchange: Exchange) -> None:
    """Apply two rules of stock new-api: ignore the key after a scheme like BEARER, and choose the language."""
    gateway, headers = exchange.dialect, exchange.request.headers
    if not isinstance(gateway, NewApiDialect) or not gateway.as_source:
        return
    scheme = headers.get("Authorization", "").strip().partition(" ")[0]
    if scheme.lower() == "bearer" and scheme not in ("Bearer", "bearer"):
        exchange.key = ""
    exchange.dialect = gateway.in_language_of(headers.get("Accept-Language", ""))


def _gateway_name(exchange: Exchange, named: str | None, model: str) -> str:
    return named or exchange.engine.settings.gateway or gateway_of(exchange.request.host, model)


def _dialect(exchange: Exchange, gateway: str) -> Dialect:
    return exchange.engine.dialects[gateway]


def _gateway(exchange: Exchange) -> NewApiDialect:
    """Return the dialect of the exchange. Raises TypeError if it is not a gateway's."""
    if not isinstance(exchange.dialect, NewApiDialect):
        raise TypeError(f"{exchange.dialect.name} is no gateway's dialect")
    return exchange.dialect


def _path(exchange: Exchange) -> str:
    """Return the path without the names of the world and the gateway."""
    path = exchange.request.path
    return path[path.find("/v1") :] if "/v1" in path else path
