"""The stored format: explicit names for every class and field, and bytes of released versions that stay readable."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from ark_emulator.core.task.values import Status, Step, Usage
from ark_emulator.runtime.persistence.world_records import _SINGLES
from ark_emulator.stores.codec import dataclass_codec, record_codec, stored_format
from ark_emulator.stores.codec.stored_format import CLASSES, Stored
from ark_emulator.stores.redis.commit_log import commit_of
from ark_emulator.stores.sqlite.database_file import FORMAT
from ark_emulator.stores.sqlite.sqlite_store import SqliteStore
from ark_emulator.stores.store import DIRECTORY, Commit

from tests.support import stored_bytes
from tests.support.caller import Caller

VALUES = [json.loads(path.read_text("ascii")) for path in sorted(stored_bytes.FOLDER.glob("values-*.json"))]
WORLDS = json.loads((stored_bytes.FOLDER / "worlds-1.json").read_text("ascii"))


def test_every_stored_class_has_a_row_and_every_row_a_class() -> None:
    names = [kind.__name__ for kind in stored_bytes.classes()]
    assert len(set(names)) == len(names), "two stored classes of one name cannot be distinguished"
    assert sorted(names) == sorted(CLASSES), "give a renamed class the row, and the tag, that it had before"


def test_every_stored_field_has_a_name_and_every_name_a_field() -> None:
    for kind in stored_bytes.classes():
        attributes = [each.name for each in fields(kind)]
        assert attributes == list(CLASSES[kind.__name__].fields), f"{kind.__name__}: give a renamed field its old name"


def test_no_two_classes_have_one_tag_and_no_two_fields_of_a_class_one_name() -> None:
    tags = [row.tag for row in CLASSES.values()]
    assert len(set(tags)) == len(tags)
    for row in CLASSES.values():
        assert len(set(row.fields.values())) == len(row.fields)
        assert dataclass_codec.CLASS not in row.fields.values()


def test_bytes_of_the_current_format_are_kept() -> None:
    for name in ("values", "worlds"):
        assert (stored_bytes.FOLDER / f"{name}-{FORMAT}.json").exists(), "python -m tests.support.stored_bytes"


@pytest.mark.parametrize(
    "sample",
    [each for kept in VALUES for each in kept["values"]],
    ids=lambda sample: f"{sample['is']} {len(sample['stored'])}",
)
def test_stored_values_are_read_as_what_they_were(sample: dict[str, Any]) -> None:
    kind = {stored_format.stored(each).tag: each for each in stored_bytes.classes()}[sample["is"]]
    value = record_codec.decode_value(kind, stored_bytes.bytes_of(sample["stored"]))
    assert stored_bytes.differences(sample["value"], value) == []


def test_the_words_that_were_stored_are_still_understood() -> None:
    known = stored_bytes.words()
    for place, words in ((place, words) for kept in VALUES for place, words in kept["words"].items()):
        assert set(words) <= set(known[place]), place


def test_every_class_that_can_be_stored_is_among_the_kept_bytes() -> None:
    kept = json.dumps([[each["value"] for kept in VALUES for each in kept["values"]], WORLDS["values"]])
    missing = [row.tag for row in CLASSES.values() if f'"is": "{row.tag}"' not in kept]
    assert missing == [], "add a sample to tests/support/stored_bytes.py, and keep its bytes as is said there"


@pytest.fixture
async def kept_file(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """The kept file, as a shared store that is open."""
    path = tmp_path / "worlds.db"
    stored_bytes.file_from(WORLDS, path)
    store = SqliteStore(path, process_id="reader", alone=False)
    await store.open()
    yield store
    await store.close()


async def test_a_kept_file_holds_what_it_held(kept_file: SqliteStore) -> None:
    values = 0
    for number, name, *_ in WORLDS["spaces"]:
        records = (await kept_file.load(name)).records
        for record in records:
            expected = WORLDS["values"].get(f"{number} {record}")
            if expected is not None:
                value = stored_bytes.value_in(record, records)
                assert stored_bytes.differences(expected, value, record) == []
                values += 1
    assert values == len(WORLDS["values"]) > 30


async def test_the_log_of_a_kept_file_is_read_as_the_commits_that_were_made(kept_file: SqliteStore) -> None:
    for number, name, version, *_ in WORLDS["spaces"]:
        oldest = min(row[1] for row in WORLDS["log"] if row[0] == number)
        news = (await kept_file.commits_since({name: oldest - 1}))[name]
        assert [commit.version for commit in news] == list(range(oldest, version + 1))
        records = (await kept_file.load(name)).records
        assert all(commit.by == "writer" and set(commit.puts) <= set(records) for commit in news)
        assert news[-1].puts.items() <= records.items()
        for event in (record_codec.decode_event(event) for commit in news for event in commit.events):
            assert set(event) == {"by_time", "event"}
            assert event["event"]["kind"] in ("accepted", "move", "faults"), event


async def test_a_server_goes_on_with_a_kept_file(serve_on: Callable[..., Awaitable[Caller]], tmp_path: Path) -> None:
    stored_bytes.file_from(WORLDS, tmp_path / "worlds.db")
    ark = await serve_on(SqliteStore(tmp_path / "worlds.db", process_id="next", alone=True))
    tasks = (await ark.control("GET", "tasks?limit=100"))["items"]
    assert len(tasks) == 11
    lives = {task["status"] for task in tasks}
    assert lives == {"succeeded", "failed", "cancelled", "queued"}
    assert await ark.now() == stored_bytes.START + 60
    assert (await ark.control("GET", "scenario"))["name"] == "rich"
    assert len((await ark.control("GET", "faults"))["items"]) == 2
    assert (await ark.control("GET", "clock?world=sk-second"))["mode"] == "polls"
    assert len((await ark.control("GET", "ledger"))["entries"]) == 13


def test_an_entry_of_the_log_in_redis_is_read_as_the_commit_that_was_made() -> None:
    entry = b'{"told":[6],"put":[1,2],"removed":[3],"by":"me","clears":true}\n{"a":1}'[:-1] + b"n{}old"
    assert commit_of(entry, 7) == Commit(7, "me", {"n": b"{}", "old": None}, (b'{"a":1',), True)


# What the table is for, and that the comparison would notice.


@dataclass(frozen=True)
class _Sum:
    """Stands for `Usage` after a rename of the class and of both fields."""

    total: int
    lookups: int | None = None


def _with_rows(monkeypatch: Any, **rows: Any) -> None:
    monkeypatch.setattr(stored_format, "CLASSES", MappingProxyType({**CLASSES, **rows}))
    monkeypatch.setattr(record_codec, "_RECORDS", {})


def test_a_renamed_class_with_renamed_fields_reads_what_was_written_before(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_rows(monkeypatch, _Sum=Stored("Usage", {"total": "tokens", "lookups": "searches"}))
    assert record_codec.decode_value(_Sum, record_codec.encode_value(Usage(7, 2))) == _Sum(7, 2)
    assert record_codec.encode_value(_Sum(7, 2)) == record_codec.encode_value(Usage(7, 2))


def test_a_renamed_class_without_a_row_is_refused_with_the_place_of_the_table() -> None:
    with pytest.raises(TypeError, match=r"_Sum: it has no row in .*stored_format\.py"):
        record_codec.encode_value(_Sum(1))


def test_a_renamed_field_without_an_entry_is_refused_with_the_place_of_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _with_rows(monkeypatch, _Sum=Stored("Usage", {"total": "tokens"}))
    with pytest.raises(TypeError, match=r"_Sum\.lookups: add the field to the row of _Sum in .*stored_format\.py"):
        dataclass_codec.record_of(_Sum)


def test_a_changed_value_a_lost_field_and_a_changed_default_are_noticed() -> None:
    step = Step(Status.QUEUED, 1.5)
    expected = stored_bytes.spelled_out(step)
    assert stored_bytes.differences(expected, step) == []
    assert stored_bytes.differences({**expected, "seconds": 2.5}, step)
    assert stored_bytes.differences({**expected, "polls": 3}, step)
    assert stored_bytes.differences({**expected, "pace": 1}, step)
    assert stored_bytes.differences({**expected, "is": "Stage"}, step)
    del expected["seconds"]
    assert stored_bytes.differences(expected, step), "a field that was added later must have its default"


def test_every_single_value_of_a_world_is_a_class_with_a_row() -> None:
    assert all(is_dataclass(kind) and kind.__name__ in CLASSES for _, kind in _SINGLES)
    assert DIRECTORY in [name for _, name, *_ in WORLDS["spaces"]]
