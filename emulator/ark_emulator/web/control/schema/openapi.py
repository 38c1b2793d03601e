"""The OpenAPI description of the emulated Ark API and of the control API, made from the route table and the models."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from inspect import getdoc
from typing import Any, Final

from pydantic.json_schema import models_json_schema

import ark_emulator
from ark_emulator.dialects.powertokens.dialect import NAME as POWERTOKENS_NAME
from ark_emulator.web.control.schema import control_operations as control
from ark_emulator.web.control.schema.operation import Model, Models, OperationSpec, Query
from ark_emulator.web.emulated import ark_handlers

ark: Final = Models("ark_emulator.dialects.ark.response")

_REFERENCE: Final = "#/components/schemas/{model}"
_NAMED: Final = {"id": "an id", "world": "the API key of a world", "verb": "an unknown verb"}


_COUNT: Final = {"type": "integer", "minimum": 1, "maximum": 500}
_STATUSES: Final = {"type": "string", "enum": ["queued", "running", "succeeded", "failed", "expired", "cancelled"]}
_REFUSED: Final = dict.fromkeys((400, 401, 403, 404, 409, 413, 429, 503), ark.ErrorEnvelope)
_GATEWAY_REFUSED: Final = dict.fromkeys((*_REFUSED, 402), ark.PowerTokensRefusal)

ARK: Final[Mapping[Callable[..., Any], OperationSpec]] = {
    ark_handlers.create: OperationSpec(
        Model("ark_emulator.dialects.ark.request", "CreateTask"), {200: ark.TaskCreated, **_REFUSED}
    ),
    ark_handlers.fetch: OperationSpec(None, {200: ark.TaskObject, **_REFUSED}),
    ark_handlers.delete: OperationSpec(None, {200: ark.EmptyObject, **_REFUSED}),
    ark_handlers.models: OperationSpec(None, {200: ark.ModelList, **_REFUSED}),
    ark_handlers.listing: OperationSpec(
        None,
        {200: ark.TaskList, **_REFUSED},
        (
            Query("page_num", "which page", _COUNT),
            Query("page_size", "how many tasks a page has", _COUNT),
            Query("filter.status", "only tasks of this status", _STATUSES),
            Query(
                "filter.task_ids", "only these tasks; may be repeated", {"type": "array", "items": {"type": "string"}}
            ),
            Query("filter.model", "only tasks of this model or endpoint"),
            Query("filter.service_tier", "default or flex; flex tasks are listed only with this filter"),
        ),
    ),
}
"""The operations of Ark, by their handlers."""
POWERTOKENS: Final[Mapping[Callable[..., Any], OperationSpec]] = {
    handler: replace(each, answers={**each.answers, **_GATEWAY_REFUSED}) for handler, each in ARK.items()
}
"""The same operations at PowerTokens, which refuses some requests in its own words."""


def operation_of(route: Any) -> OperationSpec | None:
    """Return the description of a route, None where it has none."""
    known = POWERTOKENS if route.dialect == POWERTOKENS_NAME else ARK
    return known.get(route.handler) or control.OPERATIONS.get(route.handler)


def document(routes: Iterable[Any]) -> dict[str, Any]:
    """The description of those routes that have one: Ark's own and the control API."""
    described = [(route, each) for route in routes if (each := operation_of(route)) is not None]
    models = dict.fromkeys(model for _, each in described for model in _models(each))
    loaded: dict[Any, Model] = {model.load(): model for model in models}
    references, definitions = models_json_schema([(model, "validation") for model in loaded], ref_template=_REFERENCE)
    schemas = {loaded[model]: reference for (model, _), reference in references.items()}
    paths: dict[str, Any] = {}
    for route, each in described:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ark Emulator",
            "version": ark_emulator.__version__,
            "summary": "The emulated Ark video generation API, and the API that controls the emulator.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:7333"}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _models(each: OperationSpec) -> list[Model]:
    return [*([each.request] if each.request else []), *each.answers.values()]


def _operation(route: Any, each: OperationSpec, schemas: Mapping[Model, Any]) -> dict[str, Any]:
    emulated = route.handler in ARK
    about = (getdoc(route.handler) or "").split("\n\n")
    described: dict[str, Any] = {
        "operationId": _name(route),
        "summary": about[0].replace("\n", " "),
        "tags": ["ark" if emulated else "control"],
        "parameters": [*_path_parameters(route.path), *(_query_parameter(one) for one in each.query)],
        "responses": {
            str(status): {
                "description": getdoc(model.load()) or "",
                "content": {"application/json": {"schema": schemas[model]}},
            }
            for status, model in each.answers.items()
        },
    }
    if emulated:
        described["security"] = [{"key": []}]
    if each.request is not None:
        described["requestBody"] = {
            "required": emulated,
            "content": {"application/json": {"schema": schemas[each.request]}},
        }
    if each.takes_text:
        content = described.setdefault("requestBody", {"required": True, "content": {}})["content"]
        content["application/yaml"] = {"schema": {"type": "string"}}
    return described


def _name(route: Any) -> str:
    parts = [part.strip("{}_") for part in route.path.replace("/contents/generations", "").split("/") if part]
    return "_".join([route.method.lower(), *parts]).replace(".", "_")


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        {"name": name, "in": "path", "required": True, "description": _NAMED[name], "schema": {"type": "string"}}
        for name in names
    ]


def _query_parameter(one: Query) -> dict[str, Any]:
    return {"name": one.name, "in": "query", "required": False, "description": one.about, "schema": dict(one.schema)}
