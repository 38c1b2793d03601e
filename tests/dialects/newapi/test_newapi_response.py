"""The video object of OpenAI, as gateways return it."""

from ark_emulator.dialects.newapi.response import STATUSES, video_object


def test_openai_has_four_statuses_and_stops_polling_at_any_other() -> None:
    assert set(STATUSES.values()) == {"queued", "in_progress", "completed", "failed", "unknown"}


def test_the_video_object_has_an_error_only_if_the_task_has_one() -> None:
    plain = {"id": "task_a", "model": "m", "status": "queued", "progress": 10, "created_at": 1, "completed_at": 2}
    shown = video_object(**plain, seconds="5", url="")
    assert list(shown) == [
        *("id", "task_id", "object", "model", "status", "progress", "created_at", "completed_at", "seconds"),
        "metadata",
    ]
    assert video_object(**plain, seconds="5", url="", error={"message": "m", "code": "c"})["error"]["code"] == "c"
