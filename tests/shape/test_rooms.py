"""The rooms: files and functions that fit on a screen, words for everything public, no real waiting in tests."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "emulator" / "ark_emulator"
TESTS = ROOT / "tests"

LONGEST_FILE = 600
LONGEST_FUNCTION = 50
TINY = 5  # lines of a method whose name says it all, its head included

WRITTEN_BY_HAND = {".py", ".js", ".css", ".html", ".sql", ".lua"}
NOT_OURS_TO_MEASURE = {"data", "vendor"}  # tables, and copies of other people's code

# In two pieces, so that this file does not speak of them either.
UNFINISHED = re.compile(rf"\b({'TO'}{'DO'}|{'FIX'}{'ME'})\b")
GENERATED = {"build", "dist", "node_modules", "__pycache__"}
HIDDEN_BUT_OURS = {".ci", ".github"}

REAL_TIME = re.compile(r"# real time: \S")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def files_of_the_package() -> Iterator[Path]:
    """Yield the files of the package that are written by hand."""
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in WRITTEN_BY_HAND and not NOT_OURS_TO_MEASURE & set(path.relative_to(PACKAGE).parts[:-1]):
            yield path


def files_of_the_repository() -> Iterator[Path]:
    """Every file of the checkout but what tools have put there (environments, caches, build results)."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if (name in HIDDEN_BUT_OURS or not name.startswith("."))
            and name not in GENERATED
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        ]
        yield from (Path(folder) / name for name in names)


def lines_of(node: Function) -> int:
    """How many lines a function takes, from its `def` to its end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def length_complaints(source: str, name: str) -> list[str]:
    """The functions of a module that do not fit on a screen."""
    return [
        f"{name}:{node.lineno}: {node.name} has {lines_of(node)} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, Function) and lines_of(node) > LONGEST_FUNCTION
    ]


def public_definitions(tree: ast.Module) -> Iterator[Definition]:
    """What a reader may use without asking: public functions and classes, and the methods a class brings in itself.

    Left out are methods that only fulfil what a base class has already described, and tiny ones.
    """
    for node in tree.body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        yield node
        if isinstance(node, ast.ClassDef) and not node.bases:
            for method in node.body:
                if isinstance(method, Function) and not method.name.startswith("_") and lines_of(method) > TINY:
                    yield method


def is_overload(node: Definition) -> bool:
    """Whether this is one of several signatures, which the implementation below describes."""
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def docstring_complaints(source: str, name: str) -> list[str]:
    """What of a module is public and has no docstring: the module itself, its functions, classes and methods."""
    tree = ast.parse(source)
    found = [] if ast.get_docstring(tree) else [f"{name}:1: the module has no docstring"]
    return found + [
        f"{name}:{node.lineno}: {node.name} has no docstring"
        for node in public_definitions(tree)
        if not ast.get_docstring(node) and not is_overload(node)
    ]


def sleeps(tree: ast.AST) -> Iterator[int]:
    """Lines that wait in real time. `asyncio.sleep(0)` only lets others run, so it does not count."""
    bare = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "asyncio")
        for alias in node.names
        if alias.name == "sleep"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep", *bare}:
            yields = node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if not yields:
                yield node.lineno


def sleep_complaints(source: str, name: str) -> list[str]:
    """The real waits of a test file that do not say on their line why they must be real."""
    lines = source.splitlines()
    return [
        f"{name}:{number}: waits in real time"
        for number in sleeps(ast.parse(source))
        if not REAL_TIME.search(lines[number - 1])
    ]


def unfinished_complaints(content: bytes, name: str) -> list[str]:
    """The lines of a text file that speak of work left undone; what is not text is passed over."""
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return []
    return [f"{name}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if UNFINISHED.search(line)]


def named(path: Path) -> str:
    """A file as the complaints name it."""
    return str(path.relative_to(ROOT))


def test_no_file_of_the_package_is_longer_than_can_be_taken_in_at_once() -> None:
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in files_of_the_package()}
    assert "emulator/ark_emulator/__init__.py" in lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_of_the_package_is_longer_than_a_screen() -> None:
    modules = [path for path in files_of_the_package() if path.suffix == ".py"]
    assert [found for path in modules for found in length_complaints(path.read_text("utf-8"), named(path))] == []


def test_everything_public_in_the_package_says_what_it_means() -> None:
    modules = sorted(PACKAGE.rglob("*.py"))
    assert [found for path in modules for found in docstring_complaints(path.read_text("utf-8"), named(path))] == []


def test_nothing_in_the_repository_is_marked_as_unfinished() -> None:
    paths = list(files_of_the_repository())
    assert ROOT / "pyproject.toml" in paths
    assert [found for path in paths for found in unfinished_complaints(path.read_bytes(), named(path))] == []


def test_no_test_waits_in_real_time_without_saying_why() -> None:
    paths = list(TESTS.rglob("*.py"))
    assert Path(__file__) in paths
    assert [found for path in paths for found in sleep_complaints(path.read_text("utf-8"), named(path))] == []


def test_a_function_that_is_too_long_is_found() -> None:
    fits = "async def fits():\n" + "    x = 1\n" * (LONGEST_FUNCTION - 1)
    assert length_complaints(fits, "planted.py") == []
    assert length_complaints(fits + "    x = 1\n", "planted.py") == ["planted.py:1: fits has 51 lines"]


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("x = 1", ["the module"]),
        ('"""Words."""\ndef public():\n    return 1', ["public"]),
        ('"""Words."""\nasync def public():\n    return 1', ["public"]),
        ('"""Words."""\nclass Public:\n    x = 1', ["Public"]),
        ('"""Words."""\nclass Public:\n    """Words."""\n    def long(self):\n' + "        self\n" * 5, ["long"]),
        ('"""Words."""\nclass Public:\n    """Words."""\n    def tiny(self):\n        return 1', []),
        ('"""Words."""\nclass Public(Base):\n    """Words."""\n    def fulfilled(self):\n' + "        self\n" * 9, []),
        ('"""Words."""\ndef _private():\n    return 1', []),
        ('"""Words."""\n@overload\ndef signature(x: int) -> int: ...', []),
    ],
)
def test_what_is_public_and_has_no_words_is_found(source: str, missing: list[str]) -> None:
    found = docstring_complaints(source, "planted.py")
    assert [complaint.split(": ")[1].removesuffix(" has no docstring") for complaint in found] == missing


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import time\ntime.sleep(1)", [2]),
        ("from time import sleep as rest\nrest(0.1)", [2]),
        ("await asyncio.sleep(0.01)", [1]),
        ("await asyncio.sleep(0)", []),
        ("time.sleep(1)  # real time: the receiver's own socket has to time out", []),
        ("time.sleep(1)  # real time:", [1]),
        ("world.clock.sleep(1)", []),
    ],
)
def test_a_real_wait_is_found_unless_it_says_why(source: str, lines: list[int]) -> None:
    assert [int(found.split(":")[1]) for found in sleep_complaints(source, "planted.py")] == lines


def test_a_mark_of_unfinished_work_is_found_in_any_text() -> None:
    word = "TO" + "DO"
    assert unfinished_complaints(f"one\n# {word}: two\n".encode(), "planted.md") == [f"planted.md:2: # {word}: two"]
    assert unfinished_complaints(b"mastodon METHODOLOGY", "planted.md") == []
    assert unfinished_complaints(b"\xff\xfe" + word.encode(), "planted.png") == []
