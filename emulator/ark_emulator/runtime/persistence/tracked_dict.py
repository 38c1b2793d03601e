"""Dictionaries that note which of their names have changed, for whoever writes them down."""

from collections.abc import Mapping
from typing import Generic, TypeVar

Value = TypeVar("Value")


class TrackedDict(dict[str, Value], Generic[Value]):
    """Values by name; `noted` are the names that were set or removed since they were written down, in order.

    `nothing` stands for what is not there.
    """

    def __init__(self, nothing: Value) -> None:
        super().__init__()
        self.dirty: dict[str, None] = {}
        self._nothing = nothing

    def __missing__(self, name: str) -> Value:
        return self._nothing

    def __setitem__(self, name: str, value: Value) -> None:
        self.dirty[name] = None
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self.dirty[name] = None
        super().__delitem__(name)

    def clear(self) -> None:
        """Remove everything."""
        self.dirty |= dict.fromkeys(self)
        super().clear()

    def drain(self) -> Mapping[str, Value | None]:
        """What has changed, None for what is not there any more; from now on it counts as written down."""
        names, self.dirty = self.dirty, {}
        return {name: self.get(name) for name in names}

    def restore(self, name: str, value: Value | None) -> None:
        """Take over what somebody else has written down."""
        if value is None:
            self.pop(name, None)
        else:
            super().__setitem__(name, value)
