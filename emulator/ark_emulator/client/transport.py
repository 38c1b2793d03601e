"""Requests to a control API: one connection per request, JSON bodies, errors as exceptions."""

import contextlib
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit


class ControlError(RuntimeError):
    """The emulator rejected a request. `code` is its error code, `status` the HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class BadAddress(ValueError):
    """The address of the emulator is invalid; the message shows a valid one."""


class Unreachable(ConnectionError):
    """No emulator responds at the address."""


def parts_of(url: str) -> SplitResult:
    """Return the parts of the address of an emulator. Raises BadAddress if it is invalid."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise BadAddress(f"{url!r} is not the address of a server: write it as in http://127.0.0.1:7333")
    return parts


def is_self_explanatory(excinfo: Any) -> bool:
    """Return whether the message of an exception suffices, so that a failed test need not show this code.

    pytest calls the name `__tracebackhide__` of a module before it shows one of its lines.
    """
    return isinstance(getattr(excinfo, "value", None), ControlError | Unreachable | BadAddress | AssertionError)


__tracebackhide__ = is_self_explanatory


class ControlTransport:
    """Sends requests to one control API, each on its own connection, so that threads can share it."""

    def __init__(self, url: str, world: str | None, token: str | None) -> None:
        self._url = url
        self._world = {} if world is None else {"world": world}
        self._token = {} if token is None else {"X-Emulator-Token": token.encode("utf-8", "surrogateescape")}

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        content_type: str,
        query: Mapping[str, Any],
        patience: float,
        also: Sequence[int] = (),
    ) -> Any:
        """Send a request; return the JSON of the response."""
        headers = {} if body is None else {"Content-Type": content_type}
        with self.opened(method, path, body, headers, query, patience) as reply:
            return self.document(reply, also)

    @contextlib.contextmanager
    def opened(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        query: Mapping[str, Any],
        patience: float,
    ) -> Iterator[http.client.HTTPResponse]:
        """Send a request; yield the response while its connection is open."""
        address = parts_of(self._url)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        parameters = urlencode({**self._world, **query}, errors="surrogateescape")
        target = f"{address.path}/_emulator/{path}{'?' if parameters else ''}{parameters}"
        with contextlib.closing(kind(address.hostname or "", address.port, timeout=patience)) as connection:
            try:
                connection.request(method, target, body, {"Connection": "close", **headers, **self._token})
                reply = connection.getresponse()
            except (OSError, http.client.HTTPException, UnicodeError) as problem:
                raise Unreachable(f"no emulator answers at {self._url}: {problem}") from None
            except ValueError:
                raise ControlError(
                    400, "bad_token", "the control token contains characters that are invalid in a header"
                ) from None
            yield reply

    def document(self, reply: http.client.HTTPResponse, also: Sequence[int] = ()) -> Any:
        """Return the JSON of a response. Raises ControlError for an error, and for another server's response."""
        try:
            document = json.loads(reply.read())
        except ValueError:
            document = None
        except (OSError, http.client.HTTPException) as problem:
            raise Unreachable(f"the emulator at {self._url} stopped responding: {problem}") from None
        if reply.status < 300 or reply.status in also:
            if document is not None:
                return document
        elif isinstance(document, dict) and isinstance(error := document.get("error"), dict):
            raise ControlError(reply.status, str(error.get("code", "")), _complaint(error))
        raise ControlError(
            reply.status, "no_emulator", f"what answers at {self._url} is not an emulator ({reply.status})"
        )


def _complaint(error: Mapping[str, Any]) -> str:
    """Return the message of an error, with each of its complaints."""
    complaints = error.get("complaints") or ()
    texts = (str(each.get("text") or each) if isinstance(each, Mapping) else str(each) for each in complaints)
    return "\n".join([str(error.get("message", "")), *texts])
