"""Heads of requests that no honest client sends: what came in is kept and shown, and nobody else suffers."""

import json
from typing import Any

import pytest

from tests.support.caller import Caller, Serve

START = 1_790_000_000
TASKS = "/api/v3/contents/generations/tasks"


async def raw(ark: Caller, head: bytes, body: bytes = b"") -> tuple[int, dict[Any, Any]]:
    """Send bytes as they stand; answers with the status and the body as JSON."""
    import asyncio

    host, _, port = ark.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head + b"\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    answer = await reader.read()
    writer.close()
    first, _, rest = answer.partition(b"\r\n\r\n")
    return int(first.split()[1]), json.loads(rest) if rest else None


def create_head(ark: Caller, *extra: bytes) -> bytes:
    host = ark.url.removeprefix("http://").encode()
    lines = [b"POST " + TASKS.encode() + b" HTTP/1.1", b"Content-Type: application/json", *extra]
    if not any(line.lower().startswith(b"host:") for line in extra):
        lines.append(b"Host: " + host)
    if not any(line.lower().startswith(b"authorization:") for line in extra):
        lines.append(b"Authorization: Bearer sk-test")
    return b"\r\n".join(lines)


BODY = b'{"model": "dreamina-seedance-2-0-260128", "content": [{"type": "text", "text": "a cat"}]}'


async def test_a_header_that_is_no_utf8_does_not_spoil_the_journal(ark: Caller) -> None:
    assert (await raw(ark, create_head(ark, b"X-A: \xff\xfe"), BODY))[0] == 200
    (entry,) = (await ark.control("GET", "journal"))["items"]
    assert entry["request"]["headers"]["x-a"] == "\ufffd\ufffd"


async def test_a_host_that_is_no_utf8_spoils_no_link(ark: Caller) -> None:
    status, made = await raw(ark, create_head(ark, b"Host: emu-\xff.local"), BODY)
    assert status == 200
    await ark.advance(10)
    shown = await ark.poll(made["id"])
    assert shown["content"]["video_url"].startswith(ark.url)
    assert (await ark.call("GET", shown["content"]["video_url"], None)).status == 200
    assert (await ark.call("GET", TASKS)).status == 200


async def test_a_host_that_no_url_can_have_is_replaced_by_our_address(ark: Caller) -> None:
    status, made = await raw(ark, create_head(ark, b"Host: ["), BODY)
    assert status == 200
    await ark.advance(10)
    assert (await ark.call("GET", (await ark.poll(made["id"]))["content"]["video_url"], None)).status == 200


@pytest.mark.parametrize("isolate", [False, True])
async def test_a_key_that_is_no_utf8_spoils_nothing(serve: Serve, isolate: bool) -> None:
    ark = await serve(isolate=isolate)
    assert (await raw(ark, create_head(ark, b"Authorization: Bearer \xffabcdefgh"), BODY))[0] == 200
    assert (await ark.call("GET", "/_emulator/tasks", None)).status == 200
    assert (await ark.call("GET", "/_emulator/worlds", None)).status == 200


async def test_a_token_that_is_no_utf8_is_the_wrong_one(serve: Serve) -> None:
    ark = await serve(control_token="let-me-in")
    host = ark.url.removeprefix("http://").encode()
    for line in (b"X-Emulator-Token: \xff", b"Authorization: Bearer \xff"):
        head = b"GET /_emulator/tasks HTTP/1.1\r\nHost: " + host + b"\r\n" + line
        status, body = await raw(ark, head)
        assert (status, body["error"]["code"]) == (401, "token_required")


NO_UTF8 = b"\xff\xfe\xed\xa0\x80"
HALF_A_PAIR = b"\\ud800 \\udcff"


