"""Where scenarios come from at run time: whoever starts the server hands in a loader, so that none is needed here."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from ark_emulator.core.scenario.scenario_model import FaultRule, Scenario


class Unusable(ValueError):
    """A scenario or fault is refused. A complaint has file, line, column, code, message, hint, and a text of all."""

    def __init__(self, complaints: Sequence[Mapping[str, Any]]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(str(each["text"]) for each in complaints))


class ScenarioLoader(Protocol):
    """Makes scenarios and faults of what a control request brings. Each verb raises Unusable."""

    def named(self, name: str) -> Scenario:
        """The built-in scenario of that name. KeyError, with a suggestion, when there is none."""

    def names(self) -> Collection[str]:
        """The names of all built-in scenarios."""

    def text(self, text: str) -> Scenario:
        """The scenario in a text of YAML."""

    def document(self, document: object) -> Scenario:
        """The scenario in a JSON object."""

    def fault(self, document: object) -> FaultRule:
        """The fault in a JSON object."""

    def overview(self) -> Sequence[Mapping[str, Any]]:
        """Group, name, about, source and expects of every built-in scenario, group by group."""

    def source(self, name: str) -> str:
        """The text of the built-in scenario of that name. KeyError, with a suggestion, when there is none."""

    def carets(self, text: str) -> str:
        """All that is wrong with a text of YAML, each with its line and a caret under the place; empty when nothing."""

    def written(self, document: object) -> str:
        """The YAML of a document of JSON."""
