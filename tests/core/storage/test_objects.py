"""The storage's answers: every row of its table of refusals, the order of the checks, headers and bytes."""

import hashlib
import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from ark_emulator.core.storage.objects import (
    ASCII_RULE_ID,
    DOWNLOAD_LIMIT,
    RULE_ID,
    Absent,
    ObjectAnswer,
    ObjectRequest,
    StorageOptions,
    StoredObject,
    answer,
)
from ark_emulator.core.storage.preconditions import http_date
from ark_emulator.core.storage.signing import derive_credentials, presign, query_pairs
from ark_emulator.core.storage.storage_errors import Denial, storage_errors
from hypothesis import given
from hypothesis import strategies as st

KEYS = derive_credentials("a secret", "cn-beijing")
HOST = "127.0.0.1:7333"
PATH = "/doubao-seedance-2-0/021234.mp4"
AT = 1_800_000_000
DAY = 86_400
CONTENT = bytes(range(250)) * 4
MD5 = hashlib.md5(CONTENT).hexdigest()
REQUEST_ID = "1f1c07a6f1e88f446aa6f1e8-bedb802-1x5pNY-HO"


def stored(content: bytes = CONTENT) -> StoredObject:
    return StoredObject(
        len(content), hashlib.md5(content).hexdigest(), AT + 0.5, "video/mp4", lambda: content, expires_at=AT + DAY
    )


def asked(
    *,
    method: str = "GET",
    signed_for: str = "GET",
    now: int = AT + 60,
    extra: None = None,
    hosts: tuple[Any, ...] = (HOST,),
    **headers: Any,
) -> ObjectRequest:
    """Return a request with a signed URL; header names are written with underscores."""
    url = urlsplit(presign(KEYS, signed_for, HOST, PATH, AT, DAY, extra or {}))
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return ObjectRequest(method, unquote(url.path), query_pairs(url.query), hosts, now, REQUEST_ID, names)


def with_parameter(request: ObjectRequest, name: str, value: str) -> ObjectRequest:
    return replace(request, query=tuple((each, value if each == name else old) for each, old in request.query))


def answered(
    request: ObjectRequest,
    *,
    found: Absent | StoredObject | None = None,
    manners: StorageOptions | None = None,
    downloads: int = 0,
) -> ObjectAnswer:
    return answer(request, [KEYS], lambda: found or stored(), manners or StorageOptions(), downloads)


def never_found() -> None:
    raise AssertionError("the object was looked up before the signature had passed")


UNSIGNED = replace(asked(), query=())
EVERY_ROW = [
    (Denial.ANONYMOUS, UNSIGNED, {}),
    (Denial.AUTHORIZATION_HEADER, asked(authorization="Bearer x"), {}),
    (Denial.UNKNOWN_KEY, with_parameter(asked(), "X-Tos-Credential", "AKLTx/20270115/cn-beijing/tos/request"), {}),
    (Denial.ILLEGAL_EXPIRES, with_parameter(asked(), "X-Tos-Expires", "-1"), {}),
    (Denial.EXCESSIVE_EXPIRES, with_parameter(asked(), "X-Tos-Expires", "2592001"), {}),
    (Denial.EXPIRED, asked(now=AT + DAY), {}),
    (Denial.MISMATCH, with_parameter(asked(), "X-Tos-Signature", "0" * 64), {}),
    (Denial.METHOD, asked(method="PUT", signed_for="PUT"), {}),
    (Denial.PREFLIGHT, asked(method="OPTIONS", origin="http://localhost:5173"), {}),
    (Denial.NO_BUCKET, asked(), {"found": Absent.BUCKET}),
    (Denial.NO_KEY, asked(), {"found": Absent.KEY}),
    (Denial.DOWNLOAD_LIMIT, asked(), {"manners": StorageOptions(download_limit=100), "downloads": 100}),
    (Denial.PRECONDITION, asked(if_match='"other"'), {}),
    (Denial.RANGE, asked(range="bytes=1000-"), {}),
]


def test_no_row_is_left_without_a_case() -> None:
    assert [row for row, _, _ in EVERY_ROW] == list(Denial)


