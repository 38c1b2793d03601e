"""One HTTP exchange as the handlers see it: who asks, which world answers, in which dialect."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from emulator.core import ids
from emulator.core.errors import Refusal
from emulator.core.values import Submission, Task
from emulator.dialects.base import Call, Dialect
from emulator.dialects.newapi_wire import Opened
from emulator.runtime.engine import Engine
from emulator.runtime.journal import PROMPT, Entry
from emulator.runtime.worlds import World
from emulator.web import bodies
from emulator.web.text import is_host, plain


class Exchange:
    """A request on its way: the world and dialect it belongs to, its key, and its own request id.

    `asker` is whose requests are counted together: those of a key, or where none is shown those for one object.
    `opened` is the submit to a gateway once its body was made out.
    """

    __slots__ = (
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
        "request",
        "submission",
        "task",
        "world",
    )

    def __init__(self, request: web.Request, engine: Engine, world: World, dialect: Dialect) -> None:
        self.request = request
        self.engine = engine
        self.world = world
        self.arrived = world.now
        self.dialect = dialect
        self.key = bearer(request.headers, bare=dialect.bare_keys) or request.match_info.get("world", "")
        self.asker = self.key or request.match_info.get("object", "")
        self.number = world.next_exchange(self.asker)
        self.body = b""
        self.opened: Opened | None = None
        self._read: bytes | Refusal | None = None
        self.submission: Submission | None = None
        self.task: Task | None = None
        self.fault: str | None = None
        self.notes: Sequence[str] = ()

    @property
    def request_id(self) -> str:
        """The id the server gives this request: one and the same in headers and error texts."""
        return ids.request_id(self.arrived, self.world.dice, self.asker, self.number)

    @property
    def name(self) -> str:
        """The task id within the path."""
        return self.request.match_info["id"]

    @property
    def origin(self) -> str:
        """Scheme and host by which the client reached us, or the public address if one was set."""
        public = self.engine.settings.public_url
        return public or f"{self.request.scheme}://{self._host}"

    @property
    def _host(self) -> str:
        """The host that was asked for; our own address where that is none of which a link can be made."""
        host = self.request.host
        return host if is_host(host) else self._socket

    @property
    def address(self) -> str:
        """Scheme and host of the socket on which the request came in: where this server can be reached from itself."""
        return f"http://{self._socket}"

    @property
    def _socket(self) -> str:
        transport = self.request.transport
        address, port = (transport.get_extra_info("sockname")[:2] if transport else None) or ("127.0.0.1", 80)
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    async def read(self) -> bytes:
        """The body of the request. Raises Refusal, every time, when it is too large or cannot be made out."""
        if self._read is None:
            try:
                self._read = await bodies.read(self.request)
            except Refusal as refusal:
                self._read = refusal
        if isinstance(self._read, Refusal):
            raise self._read
        return self._read

    async def call(self) -> Call:
        """The request in full, as a dialect reads it. Raises Refusal as `read` does."""
        request = self.request
        self.body = await self.read()
        return Call(
            body=self.body,
            key=self.key,
            origin=self.origin,
            headers={name.lower(): plain(value) for name, value in request.headers.items()},
            query=tuple(request.query.items()),
        )

    def entry(self, status: int, took: float, reply: bytes, headers: Mapping[str, str]) -> Entry:
        """The exchange as the journal keeps it; `took` is in real seconds."""
        request, task, submission = self.request, self.task, self.submission
        return Entry(
            number=0,
            at=self.world.now,
            real=self.world.real(),
            method=request.method,
            path=request.path,
            query=request.query_string,
            status=status,
            took=took,
            key=self.key,
            dialect=self.dialect.name,
            headers=request.headers,
            request=self.body,
            response=reply,
            task=request.match_info.get("id") if task is None else task.alias or task.id,
            model=None if submission is None else submission.named or submission.model,
            prompt=None if submission is None else submission.prompt[:PROMPT],
            rule=None if task is None else task.plan.rule,
            fault=self.fault,
            notes=self.notes if task is None else (*self.notes, *task.plan.notes),
            reply_headers=headers,
        )


def bearer(headers: Mapping[str, str], *, bare: bool = False) -> str:
    """The API key of a request, without the word `Bearer`; empty when there is none. A bare key has no such word."""
    scheme, _, key = plain(headers.get("Authorization", "")).strip().partition(" ")
    if bare and scheme and not key:
        return scheme
    return key.strip() if scheme.lower() == "bearer" else ""
