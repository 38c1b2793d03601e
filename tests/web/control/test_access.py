"""Access to the control API: no pages of other origins, no foreign hosts, and only with the token."""

from typing import Any

import pytest
from ark_emulator.core.facts.account_limits import Limits

from tests.support.callback_receiver import Receiver
from tests.support.caller import Answer, Caller, Serve

ADVANCE = "/_emulator/clock/advance"


async def advance(ark: Caller, **headers: Any) -> Answer:
    return await ark.call("POST", ADVANCE, None, json={"seconds": 1}, headers=headers)


@pytest.mark.parametrize(
    "host", ["localhost:7333", "127.0.0.1:7333", "[::1]:7333", "ark-emulator:7333", "192.0.2.7", "ark.localhost"]
)
async def test_our_own_names_and_addresses_may_steer(ark: Caller, host: str) -> None:
    assert (await advance(ark, Host=host)).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7333", "127.0.0.1.evil.example"])
async def test_a_foreign_name_that_points_here_may_not(ark: Caller, host: str) -> None:
    answer = await advance(ark, Host=host)
    assert (answer.status, answer.json["error"]["code"]) == (403, "foreign_host")
    assert (await ark.call("GET", "/_emulator/journal", None, headers={"Host": host})).status == 403


async def test_the_name_of_the_public_address_may_steer(serve: Serve) -> None:
    ark = await serve(public_url="https://ark.example.com")
    assert (await advance(ark, Host="ark.example.com")).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_page_of_another_origin_may_not_steer(ark: Caller, origin: str) -> None:
    answer = await advance(ark, Origin=origin)
    assert (answer.status, answer.json["error"]["code"]) == (403, "foreign_origin")


async def test_a_callback_may_not_steer_whoever_chose_its_address(ark: Caller) -> None:
    before = (await ark.control("GET", "clock"))["mode"]
    await ark.create(callback_url=f"{ark.url}/_emulator/clock/freeze")
    await ark.control("POST", "clock/advance", {"seconds": 60})
    (first, *_) = (await ark.control("GET", "callbacks"))["items"]
    assert first["attempts"][0]["response_status"] == 403
    assert (await ark.control("GET", "clock"))["mode"] == before


async def test_our_own_page_may_steer(ark: Caller) -> None:
    assert (await advance(ark, Origin=ark.url)).status == 200


