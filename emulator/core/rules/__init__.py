"""The rules of a create request, one small function each, asked in order; the first that objects refuses it."""

from collections.abc import Callable
from typing import Final, TypeAlias

from emulator.core.catalogue import find
from emulator.core.errors import Refusal
from emulator.core.intent import Intent
from emulator.core.models import Model
from emulator.core.values import Mode, Submission

Rule: TypeAlias = Callable[[Intent], None]


def model_of(submission: Submission, name: str) -> Model:
    """The model of that name. Raises Refusal when there is none."""
    model = find(name)
    if model is None:
        raise Refusal("model.not_found", model=submission.model)
    return model


def check(intent: Intent) -> None:
    """Ask every rule. Raises the first Refusal."""
    for rule in RULES:
        rule(intent)


def content_is_there(intent: Intent) -> None:
    """Recorded: content must not be empty."""
    if not intent.items:
        raise Refusal("missing.parameter", parameter="content")


def mode_is_supported(intent: Intent) -> None:
    """Recorded: each model has its modes."""
    if intent.mode is not Mode.DRAFT_FINAL and intent.rules is None:
        raise Refusal("mode.unsupported", model=intent.name, mode=intent.mode)


def resolution_is_offered(intent: Intent) -> None:
    """Recorded: matched without regard to case."""
    asked = intent.asked.resolution
    if asked is not None and intent.rules is not None and asked.lower() not in intent.rules.resolutions:
        raise Refusal("parameter.not_valid", parameter="resolution", model=intent.name, mode=intent.mode)


def ratio_is_offered(intent: Intent) -> None:
    """Recorded: one of the mode's ratios."""
    asked = intent.asked.ratio
    if asked is not None and intent.rules is not None and asked not in intent.rules.ratios:
        raise Refusal("parameter.not_valid", parameter="ratio", model=intent.name, mode=intent.mode)


def duration_is_in_range(intent: Intent) -> None:
    """Recorded: whole seconds within the model's range, or -1 where it chooses."""
    asked, seconds = intent.asked.duration, intent.model.seconds
    if asked is not None and seconds is not None and intent.frames is None and not seconds.accepts(asked):
        raise Refusal("parameter.not_valid", parameter="duration", model=intent.name, mode=intent.mode)


RULES: Final[tuple[Rule, ...]] = (
    content_is_there,
    mode_is_supported,
    resolution_is_offered,
    ratio_is_offered,
    duration_is_in_range,
)
