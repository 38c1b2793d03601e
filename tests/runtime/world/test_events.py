"""The events of a world: their documents, and the dashboard that reads them."""

import json
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from ark_emulator.core.task.values import Delivery, DeliveryAttempt, Status, Task, Transition
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.world import events
from ark_emulator.runtime.world.events import EVENT_TYPES, WorldEvent, attempt_event, field_names, transition_event
from ark_emulator.runtime.world.world import World, new_world
from ark_emulator.stores.codec import record_codec

from tests.support.tasks import PLAN, SUBMISSION

STATE = Path(__file__).parents[3] / "emulator" / "ark_emulator" / "web" / "static" / "state"
T = 1_790_000_000.0

DOCUMENTS: list[tuple[WorldEvent, str]] = [
    (events.TaskAccepted(at=T, task="a"), '{"at": 1790000000.0, "kind": "accepted", "task": "a"}'),
    (
        events.StatusChanged(at=T, task="a", status=Status.RUNNING),
        '{"at": 1790000000.0, "kind": "move", "task": "a", "status": "running"}',
    ),
    (
        events.LinkExpired(at=T, task="a", status=Status.SUCCEEDED),
        '{"at": 1790000000.0, "kind": "expiry", "task": "a", "status": "succeeded"}',
    ),
    (
        events.GatewayTimedOut(at=T, task="a", status=Status.FAILED),
        '{"at": 1790000000.0, "kind": "timeout", "task": "a", "status": "failed"}',
    ),
    (
        events.CallbackChanged(at=T, task="a", status=Status.QUEUED, result="delivered", attempt=2),
        '{"at": 1790000000.0, "kind": "callback", "task": "a", "status": "queued", "result": "delivered", '
        '"attempt": 2}',
    ),
    (
        events.CallbackChanged(at=T, task="a", status=Status.QUEUED, result="dropped"),
        '{"at": 1790000000.0, "kind": "callback", "task": "a", "status": "queued", "result": "dropped"}',
    ),
    (events.TaskErased(at=T, task="a"), '{"at": 1790000000.0, "kind": "erased", "task": "a"}'),
    (events.TaskDeleted(at=T, task="a"), '{"at": 1790000000.0, "kind": "deleted", "task": "a"}'),
    (
        events.RequestAnswered(
            at=T,
            number=1,
            method="GET",
            path="/x",
            status=200,
            task=None,
            dialect="ark",
            fault=None,
            took=0.25,
            attempt=1,
            first=1,
        ),
        '{"at": 1790000000.0, "kind": "exchange", "number": 1, "method": "GET", "path": "/x", "status": 200, '
        '"task": null, "dialect": "ark", "fault": null, "took": 0.25, "attempt": 1, "first": 1}',
    ),
    (
        events.ClockChanged(at=T, mode=ClockMode.FROZEN, now=T, speed=2.0),
        '{"at": 1790000000.0, "kind": "clock", "mode": "frozen", "now": 1790000000.0, "speed": 2.0}',
    ),
    (events.CallbackPauseChanged(at=T, paused=True), '{"at": 1790000000.0, "kind": "callbacks", "paused": true}'),
    (events.FaultsChanged(at=T, total=3), '{"at": 1790000000.0, "kind": "faults", "total": 3}'),
    (events.ScenarioChanged(at=T, name="n"), '{"at": 1790000000.0, "kind": "scenario", "name": "n"}'),
    (events.WorldReset(at=T), '{"at": 1790000000.0, "kind": "reset"}'),
    (events.EventsMissed(at=T, missed=4), '{"at": 1790000000.0, "kind": "resync", "missed": 4}'),
    (events.EventsMissed(at=T), '{"at": 1790000000.0, "kind": "resync"}'),
]


@pytest.fixture
def world() -> World:
    return new_world("w", seed=1, mode=ClockMode.FROZEN, start=T)


