"""Rewrites what an answer says of a task: types, names, the status. Any dialect: keys are sought at every depth."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from ark_emulator.core.scenario.effects import Drift, DriftingField, Show
from ark_emulator.dialects.base import DialectResponse, json_bytes
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http.http_response import HandlerResult

Change = Callable[[str, Any], tuple[str, Any]]
_STATUSES: Final = frozenset({"status", "task_status"})


async def show(strike: FaultContext[Show]) -> HandlerResult:
    """The real answer with another word for the status."""

    def change(key: str, value: Any) -> tuple[str, Any]:
        return (key, strike.effect.status) if key in _STATUSES and isinstance(value, str) else (key, value)

    return _rewritten(await strike.answered(), change)


async def drift(strike: FaultContext[Drift]) -> HandlerResult:
    """The real answer with fields of another type or name."""
    answer = await strike.answered()
    for field in strike.effect.fields:
        answer = _rewritten(answer, _DRIFTS[field])
    return answer


def _usage(key: str, value: Any) -> tuple[str, Any]:
    return (key, _numbers_as_text(value)) if key == "usage" else (key, value)


def _duration(key: str, value: Any) -> tuple[str, Any]:
    return (key, _numbers_as_text(value)) if key == "duration" else (key, value)


def _error(key: str, value: Any) -> tuple[str, Any]:
    return ("failure_reason", value) if key == "error" else (key, value)


_DRIFTS: Final[Mapping[DriftingField, Change]] = {
    DriftingField.USAGE: _usage,
    DriftingField.DURATION: _duration,
    DriftingField.ERROR: _error,
}


def _numbers_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers_as_text(each) for key, each in value.items()}
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _rewritten(answer: HandlerResult, change: Change) -> HandlerResult:
    """The answer with every key and value changed; one that is refused, or no JSON, stays as it is."""
    if not isinstance(answer, DialectResponse) or answer.status >= 400:
        return answer
    try:
        document = json.loads(answer.body)
    except ValueError:
        return answer
    return replace(answer, body=json_bytes(_changed(document, change)))


def _changed(value: Any, change: Change) -> Any:
    if isinstance(value, list):
        return [_changed(each, change) for each in value]
    if not isinstance(value, dict):
        return value
    return dict(change(key, _changed(each, change)) for key, each in value.items())
