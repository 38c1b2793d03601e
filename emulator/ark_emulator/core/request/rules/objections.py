"""What the rules share: how one objects, and how the kinds of media are spoken of."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.task.values import Kind

Rule: TypeAlias = Callable[[Intent], Refusal | None]
"""Looks at one thing and answers with its objection, or None. Never raises, whatever was submitted."""

NOUNS: Final[Mapping[Kind, str]] = MappingProxyType({Kind.IMAGE: "image", Kind.VIDEO: "video", Kind.AUDIO: "audio"})
"""The kinds of media as error texts name them."""
ARTICLED: Final[Mapping[Kind, str]] = MappingProxyType(
    {Kind.IMAGE: "an image", Kind.VIDEO: "a video", Kind.AUDIO: "an audio"}
)


def refuse(intent: Intent, key: str, **slots: object) -> Refusal:
    """The refusal of that row; the model's short name and the mode are filled in, for most texts name them."""
    return Refusal(key, **{"model": intent.name, "mode": intent.mode, **slots})


def not_valid(intent: Intent, parameter: str) -> Refusal:
    """A parameter has a value that this model does not take in this mode."""
    return refuse(intent, "parameter.not_valid", parameter=parameter)


def unsupported(intent: Intent, parameter: str) -> Refusal:
    """A parameter that this model does not have in this mode was set."""
    return refuse(intent, "parameter.unsupported", parameter=parameter)


def draft_only(intent: Intent, parameter: str, value: str) -> Refusal:
    """Return the refusal of a value that the model takes, but not for a draft (recorded on 1.5 pro)."""
    return refuse(intent, "draft.only", parameter=parameter, value=value)
