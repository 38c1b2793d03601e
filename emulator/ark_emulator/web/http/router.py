"""Finds the route of a request: the one whose path is literal the furthest, of several the one that was added first."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Generic, TypeVar

Target = TypeVar("Target")
Parts = Mapping[str, str]
"""What stands in a path in place of its names: `{"id": "cgt-..."}`."""
ANY: Final = "*"
"""The method of a route that takes all of them."""
NO_PARTS: Final[Parts] = MappingProxyType({})
_KNOWN: Final = 4096
"""How many requests' routes are remembered: who polls asks the same again and again."""
_SHORT: Final = 256
"""The longest path that is remembered, in characters."""
_NAME: Final = re.compile(r"\{([a-z]+)(?::([^{}]+))?\}")


class Router(Generic[Target]):
    """Routes by method and path. A path may name parts: `{id}` stands for one segment, `{tail:.*}` for what fits."""

    def __init__(self) -> None:
        self._literal: dict[tuple[str, str], Target] = {}
        self._open: dict[str, list[tuple[str, re.Pattern[str], Target]]] = {}
        self._known = lru_cache(maxsize=_KNOWN)(self._search)

    def add(self, method: str, path: str, target: Target) -> None:
        """Add a route. The first of two that are alike stays."""
        self._known.cache_clear()
        if "{" not in path:
            self._literal.setdefault((method, path), target)
            return
        beginning = path[: path.index("{")].rpartition("/")[0]
        self._open.setdefault(beginning, []).append((method, _pattern(path), target))

    def find(self, method: str, path: str) -> tuple[Target, Parts] | None:
        """The target of a request, and the parts of its path; None when no route takes it.

        The path is decoded but for the slashes and percent signs within its segments, as `yarl.URL.path_safe` is.
        """
        return self._known(method, path) if len(path) <= _SHORT else self._search(method, path)

    def _search(self, method: str, path: str) -> tuple[Target, Parts] | None:
        literal = self._literal.get((method, path)) or self._literal.get((ANY, path))
        if literal is not None:
            return literal, NO_PARTS
        beginning = path
        while beginning:
            beginning = beginning.rpartition("/")[0]
            for asked, pattern, target in self._open.get(beginning, ()):
                if asked in (method, ANY) and (found := pattern.fullmatch(path)) is not None:
                    return target, {name: decoded(text) for name, text in found.groupdict().items()}
        return None


def _pattern(path: str) -> re.Pattern[str]:
    """The path as a pattern."""
    text, end = "", 0
    for name in _NAME.finditer(path):
        text += re.escape(path[end : name.start()]) + f"(?P<{name[1]}>{name[2] or '[^/]+'})"
        end = name.end()
    return re.compile(text + re.escape(path[end:]))


def decoded(text: str) -> str:
    """A part of a path with the slashes and percent signs that are in it."""
    return text.replace("%2F", "/").replace("%25", "%") if "%" in text else text
