"""One way to change state: code under `web` uses commands and queries, and does not reach into a world."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "emulator" / "ark_emulator"
WEB = PACKAGE / "web"

ALLOWED = {"name", "now", "dice"}
"""What `web` may read of a world: its name, its time, and its dice, which are immutable."""

HOLDERS = {"world", "_world", "default"}
"""Attributes that contain a world, such as `exchange.world` and `engine.worlds.default`."""

MUTATORS = {"make", "create", "drop", "pulse", "scheduler", "open"}
"""Methods of the registry that change worlds, or give access to what does."""


def is_world_annotation(annotation: ast.expr | None) -> bool:
    """Return whether an annotation is `World`, alone or as part of a union."""
    if isinstance(annotation, ast.BinOp):
        return is_world_annotation(annotation.left) or is_world_annotation(annotation.right)
    return isinstance(annotation, ast.Name) and annotation.id == "World"


def world_names(tree: ast.AST) -> set[str]:
    """Return the names of variables that contain a world: by name, by annotation, or by what is assigned to them."""
    names = {"world"}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and is_world_annotation(node.annotation):
            names.add(node.arg)
        elif isinstance(node, ast.AnnAssign) and is_world_annotation(node.annotation):
            names |= {node.target.id} if isinstance(node.target, ast.Name) else set()
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            pairs = pairs_of(node.targets[0], node.value)
            names |= {
                target.id
                for target, value in pairs
                if isinstance(target, ast.Name) and isinstance(value, ast.Attribute) and value.attr in HOLDERS
            }
    return names


def pairs_of(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Return targets and values of an assignment; a tuple of targets is taken apart."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=False))
    return [(target, value)]


def accesses(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each attribute of a world that a module uses without permission."""
    tree = ast.parse(source)
    names = world_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and is_world(node.args[0], names):
            if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr", "vars", "replace"):
                yield node.lineno, node.func.id
        elif isinstance(node, ast.Attribute):
            if is_world(node.value, names) and node.attr not in ALLOWED:
                yield node.lineno, node.attr
            if isinstance(node.value, ast.Attribute) and node.value.attr == "worlds" and node.attr in MUTATORS:
                yield node.lineno, f"worlds.{node.attr}"


def is_world(node: ast.expr, names: set[str]) -> bool:
    """Return whether an expression is a world, as far as names tell."""
    if isinstance(node, ast.Name):
        return node.id in names
    return isinstance(node, ast.Attribute) and node.attr in HOLDERS


def test_code_under_web_does_not_reach_into_a_world() -> None:
    modules = sorted(WEB.rglob("*.py"))
    assert len(modules) > 40
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {name}"
        for path in modules
        for line, name in accesses(path.read_text("utf-8"))
    ]
    assert found == [], "add a command or a query under runtime"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("exchange.world.shelf", "shelf"),
        ("world.lock", "lock"),
        ("self._world.journal.clear()", "journal"),
        ("def f(other: World) -> None:\n    other.behaviour.add(rule)", "behaviour"),
        ("def f(other: World | None) -> None:\n    other.ledger", "ledger"),
        ("chosen = exchange.world\nchosen.clock", "clock"),
        ("engine, chosen = exchange.engine, exchange.world\nchosen.publish(event)", "publish"),
        ("engine.worlds.default.clock = clock", "clock"),
        ("getattr(world, 'shelf')", "getattr"),
        ("await engine.worlds.make('sk-1')", "worlds.make"),
    ],
)
def test_an_access_is_found(source: str, name: str) -> None:
    assert [each for _, each in accesses(source)] == [name]


@pytest.mark.parametrize(
    "source", ["exchange.world.now", "world.name", "exchange.world.dice", "queries.find(engine, world, name, now)"]
)
def test_what_is_allowed_is_not_found(source: str) -> None:
    assert list(accesses(source)) == []


def test_only_commands_scheduler_and_delivery_publish_events() -> None:
    allowed = {"commands", "callbacks", "world", "persistence", "scheduler.py"}
    found = [
        str(path.relative_to(PACKAGE))
        for part in ("runtime", "web")
        for path in sorted((PACKAGE / part).rglob("*.py"))
        if path.relative_to(PACKAGE / part).parts[0] not in allowed or part == "web"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "publish"
    ]
    assert found == []


def test_queries_take_no_lock_and_call_nothing_that_changes_a_world() -> None:
    tree = ast.parse((PACKAGE / "runtime" / "queries.py").read_text("utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncWith)]
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert "shelf" in used
    assert used.isdisjoint({"publish", "schedule", "set_clock", "use_scenario", "reset", "wipe", "transaction"})
