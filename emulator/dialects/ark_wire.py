"""The create request of Ark as a model. `null` means unset and unknown keys are ignored, as the SDKs need."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from emulator.core.values import Kind


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
    """The body of `POST /contents/generations/tasks`. Ranges are judged later, by the rules."""

    model: Annotated[StrictStr, Field(min_length=1)]
    content: list[Content]
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


def payload(item: Any) -> str:
    """The text, URL or draft id that a content item carries."""
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
