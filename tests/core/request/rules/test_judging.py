"""Rules that have nothing to look at are not asked; nothing that they would say is lost by it."""

from typing import Any

import pytest
from ark_emulator.core.request import rules

MODELS = ("dreamina-seedance-2-5-260628", "dreamina-seedance-2-0-260128", "seedance-1-5-pro-251215")
CONTENTS = ("text", "first", "first last", "image image", "video", "text image video audio", "")
ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"draft": True, "return_last_frame": True},
    {"resolution": "9k", "ratio": "7:7", "duration": 99, "seed": -5},
    {"omni_reference_task_type": "edit", "ratio": "16:9"},
    {"service_tier": "flex", "frames": 31, "tools": ("web_search",)},
)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("asked", ASKED)
def test_whatever_any_rule_objects_to_is_told(bench: Any, model: str, content: str, asked: dict[str, Any]) -> None:
    intent = bench.intent(model, content, **asked)
    every = [objection.key for rule in rules.RULES if (objection := rule(intent)) is not None]
    assert [objection.key for objection in rules.judge(intent, rules.Strictness.WARN)] == every


def test_a_prompt_without_media_is_judged_by_fewer_rules(bench: Any) -> None:
    plain = bench.intent(MODELS[1], "text")
    assert len(rules._about(plain)) < len(rules._about(bench.intent(MODELS[1], "first"))) < len(rules.RULES)
