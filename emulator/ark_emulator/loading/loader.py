"""Load scenarios: from files, from text, from JSON objects, and built-in ones by name."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from ark_emulator.core.scenario.scenario_model import FaultRule, Scenario, merged
from ark_emulator.loading import builtin
from ark_emulator.loading.builders.scenario_builder import fault_of, scenario_of
from ark_emulator.loading.diagnostics.diagnostics import (
    FAULT,
    Diagnostic,
    Diagnostics,
    ScenarioError,
    SourceLocation,
    TooManyDiagnostics,
)
from ark_emulator.loading.file_reader import LARGEST, MOST, content_of
from ark_emulator.loading.yaml import yaml_writer
from ark_emulator.loading.yaml.yaml_reader import read

OBJECT: Final = "<scenario>"
"""The file name in diagnostics of a scenario that came as an object."""
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
SUFFIXES: Final = (".yaml", ".yml", ".json")
_Value = TypeVar("_Value")


def scenario_from_text(text: str, file: str, folder: Path | None = None) -> Scenario:
    """Return the scenario in a text. Raises ScenarioError.

    `folder` is the folder of its clips, None when it may name none.
    """
    found = _loaded(text, file, lambda data, complaints: scenario_of(data, Path(file).stem, complaints, folder))
    return replace(found, text=text)


def scenario_from_file(path: Path) -> Scenario:
    """Return the scenario in a file. Raises ScenarioError, and OSError when it cannot be read."""
    return scenario_from_text(_text(path), str(path), path.parent)


def scenario_from_object(document: object, name: str = "scenario") -> Scenario:
    """Return the scenario in an object of JSON. Raises ScenarioError with positions in the printed object."""
    text = _printed(document)
    found = _loaded(text, OBJECT, lambda data, complaints: scenario_of(data, name, complaints, None))
    return replace(found, text=yaml_writer.yaml_of(document))


def fault_from_object(document: object, name: str = "fault") -> FaultRule:
    """Return the fault in an object of JSON, with the name `name` unless it has one. Raises ScenarioError."""
    text = _printed(document)
    return _loaded(text, FAULT, lambda data, complaints: fault_of(data, name, complaints))


def scenario_named(name: str) -> Scenario:
    """Return the scenario for a name on the command line: a file, if it looks like one, else a built-in scenario.

    Raises ScenarioError, KeyError for an unknown built-in name, and OSError.
    """
    path = Path(name)
    if path.suffix in SUFFIXES or len(path.parts) > 1:
        return scenario_from_file(path)
    return load_builtin(name)


def load_builtin(name: str) -> Scenario:
    """Return the built-in scenario of that name. KeyError, with a suggestion, when there is none."""
    return scenario_from_file(builtin.file_of(name))


def load_all(names: Sequence[str]) -> Scenario:
    """Return the scenarios for names on the command line, merged in their order.

    Raises ScenarioError with all that is wrong with any of them, KeyError and OSError.
    """
    found: list[Scenario] = []
    complaints: list[Diagnostic] = []
    for name in names:
        try:
            found.append(scenario_named(name))
        except ScenarioError as error:
            complaints += error.complaints
    if complaints:
        raise ScenarioError(complaints)
    whole = merged(found)
    return whole if len(found) < 2 else replace(whole, text=yaml_writer.text_of(found, whole.name, whole.about))


def files_in(path: Path) -> list[Path]:
    """Return the scenario files of a path: itself, or all YAML files in a folder and its subfolders.

    Hidden ones are skipped. OSError when there is no such path.
    """
    if not path.is_dir():
        path.stat()
        return [path]
    return sorted(
        file
        for suffix in (".yaml", ".yml")
        for file in path.rglob(f"*{suffix}")
        if not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


def check_files(paths: Iterable[Path]) -> list[Diagnostic]:
    """Return all that is wrong with these files, in their order. OSError when one cannot be read."""
    found: list[Diagnostic] = []
    for path in paths:
        try:
            scenario_from_file(path)
        except ScenarioError as error:
            found += error.complaints
    return found


def _printed(document: object) -> str:
    """Return an object of JSON as a text that is also YAML: characters that YAML forbids or reads as line ends are
    escaped.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _loaded(text: str, file: str, build: Callable[[Any, Diagnostics], _Value | None]) -> _Value:
    complaints = Diagnostics(file, text)
    data = read(text, complaints)
    try:
        value = None if data is None and complaints.found else build(data, complaints)
    except TooManyDiagnostics:
        value = None
    if complaints.found or value is None:
        raise ScenarioError(complaints.sorted())
    return value


def _text(path: Path) -> str:
    content = content_of(path)
    if len(content) > MOST:
        message = f"the text is longer than {LARGEST} characters"
        raise ScenarioError([Diagnostic("SC006", message, str(path), SourceLocation(1, 1))])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        place = SourceLocation(before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = "this is not YAML: it is not UTF-8"
        raise ScenarioError([Diagnostic("SC001", message, str(path), place)]) from None
