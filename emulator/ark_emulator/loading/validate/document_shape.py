"""Validate a part of a document against its model, and turn pydantic's errors into diagnostics with our own codes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ark_emulator.loading.diagnostics.diagnostics import CODES, Diagnostics, Path, did_you_mean
from ark_emulator.loading.schema.documents import (
    ClockDocument,
    ConditionsDocument,
    Document,
    FailureDocument,
    FaultDocument,
    KeyDocument,
    LimitsDocument,
    OutcomeDocument,
    StepDocument,
    SucceededDocument,
    TimingsDocument,
)
from ark_emulator.loading.schema.duration_syntax import kind_of
from ark_emulator.loading.validate.prune import pruned

Model = TypeVar("Model", bound=Document)

_UNDER: Final[Mapping[str, type[Document]]] = {
    "clock": ClockDocument,
    "limits": LimitsDocument,
    "keys": KeyDocument,
    "timings": TimingsDocument,
    "outcomes": OutcomeDocument,
    "when": ConditionsDocument,
    "then": StepDocument,
    "succeeded": SucceededDocument,
    "failed": FailureDocument,
    "faults": FaultDocument,
}
"""The document under a key, also of the items in a list or mapping there."""

_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "finite_number": "a finite number",
}
_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
    "too_short": ("min_length", "as long as"),
    "too_long": ("max_length", "no longer than"),
    "string_too_short": ("min_length", "as long as"),
}
_IN_PLACE: Final[Mapping[type[Document], Mapping[str, str]]] = {FaultDocument: {"on": "fetch"}}
"""The replacement for a required key that is invalid."""
_WORD: Final = re.compile(r"'([^']*)'")
_FREE: Final = ("body", "shown")
"""Keys with arbitrary values, null included."""


@dataclass(frozen=True, slots=True)
class Piece(Generic[Model]):
    """The valid part of a document as its model; `lost` are the paths in it that were invalid and removed.

    Each of these was reported. Anything reported about the rest must be true for any value of the lost parts.
    """

    document: Model
    lost: frozenset[Path] = frozenset()

    @property
    def whole(self) -> bool:
        """True when nothing of it was invalid."""
        return not self.lost


def without_nulls(data: Any, complaints: Diagnostics, path: Path = ()) -> Any:
    """Return the data without the keys that have no value, each of which is reported."""
    if isinstance(data, list):
        return [without_nulls(item, complaints, (*path, place)) for place, item in enumerate(data)]
    if not isinstance(data, dict):
        return data
    kept = {}
    for key, value in data.items():
        if key in _FREE:
            kept[key] = value
        elif value is None:
            complaints.about_key((*path, key), "SC104", f"'{key}' has no value", "remove the key")
            complaints.empty[path[:2]].add((*path[2:], key))
        else:
            kept[key] = without_nulls(value, complaints, (*path, key))
    return kept


def validated(model: type[Model], data: Any, path: Path, complaints: Diagnostics) -> Piece[Model] | None:
    """Return the part of the document at `path` as its model; what does not have the shape is reported.

    None when nothing of it can be used.
    """
    lost = frozenset(complaints.empty.get(path, ()))
    try:
        return Piece(model.model_validate(data), lost)
    except ValidationError as error:
        found = error.errors(include_url=False)
    for each in found:
        _complain(each, data, path, model, complaints)
    left, taken = pruned(data, (_located(each["loc"], data) for each in found))
    for key, word in _IN_PLACE.get(model, {}).items():
        if isinstance(left, dict) and key not in left:
            left[key] = word
            taken |= {(key,)}
    try:
        return Piece(model.model_validate(left), lost | taken)
    except ValidationError:
        return None


def _complain(error: ErrorDetails, data: Any, path: Path, model: type[Document], complaints: Diagnostics) -> None:
    place = (*path, *_located(error["loc"], data))
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        complaints.about_key(place, "SC101", f"unknown key '{key}'", _suggestion(key, place, path, model))
    elif kind == "missing":
        complaints.missing(place, "SC102", f"the key '{error['loc'][-1]}' is missing")
    elif kind in CODES:
        complaints.about(place, kind, context["message"], context["hint"])
    elif kind == "literal_error" and not isinstance(value, (dict, list)):
        words = _WORD.findall(context["expected"]) or [context["expected"]]
        hint = did_you_mean(value, words) if isinstance(value, str) else ""
        complaints.about(place, "SC103", f"{_quoted(value)} is not one of {', '.join(words)}", hint)
    elif kind in _BOUNDS:
        name, words_of_it = _BOUNDS[kind]
        complaints.about(place, "SC105", f"this must be {words_of_it} {context[name]:g}")
    elif kind == "model_type" and (words_too := _words_too(place)):
        complaints.about(place, "SC104", f"expected {words_too}, not {kind_of(value)}")
    else:
        expected = _EXPECTED.get(kind, "a text")
        complaints.about(place, "SC104", f"expected {expected}, not {kind_of(value)}", _quotes(kind, value))


def _located(loc: tuple[int | str, ...], data: Any) -> Path:
    """Return the error's place as keys and indices of the data: without the names of models tried, and of missing
    parts.
    """
    found: list[int | str] = []
    for part in loc:
        known = range(len(data)) if isinstance(data, list) else data if isinstance(data, dict) else ()
        if part in known:
            data = data[part]
            found.append(part)
    return tuple(found)


def _suggestion(key: str, place: Path, root: Path, model: type[Document]) -> str:
    """Return what an unknown key may have been meant to be, by the document that it is in."""
    above = [part for part in place[len(root) : -1] if isinstance(part, str)]
    document = next((_UNDER[part] for part in reversed(above) if part in _UNDER), model)
    if document is FaultDocument and key in ("when", "then"):
        return "put the conditions and the effect of a fault next to 'on'"
    if document is OutcomeDocument and key in ConditionsDocument.model_fields:
        return f"put it under 'when': when: {{{key}: ...}}"
    if document is ConditionsDocument and key in ("then", "refuse"):
        return f"put '{key}' next to 'when', not in it"
    known = list(document.model_fields)
    return did_you_mean(key, known) or f"known keys: {', '.join(known)}"


def _words_too(place: Path) -> str:
    """Return what is accepted at a place that accepts a mapping or a word."""
    last = next((part for part in reversed(place) if isinstance(part, str)), "")
    return {
        "then": "a step: one word, or a mapping like {queued: 2s}",
        "failed": "an error code, or a mapping {code, message}",
        "clock": "a mode, or a mapping",
        "limits": "off, individual, enterprise, or a mapping",
    }.get(last, "")


def _quotes(kind: str, value: Any) -> str:
    is_bare = isinstance(value, (bool, int, float))
    return "put it in quotes" if kind == "string_type" and is_bare else ""


def _quoted(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)
