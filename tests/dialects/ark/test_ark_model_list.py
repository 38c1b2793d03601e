"""`GET /models` as recorded: order of keys, no status for active models, task types of each generation."""

from datetime import datetime
from typing import Any

import pytest
from ark_emulator.core.facts.catalogue import names
from ark_emulator.dialects.ark.model_list import models

KEYS = ["created", "domain", "features", "id", "modalities", "name", "object", "task_type", "token_limits", "version"]
IN_2026 = datetime.fromisoformat("2026-12-01T00:00:00+08:00").timestamp()
OF_2_X = ["MultimodalToVideo", "VideoExtension", "VideoEditing"]
BOTH = ["TextToVideo", "ImageToVideo"]


def listed(name: str, now: float = IN_2026) -> dict[str, Any]:
    (found,) = [item for item in models(now)["data"] if item["id"] == name]
    return found


def test_every_id_is_listed_once_including_retired_models() -> None:
    ids = [item["id"] for item in models(IN_2026)["data"]]
    assert sorted(ids) == sorted({each.id for model in names().values() for each in model.listings})


def test_a_model_in_service_has_no_status_and_its_keys_in_the_recorded_order() -> None:
    assert list(listed("doubao-seedance-2-0-260128")) == KEYS


@pytest.mark.parametrize(
    ("name", "status"), [("seedance-1-5-pro-251215", "Shutdown"), ("doubao-seedance-1-5-pro-251215", "Retiring")]
)
def test_the_status_of_a_retiring_or_retired_model_follows_its_object(name: str, status: str) -> None:
    item = listed(name)
    assert item["status"] == status
    assert list(item) == [*KEYS[:7], "status", *KEYS[7:]]


def test_a_model_gets_its_status_on_its_day() -> None:
    before = datetime.fromisoformat("2026-09-14T23:59:59+08:00").timestamp()
    assert "status" not in listed("seedance-1-5-pro-251215", before)
    assert listed("seedance-1-5-pro-251215", before + 1)["status"] == "Retiring"


@pytest.mark.parametrize(
    ("name", "tasks", "inputs"),
    [
        ("dreamina-seedance-2-5-260628", OF_2_X, ["text", "image", "video", "audio"]),
        ("dreamina-seedance-2-5-flash-261115", OF_2_X, ["text", "image", "video", "audio"]),
        ("doubao-seedance-2-0-fast-260128", OF_2_X, ["text", "image", "video", "audio"]),
        ("doubao-seedance-1-5-pro-251215", BOTH, ["text", "image"]),
        ("doubao-seedance-1-0-pro-250528", BOTH, ["text", "image"]),
        ("doubao-seedance-1-0-lite-t2v-250428", ["TextToVideo"], ["text"]),
        ("doubao-seedance-1-0-lite-i2v-250428", ["ImageToVideo"], ["text", "image"]),
    ],
)
def test_a_model_lists_the_task_types_of_its_generation(name: str, tasks: list[str], inputs: list[str]) -> None:
    item = listed(name)
    assert item["task_type"] == tasks
    assert item["modalities"] == {"input_modalities": inputs, "output_modalities": ["video"]}
    assert item["domain"] == "VideoGeneration"


def test_a_clip_model_has_flags_of_structured_output_and_no_token_limits() -> None:
    item = listed("doubao-seedance-2-0-260128")
    assert item["features"] == {"structured_outputs": {"json_object": False, "json_schema": False}}
    assert item["token_limits"] == {}
    assert (item["name"], item["version"]) == ("doubao-seedance-2-0", "260128")


def test_a_3d_model_has_neither_task_types_nor_modalities() -> None:
    item = listed("doubao-seed3d-2-0-260328")
    assert "task_type" not in item
    assert (item["domain"], item["modalities"], item["features"]) == ("3DGeneration", {}, {})


def test_a_model_without_a_recorded_creation_time_has_that_of_its_id() -> None:
    assert datetime.fromtimestamp(listed("doubao-seedance-2-0-260128")["created"]).year == 2026
    assert listed("doubao-seedance-2-0-260128")["created"] == 1769529600
