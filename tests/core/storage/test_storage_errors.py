"""The refusals of the storage: a total table, and bodies as recorded."""

import json

import pytest
from ark_emulator.core.storage.storage_errors import Denial, error_body, host_id, storage_errors

SOURCES = ("recorded:", "documented:", "inferred:")


def test_every_denial_has_a_row_with_a_source() -> None:
    assert set(storage_errors()) == set(Denial)
    assert all(error.source.startswith(SOURCES) for error in storage_errors().values())


def test_the_recorded_refusal_of_an_unsigned_request_has_the_recorded_length() -> None:
    request_id = "1f1c07a6f1e88f446aa6f1e8-bedb802-1x5pNY-HO-cb-tos-1az-front-azc-16"
    body = error_body(storage_errors()[Denial.ANONYMOUS], "/checkpoint/protenix-v2.pt", request_id)
    assert len(body) == 217
    assert json.loads(body) == {
        "Code": "AccessDenied",
        "RequestId": request_id,
        "HostId": "1f1c07a6f1e88f446aa6f1e8-bedb802",
        "Message": "Access Denied",
        "EC": "0003-00000015",
        "DetailErrCode": 14006,
    }


@pytest.mark.parametrize("request_id", ["d604607e63b001f-a444ed0", "0217", ""])
def test_a_short_request_id_is_its_own_host_id(request_id: str) -> None:
    assert host_id(request_id) == request_id


def test_a_missing_key_is_named_without_its_slash_and_a_resource_with_it() -> None:
    body = json.loads(error_body(storage_errors()[Denial.NO_KEY], "/家/clip.mp4", "id"))
    assert (body["Key"], body["Resource"]) == ("家/clip.mp4", "/家/clip.mp4")


def test_a_path_that_is_no_valid_text_still_gets_a_body() -> None:
    assert json.loads(error_body(storage_errors()[Denial.MISMATCH], "/\udcff", "id"))["Resource"] == "/?"