@pytest.mark.parametrize(
    "lines",
    [
        [b"Content-Type: multipart/form-data; boundary=" + NO_UTF8],
        [b"Content-Type: text/plain; charset=" + NO_UTF8],
        [b"Content-Encoding: " + NO_UTF8],
        [b"Accept: " + NO_UTF8, b"User-Agent: " + NO_UTF8, b"Cookie: " + NO_UTF8, b"Referer: " + NO_UTF8],
        [b"traceparent: " + NO_UTF8, b"X-Request-Id: " + NO_UTF8, b"X-Client-Request-Id: " + NO_UTF8],
        [b"X-Original-Url: /w/" + NO_UTF8, b"Forwarded: " + NO_UTF8, b"X-Forwarded-Proto: " + NO_UTF8],
        [b"Authorization: " + NO_UTF8],
        [b"Authorization: Bearer sk-" + NO_UTF8],
    ],
    ids=lambda lines: lines[0][:36].decode("latin-1"),
)
@pytest.mark.parametrize("path", [TASKS, "/v1/videos", "/kling/v1/videos/text2video", "/powertokens/v1/videos"])
async def test_text_that_is_no_utf8_is_never_an_unexpected_error(ark: Caller, path: str, lines: list[bytes]) -> None:
    own = {line.partition(b":")[0] for line in lines}
    usual = [b"Host: " + ark.url.removeprefix("http://").encode(), b"Content-Type: application/json"]
    usual += [b"Authorization: Bearer sk-test"]
    head = [*(line for line in usual if line.partition(b":")[0] not in own), *lines]
    escaped = b"".join(b"%%%02X" % each for each in NO_UTF8)
    half = BODY.replace(b"a cat", HALF_A_PAIR)
    statuses = set()
    for method, end, body in (
        (b"POST", b"", BODY),
        (b"POST", b"", half),
        (b"POST", b"", BODY.replace(b"a cat", NO_UTF8)),
        (b"POST", b"", b"--%b\r\n\r\n%b\r\n--%b--\r\n" % (NO_UTF8, NO_UTF8, NO_UTF8)),
        (b"GET", b"/" + escaped, b""),
        (b"GET", b"?" + escaped + b"=" + escaped, b""),
        (b"DELETE", b"/" + escaped, b""),
    ):
        asked = b"\r\n".join((b"%b %b%b HTTP/1.1" % (method, path.encode(), end), *head))
        statuses.add((await raw(ark, asked, body))[0])
    assert 500 not in statuses
    for shown in ("report", "overview", "metrics", "journal", "tasks", "worlds", "callbacks", "ledger", "health"):
        answer = await ark.call("GET", f"/_emulator/{shown}", None)
        assert answer.status == 200, (shown, answer.body)
        assert answer.body.decode()


@pytest.mark.parametrize("line", [b"Host: [", b"Host: "])
async def test_a_host_that_is_none_may_not_steer(ark: Caller, line: bytes) -> None:
    status, body = await raw(ark, b"GET /_emulator/health HTTP/1.1\r\n" + line)
    assert (status, body["error"]["code"]) == (403, "foreign_host")


async def test_an_origin_that_is_no_url_may_not_steer(ark: Caller) -> None:
    answer = await ark.call("POST", "/_emulator/reset", None, headers={"Origin": "http://["})
    assert (answer.status, answer.json["error"]["code"]) == (403, "foreign_origin")


async def test_the_token_is_asked_for_on_every_path_but_health(serve: Serve) -> None:
    ark = await serve(control_token="let-me-in")
    answer = await ark.call("DELETE", "/_emulator/worlds/x%2F_emulator%2Fhealth", None)
    assert answer.status == 401


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "-1e999", "1e300"])
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("clock/advance", "seconds"),
        ("clock/advance", "to"),
        ("clock/resume", "speed"),
        ("worlds", "seed"),
        ("journal/verify", "exactly"),
    ],
)
async def test_a_number_beyond_all_bounds_is_refused(ark: Caller, number: str, path: str, field: str) -> None:
    body = '{"%s": %s}' % (field, number)  # noqa: UP031  JSON has the braces
    answer = await ark.call("POST", f"/_emulator/{path}", None, data=body.encode())
    assert answer.status == 400, answer.body
    assert set(answer.json) == {"error"}
    assert (await ark.control("GET", "health"))["clock"]["now"] == START


