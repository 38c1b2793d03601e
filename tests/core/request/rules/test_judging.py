"""Rules that cannot apply are skipped, and skipping them changes no result."""

from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request import rules
from ark_emulator.core.request.rules.content_rules import LONGEST_PROMPT
from ark_emulator.core.request.rules.link_rules import LONGEST_URL
from ark_emulator.core.task.values import Item, Kind, TaskParameters

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
def test_whatever_any_rule_objects_to_is_reported(bench: Any, model: str, content: str, asked: dict[str, Any]) -> None:
    intent = bench.intent(model, content, **asked)
    every = [objection.key for rule in rules.RULES if (objection := rule(intent)) is not None]
    assert [objection.key for objection in rules.apply_rules(intent, rules.Strictness.WARN)] == every


def test_a_prompt_without_media_is_judged_by_fewer_rules(bench: Any) -> None:
    plain = bench.intent(MODELS[1], "text")
    assert len(rules._applicable(plain)) < len(rules._applicable(bench.intent(MODELS[1], "first"))) < len(rules.RULES)


LONG = "https://example.com/".ljust(LONGEST_URL + 1, "a")
TOO_LONG = {
    "prompt": ((Item(Kind.TEXT, "x" * LONGEST_PROMPT), Item(Kind.TEXT, "y")), {}),
    **{kind: ((Item(Kind.TEXT, "a"), Item(kind, LONG)), {}) for kind in (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO)},
    "asset": ((Item(Kind.TEXT, "a"), Item(Kind.IMAGE, "asset://".ljust(LONGEST_URL + 1, "a"))), {}),
    "draft": ((Item(Kind.DRAFT, "cgt-".ljust(LONGEST_URL + 1, "a")),), {}),
    "callback_url": ((Item(Kind.TEXT, "a"),), {"callback_url": LONG}),
    "safety_identifier": ((Item(Kind.TEXT, "a"),), {"safety_identifier": LONG}),
    "tools": ((Item(Kind.TEXT, "a"),), {"tools": (LONG,)}),
    "ratio": ((Item(Kind.TEXT, "a"),), {"ratio": LONG}),
}


@pytest.mark.parametrize("strictness", rules.Strictness)
@pytest.mark.parametrize("part", TOO_LONG)
def test_what_is_too_long_to_be_kept_is_refused_in_every_mode_of_validation(
    bench: Any, part: str, strictness: rules.Strictness
) -> None:
    content, asked = TOO_LONG[part]
    intent = bench.intent("seedance-1-5-pro-251215", content, **asked)
    with pytest.raises(Refusal) as strict:
        rules.check(intent)
    with pytest.raises(Refusal) as refused:
        rules.apply_rules(intent, strictness)
    assert refused.value.render() == strict.value.render()


def test_every_parameter_that_is_a_text_is_looked_at() -> None:
    texts = {name for name, kind in TaskParameters.__annotations__.items() if str(kind).startswith("str")}
    assert texts == set(rules._TEXTS)