@pytest.mark.parametrize(("denial", "request_", "given_"), EVERY_ROW, ids=lambda value: str(value)[:24])
def test_every_refusal_is_rendered_from_its_row(
    denial: Denial, request_: ObjectRequest, given_: dict[str, Any]
) -> None:
    row = storage_errors()[denial]
    got = answered(request_, **given_)
    body = json.loads(got.error)
    assert (got.status, body["Code"], body["Message"]) == (row.status, row.code, row.message)
    assert (body.get("EC"), got.headers.get("x-tos-ec")) == (row.ec, row.ec)
    assert (body["RequestId"], body["HostId"]) == (REQUEST_ID, "1f1c07a6f1e88f446aa6f1e8-bedb802")
    assert body.get("Resource") == (PATH if row.names_resource else None)
    assert body.get("Key") == (PATH[1:] if denial is Denial.NO_KEY else None)
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["Content-Length"] == str(len(got.error)) == str(len(got.payload()))
    assert not got.starts_download


@pytest.mark.parametrize(
    ("denial", "status", "code", "ec"),
    [
        (Denial.ANONYMOUS, 403, "AccessDenied", "0003-00000015"),
        (Denial.MISMATCH, 403, "SignatureDoesNotMatch", "0002-00000024"),
        (Denial.EXPIRED, 403, "AccessDenied", None),
        (Denial.ILLEGAL_EXPIRES, 400, "AuthorizationQueryParametersError", "0002-00000031"),
        (Denial.EXCESSIVE_EXPIRES, 400, "AuthorizationQueryParametersError", "0002-00000025"),
        (Denial.NO_KEY, 404, "NoSuchKey", "0017-00000003"),
        (Denial.NO_BUCKET, 404, "NoSuchBucket", "0006-00000001"),
        (Denial.RANGE, 416, "InvalidRange", None),
        (Denial.PRECONDITION, 412, "PreconditionFailed", None),
    ],
)
def test_the_known_rows_are_the_known_answers(denial: Denial, status: int, code: str, ec: str | None) -> None:
    row = storage_errors()[denial]
    assert (row.status, row.code, row.ec) == (status, code, ec)


def test_the_whole_object_comes_with_the_headers_of_the_storage() -> None:
    got = answered(asked())
    assert (got.status, bytes(got.payload())) == (200, CONTENT)
    assert got.headers == {
        "server": "TosServer",
        "Date": "Fri, 15 Jan 2027 08:01:00 GMT",
        "x-tos-request-id": REQUEST_ID,
        "x-tos-id-2": "1f1c07a6f1e88f446aa6f1e8-bedb802",
        "ETag": f'"{MD5}"',
        "Last-Modified": "Fri, 15 Jan 2027 08:00:00 GMT",
        "Content-Type": "video/mp4",
        "Content-Length": "1000",
        "Accept-Ranges": "bytes",
        "x-tos-storage-class": "STANDARD",
        "x-tos-expiration": f'expiry-date="Sat, 16 Jan 2027 08:00:00 GMT", rule-id="{RULE_ID}"',
    }


def test_the_lifecycle_header_is_utf_8_unless_configured_to_be_ascii() -> None:
    assert not answered(asked()).headers["x-tos-expiration"].isascii()
    kind = answered(asked(), manners=StorageOptions(ascii_headers=True)).headers["x-tos-expiration"]
    assert kind == f'expiry-date="Sat, 16 Jan 2027 08:00:00 GMT", rule-id="{ASCII_RULE_ID}"'
    assert kind.isascii()


def test_an_object_without_a_lifecycle_has_no_such_header() -> None:
    assert "x-tos-expiration" not in answered(asked(), found=replace(stored(), expires_at=None)).headers


# Each request violates its own check and all later ones.
LATER = {"if_match": '"other"', "range": "bytes=1000-"}
FORGED = with_parameter(asked(now=AT + DAY, **LATER), "X-Tos-Signature", "0")
LIFELESS = with_parameter(FORGED, "X-Tos-Expires", "0")
IN_ORDER = [
    (replace(FORGED, query=()), Absent.KEY, Denial.ANONYMOUS),
    (with_parameter(LIFELESS, "X-Tos-Credential", "AKLTx"), Absent.KEY, Denial.UNKNOWN_KEY),
    (LIFELESS, Absent.KEY, Denial.ILLEGAL_EXPIRES),
    (FORGED, Absent.KEY, Denial.EXPIRED),
    (replace(FORGED, now=AT), Absent.KEY, Denial.MISMATCH),
    (asked(authorization="Bearer x", **LATER), Absent.KEY, Denial.AUTHORIZATION_HEADER),
    (asked(**LATER), Absent.KEY, Denial.NO_KEY),
    (asked(**LATER), None, Denial.PRECONDITION),
    (asked(range=LATER["range"]), None, Denial.RANGE),
]


