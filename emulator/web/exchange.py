"""One HTTP exchange as the handlers see it: who asks, which world answers, in which dialect."""

from collections.abc import Mapping

from aiohttp import web

from emulator.core import ids
from emulator.dialects.base import Call, Dialect
from emulator.runtime.engine import Engine
from emulator.runtime.worlds import World


class Exchange:
    """A request on its way: the world and dialect it belongs to, its key, and its own request id."""

    __slots__ = ("dialect", "engine", "key", "number", "request", "task", "world")

    def __init__(self, request: web.Request, engine: Engine, world: World, dialect: Dialect) -> None:
        self.request = request
        self.engine = engine
        self.world = world
        self.dialect = dialect
        self.key = bearer(request.headers) or request.match_info.get("world", "")
        world.exchanges[self.key] += 1
        self.number = world.exchanges[self.key]
        self.task: str | None = None

    @property
    def request_id(self) -> str:
        """The id the server gives this request."""
        return ids.request_id(self.world.now, self.world.dice, self.key, self.number)

    @property
    def name(self) -> str:
        """The task id within the path."""
        return self.request.match_info["id"]

    @property
    def origin(self) -> str:
        """Scheme and host by which the client reached us, or the public address if one was set."""
        public = self.engine.settings.public_url
        return public or f"{self.request.scheme}://{self.request.host}"

    async def call(self) -> Call:
        """The request in full, as a dialect reads it."""
        request = self.request
        return Call(
            body=await request.read(),
            key=self.key,
            origin=self.origin,
            headers={name.lower(): value for name, value in request.headers.items()},
            query=tuple(request.query.items()),
        )


def bearer(headers: Mapping[str, str]) -> str:
    """The API key of a request, without the word `Bearer`; empty when there is none."""
    scheme, _, key = headers.get("Authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
