"""The submit of a new-api gateway: its body, and what the gateway reads and checks before it sends anything upstream.

The checks have the order of new-api: the body, its model, the types of its fields, the prompt, the length.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.dialects.base import MOST_ITEMS, DialectRequest, Steps, parse_json, read_json, run_steps
from ark_emulator.dialects.newapi.decoding import (
    NotANumber,
    decoder_error,
    first_value,
    json_type,
    known_fields,
    lenient_int,
    lenient_object,
    parse_int,
    tolerant_document,
)
from ark_emulator.dialects.newapi.form_parser import BadForm, FormField, NoBoundary, parse_form_steps
from ark_emulator.dialects.newapi.forms import DECODED, document_of
from ark_emulator.dialects.newapi.traits import Traits

LONGEST: Final = 3600
"""The maximum seconds that a submit may set at the top level (new-api source)."""
_JSON: Final = "application/json"
_MULTIPART: Final = "multipart/form-data"
_URLENCODED: Final = "application/x-www-form-urlencoded"
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
"""The top-level fields that are read, each with its type and Go's name of it; all others are ignored."""
_NAMES: Final = ("model", "group")
"""The fields that new-api's distributor reads before all others; only the distributor reads the group."""
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SubmitBody:
    """The body of a submit: a JSON document, or the fields of a form.

    `names` holds the model and the group. Of duplicates in a document it holds the first, of duplicates in a form all
    as a list. `media` is the Content-Type as it was sent. `mended` is true for JSON with invalid Unicode, which only Go
    accepts.
    """

    document: Mapping[str, Any]
    names: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    form: tuple[FormField, ...] = ()
    media: str = _JSON
    mended: bool = False

    @property
    def model(self) -> str:
        """Return the model, or an empty text if there is none."""
        found = self.names.get("model", self.document.get("model"))
        found = found[-1] if isinstance(found, list) and self.form else found
        return found if isinstance(found, str) else ""


EMPTY_SUBMIT: Final = SubmitBody({})


@dataclass(frozen=True, slots=True)
class GatewaySubmit:
    """A parsed submit: its top-level fields, and the metadata that is sent to the upstream.

    `seconds` is the length from the top level, None if there was none. `images` are in their order. `mode` and `size`
    are for upstreams that have them; Ark does not. `sent_model` is sent upstream in place of `model` if the two differ:
    of a duplicate name, new-api's distributor and its adaptor read different values.
    """

    model: str
    prompt: str
    images: tuple[str, ...]
    seconds: int | None
    metadata: Mapping[str, Any]
    mode: str = ""
    size: str = ""
    sent_model: str | None = None

    @property
    def content(self) -> Sequence[Any]:
        """Return the multimodal items of the metadata; anything but a list counts as none."""
        found = self.metadata.get("content")
        return found if isinstance(found, list) else ()


def read_body(call: DialectRequest) -> SubmitBody:
    """Return the body of a submit as `read_body_steps` does, in one go."""
    return call.submit_body if isinstance(call.submit_body, SubmitBody) else run_steps(read_body_steps(call))


def read_body_steps(call: DialectRequest) -> Steps[SubmitBody]:
    """Return the body of a submit to any gateway. A body that is neither JSON nor a form is not read.

    Raises Refusal for a body that no gateway can read; `accepted_body` applies the limits of one gateway.
    """
    media = call.headers.get("content-type", "").strip()
    lower = media.lower()
    if is_form(media):
        try:
            fields = yield from parse_form_steps(call.body, media)
        except BadForm as bad:
            reason = str(bad)
            if isinstance(bad, NoBoundary) and not _is_json(call.body):
                reason = decoder_error(call.body)
            raise Refusal("gateway.form", reason=reason) from None
        return SubmitBody(_NONE, _distributed(fields), fields, media)
    if not lower.startswith(_JSON):
        return SubmitBody(_NONE, media=media)
    try:
        document, mended = yield from tolerant_document(call)
    except ValueError as error:
        raise Refusal("http.json", reason=str(error)) from None
    if not isinstance(document, dict):
        return SubmitBody(_NONE, media=media, mended=mended)
    names = {name: first_value(call.body, name, document) for name in _NAMES if name in document}
    return SubmitBody(document, names, media=media, mended=mended)


def is_form(media: str) -> bool:
    """Return whether a body with this Content-Type is read as a form."""
    lower = media.strip().lower()
    return lower.startswith(_MULTIPART) or _URLENCODED in lower


def accepted_body(body: SubmitBody, traits: Traits) -> SubmitBody:
    """Return the body as a gateway reads it, empty if the gateway ignores its Content-Type. Raises Refusal."""
    if traits.reading == "typed":
        if body.mended:
            raise Refusal("http.json", reason="it is not Unicode")
        return (
            body if body.media.partition(";")[0].strip().lower() in (_JSON, _MULTIPART, _URLENCODED) else EMPTY_SUBMIT
        )
    is_read = body.media.startswith((_JSON, _MULTIPART)) or _URLENCODED in body.media
    return body if is_read else EMPTY_SUBMIT


def check_names(body: SubmitBody, traits: Traits) -> None:
    """Raise Refusal unless the model is a single string, and the group too if the gateway reads it."""
    for name in _NAMES if traits.reading == "source" else _NAMES[:1]:
        value = body.names.get(name, body.document.get(name))
        if value is None or isinstance(value, str):
            continue
        if not body.form:
            raise Refusal("gateway.model_type", field=name)
        if traits.form == "decoded":
            reason = f"json: cannot unmarshal array into Go struct field ModelRequest.{name} of type string"
            raise Refusal("gateway.form", reason=reason)


