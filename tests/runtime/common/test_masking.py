"""Masking: what counts as a secret, where it is found, and that it takes linear time."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from ark_emulator.runtime.common.masking import (
    is_secret_name,
    mask_headers,
    mask_path,
    mask_query,
    mask_text,
    mask_url,
    mask_values,
    masked,
    truncate,
    truncate_bytes,
)

KEY = "sk-very-secret-0123456789"


@pytest.mark.parametrize("name", ["auth", "sig", "api_key", "X-Api-Key", "accessToken", "Signature", "my.pwd", "sid"])
def test_names_that_may_hold_a_secret_are_known(name: str) -> None:
    assert is_secret_name(name)
    assert mask_query(f"a=1&{name}=tremendous&b=2") == f"a=1&{name}=trem…&b=2"


@pytest.mark.parametrize("name", ["design", "page_num", "assign", "limit", "signal", "filter.status"])
def test_ordinary_names_are_shown(name: str) -> None:
    assert mask_query(f"{name}=tremendous") == f"{name}=tremendous"


def test_the_name_of_a_parameter_may_be_encoded() -> None:
    assert mask_query("%6Bey=tremendous;t%6fken=marvellous") == "%6Bey=trem…;t%6fken=marv…"


@pytest.mark.parametrize("mask", [mask_query, mask_text, mask_url, mask_path])
@pytest.mark.parametrize(
    "piece",
    [
        *(".key", "&key", "=", "&=", "://", "://u:p@", "@", "?", "/w/", "/_emulator/worlds/", "key=", "%6b", "a.b"),
        *("//", "/w//", "\\\\", "\\u0026", "\\u0026token=", "//u:p ", "//:", "?a=?token=", "%3F", "%3Ftoken%3D"),
        *("%25", "#a=", "\\/"),
    ],
)
def test_masking_takes_linear_time_whatever_the_text_is(mask: Callable[..., Any], piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.thread_time()
    mask(text, KEY)
    assert time.thread_time() - began < 1.0


def test_a_key_is_found_as_it_is_and_as_urls_and_json_write_it() -> None:
    key = 'sk/one+two"three'
    text = 'a sk/one+two"three b sk%2Fone%2Btwo%22three c sk/one+two\\"three d'
    assert mask_text(text, key) == "a sk/o… b sk/o… c sk/o… d"


def test_users_and_passwords_of_urls_are_hidden_wherever_they_stand() -> None:
    assert mask_text('{"callback_url":"http://u:p@x:p@host/a?b=1"}') == '{"callback_url":"http://…@host/a?b=1"}'
    assert mask_text(r'"http:\/\/user:pw@host\/"') == r'"http:\/\/…@host\/"'
    assert mask_text("mail a@b.example about https://host/@x") == "mail a@b.example about https://host/@x"
    assert mask_url("http://user:pw@host/hook?sig=abcdefgh&n=1") == "http://…@host/hook?sig=abcd…&n=1"


def test_worlds_are_hidden_in_paths_and_in_urls_of_an_emulator() -> None:
    assert mask_path(f"/w/{KEY}/api/v3/x") == "/w/sk-v…/api/v3/x"
    assert mask_path(f"//w/{KEY}/_emulator/worlds/{KEY}x") == "/w/sk-v…/_emulator/worlds/sk-v…"
    assert mask_path("/_emulator/worlds/sk/with/slashes") == "/_emulator/worlds/sk/w…"
    assert mask_url(f"http://127.0.0.1:1/w/{KEY}/_emulator/?world={KEY}") == (
        "http://127.0.0.1:1/w/sk-v…/_emulator/?world=sk-v…"
    )
    assert mask_url("https://upload.example/w/picture.png") == "https://upload.example/w/picture.png"


def test_headers_that_may_hold_a_secret_are_hidden_and_their_scheme_is_shown() -> None:
    given = {"Authorization": "Basic dXNlcjpwdw==", "X-Sig": "abcdefgh", "X-Emulator-World": KEY, "Accept": "*/*"}
    assert mask_headers(given) == {
        "Authorization": "Basic dXNl…",
        "X-Sig": "abcd…",
        "X-Emulator-World": "sk-v…",
        "Accept": "*/*",
    }
    assert mask_headers({"Referer": f"http://h/w/{KEY}/_emulator/", "X-Note": f"my {KEY}"}, KEY) == {
        "Referer": "http://h/w/sk-v…/_emulator/",
        "X-Note": "my sk-v…",
    }


def test_the_signature_of_a_callback_is_not_masked() -> None:
    assert mask_headers({"X-Emulator-Signature": "t=1,v1=abc"}) == {"X-Emulator-Signature": "t=1,v1=abc"}


def test_json_is_masked_at_any_depth() -> None:
    given, shown = {"a": [{"b": f"x {KEY}"}, 1, None], "c": True}, {"a": [{"b": "x sk-v…"}, 1, None], "c": True}
    assert mask_values(given, KEY) == shown


def test_short_keys_and_the_default_worlds_name_hide_no_ordinary_words() -> None:
    assert mask_text("the default cat", "cat", "default", "") == "the default cat"
    assert masked("") == ""
    assert masked("ab") == "a…"


@pytest.mark.parametrize("user", ["user:pass'word", "user:pass word", "us er:password", "user'", "u:p&q=r;s"])
@pytest.mark.parametrize("slashes", ["http://", "//", r"http:\\\\", r"http:\/\/", "http:///"])
def test_users_and_passwords_are_hidden_whatever_is_in_them(user: str, slashes: str) -> None:
    for mask in (mask_text, mask_url):
        assert mask(f'{{"url": "{slashes}{user}@host/a"}}') == f'{{"url": "{slashes}…@host/a"}}'


def test_a_mail_address_after_a_url_is_shown() -> None:
    text = r"see http://host and write to a@b.example, or read docs\/a@b"
    assert mask_text(text) == mask_url(text) == text


def test_secrets_are_found_behind_the_escapes_of_json() -> None:
    assert mask_url(r'{"u":"http://h/x?a=1\u0026token=tremendous"}') == '{"u":"http://h/x?a=1&token=trem…"}'
    assert mask_url(r'{"u":"http://h/x?token\u003Dtremendous"}') == '{"u":"http://h/x?token=trem…"}'
    assert (
        mask_url(r'{"u":"{\"v\":\"http://h/?a=1\\u0026token=tremendous"}')
        == r'{"u":"{\"v\":\"http://h/?a=1&token=trem…"}'
    )
    assert mask_text(r'"http:\u002f\u002fuser:password\u0040host"') == '"http://…@host"'
    written = KEY.replace("s", r"\u0073").replace("-", r"\u002D")
    for mask in (mask_text, mask_url, mask_path, mask_query):
        assert mask(f"a {written} b", KEY) == "a sk-v… b"


def test_escapes_of_json_stay_where_there_is_nothing_to_hide() -> None:
    text = r'{"prompt": "a cat \u0026 a dog\u0022 \u005c \u4e2d"}'
    assert mask_text(text, KEY) == mask_url(text, KEY) == text


@pytest.mark.parametrize(
    "name",
    ["sessionid", "JSESSIONID", "PHPSESSID", "sessid", "passphrase", "bearer", "otp", "X-SessionId", "X-Amz-Cred"],
)
def test_names_of_sessions_and_passphrases_are_known(name: str) -> None:
    assert is_secret_name(name)


def test_parameters_are_hidden_in_urls_that_are_values_of_parameters() -> None:
    for mask in (mask_query, lambda query: mask_url(f"http://h/?{query}").removeprefix("http://h/?")):
        assert mask("url=http://h/?token=tremendous&b=2") == "url=http://h/?token=trem…&b=2"
        assert mask("url=http%3A%2F%2Fh%2F%3Ftoken%3Dtremendous%26b%3D2&c=3") == (
            "url=http%3A%2F%2Fh%2F%3Ftoken%3Dtrem…%26b%3D2&c=3"
        )
        assert mask("x=1%26token=tremendous") == "x=1%26token=trem…"
        assert mask("url=%253Ftoken%253Dtremendous") == "url=%253Ftoken%253Dtrem…"
    assert mask_url("http://h/#access_token=tremendous") == "http://h/#access_token=trem…"
    assert mask_url(r"http:\/\/h?token=tremen\/dous&b=2") == r"http:\/\/h?token=trem…&b=2"
    assert mask_headers({"X-Rewrite": "token=tremendous"}) == {"X-Rewrite": "token=trem…"}


@pytest.mark.parametrize("before", ["/seedance/w/", "/w/x/w/", "/seedance/w//", "/W/", "/w/w/"])
def test_worlds_are_hidden_wherever_they_stand_in_a_path(before: str) -> None:
    assert KEY not in mask_path(f"{before}{KEY}/nothing")
    assert mask_path(f"{before}{KEY}/nothing").endswith("/sk-v…/nothing")


@pytest.mark.parametrize("kept", range(1, len(KEY)))
def test_a_key_that_a_cut_splits_is_not_shown_by_its_beginning(kept: int) -> None:
    text = "a" * 50 + KEY + "b" * 50
    assert truncate(text, 50 + kept, KEY) == "a" * 50 + "*" * kept
    assert truncate_bytes(b"\xff" + text.encode(), 51 + kept, KEY) == b"\xff" + b"a" * 50 + b"*" * kept


def test_a_password_that_a_cut_splits_is_not_shown_by_its_beginning() -> None:
    assert truncate("see http://user:password@host", 20) == "see http://*********"
    assert truncate_bytes(b"see http://user:password@host", 20) == b"see http://*********"


def test_a_cut_that_splits_no_secret_cuts_and_no_more() -> None:
    text = f"{KEY} http://user:password@host/ and more of the same {KEY}"
    for size in (len(KEY), len(KEY) + 1, 55, 1_000):
        assert truncate(text, size, KEY) == text[:size]
        assert truncate_bytes(text.encode(), size, KEY) == text.encode()[:size]


@pytest.mark.parametrize("kept", range(1, 50))
def test_a_secret_that_json_escapes_is_not_shown_by_its_beginning_either(kept: Any) -> None:
    written = KEY.replace("-", "\\u002d").replace("e", "\\u0065")
    text = "a" * 50 + written + "b" * 80
    shown = "a" * 50 + ("*" * kept if kept < len(written) else written + "b" * (kept - len(written)))
    assert truncate(text, 50 + kept, KEY) == shown
    assert truncate_bytes(text.encode(), 50 + kept, KEY) == shown.encode()


def test_a_password_behind_escapes_that_a_cut_splits_is_not_shown() -> None:
    text = "http:\\u002f\\u002fuser:pass\\u0040host"
    assert truncate(text, 25) == "http:\\u002f\\u002f********"


@pytest.mark.parametrize("kept", range(1, len(KEY)))
def test_an_incomplete_body_does_not_end_with_a_part_of_a_secret(kept: Any) -> None:
    body = b"it is " + KEY[:kept].encode()
    assert truncate_bytes(body, 1_000, KEY, complete=False) == b"it is " + b"*" * kept
    assert truncate_bytes(body, 1_000, KEY) == body
    assert truncate_bytes(b"http://user:pass", 1_000, complete=False) == b"http://*********"
    assert truncate_bytes(b"http://host/user", 1_000, KEY, complete=False) == b"http://host/user"


ODD_KEY = "sk-KEY/ab+cd=efgh"


@pytest.mark.parametrize(
    "text",
    [
        "http://h/w/sk-WORLD1/kling/v1/x",
        "http://h/w/sk-WORLD1/doubao-seedance/0217.mp4",
        "http://h/w/sk-WORLD1",
        "http://h/W/sk-WORLD1/x",
        "http://h/w%2Fsk-WORLD1/x",
        "w=/w/sk-WORLD1/v1",
    ],
)
def test_a_world_in_a_url_is_hidden_whatever_follows_it(text: str) -> None:
    assert "sk-WORLD1" not in mask_url(text)


@pytest.mark.parametrize("url", ["https://cdn.example/w/1920/cat.png", "https://cdn.example/w/cat.jpeg?x=1"])
def test_sizes_and_file_names_are_not_taken_for_worlds(url: str) -> None:
    assert mask_url(url) == url


@pytest.mark.parametrize(
    "path",
    [
        "/w/%2e/sk-WORLD1/v1",
        "/w/a%2Fsk-WORLD1/api/v3/x",
        "/w;x/sk-WORLD1/v1",
        "/_emulator//worlds/sk-WORLD1",
        "/_emulator/Worlds/sk-WORLD1",
    ],
)
def test_a_world_in_an_odd_path_is_hidden(path: str) -> None:
    assert "sk-WORLD1" not in mask_path(path)


@pytest.mark.parametrize(
    "query",
    ["url=http://h/?token%3DSECRETVALUE", "token%3DSECRETVALUE", "token=a;SECRETVALUE", "x=1|token=SECRETVALUE"],
)
def test_a_secret_parameter_is_hidden_however_the_query_separates_it(query: str) -> None:
    assert "SECRETVALUE" not in mask_query(query)


@pytest.mark.parametrize("value", ["'SECRETVALUE", "abc'SECRETVALUE", '"SECRETVALUE', "a;SECRETVALUE"])
def test_the_value_of_a_secret_parameter_may_hold_quotes_and_semicolons(value: str) -> None:
    assert "SECRETVALUE" not in mask_url(f"http://h/?token={value}")


def test_a_secret_parameter_ends_where_the_text_around_its_url_goes_on() -> None:
    assert mask_url('{"u": "http://h/?token=abcdefgh", "x": 1}') == '{"u": "http://h/?token=abcd…", "x": 1}'


@pytest.mark.parametrize(
    "written",
    [
        "sk-KEY%2fab%2bcd%3defgh",
        "sk-KEY\\/ab+cd=efgh",
        "".join(f"%{ord(each):02X}" for each in ODD_KEY),
        "sk-KEY%252Fab%252Bcd%253Defgh",
    ],
    ids=["lower case escapes", "escaped slash", "all characters", "twice"],
)
def test_a_key_is_hidden_however_it_is_encoded(written: str) -> None:
    assert mask_text(f"before {written} after", ODD_KEY) == "before sk-K… after"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "u:SECRETVALUE@h"),
        ("Via", "1.1 u:SECRETVALUE@h"),
        ("DPoP", "SECRETVALUE"),
        ("X-Csrf", "SECRETVALUE"),
        ("X-A", "Bearer SECRETVALUE"),
        ("Forwarded", "a; token=SECRETVALUE"),
        ("Content-Disposition", "a=1, token=SECRETVALUE"),
    ],
)
def test_a_secret_in_any_header_is_hidden(name: str, value: str) -> None:
    assert "SECRETVALUE" not in mask_headers({name: value})[name]
