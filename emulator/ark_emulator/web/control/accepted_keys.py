"""Rejects control requests with query parameters or body keys that their route does not accept.

A misspelt name must not look like success: what is not known would otherwise be ignored.
"""

from ark_emulator.dialects.base import parse_json
from ark_emulator.web.control.control_body import ControlRefusal, body, echoed, reject_unknown_keys, suggestion
from ark_emulator.web.control.schema.control_operations import WORLD
from ark_emulator.web.control.schema.operation import OperationSpec
from ark_emulator.web.http.exchange import Exchange

_NOTHING = OperationSpec(None, {}, (WORLD,))
"""What routes accept that the published description does not describe."""


async def check(exchange: Exchange, operation: OperationSpec | None) -> None:
    """Raises ControlRefusal for a parameter that is not accepted, and for a body with keys where there is none to be.

    The keys of the bodies that a route does accept are checked by its handler.
    """
    operation = operation or _NOTHING
    names = tuple(dict.fromkeys((*(query.name for query in operation.query), WORLD.name)))
    for name in exchange.request.query:
        if name not in names:
            raise ControlRefusal(
                400, "unknown_parameter", f"unknown parameter {echoed(name)}{suggestion(name, names, 'parameters')}"
            )
    if operation.request is None and not operation.takes_text and exchange.request.method not in ("GET", "HEAD"):
        await _check_empty(exchange)


async def _check_empty(exchange: Exchange) -> None:
    raw = (await body(exchange)).strip()
    if not raw:
        return
    try:
        document = parse_json(raw)
    except ValueError as error:
        raise ControlRefusal(400, "bad_json", f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ControlRefusal(400, "bad_json", "the body must be a JSON object")
    reject_unknown_keys(document, ())
