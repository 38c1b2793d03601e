"""Scenario files as documents: every key, its type, its bounds and its meaning. The JSON Schema is made from these.

Only shapes are checked here. `builders` checks what keys mean together, `validate.reachability` what can never happen.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from ark_emulator.core.facts.models import Account, LimitsWord
from ark_emulator.core.task.values import StatusWord
from ark_emulator.core.time.clock import END, FASTEST, SLOWEST, ClockWord
from ark_emulator.loading.schema.fields import (
    AfterCommitReply,
    Body,
    Duration,
    HeaderPatterns,
    LastingValue,
    LengthValue,
    Name,
    OneOrMore,
    Patterns,
    Rate,
    Share,
    Texts,
    UsageValue,
    Yes,
)

_Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
_Status = Annotated[int, Field(ge=200, le=599)]
_Modes = Annotated[list[Literal["t2v", "i2v", "flf2v", "r2v", "draft", "3d"]], Field(min_length=1), OneOrMore()]
_Roles = Annotated[
    list[Literal["first_frame", "last_frame", "reference_image", "reference_video", "reference_audio"]],
    Field(min_length=1),
    OneOrMore(),
]
_Drifts = Annotated[list[Literal["usage", "duration", "error"]], Field(min_length=1), OneOrMore()]


def _shape(value: Any) -> str:
    return "word" if isinstance(value, str) else "mapping"


class Document(BaseModel):
    """A mapping that accepts no other keys, and converts nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ClockDocument(Document):
    """How the world's clock runs."""

    mode: Annotated[
        ClockWord | None,
        Field(description="live, frozen, or polls: each poll advances the clock"),
    ] = None
    speed: Annotated[
        float | None, Field(ge=SLOWEST, le=FASTEST, allow_inf_nan=False, description="virtual seconds per real second")
    ] = None
    rate: Annotated[
        float | None, Field(ge=SLOWEST, le=FASTEST, allow_inf_nan=False, description="an alias of speed")
    ] = None
    start: Annotated[float | None, Field(ge=0, le=END, description="the unix second at which the clock starts")] = None


class LimitsDocument(Document):
    """Rate and concurrency limits of a key for one model. A number here overrides the account's."""

    account: Annotated[Account | None, Field(description="the official limits of this kind of account")] = None
    rpm: Annotated[_Count | None, Field(description="create requests per minute")] = None
    concurrent: Annotated[_Count | None, Field(description="tasks that run at the same time")] = None
    queued: Annotated[int | None, Field(ge=0, le=1_000_000_000, description="tasks that may wait")] = None


class KeyDocument(Document):
    """The permissions of one API key."""

    balance: Annotated[
        float | None,
        Field(ge=0, le=1e12, allow_inf_nan=False, description="USD that the key may spend; default: unlimited"),
    ] = None
    models: Annotated[Patterns | None, Field(description="the models that the key may use; default: all")] = None
    status: Annotated[
        Literal["ok", "expired", "disabled", "misplaced", "overdue"],
        Field(
            description="expired, disabled and misplaced (a key of another plan) get 401,"
            " overdue gets 403 AccountOverdueError"
        ),
    ] = "ok"
    user: Annotated[
        str | None,
        Field(min_length=1, max_length=256, description="the gateway user that owns the key; default: a separate user"),
    ] = None
    limit: Annotated[
        float | None,
        Field(ge=0, le=1e12, allow_inf_nan=False, description="USD that this key alone may spend at a gateway"),
    ] = None


class TimingsDocument(Document):
    """Durations of a task that no outcome rule matches."""

    queued: Annotated[LengthValue | None, Field(description="how long the task is queued; default: 1s")] = None
    running: Annotated[LengthValue | None, Field(description="how long the task runs; default: 4s")] = None


