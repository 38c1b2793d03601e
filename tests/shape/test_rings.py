"""The rings: who may import whom, read from the syntax tree of every module of the package."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "emulator" / "ark_emulator"

# Every top-level name of the package, and what of ours it may import. A name that is not here is refused.
# `data` holds only tables and lies below the core. Whatever stands above the core may read it too.
BELOW_WEB = {"core", "data", "dialects", "runtime", "log"}
EVERYTHING = BELOW_WEB | {"__init__", "media", "stores", "loading", "web", "server", "client"}
RINGS: dict[str, set[str]] = {
    "data": set(),
    "core": {"data"},
    "media": set(),
    "dialects": {"core", "data"},
    "log": {"core"},
    "stores": {"core", "data", "log"},
    "loading": {"core", "data", "dialects"},
    "runtime": {"core", "data", "dialects", "stores", "media", "log"},
    "web": BELOW_WEB | {"media", "__init__"},
    "server": EVERYTHING - {"server", "client"},
    "workers": EVERYTHING - {"client"},
    "embedded": EVERYTHING - {"__init__"},
    "cli": EVERYTHING | {"embedded", "workers"},
    "__main__": {"cli"},
    "__init__": set(),
    "client": set(),
    "pytest_plugin": set(),
    "testcontainers": set(),
}

# These are imported by programs that may never start an emulator: only their functions may import something of ours.
LAZY = {"__init__", "client", "pytest_plugin", "testcontainers"}

# Rings that stand on the standard library alone, but for what media may ask: readers of headers, and a decoder that may
# be missing. What even of that the core may not touch: the clock, chance, the event loop, other threads, files and the
# network.
STANDARD_LIBRARY_AND: dict[str, set[str]] = {"core": set(), "data": set(), "media": {"imagesize", "tinytag", "av"}}
NOT_IN_CORE = {
    *("time", "random", "secrets", "asyncio", "threading", "multiprocessing", "concurrent", "subprocess"),
    *("os", "pathlib", "tempfile", "shutil", "socket", "ssl", "selectors", "sqlite3"),
    *("aiohttp", "yaml", "pydantic"),
}
WALL_CLOCK = {"now", "utcnow", "today"}


def ring_of(module: str) -> str:
    """The ring of a module of ours: `ark_emulator.core.time.dice` -> `core`, and `emulator` itself -> `__init__`."""
    return module.split(".")[1] if "." in module else "__init__"


def modules() -> Iterator[tuple[str, str]]:
    """Dotted name and source of every module of the package; a package is named with its `__init__`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts), path.read_text("utf-8")


