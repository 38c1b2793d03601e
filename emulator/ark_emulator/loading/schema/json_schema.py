"""The JSON Schema of scenario files, made from the documents and stored as a data file."""

import json
from typing import Any, Final

from ark_emulator.core.time.clock import SLOWEST
from ark_emulator.loading.schema.documents import ScenarioDocument

ID: Final = "urn:ark-emulator:scenario:1"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_NULL: Final = {"type": "null"}


def schema() -> dict[str, Any]:
    """Return the schema. An optional key may not be null, as in the files themselves."""
    made = _tidy(ScenarioDocument.model_json_schema())
    return {"$schema": DIALECT, "$id": ID, **made, "title": "Ark Emulator scenario"}


def text() -> str:
    """Return the schema as it is stored in `emulator/ark_emulator/data/scenario.schema.json`."""
    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    return text.replace(repr(SLOWEST), f"{SLOWEST:f}")  # to YAML 1.1, which editors read it as, 1e-06 is no number


def _tidy(node: Any) -> Any:
    """Return the schema without nulls, null defaults and generated titles."""
    if isinstance(node, list):
        return [_tidy(item) for item in node if item != _NULL]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _named(value) if key in ("properties", "$defs") else _tidy(value)
        for key, value in node.items()
        if key != "title" and not (key == "default" and value is None)
    }
    choices = kept.get("anyOf")
    if isinstance(choices, list) and len(choices) == 1:
        del kept["anyOf"]
        kept = {**choices[0], **kept}
    return kept


def _named(mapping: dict[str, Any]) -> dict[str, Any]:
    return {name: _tidy(value) for name, value in mapping.items()}
