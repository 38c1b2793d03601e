"""The codec: what is read from bytes equals what was written to them, whatever it was."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from enum import Enum
from math import inf
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from ark_emulator.core.billing.ledger_entries import LedgerEntry
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.plan.outcome import STEERING_BY_NAME, SUCCESS
from ark_emulator.core.plan.planning import CreationContext, accept
from ark_emulator.core.request.intent import understand
from ark_emulator.core.request.media_facts import NO_EVIDENCE
from ark_emulator.core.scenario.effects import KINDS, AfterCommit, EffectKind, FaultEffect, ResetConnection
from ark_emulator.core.scenario.scenario_model import Conditions, FaultRule, KeyPolicy, Scenario, merged
from ark_emulator.core.task.gateway_policy import Bill, GatewayPolicy
from ark_emulator.core.task.values import (
    Cancelled,
    Delivery,
    DeliveryAttempt,
    DeliveryOrder,
    DeliveryState,
    Fact,
    Failure,
    Forced,
    Observed,
    Plan,
    Started,
    Status,
    Submission,
    Task,
    Transcript,
)
from ark_emulator.core.time.clock import ClockMode, VirtualClock
from ark_emulator.core.time.dice import Dice
from ark_emulator.dialects import DIALECTS
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.loading.builtin import builtin_names
from ark_emulator.loading.loader import load_builtin
from ark_emulator.stores.codec import record_codec, stored_format
from ark_emulator.stores.codec.dataclass_codec import shape_of
from hypothesis import HealthCheck, given, settings, strategies
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

T = 1_790_000_000.0
TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
NUMBERS = st.floats(allow_nan=False)
LEAVES = st.none() | st.booleans() | st.integers() | NUMBERS | TEXTS
DOCUMENTS = st.dictionaries(
    TEXTS,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)),
    max_size=3,
)
PLAIN = {str: TEXTS, int: st.integers(), float: NUMBERS, bool: st.booleans(), NoneType: st.none()}
PLAIN[Decimal] = st.decimals(allow_nan=False)


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value that has this type."""
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) is not None or isinstance(hint, UnionType):
        return any_combined(get_origin(hint), get_args(hint))
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    hints = get_type_hints(hint)
    return st.builds(hint, **{each.name: any_of(hints[each.name]) for each in fields(hint)})


