"""The dialect of PowerTokens' Ark routes, which differ from Ark in authentication, models and flex."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task.gateway_policy import GatewayPolicy
from ark_emulator.core.task.values import Submission
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.base import DialectRequest, DialectResponse
from ark_emulator.dialects.newapi.errors import ErrorTexts
from ark_emulator.dialects.newapi.traits import STOCK, Traits, price, upstream_model

NAME = "powertokens"


def no_flex() -> Refusal:
    """Return the refusal of a service tier that PowerTokens lists and has not integrated (documented)."""
    return Refusal("parameter.invalid_because", parameter="service_tier", reason="flex is not integrated")


class PowerTokensDialect(ArkDialect):
    """Ark's API with PowerTokens' deviations. `traits` are those of the stock gateway it runs on."""

    bare_keys = True

    def __init__(self, traits: Traits) -> None:
        super().__init__(NAME)
        enveloped = replace(traits, envelope=("message", "type", "code"))
        self._errors = ErrorTexts(STOCK, enveloped, super().error_response)

    def submission_from(self, document: Mapping[str, Any], call: DialectRequest) -> Submission:
        """Return the submission of a create request. Raises Refusal for an unlisted model, and for flex."""
        found = super().submission_from(document, call)
        model = found.model
        if upstream_model(NAME, model) is None and not model.startswith("ep-"):
            raise Refusal("gateway.model_unavailable", model=model)
        if found.parameters.service_tier == "flex":
            raise no_flex()
        with_video = any(item.kind == "video_url" for item in found.items)
        priced = price(NAME, model, model, found.parameters.resolution, with_video=with_video)
        return found if priced is None else replace(found, terms=GatewayPolicy(bill=priced.bill))

    def error_response(self, refusal: Refusal, request_id: str) -> DialectResponse:
        """Return the gateway's envelope for keys, channels and balances, and Ark's for all other errors."""
        if refusal.key.startswith(("auth.", "gateway.")):
            return self._errors.error_response(refusal, request_id)
        return super().error_response(refusal, request_id)
