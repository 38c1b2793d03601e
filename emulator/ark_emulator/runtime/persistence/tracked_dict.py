"""A dictionary that records which of its names have changed since they were last written to the store."""

from collections.abc import Mapping
from typing import Generic, TypeVar

Value = TypeVar("Value")


class TrackedDict(dict[str, Value], Generic[Value]):
    """Values by name. `dirty` holds the names set or removed since the last `drain`, in order.

    A missing name has the value `default`.
    """

    def __init__(self, default: Value) -> None:
        super().__init__()
        self.dirty: dict[str, None] = {}
        self._default = default

    def __missing__(self, name: str) -> Value:
        return self._default

    def __setitem__(self, name: str, value: Value) -> None:
        self.dirty[name] = None
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self.dirty[name] = None
        super().__delitem__(name)

    def clear(self) -> None:
        """Remove all values."""
        self.dirty |= dict.fromkeys(self)
        super().clear()

    def drain(self) -> Mapping[str, Value | None]:
        """Return the changed values by name, None for removed ones, and mark all as written."""
        names, self.dirty = self.dirty, {}
        return {name: self.get(name) for name in names}

    def restore(self, name: str, value: Value | None) -> None:
        """Set a value read from the store, or remove it for None, without marking it as changed."""
        if value is None:
            self.pop(name, None)
        else:
            super().__setitem__(name, value)


def tracked_counter() -> TrackedDict[int]:
    """Return an empty dictionary in which a missing name counts 0."""
    return TrackedDict(0)
