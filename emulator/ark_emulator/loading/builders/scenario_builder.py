"""Build a scenario from a document: a problem in one part does not hide problems in the others."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any, Final, TypeVar

from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits
from ark_emulator.core.facts.models import LimitsWord
from ark_emulator.core.plan.outcome import QUEUED, RUNNING
from ark_emulator.core.scenario.effects import Operation
from ark_emulator.core.scenario.patterns import literal
from ark_emulator.core.scenario.scenario_model import (
    ClockChoice,
    Conditions,
    FaultRule,
    KeyPolicy,
    KeyStatus,
    OutcomeRule,
    Scenario,
    Timings,
)
from ark_emulator.core.task.values import Mode
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.dialects import DIALECTS
from ark_emulator.loading.builders.fault_builder import effect_of
from ark_emulator.loading.builders.outcome_builder import OutcomeBuilder
from ark_emulator.loading.diagnostics.diagnostics import Diagnostics, Path, did_you_mean
from ark_emulator.loading.schema.documents import (
    ClockDocument,
    ConditionsDocument,
    FaultDocument,
    KeyDocument,
    LimitsDocument,
    OutcomeDocument,
    ScenarioDocument,
    TimingsDocument,
)
from ark_emulator.loading.validate.document_shape import Piece, validated, without_nulls
from ark_emulator.loading.validate.reachability import PlacedRule, check_conditions, check_names, check_order

_TABLES: Final = ("outcomes", "faults")

Named = TypeVar("Named", OutcomeDocument, FaultDocument)
Made = TypeVar("Made", OutcomeRule, FaultRule)


def scenario_of(data: Any, name: str, complaints: Diagnostics, folder: FilePath | None) -> Scenario | None:
    """Return the scenario in the data; None when something is wrong with it, all of which is reported."""
    if not isinstance(data, dict):
        complaints.about((), "SC007", "a scenario is a mapping of keys to values", "start with version: 1")
        return None
    data = without_nulls(data, complaints)
    frame = {key: value for key, value in data.items() if key not in _TABLES or not isinstance(value, list)}
    piece = validated(ScenarioDocument, frame, (), complaints)
    document = piece.document if piece else None
    timings = _timings(document.timings if document else None)
    title = name if document is None or document.name is None else document.name
    lives = OutcomeBuilder(complaints, timings or Timings(), folder)
    outcome_of = partial(_outcome, complaints=complaints, lives=lives)
    outcomes = _rules(_list(data, "outcomes"), "outcomes", OutcomeDocument, title, complaints, outcome_of)
    fault_rule_of = partial(_fault, complaints=complaints)
    faults = _rules(_list(data, "faults"), "faults", FaultDocument, title, complaints, fault_rule_of)
    clock = _clock(None if document is None else document.clock, complaints)
    if document is None or complaints.found:
        return None
    return Scenario(
        name=title,
        about=document.about,
        source=document.source or (),
        expects="; ".join(document.expects or ()),
        clock=clock,
        seed=document.seed,
        limits=_limits(document.limits),
        keys=MappingProxyType({key: _policy(policy) for key, policy in (document.keys or {}).items()}),
        timings=timings,
        outcomes=outcomes,
        faults=faults,
    )


def fault_of(data: Any, name: str, complaints: Diagnostics, path: Path = ()) -> FaultRule | None:
    """Return the one fault in the data; None when something is wrong with it."""
    piece = validated(FaultDocument, data, path, complaints)
    return None if piece is None else _fault(piece, path, name, complaints)


def _list(data: Mapping[str, Any], table: str) -> Sequence[Any]:
    found = data.get(table, [])
    return found if isinstance(found, list) else []


def _rules(
    entries: Sequence[Any],
    table: str,
    model: type[Named],
    title: str,
    complaints: Diagnostics,
    rule_of: Callable[[Piece[Named], Path, str], Made | None],
) -> tuple[Made, ...]:
    """Return the valid rules of a table; each is checked alone, and then with the others."""
    rules, named = [], []
    for number, entry in enumerate(entries):
        path: Path = (table, number)
        piece = validated(model, entry, path, complaints)
        if piece is None:
            continue
        name = piece.document.name or f"{title}#{number + 1}"
        named.append((name, path))
        if (rule := rule_of(piece, path, name)) is not None:
            rules.append((rule, path))
    check_names(named, complaints)
    check_order([PlacedRule(rule, path) for rule, path in rules], complaints)
    return tuple(rule for rule, _ in rules)


def _outcome(
    piece: Piece[OutcomeDocument], path: Path, name: str, complaints: Diagnostics, lives: OutcomeBuilder
) -> OutcomeRule | None:
    """Return the rule of an outcome; None when something is wrong with it, all of which is reported."""
    when = _conditions(piece.document.when or ConditionsDocument(), None, (*path, "when"), complaints)
    outcome = lives.outcome(piece, path, name)
    return None if when is None or outcome is None or not piece.whole else OutcomeRule(name, when, outcome)


def _fault(piece: Piece[FaultDocument], path: Path, name: str, complaints: Diagnostics) -> FaultRule | None:
    """Return the rule of a fault; None when something is wrong with it, all of which is reported."""
    when = _conditions(piece.document, Operation(piece.document.on), path, complaints)
    effect = effect_of(piece, path, complaints)
    if when is None or effect is None or not piece.whole:
        return None
    return FaultRule(piece.document.name or name, Operation(piece.document.on), when, effect)


def _conditions(
    document: ConditionsDocument, on: Operation | None, path: Path, complaints: Diagnostics
) -> Conditions | None:
    """Return the conditions at a path; None when they cannot hold, which is reported. `on` is None for outcomes."""
    before = len(complaints.found)
    for name in document.dialect or ():
        if literal(name) is not None and name not in DIALECTS:
            message = f"'{name}' is not one of {', '.join(DIALECTS)}"
            complaints.about((*path, "dialect"), "SC103", message, did_you_mean(name, list(DIALECTS)))
    conditions = Conditions(
        model=document.model or (),
        prompt=document.prompt or (),
        mode=tuple(Mode(name) for name in document.mode or ()),
        roles=tuple(document.role or ()),
        key=document.key or (),
        dialect=document.dialect or (),
        header=document.header or (),
        nth=document.nth,
        every=document.every,
        first=document.first,
        chance=document.chance,
    )
    check_conditions(conditions, on, path, complaints)
    return conditions if len(complaints.found) == before else None


def _clock(document: str | ClockDocument | None, complaints: Diagnostics) -> ClockChoice:
    if document is None:
        return ClockChoice()
    if isinstance(document, str):
        return ClockChoice(ClockMode(document))
    if document.speed is not None and document.rate is not None:
        complaints.about_key(("clock", "rate"), "SC203", "'rate' is an alias of 'speed'", "remove one of them")
    mode = None if document.mode is None else ClockMode(document.mode)
    return ClockChoice(mode, document.rate if document.speed is None else document.speed, document.start)


def _limits(document: LimitsWord | LimitsDocument | None) -> Limits | None:
    if document is None:
        return None
    if isinstance(document, LimitsDocument):
        return Limits(document.account, document.rpm, document.concurrent, document.queued)
    return NO_LIMITS if document == "off" else Limits(account=document)


def _timings(document: TimingsDocument | None) -> Timings | None:
    if document is None:
        return None
    return Timings(
        QUEUED if document.queued is None else document.queued,
        RUNNING if document.running is None else document.running,
    )


def _policy(document: KeyDocument) -> KeyPolicy:
    status, models = KeyStatus(document.status), document.models or ()
    return KeyPolicy(document.balance, models, status, document.user, document.limit)
