"""What every control handler shares: its errors, and reading and writing JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ark_emulator.core.suggestion import did_you_mean
from ark_emulator.dialects.base import DialectResponse, json_bytes, parse_json
from ark_emulator.runtime.settings.setting_table import NUMBER_RANGES
from ark_emulator.web.http.exchange import Exchange

LARGEST: Final = 1e15
"""Numbers beyond it are no times, counts or seeds."""
LARGEST_BODY: Final = 4 * 1024 * 1024
"""Bytes of a control request's body: four times the largest scenario, so that reading one holds up nobody."""
ECHOED: Final = 100
"""Characters of what a client sent that an error repeats at most."""
_LONGEST: Final = 1_000
"""Characters of an error."""
_SWITCHES: Final = {"": True, "1": True, "true": True, "0": False, "false": False}


class ControlRefusal(Exception):
    """A control request that cannot be served; told as `{"error": {"code", "message"}}`, with `more` beside these."""

    def __init__(self, status: int, code: str, message: str, more: Mapping[str, object] | None = None) -> None:
        super().__init__(message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…")
        self.status = status
        self.code = code
        self.more = more or {}

    def reply(self) -> DialectResponse:
        """Return the response that reports the error."""
        return DialectResponse(
            self.status, json_bytes({"error": {"code": self.code, "message": str(self), **self.more}})
        )


def json_response(document: object, status: int = 200) -> DialectResponse:
    """A JSON answer."""
    return DialectResponse(status, json_bytes(document))


async def body(exchange: Exchange) -> bytes:
    """Return the body of a control request. Raises ControlRefusal when it is larger than any such body needs to be."""
    announced = exchange.request.content_length or 0
    raw = b"" if announced > LARGEST_BODY else await exchange.read()
    if max(announced, len(raw)) > LARGEST_BODY:
        raise ControlRefusal(413, "body_too_large", f"the body of a control request has at most {LARGEST_BODY:,} bytes")
    return raw


def echoed(text: object) -> str:
    """Return what a client sent as an error may repeat it: in quotes, and cut off where it is long."""
    told = str(text)
    return repr(told) if len(told) <= ECHOED else f"{told[:ECHOED]!r}…"


async def read_object(exchange: Exchange, *names: str) -> Mapping[str, Any]:
    """The JSON object a request brings; an empty one when it brings nothing. Raises ControlRefusal for anything else.

    Where `names` are given, a key that is none of them is refused: a slip of the pen must not look like success.
    """
    raw = await body(exchange)
    try:
        document = parse_json(raw) if raw.strip() else {}
    except ValueError as error:
        raise ControlRefusal(400, "bad_json", f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ControlRefusal(400, "bad_json", "the body must be a JSON object")
    if names:
        reject_unknown_keys(document, names)
    return document


def reject_unknown_keys(document: Mapping[str, Any], names: Sequence[str]) -> None:
    """Raises ControlRefusal for a key that is none of the names."""
    for name in document:
        if name not in names:
            raise ControlRefusal(400, "unknown_key", f"unknown key {echoed(name)}{suggestion(name, names, 'keys')}")


def suggestion(name: str, names: Sequence[str], things: str) -> str:
    """Return the end of an error about an unknown name: the one that may have been meant, and all that are accepted."""
    hint = did_you_mean(name[:ECHOED], names)
    return f"{hint}; accepted {things}: {', '.join(names)}" if names else f"; this route accepts no {things}"


def number(wanted: Mapping[str, Any], name: str) -> float | None:
    """Return a number of a request body, None when it is absent. Raises ControlRefusal for other values."""
    value = wanted.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlRefusal(400, f"bad_{name}", f'"{name}" must be a number')
    if not -LARGEST <= value <= LARGEST:
        raise ControlRefusal(400, f"bad_{name}", f'"{name}" is too large a number')
    return float(value)


def speed(wanted: Mapping[str, Any]) -> float | None:
    """Return a speed of a request body, None when it is absent. Raises ControlRefusal when no clock can run at it."""
    value = number(wanted, "speed")
    if value is not None and not NUMBER_RANGES["speed"].holds(value):
        raise ControlRefusal(
            400, "bad_speed", f"speed must be {NUMBER_RANGES['speed'].description}; to stop the clock, freeze it"
        )
    return value


def text(wanted: Mapping[str, Any], name: str) -> str | None:
    """Return a string of a request body, None when it is absent. Raises ControlRefusal for other values."""
    value = wanted.get(name)
    if value is not None and not isinstance(value, str):
        raise ControlRefusal(400, f"bad_{name}", f'"{name}" must be a string')
    return value


def flag(query: Mapping[str, str], name: str) -> bool:
    """Return whether a switch of the query is on: `1`, `true` or no value. Raises ControlRefusal for other values."""
    value = query.get(name, "0").lower()
    if value not in _SWITCHES:
        raise ControlRefusal(400, f"bad_{name}", f'"{name}" must be 1 or 0')
    return _SWITCHES[value]


def whole(value: str | None, name: str, default: int) -> int:
    """Return a whole number of a query, `default` when it is absent. Raises ControlRefusal for other values."""
    if value is None:
        return default
    if not value.isdecimal() or len(value) > 12:
        raise ControlRefusal(400, f"bad_{name}", f'"{name}" must be a whole number')
    return int(value)
