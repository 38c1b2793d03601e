"""Any body that a client sends to a gateway is parsed or rejected."""

import json
from typing import Any

import pytest
from ark_emulator.core.facts.error_table import Refusal
from ark_emulator.core.task.values import Submission
from ark_emulator.dialects import DIALECTS, build_dialects
from ark_emulator.dialects.base import DialectRequest
from ark_emulator.dialects.newapi.form_parser import BadForm, nested_document, parse_form
from ark_emulator.dialects.newapi.traits import GATEWAYS
from hypothesis import given
from hypothesis import strategies as st

MODELS = (
    "byteplus/dreamina-seedance-2-0-260128",
    "dreamina-seedance-2-0",
    "seedance-2.0",
    "doubao-seedance-2-0-260128",
)
ID = "02" + "1790000000123" + "0" * 38
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
items = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["text", "image_url", "video_url", "audio_url", "draft_task", "x"]) | anything,
        "text": st.text(max_size=5) | anything,
        "image_url": st.fixed_dictionaries({"url": st.text(max_size=5)}) | anything,
        "video_url": st.fixed_dictionaries({"url": st.text(max_size=5)}) | anything,
        "role": st.sampled_from(["first_frame", "end_frame", "reference_image"]) | anything,
    },
)
METADATA = ("ratio", "resolution", "duration", "frames", "seed", "camera_fixed", "watermark", "service_tier", "draft")
metadata = st.fixed_dictionaries(
    {}, optional={"content": st.lists(items, max_size=4) | anything, **dict.fromkeys((*METADATA, "tools"), anything)}
)
FIELDS = ("image", "images", "duration", "seconds", "size", "mode", "input_reference", "ratio")
documents = st.fixed_dictionaries(
    {"model": st.sampled_from(MODELS) | anything, "prompt": st.text(max_size=5) | anything},
    optional={"metadata": metadata | anything, **dict.fromkeys(FIELDS, anything)},
)
names = st.lists(st.sampled_from(["a", "metadata", "content", "type", "images", "0", "1", ""]), min_size=1, max_size=5)
nested = names.map(lambda parts: (parts[0] or "a") + "".join(f"[{part}]" for part in parts[1:]))


SPOKEN = {
    **DIALECTS,
    "friendly": build_dialects({"newapi": {"profile": "friendly"}})["newapi"],
    "typed": build_dialects({"newapi": {"reading": "typed", "nested_form": True, "files": True}})["newapi"],
}


def judged(gateway: str, body: bytes, kind: str) -> Submission | dict[str, Any]:
    """Return the submission of a body, or the rendered refusal."""
    dialect = SPOKEN[gateway]
    try:
        return dialect.submission(DialectRequest(body, "sk-test", "http://127.0.0.1:1", {"content-type": kind}))
    except Refusal as refusal:
        return json.loads(dialect.error_response(refusal, ID).body)


@pytest.mark.parametrize("gateway", [*GATEWAYS, "friendly", "typed"])
@given(document=documents)
def test_any_document_is_parsed_or_rejected(gateway: str, document: dict[str, Any]) -> None:
    found = judged(gateway, json.dumps(document).encode(), "application/json")
    assert isinstance(found, Submission) or "error" in found or "code" in found


@pytest.mark.parametrize("gateway", ["newapi", "easyrouter", "friendly", "typed"])
@given(fields=st.lists(st.tuples(nested, st.text(max_size=3)), max_size=12))
def test_any_form_is_parsed_or_rejected(gateway: str, fields: list[tuple[str, str]]) -> None:
    assert isinstance(nested_document(fields), dict)
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("model", MODELS[3]), ("prompt", "p"), *fields)
    ]
    found = judged(gateway, ("".join(parts) + "--edge--").encode(), "multipart/form-data; boundary=edge")
    assert isinstance(found, Submission) or "code" in found or "error" in found
    flat = "&".join(f"{name}={value}" for name, value in (("model", MODELS[3]), ("prompt", "p"), *fields))
    found = judged(gateway, flat.encode(), "application/x-www-form-urlencoded")
    assert isinstance(found, Submission) or "code" in found or "error" in found


@pytest.mark.parametrize("gateway", ["newapi", "easyrouter"])
@given(body=st.binary(max_size=80), kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded"]))
def test_any_bytes_are_parsed_or_rejected(gateway: str, body: bytes, kind: str) -> None:
    found = judged(gateway, b'{"model": "m", "prompt": "' + body + b'"}' if "json" in kind else body, kind)
    assert isinstance(found, Submission) or "code" in found or "error" in found


@given(body=st.binary(max_size=60), kind=st.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data"]))
def test_any_bytes_are_a_form_or_a_clear_error(body: bytes, kind: str) -> None:
    try:
        assert isinstance(parse_form(body, kind), tuple)
    except BadForm as bad:
        assert str(bad)
