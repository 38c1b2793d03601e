"""Scenario files as documents: every key, its kind, its bounds and its meaning. The JSON Schema is made from these.

Only shapes are held here. What keys mean together is for `building`, what can never happen for `sense`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from ark_emulator.core.time.clock import END, FASTEST, SLOWEST
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
    """A mapping that takes no key but its own, and converts nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ClockDocument(Document):
    """How the world's clock runs."""

    mode: Annotated[
        Literal["live", "frozen", "polls"] | None, Field(description="live, frozen, or polls: a poll moves the time")
    ] = None
    speed: Annotated[
        float | None, Field(ge=SLOWEST, le=FASTEST, allow_inf_nan=False, description="virtual seconds per real second")
    ] = None
    rate: Annotated[
        float | None, Field(ge=SLOWEST, le=FASTEST, allow_inf_nan=False, description="another word for speed")
    ] = None
    start: Annotated[float | None, Field(ge=0, le=END, description="the unix second at which the clock starts")] = None


class LimitsDocument(Document):
    """How much a key may do with a model. A number here wins over the account's."""

    account: Annotated[
        Literal["enterprise", "individual"] | None, Field(description="the official limits of this kind of account")
    ] = None
    rpm: Annotated[_Count | None, Field(description="creates per minute")] = None
    concurrent: Annotated[_Count | None, Field(description="tasks that run at once")] = None
    queued: Annotated[int | None, Field(ge=0, le=1_000_000_000, description="tasks that may wait")] = None


class KeyDocument(Document):
    """What one API key may do."""

    balance: Annotated[
        float | None, Field(ge=0, le=1e12, allow_inf_nan=False, description="USD it may spend; absent: no end")
    ] = None
    models: Annotated[Patterns | None, Field(description="the models it may use; absent: all")] = None
    status: Annotated[
        Literal["ok", "expired", "disabled", "misplaced", "overdue"],
        Field(
            description="expired, disabled and misplaced (a key of another plan) are answered with 401,"
            " overdue with 403 AccountOverdueError"
        ),
    ] = "ok"
    user: Annotated[
        str | None,
        Field(min_length=1, max_length=256, description="whose key it is at a gateway; absent: a user of its own"),
    ] = None
    limit: Annotated[
        float | None,
        Field(ge=0, le=1e12, allow_inf_nan=False, description="USD that this key alone may spend at a gateway"),
    ] = None


class TimingsDocument(Document):
    """How long an ordinary task takes, one that no outcome rule takes."""

    queued: Annotated[LengthValue | None, Field(description="how long it is queued; absent: 1s")] = None
    running: Annotated[LengthValue | None, Field(description="how long it runs; absent: 4s")] = None


class ConditionsDocument(Document):
    """What must hold. Everything given must; of a list, one."""

    model: Annotated[Patterns | None, Field(description="the model that was asked for")] = None
    prompt: Annotated[Patterns | None, Field(description="the whole prompt; globs ignore case")] = None
    mode: Annotated[
        _Modes | None,
        Field(description="how the content drives the generation"),
    ] = None
    role: Annotated[
        _Roles | None,
        Field(description="a role that some content plays"),
    ] = None
    key: Annotated[Patterns | None, Field(description="the API key")] = None
    dialect: Annotated[Patterns | None, Field(description="the dialect spoken: ark, newapi, easyrouter, ...")] = None
    header: Annotated[HeaderPatterns | None, Field(description="request headers, each with a pattern")] = None
    nth: Annotated[_Count | None, Field(description="only the n-th that satisfies the rest, counted from 1")] = None
    every: Annotated[_Count | None, Field(description="every n-th that satisfies the rest")] = None
    first: Annotated[_Count | None, Field(description="the first n that satisfy the rest")] = None
    chance: Annotated[Share | None, Field(description="this share of all, by the seed's dice")] = None


class SucceededDocument(Document):
    """How a success differs from an ordinary one."""

    usage: Annotated[
        UsageValue | None,
        Field(description="what it says of its tokens: missing, zero, strings, or a number"),
    ] = None
    video_url: Annotated[
        Literal["missing", "empty", "dead", "escaped"] | None,
        Field(description="what it says of the clip's address; dead: 404, escaped: \\u0026 for every &"),
    ] = None
    last_frame_url: Annotated[
        Literal["missing", "empty", "dead", "escaped"] | None, Field(description="the same for the last frame")
    ] = None
    model: Annotated[str | None, Field(min_length=1, description="the model it names in place of its own")] = None
    clip: Annotated[
        str | None, Field(min_length=1, description="a file served as the clip, beside the scenario file")
    ] = None
    expire: Annotated[Duration | None, Field(description="how long its links live; absent: 24h")] = None
    shown: Annotated[
        dict[str, Any] | None, Field(description="keys of Ark's task object, shown as they stand here")
    ] = None


class FailureDocument(Document):
    """A failure of one's own."""

    code: Annotated[str, Field(min_length=1, description="the error code that the task shows")]
    message: Annotated[str, Field(description="its message")]


_Failed = Annotated[
    Annotated[str, Tag("word")] | Annotated[FailureDocument, Tag("mapping")],
    Discriminator(_shape),
]


