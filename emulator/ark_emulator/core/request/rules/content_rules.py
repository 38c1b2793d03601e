"""Rules about the shape of `content`: the items, their roles, and what cannot be combined."""

from typing import Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.request.rules.objections import NOUNS, Rule, refuse
from ark_emulator.core.task.values import Item, Kind, Mode

FIRST: Final = "first_frame"
LAST: Final = "last_frame"
REFERENCE_IMAGE: Final = "reference_image"
LONGEST_PROMPT: Final = 1_000_000
"""The most characters of all texts together. A bound of ours: no limit of the service is known, and prompts are stored.
"""
_FRAMES: Final = frozenset({FIRST, LAST})
_IMAGE_ROLES: Final = frozenset({None, FIRST, LAST, REFERENCE_IMAGE})
_HAVE_NO_MEDIA: Final = frozenset({Mode.TEXT, Mode.DRAFT_FINAL})


def content_is_present(intent: Intent) -> Refusal | None:
    """Refuse a request without content as a missing parameter (recorded); an empty array counts as none (inferred)."""
    return None if intent.submission.items else refuse(intent, "missing.parameter", parameter="content")


def prompt_is_present(intent: Intent) -> Refusal | None:
    """Refuse a blank prompt without media (recorded); text is optional beside media (documented)."""
    if intent.mode is not Mode.TEXT or not intent.submission.items or intent.submission.prompt.strip():
        return None
    return refuse(intent, "content.text_empty", index=0)


def prompt_is_bounded(intent: Intent) -> Refusal | None:
    """Refuse texts that are together too long to be stored; the bound is ours, the form of the text is recorded."""
    if sum(len(item.value) for item in intent.submission.items if item.kind is Kind.TEXT) <= LONGEST_PROMPT:
        return None
    reason = f"the length of all texts must be less than or equal to {LONGEST_PROMPT}"
    return refuse(intent, "parameter.invalid_because", parameter="content", reason=reason)


def image_roles_are_known(intent: Intent) -> Refusal | None:
    """Refuse unknown image roles (recorded): end_frame, start_frame, reference, subject and image are no roles."""
    if intent.mode in _HAVE_NO_MEDIA or all(item.role in _IMAGE_ROLES for item in _images(intent)):
        return None
    return refuse(intent, "content.role_unknown", kind="image")


def several_images_have_roles(intent: Intent) -> Refusal | None:
    """Refuse several images without roles (recorded): one image may have none and is the first frame."""
    if intent.mode in _HAVE_NO_MEDIA or intent.solid:
        return None
    images = _images(intent)
    if len(images) > 1 and any(item.role is None for item in images):
        return refuse(intent, "content.role_missing")
    return None


def video_and_audio_are_references(intent: Intent) -> Refusal | None:
    """Refuse video and audio without the role of a reference, the only one they have (recorded)."""
    if intent.mode is not Mode.REFERENCE:
        return None
    for item in intent.submission.items:
        if item.kind in (Kind.VIDEO, Kind.AUDIO) and item.role != f"reference_{NOUNS[item.kind]}":
            return refuse(intent, "content.reference_role", kind=NOUNS[item.kind])
    return None


def one_first_frame(intent: Intent) -> Refusal | None:
    """Refuse more than one first frame (recorded)."""
    count = _count(intent, FIRST)
    return refuse(intent, "content.first_frame_twice", count=count) if count > 1 else None


def one_last_frame(intent: Intent) -> Refusal | None:
    """Refuse more than one last frame (recorded)."""
    count = _count(intent, LAST)
    return refuse(intent, "content.last_frame_twice", count=count) if count > 1 else None


def frames_stand_without_references(intent: Intent) -> Refusal | None:
    """Refuse a first or last frame mixed with references (recorded). An image without a role is a first frame.

    A last frame beside a reference image or a draft task has a text of its own (recorded for the image).
    """
    roles = {item.role for item in _images(intent)}
    if LAST in roles and (REFERENCE_IMAGE in roles or intent.mode is Mode.DRAFT_FINAL):
        return refuse(intent, "content.last_frame_mixed")
    if intent.mode is not Mode.REFERENCE:
        return None
    if roles & _FRAMES or None in roles:
        return refuse(intent, "content.frames_mixed_with_references")
    return None


