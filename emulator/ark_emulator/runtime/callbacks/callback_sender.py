"""Sends callbacks over the network: one POST, five real seconds to acknowledge it, no redirects."""

import asyncio
import hmac
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import unquote, urlsplit
from weakref import WeakValueDictionary

import aiohttp

from ark_emulator.core.task.values import Delivery, DeliveryAttempt, Task, Transcript
from ark_emulator.log import logger
from ark_emulator.runtime.common.bounded_http import BoundedConnector, allow_body
from ark_emulator.runtime.common.masking import credentials, truncate, truncate_bytes
from ark_emulator.runtime.common.raw_urls import as_written
from ark_emulator.runtime.common.tracebacks import clear_tracebacks, describe_error
from ark_emulator.runtime.world.world import World

CALLBACK_AGENT: Final = "ark-emulator"
"""The User-Agent of every callback."""
ATTEMPT_TIMEOUT: Final = 5.0
"""Real seconds a receiver has to answer (documented)."""
MAX_PER_RECEIVER: Final = 16
"""Attempts under way to one receiver at any moment; more wait for their turn, and delay nobody else's."""
MAX_STORED_REQUEST: Final = 4_096
MAX_STORED_RESPONSE: Final = 1_024
"""How many bytes of the bodies a transcript keeps."""
_BEYOND: Final = 16 * 1024
"""How many bytes more are read of a response, to find a secret that is cut off in what is kept."""
SIGNATURE: Final = "X-Emulator-Signature"
"""The header of the optional signature. It is ours: no signature of Ark's callbacks is known."""
_KEEP_ALIVE: Final = 1.0
"""Real seconds a connection waits for the next callback: receivers that close idle ones do so later than that."""

_PORTS: Final = {"http": 80, "https": 443}

Body = Callable[[Task, Delivery], bytes]


@dataclass(frozen=True, slots=True)
class _Outcome:
    verdict: str
    status: int | None = None
    detail: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class CallbackSender:
    """Makes single delivery attempts.

    `body` prints what a delivery says, `rewrite` replaces beginnings of URLs, `secret` signs what is sent.
    """

    def __init__(self, body: Body, rewrite: Sequence[tuple[str, str]] = (), secret: str | None = None) -> None:
        self._body = body
        self._rewrite = rewrite
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None
        self._gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def send(self, world: World, task: Task, delivery: Delivery) -> DeliveryAttempt:
        """One attempt and its verdict; never raises for what the network, the receiver or the body does."""
        url = self._address(delivery.url)
        receiver = _receiver(url)
        gate = self._gates.get(receiver)
        if gate is None:
            gate = self._gates[receiver] = asyncio.Semaphore(MAX_PER_RECEIVER)
        async with gate:
            began = time.perf_counter()
            try:
                body = self._body(task, delivery)
            except Exception as error:
                # An attempt that never ends would hold up everything else that its task has to tell.
                logger.error(
                    "a callback cannot be serialized: %s", describe_error(error, task.submission.key, world.name)
                )
                return DeliveryAttempt(
                    world.now, time.perf_counter() - began, "error", detail=f"nothing to send: {error}"
                )
            headers = self._headers(task, body, int(world.now))
            key = task.submission.key
            outcome = await self._post(url, body, headers, key)
        took = time.perf_counter() - began
        told = _text(truncate_bytes(body, MAX_STORED_REQUEST, key))
        kept = Transcript(url, outcome.sent or headers, told, outcome.headers, _text(outcome.body))
        return DeliveryAttempt(world.now, took, outcome.verdict, outcome.status, outcome.detail, kept)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _address(self, url: str) -> str:
        """The URL to call: its beginning replaced where a rewriting rule fits, for receivers in containers."""
        for old, new in self._rewrite:
            if url.startswith(old):
                return new + url[len(old) :]
        return url

    def _headers(self, task: Task, body: bytes, now: int) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": CALLBACK_AGENT}
        trace = task.submission.trace
        if trace and trace.isascii() and trace.isprintable():
            headers["traceparent"] = trace
        if self._secret is not None:
            headers[SIGNATURE] = signature(self._secret, now, body)
        return headers

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str], key: str = "") -> _Outcome:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=BoundedConnector(limit=0, keepalive_timeout=_KEEP_ALIVE),
                timeout=aiohttp.ClientTimeout(total=ATTEMPT_TIMEOUT),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        try:
            async with self._session.post(
                as_written(url), data=body, headers=headers, allow_redirects=False
            ) as response:
                return await _outcome_of_response(response, key)
        except TimeoutError as error:
            clear_tracebacks(error)
            return _Outcome("timeout", detail=f"no answer within {ATTEMPT_TIMEOUT:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            clear_tracebacks(error)  # the client's own frames hold it, and the body that was to be sent
            return _failed(error)


def _failed(error: Exception) -> _Outcome:
    """The outcome of an attempt that ended with an error."""
    match error:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return _Outcome("tls", detail=str(error))
        case aiohttp.ClientConnectorError():
            return _Outcome("refused", detail=str(error))
        case _:
            return _Outcome("error", detail=f"{type(error).__name__}: {error}")


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of the signature header: `t`, the virtual unix second, and `v1`, the HMAC-SHA256 of `t.body`."""
    return f"t={at},v1={hmac.digest(secret.encode(), b'%d.' % at + body, 'sha256').hex()}"


async def _outcome_of_response(response: aiohttp.ClientResponse, key: str) -> _Outcome:
    """Return the outcome that a receiver's status decides; its body may be anything, even endless.

    Secrets are looked for before anything is cut off: the rest of one could not be masked later.
    """
    sent = dict(response.request_info.headers)
    secrets = (key, *credentials(sent))
    verdict = "redirect" if 300 <= response.status < 400 else "status"
    body, complete = b"", False
    allow_body(response)
    with suppress(aiohttp.ClientError, TimeoutError, OSError, ValueError):
        body = await response.content.read(MAX_STORED_RESPONSE + _BEYOND)
        complete = response.content.at_eof()
    return _Outcome(
        "delivered" if 200 <= response.status < 300 else verdict,
        response.status,
        sent=sent,
        headers={name: truncate(value, MAX_STORED_RESPONSE, *secrets) for name, value in response.headers.items()},
        body=truncate_bytes(body, MAX_STORED_RESPONSE, *secrets, complete=complete),
    )


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _receiver(url: str) -> str:
    """Return the host and port that a callback goes to, the URL itself when it is none; the attempt will tell.

    One receiver may be written in many ways: with a user name, in capitals, with a dot at its end, with or without the
    default port, an address in other digits.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return url
    host = unquote(parts.hostname or "").lower().rstrip(".")
    with suppress(ValueError, UnicodeError):
        host = host if host.isascii() else host.encode("idna").decode()
    return f"{_address_of(host)} {port}"


def _address_of(host: str) -> str:
    """Return an address in its usual form, and any other host as it is."""
    with suppress(ValueError):
        address = ip_address(host.partition("%")[0])
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)
    with suppress(OSError):  # forms such as 127.1 and 0x7f000001, which systems take for addresses
        return socket.inet_ntoa(socket.inet_aton(host))
    return host
