"""Remove the invalid values from a part of a document, so that the rest can still be checked."""

from collections.abc import Iterable
from typing import Any, Final

from ark_emulator.loading.diagnostics.diagnostics import Path

STEPS: Final = "then"
"""The list whose positions matter: an invalid step keeps its position."""
_NO_STEP: Final[dict[str, Any]] = {}
_STATUSES: Final = ("queued", "running", "succeeded", "failed")


def pruned(data: Any, wrong: Iterable[Path]) -> tuple[Any, frozenset[Path]]:
    """Return a copy of a mapping without the values at these paths, and the paths of what was removed.

    A value in a list is removed together with the list, because its neighbours would change their positions. A step
    becomes one without a duration where its word is known, else an empty mapping.
    """
    kept = _copy(data)
    lost: set[Path] = set()
    for path in sorted(set(wrong), key=len, reverse=True):
        if path:
            lost.add(_remove(kept, path))
    return kept, frozenset(lost)


def _copy(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _copy(value) for key, value in data.items()}
    return [_copy(item) for item in data] if isinstance(data, list) else data


def _remove(data: Any, path: Path) -> Path:
    """Remove the value at the path; returns the path of what was removed."""
    if len(path) > 1 and path[0] == STEPS and (len(path) == 2 or path[2:] in {(status,) for status in _STATUSES}):
        _within(data, path[:1])[path[1]] = path[2] if len(path) > 2 else _NO_STEP
        return path[:2]
    while isinstance(path[-1], int):
        path = path[:-1]
    above = _within(data, path[:-1])
    if isinstance(above, dict):
        above.pop(path[-1], None)
    return path


def _within(data: Any, path: tuple[Any, ...]) -> Any:
    """Return the value at the path; None where something around it was removed."""
    for part in path:
        if not (isinstance(data, list) or (isinstance(data, dict) and part in data)):
            return None
        data = data[part]
    return data
