"""The create request of Ark as a model. `null` means unset and unknown keys are ignored, as the SDKs require."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, FailFast, Field, StrictBool, StrictInt, StrictStr, ValidationError

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task.values import Kind
from ark_emulator.dialects.base import MOST_ITEMS


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Link(_Wire):
    """Where a piece of media is: an http(s) URL, a `data:` URI or an `asset://` id."""

    url: StrictStr


class DraftReference(_Wire):
    """The draft task a final clip is made from."""

    id: StrictStr


class TextItem(_Wire):
    """The prompt."""

    type: Literal[Kind.TEXT]
    text: StrictStr
    role: StrictStr | None = None


class ImageItem(_Wire):
    """An image: first frame, last frame or reference, by its role."""

    type: Literal[Kind.IMAGE]
    image_url: Link
    role: StrictStr | None = None


class VideoItem(_Wire):
    """A reference video."""

    type: Literal[Kind.VIDEO]
    video_url: Link
    role: StrictStr | None = None


class AudioItem(_Wire):
    """A reference audio."""

    type: Literal[Kind.AUDIO]
    audio_url: Link
    role: StrictStr | None = None


class DraftItem(_Wire):
    """A draft task to finish."""

    type: Literal[Kind.DRAFT]
    draft_task: DraftReference
    role: StrictStr | None = None


Content = Annotated[TextItem | ImageItem | VideoItem | AudioItem | DraftItem, Field(discriminator="type")]


class Tool(_Wire):
    """A tool the model may call."""

    type: StrictStr


class CreateTask(_Wire):
    """The body of `POST /contents/generations/tasks`. The rules of the core check ranges later."""

    model: Annotated[StrictStr, Field(min_length=1)]
    content: Annotated[list[Content], FailFast()]
    callback_url: StrictStr | None = None
    return_last_frame: StrictBool | None = None
    service_tier: StrictStr | None = None
    execution_expires_after: StrictInt | None = None
    generate_audio: StrictBool | None = None
    draft: StrictBool | None = None
    tools: list[Tool] | None = None
    safety_identifier: StrictStr | None = None
    priority: StrictInt | None = None
    resolution: StrictStr | None = None
    ratio: StrictStr | None = None
    duration: StrictInt | None = None
    frames: StrictInt | None = None
    seed: StrictInt | None = None
    camera_fixed: StrictBool | None = None
    watermark: StrictBool | None = None
    output_format: StrictStr | None = None
    omni_reference_task_type: StrictStr | None = None
    subdivision_level: StrictStr | None = None
    file_format: StrictStr | None = None


def payload(item: Any) -> str:
    """Return the text, URL or draft id that a content item carries."""
    match item:
        case TextItem():
            return item.text
        case ImageItem():
            return item.image_url.url
        case VideoItem():
            return item.video_url.url
        case AudioItem():
            return item.audio_url.url
        case DraftItem():
            return item.draft_task.id
    raise TypeError(item)


def read(document: Mapping[str, Any]) -> CreateTask:
    """Return the create request in a JSON document. Raises Refusal for the first thing wrong with its shape."""
    for name in ("content", "tools"):
        value = document.get(name)
        if isinstance(value, list) and len(value) > MOST_ITEMS:
            reason = f"the number of elements must be less than or equal to {MOST_ITEMS}"
            raise Refusal("parameter.invalid_because", parameter=name, reason=reason)
    try:
        return CreateTask.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise _objection(first["type"], _place(first["loc"]), document) from None


def _objection(complaint: str, place: Sequence[int | str], document: Mapping[str, Any]) -> Refusal:
    """Return the refusal of a field that is missing or has a wrong type. A bare URL makes its payload invalid
    (recorded).
    """
    if complaint.startswith("union_tag"):
        place = [*place, "type"]
    value = _at(document, place)
    if value is None or complaint == "string_too_short":
        return Refusal("missing.parameter", parameter=_path(place))
    if complaint == "union_tag_invalid" and isinstance(value, str):
        return Refusal("content.type", index=place[1], value=value)
    if len(place) == 3 and place[2] in _PAYLOADS:
        return Refusal("content.payload", part=place[2])
    return Refusal("parameter.wrong_type", parameter=_path(place), expected=_EXPECTED.get(complaint, "a string"))


_PAYLOADS: Final = frozenset({Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.DRAFT})
"""The keys of content items whose value is an object."""

_EXPECTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "int_type": "an integer",
        "int_from_float": "an integer",
        "int_parsing_size": "an integer",
        "bool_type": "a boolean",
        "list_type": "an array",
        "model_type": "an object",
        "model_attributes_type": "an object",
    }
)
"""The expected JSON type of a field, by the error type of pydantic. Any other field is a string."""


def _place(loc: Sequence[int | str]) -> list[int | str]:
    """Return the path of an error in the document; pydantic inserts the type of an item after its index."""
    return [*loc[:2], *loc[3:]] if loc[0] == "content" else list(loc)


def _path(place: Sequence[int | str]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _at(document: Any, place: Sequence[int | str]) -> Any:
    for part in place:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document
