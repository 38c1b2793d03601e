"""The official storage SDK as a client of the storage.

It downloads by the parameters of a result's link, and signs links of its own with the storage's keys. What it signs in
an Authorization header is not served: nobody but the service holds keys to the bucket of results.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from ark_emulator.core.time.clock import ClockMode
from tos import HttpMethodType, TosClientV2
from tos.exceptions import TosServerError
from tos.models2 import GenericInput

from tests.support.threaded_server import Threaded

BUCKET = "ark-acg-ap-southeast-1"
REGION = "ap-southeast-1"
pytestmark = [pytest.mark.client("tos-python"), pytest.mark.wire("storage")]
MODEL = "dreamina-seedance-2-0-260128"


@pytest.fixture(scope="module")
def server(threaded: Callable[..., Threaded]) -> Any:
    """A server whose clock starts at the real time, as the SDK's does, and goes by polls."""
    return threaded(mode=ClockMode.POLLS)


def asked(server: Any, method: Any, path: Any, document: Any = None) -> Any:
    """A call of Ark's API and its answer."""
    body = None if document is None else json.dumps(document).encode()
    headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/api/v3/contents/generations/{path}", body, headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def link(server: Any) -> Any:
    """The link of a finished clip."""
    document = {"model": MODEL, "content": [{"type": "text", "text": "a cat"}], "duration": 4, "resolution": "480p"}
    task_id = asked(server, "POST", "tasks", document)["id"]
    while (task := asked(server, "GET", f"tasks/{task_id}"))["status"] != "succeeded":
        pass
    return urlsplit(task["content"]["video_url"])


@pytest.fixture(scope="module")
def clip(link: Any) -> Any:
    """The bytes of the clip, downloaded without the SDK."""
    with urllib.request.urlopen(link.geturl(), timeout=20) as answer:
        return answer.read()


@pytest.fixture(scope="module")
def keyless(server: Any) -> Iterator[Any]:
    """A client without keys: all it can use is the signature in a link."""
    made = client(server, "", "")
    yield made
    made.close()


@pytest.fixture(scope="module")
def keyed(server: Any) -> Iterator[Any]:
    """A client with the keys of the storage itself."""
    keys = server.running.engine.storage_keys[REGION]
    made = client(server, keys.access_key, keys.secret_key)
    yield made
    made.close()


def client(server: Any, access_key: Any, secret_key: Any) -> Any:
    return TosClientV2(
        access_key,
        secret_key,
        server.url,
        REGION,
        is_custom_domain=True,
        max_retry_count=0,
        dns_cache_time=0,
        enable_crc=False,
    )


def signature(link: Any, **changed: Any) -> Any:
    """The parameters of the link as the SDK takes them along with a request."""
    return GenericInput(request_query={**dict(parse_qsl(link.query)), **changed})


@pytest.mark.proves("download")
def test_it_downloads_the_clip_of_a_link(keyless: Any, link: Any, clip: Any) -> None:
    got = keyless.get_object(BUCKET, link.path[1:], generic_input=signature(link))
    assert (got.status_code, got.content_type, got.content_length) == (200, "video/mp4", len(clip))
    assert got.etag.strip('"')
    assert got.read() == clip


@pytest.mark.proves("download of a part")
def test_it_downloads_parts_of_the_clip(keyless: Any, link: Any, clip: Any) -> None:
    key = link.path[1:]
    first = keyless.get_object(BUCKET, key, range_start=0, range_end=999, generic_input=signature(link))
    rest = keyless.get_object(BUCKET, key, range="bytes=1000-", generic_input=signature(link))
    assert [part.status_code for part in (first, rest)] == [206, 206]
    assert first.content_range == f"bytes 0-999/{len(clip)}"
    assert first.read() + rest.read() == clip


def test_it_saves_the_clip_to_a_file(keyless: Any, link: Any, clip: Any, tmp_path: Path) -> None:
    keyless.get_object_to_file(BUCKET, link.path[1:], str(tmp_path / "clip.mp4"), generic_input=signature(link))
    assert (tmp_path / "clip.mp4").read_bytes() == clip