def any_combined(origin: Any, parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Any value of a type that is made of others."""
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of([any_of(part) for part in parts])
    return any_mapping(parts[1]) if origin is Mapping else any_collection(origin, parts)


def any_mapping(hint: Any) -> st.SearchStrategy[Any]:
    """Any mapping of texts to values of a type, bare or in a cover."""
    found = DOCUMENTS if hint is object else st.dictionaries(TEXTS, any_of(hint), max_size=2)
    return found | found.map(MappingProxyType)


def any_collection(origin: Any, parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Any set or tuple."""
    if origin is frozenset:
        return st.frozensets(any_of(parts[0]), max_size=2)
    if origin is tuple and parts[1:] == (...,):
        return st.lists(any_of(parts[0]), max_size=2).map(tuple)
    assert origin is tuple
    return st.tuples(*map(any_of, parts))


def there_and_back(task: Task) -> Task:
    return record_codec.decode_task(record_codec.encode_created(task), record_codec.encode_updates(task))


def exactly(value: Any) -> Any:
    """A value with its types, so that 1 is not True and a tuple no list."""
    if is_dataclass(value):
        return type(value), [exactly(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, Mapping):
        return Mapping, [(exactly(name), exactly(part)) for name, part in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [exactly(part) for part in value]
    return type(value), value


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(task=any_of(Task))
def test_any_task_comes_back_as_it_was(task: Task) -> None:
    assert there_and_back(task) == task
    assert exactly(there_and_back(task)) == exactly(task)


BODIES = {
    "ark": {"content": [{"type": "text", "text": "a cat"}], "callback_url": "http://r.example/", "seed": 4},
    "powertokens": {"content": [{"type": "text", "text": "a cat --dur 4"}]},
    "agent-plan": {"content": [{"type": "text", "text": "a cat"}]},
    "powertokens-videos": {"media": [{"type": "text", "text": "a cat"}], "seconds": "5", "size": "720p"},
    "powertokens-kling": {"prompt": "猫", "mode": "pro"},
    "kling": {"prompt": "猫", "mode": "pro", "external_task_id": "mine", "multi": [{"a": [1, None]}]},
    "": {"prompt": "a cat", "duration": 5, "metadata": {"resolution": "720p", "nested": {"a": [1.5]}}},
}
ARK = "dreamina-seedance-2-0-260128"
MODELS = {
    "ark": ARK,
    "powertokens": ARK,
    "agent-plan": "doubao-seedance-2.0",
    "newapi": ARK,
    "orcarouter": f"byteplus/{ARK}",
    "easyrouter": "dreamina-seedance-2-0",
    "tokenbay": "seedance-2.0",
    "kling": "kling/kling-v3",
    "powertokens-videos": ARK,
    "powertokens-kling": "kling-v3",
}


def submitted(name: str) -> Submission:
    """What a dialect reads from an ordinary body."""
    body = {"model": MODELS[name], **BODIES.get(name, BODIES[""])}
    kind = {"content-type": "application/json"}
    call = DialectRequest(json.dumps(body, ensure_ascii=True).encode(), "sk-1", "http://127.0.0.1:7333", kind)
    return DIALECTS[name].submission(call)


@pytest.mark.parametrize("name", DIALECTS)
def test_whatever_a_dialect_submits_comes_back_as_every_outcome_makes_it(name: str) -> None:
    submission = submitted(name)
    model = catalogue.find(submission.model) or catalogue.of_family(submission.model)
    intent = understand(submission, model, submission.model, NO_EVIDENCE)
    for outcome in (SUCCESS, *STEERING_BY_NAME.values()):
        task = accept(
            intent,
            outcome,
            CreationContext(Dice(7), "0a0b0c0d", "sk-1", 3, T, lane="a|b", alias="task_b", notes=("n",)),
        )
        assert exactly(there_and_back(task)) == exactly(task)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_whatever_becomes_of_a_plan_comes_back(
    data: DataObject, lives: strategies.SearchStrategy[tuple[Plan, tuple[Fact, ...]]], make_task: Callable[..., Task]
) -> None:
    plan, facts = data.draw(lives)
    task = make_task(plan, callback_url="http://r.example/ä", facts=facts, published=len(facts))
    assert exactly(there_and_back(task)) == exactly(task)


@pytest.fixture
def grown_task(make_plan: Callable[..., Plan], make_task: Callable[..., Task]) -> Task:
    """Return a task with a value in every field."""
    transcript = Transcript("http://r.example/", {"Content-Type": "application/json"}, "{}", {"Server": "x"}, "ok")
    attempts = (DeliveryAttempt(T, 0.25, "status", 503, "no", transcript), DeliveryAttempt(T + 1, inf, "timeout"))
    delivery = Delivery(
        0, Status.RUNNING, T, "http://r.example/", T + 1, DeliveryState.FAILED, attempts, DeliveryOrder.SWAPPED
    )
    facts = (Started(T), Observed(T), Forced(T, Status.FAILED, Failure("Made", "made to fail")), Cancelled(T + 0.1))
    terms = GatewayPolicy(15.0, 86_400.0, frozenset({"failed", "succeeded"}), frozenset(), Bill(5, "7/3"))
    plan = make_plan(shown={"a": (1, [2.0])}, failure=Failure("a", "b"), rule="x", notes=("a",))
    task = make_task(
        plan, alias="task_a", facts=facts, published=3, deliveries=(delivery, replace(delivery, fault="f"))
    )
    own = MappingProxyType({"": [1], "b": b"\x00\xff", "n": -inf, "deep": MappingProxyType({"t": ()})})
    return replace(
        task, submission=replace(task.submission, terms=terms, own=own, parameters=replace(task.submission.parameters))
    )


def test_facts_deliveries_terms_and_odd_values_come_back(grown_task: Task) -> None:
    assert exactly(there_and_back(grown_task)) == exactly(grown_task)


def test_what_a_task_was_born_with_is_written_apart_from_what_became_of_it(
    make_task: Callable[..., Task], grown_task: Task
) -> None:
    changed = replace(grown_task, facts=(), published=0, deliveries=())
    assert record_codec.encode_created(changed) == record_codec.encode_created(grown_task)
    assert record_codec.encode_updates(changed) == record_codec.encode_updates(make_task()) == b"{}"
    assert record_codec.apply_updates(changed, record_codec.encode_updates(grown_task)) == grown_task
    assert record_codec.apply_updates(grown_task, b"{}") == changed
    assert record_codec.apply_updates(grown_task, b"{}").plan is grown_task.plan


def test_an_ordinary_task_takes_little_room(make_task: Callable[..., Task]) -> None:
    assert len(record_codec.encode_created(make_task())) < 800


def test_tasks_that_were_read_share_what_many_have_in_common(make_task: Callable[..., Task]) -> None:
    one, two = (there_and_back(make_task(id=name)) for name in ("cgt-1", "cgt-2"))
    assert one.plan.model is two.plan.model
    assert one.submission.key is two.submission.key
    assert one.submission.parameters is two.submission.parameters
    assert one.submission.terms is two.submission.terms


def test_a_field_that_nobody_knows_is_passed_over(make_task: Callable[..., Task]) -> None:
    task = make_task(facts=(Started(T),))
    born, grown = json.loads(record_codec.encode_created(task)), json.loads(record_codec.encode_updates(task))
    for document in (born, born["plan"], born["plan"]["picture"], grown, grown["facts"][0]):
        document["of_tomorrow"] = [{"is": "new"}]
    assert record_codec.decode_task(json.dumps(born).encode(), json.dumps(grown).encode()) == task


@pytest.mark.parametrize(
    ("born", "grown"),
    [
        (b"", b"{}"),
        (b"{}", b"{}"),
        (b"[]", b"{}"),
        (b"\xff\xfe", b"{}"),
        (None, b"{"),
        (None, b'{"facts":3}'),
        (None, b'{"facts":[{"is":"Unheard","at":1}]}'),
        (None, b'{"facts":[{"at":1}]}'),
        (None, b'{"facts":[{"is":"Forced","at":1,"status":"sleeping"}]}'),
        (None, b'{"deliveries":[[]]}'),
    ],
)
def test_bytes_that_are_no_task_are_refused(make_task: Callable[..., Task], born: bytes | None, grown: bytes) -> None:
    with pytest.raises(record_codec.CorruptRecord):
        record_codec.decode_task(record_codec.encode_created(make_task()) if born is None else born, grown)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize(
    "kind", [VirtualClock, Limits, LedgerEntry, Scenario, FaultRule, Conditions, KeyPolicy, Plan, Submission]
)
@given(data=st.data())
def test_any_value_of_a_world_comes_back_as_it_was(kind: type[Any], data: DataObject) -> None:
    value = data.draw(any_of(kind))
    assert exactly(record_codec.decode_value(kind, record_codec.encode_value(value))) == exactly(value)


@pytest.mark.parametrize("effect", KINDS, ids=lambda kind: kind.name)
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_effect_comes_back_as_its_own_class(effect: EffectKind, data: DataObject) -> None:
    rule = FaultRule("f", next(iter(effect.on)), Conditions(), data.draw(any_of(effect.value)))
    assert exactly(record_codec.decode_value(FaultRule, record_codec.encode_value(rule))) == exactly(rule)


def test_every_class_of_effects_is_told_apart() -> None:
    assert {kind.value for kind in KINDS} == set(get_args(FaultEffect))
    hurt = FaultRule("f", next(iter(KINDS[0].on)), Conditions(), AfterCommit(ResetConnection()))
    assert record_codec.decode_value(FaultRule, record_codec.encode_value(hurt)) == hurt


@pytest.mark.parametrize("name", builtin_names())
def test_every_built_in_scenario_comes_back_as_it_was_loaded(name: str) -> None:
    scenario = load_builtin(name)
    assert record_codec.decode_value(Scenario, record_codec.encode_value(scenario)) == scenario


def test_merged_scenarios_come_back_as_one() -> None:
    scenario = merged([load_builtin(name) for name in builtin_names()])
    assert record_codec.decode_value(Scenario, record_codec.encode_value(scenario)) == scenario


def test_a_clock_that_stands_and_money_to_the_last_digit_come_back() -> None:
    clock = VirtualClock(T, 12.5, 0.0, ClockMode.FROZEN)
    assert record_codec.decode_value(VirtualClock, record_codec.encode_value(clock)) == clock
    amount = Decimal("-0.000002000000000000000000000000001")
    entry = record_codec.decode_value(
        LedgerEntry, b'{"at":1,"key":"k","kind":"hold","amount":"%s"}' % str(amount).encode()
    )
    assert (entry.amount, record_codec.decode_value(LedgerEntry, record_codec.encode_value(entry))) == (amount, entry)


@settings(max_examples=60)
@given(
    document=st.dictionaries(
        TEXTS,
        st.recursive(
            LEAVES | st.binary(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.lists(inner, max_size=3).map(tuple)
                | st.dictionaries(TEXTS | st.integers(), inner, max_size=3)
            ),
        ),
        max_size=4,
    )
)
def test_any_event_comes_back_with_its_types(document: dict[str, Any]) -> None:
    assert exactly(record_codec.decode_event(record_codec.encode_event(document))) == exactly(document)


def test_two_halves_of_a_pair_of_surrogates_stay_two() -> None:
    assert record_codec.decode_event(record_codec.encode_event({"a": "\ud83d" + "\ude00", "b": "\U0001f600"})) == {
        "a": "\ud83d\ude00",
        "b": "\U0001f600",
    }


def test_what_cannot_be_written_is_said_and_not_guessed() -> None:
    with pytest.raises(TypeError, match="complex"):
        record_codec.encode_event({"a": 1j})
    with pytest.raises(TypeError, match="cannot be stored"):
        shape_of(complex | None)


@dataclass(frozen=True)
class _Alike:
    part: Mapping[str, str] | VirtualClock


def test_types_that_json_cannot_tell_apart_are_refused_before_anything_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {**stored_format.CLASSES, "_Alike": stored_format.Stored("_Alike", {"part": "part"})}
    monkeypatch.setattr(stored_format, "CLASSES", rows)
    with pytest.raises(TypeError, match="nothing tells the members"):
        record_codec.encode_value(_Alike({}))


def test_a_server_without_a_store_loads_no_database_and_makes_up_no_way_to_write() -> None:
    program = (
        "import sys, ark_emulator.server; from ark_emulator.stores.codec import dataclass_codec, record_codec;"
        "print(*sorted(sys.modules), len(record_codec._RECORDS), dataclass_codec.shape_of.cache_info().currsize)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "ark_emulator.runtime.engine" in loaded
    assert not {"ark_emulator.stores.sqlite.sqlite_store", "sqlite3"} & set(loaded)
    assert loaded[-2:] == ["0", "0"]
