"""URLs of clients are requested unchanged."""

import pytest
from ark_emulator.runtime.common.raw_urls import as_written


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://h/?sig=a%2Bb%3D%2F&next=http%3A%2F%2Fx", "/?sig=a%2Bb%3D%2F&next=http%3A%2F%2Fx"),
        ("http://h/%7Euser/a%2fb", "/%7Euser/a%2fb"),
        ("http://h/a/../b/./c", "/a/../b/./c"),
        ("http://h//double", "//double"),
        ("http://h/x?a=1&&b=&c=%zz", "/x?a=1&&b=&c=%zz"),
        ("http://h/x?redirect=http://a/b?c=d+e", "/x?redirect=http://a/b?c=d+e"),
        ("http://h/{x}?y={z}|[1]", "/{x}?y={z}|[1]"),
        ("http://h", "/"),
        ("http://h?x=%2F", "/?x=%2F"),
        ("http://h/p?x=%2F#part", "/p?x=%2F"),
        ("http://h#part", "/"),
        ("http://h/\u732b/%2F?q=\xfc%2B", "/%E7%8C%AB/%2F?q=%C3%BC%2B"),
        ("http://h/a b", "/a%20b"),
        ("http://h/\ud800", "/%3F"),
    ],
)
def test_path_and_query_stay_as_they_are(url: str, target: str) -> None:
    assert as_written(url).raw_path_qs == target


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://\u4f8b\u3048.jp/", "xn--r8jz45g.jp", 80),
        ("https://B\xfccher.example:8443?x", "xn--bcher-kva.example", 8443),
        ("HTTP://localhost:1/", "localhost", 1),
        ("http://[::1]:80/x", "::1", 80),
    ],
)
def test_a_host_is_found_whatever_its_alphabet(url: str, host: str, port: int) -> None:
    found = as_written(url)
    assert (found.raw_host, found.port) == (host, port)
    assert found.scheme in ("http", "https")


@pytest.mark.parametrize("url", ["http://[::1/", "http://[\u732b]/"])
def test_a_host_that_has_no_form_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        as_written(url)