@pytest.mark.parametrize(("request_", "found", "denial"), IN_ORDER, ids=[str(row[2]) for row in IN_ORDER])
def test_the_first_check_that_fails_decides(request_: ObjectRequest, found: Absent | None, denial: Denial) -> None:
    assert json.loads(answered(request_, found=found).error)["Message"] == storage_errors()[denial].message


@pytest.mark.parametrize("request_", [row[0] for row in IN_ORDER[:5]] + [asked(method="OPTIONS"), asked(method="HEAD")])
def test_nothing_is_looked_up_before_the_signature_has_passed(request_: ObjectRequest) -> None:
    assert answer(request_, [KEYS], never_found).status in (400, 403)


def test_nothing_is_rendered_that_is_not_sent() -> None:
    silent = replace(stored(), body=never_found)
    head = asked(method="HEAD", signed_for="HEAD")
    for request in (head, asked(if_none_match=MD5), asked(if_match="other"), asked(range="bytes=1000-")):
        answered(request, found=silent).payload()
    with pytest.raises(AssertionError):
        answered(asked(), found=silent).payload()


def test_the_url_dies_by_the_virtual_clock() -> None:
    assert answered(asked(now=AT + DAY - 1)).status == 200
    assert answered(asked(now=AT + DAY)).status == 403


def test_a_url_works_by_every_host_it_may_have_been_signed_for_and_by_no_other() -> None:
    assert answered(asked(hosts=("localhost:7333", "example.org", HOST))).status == 200
    assert answered(asked(hosts=("localhost:7333", "example.org"))).status == 403


def test_a_signed_download_that_also_carries_an_authorization_header_is_refused_unless_leniently() -> None:
    request = asked(authorization="Bearer sk-test")
    refused = answered(request)
    body = json.loads(refused.error)
    assert (refused.status, body["Code"]) == (400, "InvalidArgument")
    assert body["Message"].startswith("Only one auth mechanism allowed")
    assert answered(request, manners=StorageOptions(lenient_auth=True)).status == 200


def test_head_by_a_url_signed_for_get_is_refused_unless_leniently() -> None:
    request = asked(method="HEAD")
    refused = answered(request)
    assert (refused.status, refused.error, bytes(refused.payload())) == (403, None, b"")
    assert refused.headers["x-tos-ec"] == "0002-00000024"
    assert answered(request, manners=StorageOptions(lenient_head=True)).status == 200


def test_leniency_is_for_head_alone_and_forges_nothing() -> None:
    lenient = StorageOptions(lenient_head=True)
    assert answered(asked(method="GET", signed_for="HEAD"), manners=lenient).status == 403
    assert answered(asked(method="PUT"), manners=lenient).status == 403
    assert (
        answered(with_parameter(asked(method="HEAD"), "X-Tos-Date", "20270115T080001Z"), manners=lenient).status == 403
    )
    assert answered(asked(method="HEAD", now=AT + DAY), manners=lenient).status == 403


def test_a_head_has_the_headers_of_its_get_and_no_bytes() -> None:
    head = answered(asked(method="HEAD", signed_for="HEAD", range="bytes=0-4"))
    assert (head.status, head.headers, bytes(head.payload())) == (200, answered(asked()).headers, b"")
    assert not head.starts_download


def test_a_head_that_fails_has_the_length_of_the_body_it_does_not_send() -> None:
    missing = answered(asked(method="HEAD", signed_for="HEAD"), found=Absent.KEY)
    assert (missing.status, bytes(missing.payload())) == (404, b"")
    assert missing.headers["Content-Length"] == answered(asked(), found=Absent.KEY).headers["Content-Length"]


