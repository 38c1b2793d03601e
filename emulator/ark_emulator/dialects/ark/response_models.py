"""Models of Ark's responses for the published description of the API. Nothing is serialized through them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from ark_emulator.core.task.values import StatusWord


class ResponseModel(BaseModel):
    """A closed shape: an answer has no other keys."""

    model_config = ConfigDict(extra="forbid")


class TaskCreated(ResponseModel):
    """The answer to a create request."""

    id: str = Field(pattern=r"^cgt-(batch-)?\d{14}-[a-z0-9]{5}$")
    safety_identifier: str | None = None


class TaskFailure(ResponseModel):
    """Why a task failed."""

    code: str
    message: str


class TaskContent(ResponseModel):
    """Where the result is: signed links, valid for a day."""

    video_url: str | None = None
    last_frame_url: str | None = None
    file_url: str | None = None


class ToolUsage(ResponseModel):
    """How often each tool was used."""

    web_search: int


class TaskUsage(ResponseModel):
    """What a success is billed."""

    completion_tokens: int
    total_tokens: int
    tool_usage: ToolUsage | None = None


class TaskTool(ResponseModel):
    """A tool that the request allowed."""

    type: str


class TaskObject(ResponseModel):
    """A task. What only a success or only some models have is left out elsewhere. Times are unix seconds."""

    id: str
    model: str
    status: StatusWord
    error: TaskFailure | None = None
    content: TaskContent | None = None
    usage: TaskUsage | None = None
    created_at: int
    updated_at: int
    seed: int | None = None
    resolution: str | None = None
    ratio: str | None = None
    duration: int | None = None
    frames: int | None = None
    framespersecond: int | None = None
    service_tier: str | None = None
    execution_expires_after: int | None = None
    generate_audio: bool | None = None
    draft: bool | None = None
    draft_task_id: str | None = None
    priority: int | None = None
    output_format: str | None = None
    tools: list[TaskTool] | None = None
    safety_identifier: str | None = None
    subdivisionlevel: str | None = None
    fileformat: str | None = None


class TaskList(ResponseModel):
    """One page of tasks, newest first, and how many match in all."""

    total: int
    items: list[TaskObject]


class EmptyObject(ResponseModel):
    """An empty object."""


class ErrorBody(ResponseModel):
    """What is wrong: a code, a text that ends with the request id, the parameter at fault, the kind of error."""

    code: str
    message: str
    param: str
    type: str


class ErrorEnvelope(ResponseModel):
    """Every refusal."""

    error: ErrorBody


class GatewayErrorBody(ResponseModel):
    """What is wrong, in the gateway's own words: a text, the kind of error, a code."""

    message: str
    type: str
    code: str


class GatewayErrorEnvelope(ResponseModel):
    """A refusal of the gateway itself: a key, a model without a channel, a balance."""

    error: GatewayErrorBody


class PowerTokensRefusal(RootModel[ErrorEnvelope | GatewayErrorEnvelope]):
    """Every refusal: the gateway's own, or Ark's passed on."""


class ModelItem(BaseModel):
    """A model as the catalogue lists it. `status` is there for one that is retiring or shut down only."""

    created: int
    domain: str
    features: dict[str, dict[str, bool]]
    id: str
    modalities: dict[str, list[str]]
    name: str
    object: Literal["model"]
    status: Literal["Retiring", "Shutdown"] | None = None
    task_type: list[str] | None = None
    token_limits: dict[str, int]
    version: str


class ModelList(ResponseModel):
    """All models of both sites."""

    object: Literal["list"]
    data: list[ModelItem]
