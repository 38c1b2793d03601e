"""Find the route of a request: the one with the longest literal beginning, of several the one that was added first."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Generic, TypeVar

Target = TypeVar("Target")
Parts = Mapping[str, str]
"""The values of the named parts of a path: `{"id": "cgt-..."}`."""
ANY: Final = "*"
"""The method of a route for all methods."""
NO_PARTS: Final[Parts] = MappingProxyType({})
_KNOWN: Final = 4096
"""Number of cached lookups; polls repeat the same path."""
_SHORT: Final = 256
"""The longest cached path, in characters."""
_NAME: Final = re.compile(r"\{([a-z]+)(?::([^{}]+))?\}")


class Router(Generic[Target]):
    """Routes by method and path. In a path, `{id}` matches one segment and `{tail:.*}` the regular expression."""

    def __init__(self) -> None:
        self._literal: dict[tuple[str, str], Target] = {}
        self._open: dict[str, list[tuple[str, re.Pattern[str], Target]]] = {}
        self._known = lru_cache(maxsize=_KNOWN)(self._search)

    def add(self, method: str, path: str, target: Target) -> None:
        """Add a route. The first of two with the same method and path wins."""
        self._known.cache_clear()
        if "{" not in path:
            self._literal.setdefault((method, path), target)
            return
        beginning = path[: path.index("{")].rpartition("/")[0]
        self._open.setdefault(beginning, []).append((method, _pattern(path), target))

    def find(self, method: str, path: str) -> tuple[Target, Parts] | None:
        """Return the target of a request and the parts of its path, None if no route matches.

        The path is decoded except for slashes and percent signs within segments, as `yarl.URL.path_safe` is.
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
    """Return the regular expression of a path."""
    text, end = "", 0
    for name in _NAME.finditer(path):
        text += re.escape(path[end : name.start()]) + f"(?P<{name[1]}>{name[2] or '[^/]+'})"
        end = name.end()
    return re.compile(text + re.escape(path[end:]))


def decoded(text: str) -> str:
    """Return a part of a path with its slashes and percent signs decoded."""
    return text.replace("%2F", "/").replace("%25", "%") if "%" in text else text