@pytest.mark.proves("conditional download")
def test_it_sees_that_the_clip_has_not_changed(keyless: Any, link: Any) -> None:
    key = link.path[1:]
    etag = keyless.get_object(BUCKET, key, generic_input=signature(link)).etag
    with pytest.raises(TosServerError) as same:
        keyless.get_object(BUCKET, key, if_none_match=etag, generic_input=signature(link))
    assert same.value.status_code == 304
    with pytest.raises(TosServerError) as other:
        keyless.get_object(BUCKET, key, if_match='"0"', generic_input=signature(link))
    assert (other.value.status_code, other.value.code) == (412, "PreconditionFailed")


@pytest.mark.proves("times of the clip")
def test_it_reads_when_the_clip_was_made_and_when_it_will_be_deleted(keyless: Any, link: Any) -> None:
    got = keyless.get_object(BUCKET, link.path[1:], generic_input=signature(link))
    made = datetime.strptime(dict(parse_qsl(link.query))["X-Tos-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert got.last_modified.replace(tzinfo=UTC) == made
    gone = (made + timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert gone in got.resp.headers["x-tos-expiration"]


@pytest.mark.proves("refused download")
@pytest.mark.parametrize(
    ("changed", "status", "code", "ec"),
    [
        ({"X-Tos-Signature": "0" * 64}, 403, "SignatureDoesNotMatch", "0002-00000024"),
        ({"X-Tos-Date": "20200101T000000Z"}, 403, "AccessDenied", None),
        ({"response-content-type": "text/plain"}, 403, "SignatureDoesNotMatch", "0002-00000024"),
    ],
)
def test_it_reads_the_refusals(keyless: Any, link: Any, changed: Any, status: Any, code: Any, ec: Any) -> None:
    with pytest.raises(TosServerError) as refused:
        keyless.get_object(BUCKET, link.path[1:], generic_input=signature(link, **changed))
    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert refused.value.request_id
    assert ec is None or refused.value.ec == ec


def test_it_is_refused_without_the_parameters_of_the_link(keyless: Any, link: Any) -> None:
    with pytest.raises(TosServerError) as refused:
        keyless.get_object(BUCKET, link.path[1:])
    assert (refused.value.status_code, refused.value.code) == (403, "AccessDenied")


@pytest.mark.proves("signing a link")
@pytest.mark.parametrize(
    ("method", "status", "size"),
    [(HttpMethodType.Http_Method_Get, 200, True), (HttpMethodType.Http_Method_Head, 200, False)],
)
def test_a_link_that_it_signs_itself_works(
    keyed: Any, link: Any, clip: Any, method: Any, status: Any, size: Any
) -> None:
    made = keyed.pre_signed_url(method, BUCKET, link.path[1:], expires=60, is_custom_domain=True)
    request = urllib.request.Request(made.signed_url, method=method.value)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == status
        assert int(answer.headers["Content-Length"]) == len(clip)
        assert answer.read() == (clip if size else b"")


def test_a_link_that_it_signs_may_choose_the_headers_of_the_answer(keyed: Any, link: Any) -> None:
    wanted = {
        "response-content-disposition": 'attachment; filename="cat.mp4"',
        "response-content-type": "application/octet-stream",
        "response-cache-control": "no-store",
    }
    get = HttpMethodType.Http_Method_Get
    made = keyed.pre_signed_url(get, BUCKET, link.path[1:], expires=60, query=dict(wanted), is_custom_domain=True)
    with urllib.request.urlopen(made.signed_url, timeout=20) as answer:
        names = ("Content-Disposition", "Content-Type", "Cache-Control")
        assert [answer.headers[name] for name in names] == list(wanted.values())


@pytest.mark.proves("missing object")
def test_a_link_that_it_signs_for_something_that_is_not_there_is_not_found(keyed: Any, link: Any) -> None:
    made = keyed.pre_signed_url(
        HttpMethodType.Http_Method_Get, BUCKET, link.path[1:-6] + "00.mp4", expires=60, is_custom_domain=True
    )
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(made.signed_url, timeout=20)
    with missing.value as answer:
        assert (answer.code, json.load(answer)["Code"]) == (404, "NoSuchKey")
