"""A submission interpreted: its model found, its mode detected, every default filled in. It never refuses.

Where a value makes no sense the model's default replaces it, so that a lenient server can continue. The rules decide
whether the request is refused.
"""

from dataclasses import dataclass, replace
from typing import Final

from ark_emulator.core.facts.catalogue import ADAPTIVE
from ark_emulator.core.facts.disputed_numbers import DEFAULT_NUMBERS, DisputedNumbers
from ark_emulator.core.facts.models import Model, ModeRules
from ark_emulator.core.facts.upstreams import UPSTREAM_RULES
from ark_emulator.core.request.media_facts import Evidence
from ark_emulator.core.request.prompt_flags import Flag, flags_in, with_flags
from ark_emulator.core.task.values import Item, Kind, Mode, Submission, Task, TaskParameters

EXPIRES_AFTER: Final = 172_800
"""Seconds until an unfinished task expires, unless requested otherwise (documented)."""
LONGEST_EXPIRY: Final = 259_200
"""The most seconds that may be requested (documented)."""
MOST_PRIORITY: Final = 9
BARE: Final = "-geometry"
"""The ending of the level of a 3D file without texture, of the model that prices the two apart."""
_GEOMETRY: Final = 1
"""The request type of a file without texture (documented)."""
_BY_MODEL: Final = -1


@dataclass(frozen=True, slots=True)
class Intent:
    """A submission interpreted for a model.

    `model_asked` is the model's name after an endpoint id was resolved. `asked` holds the parameters with the prompt's
    `flags` merged in and, for the final of a draft, what it inherits. `resolution` is legal for model
    and mode; of a 3D model it is the level of subdivision. `ratio` may be `adaptive`. `seconds` may be -1 (the
    model chooses) and is 0 for 3D. `rules` are those of the model in this mode, or in its first mode when it lacks it.
    """

    submission: Submission
    model: Model
    model_asked: str
    mode: Mode
    asked: TaskParameters
    evidence: Evidence
    rules: ModeRules
    resolution: str
    ratio: str
    seconds: int
    frames: int | None
    flags: tuple[Flag, ...] = ()
    numbers: DisputedNumbers = DEFAULT_NUMBERS

    @property
    def name(self) -> str:
        """The model's name as error texts print it: without the date."""
        return self.model.name_in_errors(self.model_asked)

    @property
    def given(self) -> TaskParameters:
        """The parameters of the body alone, as they came."""
        return self.submission.parameters

    @property
    def solid(self) -> bool:
        """True for a 3D model, which makes a file instead of a clip."""
        return Mode.SOLID in self.model.modes

    @property
    def draft_source(self) -> Task | None:
        """The draft task of this final, if it is one and the draft is known."""
        return self.evidence.draft if self.mode is Mode.DRAFT_FINAL else None

    @property
    def draft(self) -> bool:
        """True when the task makes a draft."""
        return bool(self.asked.draft) and self.model.draft is not None

    @property
    def items(self) -> tuple[Item, ...]:
        """The content that drives the generation; the final of a draft has its draft's."""
        source = self.draft_source
        return self.submission.items if source is None else source.submission.items

    @property
    def audio(self) -> bool:
        """True when the clip has sound."""
        return self.model.audio and self.asked.generate_audio is not False

    @property
    def task_type(self) -> str | None:
        """How references are used, where the model has a parameter for it: auto, reference, edit or extend."""
        asked = self.asked.omni_reference_task_type
        return (asked if asked in self.model.task_types else "auto") if self.model.task_types else None

    @property
    def tier(self) -> str:
        """`flex` where it was requested and exists, else `default`."""
        return "flex" if self.asked.service_tier == "flex" and self.model.flex and not self.draft else "default"

    @property
    def seed(self) -> int | None:
        """The requested seed, None for any."""
        asked = self.asked.seed
        return asked if asked is not None and 0 <= asked <= self.numbers.most_seed else None

    @property
    def priority(self) -> int:
        """The requested priority, 0 where the model has no priorities."""
        asked = self.asked.priority
        return asked if asked is not None and self.model.priority == "used" and 0 <= asked <= MOST_PRIORITY else 0

    @property
    def expires_after(self) -> int:
        """Seconds from acceptance until the task expires."""
        asked = self.asked.execution_expires_after
        return asked if asked is not None and 1 <= asked <= LONGEST_EXPIRY else EXPIRES_AFTER

    @property
    def container(self) -> str:
        """The format of the file: mp4 or mov, for 3D one of its own."""
        asked, solid = self.asked.output_format, self.model.solid
        if asked is not None and solid is not None:
            numbered = {str(number): name for number, name in enumerate(solid.format_numbers, 1)}
            asked = numbered.get(asked, asked.lower())
        return asked if asked is not None and asked in self.model.formats else self.model.formats[0]

    @property
    def last_frame(self) -> bool:
        """True when the clip's last frame is requested as an image, and there is a clip."""
        kept = not self.draft or self.model.draft is None or self.model.draft.last_frame
        return bool(self.asked.return_last_frame) and kept and not self.solid

    @property
    def searches(self) -> bool:
        """True when the model may search the web, where it can."""
        tools = self.asked.tools
        return bool(tools) and "web_search" in (tools or ()) and bool(self.model.listing(self.model_asked).tools)

    @property
    def input_video_seconds(self) -> float | None:
        """Seconds of reference video in all, None when there is none; a video without a known duration counts 5 s."""
        items = self.items
        if all(item.kind is not Kind.VIDEO for item in items):
            return None
        known = self.evidence.media if items is self.submission.items else {}
        return sum(
            _seconds_of(known.get(index), self.numbers) for index, item in enumerate(items) if item.kind is Kind.VIDEO
        )


