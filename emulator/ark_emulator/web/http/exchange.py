"""One HTTP exchange: the request, its world, its dialect and its API key, as handlers use them."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task import ids
from ark_emulator.core.task.values import Submission, Task
from ark_emulator.dialects import large_bodies
from ark_emulator.dialects.base import UNREAD, BodyTooComplex, Dialect, DialectRequest, UnreadableDocument
from ark_emulator.dialects.newapi.request import SubmitBody, is_form
from ark_emulator.runtime import queries
from ark_emulator.runtime.commands import world_commands
from ark_emulator.runtime.common.cooperative import run_with_yields
from ark_emulator.runtime.common.masking import truncate, truncate_bytes
from ark_emulator.runtime.engine import Engine
from ark_emulator.runtime.world.journal import BODY, PROMPT, JournalEntry
from ark_emulator.runtime.world.world import World
from ark_emulator.web.http import request_body
from ark_emulator.web.http.body_memory import Share
from ark_emulator.web.http.counters import RequestCounters
from ark_emulator.web.http.router import Parts
from ark_emulator.web.http.sanitise import PlainHeaders, is_host, without_surrogates

_LARGE: Final = 512 * 1024
"""Bytes of a body above which it is parsed in steps."""
_PATH: Final = 200
"""Characters of a path that group requests without a key."""


class Exchange:
    """A request together with the world, dialect and API key that it belongs to.

    Fields:
        parts: the named parts of the path.
        request_id: the id of this request, the same in headers and error texts.
        asker: groups requests for numbering: by API key, or without one by object or path.
        number: the number of the request in its group; 0 if it is not emulated. Requests to the control API are not
            numbered, so that they do not change the responses of the emulated service.
        opened: the submit to a gateway, once its body is decoded.
        traffic: the counters of the server.
        share: the memory that the exchange reserves for its body.
        shown_at: the earlier time that a fault makes the response show.
    """

    traffic: RequestCounters
    share: Share

    __slots__ = (
        "_document",
        "_read",
        "arrived",
        "asker",
        "body",
        "dialect",
        "engine",
        "fault",
        "key",
        "notes",
        "number",
        "opened",
        "parts",
        "request",
        "request_id",
        "share",
        "shown_at",
        "submission",
        "task",
        "traffic",
        "world",
    )

    def __init__(
        self,
        request: web.Request,
        parts: Parts,
        engine: Engine,
        world: World,
        dialect: Dialect,
        key: str,
        *,
        emulated: bool = True,
    ) -> None:
        self.request = request
        self.parts = parts
        self.engine = engine
        self.world = world
        self.arrived = now = world.now
        self.dialect = dialect
        self.key = key or parts.get("world", "")
        self.asker = asker = self.key or parts.get("object") or f"\n{request.method} {request.path[:_PATH]}"
        self.number = number = world_commands.count_request(world, asker) if emulated else 0
        self.request_id = ids.request_id(now, world.dice, asker, number) if emulated else ""
        self.shown_at: float | None = None
        self.body = b""
        self.opened: SubmitBody | None = None
        self._read: bytes | tuple[str, Mapping[str, object]] | None = None
        self._document: object = UNREAD
        self.submission: Submission | None = None
        self.task: Task | None = None
        self.fault: str | None = None
        self.notes: Sequence[str] = ()

    @property
    def now(self) -> float:
        """The virtual time for which the exchange is answered: `shown_at` where that is set, else that of the world."""
        return self.world.now if self.shown_at is None else self.shown_at

    @property
    def name(self) -> str:
        """Return the task id in the path."""
        return self.parts["id"]

    @property
    def origin(self) -> str:
        """Return the public URL if one is set, else the scheme and host of the request."""
        public = self.engine.settings.public_url
        return public or f"{self.request.scheme}://{self._host}"

    @property
    def _host(self) -> str:
        """Return the host of the request, or the address of the socket if the host is not valid in a URL."""
        host = self.request.host
        return host if is_host(host) else self._socket

    @property
    def address(self) -> str:
        """Return the URL of the socket of the request, at which this server reaches itself."""
        return f"http://{self._socket}"

    @property
    def _socket(self) -> str:
        transport = self.request.transport
        address, port = (transport.get_extra_info("sockname")[:2] if transport else None) or ("127.0.0.1", 80)
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    async def read(self) -> bytes:
        """Return the body. Raises Refusal, at every call, if it is too large or cannot be decoded."""
        if self._read is None:
            try:
                self._read = await request_body.read(self.request, self.share)
            except Refusal as refusal:
                # Not the refusal itself: the frames of its traceback hold this exchange: a reference cycle.
                self._read = refusal.key, refusal.slots
        if isinstance(self._read, tuple):
            raise Refusal(self._read[0], **self._read[1])
        return self._read

    def release(self) -> None:
        """Release the memory of the body, except for what the journal keeps."""
        self.body = truncate_bytes(self.body, BODY, self.key)
        self._read, self._document, self.opened = self.body, UNREAD, None
        self.share.release()

    async def call(self) -> DialectRequest:
        """Return the request as a dialect reads it. Raises Refusal as `read` does."""
        request = self.request
        self.body = await self.read()
        is_large = len(self.body) > _LARGE and not is_form(request.headers.get("Content-Type", ""))
        if is_large and self._document is UNREAD:
            self._document = await _document(self.body)
        return DialectRequest(
            body=self.body,
            key=self.key,
            origin=self.origin,
            headers=PlainHeaders(request.headers),
            query=tuple(request.query.items()) if request.query_string else (),
            document=self._document,
            submit_body=self.opened,
        )

    def entry(self, status: int, took: float, reply: bytes, headers: Mapping[str, str]) -> JournalEntry:
        """Return the journal entry of the exchange; `took` is in real seconds."""
        request, task, submission = self.request, self.task, self.submission
        at, real = queries.moment(self.world)
        return JournalEntry(
            0,
            at,
            real,
            request.method,
            request.path,
            request.query_string,
            status,
            took,
            self.key,
            self.dialect.name,
            request.headers,
            self.body,
            reply,
            task=self.parts.get("id") if task is None else task.alias or task.id,
            model=None if submission is None else submission.named or submission.model,
            prompt=None if submission is None else truncate(submission.prompt, PROMPT, self.key),
            rule=None if task is None else task.plan.rule,
            fault=self.fault,
            notes=self.notes if task is None else (*self.notes, *task.plan.notes),
            reply_headers=headers,
        )


def bearer(headers: Mapping[str, str], *, bare: bool = False) -> str:
    """Return the API key of a request, empty if there is none. If `bare`, the word `Bearer` may be missing."""
    scheme, _, key = without_surrogates(headers.get("Authorization", "")).strip().partition(" ")
    if bare and scheme and not key:
        return scheme
    return key.strip() if scheme.lower() == "bearer" else ""


async def _document(body: bytes) -> object:
    """Return the JSON document in a large body. Other requests run between the steps."""
    try:
        return await run_with_yields(large_bodies.parse_document(body))
    except ValueError as error:
        return UnreadableDocument(str(error), isinstance(error, BodyTooComplex))