def imports(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything imported: `from a import b` is `a.b`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=source, names=names, level=level):
                package = module.split(".")[:-level] if level else []
                yield from ((node.lineno, ".".join([*package, *filter(None, [source]), alias.name])) for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def imported_ring(name: str) -> str:
    """The ring that an import of ours lands in; `from ark_emulator import __version__` lands in the package itself."""
    ring = ring_of(name)
    return ring if ring in RINGS or (PACKAGE / ring).exists() or (PACKAGE / f"{ring}.py").exists() else "__init__"


def import_complaints(tree: ast.AST, module: str) -> Iterator[str]:
    """What the imports of one module do that its ring may not."""
    ring = ring_of(module)
    for line, name in imports(tree, module):
        top = name.split(".")[0]
        if top == "ark_emulator":
            if (target := imported_ring(name)) != ring and target not in RINGS[ring]:
                yield f"{module}:{line}: {ring} may not import {target} ({name})"
        elif ring in STANDARD_LIBRARY_AND and top not in sys.stdlib_module_names | STANDARD_LIBRARY_AND[ring]:
            yield f"{module}:{line}: {ring} stands on the standard library alone ({name})"
        elif ring == "core" and top in NOT_IN_CORE:
            yield f"{module}:{line}: core may not import {top}"


def reads_of_the_wall_clock(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every `datetime.now` and its like, under whatever name datetime was imported."""
    names = {"datetime.datetime", "datetime.date"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "datetime" and alias.asname:
                    names |= {f"{alias.asname}.datetime", f"{alias.asname}.date"}
        elif isinstance(node, ast.ImportFrom) and node.module == "datetime":
            names |= {alias.asname or alias.name for alias in node.names if alias.name in ("datetime", "date")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in WALL_CLOCK and ast.unparse(node.value) in names:
            yield node.lineno, ast.unparse(node)


def at_load(tree: ast.Module) -> ast.Module:
    """The part of a module that runs when it is imported: no function bodies, nothing for type checkers alone."""

    class Loading(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

        def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
            return None

        def visit_If(self, node: ast.If) -> ast.AST:
            if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
                node.body = [ast.Pass()]
            return self.generic_visit(node)

    return Loading().visit(tree)


def complaints(module: str, source: str) -> list[str]:
    """Everything one module does that its ring may not, as `module:line: reason`."""
    ring = ring_of(module)
    if ring not in RINGS:
        return [f"{module}: the table of rings does not know {ring}"]
    tree = ast.parse(source)
    found = list(import_complaints(at_load(tree) if ring in LAZY else tree, module))
    if ring == "core":
        found += [f"{module}:{line}: core may not read {text}" for line, text in reads_of_the_wall_clock(tree)]
    return found


def test_every_module_imports_only_what_its_ring_allows() -> None:
    assert [complaint for module, source in modules() for complaint in complaints(module, source)] == []


def test_every_top_level_name_of_the_package_has_a_ring() -> None:
    found = {module.split(".")[1] for module, _ in modules()}
    assert "__init__" in found
    assert found - RINGS.keys() == set()


def test_the_rings_have_no_cycle() -> None:
    settled: set[str] = set()
    while ready := {ring for ring, below in RINGS.items() if ring not in settled and below - {ring} <= settled}:
        settled |= ready
    assert RINGS.keys() - settled == set()


@pytest.mark.parametrize(
    ("module", "source", "reason"),
    [
        ("ark_emulator.core.planted", "import time", "core may not import time"),
        ("ark_emulator.core.planted", "def roll():\n    from random import random", "core may not import random"),
        ("ark_emulator.core.planted", "import os.path", "core may not import os"),
        ("ark_emulator.core.planted", "import pydantic", "core stands on the standard library alone"),
        ("ark_emulator.core.planted", "from ark_emulator.runtime.clock import Clock", "core may not import runtime"),
        ("ark_emulator.core.planted", "from ark_emulator import web", "core may not import web"),
        ("ark_emulator.core.planted", "from ark_emulator import __version__", "core may not import __init__"),
        ("ark_emulator.core.planted", "from ..stores import base", "core may not import stores"),
        ("ark_emulator.core.planted", "from .. import stores", "core may not import stores"),
        ("ark_emulator.core.__init__", "from ..dialects import ark", "core may not import dialects"),
        ("ark_emulator.core.planted", "import_module('ark_emulator.web.dispatch')", "core may not import web"),
        ("ark_emulator.core.planted", "from datetime import datetime\nx = datetime.now()", "core may not read"),
        ("ark_emulator.core.planted", "import datetime as d\nx = d.date.today()", "core may not read d.date.today"),
        ("ark_emulator.core.planted", "from datetime import datetime as D\nf(default=D.utcnow)", "core may not read"),
        ("ark_emulator.media.planted", "import numpy", "media stands on the standard library alone"),
        ("ark_emulator.media.planted", "from ark_emulator.core import values", "media may not import core"),
        ("ark_emulator.stores.planted", "from ark_emulator.dialects import ark", "stores may not import dialects"),
        ("ark_emulator.dialects.planted", "from ark_emulator.loading import loader", "dialects may not import loading"),
        ("ark_emulator.web.planted", "from ark_emulator.stores import memory", "web may not import stores"),
        ("ark_emulator.client", "from ark_emulator.server import serve", "client may not import server"),
        (
            "ark_emulator.pytest_plugin",
            "class Plugin:\n    import ark_emulator.client",
            "pytest_plugin may not import client",
        ),
        ("emulator.novelty.planted", "x = 1", "the table of rings does not know novelty"),
    ],
)
def test_a_planted_violation_is_found(module: str, source: str, reason: str) -> None:
    found = complaints(module, source)
    assert len(found) == 1
    assert reason in found[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ark_emulator.core.planted", "from datetime import UTC, datetime\nx = datetime.fromtimestamp(0, UTC)"),
        ("ark_emulator.core.planted", "def lens(clock):\n    return clock.now()"),
        (
            "ark_emulator.core.planted",
            "from . import values\nfrom .dice import chance\nfrom ark_emulator.data import table",
        ),
        ("ark_emulator.media.planted", "def look():\n    import imagesize"),
        ("ark_emulator.runtime.planted", "import time, asyncio\nfrom ark_emulator.stores.shelf import Store"),
        ("ark_emulator.runtime.planted", "from ark_emulator.media.inspect.detect import inspect"),
        ("ark_emulator.web.planted", "from ark_emulator import __version__"),
        ("ark_emulator.client", "def start():\n    from ark_emulator.server import serve"),
        ("ark_emulator.pytest_plugin", "if TYPE_CHECKING:\n    from ark_emulator.client import Emulator"),
    ],
)
def test_what_a_ring_allows_is_left_alone(module: str, source: str) -> None:
    assert complaints(module, source) == []
