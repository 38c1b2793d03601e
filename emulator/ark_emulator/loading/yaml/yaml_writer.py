"""Write scenarios and faults as YAML that is easy to read and edit: short collections take one line."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.loading.diagnostics.diagnostics import Diagnostics
from ark_emulator.loading.yaml.yaml_reader import read, resolved

_RULES: Final = ("outcomes", "faults")


class _Writer(yaml.SafeDumper):
    """Writes texts without quotes wherever a scenario file reads them as texts: `16:9`, `on`, `3s`."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is not yaml.ScalarNode or not implicit[0]:
            return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return _TAGS[type(resolved(value))]

    def serialize(self, node: Any) -> None:
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = False  # the outermost collection always takes a line for each of its items
        super().serialize(node)


_TAGS: Final[Mapping[type, str]] = {
    type(None): "tag:yaml.org,2002:null",
    bool: "tag:yaml.org,2002:bool",
    int: "tag:yaml.org,2002:int",
    float: "tag:yaml.org,2002:float",
    str: "tag:yaml.org,2002:str",
}


def yaml_of(document: object) -> str:
    """Return the YAML of a document of mappings, lists, texts and numbers; the innermost collections take one line."""
    return yaml.dump(document, Dumper=_Writer, default_flow_style=None, sort_keys=False, allow_unicode=True, width=100)


def text_of(scenarios: Sequence[Scenario], name: str, about: str) -> str | None:
    """Return the text of these scenarios as one with that name; None when one of them was not read from a text."""
    whole: dict[str, Any] = {"version": 1, "name": name, "about": about}
    rules: dict[str, list[Any]] = {}
    for scenario in scenarios:
        if scenario.text is None:
            return None
        document = read(scenario.text, Diagnostics(scenario.name, scenario.text))
        for key, value in document.items():
            if key in _RULES:
                rules.setdefault(key, []).extend(value or [])
            elif key not in ("version", "name", "about"):
                whole[key] = {**whole[key], **value} if isinstance(value, dict) and key in whole else value
    return yaml_of(whole | rules)
