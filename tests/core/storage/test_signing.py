"""Query signing against the SDKs' own examples, and against the official Python SDK over random keys."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import SplitResult, unquote, urlsplit

import pytest
from ark_emulator.core.storage.signing import (
    MAX_EXPIRES,
    PARAMETERS,
    Credentials,
    SignatureCheck,
    SignedRequest,
    derive_credentials,
    parse_storage_date,
    presign,
    query_pairs,
    storage_date,
    verify,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from tos import HttpMethodType, TosClientV2

HOST = "127.0.0.1:7333"
PATH = "/doubao-seedance-2-0/021234.mp4"
AT = 1_800_000_000
DAY = 86_400
KEYS = derive_credentials("a secret", "cn-beijing")

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("+&=?%# /~.中文"), max_size=20)
OBJECT_KEYS = TEXTS.filter(lambda key: key and not key.startswith("/"))
MOMENTS = st.integers(946_684_800, 4_102_444_800)
EXTRAS = st.dictionaries(
    TEXTS.filter(lambda name: name and not name.lower().startswith("x-tos-")), TEXTS.filter(bool), max_size=3
)


def signed(
    path: str = PATH,
    *,
    method: str = "GET",
    host: str = HOST,
    extra: dict[str, Any] | None = None,
    expires: int = DAY,
    keys: Credentials = KEYS,
) -> SignedRequest:
    """Return the request that a client makes of a fresh signed URL."""
    url = urlsplit(presign(keys, method, host, path, AT, expires, extra or {}))
    return SignedRequest(method, (host,), unquote(url.path), query_pairs(url.query))


def changed(request: SignedRequest, **fields: Any) -> SignedRequest:
    values = {name: getattr(request, name) for name in ("method", "hosts", "path", "query", "headers")}
    return SignedRequest(**{**values, **fields})


def with_parameter(request: SignedRequest, name: str, value: str | None) -> SignedRequest:
    """Return the request with the value of one query parameter replaced; None removes it."""
    replaced = [(each, value if each == name else old) for each, old in request.query]
    return changed(request, query=tuple(pair for pair in replaced if pair[1] is not None))


def sdk_url(
    key: str, moment: int, expires: int, keys: Credentials = KEYS, host: str = HOST, extra: dict[str, Any] | None = None
) -> SplitResult:
    """Return what the official SDK signs at that moment."""
    client = TosClientV2(keys.access_key, keys.secret_key, f"http://{host}", keys.region, is_custom_domain=True)
    clock = mock.Mock(wraps=datetime)
    clock.utcnow.return_value = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
    with mock.patch("tos.auth.datetime", SimpleNamespace(datetime=clock)):
        signed_url = client.pre_signed_url(
            HttpMethodType.Http_Method_Get, "bucket", key, expires=expires, query=dict(extra or {})
        )
    return urlsplit(signed_url.signed_url)


def test_the_example_of_the_go_sdk_is_reproduced() -> None:
    keys = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "cn-north-1")
    url = presign(keys, "GET", "test.tos.com:8080", "/test.txt", parse_storage_date("20210721T104454Z"), 3600)
    assert url == (
        "/test.txt?X-Tos-Algorithm=TOS4-HMAC-SHA256"
        "&X-Tos-Credential=AKIAIOSFODNN7EXAMPLE%2F20210721%2Fcn-north-1%2Ftos%2Frequest"
        "&X-Tos-Date=20210721T104454Z&X-Tos-Expires=3600"
        "&X-Tos-Signature=decc75e2b2d453117f81e53954eb2cd3a2f56db2951e9b2257863db4c4921111&X-Tos-SignedHeaders=host"
    )


def test_the_example_of_the_python_sdk_is_reproduced() -> None:
    url = presign(
        Credentials("ak", "sk", "beijing"), "GET", "bkt.tos-cn-beijing.volces.com", "/key", 1_609_459_200, DAY
    )
    assert dict(query_pairs(urlsplit(url).query))["X-Tos-Signature"] == (
        "b87788cb98d1a5a91a046d20eb212ffc22cf7cd4c1d4e9bd2d15a989afb97d2f"
    )


@given(key=OBJECT_KEYS, moment=MOMENTS, expires=st.integers(1, MAX_EXPIRES), extra=EXTRAS)
def test_a_url_is_signed_as_the_official_sdk_signs_it(
    key: str, moment: int, expires: int, extra: dict[str, Any]
) -> None:
    theirs = sdk_url(key, moment, expires, extra=extra)
    ours = urlsplit(presign(KEYS, "GET", HOST, f"/{key}", moment, expires, extra))
    assert ours.path == theirs.path
    assert query_pairs(ours.query) == tuple(sorted(query_pairs(theirs.query)))


@given(key=OBJECT_KEYS, extra=EXTRAS, late=st.integers(0, DAY - 1))
def test_a_url_of_the_official_sdk_is_verified(key: str, extra: dict[str, Any], late: int) -> None:
    url = sdk_url(key, AT, DAY, extra=extra)
    request = SignedRequest("GET", (HOST,), unquote(url.path), query_pairs(url.query))
    assert verify([KEYS], request, AT + late) is SignatureCheck.OK


def test_the_parameters_stand_in_alphabetical_order_with_the_extras_among_them() -> None:
    names = [name for name, _ in signed(extra={"response-expires": "never", "A": "1"}).query]
    assert names == ["A", *PARAMETERS, "response-expires"]


@pytest.mark.parametrize("expires", [0, -1, MAX_EXPIRES + 1])
def test_a_url_with_an_illegal_life_is_not_made(expires: int) -> None:
    with pytest.raises(ValueError, match="expires must be"):
        presign(KEYS, "GET", HOST, PATH, AT, expires)


def test_a_part_of_the_signature_is_no_extra() -> None:
    with pytest.raises(ValueError, match="x-tos-date"):
        presign(KEYS, "GET", HOST, PATH, AT, DAY, {"x-tos-date": "20210101T000000Z"})


def test_credentials_have_the_recorded_shape_and_depend_on_secret_and_region_alone() -> None:
    assert re.fullmatch(r"AKLT[A-Za-z0-9+/]{43}", KEYS.access_key)
    assert derive_credentials("a secret", "cn-beijing") == KEYS
    others = [derive_credentials("another", "cn-beijing"), derive_credentials("a secret", "ap-southeast-1")]
    assert len({one.access_key for one in [KEYS, *others]}) == 3
    assert len({one.secret_key for one in [KEYS, *others]}) == 3


@given(st.text(st.characters(), max_size=30))
def test_an_access_key_never_holds_a_slash_whatever_the_secret(secret: str) -> None:
    assert derive_credentials(secret, "cn-beijing").access_key.isalnum()


def test_a_secret_key_does_not_show_when_printed() -> None:
    assert KEYS.secret_key not in repr(KEYS)


def test_a_request_without_any_part_of_a_signature_has_none() -> None:
    assert verify([KEYS], changed(signed(), query=(("response-expires", "never"),)), AT) is SignatureCheck.MISSING


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_signature_with_a_part_missing_does_not_match(name: str) -> None:
    assert verify([KEYS], with_parameter(signed(), name, None), AT) is SignatureCheck.MISMATCH


def test_an_ampersand_left_escaped_makes_a_mismatch() -> None:
    raw = urlsplit(presign(KEYS, "GET", HOST, PATH, AT, DAY)).query.replace("&", "\\u0026")
    assert verify([KEYS], changed(signed(), query=query_pairs(raw)), AT) is SignatureCheck.MISMATCH


def test_the_key_of_another_secret_is_unknown_and_any_of_several_is_known() -> None:
    other = derive_credentials("another", "ap-southeast-1")
    assert verify([other], signed(), AT) is SignatureCheck.UNKNOWN_KEY
    assert verify([other, KEYS], signed(), AT) is SignatureCheck.OK
    assert verify([KEYS, other], signed(keys=other), AT) is SignatureCheck.OK


@pytest.mark.parametrize(
    ("life", "verdict"),
    [
        ("-1", SignatureCheck.ILLEGAL_EXPIRES),
        ("0", SignatureCheck.ILLEGAL_EXPIRES),
        ("", SignatureCheck.ILLEGAL_EXPIRES),
        ("1.5", SignatureCheck.ILLEGAL_EXPIRES),
        ("٣", SignatureCheck.ILLEGAL_EXPIRES),
        ("9" * 5000, SignatureCheck.ILLEGAL_EXPIRES),
        ("2592001", SignatureCheck.EXCESSIVE_EXPIRES),
        ("2592000", SignatureCheck.MISMATCH),
    ],
)
def test_a_life_must_be_from_one_second_to_thirty_days(life: str, verdict: SignatureCheck) -> None:
    assert verify([KEYS], with_parameter(signed(), "X-Tos-Expires", life), AT) is verdict


@pytest.mark.parametrize("expires", [1, DAY, MAX_EXPIRES])
def test_a_url_expires_with_the_second_in_which_its_life_ends(expires: int) -> None:
    request = signed(expires=expires)
    assert verify([KEYS], request, AT) is SignatureCheck.OK
    assert verify([KEYS], request, AT + expires - 0.001) is SignatureCheck.OK
    assert verify([KEYS], request, AT + expires) is SignatureCheck.EXPIRED


def test_expiry_is_reported_before_a_wrong_signature_and_an_illegal_life_before_expiry() -> None:
    forged = with_parameter(signed(), "X-Tos-Signature", "0" * 64)
    assert verify([KEYS], forged, AT + DAY) is SignatureCheck.EXPIRED
    assert verify([KEYS], with_parameter(forged, "X-Tos-Expires", "0"), AT + DAY) is SignatureCheck.ILLEGAL_EXPIRES
    unknown = with_parameter(with_parameter(forged, "X-Tos-Expires", "0"), "X-Tos-Credential", "AKLTx/1/2/tos/request")
    assert verify([KEYS], unknown, AT + DAY) is SignatureCheck.UNKNOWN_KEY


@pytest.mark.parametrize(
    "tampering",
    [
        {"method": "HEAD"},
        {"method": "PUT"},
        {"hosts": ("localhost:7333",)},
        {"hosts": ("127.0.0.1",)},
        {"hosts": ()},
        {"path": PATH.upper()},
        {"path": PATH + "/"},
        {"path": "/\udcff"},
    ],
)
def test_another_method_host_or_path_does_not_match(tampering: dict[str, Any]) -> None:
    assert verify([KEYS], changed(signed(), **tampering), AT) is SignatureCheck.MISMATCH


@given(data=st.data())
def test_any_change_of_any_parameter_is_noticed(data: DataObject) -> None:
    request = signed(extra={"response-content-type": "video/mp4"})
    name, old = data.draw(st.sampled_from(request.query))
    value = data.draw(st.text(st.characters(), max_size=70) | st.just(old[:-1]) | st.just(old.upper()))
    assume(value != old)
    assert verify([KEYS], with_parameter(request, name, value), AT) is not SignatureCheck.OK


@given(name=TEXTS, value=TEXTS, place=st.integers(0, 6))
def test_a_parameter_put_in_is_noticed_wherever_it_stands(name: str, value: str, place: int) -> None:
    assume(name != "X-Tos-Signature")
    request = signed()
    query = [*request.query[:place], (name, value), *request.query[place:]]
    assert verify([KEYS], changed(request, query=query), AT) is not SignatureCheck.OK


@given(st.permutations(signed(extra={"response-expires": "never"}).query))
def test_the_order_of_the_parameters_does_not_matter(query: list[tuple[str, str]]) -> None:
    assert verify([KEYS], changed(signed(), query=query), AT) is SignatureCheck.OK


def test_it_is_enough_that_one_of_the_hosts_is_the_signed_one() -> None:
    assert verify([KEYS], changed(signed(), hosts=("localhost:7333", "example.org", HOST)), AT) is SignatureCheck.OK


@pytest.mark.parametrize(
    "scope", ["20270116/cn-beijing/tos/request", "20270115/x/tos/request", "20270115/cn-beijing/s3/request", ""]
)
def test_a_foreign_scope_does_not_match(scope: str) -> None:
    assert storage_date(AT).startswith("20270115")
    request = with_parameter(signed(), "X-Tos-Credential", f"{KEYS.access_key}/{scope}")
    assert verify([KEYS], request, AT) is SignatureCheck.MISMATCH


@pytest.mark.parametrize("date", ["", "yesterday", "20270115", "20271315T080000Z", "20270115T080000Z\n"])
def test_a_date_that_is_none_does_not_match(date: str) -> None:
    assert verify([KEYS], with_parameter(signed(), "X-Tos-Date", date), AT) is SignatureCheck.MISMATCH


def test_further_signed_headers_are_verified_too() -> None:
    client = TosClientV2(KEYS.access_key, KEYS.secret_key, f"http://{HOST}", KEYS.region, is_custom_domain=True)
    url = urlsplit(
        client.pre_signed_url(
            HttpMethodType.Http_Method_Get, "bucket", "key", header={"x-tos-traffic-limit": "819200"}
        ).signed_url
    )
    request = SignedRequest("GET", (HOST,), url.path, query_pairs(url.query), {"x-tos-traffic-limit": "819200"})
    now = parse_storage_date(dict(request.query)["X-Tos-Date"])
    assert verify([KEYS], request, now) is SignatureCheck.OK
    assert verify([KEYS], changed(request, headers={"x-tos-traffic-limit": "1"}), now) is SignatureCheck.MISMATCH
    assert verify([KEYS], changed(request, headers={}), now) is SignatureCheck.MISMATCH


@given(MOMENTS)
def test_a_storage_date_reads_back(moment: int) -> None:
    assert parse_storage_date(storage_date(moment)) == moment


def test_a_query_keeps_order_repetition_and_empty_values() -> None:
    assert query_pairs("b=1&a=&a=%E4%B8%AD&c") == (("b", "1"), ("a", ""), ("a", "中"), ("c", ""))
