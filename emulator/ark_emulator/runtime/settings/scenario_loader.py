"""The interface to load scenarios at run time. The starter of the server passes in the implementation."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from ark_emulator.core.scenario.scenario_model import FaultRule, Scenario


class InvalidScenario(ValueError):
    """A scenario or fault is invalid. A complaint has file, line, column, code, message, hint, and a full text."""

    def __init__(self, diagnostics: Sequence[Mapping[str, Any]]) -> None:
        self.complaints = tuple(diagnostics)
        super().__init__("\n".join(str(each["text"]) for each in diagnostics))


class ScenarioLoader(Protocol):
    """Load scenarios and faults from the bodies of control requests. Each method raises InvalidScenario."""

    def named(self, name: str) -> Scenario:
        """Return the built-in scenario of that name. Raises KeyError, with a suggestion, if it does not exist."""

    def names(self) -> Collection[str]:
        """Return the names of all built-in scenarios."""

    def text(self, text: str) -> Scenario:
        """Return the scenario in a YAML text."""

    def document(self, document: object) -> Scenario:
        """Return the scenario in a JSON object."""

    def fault(self, document: object) -> FaultRule:
        """Return the fault in a JSON object."""

    def overview(self) -> Sequence[Mapping[str, Any]]:
        """Return group, name, about, source and expects of every built-in scenario, group by group."""

    def source(self, name: str) -> str:
        """Return the text of a built-in scenario. Raises KeyError, with a suggestion, if it does not exist."""

    def carets(self, text: str) -> str:
        """Return the mistakes in a YAML text, each with its line and a caret under it; empty if there are none."""

    def to_yaml(self, document: object) -> str:
        """Return a JSON document as YAML."""
