"""Whatever is sent to Ark's routes, the answer is Ark's envelope, and never an error of the server's own."""

import json
import string
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TASKS = "/api/v3/contents/generations/tasks"
MODELS = [
    "doubao-seedance-2-5-260628",
    "dreamina-seedance-2-0-260128",
    "doubao-seedance-1-5-pro-251215",
    "seedance-1-0-pro-250528",
    "doubao-seed3d-1-0-250928",
]
PARAMETERS = [
    *["resolution", "ratio", "duration", "frames", "seed", "camera_fixed", "watermark", "generate_audio", "draft"],
    *["return_last_frame", "service_tier", "priority", "execution_expires_after", "callback_url", "tools"],
    *["safety_identifier", "output_format", "omni_reference_task_type", "unknown"],
]
ROLES = ["first_frame", "last_frame", "reference_image", "reference_video", "reference_audio", "mask", ""]

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
words = st.sampled_from(
    ["16:9", "720p", "adaptive", "flex", "default", "mov", "edit", "https://example.com/x.png", "-1"]
)
urls = st.sampled_from(
    ["", "x", "asset://asset-1", "data:image/png;base64,AAAA", "data:video/mp4;base64,AAAA", "http://[", "ftp://a/b"]
)
items = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url", "video_url", "audio_url", "draft_task", "other"])},
    optional={
        "text": st.text(max_size=30) | st.sampled_from(["--dur x --rs 1p", "emu:fail", "emu:"]),
        "image_url": st.fixed_dictionaries({"url": urls}) | anything,
        "video_url": st.fixed_dictionaries({"url": urls}) | anything,
        "audio_url": st.fixed_dictionaries({"url": urls}) | anything,
        "draft_task": st.fixed_dictionaries({"id": st.text(max_size=10)}) | anything,
        "role": st.sampled_from(ROLES) | anything,
    },
)
likely = st.fixed_dictionaries(
    {"model": st.sampled_from(MODELS) | anything, "content": st.lists(items | anything, max_size=5) | anything},
    optional=dict.fromkeys(PARAMETERS, words | anything),
)
many = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def client(threaded: Any) -> Any:
    with httpx.Client(base_url=threaded().url, headers={"Authorization": "Bearer sk-test"}, timeout=20) as made:
        yield made


def assert_proper(answer: httpx.Response) -> None:
    """A 2xx with an object, or a 4xx with Ark's envelope."""
    assert answer.status_code < 500, answer.text
    document = answer.json()
    if answer.status_code >= 400:
        assert list(document) == ["error"]
        assert list(document["error"]) == ["code", "message", "param", "type"]
        assert all(isinstance(value, str) for value in document["error"].values())
        assert answer.headers["X-Request-Id"] in document["error"]["message"]
    else:
        assert isinstance(document, dict)


@given(document=anything | likely)
@many
def test_any_json_is_created_or_refused(client: httpx.Client, document: Any) -> None:
    assert_proper(client.post(TASKS, content=json.dumps(document), headers={"Content-Type": "application/json"}))


@given(body=st.binary(max_size=200))
@many
def test_any_bytes_are_refused_or_understood(client: httpx.Client, body: bytes) -> None:
    assert_proper(client.post(TASKS, content=body, headers={"Content-Type": "application/json"}))


@given(
    query=st.dictionaries(
        st.sampled_from(["page_num", "page_size", "filter.status", "filter.task_ids", "filter.model", "other"]),
        st.text(max_size=12) | st.integers().map(str),
    )
)
@many
def test_any_query_is_listed_or_refused(client: httpx.Client, query: dict[str, str]) -> None:
    assert_proper(client.get(TASKS, params=query))


@given(
    name=st.text(string.printable, min_size=1, max_size=30), method=st.sampled_from(["GET", "DELETE", "PUT", "POST"])
)
@many
def test_any_task_name_is_found_or_refused(client: httpx.Client, name: str, method: str) -> None:
    assert_proper(client.request(method, f"{TASKS}/{quote(name, safe='')}"))


@given(key=st.text(string.ascii_letters + string.digits + "-_. ", max_size=20))
@many
def test_any_key_is_let_in_or_refused(client: httpx.Client, key: str) -> None:
    assert_proper(client.get(f"{TASKS}/x", headers={"Authorization": f"Bearer {key}".strip()}))


def test_deep_json_is_refused_and_not_followed(client: httpx.Client) -> None:
    body = b'{"model":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert_proper(client.post(TASKS, content=body, headers={"Content-Type": "application/json"}))


def test_a_huge_number_is_refused_and_not_computed(client: httpx.Client) -> None:
    document = json.dumps({"model": MODELS[1], "content": [{"type": "text", "text": "a"}], "seed": 7})
    body = document.replace("7}", "9" * 5_000 + "}")
    assert_proper(client.post(TASKS, content=body, headers={"Content-Type": "application/json"}))
