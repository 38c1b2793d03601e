"""A submission understood: its model found, its mode detected, every default filled in. Total: it never refuses.

Where a value makes no sense the model's default stands in, so that a lenient server can still go on; whether the
request is refused is for the rules to say.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from emulator.core import catalogue
from emulator.core.catalogue import ADAPTIVE
from emulator.core.evidence import UNKNOWN_VIDEO_SECONDS, Evidence
from emulator.core.models import Model, ModeRules
from emulator.core.prompt_flags import with_prompt_flags
from emulator.core.values import Item, Kind, Mode, Parameters, Submission

EXPIRES_AFTER: Final = 172_800
"""Seconds until an unfinished task expires, unless asked otherwise (documented)."""
_PORTRAIT: Final = re.compile(r"\b(vertical|portrait)\b|竖屏|竖版", re.IGNORECASE)
_SQUARE: Final = re.compile(r"\bsquare (video|format|frame)\b|方形", re.IGNORECASE)
_NAMED: Final = re.compile(r"(?<!\d)(21:9|16:9|9:16|4:3|3:4|1:1)(?!\d)")


@dataclass(frozen=True, slots=True)
class Intent:
    """What a submission comes to on a model.

    `model_asked` is the model's name after an endpoint id was looked up. `asked` holds the parameters with the
    prompt's flags folded in and, for the final of a draft, what it inherits.
    `resolution` is legal for model and mode, `ratio` may be `adaptive`, `seconds` may be -1 (the model chooses).
    """

    submission: Submission
    model: Model
    model_asked: str
    mode: Mode
    asked: Parameters
    evidence: Evidence
    resolution: str
    ratio: str
    seconds: int
    frames: int | None

    @property
    def name(self) -> str:
        """The model's name as error texts print it: without the date."""
        return self.model.name_in_errors(self.model_asked)

    @property
    def items(self) -> tuple[Item, ...]:
        """The content."""
        return self.submission.items

    @property
    def rules(self) -> ModeRules | None:
        """What the model takes in this mode, None when it has no such mode."""
        return self.model.modes.get(self.mode)

    @property
    def audio(self) -> bool:
        """True when the clip has sound."""
        return self.model.audio and self.asked.generate_audio is not False

    @property
    def input_video_seconds(self) -> float | None:
        """Seconds of reference video in all, None when there is none; a video nobody looked at counts 5 s."""
        found = [index for index, item in enumerate(self.items) if item.kind is Kind.VIDEO]
        known = (self.evidence.media.get(index) for index in found)
        lengths = [
            UNKNOWN_VIDEO_SECONDS if facts is None or facts.seconds is None else facts.seconds for facts in known
        ]
        return sum(lengths) if found else None


def understand(submission: Submission, model: Model, model_asked: str, evidence: Evidence) -> Intent:
    """What the submission comes to on that model, given what is known of its media."""
    mode = mode_of(submission.items, model)
    asked = with_prompt_flags(submission, model)
    if evidence.draft is not None and mode is Mode.DRAFT_FINAL:
        return _final_of_draft(submission, model, model_asked, asked, evidence)
    return _intent(submission, model, model_asked, mode, asked, evidence)


def mode_of(items: tuple[Item, ...], model: Model) -> Mode:
    """How the content drives the generation; contradictions are for the rules to find."""
    roles = [item.role for item in items]
    images = [item for item in items if item.kind is Kind.IMAGE]
    if any(item.kind is Kind.DRAFT for item in items):
        return Mode.DRAFT_FINAL
    if Mode.SOLID in model.modes:
        return Mode.SOLID
    if any(role and role.startswith("reference_") for role in roles) or any(
        item.kind in (Kind.VIDEO, Kind.AUDIO) for item in items
    ):
        return Mode.REFERENCE
    if "last_frame" in roles:
        return Mode.FIRST_LAST
    return Mode.FIRST_FRAME if images else Mode.TEXT


