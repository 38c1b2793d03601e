"""The rest of a document after its invalid parts are removed: everything else, in its place."""

from collections.abc import Iterator
from typing import Any

from ark_emulator.loading.validate.prune import pruned
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

DOCUMENTS = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def paths(data: dict[Any, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path of every value in the data."""
    yield path
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from paths(value, (*path, key))


def at(data: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any] | int | list[Any]:
    """Return the value at a path."""
    for part in path:
        data = data[part]
    return data


def test_a_key_goes_alone_and_a_value_in_a_list_with_its_list() -> None:
    data = {"when": {"mode": ["t2v", 5], "nth": 1}, "name": "x"}
    assert pruned(data, [("when", "mode", 1)]) == ({"when": {"nth": 1}, "name": "x"}, {("when", "mode")})
    assert pruned(data, [("name",), ("when", "nth")])[0] == {"when": {"mode": ["t2v", 5]}}
    assert data == {"when": {"mode": ["t2v", 5], "nth": 1}, "name": "x"}


def test_a_step_keeps_its_place_and_its_word() -> None:
    data = {"then": ["queued", {"running": "2x"}, 5, {"failed": {"code": 1}}, {"succeeded": {"usag": 1, "clip": "a"}}]}
    wrong = [("then", 1, "running"), ("then", 2), ("then", 3, "failed", "code"), ("then", 4, "succeeded", "usag")]
    left, lost = pruned(data, wrong)
    assert left == {"then": ["queued", "running", {}, {"failed": {}}, {"succeeded": {"clip": "a"}}]}
    assert lost == {("then", 1), ("then", 2), ("then", 3, "failed", "code"), ("then", 4, "succeeded", "usag")}


def test_two_mistakes_in_one_step_are_reported_together() -> None:
    left, lost = pruned({"then": [{"queued": "2x", "foo": 1}]}, [("then", 0, "queued"), ("then", 0, "foo")])
    assert left["then"][0] in ("queued", {}) and ("then", 0) in lost


@given(st.dictionaries(st.sampled_from("abc"), DOCUMENTS, max_size=3), st.data())
def test_what_is_left_stands_where_it_stood_and_nothing_that_is_wrong_is_left(
    document: dict[str, Any], data: DataObject
) -> None:
    wrong = data.draw(st.lists(st.sampled_from(list(paths(document))), max_size=4))
    left, lost = pruned(document, wrong)
    for path in paths(left):
        value = at(left, path)
        assert isinstance(value, dict | list) or value == at(document, path)
    for path in wrong:
        assert not path or any(path[: len(gone)] == gone for gone in lost)
        if path and not any(isinstance(part, int) for part in path):
            assert path not in set(paths(left))
