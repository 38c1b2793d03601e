"""The object storage: clips and last frames behind signed links, rendered at their first download."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote, urlsplit

from ark_emulator.core.facts import catalogue
from ark_emulator.core.storage.objects import (
    Absent,
    ObjectAnswer,
    ObjectRequest,
    StorageOptions,
    StoredObject,
    answer,
    refusal,
)
from ark_emulator.core.storage.signing import query_pairs
from ark_emulator.core.storage.storage_errors import Denial
from ark_emulator.core.task import ids
from ark_emulator.core.task.values import Mark, Task
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import world_commands
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.media.results import Part, Rendered, first_frame_of
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import StreamedBody

Found = tuple[Task, Mark]
"""A task and the mark of its success."""


class _Slow(Exception):
    """The object must be rendered first, which takes too long for the event loop."""


async def fetch(exchange: Exchange) -> StreamedBody:
    """`GET` or `HEAD` of `/{family}/{object}`; refuse any other method as the storage does."""
    found = await result(exchange)
    return await _served(exchange, _object_request(exchange, found), found)


async def proxied(exchange: Exchange, link: str, headers: Mapping[str, str]) -> StreamedBody:
    """Return the response of the storage to a gateway that downloads a link. Names in `headers` are lower-case."""
    parts = urlsplit(link)
    folder, name = unquote(parts.path).rsplit("/", 2)[-2:]
    found = await queries.result(exchange.engine, name[: ids.OBJECT_NAME])
    if found is not None:
        folder = catalogue.of_family(found[0].plan.family).folder(found[0].plan.model, found[0].id)
    request = ObjectRequest(
        method="GET",
        path=f"/{folder}/{name}",
        query=query_pairs(parts.query),
        hosts=(parts.netloc,),
        now=exchange.now,
        request_id=exchange.request_id,
        headers=headers,
    )
    return await _served(exchange, request, found)


async def _served(exchange: Exchange, request: ObjectRequest, found: Found | None) -> StreamedBody:
    engine = exchange.engine
    part = None
    if found is not None:
        part = engine.results.part(
            found[0], request.path, await first_frame_of(found[0], partial(queries.result, engine))
        )
    try:
        response = _answered(exchange, request, found, part)
    except _Slow:
        response = _answered(exchange, request, found, part, await _prepared(engine, part))
    if response.starts_download and engine.settings.download_limit is not None:
        await world_commands.count_download(exchange.world, request.path)
    return _streamed(response)


async def _prepared(engine: Engine, part: Part | None) -> Rendered | Absent:
    try:
        return Absent.KEY if part is None else await engine.results.get_in_thread(part)
    except OSError:
        return Absent.KEY


def _answered(
    exchange: Exchange,
    request: ObjectRequest,
    found: Found | None,
    part: Part | None,
    ready: Rendered | Absent | None = None,
) -> ObjectAnswer:
    """Return the response of the storage. Raises _Slow if it needs an object that is not rendered yet."""
    engine = exchange.engine
    chosen = engine.settings

    def stored() -> StoredObject | Absent:
        if found is None or part is None or request.now >= found[1].at + found[0].plan.link_life:
            return Absent.KEY
        if isinstance(ready, Absent):
            return ready
        if ready is None and not engine.results.renders_quickly(part):
            raise _Slow
        return _stored(found, part, ready or engine.results.get(part))

    options = StorageOptions(chosen.lenient_head, chosen.ascii_headers, chosen.lenient_auth, chosen.download_limit)
    downloads = queries.download_count(exchange.world, request.path) if chosen.download_limit is not None else 0
    return answer(request, tuple(engine.storage_keys.values()), stored, options, downloads)


async def result(exchange: Exchange) -> Found | None:
    """Return the task of the requested object and set it as that of the exchange; None if there is no such object."""
    found = await queries.result(exchange.engine, object_name(exchange)[: ids.OBJECT_NAME])
    if found is not None:
        exchange.task = found[0]
    return found


def object_name(exchange: Exchange) -> str:
    """Return the name of the requested object, with its suffix."""
    return exchange.parts["object"]


async def refused(exchange: Exchange, denial: Denial) -> StreamedBody:
    """Return the refusal of an object for a given reason, whatever the request is."""
    return _streamed(refusal(_object_request(exchange, await result(exchange)), denial))


def _object_request(exchange: Exchange, found: Found | None) -> ObjectRequest:
    request = exchange.request
    return ObjectRequest(
        method=request.method,
        path=request.path,
        query=query_pairs(request.rel_url.raw_query_string),
        hosts=_hosts(exchange, found),
        now=exchange.now,
        request_id=exchange.request_id,
        headers={key.lower(): value for key, value in request.headers.items()},
    )


def _streamed(response: ObjectAnswer) -> StreamedBody:
    return StreamedBody(response.status, response.headers, response.payload())


def _hosts(exchange: Exchange, found: Found | None) -> tuple[str, ...]:
    """Return the hosts that the link may be signed for: of this request, the public URL, and the create."""
    hosts = [exchange.request.host]
    if exchange.engine.settings.public_url:
        hosts.append(urlsplit(exchange.engine.settings.public_url).netloc)
    if found is not None:
        hosts.append(urlsplit(found[0].submission.origin).netloc)
    return tuple(dict.fromkeys(hosts))


def _stored(found: Found, part: Part, rendered: Rendered) -> StoredObject:
    task, mark = found
    return StoredObject(
        size=len(rendered.body),
        md5=rendered.md5,
        last_modified=mark.at,
        content_type=part.content_type,
        body=lambda: rendered.body,
        expires_at=mark.at + task.plan.link_life,
    )
