"""The answers to polls, each rendered once for as long as it holds."""

from dataclasses import dataclass
from typing import Final

from ark_emulator.core.task.values import Task

MOST: Final = 10_000
"""How many answers are kept; of more, the oldest go first."""
LARGEST: Final = 16_384
"""The largest answer that is kept, in bytes."""


@dataclass(frozen=True, slots=True)
class CachedPoll:
    """A poll's answer: it holds while the task is this very value, from `since` to before `until`."""

    task: Task
    since: float
    until: float
    body: bytes


class PollCache:
    """Answers by the world that was asked in, the printer that rendered them, and the name that was asked for."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], CachedPoll] = {}

    def find(self, name: tuple[str, str, str], task: Task | None, now: float) -> bytes | None:
        """The answer that holds for the task at that moment, None when it has yet to be rendered."""
        glance = self._kept.get(name)
        if glance is not None and glance.task is task and glance.since <= now < glance.until:
            return glance.body
        return None

    def keep(self, name: tuple[str, str, str], glance: CachedPoll) -> None:
        """Keep an answer, unless it is too large."""
        if len(glance.body) > LARGEST:
            return
        if len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[name] = glance

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()
