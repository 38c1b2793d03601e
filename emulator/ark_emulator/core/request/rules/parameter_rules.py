"""Rules about the parameters of the body, one for each.

A parameter that a model does not have must be empty: absent, null or, as inferred from the texts, at its documented
default. For the final of a draft the inherited parameters are checked by the draft's rules, not here.
"""

from typing import Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import LONGEST_EXPIRY, MOST_PRIORITY, Intent
from ark_emulator.core.request.rules.link_rules import can_be_called
from ark_emulator.core.request.rules.objections import Rule, draft_only, not_valid, refuse, unsupported
from ark_emulator.core.task.values import Mode

SHORTEST_EXPIRY: Final = 3600
"""Documented; models with `short_expiry` accept less (recorded), down to one second (inferred)."""
LONGEST_IDENTIFIER: Final = 64
WEB_SEARCH: Final = "web_search"
_NAMES_THE_BOUND: Final = "1.0"
"""The generation whose refusal of a duration names the bound (recorded); later ones only say that it is not valid."""


def resolution_is_offered(intent: Intent) -> Refusal | None:
    """Refuse a resolution that the mode lacks, in any case of letters (recorded).

    A draft and its final have their own (documented).
    """
    asked = intent.given.resolution
    if asked is None:
        return None
    if intent.solid:
        return unsupported(intent, "resolution")
    if asked.lower() in _resolutions(intent):
        return None
    if intent.draft and intent.mode is not Mode.DRAFT_FINAL and asked.lower() in intent.rules.resolutions:
        return draft_only(intent, "resolution", _resolutions(intent)[0])
    return not_valid(intent, "resolution")


def ratio_is_offered(intent: Intent) -> Refusal | None:
    """Refuse a ratio that the mode lacks (recorded).

    Where the clip follows its first frame another rule refuses known ratios.
    """
    asked = intent.given.ratio
    if asked is None or intent.mode is Mode.DRAFT_FINAL:
        return None
    if intent.solid:
        return unsupported(intent, "ratio")
    if asked in intent.rules.ratios:
        return None
    if intent.rules.follows_frame and any(asked in mode.ratios for mode in intent.model.modes.values()):
        return None
    return not_valid(intent, "ratio")


def duration_is_in_range(intent: Intent) -> Refusal | None:
    """Refuse a duration outside the model's range of whole seconds, or -1 where it cannot choose (recorded).

    1.0 names the bound.
    """
    asked, seconds = intent.given.duration, intent.model.seconds
    if asked is None or intent.mode is Mode.DRAFT_FINAL:
        return None
    if seconds is None:
        return unsupported(intent, "duration")
    if seconds.accepts(asked) or (intent.given.frames is not None and intent.model.frames is not None):
        return None
    if intent.model.generation != _NAMES_THE_BOUND:
        return not_valid(intent, "duration")
    return _out_of_range(intent, "duration", asked, seconds.least, seconds.most)


def frames_are_offered(intent: Intent) -> Refusal | None:
    """Refuse frames except on 1.0; 25 + 4n from 29 to 289, and they override the duration (seed and recorded)."""
    asked, frames = intent.given.frames, intent.model.frames
    if asked is None:
        return None
    if frames is None:
        return unsupported(intent, "frames")
    return None if frames.accepts(asked) else not_valid(intent, "frames")


def seed_is_in_range(intent: Intent) -> Refusal | None:
    """Refuse a seed outside -1 to 2^32 - 1 (seed), on every model (recorded); the text is of other bad values
    (inferred).
    """
    asked, solid = intent.given.seed, intent.model.solid
    most = intent.numbers.most_seed if solid is None or solid.most_seed is None else solid.most_seed
    if asked is None or intent.mode is Mode.DRAFT_FINAL or -1 <= asked <= most:
        return None
    return not_valid(intent, "seed")


def camera_can_be_fixed(intent: Intent) -> Refusal | None:
    """Refuse a fixed camera except on 1.x (recorded) and with reference images (seed). False counts as empty
    (inferred).
    """
    return unsupported(intent, "camera_fixed") if intent.given.camera_fixed and not intent.rules.camera_fixed else None


def draft_can_be_made(intent: Intent) -> Refusal | None:
    """Refuse a draft except on 2.5 and 1.5 pro (recorded). That false counts as empty is inferred."""
    return unsupported(intent, "draft") if intent.given.draft and intent.model.draft is None else None


def draft_has_no_last_frame(intent: Intent) -> Refusal | None:
    """Refuse the last frame of a draft of 1.5 pro (seed); the text is of other unsupported parameters (inferred)."""
    making = intent.model.draft
    if intent.given.return_last_frame and intent.draft and making is not None and not making.last_frame:
        return unsupported(intent, "return_last_frame")
    return None


def service_tier_exists(intent: Intent) -> Refusal | None:
    """Refuse flex except on 1.x and for drafts (recorded). An explicit `default` is accepted everywhere (decided)."""
    asked, making = intent.given.service_tier, intent.model.draft
    if asked is None or asked == "default":
        return None
    if not intent.model.flex:
        return unsupported(intent, "service_tier")
    if asked == "flex" and intent.draft and making is not None and not making.flex:
        return draft_only(intent, "service_tier", "default")
    return None if asked == "flex" else not_valid(intent, "service_tier")