def check_model(body: SubmitBody) -> str:
    """Return the model of a submit. Raises Refusal if it has none."""
    if not body.model:
        raise Refusal("gateway.model_missing")
    return body.model


def parse_submit(body: SubmitBody, traits: Traits) -> GatewaySubmit:
    """Return the parsed submit. Raises Refusal for the first error; the model has been checked before."""
    document, flat = document_of(body.form, body.media, traits) if body.form else (dict(body.document), _NONE)
    as_source = traits.reading == "source"
    found = (_decoded if as_source else _typed)(_bounded(document), traits)
    given = found.get("metadata")
    metadata = _bounded(flat if given is None else given)
    metadata.pop("model", None)
    image, sent = found.get("image") or "", found.get("model")
    single = (image if image.strip() or not as_source else "") or (_reference(found) if traits.input_reference else "")
    submit = GatewaySubmit(
        body.model,
        found.get("prompt") or "",
        tuple(found.get("images") or ()) or tuple(filter(None, [single])),
        None,
        metadata,
        found.get("mode") or "",
        found.get("size") or "",
        sent if as_source and isinstance(sent, str) and sent != body.model else None,
    )
    _check_prompt(submit, traits)
    return replace(submit, seconds=_seconds(found, metadata, traits))


def _is_json(body: bytes) -> bool:
    try:
        parse_json(body)
    except ValueError:
        return False
    return True


def _distributed(fields: Sequence[FormField]) -> dict[str, Any]:
    """Return the model and the group of a form, each a list if it occurs more than once.

    Of several spellings of a name the lower-case one applies.
    """
    values: dict[str, list[str]] = {}
    for each in fields:
        if not each.file and each.name.casefold() in _NAMES:
            values.setdefault(each.name, []).append(each.value)
    return {name.casefold(): found[0] if len(found) == 1 else found for name, found in sorted(values.items())}


def _bounded(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document, its lists cut after the first element that exceeds the upstream's limit."""
    most = MOST_ITEMS + 1
    return {name: value[:most] if isinstance(value, list) else value for name, value in document.items()}


def _typed(document: dict[str, Any], traits: Traits) -> dict[str, Any]:
    """Return the fields of a document. Raises Refusal for the first one of a wrong type."""
    if isinstance(text := document.get("metadata"), str):
        document["metadata"] = read_json(text.encode(), lambda _: _wrong_type("metadata", text))
    for name, value in document.items():
        _check_type(name, value)
    return document


def _decoded(document: dict[str, Any], traits: Traits) -> dict[str, Any]:
    """Return the fields of a document as Go decodes them, with names in any case.

    A duration or metadata of an unknown form is ignored; any other field of a wrong type is rejected.
    """
    found: dict[str, Any] = {}
    for name, value in known_fields(document, DECODED):
        if name == "duration":
            found[name] = lenient_int(value)
        elif name == "metadata":
            found[name] = lenient_object(value)
        elif value is not None and not (name == "input_reference" and traits.input_reference):
            expected = _FIELDS.get(name, (str, "string"))
            if not isinstance(value, expected[0]):
                raise _wrong_type(name, value)
            found[name] = [_element(each) for each in value] if isinstance(value, list) else value
        elif value is not None:
            found[name] = value
    return found


def _element(value: object) -> str:
    """Return an element of `images`; null is an empty text."""
    if value is not None and not isinstance(value, str):
        raise _wrong_element("images", value)
    return value or ""


def _check_type(name: str, value: object) -> None:
    expected = _FIELDS.get(name)
    if value is None or expected is None:
        return
    if not isinstance(value, expected[0]) or isinstance(value, bool):
        raise _wrong_type(name, value)
    for each in value if isinstance(value, list) else ():
        if not isinstance(each, str):
            raise _wrong_element(name, each)


def _wrong_type(name: str, value: object) -> Refusal:
    expected = _FIELDS[name][1] if name in _FIELDS else "string"
    return Refusal("gateway.wrong_type", field=name, got=json_type(value), expected=expected)


def _wrong_element(name: str, value: object) -> Refusal:
    return Refusal("gateway.wrong_type", field=name, got=json_type(value), expected="string")


def _check_prompt(submit: GatewaySubmit, traits: Traits) -> None:
    if submit.prompt.strip():
        return
    if traits.prompt == "required" or not (submit.images or submit.content):
        raise Refusal("gateway.prompt_missing")


def _seconds(found: Mapping[str, Any], metadata: Mapping[str, Any], traits: Traits) -> int | None:
    """Return the length from the top level: the first one that is set, in the gateway's order."""
    text = found.get("seconds") or ""
    lengths = {"duration": found.get("duration") or 0, "seconds": _digits(text, traits)}
    for seconds in lengths.values():
        if not 0 <= seconds <= LONGEST and not (seconds == -1 and traits.length_by_model):
            raise Refusal("gateway.seconds")
    for name in traits.length:
        if name == "metadata" and "duration" in metadata:
            return None
        if lengths.get(name):
            return lengths[name]
    return None


def _digits(text: str, traits: Traits) -> int:
    """Return the number in a text. Any other text is ignored by the source, and out of range for a typed gateway."""
    if traits.reading == "source":
        try:
            return parse_int(text)
        except NotANumber as error:
            return error.value
    stripped = text.strip()
    sign = stripped.startswith("-")
    return int(stripped) if stripped[sign:].isdecimal() and len(stripped) < 10 else -2 if stripped else 0


def _reference(found: Mapping[str, Any]) -> str | None:
    """Return OpenAI's reference image: a URL, or an object that holds one."""
    given = found.get("input_reference")
    if isinstance(given, Mapping):
        given = given.get("image_url")
        given = given.get("url") if isinstance(given, Mapping) else given
    return given if isinstance(given, str) else None
