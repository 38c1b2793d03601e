"""Helpers of the rules: refusals with common slots, and the names of the kinds of media."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.task.values import Kind

Rule: TypeAlias = Callable[[Intent], Refusal | None]
"""Checks one thing and returns its objection, or None. Never raises, for any submission."""

NOUNS: Final[Mapping[Kind, str]] = MappingProxyType({Kind.IMAGE: "image", Kind.VIDEO: "video", Kind.AUDIO: "audio"})
"""The kinds of media as error texts name them."""
ARTICLED: Final[Mapping[Kind, str]] = MappingProxyType(
    {Kind.IMAGE: "an image", Kind.VIDEO: "a video", Kind.AUDIO: "an audio"}
)


def refuse(intent: Intent, key: str, **slots: object) -> Refusal:
    """Return the refusal of that row, with the model's short name and the mode filled in: most texts name them."""
    return Refusal(key, **{"model": intent.name, "mode": intent.mode, **slots})


def not_valid(intent: Intent, parameter: str) -> Refusal:
    """Return the refusal of a value that this model does not accept in this mode."""
    return refuse(intent, "parameter.not_valid", parameter=parameter)


def unsupported(intent: Intent, parameter: str) -> Refusal:
    """Return the refusal of a parameter that this model does not have in this mode."""
    return refuse(intent, "parameter.unsupported", parameter=parameter)


def draft_only(intent: Intent, parameter: str, value: str) -> Refusal:
    """Return the refusal of a value that the model accepts, but not for a draft (recorded on 1.5 pro)."""
    return refuse(intent, "draft.only", parameter=parameter, value=value)
