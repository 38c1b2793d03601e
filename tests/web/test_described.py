"""Requests made from our own description: no error of ours, and no answer outside of what is described."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.dialects.ark.request import CreateTask
from ark_emulator.web.control.schema.openapi import document, operation_of
from ark_emulator.web.control.schema.operation import OperationSpec
from ark_emulator.web.routes import ROUTES, Route
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DESCRIBED = [route for route in ROUTES if operation_of(route) is not None]
SCHEMAS = document(ROUTES)["components"]["schemas"]
WORDS = [
    "16:9",
    "adaptive",
    "720p",
    "flex",
    "mp4",
    "first_frame",
    "reference_image",
    "https://example.com/a.png",
    "live",
]
KEYS = st.sampled_from(["Bearer sk-test", "sk-bare", "Basic eDp5", ""])
MODELS = ["dreamina-seedance-2-0-260128", "doubao-seedance-2-5-260628", "seedance-1-0-pro-250528"]


@pytest.fixture(scope="module")
def client(threaded: Any) -> Any:
    with httpx.Client(
        base_url=threaded(mode=ClockMode.FROZEN).url, headers={"Authorization": "Bearer sk-test"}
    ) as made:
        text = [{"type": "text", "text": "a cat"}]
        created = made.post("/api/v3/contents/generations/tasks", json={"model": MODELS[0], "content": text})
        made.task = created.json()["id"]  # type: ignore[attr-defined]
        yield made


def described(route: Route) -> OperationSpec:
    found = operation_of(route)
    assert found is not None
    return found


def bodies(route: Route) -> st.SearchStrategy[Any]:
    """Bodies that the description allows, often with a model that exists, and some that it does not allow."""
    request = described(route).request
    if request is None:
        return st.none()
    allowed = documents({"$ref": f"#/components/schemas/{request.name}"})
    if request.load() is CreateTask:
        allowed = st.builds(lambda body, model: {**body, "model": model}, allowed, st.sampled_from(MODELS))
    return st.one_of(allowed, allowed, st.dictionaries(st.text(max_size=5), st.integers()), st.integers())


def documents(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:  # noqa: PLR0911  one for each kind of schema
    """Documents of a schema, as far as our own schemas go."""
    if "$ref" in schema:
        return st.deferred(lambda: documents(SCHEMAS[schema["$ref"].rpartition("/")[2]]))
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return st.one_of([documents(each) for each in schema[choice]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            fields = {name: documents(each) for name, each in schema.get("properties", {}).items()}
            needed = set(schema.get("required", ()))
            optional = {name: each for name, each in fields.items() if name not in needed}
            return st.fixed_dictionaries({name: fields[name] for name in needed}, optional=optional)
        case "array":
            return st.lists(documents(schema.get("items", {})), max_size=4)
        case "string":
            return st.text(min_size=schema.get("minLength", 0), max_size=20) | st.sampled_from(WORDS)
        case "integer":
            return st.integers()
        case "number":
            return st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 100)
        case "boolean":
            return st.booleans()
        case _:
            return st.none()


def queries(route: Route) -> st.SearchStrategy[dict[str, str]]:
    """Values for some of the query parameters, of the kind described or not."""
    names = [each.name for each in described(route).query if each.name != "world"]
    values = st.text(max_size=8) | st.integers(-5, 600).map(str) | st.sampled_from(["queued", "flex", "pending"])
    return st.dictionaries(st.sampled_from(names), values, max_size=3) if names else st.just({})


@pytest.mark.parametrize("route", DESCRIBED, ids=lambda route: f"{route.method} {route.path}")
def test_every_answer_is_one_of_those_described(client: httpx.Client, route: Route) -> None:
    operation = described(route)

    named = st.text(min_size=1).filter(lambda name: name not in (".", ".."))  # those never leave a client

    @given(body=bodies(route), query=queries(route), name=st.sampled_from(["x", client.task]) | named, key=KEYS)  # type: ignore[attr-defined]
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(body: Any, query: dict[str, str], name: str, key: str) -> None:
        headers = {"Authorization": key} if route.dialect == "powertokens" else {}
        path = route.path.replace("{id}", quote(name, safe="")).replace("{verb}", "cancel")
        answer = client.request(route.method, path, params=query, json=body, headers=headers)
        assert answer.status_code < 500 or answer.status_code in operation.answers, answer.text
        shape = operation.answers.get(answer.status_code)
        assert shape is not None, f"{answer.status_code} is not described: {answer.text[:200]}"
        shape.load().model_validate_json(answer.content)

    ask()
