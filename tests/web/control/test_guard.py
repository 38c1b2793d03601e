"""Who may steer: not a page that somebody visits, not a name that is not ours, and nobody without the token."""

import pytest

ADVANCE = "/_emulator/clock/advance"


async def advance(ark, **headers):
    return await ark.call("POST", ADVANCE, None, json={"seconds": 1}, headers=headers)


@pytest.mark.parametrize(
    "host", ["localhost:7333", "127.0.0.1:7333", "[::1]:7333", "ark-emulator:7333", "192.0.2.7", "ark.localhost"]
)
async def test_our_own_names_and_addresses_may_steer(ark, host):
    assert (await advance(ark, Host=host)).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7333", "127.0.0.1.evil.example"])
async def test_a_foreign_name_that_points_here_may_not(ark, host):
    answer = await advance(ark, Host=host)
    assert (answer.status, answer.json["error"]["code"]) == (403, "foreign_host")
    assert (await ark.call("GET", "/_emulator/journal", None, headers={"Host": host})).status == 403


async def test_the_name_of_the_public_address_may_steer(serve):
    ark = await serve(public_url="https://ark.example.com")
    assert (await advance(ark, Host="ark.example.com")).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_page_of_another_origin_may_not_steer(ark, origin):
    answer = await advance(ark, Origin=origin)
    assert (answer.status, answer.json["error"]["code"]) == (403, "foreign_origin")


async def test_a_callback_may_not_steer_whoever_chose_its_address(ark):
    before = (await ark.control("GET", "clock"))["mode"]
    await ark.create(callback_url=f"{ark.url}/_emulator/clock/freeze")
    await ark.control("POST", "clock/advance", {"seconds": 60})
    (first, *_) = (await ark.control("GET", "callbacks"))["items"]
    assert first["attempts"][0]["response_status"] == 403
    assert (await ark.control("GET", "clock"))["mode"] == before


async def test_our_own_page_may_steer(ark):
    assert (await advance(ark, Origin=ark.url)).status == 200


async def test_no_page_of_another_origin_can_read_the_control_api(ark):
    answer = await ark.call("GET", "/_emulator/health", None, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_with_a_token_every_control_route_but_health_asks_for_it(serve):
    ark = await serve(control_token="let-me-in")
    refused = await advance(ark)
    assert (refused.status, refused.json["error"]["code"]) == (401, "token_required")
    assert (await ark.call("GET", "/_emulator/tasks", None)).status == 401
    assert (await ark.call("GET", "/_emulator/health", None)).status == 200
    assert (await advance(ark, Authorization="Bearer let-me-in")).status == 200
    assert (await advance(ark, **{"X-Emulator-Token": "let-me-in"})).status == 200
    assert (await advance(ark, Authorization="Bearer let-me-inn")).status == 401


async def test_the_emulated_routes_ask_for_no_token(serve):
    ark = await serve(control_token="let-me-in")
    assert (await ark.try_create()).status == 200


async def test_no_key_is_shown_in_journal_or_tasks(ark):
    key = "sk-very-secret-0123456789"
    task = await ark.create(key=key)
    await ark.call("GET", f"/api/v3/contents/generations/tasks/{task}?note={key}", key)
    for path in ("journal", f"tasks/{task}", "tasks"):
        assert key.encode() not in (await ark.call("GET", f"/_emulator/{path}", None)).body


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("worlds", {"clok": "frozen"}),
        ("worlds", {"clock": {"mod": "frozen"}}),
        ("clock/resume", {"sped": 60}),
        ("clock/advance", {"second": 60}),
    ],
)
async def test_a_key_that_is_not_known_is_refused_with_a_suggestion(ark, path, body):
    answer = await ark.call("POST", f"/_emulator/{path}", None, json=body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "unknown_key")
    assert "did you mean" in answer.json["error"]["message"]