@pytest.mark.parametrize(("event", "document"), DOCUMENTS, ids=lambda each: getattr(each, "kind", ""))
def test_the_document_of_an_event(event: WorldEvent, document: str) -> None:
    assert json.dumps(event.document()) == document


def test_every_kind_of_event_is_checked() -> None:
    assert {type(event) for event, _ in DOCUMENTS} == set(EVENT_TYPES)
    assert len({each.kind for each in EVENT_TYPES}) == len(EVENT_TYPES)


@pytest.mark.parametrize(("event", "document"), DOCUMENTS, ids=lambda each: getattr(each, "kind", ""))
def test_a_stored_event_is_its_document(event: WorldEvent, document: str) -> None:
    stored = record_codec.decode_event(record_codec.encode_event({"by_time": True, "event": event.document()}))
    assert json.dumps(stored["event"]) == document


def test_an_event_cannot_be_changed() -> None:
    event = events.WorldReset(at=T)
    with pytest.raises(FrozenInstanceError):
        event.at = T + 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("move", events.StatusChanged), ("expiry", events.LinkExpired), ("timeout", events.GatewayTimedOut)],
)
def test_a_transition_has_an_event(kind: str, expected: type[WorldEvent]) -> None:
    event = transition_event("a", Transition(kind, T, Status.FAILED))
    assert type(event) is expected
    assert event.document() == {"at": T, "kind": kind, "task": "a", "status": "failed"}


def test_a_delivery_attempt_has_an_event() -> None:
    delivery = Delivery(0, Status.RUNNING, T, "http://receiver.example", T)
    event = attempt_event(Task("a", 0, SUBMISSION, PLAN), delivery, DeliveryAttempt(T + 1, 0.1, "timeout"))
    assert event == events.CallbackChanged(at=T + 1, task="a", status=Status.RUNNING, result="timeout", attempt=1)


def test_publish_delivers_the_document_to_listeners_log_and_journal(world: World) -> None:
    received: list[events.EventDocument] = []
    world.listeners.append(received.append)
    document = world.publish(events.FaultsChanged(at=T, total=1))
    assert received == [document] == [event for _, event in world.events.since(0)]
    assert world.journal.moves() == [{"after": 0, **document}]


def reducers() -> dict[str, set[str]]:
    """Return the kinds of event for which the dashboard has a reducer, with the fields that it destructures."""
    block = re.search(r"^const REDUCERS = \{$(.*?)^\};$", (STATE / "reducers.js").read_text("utf-8"), re.M | re.S)
    assert block is not None
    found = re.findall(r"^  ([a-z]+)\((?:\w+|\{[^}]*\})?(?:, (\w+|\{[^}]*\}))?\) \{", block[1], re.M)
    return {kind: set(re.findall(r"\w+", fields)) if "{" in fields else set() for kind, fields in found}


def test_the_dashboard_handles_every_kind_of_event() -> None:
    sync = (STATE / "sync.js").read_text("utf-8")
    elsewhere = set(re.findall(r'event\.kind === "([a-z]+)"', sync))
    assert elsewhere == {"reset", "resync"}
    assert reducers().keys() | elsewhere == {each.kind for each in EVENT_TYPES}


def test_the_dashboard_reads_fields_that_the_events_have() -> None:
    known = {each.kind: {"at", "kind", *field_names(each)} for each in EVENT_TYPES}
    assert {kind: fields - known[kind] for kind, fields in reducers().items() if fields - known[kind]} == {}
    text = (STATE / "reducers.js").read_text("utf-8")
    assert sum(map(len, reducers().values())) > 8
    assert set(re.findall(r"\bevent\.(\w+)", text)) <= known["exchange"]


def test_no_other_module_spells_out_the_document_of_an_event() -> None:
    package = STATE.parents[2]
    kinds = "|".join(each.kind for each in EVENT_TYPES)
    found = [
        str(path.relative_to(package))
        for part in ("runtime", "web")
        for path in (package / part).rglob("*.py")
        if re.search(rf'"kind": "({kinds})"', path.read_text("utf-8"))
    ]
    assert found == []
