"""Any document is either a scenario or rejected with diagnostics that point into it."""

import json
from typing import Any

from ark_emulator.core.scenario.matching import Rulebook
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.loading.diagnostics.caret_rendering import FORMATS
from ark_emulator.loading.diagnostics.diagnostics import CODES, ScenarioError
from ark_emulator.loading.loader import fault_from_object, scenario_from_object
from ark_emulator.loading.schema.documents import FaultDocument, OutcomeDocument, ScenarioDocument
from hypothesis import given, settings
from hypothesis import strategies as st

SCALARS = st.sampled_from(
    [
        *(None, True, False, 0, 1, 2, -1, 503, 10**25, 0.5, -2.5, "", "x", "*", "/a/", "/(/", "1s", "2s..1s", "50%"),
        *(
            "2kB/s",
            "forever",
            "reset",
            "queued",
            "running",
            "succeeded",
            "failed",
            "ServerOverloaded",
            "fetch",
            "create",
        ),
        *("live", "off", "t2v", "usage", "missing", "打斗"),
    ]
)
KEYS = st.sampled_from(
    [
        *(*ScenarioDocument.model_fields, *OutcomeDocument.model_fields, *FaultDocument.model_fields),
        *(
            "queued",
            "running",
            "succeeded",
            "polls",
            "median",
            "p99",
            "code",
            "message",
            "mode",
            "balance",
            "xyz",
            "<<",
        ),
    ]
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)
FAULTS = st.fixed_dictionaries(
    {"on": st.sampled_from(["create", "fetch", "list", "delete", "content", "download", "callback"])},
    optional=dict.fromkeys(list(FaultDocument.model_fields)[:12], SCALARS | ANYTHING),
)
STEPS = st.sampled_from(["queued", "running", "succeeded", "failed", "expired", "cancelled", {"running": "forever"}])
OUTCOMES = st.fixed_dictionaries(
    {"then": st.lists(STEPS | ANYTHING, max_size=4)},
    optional={"when": st.dictionaries(KEYS, ANYTHING, max_size=2), "name": SCALARS},
)
DOCUMENTS = ANYTHING | st.fixed_dictionaries(
    {}, optional={"outcomes": st.lists(OUTCOMES, max_size=3), "faults": st.lists(FAULTS, max_size=3), "clock": ANYTHING}
)


@settings(max_examples=200)
@given(DOCUMENTS)
def test_a_document_is_a_scenario_or_refused_at_places_within_it(document: Any) -> None:
    lines = json.dumps(document, ensure_ascii=False, indent=2).splitlines()
    try:
        found = scenario_from_object(document)
    except ScenarioError as error:
        assert error.complaints
        for complaint in error.complaints:
            assert complaint.code in CODES
            assert 1 <= complaint.place.line <= len(lines) and complaint.message
        assert all(form(error.complaints) for form in FORMATS.values())
    else:
        assert isinstance(found, Scenario)
        assert Rulebook(found.outcomes).rules == found.outcomes and Rulebook(found.faults).rules == found.faults


@settings(max_examples=200)
@given(FAULTS | ANYTHING)
def test_a_fault_is_a_rule_or_refused(document: Any) -> None:
    try:
        rule = fault_from_object(document)
    except ScenarioError as error:
        assert error.complaints
    else:
        assert Rulebook([rule]).concerns(rule.on)
