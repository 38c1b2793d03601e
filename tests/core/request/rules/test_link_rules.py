"""Addresses of media by their form: web URLs, inline media, assets."""

from typing import Any

import pytest
from ark_emulator.core.request.rules.link_rules import LONGEST_URL, can_be_called, is_web_address
from ark_emulator.core.task.values import Item, Kind
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

PRO_25 = "dreamina-seedance-2-5-260628"
PRO_20 = "dreamina-seedance-2-0-260128"
PRO_10 = "seedance-1-0-pro-250528"


def image(url: str) -> Item:
    return Item(Kind.IMAGE, url, "reference_image")


def video(url: str) -> Item:
    return Item(Kind.VIDEO, url, "reference_video")


def audio(url: str) -> Item:
    return Item(Kind.AUDIO, url, "reference_audio")


GOOD = [
    image("https://example.com/a.png"),
    image("HTTP://localhost:8000/a.png?x=1#y"),
    image("data:image/png;base64,AQID"),
    image("data:image/jpg;base64,AQID"),
    image("data:image/heic;base64,AQID"),
    image("asset://asset-20260929120001-fghij"),
    video("https://example.com/a.mp4"),
    video("asset://asset-20260929120001-fghij"),
    audio("data:audio/wav;base64,AQID"),
    audio("data:audio/mp3;base64,AQID"),
    audio("data:audio/mpeg;base64,AQID"),
    audio("asset://asset-20260929120001-fghij"),
]

BAD = [
    (image(""), "InvalidImageURL.EmptyURL", "content[1].image_url.url", "Empty base64 image url"),
    (video(""), "MissingParameter", "content[1].video_url.url", "missing `content[1].video_url.url` parameter"),
    (audio(""), "MissingParameter", "content[1].audio_url.url", "missing `content[1].audio_url.url` parameter"),
    (image("a.png"), "InvalidParameter", "content[1].image_url.url", "invalid url specified."),
    (image("ftp://example.com/a.png"), "InvalidParameter", "content[1].image_url.url", "invalid url specified."),
    (image("https://"), "InvalidParameter", "content[1].image_url.url", "invalid url specified."),
    (image("iVBORw0KGgo="), "InvalidParameter", "content[1].image_url.url", "invalid url specified."),
    (video("file:///a.mp4"), "InvalidParameter", "content[1].video_url.url", "invalid url specified."),
    (
        video("data:video/mp4;base64,AQID"),
        "InvalidParameter",
        "content",
        "reference_video must be provided as a web url.",
    ),
    (
        image("data:image/PNG;base64,AQID"),
        "InvalidImageURL.InvalidFormat",
        "content[1].image_url.url",
        "Invalid base64 image url",
    ),
    (
        image("data:image/png,AQID"),
        "InvalidImageURL.InvalidFormat",
        "content[1].image_url.url",
        "Invalid base64 image url",
    ),
    (
        image("data:audio/wav;base64,AQID"),
        "InvalidImageURL.InvalidFormat",
        "content[1].image_url.url",
        "Invalid base64 image url",
    ),
    (audio("data:audio/WAV;base64,AQID"), "InvalidParameter", "content.audio_url", "`content.audio_url` specified"),
    (
        audio("data:audio/ogg;base64,AQID"),
        "InvalidParameter",
        "content[1]",
        "audio format from file ogg is not valid for model dreamina-seedance-2-5 in r2v",
    ),
    (
        image("data:image/svg+xml;base64,AQID"),
        "InvalidParameter.UnsupportedImageFormat",
        "image_url",
        "The request failed because the image format is not supported by the API.",
    ),
    (
        image("asset://asset-2026"),
        "InvalidParameter",
        "content[1].image_url.url",
        "The parameter `content[1].image_url.url` specified in the request is not valid:"
        " The specified asset asset-2026 is not found.",
    ),
    (audio("asset://"), "InvalidParameter", "content[1].audio_url.url", "The specified asset  is not found."),
]


@pytest.mark.parametrize("item", GOOD, ids=lambda item: item.value[:30])
def test_a_well_formed_address_is_accepted(bench: Any, item: Item) -> None:
    assert bench.keys(PRO_25, (bench.text, item)) == []


@pytest.mark.parametrize(("item", "code", "param", "words"), BAD, ids=lambda each: str(each)[:40])
def test_an_ill_formed_address_is_refused(bench: Any, item: Item, code: str, param: str, words: str) -> None:
    assert len(bench.keys(PRO_25, (bench.text, item))) == 1
    error = bench.error(PRO_25, (bench.text, item))
    assert (error.status, error.code, error.param, error.type) == (400, code, param, "BadRequest")
    assert words in error.message


