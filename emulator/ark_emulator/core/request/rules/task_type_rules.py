"""Rules about what the use of the references requires of the other parameters."""

from typing import Final

from ark_emulator.core.facts.catalogue import ADAPTIVE
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.request.media_facts import MediaFacts
from ark_emulator.core.request.rules.objections import Rule, refuse
from ark_emulator.core.task.values import Kind, Mode

EDITED_SECONDS: Final = (4.0, 30.2)
"""How long a video to edit may be: 4 to 30 s documented, the tolerance as for every clip (inferred)."""
_BY_MODEL: Final = -1


def ratio_follows_the_first_frame(intent: Intent) -> Refusal | None:
    """Refuse a ratio other than `adaptive` with a first frame (recorded on 2.5)."""
    if not intent.rules.follows_frame or intent.mode not in (Mode.FIRST_FRAME, Mode.FIRST_LAST):
        return None
    asked = intent.given.ratio
    if asked is None or not any(asked in mode.ratios for mode in intent.model.modes.values()):
        return None
    return None if asked == ADAPTIVE else refuse(intent, "task_type.follows_frame")


def edit_follows_its_video(intent: Intent) -> Refusal | None:
    """Refuse a ratio or duration for an edited video, which keeps its own, in the body or as a flag (recorded).

    Where the service chose the type by the prompt (`auto`), the same text comes later, in the task (recorded).
    """
    if not _is(intent, "edit"):
        return None
    ratio = intent.asked.ratio not in (None, ADAPTIVE)
    duration = intent.asked.duration not in (None, _BY_MODEL)
    if ratio and duration:
        return refuse(intent, "task_type.edit_ratio_and_duration")
    if ratio:
        return refuse(intent, "task_type.edit_ratio")
    return refuse(intent, "task_type.edit_duration") if duration else None


def edit_has_a_video(intent: Intent) -> Refusal | None:
    """Refuse to edit a video outside 4 to 30 s (recorded). One that fits is enough; the first is named (inferred).

    The text for a request without a video is inferred.
    """
    if not _is(intent, "edit"):
        return None
    least, most = EDITED_SECONDS
    known = [(index, intent.evidence.media.get(index, MediaFacts()).seconds) for index in _videos(intent)]
    if not known:
        return refuse(intent, "task_type.edit_video")
    index, seconds = known[0]
    if seconds is None or any(other is None or least <= other <= most for _, other in known):
        return None
    return refuse(intent, "task_type.edit_length", index=index, seconds=f"{seconds:.1f}")


def extension_follows_its_video(intent: Intent) -> Refusal | None:
    """Refuse a ratio for an extension, which keeps its video's (documented); its duration may be named (recorded)."""
    if not _is(intent, "extend") or intent.asked.ratio in (None, ADAPTIVE):
        return None
    return refuse(intent, "task_type.extend_ratio")


def extension_has_a_video(intent: Intent) -> Refusal | None:
    """Refuse an extension without a video (documented); the text is inferred."""
    return refuse(intent, "task_type.extend_video") if _is(intent, "extend") and not _videos(intent) else None


TASK_TYPE_RULES: Final[tuple[Rule, ...]] = (
    ratio_follows_the_first_frame,
    edit_follows_its_video,
    edit_has_a_video,
    extension_follows_its_video,
    extension_has_a_video,
)
"""Applied after the parameters: a bad output format goes before a ratio that should follow a frame (recorded)."""


def _is(intent: Intent, task_type: str) -> bool:
    return intent.task_type == task_type and intent.mode is not Mode.DRAFT_FINAL


def _videos(intent: Intent) -> list[int]:
    return [index for index, item in enumerate(intent.submission.items) if item.kind is Kind.VIDEO]