def priority_is_in_range(intent: Intent) -> Refusal | None:
    """Refuse a priority outside 0 to 9 (seed) on 2.x and any on 1.5 pro; 1.0 ignores it (recorded).

    That 0 counts as empty is inferred.
    """
    asked, use = intent.given.priority, intent.model.priority
    if not asked or use == "ignored":
        return None
    if use == "refused":
        return unsupported(intent, "priority")
    return None if 0 <= asked <= MOST_PRIORITY else not_valid(intent, "priority")


def expiry_is_in_range(intent: Intent) -> Refusal | None:
    """Refuse an expiry outside 3600 to 259200 seconds (seed).

    2.x accept less (recorded); the text is that of other ranges (inferred).
    """
    asked = intent.given.execution_expires_after
    if asked is None:
        return None
    least = intent.numbers.least_expiry if intent.model.short_expiry else SHORTEST_EXPIRY
    return _out_of_range(intent, "execution_expires_after", asked, least, LONGEST_EXPIRY)


def tools_are_offered(intent: Intent) -> Refusal | None:
    """Refuse tools other than web_search, except on 2.x of Volcengine and for text without media (documented).

    The texts are inferred. An empty array requests nothing.
    """
    asked = intent.given.tools
    if not asked:
        return None
    if any(tool != WEB_SEARCH for tool in asked):
        return not_valid(intent, "tools")
    offered = intent.model.listing(intent.model_asked).tools
    with_media = intent.mode not in (Mode.TEXT, Mode.DRAFT_FINAL)
    return unsupported(intent, "tools") if with_media or WEB_SEARCH not in offered else None


def output_format_is_offered(intent: Intent) -> Refusal | None:
    """Refuse formats except mp4 and mov on 2.5 (recorded); elsewhere only the default may be named (inferred)."""
    asked, formats = intent.given.output_format, intent.model.formats
    if asked is None or asked in formats:
        return None
    return not_valid(intent, "output_format") if len(formats) > 1 else unsupported(intent, "output_format")


def solid_parameters_are_offered(intent: Intent) -> Refusal | None:
    """Refuse a level or a format that a 3D model does not have; other models ignore both (inferred).

    That the parameters exist is in the newest SDK's schema; what a bad value leads to is not known.
    """
    if not intent.solid:
        return None
    level, container = intent.given.subdivision_level, intent.given.file_format
    if level is not None and level.lower() not in intent.model.subdivision_levels:
        return not_valid(intent, "subdivision_level")
    return (
        not_valid(intent, "file_format")
        if container is not None and container.lower() not in intent.model.formats
        else None
    )


def task_type_is_offered(intent: Intent) -> Refusal | None:
    """Refuse a task type except auto, reference, edit or extend on 2.5 (documented).

    That `auto` counts as empty elsewhere is inferred.
    """
    asked, types = intent.given.omni_reference_task_type, intent.model.task_types
    if asked is None or asked == "auto" or asked in types:
        return None
    parameter = "omni_reference_task_type"
    return not_valid(intent, parameter) if types else unsupported(intent, parameter)


def safety_identifier_is_short(intent: Intent) -> Refusal | None:
    """Refuse a safety identifier of more than 64 characters (seed); the text is inferred."""
    asked = intent.given.safety_identifier
    if asked is None or len(asked) <= LONGEST_IDENTIFIER:
        return None
    reason = f"the length must be less than or equal to {LONGEST_IDENTIFIER}"
    return refuse(intent, "parameter.invalid_because", parameter="safety_identifier", reason=reason)


def callback_url_is_an_address(intent: Intent) -> Refusal | None:
    """Refuse a callback URL that is no http or https URL that can be called, with the text of an image's URL
    (inferred).
    """
    asked = intent.given.callback_url
    if asked is None or can_be_called(asked):
        return None
    return refuse(intent, "parameter.invalid_because", parameter="callback_url", reason="invalid url specified")


PARAMETER_RULES: Final[tuple[Rule, ...]] = (
    resolution_is_offered,
    ratio_is_offered,
    duration_is_in_range,
    frames_are_offered,
    seed_is_in_range,
    camera_can_be_fixed,
    draft_can_be_made,
    draft_has_no_last_frame,
    service_tier_exists,
    priority_is_in_range,
    expiry_is_in_range,
    tools_are_offered,
    output_format_is_offered,
    solid_parameters_are_offered,
    task_type_is_offered,
    safety_identifier_is_short,
    callback_url_is_an_address,
)
"""Ratio before duration, as recorded. Of several bad ones the live service names one or another."""


def _resolutions(intent: Intent) -> tuple[str, ...]:
    making = intent.model.draft
    if making is not None and intent.mode is Mode.DRAFT_FINAL:
        return making.final_resolutions
    return (making.resolution,) if making is not None and intent.draft else intent.rules.resolutions


def _out_of_range(intent: Intent, parameter: str, asked: int, least: int, most: int) -> Refusal | None:
    if asked < least:
        return refuse(intent, "parameter.too_small", parameter=parameter, limit=least)
    return refuse(intent, "parameter.too_large", parameter=parameter, limit=most) if asked > most else None