def test_heic_is_for_models_from_1_5_on(bench: Any) -> None:
    heic = Item(Kind.IMAGE, "data:image/heic;base64,AQID")
    assert bench.error(PRO_20, (heic,)) is None
    assert bench.error(PRO_10, (heic,)).code == "InvalidParameter.UnsupportedImageFormat"


def test_a_long_inline_image_is_accepted_without_being_read_through(bench: Any) -> None:
    assert bench.error(PRO_20, (image("data:image/png;base64," + "A" * 4_000_000),)) is None


@pytest.mark.parametrize("text", ["http://a", "https://a/b?c=d&e#f", "http://[::1]:80/x", "https://例え.jp/猫"])
def test_a_web_address_has_a_scheme_and_a_host(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize("text", ["", "http:", "http:///x", "https://?x", "//a", "a.b/c", "http://a\n", " http://a"])
def test_anything_else_is_no_web_address(text: str) -> None:
    assert not is_web_address(text)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://localhost:9/hook?x=1#y",
            "HTTPS://example.com",
            "http://a_b",
            "http://[::1]:80/",
            "http://u:p@h/",
            "http://é.jp",
        ),
        *("http://10.0.0.1:65535", "http://例え.jp/フック", "http://a:/", "http://host.docker.internal?x"),
    ],
)
def test_an_address_that_there_can_be_can_be_called(url: str) -> None:
    assert can_be_called(url)
    assert URL(url).host


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://", "http://[", "http://[::1", "http://[foo]/", "http://::1/", "http://a:99999/", "http://a:-1"),
        *(
            "http://a:0/",
            "http://a:x/",
            "http://a:80:90/",
            "http://user@/",
            "http://a\0b/",
            "http://a/\0",
            "http://a\\b/",
        ),
        *("http://a b/", "http://a\n", "http://<a>/", "ftp://a/", "//a/", "http://.é", "http://" + "a" * 3_000),
    ],
)
def test_an_address_that_there_cannot_be_cannot_be_called(url: str) -> None:
    assert not can_be_called(url)


@given(
    url=st.lists(st.sampled_from([*"[]:/@.?#%-_a0é\0\\ ", "::1", "80", "99999", "[::1]", "xn", "://"]), max_size=8).map(
        lambda parts: "http://" + "".join(parts)
    )
)
def test_what_can_be_called_is_a_url_to_those_who_call(url: str) -> None:
    if can_be_called(url):
        assert URL(url).host


@pytest.mark.parametrize(
    "model", ["seedance-1-5-pro-251215", "doubao-seedance-1-5-pro-251215", PRO_10, "doubao-seed3d-2-0-260328"]
)
def test_models_older_than_2_0_take_no_assets(bench: Any, model: str) -> None:
    asset = Item(Kind.IMAGE, "asset://asset-20260929120001-fghij")
    error = bench.error(model, (bench.text, asset))
    assert (error.code, error.param) == ("InvalidParameter", "content[1].image_url.url")
    assert error.message.endswith("is not valid: invalid url specified.")
    assert bench.error(model, (bench.text, Item(Kind.IMAGE, "https://example.com/a.png"))) is None


@pytest.mark.parametrize("kind", [Kind.IMAGE, Kind.VIDEO, Kind.AUDIO])
def test_a_url_of_media_has_a_bounded_length(bench: Any, kind: Kind) -> None:
    longest = "https://example.com/".ljust(LONGEST_URL, "a")
    role = f"reference_{kind.removesuffix('_url')}"
    around = (bench.text, bench.image)
    assert bench.error(PRO_25, (*around, Item(kind, longest, role))) is None
    error = bench.error(PRO_25, (*around, Item(kind, longest + "a", role)))
    assert (error.status, error.code) == (400, "InvalidParameter")
    assert "invalid url specified." in error.message


def test_a_url_for_callbacks_has_a_bounded_length(bench: Any) -> None:
    longest = "https://example.com/".ljust(LONGEST_URL, "a")
    assert bench.error(PRO_25, callback_url=longest) is None
    error = bench.error(PRO_25, callback_url=longest + "a")
    assert (error.status, error.code, error.param) == (400, "InvalidParameter", "callback_url")
    assert "invalid url specified." in error.message
