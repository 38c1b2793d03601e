"""A new-api submit as it comes over the wire, and what is made of it before any upstream is asked.

The checks keep the order of the real thing: the body, its model, the types of its fields, the prompt, the length.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from emulator.core.errors import Refusal
from emulator.dialects.base import MOST_ITEMS, Call, read_json
from emulator.dialects.newapi_traits import Traits
from emulator.dialects.openai import BadForm, Field, form, is_nested, tree

LONGEST: Final = 3600
"""Seconds; the most that a submit may ask for at the top level (new-api source)."""
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")
_FIELDS: Final[Mapping[str, tuple[type, str]]] = {
    "prompt": (str, "string"),
    "mode": (str, "string"),
    "image": (str, "string"),
    "images": (list, "[]string"),
    "size": (str, "string"),
    "duration": (int, "int"),
    "seconds": (str, "string"),
    "metadata": (dict, "map[string]interface {}"),
}
"""The top-level fields that are read, each with its type and Go's word for it; anything else is passed over."""
_GO: Final[Mapping[type, str]] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "bool",
    list: "array",
    dict: "object",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A submit whose body could be read: a JSON document, or the fields of a form."""

    document: Mapping[str, Any]
    form: tuple[Field, ...] = ()

    @property
    def model(self) -> str:
        """The model it names, empty when it names none."""
        named = self.document.get("model")
        return named if isinstance(named, str) else ""


NOTHING: Final = Opened({})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a submit asks for at its top level, and the metadata that goes on to the upstream.

    `seconds` is the length that was asked for at the top level, None when none was. `images` are in their order.
    `mode` and `size` are read for upstreams that know such; Ark does not.
    """

    model: str
    prompt: str
    images: tuple[str, ...]
    seconds: int | None
    metadata: Mapping[str, Any]
    mode: str = ""
    size: str = ""

    @property
    def content(self) -> Sequence[Any]:
        """The multimodal items of the metadata; whatever is no list counts as none."""
        found = self.metadata.get("content")
        return found if isinstance(found, list) else ()


def opened(call: Call) -> Opened:
    """The body of a submit. A body that is neither JSON nor a form is not read. Raises Refusal."""
    kind = call.headers.get("content-type", "").strip()
    media = kind.partition(";")[0].strip().lower()
    if media in _FORMS:
        try:
            fields = form(call.body, kind)
        except BadForm as bad:
            raise Refusal("gateway.form", reason=bad) from None
        return Opened({field.name: field.value for field in fields if field.name == "model"}, fields)
    if media != "application/json":
        return NOTHING
    document = read_json(call.body or b"{}", lambda reason: Refusal("http.json", reason=reason))
    if not isinstance(document, dict):
        raise Refusal("http.not_an_object")
    return Opened(document)


def wished(submit: Opened, traits: Traits) -> Wish:
    """What the submit asks for. Raises Refusal for the first thing wrong with it, the model excepted."""
    document = _of_form(submit.form, traits) if submit.form else dict(submit.document)
    metadata = document.get("metadata")
    if isinstance(metadata, str):
        document["metadata"] = read_json(metadata.encode(), lambda _: _wrong_type("metadata", metadata))
    document = _bounded(document)
    for name, value in document.items():
        _check_type(name, value)
    metadata = _bounded(document.get("metadata") or {})
    metadata.pop("model", None)
    images = tuple(document.get("images") or ()) or tuple(filter(None, [document.get("image") or _reference(document)]))
    mode, size = document.get("mode") or "", document.get("size") or ""
    wish = Wish(submit.model, document.get("prompt") or "", images, None, metadata, mode, size)
    _check_prompt(wish, traits)
    return replace(wish, seconds=_seconds(document, traits))