class StepDocument(Document):
    """One step of a life: exactly one of these."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    queued: Annotated[LastingValue | None, Field(description="waits so long")] = None
    running: Annotated[LastingValue | None, Field(description="runs so long")] = None
    succeeded: Annotated[SucceededDocument | None, Field(description="ends well, but differs")] = None
    failed: Annotated[_Failed | None, Field(description="ends with this error code, or {code, message}")] = None


_Bare = Literal["queued", "running", "succeeded", "failed", "expired", "cancelled"]
Step = Annotated[
    Annotated[_Bare, Tag("word")] | Annotated[StepDocument, Tag("mapping")],
    Discriminator(_shape),
]


class OutcomeDocument(Document):
    """What becomes of the submissions that it takes: either `then` or `refuse`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["then"]}, {"required": ["refuse"]}]})

    name: Annotated[Name | None, Field(description="what the journal calls the rule")] = None
    when: Annotated[ConditionsDocument | None, Field(description="which submissions; absent: all")] = None
    then: Annotated[list[Step] | None, Field(min_length=1, max_length=20, description="the steps of the life")] = None
    refuse: Annotated[str | None, Field(min_length=1, description="the error code that refuses the request")] = None


class FaultDocument(ConditionsDocument):
    """What happens to the exchanges that it takes: exactly one effect."""

    name: Annotated[Name | None, Field(description="what the journal calls the rule")] = None
    on: Annotated[
        Literal["create", "fetch", "list", "delete", "content", "download", "callback"],
        Field(description="the kind of exchange"),
    ]
    refuse: Annotated[str | None, Field(min_length=1, description="refuse with this error code")] = None
    retry_after: Annotated[Duration | None, Field(description="with refuse or status: the header Retry-After")] = None
    should_retry: Annotated[bool | None, Field(description="with refuse or status: the header x-should-retry")] = None
    status: Annotated[_Status | None, Field(description="answer with this HTTP status")] = None
    body: Annotated[Body | None, Field(description="with status: the body")] = None
    content_type: Annotated[str | None, Field(min_length=1, description="with status: the type of the body")] = None
    headers: Annotated[dict[str, str] | None, Field(description="with status: more headers")] = None
    html: Annotated[Yes | None, Field(description="a page of HTML with status 200")] = None
    empty: Annotated[Yes | None, Field(description="the real status and no body")] = None
    malformed: Annotated[Yes | None, Field(description="a body that is not JSON")] = None
    delay: Annotated[LengthValue | None, Field(description="the right answer, so much later")] = None
    hang: Annotated[Yes | None, Field(description="no answer at all")] = None
    reset: Annotated[Yes | None, Field(description="the connection is reset")] = None
    truncate: Annotated[Share | None, Field(description="only this share of the body, then the end")] = None
    drip: Annotated[Rate | None, Field(description="the body at this rate")] = None
    drift: Annotated[
        _Drifts | None,
        Field(description="fields of another type or name"),
    ] = None
    show: Annotated[str | None, Field(description="this text as the task's status")] = None
    backwards: Annotated[Yes | None, Field(description="the status before the one shown last")] = None
    after_commit: Annotated[
        AfterCommitReply | None, Field(description="the task exists and is billed, then this happens to the reply")
    ] = None
    missing: Annotated[_Count | None, Field(description="404 for the first n downloads of each object")] = None
    expire: Annotated[Duration | None, Field(description="links live so long, from the success on")] = None
    wrong_type: Annotated[Yes | None, Field(description="the clip under another content type")] = None
    escaped: Annotated[Yes | None, Field(description="403, as if the link had come with \\u0026 in it")] = None
    lose: Annotated[Yes | None, Field(description="the callback is never sent")] = None
    duplicate: Annotated[int | None, Field(ge=2, le=100, description="the callback arrives so many times in all")] = (
        None
    )
    late: Annotated[LengthValue | None, Field(description="the callback is sent so much later")] = None
    reorder: Annotated[Yes | None, Field(description="the callback changes places with the next one")] = None


_Clock = Annotated[
    Annotated[Literal["live", "frozen", "polls"], Tag("word")] | Annotated[ClockDocument, Tag("mapping")],
    Discriminator(_shape),
]
_Limits = Annotated[
    Annotated[Literal["off", "individual", "enterprise"], Tag("word")] | Annotated[LimitsDocument, Tag("mapping")],
    Discriminator(_shape),
]


class ScenarioDocument(Document):
    """How one emulated world behaves."""

    version: Annotated[Literal[1], Field(description="the version of this language")] = 1
    name: Annotated[Name | None, Field(description="absent: the name of the file")] = None
    about: Annotated[str, Field(description="what happens, in a sentence")] = ""
    source: Annotated[Texts | None, Field(description="the incidents that it was made from")] = None
    expects: Annotated[Texts | None, Field(description="what a good client does")] = None
    clock: Annotated[_Clock | None, Field(description="how the clock runs: a mode, or a mapping")] = None
    seed: Annotated[int | None, Field(ge=0, lt=2**63, description="the seed of all chance")] = None
    limits: Annotated[_Limits | None, Field(description="off, individual, enterprise, or a mapping")] = None
    keys: Annotated[dict[str, KeyDocument] | None, Field(description="who may call; absent: any key")] = None
    timings: Annotated[TimingsDocument | None, Field(description="how long an ordinary task takes")] = None
    outcomes: Annotated[
        list[OutcomeDocument] | None, Field(description="what becomes of submissions; the first rule that fits wins")
    ] = None
    faults: Annotated[
        list[FaultDocument] | None, Field(description="what happens to exchanges; the first rule that fits wins")
    ] = None