class ConditionsDocument(Document):
    """Conditions that must all hold; of a list, one must match."""

    model: Annotated[Patterns | None, Field(description="the requested model")] = None
    prompt: Annotated[Patterns | None, Field(description="the whole prompt; globs ignore case")] = None
    mode: Annotated[
        _Modes | None,
        Field(description="the kind of generation that the content implies"),
    ] = None
    role: Annotated[
        _Roles | None,
        Field(description="a role of some content"),
    ] = None
    key: Annotated[Patterns | None, Field(description="the API key")] = None
    dialect: Annotated[
        Patterns | None, Field(description="the dialect of the request: ark, newapi, easyrouter, ...")
    ] = None
    header: Annotated[HeaderPatterns | None, Field(description="request headers, each with a pattern")] = None
    nth: Annotated[
        _Count | None, Field(description="only the n-th that satisfies the other conditions, counted from 1")
    ] = None
    every: Annotated[_Count | None, Field(description="every n-th that satisfies the other conditions")] = None
    first: Annotated[_Count | None, Field(description="the first n that satisfy the other conditions")] = None
    chance: Annotated[Share | None, Field(description="this share, chosen at random from the seed")] = None


class SucceededDocument(Document):
    """How a success differs from an ordinary one."""

    usage: Annotated[
        UsageValue | None,
        Field(description="the tokens reported: missing, zero, strings, or a number"),
    ] = None
    video_url: Annotated[
        Literal["missing", "empty", "dead", "escaped"] | None,
        Field(description="the URL of the clip; dead: 404, escaped: \\u0026 for every &"),
    ] = None
    last_frame_url: Annotated[
        Literal["missing", "empty", "dead", "escaped"] | None, Field(description="the same for the last frame")
    ] = None
    model: Annotated[
        str | None, Field(min_length=1, description="the model in the task object, in place of the requested one")
    ] = None
    clip: Annotated[
        str | None, Field(min_length=1, description="a file served as the clip, beside the scenario file")
    ] = None
    expire: Annotated[Duration | None, Field(description="how long the links are valid; default: 24h")] = None
    shown: Annotated[
        dict[str, Any] | None, Field(description="keys of Ark's task object, returned exactly as given")
    ] = None


class FailureDocument(Document):
    """A custom failure."""

    code: Annotated[str, Field(min_length=1, description="the error code that the task shows")]
    message: Annotated[str, Field(description="its message")]


_Failed = Annotated[
    Annotated[str, Tag("word")] | Annotated[FailureDocument, Tag("mapping")],
    Discriminator(_shape),
]


class StepDocument(Document):
    """One step of a plan: exactly one of these."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    queued: Annotated[LastingValue | None, Field(description="how long the task waits")] = None
    running: Annotated[LastingValue | None, Field(description="how long the task runs")] = None
    succeeded: Annotated[SucceededDocument | None, Field(description="succeeds, with these differences")] = None
    failed: Annotated[_Failed | None, Field(description="fails with this error code, or {code, message}")] = None


_Bare = StatusWord
Step = Annotated[
    Annotated[_Bare, Tag("word")] | Annotated[StepDocument, Tag("mapping")],
    Discriminator(_shape),
]


class OutcomeDocument(Document):
    """What happens to the create requests that match: either `then` or `refuse`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["then"]}, {"required": ["refuse"]}]})

    name: Annotated[Name | None, Field(description="the rule's name in the journal")] = None
    when: Annotated[
        ConditionsDocument | None, Field(description="the create requests that the rule applies to; default: all")
    ] = None
    then: Annotated[list[Step] | None, Field(min_length=1, max_length=20, description="the steps of the plan")] = None
    refuse: Annotated[str | None, Field(min_length=1, description="refuse the create request with this error code")] = (
        None
    )


