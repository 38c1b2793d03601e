"""The route table: which credentials each route requires, and how the world of its requests is found."""

import pytest
from ark_emulator.web.emulated import ark_handlers, gateway_handlers
from ark_emulator.web.routes import HEALTH, ROUTES, Access, Handler, Route, WorldSource

from tests.support.caller import Caller, Serve

OPEN: set[Handler] = {
    ark_handlers.preflight,
    ark_handlers.absent,
    gateway_handlers.preflight,
    gateway_handlers.unknown,
}
"""The handlers of emulated routes that require no credentials."""
EXAMPLES = {"{endpoint:text2video|image2video}": "text2video", "{id}": "x", "{verb}": "cancel"}


def example(route: Route) -> str:
    """Return a path of a route."""
    path = route.path
    for part, text in EXAMPLES.items():
        path = path.replace(part, text)
    return path


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", [each for each in ROUTES if each.access is Access.API_KEY], ids=named)
async def test_a_route_that_requires_an_api_key_answers_401_without_one(serve: Serve, route: Route) -> None:
    gateway = {"gateway": route.only_in} if route.only_in else {}
    ark = await serve(**gateway)
    answer = await ark.call(route.method, example(route), None)
    assert answer.status == 401


def test_only_preflights_unknown_paths_and_the_front_page_need_no_api_key() -> None:
    routes = [route for route in ROUTES if route.access is Access.OPEN and route.path != "/"]
    assert {route.handler for route in routes} == OPEN


def test_faults_strike_no_route_of_the_control_api_and_no_open_one() -> None:
    struck = {route.access for route in ROUTES if route.fault_point is not None}
    assert struck == {Access.API_KEY, Access.SIGNED_LINK}


def test_the_world_of_a_request_follows_from_the_access() -> None:
    found = {(route.access, route.world) for route in ROUTES}
    assert found == {
        (Access.OPEN, WorldSource.KEY),
        (Access.API_KEY, WorldSource.KEY),
        (Access.SIGNED_LINK, WorldSource.OBJECT),
        (Access.CONTROL_TOKEN, WorldSource.CONTROL),
        (Access.CONTROL_OPEN, WorldSource.CONTROL),
    }


async def test_a_route_of_another_dialect_is_an_unknown_path_and_needs_no_key(ark: Caller) -> None:
    only = [route for route in ROUTES if route.only_in is not None and route.path.startswith("/v1/")]
    assert len(only) == 2
    for route in only:
        answer = await ark.call(route.method, example(route), None)
        assert (answer.status, answer.json["error"]["type"]) == (404, "invalid_request_error")


@pytest.mark.parametrize(("path", "status"), [(HEALTH, 200), ("/_emulator/clock", 401)])
async def test_the_control_token_is_required_where_the_row_says_so(serve: Serve, path: str, status: int) -> None:
    ark = await serve(control_token="secret")
    assert (await ark.call("GET", path, None)).status == status
