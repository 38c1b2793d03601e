"""The dialect of the Agent Plan of Volcengine: Ark's API under another base path, with the plan's model names."""

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
    """Ark's API with the models of the plan. Other models are rejected with the recorded message."""

    def __init__(self) -> None:
        super().__init__(NAME)

    def submission_from(self, document: Mapping[str, Any], call: DialectRequest) -> Submission:
        """Return the submission of a create request, its model mapped to the id that the plan runs."""
        found = super().submission_from(document, call)
        offer = agent_plan_models.offer(found.model)
        if offer is None:
            raise Refusal("model.unsupported_by_agent_plan")
        return replace(found, model=offer.id, named=found.model)
