"""Asks a journal whether something happened as often as expected, and explains what came near."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from emulator.runtime.journal import Entry, Journal, masked, safe_path

CRITERIA: Final = ("method", "path", "model", "prompt", "status", "task", "key", "dialect")
"""What an entry can be matched by. Texts are globs; `status` is a number or a class such as `5xx`."""
_NEAR: Final = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it held, how many entries matched, and the nearest misses when it did not hold."""

    ok: bool
    count: int
    near: Sequence[Mapping[str, Any]]


def matches(entry: Entry, wanted: Mapping[str, Any]) -> bool:
    """True when the entry meets every criterion."""
    return not differences(entry, wanted)


def differences(entry: Entry, wanted: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The criteria an entry does not meet, each with what was wanted and what it had."""
    return {
        name: {"wanted": value, "got": _shown(entry, name)}
        for name, value in wanted.items()
        if not _meets(getattr(entry, name), value)
    }


def count(journal: Journal, wanted: Mapping[str, Any]) -> int:
    """How many entries meet every criterion."""
    return sum(matches(entry, wanted) for entry in journal)


def verify(
    journal: Journal,
    wanted: Mapping[str, Any],
    *,
    exactly: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
) -> Verdict:
    """Whether as many entries match as expected; at least one when nothing else is said."""
    found = count(journal, wanted)
    if exactly is None and at_least is None and at_most is None:
        at_least = 1
    ok = (
        (exactly is None or found == exactly)
        and (at_least is None or found >= at_least)
        and (at_most is None or found <= at_most)
    )
    return Verdict(ok, found, () if ok else near_misses(journal, wanted))


def verify_order(journal: Journal, sequence: Sequence[Mapping[str, Any]]) -> Verdict:
    """Whether entries that match came in this order, others between them allowed; `count` is how far it got."""
    entries = iter(journal)
    for place, wanted in enumerate(sequence):
        if not any(matches(entry, wanted) for entry in entries):
            return Verdict(False, place, near_misses(journal, wanted))
    return Verdict(True, len(sequence), ())


def near_misses(journal: Journal, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries that meet most criteria but not all, the nearest first, with what differs."""
    missed = [
        (len(differs), -entry.number, entry, differs) for entry in journal if (differs := differences(entry, wanted))
    ]
    missed.sort(key=lambda row: row[:2])
    return [
        {
            "number": entry.number,
            "method": entry.method,
            "path": safe_path(entry.path),
            "status": entry.status,
            "differs": differs,
        }
        for _, _, entry, differs in missed[:_NEAR]
    ]


def _meets(value: object, wanted: object) -> bool:
    if isinstance(wanted, str) and isinstance(value, int):
        return fnmatchcase(str(value), wanted.lower().replace("x", "?"))
    if isinstance(wanted, str) and isinstance(value, str):
        return fnmatchcase(value, wanted)
    return value == wanted


def _shown(entry: Entry, name: str) -> Any:
    return masked(entry.key) if name == "key" else getattr(entry, name)
