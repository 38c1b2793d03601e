"""The rules of a create request: one small function for each, applied in order.

Invariants:

1. A rule is a function from an intent to a refusal or None. It never raises, for any input.
2. A rule checks one thing. Its docstring names the source: recorded, documented, inferred, seed or decided.
3. The order is part of the behaviour: content, draft, prompt flags, parameters, use of the references, links, media.
   The model and the account are checked before. The media comes last because it must be downloaded for the check.
4. Texts and codes come from the error table, never from a rule.

The engine applies them with `apply_rules` before a task is planned.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from ark_emulator.core.facts.catalogue import find, is_of_another_kind
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.facts.models import Model, without_date
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.request.rules.content_rules import CONTENT_RULES, LONGEST_PROMPT
from ark_emulator.core.request.rules.draft_rules import DRAFT_RULES
from ark_emulator.core.request.rules.flag_rules import FLAG_RULES
from ark_emulator.core.request.rules.kling_rules import KLING_RULES
from ark_emulator.core.request.rules.link_rules import LINK_RULES, LONGEST_URL
from ark_emulator.core.request.rules.media_rules import MEDIA_RULES
from ark_emulator.core.request.rules.objections import Rule
from ark_emulator.core.request.rules.parameter_rules import PARAMETER_RULES
from ark_emulator.core.request.rules.task_type_rules import TASK_TYPE_RULES
from ark_emulator.core.task.values import Kind, Mode, Submission

__all__ = ["RULES", "RULES_OF", "Rule", "Strictness", "apply_rules", "check", "model_of"]

RULES: Final[tuple[Rule, ...]] = (
    *CONTENT_RULES,
    *DRAFT_RULES,
    *FLAG_RULES,
    *PARAMETER_RULES,
    *TASK_TYPE_RULES,
    *LINK_RULES,
    *MEDIA_RULES,
)


RULES_OF: Final[Mapping[Upstream, tuple[Rule, ...]]] = MappingProxyType(
    {Upstream.ARK: RULES, Upstream.KLING: KLING_RULES}
)
"""The rules of each upstream."""


_TEXTS: Final = (
    *("callback_url", "safety_identifier", "resolution", "ratio", "service_tier", "output_format"),
    *("omni_reference_task_type", "subdivision_level", "file_format"),
)
"""The parameters that are texts."""


class Strictness(StrEnum):
    """What an objection leads to: a refusal, a warning, or nothing, because no rule is applied."""

    STRICT = "strict"
    WARN = "warn"
    OFF = "off"


def model_of(submission: Submission, name: str) -> Model:
    """Return the model of that name. Raise Refusal when there is none, or when it is one that makes no videos."""
    model = find(name, submission.upstream)
    if model is None and submission.upstream is Upstream.ARK and is_of_another_kind(name):
        raise Refusal("model.makes_no_videos", model=without_date(name))
    if model is None:
        raise Refusal("model.not_found", model=submission.model)
    return model


def apply_rules(intent: Intent, strictness: Strictness) -> tuple[Refusal, ...]:
    """Apply the rules: `strict` raises the first objection, `warn` returns all of them in order, `off` applies none.

    A submission that is too long to be stored is checked strictly in every case.
    """
    if _is_oversized(intent.submission):
        strictness = Strictness.STRICT
    if strictness is Strictness.OFF:
        return ()
    asked = _applicable(intent)
    if strictness is Strictness.WARN:
        return tuple(objection for rule in asked if (objection := rule(intent)) is not None)
    for rule in asked:
        if (objection := rule(intent)) is not None:
            raise objection
    return ()


def _is_oversized(submission: Submission) -> bool:
    """Return whether texts or URLs are too long for a stored task; media inside the request are cut."""
    asked = submission.parameters
    singles = [item.value for item in submission.items if item.kind is not Kind.TEXT]
    singles += [text for name in _TEXTS if (text := getattr(asked, name)) is not None]
    singles += asked.tools or ()
    if any(len(text) > LONGEST_URL and not text.startswith("data:") for text in singles):
        return True
    return sum(len(item.value) for item in submission.items if item.kind is Kind.TEXT) > LONGEST_PROMPT


def _applicable(intent: Intent) -> tuple[Rule, ...]:
    """Return the rules of the submission's upstream without those that cannot apply to it."""
    if intent.submission.upstream is not Upstream.ARK:
        return RULES_OF[intent.submission.upstream]
    return _rules(intent.mode is Mode.DRAFT_FINAL, bool(intent.flags), intent.mode is not Mode.TEXT)


@cache
def _rules(draft: bool, flags: bool, media: bool) -> tuple[Rule, ...]:
    """Return Ark's rules, in order, for a submission with or without a draft, flags in its prompt, and media."""
    idle = {*(() if draft else DRAFT_RULES), *(() if flags else FLAG_RULES)}
    idle.update(() if media else (*LINK_RULES, *MEDIA_RULES))
    return tuple(rule for rule in RULES if rule not in idle)


def check(intent: Intent) -> None:
    """Apply the rules strictly. Raises the first Refusal."""
    apply_rules(intent, Strictness.STRICT)
