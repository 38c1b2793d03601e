"""Validate the values of traits.

The type of a trait, and the words that code distinguishes, are in the annotation in `Traits`. The bounds of numbers and
the allowed names are in the table of traits, under `takes`.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from ark_emulator.core.storage.headers import is_header_name
from ark_emulator.core.suggestion import did_you_mean


class InvalidTrait(ValueError):
    """A trait does not exist or has an invalid value; the message says which and what is accepted."""


def validate_value(value: object, annotation: Any, takes: Mapping[str, Any]) -> None:
    """Raise InvalidTrait unless the value has that type and is within those bounds.

    `takes` may hold: `least` and `most` of every number, and the numbers accepted `besides`; `among`, the allowed names
    in a list or the keys of a mapping, `all` of which are required if set; `pattern`, which every key must match;
    `header`, the slots allowed in the texts of headers.
    """
    _fits(value, annotation, takes)
    names = value if isinstance(value, Mapping | list | tuple) else ()
    if "among" in takes:
        for name in names:
            validate_word(name, takes["among"])
        if missing := set(takes["among"]) - set(names) if takes.get("all") else ():
            raise InvalidTrait(f"{', '.join(sorted(missing))} must be there too")
    if "pattern" in takes and (wrong := [name for name in names if not re.fullmatch(takes["pattern"], name)]):
        raise InvalidTrait(f"{wrong[0]!r} is not {takes['wanted']}")
    if "header" in takes and isinstance(value, Mapping):
        for name, text in value.items():
            _header(name, text, takes["header"])


def validate_word(word: object, known: Collection[str]) -> None:
    """Raise InvalidTrait with a suggestion unless the word is known."""
    if word in known:
        return
    raise InvalidTrait(f"{word!r} is not one of {', '.join(known)}{did_you_mean(str(word), known, '{}')}")


def _fits(value: object, annotation: Any, takes: Mapping[str, Any]) -> None:
    kind = get_origin(annotation) or annotation
    if kind in (UnionType, Union):
        if value is not None:
            _fits(value, next(each for each in get_args(annotation) if each is not NoneType), takes)
    elif kind is Literal:
        validate_word(value, get_args(annotation))
    elif kind in (int, float):
        _number(value, kind, takes)
    elif kind is object:
        _json(value)
    elif kind is tuple:
        parts = get_args(annotation)
        if not isinstance(value, list | tuple) or len(value) != len(parts):
            raise InvalidTrait(f"{value!r} is not a list of {len(parts)} values")
        for part, inner in zip(value, parts, strict=True):
            _fits(part, inner, takes)
    else:
        _whole(value, kind, get_args(annotation), takes)


def _whole(value: object, kind: Any, parts: tuple[Any, ...], takes: Mapping[str, Any]) -> None:
    """Check a text, a switch, a list or a mapping, and everything in it."""
    types, wanted = _KINDS[kind]
    if not isinstance(value, types):
        raise InvalidTrait(f"{value!r} is not {wanted}")
    if isinstance(value, str):
        _json(value)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            _fits(name, parts[0], takes)
            _fits(part, parts[1], takes)
    elif isinstance(value, list | tuple):
        for part in value:
            _fits(part, parts[0], takes)


_KINDS: Final[Mapping[Any, tuple[Any, str]]] = {
    bool: (bool, "true or false"),
    str: (str, "a text"),
    Sequence: ((list, tuple), "a list"),
    Mapping: (Mapping, "a mapping"),
}


def _number(value: object, kind: type, takes: Mapping[str, Any]) -> None:
    kinds = int | float if kind is float else int
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    if is_number and (value in takes.get("besides", ()) or takes["least"] <= value <= takes["most"]):
        return
    besides = "".join(f"{each}, or " for each in takes.get("besides", ()))
    wanted = "a whole number" if kind is int else "a number"
    raise InvalidTrait(f"{value!r} is not {besides}{wanted} from {takes['least']} to {takes['most']}")


def _json(value: object) -> None:
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise InvalidTrait(f"{value!r} cannot be written as JSON") from None


def _header(name: str, text: str, slots: Sequence[str]) -> None:
    try:
        text.format_map(dict.fromkeys(slots, ""))
    except (KeyError, ValueError, IndexError, AttributeError):
        known = ", ".join(f"{{{slot}}}" for slot in slots)
        raise InvalidTrait(f"{text!r} has braces other than {known}") from None
    if not is_header_name(name) or not (text.isprintable() and text.isascii()):
        raise InvalidTrait(f"{name!r}: {text!r} cannot be a header")
