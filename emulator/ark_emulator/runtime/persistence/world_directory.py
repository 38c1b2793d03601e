"""The directory of a store: what worlds there are, and how each was when it was made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final

from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.time.clock import VirtualClock
from ark_emulator.core.time.dice import Dice
from ark_emulator.runtime.persistence.world_records import ChangeSet
from ark_emulator.runtime.world.world import World
from ark_emulator.stores.codec import record_codec

_PREFIX: Final = "world:"


@dataclass(frozen=True, slots=True)
class WorldRecord:
    """A world as it was made. `space` is where its records are; no two worlds ever have the same."""

    space: str
    pod: str
    explicit_settings: tuple[str, ...]
    dice: Dice
    clock: VirtualClock
    limits: Limits
    scenario: Scenario

    def records(self) -> dict[str, bytes]:
        """What a world's own records say before anything was done in it."""
        parts: dict[str, Dice | VirtualClock | Limits | Scenario] = {
            "dice": self.dice,
            "started": self.clock,
            "clock": self.clock,
            "limits": self.limits,
            "scenario": self.scenario,
        }
        return {name: record_codec.encode_value(part) for name, part in parts.items()}


def record_of_world(world: World) -> WorldRecord:
    """How a world that was made just now is."""
    return WorldRecord(
        space=f"{world.pod}-{token_hex(8)}",
        pod=world.pod,
        explicit_settings=tuple(sorted(world.explicit_settings)),
        dice=world.dice,
        clock=world.clock,
        limits=world.admission.limits,
        scenario=world.behaviour.scenario,
    )


@dataclass
class WorldDirectory:
    """Worlds by name. `gone` is told of one that somebody else has dropped, by its name."""

    worlds: dict[str, WorldRecord] = field(default_factory=dict)
    on_dropped: Callable[[str], None] = lambda name: None
    _changed: dict[str, None] = field(default_factory=dict)

    def add(self, name: str, birth: WorldRecord) -> None:
        """Enter a world."""
        self.worlds[name] = birth
        self._changed[name] = None

    def remove(self, name: str) -> None:
        """Take a world out."""
        self.worlds.pop(name, None)
        self._changed[name] = None

    def of_pod(self, pod: str) -> str | None:
        """The name of the world whose object names carry this address."""
        return next((name for name, birth in self.worlds.items() if birth.pod == pod), None)

    @property
    def dirty(self) -> bool:
        """True while there is something to be written down."""
        return bool(self._changed)

    def touches(self, task_id: str) -> bool:
        """There are no tasks here."""
        return False

    def collect(self) -> ChangeSet | None:
        """What is to be written down; from now on it counts as written."""
        names, self._changed = self._changed, {}
        puts = {
            _PREFIX + name: record_codec.encode_value(self.worlds[name]) if name in self.worlds else None
            for name in names
        }
        return ChangeSet(puts) if puts else None

    def apply(self, written: ChangeSet, by: str) -> None:
        """Take over what somebody else has written down."""
        dropped = set(self.worlds) if written.clears else set()
        for record, value in written.puts.items():
            name = record.removeprefix(_PREFIX)
            if value is None:
                dropped.add(name)
                continue
            found = record_codec.decode_value(WorldRecord, value)
            if name in self.worlds and self.worlds[name].space != found.space:
                self._drop(name)
            self.worlds[name] = found
            dropped.discard(name)
        for name in dropped:
            self._drop(name)

    def load(self, records: Mapping[str, bytes]) -> None:
        """Be what these records say, whatever was there before."""
        self._changed = {}
        self.apply(ChangeSet(records, clears=True), "")

    def _drop(self, name: str) -> None:
        if self.worlds.pop(name, None) is not None:
            self.on_dropped(name)
