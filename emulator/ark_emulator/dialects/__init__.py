"""Dialects: each turns its own wire into a submission, and prints the same view its own way. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ark_emulator.dialects.agent_plan.dialect import AgentPlanDialect
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.base import Dialect
from ark_emulator.dialects.kling.dialect import KlingDialect
from ark_emulator.dialects.newapi.dialect import NewApiDialect
from ark_emulator.dialects.newapi.traits import (
    GATEWAYS,
    Overrides,
    delegated_dialects,
    reseller_traits,
    traits,
    validate_overrides,
)
from ark_emulator.dialects.powertokens.dialect import PowerTokensDialect
from ark_emulator.dialects.powertokens_kling.dialect import PowerTokensKling
from ark_emulator.dialects.powertokens_videos.dialect import PowerTokensVideos


def build_dialects(overrides: Overrides | None = None) -> Mapping[str, Dialect]:
    """Every dialect by its name, gateways with the traits chosen. NotTaken for what cannot be chosen."""
    validate_overrides(overrides or {})
    ark = ArkDialect()
    gateways = {name: NewApiDialect(name, traits(name, overrides), ark) for name in GATEWAYS}
    handed = {name: KlingDialect(name, of, traits(of, overrides), ark) for name, of in delegated_dialects().items()}
    plan = AgentPlanDialect()
    made = reseller_traits()
    own = PowerTokensDialect(made), PowerTokensVideos(made, ark), PowerTokensKling(made, ark)
    others = {each.name: each for each in (plan, *own)}
    return MappingProxyType({ark.name: ark, **gateways, **handed, **others})


DIALECTS: Final[Mapping[str, Dialect]] = build_dialects()
"""Every dialect with the traits it has by default."""
