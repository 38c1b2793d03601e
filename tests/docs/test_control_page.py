"""docs/control.md against the route table and the description of the control API.

`python tests/docs/test_control_page.py` regenerates the generated parts of the page.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from inspect import getdoc
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.dialects.newapi.traits import GATEWAYS
from ark_emulator.runtime.world.events import EVENT_TYPES, field_names
from ark_emulator.web.control.schema.control_models import Refused
from ark_emulator.web.control.schema.control_operations import OPERATIONS, WORLD
from ark_emulator.web.control.schema.operation import OperationSpec, Query
from ark_emulator.web.routes import ROUTES, Access, Route
from pydantic import BaseModel

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "control.md"
FRAME = re.compile(r"(<!-- (?P<what>emulated|control) -->\n).*?(<!-- end -->\n)", re.DOTALL)
RENEW = "run: python tests/docs/test_control_page.py"
BASES = {
    "ark": ("/api/v3", "/api/coding/v3"),
    "agent-plan": ("/api/plan/v3",),
    "powertokens": ("/byteplus/api/v3",),
}
MEANS = {
    "POST …/contents/generations/tasks": "creates a task",
    "GET …/contents/generations/tasks": "lists tasks, newest first",
    "GET …/contents/generations/tasks/{id}": "returns a task",
    "DELETE …/contents/generations/tasks/{id}": "cancels a queued task, deletes the record of a task that has ended",
    "POST …/contents/generations/tasks/{id}/{verb}": "returns the service's error for an unknown verb",
    "OPTIONS …/contents/generations/tasks": "answers CORS preflight requests",
    "OPTIONS …/contents/generations/tasks/{id}": "answers CORS preflight requests",
    "GET …/models": "lists the models",
    "GET …/models/{id}": "returns a model",
    "POST …/video/generations": "creates a task, in new-api's format",
    "POST …/videos": "creates a task, in OpenAI's format",
    "GET …/video/generations/{id}": "returns a task, in new-api's format",
    "GET …/videos/{id}": "returns a task, in OpenAI's format",
    "GET …/videos/{id}/content": "downloads the clip",
    "POST …/videos/{id}/remix": "returns new-api's error for a remix",
    "GET …/tasks/{id}": "returns a task; only at PowerTokens",
    "GET …/balance": "returns the remaining balance of the key; only at PowerTokens",
    "POST …/kling/v1/videos/{endpoint}": "creates a Kling task, in Kling's format",
    "GET …/kling/v1/videos/{endpoint}/{id}": "returns a Kling task, in Kling's format",
    "OPTIONS …/{tail}": "answers CORS preflight requests",
    "any …/{tail}": "returns the gateway's error for an unknown path; below `/api/plan/v3`, 404 with an empty body",
    "any …": "returns the gateway's error for an unknown path",
    "GET /": "redirects browsers to the dashboard; other clients get the error for an unknown path",
    "GET /{family}/{object}": "downloads a clip, a 3D file or a last frame by its signed link",
    "HEAD /{family}/{object}": "the same without the body",
    "any /{family}/{object}": "returns the storage's error for other methods",
    "GET /ark-async-gateway/{family}/{task}/{object}": "downloads a 3D file of Hyper3D or Hitem3D by its signed link",
    "HEAD /ark-async-gateway/{family}/{task}/{object}": "the same without the body",
    "any /ark-async-gateway/{family}/{task}/{object}": "returns the storage's error for other methods",
    "GET /{family}/{object}/{file}": "downloads a last frame that is a JPEG by its signed link",
    "HEAD /{family}/{object}/{file}": "the same without the body",
    "any /{family}/{object}/{file}": "returns the storage's error for other methods",
}
"""What the emulated routes do, by method and path; the base stands as an ellipsis."""


def plain(path: str) -> str:
    """The path of a route with the names of its parts alone: `{tail:.*}` is `{tail}`."""
    return re.sub(r"\{([a-z]+):(?:[^{}])*\}", r"{\1}", path)


def based(route: Route) -> tuple[str, str]:
    """The base of an emulated route, and the rest of its path."""
    path = plain(route.path)
    if "/kling/v1/" in path:
        return path.partition("/kling/")[0] or "/", "…/kling/" + path.partition("/kling/")[2]
    gateways = [f"/{name}/v1" for name in (*GATEWAYS, "powertokens")] + ["/v1"]
    for base in (*(base for bases in BASES.values() for base in bases), *gateways):
        if path == base or path.startswith(f"{base}/"):
            return base, "…" + path.removeprefix(base)
    return "", path


def emulated() -> Iterator[str]:
    """The table of the emulated routes: those of different bases in one row."""
    rows: dict[str, list[str]] = {}
    struck: dict[str, str] = {}
    for route in ROUTES:
        if not route.is_control:
            base, rest = based(route)
            name = f"{'any' if route.method == '*' else route.method} {rest}"
            rows.setdefault(name, []).append(base)
            struck[name] = f"`{route.fault_point}`" if route.fault_point else ""
    yield from ("", "| request | `…` is | what it does | `on` of a fault |", "|---|---|---|---|")
    for name, bases in rows.items():
        told = ", ".join(f"`{base}`" for base in dict.fromkeys(bases) if base)
        yield f"| `{name}` | {told} | {MEANS[name]} | {struck[name]} |".replace("|  |", "| |").replace("|  |", "| |")
    yield ""


def kind_of(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> str:
    """What a field takes, in a few words; `shapes` are those that others refer to."""
    if "anyOf" in schema:
        return " or ".join(kind_of(each, shapes) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema or "const" in schema:
        return " ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    if "$ref" in schema:
        names = shapes[schema["$ref"].rpartition("/")[2]]["properties"]
        return f"object with {' '.join(f'`{name}`' for name in names)}"
    words = {"array": "list", "number": "number", "boolean": "true or false"}
    kind = words.get(schema.get("type", ""), schema.get("type"))
    if "items" in schema and (inner := kind_of(schema["items"], shapes)):
        kind = f"list of {inner}".replace("list of object ", "list of objects ")
    bounds = [
        f"{word} {schema[key]:g}"
        for key, word in (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"))
        if key in schema
    ]
    return " ".join([kind or "anything", *bounds])


def fields_of(model: type[BaseModel]) -> str:
    """The fields that a body takes: name, kind, and whether it has to be there."""
    schema = model.model_json_schema()
    told = []
    for name, field in schema.get("properties", {}).items():
        needed = ", required" if name in schema.get("required", ()) else ""
        told.append(f"`{name}` ({kind_of(field, schema.get('$defs', {}))}{needed})")
    return ", ".join(told)


def answer_of(model: type[BaseModel]) -> str:
    """What an answer has: its keys and what it is."""
    names = " ".join(f"`{name}`" for name in model.model_fields)
    return f"{names}. {on_one_line(getdoc(model) or '')}".removeprefix(". ")


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def about(route: Route) -> str:
    """What the docstring of a handler says the route does."""
    text = on_one_line(getdoc(route.handler) or "")
    found = re.match(r"`[A-Z]+ [^`]+`: ", text)
    rest = text[found.end() :] if found else text
    return rest[:1].upper() + rest[1:]


def section(route: Route) -> Iterator[str]:
    """One control route: what it does, takes and answers."""
    yield from (f"### {route.method} {plain(route.path)}", "", about(route), "")
    operation: OperationSpec | None = OPERATIONS.get(route.handler)
    if operation is None:
        return
    if queries := [query_row(query) for query in operation.query if query is not WORLD]:
        yield f"- query: {', '.join(queries)}"
    if operation.request is not None:
        yield f"- body: {fields_of(operation.request.load())}. {on_one_line(getdoc(operation.request.load()) or '')}"
    for status, model in operation.answers.items():
        if model.load() is not Refused:
            yield f"- {status}: {answer_of(model.load())}"
    yield ""


def query_row(query: Query) -> str:
    return f"`{query.name}` ({query.about})"


def control() -> Iterator[str]:
    """Every control route."""
    yield ""
    for route in ROUTES:
        if route.is_control:
            yield from section(route)


def renewed(page: str) -> str:
    """The page with its generated parts as they should be."""
    made = {"emulated": emulated, "control": control}
    return FRAME.sub(lambda found: found[1] + "\n".join(made[found["what"]]()) + "\n" + found[3], page)


def codes() -> set[str]:
    """Return every error code of the control API, read from the calls that create a `ControlRefusal`."""
    found = set()
    for path in (ROOT / "emulator" / "ark_emulator" / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="ControlRefusal"), args=[_, ast.Constant(value=str(code)), *_]):
                    found.add(code)
    return found


def test_the_page_has_every_route_as_it_is() -> None:
    page = PAGE.read_text("utf-8")
    assert page == renewed(page), RENEW
    assert page.count("\n### ") == sum(route.is_control for route in ROUTES)


@pytest.mark.parametrize("route", [each for each in ROUTES if each.is_control], ids=lambda each: each.path)
def test_every_control_route_is_described(route: Route) -> None:
    assert len(about(route)) > 10, "its docstring is on the page: say there what it does"


def test_exactly_the_emulated_routes_are_described() -> None:
    known = {f"{'any' if route.method == '*' else route.method} {based(route)[1]}" for route in ROUTES}
    assert known >= MEANS.keys()


def test_every_error_code_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    assert len(codes()) > 20
    told = {"bad_…" if code.startswith("bad_") else code for code in codes()}
    assert sorted(code for code in told if f"`{code}`" not in page) == []


def table_of_events() -> dict[str, set[str]]:
    """The kinds in the table of events, each with the keys that it lists besides those that every event has."""
    section = PAGE.read_text("utf-8").partition("## Events")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z]+)` \|[^|]*\|([^|]*)\|$", section, re.MULTILINE)
    return {kind: set(re.findall(r"`([a-z]+)`", keys)) for kind, keys in rows}


def test_the_table_of_events_has_every_kind_with_its_keys() -> None:
    assert table_of_events() == {each.kind: set(field_names(each)) - {"task"} for each in EVENT_TYPES}


def test_the_page_lists_the_routes_that_need_no_token() -> None:
    (line,) = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("- Open without it: ")]
    assert set(re.findall(r"`([^`]+)`", line)) == {
        plain(route.path) for route in ROUTES if route.access is Access.CONTROL_OPEN
    }


def test_the_storage_is_asked_by_three_paths() -> None:
    assert {plain(route.path) for route in ROUTES if route.access is Access.SIGNED_LINK} == {
        "/{family}/{object}",
        "/ark-async-gateway/{family}/{task}/{object}",
        "/{family}/{object}/{file}",
    }


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
