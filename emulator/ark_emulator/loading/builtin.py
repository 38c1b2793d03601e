"""The built-in scenarios: the folder `scenarios` of a checkout, or its copy in the installed package."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from ark_emulator.loading.diagnostics.diagnostics import Diagnostics, did_you_mean
from ark_emulator.loading.yaml.yaml_reader import read

GROUPS: Final = ("status", "create", "duplicates", "polling", "moderation", "media", "callbacks", "cancel", "money")
"""The folders of the built-in scenarios, by subject."""
_PACKAGE: Final = Path(__file__).parents[1]


def folder() -> Path:
    """Return the folder of the built-in scenarios."""
    installed = _PACKAGE / "_scenarios"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "scenarios"


@cache
def _files() -> dict[str, Path]:
    found = sorted(folder().rglob("*.yaml"), key=lambda path: (_group_number(path.parent.name), path.stem))
    return {path.stem: path for path in found}


def _group_number(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def builtin_names() -> tuple[str, ...]:
    """Return the names of all built-in scenarios, group by group."""
    return tuple(_files())


def group_of(name: str) -> str:
    """Return the group of a built-in scenario."""
    return file_of(name).parent.name


def overview() -> list[tuple[str, str, str]]:
    """Return group, name and meaning of every built-in scenario, group by group."""
    return [(group_of(name), name, _about(path)) for name, path in _files().items()]


def incidents() -> list[dict[str, Any]]:
    """Return group, name, about, source and expects of every built-in scenario, group by group."""
    return [_incident(name, path) for name, path in _files().items()]


@cache
def _read(path: Path) -> dict[str, Any]:
    text = path.read_text("utf-8")
    document = read(text, Diagnostics(str(path), text))
    return document if isinstance(document, dict) else {}


def _about(path: Path) -> str:
    return str(_read(path).get("about", ""))


def _incident(name: str, path: Path) -> dict[str, Any]:
    document = _read(path)
    details = {key: _listed(document.get(key)) for key in ("source", "expects")}
    return {"group": path.parent.name, "name": name, "about": _about(path), **details}


def _listed(value: object) -> list[str]:
    found = value if isinstance(value, list) else [] if value is None else [value]
    return [str(each) for each in found]


def file_of(name: str) -> Path:
    """Return the file of a built-in scenario. KeyError, with a suggestion, when there is none of that name."""
    found = _files().get(name)
    if found is None:
        hint = did_you_mean(name, builtin_names()) or "ark-emulator scenarios lists all names"
        raise KeyError(f"there is no built-in scenario '{name}'; {hint}")
    return found
