"""Checks whether a journal has as many matching entries as expected, and explains near misses.

A journal may hold thousands of entries, so all functions here yield to the event loop meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any, Final, TypeAlias

from ark_emulator.core.scenario.patterns import Predicate, glob_of
from ark_emulator.runtime.common.cooperative import iterate_with_yields
from ark_emulator.runtime.common.masking import mask_path, mask_text, masked
from ark_emulator.runtime.world.journal import Journal, JournalEntry

CRITERIA: Final = ("method", "path", "model", "prompt", "status", "task", "key", "dialect")
"""The criteria for entries. Strings are globs; `status` is a number or a class such as `5xx`."""
LONGEST: Final = 4_096
"""The largest number of characters of a criterion: as many as the journal keeps of a prompt."""
_NEAR: Final = 5
_Missed: TypeAlias = tuple[int, int, JournalEntry]


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Whether the expectation holds, the number of matching entries, and the nearest misses otherwise."""

    ok: bool
    count: int
    near: Sequence[Mapping[str, Any]]


class Match:
    """The compiled criteria for entries. Raises ValueError for a criterion that is too long."""

    def __init__(self, wanted: Mapping[str, Any]) -> None:
        self._wanted = wanted
        self._tests: list[tuple[str, Callable[[object], bool]]] = [
            (name, _test_of(name, value)) for name, value in wanted.items()
        ]

    def fits(self, entry: JournalEntry) -> bool:
        """Return True when the entry meets every criterion."""
        return all(test(getattr(entry, name)) for name, test in self._tests)

    def differences(self, entry: JournalEntry) -> dict[str, dict[str, Any]]:
        """Return the criteria that an entry does not meet, each with the expected and the actual value."""
        return {
            name: {"wanted": _shown(name, self._wanted[name], entry.key), "got": _got(entry, name)}
            for name, test in self._tests
            if not test(getattr(entry, name))
        }

    def misses(self, entry: JournalEntry) -> int:
        """Return how many criteria the entry does not meet."""
        return sum(not test(getattr(entry, name)) for name, test in self._tests)


async def verify(
    journal: Journal,
    match: Match,
    *,
    exactly: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
) -> VerifyResult:
    """Return whether the expected number of entries match; by default, at least one."""
    found, missed = await _compared(journal, match)
    if exactly is None and at_least is None and at_most is None:
        at_least = 1
    ok = (
        (exactly is None or found == exactly)
        and (at_least is None or found >= at_least)
        and (at_most is None or found <= at_most)
    )
    return VerifyResult(ok, found, () if ok else _near(missed, match))


async def verify_order(journal: Journal, sequence: Sequence[Match]) -> VerifyResult:
    """Return whether matching entries came in this order; other entries may come between them.

    `count` is the number of criteria matched in order.
    """
    place = 0
    async for entry in iterate_with_yields(list(journal)):
        if place < len(sequence) and sequence[place].fits(entry):
            place += 1
    if place < len(sequence):
        return VerifyResult(False, place, _near((await _compared(journal, sequence[place]))[1], sequence[place]))
    return VerifyResult(True, place, ())


async def _compared(journal: Journal, match: Match) -> tuple[int, list[_Missed]]:
    """Return how many entries match, and the others with how many criteria they do not meet."""
    found, missed = 0, []
    async for entry in iterate_with_yields(list(journal)):
        if misses := match.misses(entry):
            missed.append((misses, -entry.number, entry))
        else:
            found += 1
    return found, missed


def _near(missed: Iterable[_Missed], match: Match) -> list[dict[str, Any]]:
    """Return the entries that meet most criteria but not all, the nearest first, with what differs."""
    return [
        {
            "number": entry.number,
            "method": mask_text(entry.method, entry.key),
            "path": mask_path(entry.path, entry.key),
            "status": entry.status,
            "differs": match.differences(entry),
        }
        for _, _, entry in nsmallest(_NEAR, missed, key=lambda row: row[:2])
    ]


def _test_of(name: str, wanted: object) -> Callable[[object], bool]:
    if not isinstance(wanted, str):
        return lambda value: value == wanted
    if len(wanted) > LONGEST:
        raise ValueError(f"{name!r} has {len(wanted):,} characters; a criterion has at most {LONGEST:,}")
    fits, as_number = glob_of(wanted), glob_of(wanted.lower().replace("x", "?"))
    return lambda value: _fits(value, fits, as_number)


def _fits(value: object, fits: Predicate, as_number: Predicate) -> bool:
    if isinstance(value, str):
        return fits(value)
    return isinstance(value, int) and as_number(str(value))


def _got(entry: JournalEntry, name: str) -> Any:
    return _shown(name, getattr(entry, name), entry.key)


def _shown(name: str, value: Any, key: str) -> Any:
    if not isinstance(value, str):
        return value
    if name == "key":
        return masked(value)
    return mask_path(value, key) if name == "path" else mask_text(value, key)
