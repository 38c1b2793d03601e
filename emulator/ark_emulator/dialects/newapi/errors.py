"""Error responses of gateways: their own causes from a table, all others as an error passed on from the upstream.

New-api has two envelopes: OpenAI's for keys, models and routes, and a flat one for everything after the body of a
submit. A gateway may have one envelope in place of both.
"""

import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pydantic_core import to_json

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task import ids
from ark_emulator.data import load
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.dialects.newapi.traits import STOCK, Traits

JSON_UTF8: Final = "application/json; charset=utf-8"
"""The content type of submits and errors; polls go without the charset (new-api source)."""
TOO_MANY: Final = 429
_UPSTREAM: Final = "upstream"
_BUSY: Final = "upstream.busy"
_ROUTE: Final = "gateway.route"
_NO_BODY: Final = "none"
_ONE_WEEK: Final = "max-age=604800"
"""Cache-Control of an unknown route: new-api treats it as a file of its web page."""
_BUILD: Final = "8268d9d6"
"""Eight hexadecimal digits in every request id: they stand for the module path of the stock build."""
_BASE62: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SUSPECT: Final = re.compile(r"http|post|dial", re.IGNORECASE)
_URL: Final = re.compile(r"(https?)://([^\s/?#\"'\\]+)([^\s?#\"'\\]*)(\?[^\s#\"'\\]*)?", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_DOMAIN: Final = re.compile(r"\b(?:[a-zA-Z0-9-]+\.)+(?:com|net|org|io|ai|cn|example|local|dev|app)\b")

UpstreamReply = Callable[[Refusal, str], DialectResponse]
"""Renders a refusal under a request id as the upstream does."""


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One row of the table: the error of a cause. Without a status, the upstream's is kept."""

    status: int | None
    code: str
    type: str
    message: str
    envelope: str


def request_id(upstream: str) -> str:
    """Return the gateway's own request id, derived from the upstream's.

    UTC to the second, nine digits of nanoseconds, eight of the build, eight letters and digits: 39 in all.
    """
    milliseconds, digits = int(upstream[2:15]), upstream[15:]
    nanoseconds = milliseconds % 1000 * 1_000_000 + int(digits[:5], 16) % 1_000_000
    letters = "".join(_BASE62[int(digits[place : place + 2], 16) % 62] for place in range(5, 21, 2))
    return f"{ids.utc_stamp(milliseconds / 1000)}{nanoseconds:09d}{_BUILD}{letters}"


def mask_addresses(message: str) -> str:
    """Return the message with its addresses masked, if it contains any."""
    if _SUSPECT.search(message) is None:
        return message
    return _DOMAIN.sub(_masked_domain, _ADDRESS.sub("***.***.***.***", _URL.sub(_masked_url, message)))


def go_json(document: object, *, escapes: bool = True) -> bytes:
    """Return JSON as Go's encoder writes it, with HTML characters escaped unless `escapes` is False."""
    body = to_json(document)
    if escapes:
        for raw, safe in _ESCAPES:
            body = body.replace(raw, safe)
    return body


class ErrorTexts:
    """The error table of one gateway. `upstream` renders the refusals of the upstream."""

    def __init__(self, gateway: str, traits: Traits, upstream: UpstreamReply) -> None:
        self._traits = traits
        self._upstream = upstream
        self._texts = {**texts(STOCK), **texts(gateway)}

    def translated(self, language: str) -> "ErrorTexts":
        """Return the same table with the messages that have a translation in that language."""
        found = copy(self)
        known = translations(language)
        found._texts = {
            cause: replace(text, message=known.get(cause, text.message)) for cause, text in self._texts.items()
        }
        return found

    def knows(self, cause: str) -> bool:
        """Return whether the gateway has its own error for this cause."""
        return cause in self._texts

    def error_response(self, refusal: Refusal, upstream_id: str) -> DialectResponse:
        """Return the response to a rejected request; `upstream_id` is the request id that the upstream would use."""
        traits, own = self._traits, self._texts.get(refusal.key)
        slots = {name: str(value) for name, value in refusal.slots.items()} | {"rid": request_id(upstream_id)}
        if own is None:
            passed_on = self._upstream(refusal, upstream_id)
            own = self._texts[_BUSY if passed_on.status == TOO_MANY else _UPSTREAM]
            slots["body"] = passed_on.body.decode()
            status = traits.passed_on_as.get(str(passed_on.status), passed_on.status)
        else:
            status = own.status or 500
        values = self._values(own, slots)
        more = {"Retry-After": str(traits.retry_after)} if status == TOO_MANY and traits.retry_after else {}
        if refusal.key == _ROUTE and traits.reading == "source":
            more["Cache-Control"] = _ONE_WEEK
        if own.envelope == _NO_BODY and traits.envelope is None:
            return DialectResponse(status, b"", more)
        body = go_json(_enveloped(own.envelope, traits, values), escapes=traits.escapes)
        return DialectResponse(status, body, {"Content-Type": JSON_UTF8, **more})

    def _values(self, text: ErrorText, slots: Mapping[str, str]) -> Mapping[str, Any]:
        message = text.message.format_map(slots)
        hidden = self._traits.masks and text.envelope == "task"
        type_name = text.type.format_map({"type": self._traits.error_type})
        return {
            "message": mask_addresses(message) if hidden else message,
            "type": type_name,
            "code": text.code,
            "param": None if self._traits.envelope else "",
            "data": None,
        }


@cache
def texts(gateway: str) -> Mapping[str, ErrorText]:
    """Return a gateway's own rows of the error table, by cause."""
    columns = ("status", "code", "type", "message", "envelope")
    return MappingProxyType(
        {
            row["cause"]: ErrorText(**{name: row[name] for name in columns})
            for row in load("gateways")["errors"]
            if row["gateway"] == gateway
        }
    )


@cache
def translations(language: str) -> Mapping[str, str]:
    """Return the messages of stock in a language, by cause."""
    rows = load("gateways")["translations"]
    return MappingProxyType({row["cause"]: row["message"] for row in rows if row["language"] == language})


def language_of(accepted: str) -> str | None:
    """Return the language that stock answers in for an Accept-Language header, None for English.

    Only the first language of the header counts.
    """
    first = accepted.partition(",")[0].partition(";")[0].strip().lower()
    if not first.startswith("zh"):
        return None
    return "zh-TW" if first.startswith("zh-tw") else "zh-CN"


@cache
def upstream_causes() -> tuple[str, ...]:
    """Return the causes that the upstream reports: keys, or prefixes of keys followed by a star."""
    return tuple(row["cause"] for row in load("gateways")["passed_on"])


def _enveloped(name: str, traits: Traits, values: Mapping[str, Any]) -> dict[str, Any]:
    if traits.envelope is not None:
        return {"error": {key: values[key] for key in traits.envelope}}
    under, keys = _envelopes()[name]
    found = {key: values[key] for key in keys}
    return {under: found} if under else found


@cache
def _envelopes() -> Mapping[str, tuple[str | None, tuple[str, ...]]]:
    return {row["envelope"]: (row["under"], tuple(row["keys"])) for row in load("gateways")["envelopes"]}


def _masked_url(found: re.Match[str]) -> str:
    scheme, host, path, query = found.groups()
    pairs = [pair.partition("=")[0] for pair in (query or "?")[1:].split("&") if pair]
    hidden = "/".join("***" if part else "" for part in path.split("/"))
    return f"{scheme}://{_masked_host(host)}{hidden}{'?' if pairs else ''}{'&'.join(f'{name}=***' for name in pairs)}"


def _masked_host(host: str) -> str:
    return "***." + host.rpartition(".")[2] if "." in host else "***"


def _masked_domain(found: re.Match[str]) -> str:
    *labels, last = found.group(0).split(".")
    return ".".join(["***"] * len(labels) + [last])


_ESCAPES: Final = (
    (b"&", b"\\u0026"),
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)
"""The characters that Go's encoder escapes besides those that JSON requires."""
