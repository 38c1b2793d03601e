"""The report card of the clients that called."""

from typing import TYPE_CHECKING, Any

from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime import queries
from ark_emulator.web.control.control_body import json_response
from ark_emulator.web.http.exchange import Exchange

if TYPE_CHECKING:
    from ark_emulator.core.report_card.report_case import CaseCost
    from ark_emulator.core.report_card.report_rules import Finding, ReportCard


async def report(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/report`: return a grade from A to F and the findings it is based on, worst first."""
    from ark_emulator.runtime.report_builder import report_card  # here, for few servers are asked for it

    world = exchange.world
    card = await report_card(world, links=exchange.engine.settings.media_urls == "http")
    return json_response(report_document(card, queries.journal(world).total))


def report_document(card: "ReportCard", exchanges: int) -> dict[str, Any]:
    """A report card as the control API prints it; `exchanges` is how many there were to judge by."""
    document: dict[str, Any] = {
        "grade": card.grade,
        "findings": [_finding(each) for each in card.findings],
        "exchanges": exchanges,
    }
    if card.wasted is not None:
        document["wasted"] = _cost(card.wasted)
    return document


def _finding(finding: "Finding") -> dict[str, Any]:
    document: dict[str, Any] = {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "evidence": list(finding.evidence),
    }
    if finding.task is not None:
        document["task"] = finding.task
    if finding.cost is not None:
        document["cost"] = _cost(finding.cost)
    return document


def _cost(cost: "CaseCost") -> dict[str, Any]:
    return {"tokens": cost.tokens, "usd": None if cost.usd is None else float(cost.usd)}
