"""Rules about drafts and the finals made from them (1.5 pro and 2.5)."""

from typing import Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.request.rules.objections import Rule, refuse
from ark_emulator.core.task.values import DAY, Kind, Mode, Task

_NOT_PARAMETERS: Final = frozenset({"content", "model"})
"""Inherited fields that other rules check."""


def draft_stands_alone(intent: Intent) -> Refusal | None:
    """Refuse content beside the draft task of a final (documented); the text is inferred."""
    if intent.mode is not Mode.DRAFT_FINAL or len(intent.submission.items) == 1:
        return None
    return refuse(intent, "draft.mixed")


def draft_is_known(intent: Intent) -> Refusal | None:
    """Refuse an id that is not that of a draft task (documented); the text is inferred."""
    if intent.mode is not Mode.DRAFT_FINAL or intent.evidence.draft is not None:
        return None
    index, name = _named(intent)
    return refuse(intent, "draft.not_found", index=index, id=name)


def draft_is_a_draft(intent: Intent) -> Refusal | None:
    """Refuse to finish a task made without `draft` (documented); the text is inferred."""
    draft = intent.draft_source
    return None if draft is None or draft.plan.draft else _objection(intent, "draft.not_a_draft")


def draft_has_the_same_model(intent: Intent) -> Refusal | None:
    """Refuse a final on another model than its draft's (documented); the text is inferred."""
    draft = intent.draft_source
    if draft is None or draft.plan.family == intent.model.family:
        return None
    return refuse(intent, "draft.other_model", id=_named(intent)[1], model=draft.plan.model)


def draft_has_succeeded(intent: Intent) -> Refusal | None:
    """Refuse to finish a draft that has not succeeded (documented); the text is inferred."""
    known = intent.draft_source is not None
    return _objection(intent, "draft.not_succeeded") if known and not intent.evidence.draft_succeeded else None


def draft_is_young_enough(intent: Intent) -> Refusal | None:
    """Refuse to finish a draft more than 7 days after its creation (documented); the text is inferred."""
    draft = intent.draft_source
    if draft is None or intent.model.draft is None or _age(intent, draft) <= intent.model.draft.usable_days * DAY:
        return None
    return _objection(intent, "draft.expired")


def nothing_is_repeated(intent: Intent) -> Refusal | None:
    """Refuse an inherited parameter that is sent again, even with the same value (documented for 2.5).

    1.5 pro uses its draft's values and does not object (inferred). A final that requests a draft contradicts itself.
    """
    making = intent.model.draft
    if intent.mode is not Mode.DRAFT_FINAL or making is None:
        return None
    if intent.given.draft:
        return refuse(intent, "draft.parameter_repeated", parameter="draft")
    if making.repeat == "ignored":
        return None
    for parameter in making.inherits:
        if parameter not in _NOT_PARAMETERS and getattr(intent.given, parameter) is not None:
            return refuse(intent, "draft.parameter_repeated", parameter=parameter)
    return None


DRAFT_RULES: Final[tuple[Rule, ...]] = (
    draft_stands_alone,
    draft_is_known,
    draft_is_a_draft,
    draft_has_the_same_model,
    draft_has_succeeded,
    draft_is_young_enough,
    nothing_is_repeated,
)


def _named(intent: Intent) -> tuple[int, str]:
    """Return the position of the draft in the content, and its id."""
    items = intent.submission.items
    return next(((index, item.value) for index, item in enumerate(items) if item.kind is Kind.DRAFT), (0, ""))


def _objection(intent: Intent, key: str) -> Refusal:
    index, name = _named(intent)
    return refuse(intent, key, index=index, id=name)


def _age(intent: Intent, draft: Task) -> float:
    return intent.evidence.now - draft.plan.accepted_at