class FaultDocument(ConditionsDocument):
    """What happens to the requests or callbacks that match: exactly one effect."""

    name: Annotated[Name | None, Field(description="the rule's name in the journal")] = None
    on: Annotated[
        Literal["create", "fetch", "list", "delete", "content", "download", "callback"],
        Field(description="the kind of request"),
    ]
    refuse: Annotated[str | None, Field(min_length=1, description="refuse with this error code")] = None
    retry_after: Annotated[Duration | None, Field(description="with refuse or status: the header Retry-After")] = None
    should_retry: Annotated[bool | None, Field(description="with refuse or status: the header x-should-retry")] = None
    status: Annotated[_Status | None, Field(description="respond with this HTTP status")] = None
    body: Annotated[Body | None, Field(description="with status: the body")] = None
    content_type: Annotated[
        str | None, Field(min_length=1, description="with status: the content type of the body")
    ] = None
    headers: Annotated[dict[str, str] | None, Field(description="with status: more headers")] = None
    html: Annotated[Yes | None, Field(description="an HTML page with status 200")] = None
    empty: Annotated[Yes | None, Field(description="the real status and no body")] = None
    malformed: Annotated[Yes | None, Field(description="a body that is not JSON")] = None
    delay: Annotated[LengthValue | None, Field(description="the correct response, delayed by this length")] = None
    hang: Annotated[Yes | None, Field(description="no response")] = None
    reset: Annotated[Yes | None, Field(description="the connection is reset")] = None
    truncate: Annotated[Share | None, Field(description="only this share of the body, then the connection ends")] = None
    drip: Annotated[Rate | None, Field(description="the body at this rate")] = None
    drift: Annotated[
        _Drifts | None,
        Field(description="fields with another type or name"),
    ] = None
    show: Annotated[str | None, Field(description="this text as the task's status")] = None
    backwards: Annotated[Yes | None, Field(description="the status before the one shown last")] = None
    after_commit: Annotated[
        AfterCommitReply | None, Field(description="the task is created and billed, then this happens to the response")
    ] = None
    missing: Annotated[_Count | None, Field(description="404 for the first n downloads of each object")] = None
    expire: Annotated[Duration | None, Field(description="links expire this long after the task succeeded")] = None
    wrong_type: Annotated[Yes | None, Field(description="the clip with another content type")] = None
    escaped: Annotated[Yes | None, Field(description="403, as if the link contained \\u0026")] = None
    lose: Annotated[Yes | None, Field(description="the callback is never sent")] = None
    duplicate: Annotated[
        int | None, Field(ge=2, le=100, description="the callback is sent this many times in total")
    ] = None
    late: Annotated[LengthValue | None, Field(description="the callback is sent later by this length")] = None
    reorder: Annotated[Yes | None, Field(description="the callback is sent after the next one")] = None


_Clock = Annotated[
    Annotated[ClockWord, Tag("word")] | Annotated[ClockDocument, Tag("mapping")],
    Discriminator(_shape),
]
_Limits = Annotated[
    Annotated[LimitsWord, Tag("word")] | Annotated[LimitsDocument, Tag("mapping")],
    Discriminator(_shape),
]


class ScenarioDocument(Document):
    """How one emulated world behaves."""

    version: Annotated[Literal[1], Field(description="the version of this format")] = 1
    name: Annotated[Name | None, Field(description="default: the name of the file")] = None
    about: Annotated[str, Field(description="what happens, in one sentence")] = ""
    source: Annotated[Texts | None, Field(description="the incidents that the scenario reproduces")] = None
    expects: Annotated[Texts | None, Field(description="what a good client does")] = None
    clock: Annotated[_Clock | None, Field(description="how the clock runs: a mode, or a mapping")] = None
    seed: Annotated[int | None, Field(ge=0, lt=2**63, description="the seed of all random choices")] = None
    limits: Annotated[_Limits | None, Field(description="off, individual, enterprise, or a mapping")] = None
    keys: Annotated[dict[str, KeyDocument] | None, Field(description="the valid API keys; default: any key")] = None
    timings: Annotated[
        TimingsDocument | None, Field(description="durations of a task that no outcome rule matches")
    ] = None
    outcomes: Annotated[
        list[OutcomeDocument] | None,
        Field(description="what happens to new tasks; the first rule that matches applies"),
    ] = None
    faults: Annotated[
        list[FaultDocument] | None,
        Field(description="what happens to requests and callbacks; the first rule that matches applies"),
    ] = None
