"""The interface between a world and the place that keeps it, and its implementation for memory."""

import ast
from pathlib import Path

import ark_emulator.runtime.world as package
import pytest
from ark_emulator.runtime.persistence.stored_unit_of_work import StoredUnitOfWork
from ark_emulator.runtime.world.unit_of_work import IN_MEMORY, NO_TRANSACTION, UnitOfWork
from ark_emulator.runtime.world.world import World, new_world

from tests.support.dict_store import DictStore

FOLDER = Path(package.__file__).parent
PERSISTENCE = {"store", "shared", "process_id", "lock", "replica", "session", "space", "record", "refresh"}
"""Names that belong to persistence, as attributes or fields."""


def attributes(source: str) -> set[str]:
    """Return every attribute and every annotated field that a module uses."""
    nodes = list(ast.walk(ast.parse(source)))
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    fields = {node.target.id for node in nodes if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    return used | fields


def test_a_world_has_no_attributes_of_persistence() -> None:
    assert "unit_of_work" in World.__dataclass_fields__
    for path in FOLDER.glob("*.py"):
        if path.name != "unit_of_work.py":
            assert attributes(path.read_text("utf-8")) & PERSISTENCE == set(), path.name


def test_the_engine_has_no_attributes_of_persistence() -> None:
    engine = (FOLDER.parent / "engine.py").read_text("utf-8")
    assert attributes(engine) & PERSISTENCE - {"store"} == set()


@pytest.mark.parametrize(
    ("source", "names"),
    [("world.process_id", {"process_id"}), ("class World:\n    lock: Lock", {"lock"}), ("lock = 1", set())],
)
def test_an_attribute_of_persistence_is_found(source: str, names: set[str]) -> None:
    assert attributes(source) & PERSISTENCE == names


async def test_a_transaction_in_memory_is_reentrant_and_changes_nothing() -> None:
    world = new_world("w", seed=0, start=0)
    assert world.unit_of_work is IN_MEMORY
    async with world.transaction() as outer, world.transaction() as inner:
        assert outer is inner is NO_TRANSACTION
        assert not outer.refreshed


@pytest.mark.parametrize("unit", [IN_MEMORY, StoredUnitOfWork(DictStore())], ids=["memory", "not attached"])
async def test_without_a_store_everything_is_committed_at_once(unit: UnitOfWork) -> None:
    called: list[str] = []
    async with unit.transaction() as transaction:
        assert not transaction.refreshed
    await unit.refresh()
    await unit.wait_committed()
    unit.publish({"at": 0.0, "kind": "reset"}, by_time=False)
    unit.after_commit(lambda: called.append("committed"))
    assert (unit.is_committed(), unit.is_committed("task"), called) == (True, True, ["committed"])


def test_claims_in_memory_are_not_recorded() -> None:
    IN_MEMORY.claim_attempt("task:0")
    assert IN_MEMORY.owns_attempt("task:0")
    assert IN_MEMORY.claimed_attempts() == {}
    IN_MEMORY.release_attempt("task:0")
    IN_MEMORY.clear_attempts()


def test_an_attempt_belongs_to_the_process_that_claimed_it() -> None:
    unit = StoredUnitOfWork(DictStore(process_id="one"))
    assert not unit.owns_attempt("task:0")
    unit.claim_attempt("task:0")
    assert unit.owns_attempt("task:0")
    assert unit.claimed_attempts() == {"task:0": "one"}
    unit.attempts["task:0"] = "two"
    assert not unit.owns_attempt("task:0")
    unit.release_attempt("task:0")
    assert unit.claimed_attempts() == {}


def test_two_processes_on_one_store_number_exchanges_differently() -> None:
    offsets = {StoredUnitOfWork(DictStore(process_id=name)).exchange_offset for name in ("one", "two")}
    assert len(offsets) == 2
    assert StoredUnitOfWork(DictStore(shared=False)).exchange_offset == 0
