"""Messages of the package go through its one logger; only the command line and the access log write by themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "emulator" / "ark_emulator"

MAY_WRITE = ("cli/", "__main__.py", "pytest_plugin.py", "web/http/access_log.py")
"""What may write to stderr or print: the command line, what pytest shows, and the access log of `serve --log`."""
MAY_CONFIGURE = ("log.py", "cli/common/log_handler.py")
"""What may import logging: the logger, and the handler of the command line."""


def complaints(source: str, path: str) -> Iterator[str]:
    """What a module writes, or logs, in another way than through the package's logger."""
    may_write = path.startswith(MAY_WRITE)
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="sys"), attr="stderr" | "__stderr__") if not may_write:
                yield f"{path}:{node.lineno}: writes to stderr"
            case ast.ImportFrom(module="sys", names=names) if not may_write:
                yield from (f"{path}:{node.lineno}: writes to stderr" for each in names if "stderr" in each.name)
            case ast.Call(func=ast.Name(id="print")) if not may_write:
                yield f"{path}:{node.lineno}: prints"
            case ast.Attribute(value=ast.Name(id="traceback"), attr=name) if name.startswith("print"):
                yield f"{path}:{node.lineno}: prints a traceback"
            case ast.Import(names=names) if path not in MAY_CONFIGURE:
                yield from (f"{path}:{node.lineno}: has a logger" for each in names if each.name == "logging")
            case ast.ImportFrom(module="logging") if path not in MAY_CONFIGURE:
                yield f"{path}:{node.lineno}: has a logger"
            case ast.keyword(arg="exc_info") | ast.Attribute(value=ast.Name(id="logger"), attr="exception"):
                yield f"{path}:{node.lineno}: logs an exception unmasked, use tracebacks.describe_error"


def test_the_package_writes_only_through_its_logger() -> None:
    found = [
        complaint
        for path in sorted(PACKAGE.rglob("*.py"))
        for complaint in complaints(path.read_text("utf-8"), path.relative_to(PACKAGE).as_posix())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import sys\nsys.stderr.write('x')", "writes to stderr"),
        ("from sys import stderr", "writes to stderr"),
        ("print('x')", "prints"),
        ("traceback.print_exc()", "prints a traceback"),
        ("import logging", "has a logger"),
        ("from logging import getLogger", "has a logger"),
        ("logger.error('x', exc_info=True)", "unmasked"),
        ("logger.exception('x')", "unmasked"),
    ],
)
def test_another_way_is_noticed(source: str, reason: str) -> None:
    (complaint,) = complaints(source, "runtime/planted.py")
    assert reason in complaint
