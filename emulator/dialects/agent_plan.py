"""The Agent Plan of Volcengine: Ark's wire under a base of its own, with the plan's names of models."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from emulator.core import agent_plan
from emulator.core.errors import Refusal
from emulator.core.values import Submission
from emulator.dialects.ark import ArkDialect
from emulator.dialects.base import Call

NAME: Final = "agent-plan"


class AgentPlanDialect(ArkDialect):
    """Ark's wire with the models of the plan. What the plan does not have is refused in the recorded words."""

    def __init__(self) -> None:
        super().__init__(NAME)

    def understood(self, document: Mapping[str, Any], call: Call) -> Submission:
        """Return what the create request asks for, its model mapped to the id that the plan runs."""
        found = super().understood(document, call)
        offer = agent_plan.offer(found.model)
        if offer is None:
            raise Refusal("model.unsupported_by_agent_plan")
        return replace(found, model=offer.id, named=found.model)
