"""The outcomes of built-in scenarios by name, for prompts that steer; each is loaded when it is first asked for."""

from dataclasses import replace
from typing import Final

from emulator.core.outcome import Outcome
from emulator.runtime.scenarios import ScenarioLoader, Unusable

_REMEMBERED: Final = 1_000


class Incidents:
    """Looks up what a built-in scenario makes of its first task."""

    def __init__(self, load: ScenarioLoader) -> None:
        self._load = load
        self._known: dict[str, Outcome | None] = {}

    def outcome(self, name: str) -> Outcome | None:
        """The first outcome of the scenario; None when there is no such scenario, or it is about faults alone."""
        if name not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name] = self._loaded(name)
        return self._known[name]

    def _loaded(self, name: str) -> Outcome | None:
        try:
            outcomes = self._load.named(name).outcomes
        except (KeyError, Unusable):
            return None
        return replace(outcomes[0].outcome, rule=f"emu:{name}") if outcomes else None