def _bounded(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document, its lists cut off behind the element for which the upstream refuses them."""
    most = MOST_ITEMS + 1
    return {name: value[:most] if isinstance(value, list) else value for name, value in document.items()}


def check_model(submit: Opened) -> str:
    """The model a submit names. Raises Refusal when it names none."""
    named = submit.document.get("model")
    if named is not None and not isinstance(named, str):
        raise Refusal("gateway.model_type")
    if not named:
        raise Refusal("gateway.model_missing")
    return named


def _check_type(name: str, value: object) -> None:
    expected = _FIELDS.get(name)
    if value is None or expected is None:
        return
    if not isinstance(value, expected[0]) or isinstance(value, bool):
        raise _wrong_type(name, value)
    for each in value if isinstance(value, list) else ():
        if not isinstance(each, str):
            raise Refusal("gateway.wrong_type", field=name, got=_GO.get(type(each), "null"), expected="string")


def _wrong_type(name: str, value: object) -> Refusal:
    return Refusal("gateway.wrong_type", field=name, got=_GO.get(type(value), "null"), expected=_FIELDS[name][1])


def _check_prompt(wish: Wish, traits: Traits) -> None:
    if wish.prompt.strip():
        return
    if traits.prompt == "required" or not (wish.images or wish.content):
        raise Refusal("gateway.prompt_missing")


def _seconds(document: Mapping[str, Any], traits: Traits) -> int | None:
    """The length asked for at the top level: the first that counts, in the gateway's order."""
    found = {"duration": document.get("duration") or 0, "seconds": _digits(document.get("seconds") or "")}
    for seconds in found.values():
        if not 0 <= seconds <= LONGEST and not (seconds == -1 and traits.length_by_model):
            raise Refusal("gateway.seconds")
    in_metadata = "duration" in _object(document.get("metadata"))
    for name in traits.length:
        if name == "metadata" and in_metadata:
            return None
        if found.get(name):
            return found[name]
    return None


def _digits(text: str) -> int:
    """The number in a text of digits, one that is refused for any other text."""
    stripped = text.strip()
    sign = stripped.startswith("-")
    return int(stripped) if stripped[sign:].isdecimal() and len(stripped) < 10 else -2 if stripped else 0


def _reference(document: Mapping[str, Any]) -> str | None:
    """OpenAI's reference image: a URL, or an object that holds one."""
    found = document.get("input_reference")
    if isinstance(found, Mapping):
        found = found.get("image_url")
        found = found.get("url") if isinstance(found, Mapping) else found
    return found if isinstance(found, str) else None


def _of_form(fields: Sequence[Field], traits: Traits) -> dict[str, Any]:
    """The document a form stands for. Fields that nobody knows become metadata, numbers among them as numbers."""
    known = [*_FIELDS, "model", "input_reference"]
    plain: dict[str, Any] = {}
    nested: list[tuple[str, Any]] = []
    promoted: dict[str, Any] = {}
    for field in fields:
        if is_nested(field.name) and traits.nested_form:
            nested.append((field.name, field.value))
        elif field.name == "images":
            plain.setdefault("images", []).append(field.value)
        elif field.name in known:
            plain[field.name] = _whole(field.value) if field.name == "duration" else field.value
        elif not field.file:
            promoted[field.name] = _number(field.value)
    built = tree(nested)
    given = _given_metadata(plain.get("metadata"))
    metadata = {**promoted, **given, **_object(built.pop("metadata", None))}
    unknown = {name: built.pop(name) for name in tuple(built) if name not in known}
    return {**plain, **built, "metadata": {**unknown, **metadata}}


def _given_metadata(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    found = read_json(text.encode(), lambda _: _wrong_type("metadata", text))
    if not isinstance(found, dict):
        raise _wrong_type("metadata", found)
    return found


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(text: str) -> int | str:
    """A whole number, else the text as it is, which then has the wrong type."""
    try:
        return int(text)
    except ValueError:
        return text


def _number(text: str) -> int | float | str:
    if _NUMBER.fullmatch(text) is None:
        return text
    return float(text) if "." in text else int(text)
