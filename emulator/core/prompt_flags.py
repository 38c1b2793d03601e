"""The legacy way to give parameters: `--flag value` words at the end of the prompt of 1.x and 3D models.

A parameter in the body wins over its flag. Values that are not of the flag's kind are left out here; the rules say
which of them are errors.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, Final

from emulator.core.models import Model
from emulator.core.values import Kind, Parameters, Submission

GENERATIONS: Final = frozenset({"1.0", "1.5"})
"""Generations that read flags; to later ones they are words like any other (inferred)."""
_FLAG: Final = re.compile(r"(?<!\S)--([A-Za-z]+)[ \t]+(\S+)")


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d{1,12}", text) else None


FLAGS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = MappingProxyType(
    {
        "rs": ("resolution", str),
        "resolution": ("resolution", str),
        "rt": ("ratio", str),
        "ratio": ("ratio", str),
        "dur": ("duration", _whole),
        "duration": ("duration", _whole),
        "frames": ("frames", _whole),
        "seed": ("seed", _whole),
        "cf": ("camera_fixed", _boolean),
        "camerafixed": ("camera_fixed", _boolean),
        "wm": ("watermark", _boolean),
        "watermark": ("watermark", _boolean),
    }
)
"""Flag to parameter, and how its value is read (documented). Any other flag is part of the prompt."""


def flags_in(prompt: str) -> Iterator[tuple[str, str]]:
    """The known flags of a prompt as (parameter, value as written), in order."""
    for found in _FLAG.finditer(prompt):
        if (flag := FLAGS.get(found.group(1).lower())) is not None:
            yield flag[0], found.group(2)


def with_prompt_flags(submission: Submission, model: Model) -> Parameters:
    """The parameters of the submission, those of its prompt's flags filled in where the body gave none."""
    if model.generation not in GENERATIONS or not any("--" in item.value for item in submission.items):
        return submission.asked
    read = {flag[0]: flag[1] for flag in FLAGS.values()}
    found: dict[str, Any] = {}
    for item in submission.items:
        if item.kind is Kind.TEXT:
            found |= {name: read[name](value) for name, value in flags_in(item.value)}
    given = {field.name for field in fields(Parameters) if getattr(submission.asked, field.name) is not None}
    return replace(submission.asked, **{name: value for name, value in found.items() if name not in given})
