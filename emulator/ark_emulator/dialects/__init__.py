"""Translate between the emulated APIs and the core: requests become submissions, views of tasks become responses.

1. A dialect is pure: it maps bytes and values to bytes and values, and neither waits, stores nor reads a clock.
2. A dialect does not judge a request. It checks the shape; ranges and media are checked by `core.request.rules`.
3. Every refusal is a `Refusal` with a key of the error table; `error_response` renders all of them, in every dialect.
4. Each dialect is a package with the modules `dialect`, `request`, `response` and `errors`, as far as it needs them.
   A dialect that inherits one of these parts from another does not repeat it.
5. New-api gateways share one adapter, `NewApiDialect`. To add a gateway, add a column to the table of traits in
   `data/gateways.json` and its name to `newapi.traits.GATEWAYS`; never copy the adapter.
6. A lens (`core.gateway_view`) decides what a gateway has seen of a task; the dialect only serializes that.

The server builds its dialects with `build_dialects`. The handlers in `web.emulated` use the dialect of the exchange.
"""

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
    """Return every dialect by its name, gateways with the given traits. Raises InvalidTrait for an invalid override."""
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
"""Every dialect with its default traits."""