def shape(intent: Intent) -> tuple[str, int, int]:
    """The ratio a clip will show, and its width and height in pixels."""
    if intent.ratio != ADAPTIVE:
        return intent.ratio, *catalogue.size(intent.model, intent.resolution, intent.ratio)
    picture = _leading_picture(intent)
    if picture is None:
        ratio = _ratio_in_words(intent.submission.prompt)
        return ratio, *catalogue.size(intent.model, intent.resolution, ratio)
    if intent.rules is not None and intent.rules.follows_frame:
        width, height = catalogue.size_like(intent.model, intent.resolution, picture)
        near = catalogue.ratio_of(width, height)
        named = (width, height) == catalogue.size(intent.model, intent.resolution, near)
        return near if named and intent.resolution != "480p" else catalogue.fraction_of(width, height), width, height
    ratio = catalogue.ratio_of(*picture)
    return ratio, *catalogue.size(intent.model, intent.resolution, ratio)


def _intent(
    submission: Submission, model: Model, model_asked: str, mode: Mode, asked: Parameters, evidence: Evidence
) -> Intent:
    rules = model.modes.get(mode) or next(iter(model.modes.values()))
    seconds = model.seconds
    resolution = (asked.resolution or "").lower()
    if resolution not in rules.resolutions:
        resolution = _default_resolution(model, rules, asked)
    wanted = asked.duration
    if seconds is not None and (wanted is None or not seconds.accepts(wanted)):
        wanted = seconds.default
    frames = asked.frames if model.frames and asked.frames and model.frames.accepts(asked.frames) else None
    ratio = asked.ratio if asked.ratio in rules.ratios else rules.ratio
    return Intent(
        submission=submission,
        model=model,
        model_asked=model_asked,
        mode=mode,
        asked=asked,
        evidence=evidence,
        resolution=resolution,
        ratio=ratio or ADAPTIVE,
        seconds=0 if wanted is None else wanted,
        frames=frames,
    )


def _default_resolution(model: Model, rules: ModeRules, asked: Parameters) -> str:
    if asked.draft and model.draft is not None:
        return model.draft.resolution
    if model.resolution in rules.resolutions:
        return model.resolution or ""
    return rules.resolutions[-1] if rules.resolutions else ""


def _final_of_draft(
    submission: Submission, model: Model, model_asked: str, asked: Parameters, evidence: Evidence
) -> Intent:
    """The final of a draft: what is inherited comes from the draft's plan, the rest from this submission."""
    draft = evidence.draft
    assert draft is not None
    source = draft.plan
    merged = replace(
        asked,
        resolution=asked.resolution or (model.draft.final_resolution if model.draft else None),
        ratio=source.picture.ratio,
        duration=source.picture.frames // 24,
        seed=source.seed,
        generate_audio=source.picture.audio,
        draft=False,
    )
    understood = _intent(submission, model, model_asked, source.mode, merged, evidence)
    return replace(understood, mode=Mode.DRAFT_FINAL, ratio=source.picture.ratio, seconds=source.picture.frames // 24)


def _leading_picture(intent: Intent) -> tuple[int, int] | None:
    """The size of the picture that leads: the first frame, else the first reference video, else the first image."""
    order = {Kind.VIDEO: 0, Kind.IMAGE: 1}
    found = sorted((order[item.kind], index) for index, item in enumerate(intent.items) if item.kind in order)
    for _, index in found:
        facts = intent.evidence.media.get(index)
        if facts is not None and facts.width and facts.height:
            return facts.width, facts.height
    return None


def _ratio_in_words(prompt: str) -> str:
    """The ratio a prompt speaks of; 16:9 when it speaks of none. The real model's choice is not known: inferred."""
    if (named := _NAMED.search(prompt)) is not None:
        return named.group(1)
    if _PORTRAIT.search(prompt):
        return "9:16"
    return "1:1" if _SQUARE.search(prompt) else "16:9"