def understand(
    submission: Submission,
    model: Model,
    model_asked: str,
    evidence: Evidence,
    numbers: DisputedNumbers = DEFAULT_NUMBERS,
) -> Intent:
    """Return the submission interpreted for that model, given what is known of its media."""
    mode = mode_of(submission.items, model)
    flags = tuple(flags_in(submission.items, model)) if UPSTREAM_RULES[submission.upstream].flags else ()
    asked = with_flags(_of_solid(submission.parameters, model), flags)
    if evidence.draft is not None and mode is Mode.DRAFT_FINAL:
        asked = _inherited(asked, model, evidence.draft)
    rules = model.modes.get(mode) or _first_rules(model)
    frames = asked.frames if model.frames is not None and asked.frames and model.frames.accepts(asked.frames) else None
    return Intent(
        submission=submission,
        model=model,
        model_asked=model_asked,
        mode=mode,
        asked=asked,
        evidence=evidence,
        rules=rules,
        resolution=_resolution(model, rules, asked),
        ratio=(asked.ratio if asked.ratio in rules.ratios else rules.ratio) or ADAPTIVE,
        seconds=_seconds(submission, model, asked, evidence, numbers),
        frames=frames,
        flags=flags,
        numbers=numbers,
    )


def mode_of(items: tuple[Item, ...], model: Model) -> Mode:
    """Return how the content drives the generation; the rules find contradictions."""
    kinds = {item.kind for item in items}
    if Kind.DRAFT in kinds:
        return Mode.DRAFT_FINAL
    if Mode.SOLID in model.modes:
        return Mode.SOLID
    if Kind.VIDEO in kinds or Kind.AUDIO in kinds:
        return Mode.REFERENCE
    if Kind.IMAGE not in kinds:
        return Mode.TEXT
    roles = {item.role for item in items if item.kind is Kind.IMAGE}
    if "reference_image" in roles:
        return Mode.REFERENCE
    return Mode.FIRST_LAST if "last_frame" in roles else Mode.FIRST_FRAME


def _of_solid(asked: TaskParameters, model: Model) -> TaskParameters:
    """Return the parameters; for 3D models with their own two in the place of the flags for them. Others ignore those
    two.
    """
    if model.solid is None or (asked.subdivision_level is None and asked.file_format is None):
        return asked
    return replace(asked, resolution=asked.subdivision_level, output_format=asked.file_format or asked.output_format)


def _first_rules(model: Model) -> ModeRules:
    return next(iter(model.modes.values()))


def _resolution(model: Model, rules: ModeRules, asked: TaskParameters) -> str:
    """Return the requested resolution where it is legal, else the default: a draft's, the mode's, or the finest."""
    requested = (asked.resolution or "").lower()
    if model.subdivision_levels:
        level = requested if requested in model.subdivision_levels else model.subdivision_levels[0]
        bare = f"{level}{BARE}"
        return bare if asked.request_type == _GEOMETRY and bare in model.subdivision_levels else level
    if asked.draft and model.draft is not None:
        return model.draft.resolution
    if requested in rules.resolutions:
        return requested
    return model.resolution if model.resolution in rules.resolutions and model.resolution else rules.resolutions[-1]


def _seconds(
    submission: Submission, model: Model, asked: TaskParameters, evidence: Evidence, numbers: DisputedNumbers
) -> int:
    """Return the requested duration where it is legal, else the default. An edited video keeps its own (documented)."""
    allowed = model.seconds
    if allowed is None:
        return 0
    if asked.omni_reference_task_type == "edit" and "edit" in model.task_types:
        first = next((index for index, item in enumerate(submission.items) if item.kind is Kind.VIDEO), None)
        if first is not None:
            length = _seconds_of(evidence.media.get(first), numbers)
            return round(min(max(length, allowed.least), allowed.most))
    requested = asked.duration
    return requested if requested is not None and allowed.accepts(requested) else allowed.default


def _seconds_of(facts: object, numbers: DisputedNumbers) -> float:
    seconds = getattr(facts, "seconds", None)
    return float(numbers.unknown_video_seconds) if seconds is None else float(seconds)


def _inherited(asked: TaskParameters, model: Model, draft: Task) -> TaskParameters:
    """Return the parameters of a draft's final: inherited ones are the finished draft's, the rest as requested."""
    plan = draft.plan
    making = model.draft
    resolution = (asked.resolution or "").lower()
    if making is not None and resolution not in making.final_resolutions:
        resolution = making.final_resolution
    return replace(
        asked,
        resolution=resolution,
        ratio=plan.picture.ratio,
        duration=plan.picture.frames // 24,
        frames=None,
        seed=plan.seed,
        camera_fixed=draft.submission.parameters.camera_fixed,
        generate_audio=plan.picture.audio,
        omni_reference_task_type=draft.submission.parameters.omni_reference_task_type,
        draft=False,
    )
