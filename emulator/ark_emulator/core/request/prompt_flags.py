"""The legacy form of parameters: `--flag value` words in the prompt.

Every generation reads them (recorded on 1.0, 1.5, 2.0 and 2.5). A parameter in the body overrides its flag. A value
that is not of the flag's type is ignored here, and so accepted silently unless a rule objects: only resolution and
duration are checked (recorded).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.facts.models import Model
from ark_emulator.core.request.prompt_scan import budget, marked
from ark_emulator.core.task.values import Item, Kind, Mode, TaskParameters

MARK: Final = "--"
_FLAG: Final = re.compile(r"(?<!\S)--([A-Za-z_]++)[ \t]++(\S++)")


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: the position of its text in `content`, the parameter it sets, its value as text."""

    index: int
    parameter: str
    value: str

    @property
    def read(self) -> Any:
        """The value in the parameter's type; None when it is not of that type."""
        return READERS.get(self.parameter, str)(self.value)


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,12}", text) else None


READERS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {
        "duration": _whole,
        "frames": _whole,
        "seed": _whole,
        "camera_fixed": _boolean,
        "watermark": _boolean,
        "request_type": _whole,
    }
)
"""How the value of a parameter is parsed, where it is not text."""

CLIP_FLAGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rs": "resolution",
        "resolution": "resolution",
        "rt": "ratio",
        "ratio": "ratio",
        "dur": "duration",
        "duration": "duration",
        "frames": "frames",
        "seed": "seed",
        "cf": "camera_fixed",
        "camerafixed": "camera_fixed",
        "wm": "watermark",
        "watermark": "watermark",
    }
)
"""Flag to parameter (documented). `--fps` is documented too, but only 24 exists and any value is ignored."""

SOLID_FLAGS: Final[Mapping[str, str]] = MappingProxyType(
    {"sl": "resolution", "subdivisionlevel": "resolution", "ff": "output_format", "fileformat": "output_format"}
)
"""The flags of 3D models (documented): the level of subdivision takes the place of a resolution."""


NUMBERED_FLAGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "resolution": "resolution",
        "request_type": "request_type",
        "ff": "output_format",
        "fileformat": "output_format",
    }
)
"""The flags of the 3D model that names its formats by number (documented)."""


def flags_in(items: tuple[Item, ...], model: Model) -> Iterator[Flag]:
    """Yield the flags of all text items that the model knows, in order. All others are part of the prompt.

    So is everything after the first `MARKS` places that look like a flag (inferred).
    """
    known = SOLID_FLAGS if Mode.SOLID in model.modes else CLIP_FLAGS
    if model.solid is not None and model.solid.format_numbers:
        known = NUMBERED_FLAGS
    places = budget()
    for index, item in enumerate(items):
        if item.kind is Kind.TEXT and MARK in item.value:
            for found in marked(item.value, MARK, _FLAG, places):
                if (parameter := known.get(found.group(1).lower())) is not None:
                    yield Flag(index, parameter, found.group(2))


def with_flags(given: TaskParameters, flags: Iterable[Flag]) -> TaskParameters:
    """Return the parameters of a body, with the flags of its prompt filled in where the body gave none.

    Of a flag given twice the last legible value counts (inferred).
    """
    found = {flag.parameter: value for flag in flags if (value := flag.read) is not None}
    missing = {name: value for name, value in found.items() if getattr(given, name) is None}
    return replace(given, **missing) if missing else given
