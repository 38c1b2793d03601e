"""From a whole document to a scenario: each rule by itself, so that what is wrong with one hides nothing in others."""

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any, Final, Literal

from emulator.core.clock import ClockMode
from emulator.core.faults import On
from emulator.core.limits import NO_LIMITS, Limits
from emulator.core.outcome import QUEUED, RUNNING
from emulator.core.patterns import literal
from emulator.core.scenario import (
    ClockChoice,
    Conditions,
    FaultRule,
    KeyPolicy,
    KeyStatus,
    OutcomeRule,
    Scenario,
    Timings,
)
from emulator.core.values import Mode
from emulator.dialects import DIALECTS
from emulator.loading.complaints import Complaints, Path, did_you_mean
from emulator.loading.documents import (
    ClockDocument,
    ConditionsDocument,
    FaultDocument,
    KeyDocument,
    LimitsDocument,
    OutcomeDocument,
    ScenarioDocument,
    TimingsDocument,
)
from emulator.loading.effects import effect_of
from emulator.loading.lives import LifeBuilder
from emulator.loading.sense import Placed, check_conditions, check_order
from emulator.loading.shapes import validated, without_nulls

_TABLES: Final = ("outcomes", "faults")


def scenario_of(data: Any, name: str, complaints: Complaints, folder: FilePath | None) -> Scenario | None:
    """The scenario in the data; None when something is wrong with it, all of which is complained about."""
    if not isinstance(data, dict):
        complaints.about((), "SC007", "a scenario is a mapping of keys to values", "begin with version: 1")
        return None
    data = without_nulls(data, complaints)
    frame = {key: value for key, value in data.items() if key not in _TABLES or not isinstance(value, list)}
    document = validated(ScenarioDocument, frame, (), complaints)
    timings = _timings(document.timings if document else None)
    title = name if document is None or document.name is None else document.name
    lives = LifeBuilder(complaints, timings or Timings(), folder)
    outcomes = _outcomes(_list(data, "outcomes"), title, complaints, lives)
    faults = _faults(_list(data, "faults"), title, complaints)
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


def fault_of(data: Any, name: str, complaints: Complaints, path: Path = ()) -> FaultRule | None:
    """The one fault in the data; None when something is wrong with it."""
    placed = _fault(data, path, name, complaints)
    return placed.rule if placed is not None and isinstance(placed.rule, FaultRule) else None


def _list(data: Mapping[str, Any], table: str) -> Sequence[Any]:
    found = data.get(table, [])
    return found if isinstance(found, list) else []


def _outcomes(
    entries: Sequence[Any], title: str, complaints: Complaints, lives: LifeBuilder
) -> tuple[OutcomeRule, ...]:
    placed = []
    for number, entry in enumerate(entries):
        path: Path = ("outcomes", number)
        document = validated(OutcomeDocument, entry, path, complaints)
        if document is None:
            continue
        name = document.name or f"{title}#{number + 1}"
        when = _conditions(document.when or ConditionsDocument(), (*path, "when"), complaints)
        outcome = lives.outcome(document, path, name)
        if when is not None and outcome is not None:
            placed.append(Placed(OutcomeRule(name, when, outcome), path, (*path, "when")))
    return tuple(rule for rule in _sensible(placed, complaints) if isinstance(rule, OutcomeRule))


def _faults(entries: Sequence[Any], title: str, complaints: Complaints) -> tuple[FaultRule, ...]:
    found = [
        _fault(entry, ("faults", number), f"{title}#{number + 1}", complaints) for number, entry in enumerate(entries)
    ]
    return tuple(
        rule for rule in _sensible([placed for placed in found if placed], complaints) if isinstance(rule, FaultRule)
    )


def _fault(entry: Any, path: Path, name: str, complaints: Complaints) -> Placed | None:
    document = validated(FaultDocument, entry, path, complaints)
    if document is None:
        return None
    when = _conditions(document, path, complaints)
    effect = effect_of(document, path, complaints)
    if when is None or effect is None:
        return None
    return Placed(FaultRule(document.name or name, On(document.on), when, effect), path, path)


def _sensible(placed: Sequence[Placed], complaints: Complaints) -> list[OutcomeRule | FaultRule]:
    """The rules that can fire, all of which have a name of their own; complains about the others."""
    able = [each for each in placed if check_conditions(each, complaints)]
    check_order(able, complaints)
    taken: dict[str, Placed] = {}
    for each in able:
        if each.rule.name in taken:
            first = complaints.places.get(taken[each.rule.name].path)
            hint = f"the first is on line {first.line}" if first else ""
            message = f"there is another rule of the name '{each.rule.name}'"
            complaints.about((*each.path, "name"), "SC403", message, hint)
        taken.setdefault(each.rule.name, each)
    return [each.rule for each in able]


def _conditions(document: ConditionsDocument, path: Path, complaints: Complaints) -> Conditions | None:
    before = len(complaints.found)
    for name in document.dialect or ():
        if literal(name) is not None and name not in DIALECTS:
            message = f"'{name}' is not one of {', '.join(DIALECTS)}"
            complaints.about((*path, "dialect"), "SC103", message, did_you_mean(name, list(DIALECTS)))
    if len(complaints.found) > before:
        return None
    return Conditions(
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


def _clock(document: str | ClockDocument | None, complaints: Complaints) -> ClockChoice:
    if document is None:
        return ClockChoice()
    if isinstance(document, str):
        return ClockChoice(ClockMode(document))
    if document.speed is not None and document.rate is not None:
        complaints.about_key(("clock", "rate"), "SC203", "'rate' is another word for 'speed'", "leave one of them out")
    mode = None if document.mode is None else ClockMode(document.mode)
    return ClockChoice(mode, document.rate if document.speed is None else document.speed, document.start)


def _limits(document: Literal["off", "individual", "enterprise"] | LimitsDocument | None) -> Limits | None:
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
    return KeyPolicy(document.balance, document.models or (), KeyStatus(document.status))