@pytest.mark.parametrize(
    "headers",
    [{"if_none_match": f'"{MD5}"'}, {"if_none_match": MD5}, {"if_modified_since": http_date(AT)}],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unchanged_object_is_not_sent_again(method: str, headers: dict[str, Any]) -> None:
    got = answered(asked(method=method, signed_for=method, **headers))
    assert (got.status, bytes(got.payload())) == (304, b"")
    assert got.headers["ETag"] == f'"{MD5}"'
    assert "Content-Length" not in got.headers


@pytest.mark.parametrize("headers", [{"if_match": '"other"'}, {"if_unmodified_since": http_date(AT - 1)}])
def test_a_failed_condition_is_412(headers: dict[str, Any]) -> None:
    assert answered(asked(**headers)).status == 412


@given(st.binary(max_size=60), st.integers(0, 70), st.integers(0, 70))
def test_a_range_is_a_slice_that_says_where_it_lies(content: bytes, first: int, length: int) -> None:
    got = answered(asked(range=f"bytes={first}-{first + length}"), found=stored(content))
    if first >= len(content):
        assert (got.status, got.headers["Content-Range"]) == (416, f"bytes */{len(content)}")
        return
    piece = content[first : first + length + 1]
    assert (got.status, bytes(got.payload())) == (206, piece)
    assert got.headers["Content-Length"] == str(len(piece))
    assert got.headers["Content-Range"] == f"bytes {first}-{first + len(piece) - 1}/{len(content)}"
    assert got.headers["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'


@pytest.mark.parametrize(
    ("header", "expected"),
    [("bytes=990-", CONTENT[990:]), ("bytes=-10", CONTENT[-10:]), ("bytes=-5000", CONTENT), ("bytes=0-", CONTENT)],
)
def test_open_and_suffix_ranges_are_partial_answers(header: str, expected: bytes) -> None:
    got = answered(asked(range=header))
    assert (got.status, bytes(got.payload())) == (206, expected)


@pytest.mark.parametrize("header", ["bytes=0-4,10-14", "bytes=9-4", "lines=1-2"])
def test_a_list_of_ranges_and_a_malformed_one_get_the_whole(header: str) -> None:
    got = answered(asked(range=header))
    assert (got.status, bytes(got.payload())) == (200, CONTENT)
    assert "Content-Range" not in got.headers


def test_if_range_with_another_tag_gets_the_whole() -> None:
    assert answered(asked(range="bytes=0-4", if_range=f'"{MD5}"')).status == 206
    assert answered(asked(range="bytes=0-4", if_range='"other"')).status == 200


def test_response_headers_may_be_overridden_when_signed_in() -> None:
    overrides = {
        "response-content-disposition": 'attachment; filename="片.mp4"',
        "response-content-type": "application/octet-stream",
        "response-content-encoding": "identity",
        "response-content-language": "en-US",
        "response-cache-control": "no-store",
        "response-expires": "Mon, 04 Jul 2022 02:57:31 GMT",
    }
    got = answered(asked(extra=overrides))
    assert got.status == 200
    assert {f"response-{name.lower()}": value for name, value in got.headers.items()}.items() >= overrides.items()
    assert answered(asked(extra=overrides, range="bytes=0-1")).headers["Cache-Control"] == "no-store"


def test_an_override_that_was_not_signed_in_spoils_the_signature() -> None:
    request = asked()
    query = (*request.query, ("response-content-type", "text/html"))
    assert answered(replace(request, query=query)).status == 403
    assert answered(replace(UNSIGNED, query=query[-1:])).status == 403


@pytest.mark.parametrize("value", ["", "a\r\nSet-Cookie: b", "\0"])
def test_an_override_that_no_header_can_carry_is_ignored(value: str) -> None:
    assert answered(asked(extra={"response-content-type": value})).headers["Content-Type"] == "video/mp4"


def test_an_override_does_not_reach_an_error() -> None:
    got = answered(asked(extra={"response-content-type": "text/html"}), found=Absent.KEY)
    assert got.headers["Content-Type"] == "application/json"


def test_the_hundredth_download_is_the_last_when_they_are_limited() -> None:
    limited = StorageOptions(download_limit=DOWNLOAD_LIMIT)
    assert answered(asked(), manners=limited, downloads=99).status == 200
    assert answered(asked(), manners=limited, downloads=100).status == 403
    assert answered(asked(), downloads=100).status == 200


def test_what_starts_no_download_is_not_limited() -> None:
    limited = {"manners": StorageOptions(download_limit=1), "downloads": 1}
    assert answered(asked(range="bytes=0-"), **limited).status == 403
    assert answered(asked(range="bytes=500-"), **limited).status == 206
    assert answered(asked(if_none_match="*"), **limited).status == 304
    assert answered(asked(method="HEAD", signed_for="HEAD"), **limited).status == 200


@pytest.mark.parametrize(
    ("header", "counted"), [("", True), ("bytes=0-0", True), ("bytes=1-", False), ("bytes=-1000", True)]
)
def test_an_answer_with_the_first_byte_starts_a_download(header: str, counted: bool) -> None:
    assert answered(asked(range=header)).starts_download is counted


def test_a_method_that_is_signed_but_not_served_says_which_are() -> None:
    assert answered(asked(method="DELETE", signed_for="DELETE")).headers["Allow"] == "GET, HEAD"
