"""The rules about parameters given as `--flag value` in the prompt: weak, as recorded.

Only resolution and duration are checked. A bad ratio, seed or frame rate, and any flag that does not exist, is ignored,
and the task is created and billed without it.
"""

from typing import Final

from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.request.intent import Intent
from ark_emulator.core.request.prompt_flags import Flag
from ark_emulator.core.request.rules.objections import Rule, draft_only, refuse


def flagged_resolution_is_offered(intent: Intent) -> Refusal | None:
    """Refuse a bad `--resolution` (recorded); its path and text are those of `--duration` (inferred).

    Another resolution of the model is refused for a draft as it is in the body (recorded on 1.5 pro).
    """
    making = intent.model.draft
    given = _flags(intent, "resolution")
    bad = [flag for flag in given if flag.value.lower() not in intent.rules.resolutions]
    if bad or making is None or not intent.draft:
        return _objection(intent, bad)
    other = any(flag.value.lower() != making.resolution for flag in given)
    return draft_only(intent, "resolution", making.resolution) if other else None


def flagged_duration_is_in_range(intent: Intent) -> Refusal | None:
    """Refuse `--dur` beyond the model's range, under its path in the text (recorded on 2.5 and 1.5 pro).

    That a value which is not a whole number is refused in the same way is inferred.
    """
    seconds = intent.model.seconds
    if seconds is None:
        return None
    bad = [flag for flag in _flags(intent, "duration") if flag.read is None or not seconds.accepts(flag.read)]
    return _objection(intent, bad)


FLAG_RULES: Final[tuple[Rule, ...]] = (flagged_resolution_is_offered, flagged_duration_is_in_range)


def _flags(intent: Intent, parameter: str) -> list[Flag]:
    return [] if intent.solid else [flag for flag in intent.flags if flag.parameter == parameter]


def _objection(intent: Intent, bad: list[Flag]) -> Refusal | None:
    if not bad:
        return None
    return refuse(intent, "prompt_flag.not_valid", index=bad[0].index, parameter=bad[0].parameter)