async def test_no_page_of_another_origin_can_read_the_control_api(ark: Caller) -> None:
    answer = await ark.call("GET", "/_emulator/health", None, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_with_a_token_every_control_route_but_health_asks_for_it(serve: Serve) -> None:
    ark = await serve(control_token="let-me-in")
    refused = await advance(ark)
    assert (refused.status, refused.json["error"]["code"]) == (401, "token_required")
    assert (await ark.call("GET", "/_emulator/tasks", None)).status == 401
    assert (await ark.call("GET", "/_emulator/health", None)).status == 200
    assert (await advance(ark, Authorization="Bearer let-me-in")).status == 200
    assert (await advance(ark, **{"X-Emulator-Token": "let-me-in"})).status == 200
    assert (await advance(ark, Authorization="Bearer let-me-inn")).status == 401


async def test_the_emulated_routes_ask_for_no_token(serve: Serve) -> None:
    ark = await serve(control_token="let-me-in")
    assert (await ark.try_create()).status == 200


async def test_no_key_is_shown_in_journal_or_tasks(ark: Caller) -> None:
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
async def test_a_key_that_is_not_known_is_refused_with_a_suggestion(
    ark: Caller, path: str, body: dict[str, Any]
) -> None:
    answer = await ark.call("POST", f"/_emulator/{path}", None, json=body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "unknown_key")
    assert "did you mean" in answer.json["error"]["message"]


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example:7333", "Origin": "http://evil.example:7333"},
    {"Host": "evil.example:7333", "User-Agent": "Mozilla/5.0"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_pages_of_other_origins_are_refused_everywhere_where_that_is_chosen(
    serve: Serve, headers: dict[str, Any]
) -> None:
    ark = await serve(reject_foreign_origins=True)
    task = await ark.create()
    poll = f"{ark.tasks}/{task}"
    assert (await ark.call("GET", poll)).status == 200
    for method, path in (("GET", poll), ("POST", ark.tasks), ("OPTIONS", ark.tasks), ("GET", "/_emulator/journal")):
        answer = await ark.call(method, path, headers=headers)
        assert (answer.status, answer.json["error"]["code"][:8]) == (403, "foreign_"), (method, path)
        assert "access-control-allow-origin" not in answer.headers
    assert (await ark.control("GET", "tasks"))["total"] == 1


async def test_programs_own_pages_and_followed_links_are_let_in_where_foreign_origins_are_refused(serve: Serve) -> None:
    ark = await serve(reject_foreign_origins=True)
    for headers in (
        {},
        {"Origin": ark.url},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Host": "ark.internal.example", "User-Agent": "python-httpx/0.28"},
    ):
        assert (await ark.call("GET", ark.tasks, headers=headers)).status == 200


async def test_without_that_choice_pages_may_call_the_emulated_routes_as_those_of_the_service(ark: Caller) -> None:
    answer = await ark.call("GET", ark.tasks, headers={"Origin": "https://page.example"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "https://page.example")


SECRET = "sk-very-secret-0123456789"


async def everything_shown(ark: Caller, *paths: str) -> bytes:
    return b"".join([(await ark.call("GET", f"/_emulator/{path}", None)).body for path in paths])


async def test_no_list_shows_a_key_wherever_a_client_has_put_it(serve: Serve, receiver: Receiver) -> None:
    ark = await serve(limits=Limits(concurrent=1))
    url = receiver.url.replace("//", "//user:pw-tremendous@") + f"/hook?token=tremendous&k={SECRET}"
    task = await ark.create(f"a cat for {SECRET}", SECRET, callback_url=url, safety_identifier=SECRET)
    await ark.try_create("x", SECRET, model=SECRET)
    await ark.call("GET", f"{ark.tasks}/{SECRET}?sig=tremendous&auth=tremendous&a={SECRET}", SECRET)
    await ark.call("GET", f"/w/default{ark.tasks}", SECRET, headers={"X-Note": SECRET, "Referer": f"http://x/{SECRET}"})
    await ark.advance(60)
    shown = await everything_shown(
        ark, "journal", "journal?brief=1", "tasks", f"tasks/{task}", f"tasks/{task}/dialects", "overview", "callbacks",
        "callbacks?pending", "ledger", "report", "metrics", "worlds", "health", "faults", "scenario",
    )  # fmt: skip
    for secret in (SECRET, "tremendous", "dXNlcjpwdy10cmVtZW5kb3Vz"):
        place = shown.find(secret.encode())
        assert place < 0, shown[max(0, place - 150) : place + 50]


async def test_no_event_shows_a_key(ark: Caller) -> None:
    async with ark.session.get(f"{ark.url}/_emulator/events") as stream:
        await ark.create(f"for {SECRET}", SECRET)
        await ark.call("GET", f"{ark.tasks}/{SECRET}", SECRET)
        text = b""
        while text.count(b"event: exchange") < 2:
            text += await stream.content.readany()
    assert SECRET.encode() not in text
    assert b"sk-v" in text


async def test_an_isolated_world_is_shown_by_a_label_that_can_be_used_in_place_of_its_key(serve: Serve) -> None:
    ark = await serve(isolate=True)
    task = await ark.create(key=SECRET)
    shown = await everything_shown(ark, "overview", "worlds", "health", f"health?world={SECRET}", "tasks")
    assert SECRET.encode() not in shown
    label = next(each for each in (await ark.control("GET", "overview"))["worlds"] if each != "default")
    assert label.isascii()
    assert (await ark.control("GET", f"tasks?world={label}"))["items"][0]["id"] == task
    assert (await ark.call("GET", f"/w/{label}{ark.tasks}/{task}", SECRET)).status == 200
    assert (await ark.control("GET", "worlds"))["total"] == 2
    await ark.control("DELETE", f"worlds/{label}")
    assert (await ark.control("GET", "worlds"))["total"] == 1


async def test_a_key_that_is_spelt_like_a_label_does_not_hide_the_world_of_the_label(serve: Serve) -> None:
    ark = await serve(isolate=True)
    task = await ark.create(key=SECRET)
    label = next(each for each in (await ark.control("GET", "overview"))["worlds"] if each != "default")
    other = await ark.create(key=label)
    assert [each["id"] for each in (await ark.control("GET", f"tasks?world={label}"))["items"]] == [task]
    assert (await ark.call("GET", f"{ark.tasks}/{other}", label)).status == 200
    assert (await ark.call("GET", f"{ark.tasks}/{task}", label)).status == 404


async def test_two_worlds_whose_keys_begin_alike_have_labels_of_their_own(serve: Serve) -> None:
    ark = await serve(isolate=True)
    for number in range(3):
        await ark.create(key=f"sk-very-secret-{number}")
    assert len(set((await ark.control("GET", "overview"))["worlds"])) == 4


@pytest.mark.parametrize("form", ["text", "json"])
async def test_the_log_shows_no_key(serve: Serve, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    ark = await serve(log=form)
    await ark.control("POST", "worlds", {"api_key": SECRET})
    await ark.call("GET", f"/w/{SECRET}{ark.tasks}/{SECRET}", SECRET)
    await ark.call("GET", f"{ark.tasks}/{SECRET}", SECRET)
    await ark.control("DELETE", f"worlds/{SECRET}")
    await ark.running.stop()
    logged = capsys.readouterr().err
    assert "worlds/sk-v" in logged
    assert SECRET not in logged
