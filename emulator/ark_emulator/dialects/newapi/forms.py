"""Convert the fields of a form to the document of a submit, as new-api does or as a client intends."""

import re
from collections.abc import Sequence
from typing import Any, Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.dialects.base import read_json
from ark_emulator.dialects.newapi.decoding import form_number, json_type, lenient_object
from ark_emulator.dialects.newapi.form_parser import FormField, is_nested, nested_document
from ark_emulator.dialects.newapi.traits import Traits

DECODED: Final = (
    *("prompt", "mode", "image", "images", "size", "duration", "seconds", "metadata", "model", "input_reference"),
)
"""The fields at the top level that a gateway may read."""
_PLAIN: Final = frozenset(DECODED) - {"seconds", "metadata"}
"""The fields of a form that do not become metadata; `seconds` and `metadata` do, without effect (new-api source)."""
_IMAGES: Final = ("image", "images", "input_reference")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def document_of(form: Sequence[FormField], media: str, traits: Traits) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the document of a form, and the metadata that applies if the document has none."""
    fields = [each for each in form if traits.files or not each.file]
    if traits.form == "merged":
        return _merged(fields, traits), {}
    nested = [each for each in fields if is_nested(each.name)] if traits.nested_form else []
    document, flat = _decoded([each for each in fields if not is_nested(each.name)] if nested else fields)
    if "urlencoded" in media.lower():
        flat = {}
    if not nested:
        return document, flat
    built = nested_document((each.name, each.value) for each in nested)
    inner = built.pop("metadata", None)
    flat |= {name: built.pop(name) for name in tuple(built) if name not in DECODED}
    if isinstance(inner, dict):
        given = lenient_object(document.pop("metadata", None))
        flat = {**(flat if given is None else given), **inner}
    return {**document, **built}, flat


def _decoded(fields: Sequence[FormField]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the document that Go makes of a form, and its unknown fields, with numbers converted.

    A field that occurs once is a text, a repeated field a list, whatever type is expected. A file, which is present
    only if files count, is an image.
    """
    values: dict[str, list[str]] = {}
    for each in fields:
        if not each.file:
            values.setdefault(each.name, []).append(each.value)
    document: dict[str, Any] = {name: found[0] if len(found) == 1 else found for name, found in sorted(values.items())}
    if files := [each.value for each in fields if each.file and each.name in _IMAGES]:
        document["images"] = files
    return document, {name: form_number(found[0]) for name, found in values.items() if name not in _PLAIN}


def _merged(fields: Sequence[FormField], traits: Traits) -> dict[str, Any]:
    """Return one document of all fields of a form. Unknown fields become metadata, with numbers converted."""
    plain: dict[str, Any] = {}
    nested: list[tuple[str, Any]] = []
    promoted: dict[str, Any] = {}
    for each in fields:
        if is_nested(each.name) and traits.nested_form:
            nested.append((each.name, each.value))
        elif each.name == "images":
            plain.setdefault("images", []).append(each.value)
        elif each.file and each.name == "input_reference":
            plain.setdefault("image", each.value)
        elif each.name in DECODED:
            plain[each.name] = _whole(each.value) if each.name == "duration" else each.value
        elif not each.file:
            promoted[each.name] = _number(each.value)
    built = nested_document(nested)
    given = _given_metadata(plain.get("metadata"), traits)
    inner = built.pop("metadata", None)
    unknown = {name: built.pop(name) for name in tuple(built) if name not in DECODED}
    metadata = {**unknown, **promoted, **given, **(inner if isinstance(inner, dict) else {})}
    return {**plain, **built, "metadata": metadata}


def _given_metadata(text: str | None, traits: Traits) -> dict[str, Any]:
    if not text:
        return {}
    if traits.reading == "source":
        return lenient_object(text) or {}
    found = read_json(text.encode(), lambda _: _no_object(text))
    if not isinstance(found, dict):
        raise _no_object(found)
    return found


def _no_object(found: object) -> Refusal:
    return Refusal("gateway.wrong_type", field="metadata", got=json_type(found), expected="map[string]interface {}")


def _whole(text: str) -> int | str:
    """Return a whole number; any other text unchanged, which then has the wrong type."""
    try:
        return int(text)
    except ValueError:
        return text


def _number(text: str) -> int | float | str:
    if _NUMBER.fullmatch(text) is None:
        return text
    return float(text) if "." in text else int(text)
