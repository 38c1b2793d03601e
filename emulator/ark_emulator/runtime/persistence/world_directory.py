"""The directory of a store: which worlds exist, and the settings with which each was created."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.time.clock import VirtualClock
from ark_emulator.core.time.dice import Dice
from ark_emulator.runtime.persistence.record_mapper import ChangeSet
from ark_emulator.runtime.world.world import World
from ark_emulator.stores.codec import record_codec

_PREFIX: Final = "world:"


@dataclass(frozen=True, slots=True)
class WorldRecord:
    """A world as it was created. `space` is the name of the space with its records; no two worlds ever share one."""

    space: str
    pod: str
    explicit_settings: tuple[str, ...]
    dice: Dice
    clock: VirtualClock
    limits: Limits
    scenario: Scenario

    def records(self) -> dict[str, bytes]:
        """Return the records of the world before anything changed in it."""
        parts: dict[str, Dice | VirtualClock | Limits | Scenario] = {
            "dice": self.dice,
            "started": self.clock,
            "clock": self.clock,
            "limits": self.limits,
            "scenario": self.scenario,
        }
        return {name: record_codec.encode_value(part) for name, part in parts.items()}


def record_of_world(world: World) -> WorldRecord:
    """Return the record of a world that was just created, with a new space."""
    return WorldRecord(
        space=f"{world.pod}-{token_hex(8)}",
        pod=world.pod,
        explicit_settings=tuple(sorted(world.explicit_settings)),
        dice=world.dice,
        clock=world.clock,
        limits=world.admission.limits,
        scenario=world.behaviour.scenario,
    )


class WorldDirectory:
    """World records by name. `on_dropped` is called with the name of a world that another process has dropped."""

    def __init__(self, on_dropped: Callable[[str], None]) -> None:
        self.worlds: dict[str, WorldRecord] = {}
        self._on_dropped = on_dropped
        self._changed: dict[str, None] = {}

    def add(self, name: str, record: WorldRecord) -> None:
        """Add a world."""
        self.worlds[name] = record
        self._changed[name] = None

    def remove(self, name: str) -> None:
        """Remove a world."""
        self.worlds.pop(name, None)
        self._changed[name] = None

    def of_pod(self, pod: str) -> str | None:
        """Return the name of the world whose object names contain this pod address, None when there is none."""
        return next((name for name, record in self.worlds.items() if record.pod == pod), None)

    @property
    def dirty(self) -> bool:
        """Return whether there are changes to write."""
        return bool(self._changed)

    def touches(self, task_id: str) -> bool:
        """Return False: the directory holds no tasks."""
        return False

    def collect(self) -> ChangeSet | None:
        """Return the changes to write, None when there are none, and mark them as written."""
        names, self._changed = self._changed, {}
        puts = {
            _PREFIX + name: record_codec.encode_value(self.worlds[name]) if name in self.worlds else None
            for name in names
        }
        return ChangeSet(puts) if puts else None

    def apply(self, changes: ChangeSet, by: str) -> None:
        """Apply the changes that another process has committed."""
        dropped = set(self.worlds) if changes.clears else set()
        for key, value in changes.puts.items():
            name = key.removeprefix(_PREFIX)
            if value is None:
                dropped.add(name)
                continue
            record = record_codec.decode_value(WorldRecord, value)
            if name in self.worlds and self.worlds[name].space != record.space:
                self._drop(name)
            self.worlds[name] = record
            dropped.discard(name)
        for name in dropped:
            self._drop(name)

    def load(self, records: Mapping[str, bytes]) -> None:
        """Replace everything by what these records contain."""
        self._changed = {}
        self.apply(ChangeSet(records, clears=True), "")

    def _drop(self, name: str) -> None:
        if self.worlds.pop(name, None) is not None:
            self._on_dropped(name)
