"""Routes are found by the literal beginnings of their paths, and then by their order."""

import pytest
from ark_emulator.web.http.router import ANY, Router


@pytest.fixture
def routing() -> Router:
    made = Router()
    for method, path in (
        ("GET", "/tasks"),
        ("POST", "/tasks"),
        ("GET", "/tasks/{id}"),
        ("POST", "/tasks/{id}/{verb}"),
        ("GET", "/v1/videos/{id}/content"),
        ("OPTIONS", r"/v1/{tail:[\s\S]*}"),
        (ANY, r"/v1/{tail:[\s\S]*}"),
        ("GET", r"/{family:[a-z]+}/{object:[^/]+\.(?:mp4|png)}"),
        (ANY, "/health"),
    ):
        made.add(method, path, f"{method} {path}")
    return made


def test_a_literal_path_has_no_parts(routing: Router) -> None:
    assert routing.find("POST", "/tasks") == ("POST /tasks", {})


def test_a_part_is_one_segment(routing: Router) -> None:
    assert routing.find("GET", "/tasks/cgt-1") == ("GET /tasks/{id}", {"id": "cgt-1"})
    assert routing.find("GET", "/tasks/cgt-1/more") is None


def test_two_parts_are_told_apart(routing: Router) -> None:
    assert routing.find("POST", "/tasks/a/cancel")[1] == {"id": "a", "verb": "cancel"}


def test_a_method_that_no_route_has_finds_none(routing: Router) -> None:
    assert routing.find("PATCH", "/tasks/a") is None


def test_the_longest_literal_beginning_wins_over_whatever_takes_the_rest(routing: Router) -> None:
    assert routing.find("GET", "/v1/videos/a/content")[1] == {"id": "a"}
    assert routing.find("GET", "/v1/videos/a/else") == (r"* /v1/{tail:[\s\S]*}", {"tail": "videos/a/else"})


def test_of_routes_that_are_alike_the_first_wins(routing: Router) -> None:
    assert routing.find("OPTIONS", "/v1/anything")[0].startswith("OPTIONS")


def test_a_route_of_any_method_takes_them_all(routing: Router) -> None:
    assert routing.find("BREW", "/health")[0] == "* /health"


def test_a_part_may_have_a_pattern_of_its_own(routing: Router) -> None:
    assert routing.find("GET", "/seedance/a.mp4")[1] == {"family": "seedance", "object": "a.mp4"}
    assert routing.find("GET", "/seedance/a.gif") is None


def test_slashes_within_a_segment_are_part_of_it(routing: Router) -> None:
    assert routing.find("GET", "/tasks/a%2Fb%25c")[1] == {"id": "a/b%c"}


@pytest.mark.parametrize("path", ["", "*", "/", "//", "/nowhere"])
def test_a_path_that_no_route_has_finds_none(routing: Router, path: str) -> None:
    assert routing.find("GET", path) is None
