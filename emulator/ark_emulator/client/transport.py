"""The exchanges with a control API: one connection each, JSON both ways, errors as exceptions."""

import contextlib
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit


class ControlError(RuntimeError):
    """The emulator refused what it was asked for. `code` is its word for why, `status` the HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class BadAddress(ValueError):
    """What was given as the address of an emulator is not one; the message says what is."""


class Unreachable(ConnectionError):
    """No emulator answers at that address."""


def parts_of(url: str) -> SplitResult:
    """Return the parts of the address of an emulator. Raises BadAddress when it is not one."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise BadAddress(f"{url!r} is not the address of a server: write it as in http://127.0.0.1:7333")
    return parts


def is_self_explanatory(excinfo: Any) -> bool:
    """True where the message of an exception says it all, so that a test that fails by it need not show our own code.

    pytest asks the name `__tracebackhide__` of a module before it shows a line of it.
    """
    return isinstance(getattr(excinfo, "value", None), ControlError | Unreachable | BadAddress | AssertionError)


__tracebackhide__ = is_self_explanatory


class ControlTransport:
    """Exchanges with one control API, each on a connection of its own, so that threads do not meet."""

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
        """The JSON that answers."""
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
        """The reply, while its connection is open."""
        address = parts_of(self._url)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        asked = urlencode({**self._world, **query}, errors="surrogateescape")
        target = f"{address.path}/_emulator/{path}{'?' if asked else ''}{asked}"
        with contextlib.closing(kind(address.hostname or "", address.port, timeout=patience)) as connection:
            try:
                connection.request(method, target, body, {"Connection": "close", **headers, **self._token})
                reply = connection.getresponse()
            except (OSError, http.client.HTTPException, UnicodeError) as problem:
                raise Unreachable(f"no emulator answers at {self._url}: {problem}") from None
            except ValueError:
                raise ControlError(400, "bad_token", "the control token holds what no header can carry") from None
            yield reply

    def document(self, reply: http.client.HTTPResponse, also: Sequence[int] = ()) -> Any:
        """The JSON of a reply. Raises ControlError when it tells of one, or is no reply of an emulator."""
        try:
            document = json.loads(reply.read())
        except ValueError:
            document = None
        except (OSError, http.client.HTTPException) as problem:
            raise Unreachable(f"the emulator at {self._url} fell silent: {problem}") from None
        if reply.status < 300 or reply.status in also:
            if document is not None:
                return document
        elif isinstance(document, dict) and isinstance(error := document.get("error"), dict):
            raise ControlError(reply.status, str(error.get("code", "")), _complaint(error))
        raise ControlError(
            reply.status, "no_emulator", f"what answers at {self._url} is not an emulator ({reply.status})"
        )


def _complaint(error: Mapping[str, Any]) -> str:
    """A refusal in words, with every single complaint where there are several."""
    complaints = error.get("complaints") or ()
    told = (str(each.get("text") or each) if isinstance(each, Mapping) else str(each) for each in complaints)
    return "\n".join([str(error.get("message", "")), *told])
