"""The outcomes of built-in scenarios by name, for prompts with `emu:NAME`. Each is loaded at its first use."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from ark_emulator.core.plan.outcome import STEERING_BY_NAME, Outcome
from ark_emulator.core.plan.planning import steering_names
from ark_emulator.core.suggestion import did_you_mean
from ark_emulator.runtime.settings.scenario_loader import InvalidScenario, ScenarioLoader

MOST_NOTES: Final = 5
"""The largest number of notes about words of a prompt that had no effect."""
_CACHED: Final = 1_000
_SEARCHED: Final = 10_000
"""The number of characters of a prompt in which words in the wrong case are searched."""
_LONGEST: Final = 64
_ANY_CASE: Final = re.compile(r"\bemu:[a-z0-9-]++", re.IGNORECASE)


class SteeringWords:
    """Finds the first outcome of a built-in scenario by its name."""

    def __init__(self, load: ScenarioLoader) -> None:
        self._load = load
        self._known: dict[str, Outcome | None] = {}

    def outcome(self, name: str) -> Outcome | None:
        """Return the first outcome of a scenario, None when it does not exist or has only faults."""
        if name not in self._known:
            if len(self._known) >= _CACHED:
                self._known.clear()
            self._known[name] = self._loaded(name)
        return self._known[name]

    def notes(self, prompt: str, outcome: Outcome) -> tuple[str, ...]:
        """Return notes about the `emu:` words of a prompt that had no effect, so that a typo is noticed."""
        if "emu:" not in prompt[:_SEARCHED].lower() and "emu:" not in prompt:
            return ()
        if (outcome.rule or "").startswith("emu:"):
            return ()
        return tuple(islice(dict.fromkeys(self._unused_words(prompt)), MOST_NOTES))

    def _unused_words(self, prompt: str) -> Iterator[str]:
        for found in _ANY_CASE.finditer(prompt, 0, _SEARCHED):
            word = found.group()
            if word != word.lower():
                yield f"{word} changed nothing: write it in small letters, as {word.lower()}"
        for name in islice(steering_names(prompt), MOST_NOTES):
            yield self._explain(name)

    def _explain(self, name: str) -> str:
        if name in self._load.names():
            return f"emu:{name} changed nothing: {name} is about faults alone; choose it with --scenario {name}"
        known = (*STEERING_BY_NAME, *self._load.names())
        hint = did_you_mean(name, known, "emu:{}") if len(name) <= _LONGEST else ""
        return f"emu:{name} names no outcome, so it changed nothing{hint}"

    def _loaded(self, name: str) -> Outcome | None:
        if name not in self._load.names():
            return None
        try:
            outcomes = self._load.named(name).outcomes
        except InvalidScenario:
            return None
        return replace(outcomes[0].outcome, rule=f"emu:{name}") if outcomes else None
