"""The services that make videos. The upstream of a submission decides how it is parsed, checked, named and billed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

DAY: Final = 86_400
RETENTION: Final = 7 * DAY
"""Ark keeps records seven days from creation (documented)."""


class Upstream(StrEnum):
    """The service that makes the video."""

    ARK = "ark"
    KLING = "kling"


@dataclass(frozen=True, slots=True)
class UpstreamRules:
    """The rules of an upstream that hold for all of its models.

    `link_lifetime` and `retention` are in seconds: how long links to results are valid, and how long records are kept
    from their creation on. `flags` is True where the prompt may carry parameters, `decimal_ids` where a task's id is a
    number.
    """

    link_lifetime: int
    retention: int
    flags: bool
    decimal_ids: bool


UPSTREAM_RULES: Final[Mapping[Upstream, UpstreamRules]] = MappingProxyType(
    {
        Upstream.ARK: UpstreamRules(link_lifetime=DAY, retention=RETENTION, flags=True, decimal_ids=False),
        Upstream.KLING: UpstreamRules(link_lifetime=30 * DAY, retention=33 * DAY, flags=False, decimal_ids=True),
    }
)
"""Kling keeps results 30 days (documented); records outlive that by the time a task may take (inferred)."""
