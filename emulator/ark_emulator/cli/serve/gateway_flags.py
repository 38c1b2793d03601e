"""The values of the flags of `serve` for gateways. Names of gateways are imported only when a flag is used."""

import argparse
import json
from collections.abc import Iterable
from typing import Any

from ark_emulator.cli.common.flags import one_of


def traits_of(chosen: Iterable[tuple[str, str, Any]]) -> dict[str, dict[str, object]]:
    """Return the chosen traits by gateway and name."""
    found: dict[str, dict[str, object]] = {}
    for gateway, trait, value in chosen:
        found.setdefault(gateway, {})[trait] = value
    return found


def parse_gateway(text: str) -> str:
    """Return the name of a gateway. Raises ArgumentTypeError."""
    from ark_emulator.dialects.newapi.traits import GATEWAYS
    from ark_emulator.dialects.powertokens_videos.dialect import NAME

    return one_of(text, (*GATEWAYS, NAME))


def parse_prefix(text: str) -> str:
    """Return a normalized path prefix. Raises ArgumentTypeError."""
    from ark_emulator.runtime.common import path_prefixes

    try:
        return path_prefixes.parse_prefix(text)
    except path_prefixes.InvalidPrefix as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def parse_trait(text: str) -> tuple[str, str, Any]:
    """Return a gateway, its trait and the value: JSON, or a plain word. Raises ArgumentTypeError."""
    from ark_emulator.dialects.newapi.trait_checks import InvalidTrait
    from ark_emulator.dialects.newapi.traits import validate_trait

    name, found, value = text.partition("=")
    gateway, dot, trait = name.partition(".")
    if not found or not dot:
        raise argparse.ArgumentTypeError(f"{text!r} is not GATEWAY.TRAIT=VALUE")
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        read = value
    try:
        validate_trait(gateway, trait, read)
    except InvalidTrait as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    return gateway, trait, read
