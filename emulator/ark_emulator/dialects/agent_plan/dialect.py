"""The Agent Plan of Volcengine: Ark's wire under a base of its own, with the plan's names of models."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ark_emulator.core.facts import agent_plan_models
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task.values import Submission
from ark_emulator.dialects.ark.dialect import ArkDialect
from ark_emulator.dialects.base import DialectRequest

NAME: Final = "agent-plan"


class AgentPlanDialect(ArkDialect):
    """Ark's wire with the models of the plan. What the plan does not have is refused in the recorded words."""

    def __init__(self) -> None:
        super().__init__(NAME)

    def submission_from(self, document: Mapping[str, Any], call: DialectRequest) -> Submission:
        """Return what the create request asks for, its model mapped to the id that the plan runs."""
        found = super().submission_from(document, call)
        offer = agent_plan_models.offer(found.model)
        if offer is None:
            raise Refusal("model.unsupported_by_agent_plan")
        return replace(found, model=offer.id, named=found.model)
