"""The packages: small, free of import cycles, and without two modules or classes of one name."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from ark_emulator.dialects import DIALECTS
from ark_emulator.dialects.newapi.traits import GATEWAYS

PACKAGE = Path(__file__).parents[2] / "emulator" / "ark_emulator"
NAME = PACKAGE.name

MOST_MODULES = 12
"""How many modules a package may have, its `__init__` not counted."""

PER_DIALECT = {"dialect", "request", "response", "errors"}
"""Module names that every dialect has, so that a reader who knows one dialect finds the same thing in all others."""


def sources() -> Iterator[tuple[str, Path]]:
    """Dotted name and path of every module; a package goes by its own name."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imported(tree: ast.AST, known: Mapping[str, Path]) -> Iterator[str]:
    """The modules of the package that a module imports, lazily or at once, but not for type checkers alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in known else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def sibling_imports(modules: Mapping[str, Path]) -> dict[str, dict[str, set[str]]]:
    """For each package, which of its children (modules and sub-packages) import which others.

    The package's own `__init__` counts as a child that may import the others, and that none of them may import.
    """
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module, path in modules.items():
        for target in imported(ast.parse(path.read_text("utf-8")), modules):
            if target not in modules or target == module:
                continue
            here, there = module.split("."), target.split(".")
            shared = 0
            while shared < min(len(here), len(there)) and here[shared] == there[shared]:
                shared += 1
            if shared < min(len(here), len(there)):
                found[".".join(here[:shared])][here[shared]].add(there[shared])
    return found


def cycle_in(edges: Mapping[str, set[str]]) -> set[str]:
    """The nodes that lie on cycles, or lead to nothing but cycles; empty when there is none."""
    settled: set[str] = set()
    nodes = set(edges) | {target for targets in edges.values() for target in targets}
    while ready := {node for node in nodes - settled if edges.get(node, set()) - {node} <= settled}:
        settled |= ready
    return nodes - settled


def test_no_package_has_too_many_modules() -> None:
    counts = Counter(path.parent for _, path in sources() if path.name != "__init__.py")
    assert counts[PACKAGE / "core" / "time"] > 0
    crowded = {str(folder.relative_to(PACKAGE)): count for folder, count in counts.items() if count > MOST_MODULES}
    assert crowded == {}


def test_every_folder_with_modules_is_a_package_with_a_docstring() -> None:
    folders = {path.parent for _, path in sources()}
    bare = [
        str(folder.relative_to(PACKAGE))
        for folder in sorted(folders)
        if not (folder / "__init__.py").is_file()
        or not ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    ]
    assert bare == []


def test_children_of_a_package_do_not_import_each_other_in_a_circle() -> None:
    circles = {package: cycle_in(edges) for package, edges in sibling_imports(dict(sources())).items()}
    assert {package: sorted(names) for package, names in circles.items() if names} == {}


def test_a_circle_is_found() -> None:
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == {"a", "b", "c", "d"}
    assert cycle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == set()


def test_no_two_modules_have_one_name() -> None:
    names = Counter(path.stem for _, path in sources() if path.stem not in {*PER_DIALECT, "__init__", "__main__"})
    assert names["engine"] == 1
    assert {name for name, count in names.items() if count > 1} == set()


def test_the_names_that_dialects_share_are_used_by_dialects_alone() -> None:
    for _, path in sources():
        if path.stem in PER_DIALECT:
            assert path.parent.parent.name == "dialects", path


NOT_YET_UNIQUE: set[str] = set()


def test_no_two_public_classes_have_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for module, path in sources():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module)
    assert places["World"]
    shared = {name: modules for name, modules in places.items() if len(modules) > 1}
    assert {name: modules for name, modules in shared.items() if name not in NOT_YET_UNIQUE} == {}


@pytest.mark.parametrize("gone", ["pen", "noted", "glances", "keeping", "pulse", "telling", "mishaps", "heads"])
def test_names_that_were_replaced_do_not_come_back(gone: str) -> None:
    assert not [module for module, path in sources() if path.stem == gone]


def test_every_dialect_is_a_package_with_a_dialect_module() -> None:
    folders = {path.parent for _, path in sources() if path.parent.parent == PACKAGE / "dialects"}
    assert [folder.name for folder in folders if not (folder / "dialect.py").is_file()] == []
    names = {each.replace("-", "_") for each in DIALECTS} - set(GATEWAYS)
    assert names == {folder.name for folder in folders} - {"newapi"}
