"""The interface between a space and what it holds: the content of a commit, and the mapper that produces it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ark_emulator.runtime.world.unit_of_work import Event
from ark_emulator.stores.codec import record_codec


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The content of a commit: records by name (None removes one), events, and whether older records are removed."""

    puts: Mapping[str, bytes | None]
    events: Sequence[bytes] = ()
    clears: bool = False


class RecordMapper(Protocol):
    """Converts between the state in memory and the records of one space."""

    @property
    def dirty(self) -> bool:
        """Return whether there are changes to write."""

    def touches(self, task_id: str) -> bool:
        """Return whether there are changes of that task to write."""

    def collect(self) -> ChangeSet | None:
        """Return the changes to write, None when there are none, and mark them as written."""

    def apply(self, changes: ChangeSet, by: str) -> None:
        """Apply the changes that the process `by` has committed."""

    def load(self, records: Mapping[str, bytes]) -> None:
        """Replace the state in memory by what these records contain."""


def event_record(event: Event, by_time: bool) -> bytes:
    """Return an event as bytes for other processes. `by_time` is True when a deadline caused it."""
    return record_codec.encode_event({"by_time": by_time, "event": event})
