"""The object storage: signed links to clips and last frames, rendered at their first download."""

from collections.abc import Mapping
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
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.media.results import Part, Rendered, first_frame_of
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.http_response import StreamedBody

Found = tuple[Task, Mark]
"""A task and the mark of its success."""


class _Slow(Exception):
    """The object has to be made first, which would hold up everybody else."""


async def fetch(exchange: Exchange) -> StreamedBody:
    """`GET` or `HEAD` of `/{family}/{object}`; any other method is refused as the storage does."""
    found = await result(exchange)
    return await _served(exchange, _asked(exchange, found), found)


async def proxied(exchange: Exchange, link: str, headers: Mapping[str, str]) -> StreamedBody:
    """What the storage answers to somebody on our side who gets a link, with these headers of lower-case names."""
    parts = urlsplit(link)
    folder, name = unquote(parts.path).rsplit("/", 2)[-2:]
    found = await exchange.engine.result(name[: ids.OBJECT_NAME])
    if found is not None:
        folder = catalogue.of_family(found[0].plan.family).folder(found[0].plan.model, found[0].id)
    asked = ObjectRequest(
        method="GET",
        path=f"/{folder}/{name}",
        query=query_pairs(parts.query),
        hosts=(parts.netloc,),
        now=exchange.world.now,
        request_id=exchange.request_id,
        headers=headers,
    )
    return await _served(exchange, asked, found)


async def _served(exchange: Exchange, asked: ObjectRequest, found: Found | None) -> StreamedBody:
    engine = exchange.engine
    part = None
    if found is not None:
        part = engine.results.part(found[0], asked.path, await first_frame_of(found[0], engine.result))
    try:
        told = _answered(exchange, asked, found, part)
    except _Slow:
        told = _answered(exchange, asked, found, part, await _prepared(engine, part))
    if told.starts_download and engine.settings.download_limit is not None:
        async with exchange.world.transaction():
            exchange.world.download_counts[asked.path] += 1
    return _parcel(told)


async def _prepared(engine: Engine, part: Part | None) -> Rendered | Absent:
    try:
        return Absent.KEY if part is None else await engine.results.prepared(part)
    except OSError:
        return Absent.KEY


def _answered(
    exchange: Exchange,
    asked: ObjectRequest,
    found: Found | None,
    part: Part | None,
    ready: Rendered | Absent | None = None,
) -> ObjectAnswer:
    """The storage's answer. Raises _Slow when the object is wanted, and neither `ready` nor quickly made."""
    engine = exchange.engine
    chosen = engine.settings

    def stored() -> StoredObject | Absent:
        if found is None or part is None or asked.now >= found[1].at + found[0].plan.link_life:
            return Absent.KEY
        if isinstance(ready, Absent):
            return ready
        if ready is None and not engine.results.at_hand(part):
            raise _Slow
        return _stored(found, part, ready or engine.results.get(part))

    manners = StorageOptions(chosen.lenient_head, chosen.ascii_headers, chosen.lenient_auth, chosen.download_limit)
    downloads = exchange.world.download_counts[asked.path] if chosen.download_limit is not None else 0
    return answer(asked, tuple(engine.storage_keys.values()), stored, manners, downloads)


async def result(exchange: Exchange) -> Found | None:
    """The success whose object is asked for, None when there is none; the exchange is then about its task."""
    found = await exchange.engine.result(object_name(exchange)[: ids.OBJECT_NAME])
    if found is not None:
        exchange.task = found[0]
    return found


def object_name(exchange: Exchange) -> str:
    """The name of the object that is asked for, with its suffix."""
    return exchange.parts["object"]


async def refused(exchange: Exchange, denial: Denial) -> StreamedBody:
    """The answer of a storage that does not hand the object out, whatever the request is like."""
    return _parcel(refusal(_asked(exchange, await result(exchange)), denial))


def _asked(exchange: Exchange, found: Found | None) -> ObjectRequest:
    request = exchange.request
    return ObjectRequest(
        method=request.method,
        path=request.path,
        query=query_pairs(request.rel_url.raw_query_string),
        hosts=_hosts(exchange, found),
        now=exchange.world.now,
        request_id=exchange.request_id,
        headers={key.lower(): value for key, value in request.headers.items()},
    )


def _parcel(told: ObjectAnswer) -> StreamedBody:
    return StreamedBody(told.status, told.headers, told.payload())


def _hosts(exchange: Exchange, found: Found | None) -> tuple[str, ...]:
    """The hosts the link may have been signed for: the received one, the public one, the creator's."""
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
