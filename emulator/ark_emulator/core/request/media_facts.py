"""What is known about the media of a submission, beyond the URLs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from ark_emulator.core.task.values import Task

UNKNOWN_AUDIO_SECONDS: Final = 0.0


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What was read from one piece of media; None where it could not be determined.

    `size` is in bytes, `format` a lower-case word such as `png` or `mp4`, or `unknown` when the bytes are of no known
    one. `codec` is set for movies: `h264`, `h265`, or another one's own name. `problem` is a key of the error table,
    set when the media could not be fetched or read at all; `detail` then says why, without a full stop.
    """

    size: int | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    frame_rate: float | None = None
    codec: str | None = None
    problem: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything looked up for one submission: media by position in `content`, and the draft task to finish.

    A position without an entry was not read. `draft` is None when none was named or none was found. `now` is the moment
    of the submission in unix seconds of the world's clock, from which a draft's age is counted.
    """

    media: Mapping[int, MediaFacts] = field(default_factory=lambda: MappingProxyType({}))
    draft: Task | None = None
    draft_succeeded: bool = False
    now: float = 0.0


NO_EVIDENCE: Final = Evidence()