def last_frame_follows_a_first(intent: Intent) -> Refusal | None:
    """Refuse a last frame without a first frame (recorded)."""
    if intent.mode is not Mode.FIRST_LAST or _count(intent, FIRST):
        return None
    return refuse(intent, "content.last_frame_alone")


def mode_is_supported(intent: Intent) -> Refusal | None:
    """Refuse a mode that the model lacks (recorded); the final of a draft needs a model with drafts (inferred text).

    Where only the last frame is unsupported, the text is the one that an official client matches.
    """
    if intent.mode is Mode.DRAFT_FINAL:
        return None if intent.model.draft is not None else refuse(intent, "mode.unsupported")
    if intent.mode in intent.model.modes:
        return None
    only_last = intent.mode is Mode.FIRST_LAST and Mode.FIRST_FRAME in intent.model.modes
    return refuse(intent, "mode.last_frame_unsupported" if only_last else "mode.unsupported")


def solid_has_its_images(intent: Intent) -> Refusal | None:
    """Refuse too many images for a 3D file, or none where the model needs one (documented; texts as for clips)."""
    if intent.mode is not Mode.SOLID or not intent.submission.items:
        return None
    if any(item.kind in (Kind.VIDEO, Kind.AUDIO) for item in intent.submission.items):
        return refuse(intent, "mode.unsupported", mode=Mode.REFERENCE)
    count, solid, allowed = len(_images(intent)), intent.model.solid, intent.model.references
    if not count:
        by_text = solid is not None and solid.text_alone and bool(intent.submission.prompt.strip())
        return None if by_text else refuse(intent, "content.image_required")
    most = 1 if allowed is None else allowed.images
    return refuse(intent, "content.too_many_images", limit=most, count=count) if count > most else None


def audio_is_not_alone(intent: Intent) -> Refusal | None:
    """Refuse audio without an image or a video on 2.0; on 2.5 it may be the only reference (recorded)."""
    references = intent.model.references
    if intent.mode is not Mode.REFERENCE or references is None or references.audio_alone:
        return None
    if any(item.kind in (Kind.IMAGE, Kind.VIDEO) for item in intent.submission.items):
        return None
    return refuse(intent, "content.audio_alone")


def references_are_counted(intent: Intent) -> Refusal | None:
    """Refuse too many references (recorded texts, documented counts).

    On 2.5 the live service does not count (64 images were accepted).
    """
    allowed = intent.model.references
    if intent.mode is not Mode.REFERENCE or allowed is None or not allowed.counts_checked:
        return None
    counts = {kind: sum(item.kind is kind for item in intent.submission.items) for kind in NOUNS}
    for kind, limit, key in (
        (Kind.IMAGE, allowed.images, "content.too_many_images"),
        (Kind.VIDEO, allowed.videos, "content.too_many_videos"),
        (Kind.AUDIO, allowed.audios, "content.too_many_audios"),
    ):
        if counts[kind] > limit:
            return refuse(intent, key, limit=limit, count=counts[kind])
    total = sum(counts.values())
    return (
        refuse(intent, "content.too_many_references", limit=allowed.total, count=total)
        if total > allowed.total
        else None
    )


CONTENT_RULES: Final[tuple[Rule, ...]] = (
    content_is_present,
    prompt_is_present,
    prompt_is_bounded,
    image_roles_are_known,
    several_images_have_roles,
    video_and_audio_are_references,
    one_first_frame,
    one_last_frame,
    frames_stand_without_references,
    last_frame_follows_a_first,
    solid_has_its_images,
    mode_is_supported,
    audio_is_not_alone,
    references_are_counted,
)
"""In the order of application: roles before modes, because the mode follows from the roles."""


def _images(intent: Intent) -> list[Item]:
    return [item for item in intent.submission.items if item.kind is Kind.IMAGE]


def _count(intent: Intent, role: str) -> int:
    if intent.mode in _HAVE_NO_MEDIA:
        return 0
    return sum(item.role == role for item in intent.submission.items if item.kind is Kind.IMAGE)
