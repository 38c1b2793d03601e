"""The published JSON Schema: the same as the documents, and consistent with the loader."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ark_emulator.data
import pytest
import yaml
from ark_emulator.core.scenario.effects import KINDS, Operation
from ark_emulator.loading.diagnostics.diagnostics import Diagnostics, ScenarioError
from ark_emulator.loading.loader import scenario_from_object
from ark_emulator.loading.schema.json_schema import ID, schema, text
from ark_emulator.loading.yaml.yaml_reader import read

FILE = Path(ark_emulator.data.__file__).parent / "scenario.schema.json"
SCENARIOS = Path(__file__).parents[3] / "scenarios"
SCHEMA = schema()
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
WORDS = {"$schema", "$id", "$defs", "title", "description", "default"}


def accepts(rule: dict[str, Any], value: Any) -> bool:
    """Return whether a value matches a JSON Schema, for the keywords that ours uses. KeyError for any other keyword."""
    return all(HOLDS[keyword](expected, value, rule) for keyword, expected in rule.items() if keyword not in WORDS)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def has_type(expected: str, value: Any) -> bool:
    return isinstance(value, TYPES[expected]) and (expected == "boolean" or not isinstance(value, bool))


def has_no_others(expected: Any, value: Any, rule: dict[str, Any]) -> bool:
    if not isinstance(value, dict) or expected is True:
        return True
    others = value.keys() - rule.get("properties", {}).keys()
    return not others if expected is False else all(accepts(expected, value[name]) for name in others)


HOLDS: dict[str, Callable[[Any, Any, dict[str, Any]], bool]] = {
    "$ref": lambda expected, value, _: accepts(SCHEMA["$defs"][expected.rpartition("/")[2]], value),
    "type": lambda expected, value, _: has_type(expected, value),
    "anyOf": lambda expected, value, _: any(accepts(each, value) for each in expected),
    "oneOf": lambda expected, value, _: sum(accepts(each, value) for each in expected) == 1,
    "const": lambda expected, value, _: value == expected and type(value) is type(expected),
    "enum": lambda expected, value, _: value in expected,
    "pattern": lambda expected, value, _: not isinstance(value, str) or re.search(expected, value) is not None,
    "minimum": lambda expected, value, _: not is_number(value) or value >= expected,
    "maximum": lambda expected, value, _: not is_number(value) or value <= expected,
    "exclusiveMinimum": lambda expected, value, _: not is_number(value) or value > expected,
    "exclusiveMaximum": lambda expected, value, _: not is_number(value) or value < expected,
    "minLength": lambda expected, value, _: not isinstance(value, str) or len(value) >= expected,
    "minItems": lambda expected, value, _: not isinstance(value, list) or len(value) >= expected,
    "maxItems": lambda expected, value, _: not isinstance(value, list) or len(value) <= expected,
    "minProperties": lambda expected, value, _: not isinstance(value, dict) or len(value) >= expected,
    "maxProperties": lambda expected, value, _: not isinstance(value, dict) or len(value) <= expected,
    "required": lambda expected, value, _: not isinstance(value, dict) or set(expected) <= value.keys(),
    "items": lambda expected, value, _: not isinstance(value, list) or all(accepts(expected, each) for each in value),
    "properties": lambda expected, value, _: (
        not isinstance(value, dict)
        or all(accepts(each, value[name]) for name, each in expected.items() if name in value)
    ),
    "additionalProperties": has_no_others,
}


def test_the_committed_schema_is_the_one_of_the_documents() -> None:
    assert FILE.read_text("utf-8") == text()


def test_the_schema_names_itself_and_its_language() -> None:
    assert (SCHEMA["$id"], SCHEMA["$schema"]) == (ID, "https://json-schema.org/draft/2020-12/schema")


def test_every_key_of_the_schema_has_a_description() -> None:
    documents = [SCHEMA, *(each for each in SCHEMA["$defs"].values() if each.get("additionalProperties") is False)]
    assert len(documents) >= 11
    for document in documents:
        for name, each in document["properties"].items():
            assert each.get("description"), (document["description"], name)


def test_the_schema_knows_every_effect_and_every_exchange() -> None:
    fault = SCHEMA["$defs"]["FaultDocument"]["properties"]
    assert {kind.name for kind in KINDS} <= fault.keys()
    assert set(fault["on"]["enum"]) == {on.value for on in Operation}


@pytest.mark.parametrize("path", sorted(SCENARIOS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_schema_accepts_every_built_in_scenario(path: Path) -> None:
    source = path.read_text("utf-8")
    assert accepts(SCHEMA, read(source, Diagnostics(str(path), source)))


def life(*steps: Any) -> dict[str, Any]:
    return {"outcomes": [{"then": list(steps)}]}


def fault(on: str, **keys: Any) -> dict[str, Any]:
    return {"faults": [{"on": on, **keys}]}


GOOD: list[dict[str, Any]] = [
    {},
    {"version": 1, "name": "x", "about": "y", "source": "z", "expects": ["a", "b"], "seed": 0},
    *({"clock": clock} for clock in ("live", {"mode": "frozen", "start": 5}, {"speed": 0.5})),
    *({"limits": limits} for limits in ("off", "individual", {"rpm": 1, "queued": 0})),
    {"keys": {"a": {}, "b": {"balance": 0.5, "models": "*", "status": "overdue"}}},
    {"timings": {"queued": 2, "running": "1s..2s"}},
    life("queued", {"running": {"polls": 1}}, {"succeeded": {"usage": 5, "expire": 1, "shown": {"a": None}}}),
    life({"queued": "forever"}),
    life({"queued": {"median": "1s", "p99": 9}}, {"failed": {"code": "X", "message": ""}}),
    {
        "outcomes": [
            {"name": "r", "when": {"mode": ["t2v"], "role": "last_frame", "chance": 0.5}, "then": ["queued", "failed"]}
        ]
    },
    {"outcomes": [{"refuse": "ServerOverloaded"}]},
    fault("fetch", header={"a": "*"}, nth=1, status=503, body=[1], headers={"a": "b"}, retry_after="1s"),
    *(fault("create", after_commit=reply) for reply in ("reset", 503, "30s", "1s..2s", {"median": 1, "p99": 2})),
    *(fault("fetch", drift=fields) for fields in ("usage", ["usage", "error"])),
    fault("download", drip="2kB/s", first=3),
    fault("callback", duplicate=2, every=2),
]
BAD: list[Any] = [
    [],
    {"versoin": 1},
    {"version": 2},
    {"version": "1"},
    {"seed": -1},
    {"seed": 1.5},
    {"seed": None},
    {"name": "a/b"},
    {"clock": "fast"},
    {"clock": {"speed": 0}},
    {"limits": {"rpm": 0}},
    {"keys": {"a": {"status": "old"}}},
    {"timings": {"queued": "2 seconds"}},
    life(),
    life("sucseeded"),
    life({"queued": "1s", "running": "1s"}),
    life({}),
    life({"failed": {"code": "X"}}),
    life({"queued": {"polls": 0}}),
    {"outcomes": [{"when": {"promt": "x"}, "then": ["queued", "failed"]}]},
    {"outcomes": [{"when": {"nth": 0}, "then": ["queued", "failed"]}]},
    {"outcomes": [{"then": ["queued", "failed"], "refuse": "X"}]},
    {"outcomes": [{}]},
    {"faults": [{"hang": True}]},
    fault("creat", hang=True),
    fault("fetch", hang=False),
    fault("fetch", status=99),
    fault("fetch", drip="2kB"),
    fault("fetch", key=[], hang=True),
    fault("callback", duplicate=1),
    fault("create", after_commit=5),
    fault("create", after_commit=2.5),
]


@pytest.mark.parametrize("document", GOOD, ids=str)
def test_what_the_loader_takes_the_schema_accepts(document: dict[str, Any]) -> None:
    scenario_from_object(document)
    assert accepts(SCHEMA, document)


@pytest.mark.parametrize("document", BAD, ids=str)
def test_mistakes_of_shape_are_refused_by_both(document: Any) -> None:
    with pytest.raises(ScenarioError):
        scenario_from_object(document)
    assert not accepts(SCHEMA, document)


def test_the_schema_is_json_that_yaml_reads_alike() -> None:
    assert yaml.safe_load(text()) == json.loads(text())
