"""The responses to requests that reach no handler: not valid HTTP, or with an expectation that cannot be met."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from aiohttp import web
from aiohttp.web_request import BaseRequest

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.storage.preconditions import http_date
from ark_emulator.core.task import ids
from ark_emulator.log import logger
from ark_emulator.runtime.commands import world_commands
from ark_emulator.runtime.common.tracebacks import place_of
from ark_emulator.runtime.engine import Engine
from ark_emulator.web.http.access_log import AccessLog
from ark_emulator.web.server import http_limits

_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Received HTTPS": "it is HTTPS, and this server speaks plain HTTP",
        "Pause on PRI": "it is HTTP/2, and this server speaks HTTP/1.1",
        "Duplicate 'Host'": "it has two Host headers",
        "Missing 'Host'": "it has no Host header",
        "Too many headers": "it has too many headers",
        "Invalid header": "a header has characters that none may have",
        "Transfer-Encoding can't": "its length is announced in two ways",
        "Content-Length can't": "its length is announced in two ways",
        "Duplicate Content-Length": "its length is announced twice",
        "Invalid character in Content-Length": "its length is no number",
        "Invalid character in chunk": "its chunks are broken",
        "Expected LF after chunk": "its chunks are broken",
    }
)
"""Error texts by the beginning of the parser's message, the rest of which repeats what the client sent."""
_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LineTooLong": "its first line or a header is longer than 8190 bytes",
        "InvalidURLError": "what it asks for is no URL",
        "BadHttpMethod": "its method is unknown",
        "BadStatusLine": "its first line is wrong",
    }
)
"""Error texts by the class of the parser's error, for messages without information."""
_CAUSES: Final[Mapping[int, str]] = MappingProxyType(
    {
        404: "http.route",
        405: "http.route",
        413: "http.body_too_large",
        417: "http.expectation",
        503: "server.heads_full",
        505: "http.version",
    }
)
_ANY: Final = "it cannot be parsed"


def parse_error_handler(
    engine: Engine, log: AccessLog
) -> Callable[[BaseRequest, int, BaseException | None], web.Response]:
    """Return the function that makes these responses, in Ark's envelope: the dialect of the request is unknown.

    Neither the response nor the log repeats what the client sent, which may contain API keys.
    """

    def respond(request: BaseRequest, status: int, error: BaseException | None) -> web.Response:
        refusal = _cause(status, error)
        if refusal.key == "server.internal":
            logger.error("unexpected %s", place_of(error))
        else:
            log.note(refusal.row.status, str(refusal))
        world, dialect = engine.worlds.default, engine.dialects["ark"]
        request_id = ids.request_id(world.now, world.dice, "", world_commands.count_request(world, ""))
        reply = dialect.error_response(refusal, request_id)
        response = web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
        response.headers.update(dialect.headers(request_id, {}, reply.status))
        response.headers["Date"] = http_date(world.now)
        response.force_close()
        return response

    return respond


def _cause(status: int, error: BaseException | None) -> Refusal:
    match status:
        case 400:
            message = str(getattr(error, "message", ""))
            found = next((words for beginning, words in _REASONS.items() if message.startswith(beginning)), None)
            return Refusal("http.malformed", reason=found or _KINDS.get(type(error).__name__, _ANY))
        case 431:
            return Refusal("http.head_too_large", limit=f"{http_limits.HEAD_BYTES:,}")
        case _:
            return Refusal(_CAUSES.get(status, "server.internal"))
