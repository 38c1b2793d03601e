"""The scenario of a world: show it, and go on with another one."""

import asyncio
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from ark_emulator.core.scenario.effects import AfterCommit, name_of
from ark_emulator.core.scenario.patterns import literal
from ark_emulator.core.scenario.scenario_model import DEFAULT, FaultRule, OutcomeRule, Scenario
from ark_emulator.dialects.base import DialectResponse
from ark_emulator.runtime.common.masking import masked
from ark_emulator.runtime.settings.scenario_loader import InvalidScenario
from ark_emulator.runtime.world.behaviour import Behaviour
from ark_emulator.web.control.control_body import ECHOED, ControlRefusal, body, flag, json_response, read_object
from ark_emulator.web.http.exchange import Exchange

_YAML = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})


DEFAULT_TEXT: Final = "version: 1\nname: default\nabout: Everything succeeds, unless a prompt steers otherwise.\n"


async def look(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/scenario`: return the active scenario; with `?text` also its YAML, if it was loaded from YAML."""
    scenario = exchange.world.behaviour.scenario
    told = await asyncio.to_thread(scenario_document, scenario)
    text = {"text": scenario.text or (DEFAULT_TEXT if scenario == DEFAULT else None)}
    return json_response(told | (text if flag(exchange.request.query, "text") else {}))


async def builtin(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/scenarios`: return the built-in scenarios.

    Each has its description, the incidents it is based on, and what a client should do.
    """
    rows = list(exchange.engine.load.overview())
    return json_response({"items": rows, "total": len(rows)})


async def source(exchange: Exchange) -> DialectResponse:
    """`GET /_emulator/scenarios/{id}`: return the text of a built-in scenario."""
    name = exchange.name[:ECHOED]
    try:
        text = DEFAULT_TEXT if name == DEFAULT.name else exchange.engine.load.source(name)
    except KeyError as problem:
        raise ControlRefusal(404, "unknown_scenario", str(problem.args[0])) from None
    return json_response({"name": name, "text": text})


async def check(exchange: Exchange) -> DialectResponse:
    """`POST /_emulator/scenario/check`: return the mistakes in a YAML text; changes nothing.

    `full` is the output of `ark-emulator check`: each faulty line, with a caret under the mistake.
    """
    text = await _text(exchange)
    load = exchange.engine.load
    try:
        found = await asyncio.to_thread(load.text, text)
    except InvalidScenario as problem:
        full = await asyncio.to_thread(load.carets, text)
        return json_response({"ok": False, "complaints": list(problem.complaints), "full": full})
    return json_response(
        {"ok": True, "complaints": [], "full": "", "scenario": await asyncio.to_thread(scenario_document, found)}
    )


async def switch(exchange: Exchange) -> DialectResponse:
    """`PUT /_emulator/scenario`: replace the scenario, by YAML, or JSON: `{"name": ...}` or `{"scenario": {...}}`.

    If it has mistakes, return 422 with the place of each, and keep the active scenario.
    """
    if exchange.request.content_type in _YAML:
        chosen = await _read_text(exchange)
    else:
        wanted = await read_object(exchange, "name", "scenario")
        if len(wanted) != 1:
            raise ControlRefusal(
                400, "bad_scenario", 'give either "name" or "scenario", or a body of type application/yaml'
            )
        chosen = await loaded(exchange, next(iter(wanted.values())), named="name" in wanted)
    async with exchange.world.transaction():
        exchange.engine.worlds.switch_scenario(exchange.world, chosen)
    return json_response(await asyncio.to_thread(scenario_document, chosen))


async def loaded(exchange: Exchange, wanted: object, *, named: bool) -> Scenario:
    """The scenario that a built-in name or an object means. Raises Misuse: 404 for a name, 422 for an object."""
    load = exchange.engine.load
    if not named:
        try:
            return await asyncio.to_thread(_compiled, load.document, wanted)
        except InvalidScenario as problem:
            raise invalid_scenario("invalid_scenario", problem) from None
    if not isinstance(wanted, str):
        raise ControlRefusal(400, "bad_scenario", "the name of a scenario is a string")
    if wanted == DEFAULT.name:
        return DEFAULT
    try:
        return load.named(wanted[:ECHOED])
    except KeyError as problem:
        raise ControlRefusal(404, "unknown_scenario", str(problem.args[0])) from None
    except InvalidScenario as problem:
        raise invalid_scenario("invalid_scenario", problem) from None


def invalid_scenario(code: str, problem: InvalidScenario) -> ControlRefusal:
    """422 with every complaint and its place."""
    count = len(problem.complaints)
    told = f"there {'is a mistake' if count == 1 else f'are {count} mistakes'} in it"
    return ControlRefusal(422, code, told, {"complaints": list(problem.complaints)})


def scenario_document(scenario: Scenario) -> dict[str, Any]:
    """A scenario as the control API prints it; keys are masked, and what it leaves open is left out."""
    return {
        "name": scenario.name,
        "about": scenario.about,
        "source": scenario.source,
        "expects": scenario.expects,
        "clock": _plain(scenario.clock),
        "seed": scenario.seed,
        "limits": None if scenario.limits is None else _plain(scenario.limits),
        "keys": [{"key": masked(key), **_plain(policy)} for key, policy in scenario.keys.items()],
        "outcomes": [outcome(rule) for rule in scenario.outcomes],
        "faults": [fault(rule) for rule in scenario.faults],
    }


def outcome(rule: OutcomeRule) -> dict[str, Any]:
    """An outcome rule: its name, conditions, and the steps of the life or the code of the refusal."""
    chosen = rule.outcome
    life = {"refuse": chosen.refusal} if chosen.refusal else {"then": [_plain(stage) for stage in chosen.stages]}
    return {"name": rule.name, "when": _conditions(rule), **life}


def fault(rule: FaultRule) -> dict[str, Any]:
    """A fault rule: its name, the kind of exchange, conditions, and the effect with its values."""
    effect = rule.effect
    values = _plain(effect)
    if isinstance(effect, AfterCommit):
        values = {"reply": name_of(effect.reply), **_plain(effect.reply)}
    return {"name": rule.name, "on": rule.on, "when": _conditions(rule), "effect": name_of(effect), "with": values}


def _conditions(rule: OutcomeRule | FaultRule) -> dict[str, Any]:
    """Return the conditions of a rule, with the keys masked that it is about; patterns of keys are shown."""
    told: dict[str, Any] = _plain(rule.when)
    if rule.when.key:
        told["key"] = [pattern if literal(pattern) is None else masked(pattern) for pattern in rule.when.key]
    return told


def _compiled(load: Callable[[Any], Scenario], given: object) -> Scenario:
    """Load a scenario and compile its rules, which are remembered, so that switching to it takes no time."""
    chosen = load(given)
    Behaviour(chosen)
    return chosen


async def _read_text(exchange: Exchange) -> Scenario:
    try:
        return await asyncio.to_thread(_compiled, exchange.engine.load.text, await _text(exchange))
    except InvalidScenario as problem:
        raise invalid_scenario("invalid_scenario", problem) from None


async def _text(exchange: Exchange) -> str:
    try:
        return (await body(exchange)).decode("utf-8")
    except UnicodeDecodeError:
        raise ControlRefusal(400, "bad_scenario", "the body is not UTF-8") from None


def _plain(value: Any) -> Any:
    """Values as JSON, without the fields that say nothing."""
    if is_dataclass(value):
        told = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {name: each for name, each in told.items() if each not in (None, [], {})}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return dict(value) if hasattr(value, "items") else value
