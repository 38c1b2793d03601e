"""The flags of `serve` for gateways. Names of gateways are imported only when a flag is used."""

import argparse
import json
from collections.abc import Callable, Iterable
from typing import Any

from ark_emulator.cli.common.flags import one_of


def add_flags(add: Callable[..., None]) -> None:
    """Add the flags for the gateway that is selected automatically, for traits and for path prefixes."""
    add("--gateway", _gateway, None, "gateway that answers at /v1 (chosen by host and model)", metavar="NAME")
    add(
        "--trait",
        _trait,
        [],
        "set a trait of a gateway, e.g. newapi.profile=friendly; repeatable",
        action="append",
        metavar="GATEWAY.TRAIT=VALUE",
    )
    add(
        "--prefix",
        _prefix,
        [],
        "also serve the emulated routes under this path, e.g. /seedance; repeatable",
        action="append",
        metavar="PATH",
    )


def traits_of(chosen: Iterable[tuple[str, str, Any]]) -> dict[str, dict[str, object]]:
    """Return the chosen traits by gateway and name."""
    found: dict[str, dict[str, object]] = {}
    for gateway, trait, value in chosen:
        found.setdefault(gateway, {})[trait] = value
    return found


def _gateway(text: str) -> str:
    from ark_emulator.dialects.newapi.traits import GATEWAYS
    from ark_emulator.dialects.powertokens_videos.dialect import NAME

    return one_of(text, (*GATEWAYS, NAME))


def _prefix(text: str) -> str:
    from ark_emulator.runtime.common.path_prefixes import InvalidPrefix, parse_prefix

    try:
        return parse_prefix(text)
    except InvalidPrefix as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _trait(text: str) -> tuple[str, str, Any]:
    """Return a gateway, its trait and the value: JSON, or a plain word."""
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
