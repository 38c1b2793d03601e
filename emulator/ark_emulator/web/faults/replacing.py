"""Answers in place of the service, as a proxy between it and the client would."""

from http import HTTPStatus
from typing import Final

from ark_emulator.core.scenario.effects import AnswerEffect as AnswerEffect
from ark_emulator.core.scenario.effects import Html
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http.http_response import HandlerResult

PAGE: Final = b"""<!DOCTYPE html>
<html lang="en">
<head><title>Service gateway</title></head>
<body><h1>We will be right back</h1><p>Please try again in a few minutes.</p></body>
</html>
"""
"""A page such as gateways serve with status 200 while they are being mended."""
_TOLD: Final = {502: "no healthy upstream", 503: "upstream connect error", 504: "upstream request timeout"}
"""What a proxy of the kind that Ark's `Server` header names says by itself."""


async def answer(strike: FaultContext[AnswerEffect]) -> HandlerResult:
    """The status and body of the rule. The handler is not asked."""
    effect = strike.effect
    body = _body(effect.status) if effect.body is None else effect.body
    headers = {"Content-Type": effect.content_type or "text/plain", **effect.headers}
    return DialectResponse(effect.status, body.encode(), headers)


async def html(strike: FaultContext[Html]) -> HandlerResult:
    """A page with status 200. The handler is not asked."""
    return DialectResponse(200, PAGE, {"Content-Type": "text/html; charset=utf-8"})


def _body(status: int) -> str:
    known = status in HTTPStatus.__members__.values()
    return _TOLD.get(status) or (HTTPStatus(status).phrase if known else f"status {status}")