@pytest.mark.parametrize(
    "path", ["journal?status=" + "9" * 5000, "journal?limit=" + "9" * 5000, "callbacks?limit=99999999999999"]
)
async def test_a_query_beyond_all_bounds_is_no_error_of_ours(ark: Caller, path: str) -> None:
    assert (await ark.call("GET", f"/_emulator/{path}", None)).status in (200, 400)


@pytest.mark.parametrize("page", ["00000000199999", "9" * 5000, "501", "0", "-1", "٣٣٣٣٣٣٣٣٣٣"])
async def test_a_page_size_out_of_range_is_refused(ark: Caller, page: str) -> None:
    answer = await ark.call("GET", TASKS, params={"page_size": page})
    assert answer.status == 400


async def test_the_clock_stops_at_the_end_of_its_time(serve: Serve) -> None:
    ark = await serve(start=9_999_999_998)
    assert (await ark.call("POST", "/_emulator/clock/advance", None, json={"seconds": 5})).status == 400
    assert await ark.create()
    assert (await ark.control("POST", "clock/resume", {"speed": 1_000_000}))["now"] <= 9_999_999_999
    assert (await ark.control("GET", "health"))["clock"]["now"] <= 9_999_999_999


async def test_an_entry_keeps_no_more_of_a_head_than_it_may(ark: Caller) -> None:
    many = {f"X-{number}": "v" * 7_000 for number in range(20)}
    for _ in range(50):
        await ark.call("GET", f"{TASKS}/x", headers=many)
    journal = ark.running.engine.worlds.default.journal
    assert sum(entry.size for entry in journal) < 50 * 50_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Api-Key", "sk-hidden-0123456789"),
        ("X-Auth-Token", "sk-hidden-0123456789"),
        ("X-Amz-Security-Token", "sk-hidden-0123456789"),
        ("Cookie", "a=1; token=sk-hidden-0123456789; b=2"),
        ("Authorization", "Bearer sk-hidden-0123456789 x"),
        ("Authorization", "sk-hidden-0123456789"),
    ],
)
async def test_no_secret_header_is_shown(ark: Caller, name: str, value: str) -> None:
    await ark.call("GET", f"{TASKS}/x", None, headers={name: value})
    shown = (await ark.call("GET", "/_emulator/journal", None)).body
    assert b"hidden-0123456789" not in shown


async def test_no_secret_in_a_query_or_a_worlds_path_is_shown(ark: Caller) -> None:
    await ark.call("GET", f"{TASKS}/x?api_key=sk-hidden-0123456789&a=1")
    await ark.call("GET", "//w/sk-hidden-0123456789/api/v3/x")
    shown = (await ark.call("GET", "/_emulator/journal", None)).body
    assert b"hidden-0123456789" not in shown
    assert b"a=1" in shown


async def test_a_worlds_path_leads_to_it_whatever_its_name(ark: Caller) -> None:
    for name in ("a b", "a?b", "a#b", "a%2fb", "ä"):
        made = await ark.control("POST", "worlds", {"api_key": name})
        from yarl import URL

        async with ark.session.get(URL(ark.url + made["path"] + TASKS, encoded=True)) as answer:
            assert answer.status == 200, name


async def test_a_world_that_is_dropped_while_a_request_comes_in_is_not_found(ark: Caller) -> None:
    made = await ark.control("POST", "worlds", {"api_key": "sk-gone", "clock": "frozen"})
    world = ark.running.engine.worlds.get(made["api_key"])
    await ark.control("DELETE", "worlds/sk-gone")
    from ark_emulator.runtime.registry import UnknownWorld

    with pytest.raises(UnknownWorld):
        ark.running.engine.worlds.scheduler(world)
