"""The view of a task at each mark of its timeline."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from ark_emulator.core.gateway_view.task_view import LAST_FRAME, TaskView, signed, view
from ark_emulator.core.storage.signing import derive_credentials
from ark_emulator.core.task.values import Failure, Mark, Plan, Status, Task, TaskParameters

T = 1_790_000_000
LINKS = signed(derive_credentials("a secret", "ap-southeast-1"))
FOLDER = "dreamina-seedance-2-0"


def seen(task: Task, status: Status, after: float = 0.0) -> TaskView:
    return view(task, Mark(status, T + after), LINKS, FOLDER)


@pytest.mark.parametrize("status", Status)
def test_a_result_is_shown_for_a_success_and_for_nothing_else(make_task: Callable[..., Task], status: Status) -> None:
    shown = seen(make_task(), status, 5)
    done = status is Status.SUCCEEDED
    assert (shown.video_url is not None, shown.usage is not None, shown.shown is not None) == (done, done, done)
    assert (shown.failure is not None) is (status is Status.FAILED)


@pytest.mark.parametrize("status", Status)
def test_a_task_was_last_updated_when_it_ended_or_else_when_it_was_created(
    make_task: Callable[..., Task], status: Status
) -> None:
    shown = seen(make_task(), status, 5.9)
    assert shown.created_at == T
    assert shown.updated_at == (T + 5 if status.final else T)


def test_times_are_whole_seconds_and_never_ahead_of_the_clock(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    shown = seen(make_task(make_plan(accepted_at=T + 0.999)), Status.SUCCEEDED, 5.999)
    assert (shown.created_at, shown.updated_at) == (T, T + 5)


def test_a_last_frame_is_shown_only_if_the_plan_has_one(
    make_plan: Callable[..., Plan], make_task: Callable[..., Task]
) -> None:
    plan = make_plan()
    framed = replace(plan, picture=replace(plan.picture, last_frame=True))
    assert seen(make_task(plan), Status.SUCCEEDED).last_frame_url is None
    assert (
        urlsplit(seen(make_task(framed), Status.SUCCEEDED).last_frame_url).path == f"/{FOLDER}/{plan.name}{LAST_FRAME}"
    )
    assert seen(make_task(framed), Status.RUNNING).last_frame_url is None


def test_a_failure_reports_what_was_planned(make_plan: Callable[..., Plan], make_task: Callable[..., Task]) -> None:
    failure = Failure("Made", "made to fail")
    assert seen(make_task(make_plan(failure=failure)), Status.FAILED).failure == failure


def test_a_link_names_folder_object_and_container_and_is_signed_when_the_task_ended(
    make_task: Callable[..., Task],
) -> None:
    task = make_task()
    found = urlsplit(seen(task, Status.SUCCEEDED, 5.75).video_url)
    query = parse_qs(found.query)
    assert f"{found.scheme}://{found.netloc}" == task.submission.origin  # type: ignore[str-bytes-safe]
    assert found.path == f"/{FOLDER}/{task.plan.name}.mp4"
    assert query["X-Tos-Date"] == ["20260921T141325Z"]
    assert query["X-Tos-Expires"] == ["86400"]


def test_a_link_lives_as_long_as_the_plan_says(make_plan: Callable[..., Plan], make_task: Callable[..., Task]) -> None:
    found = seen(make_task(make_plan(link_life=5)), Status.SUCCEEDED).video_url
    assert parse_qs(urlsplit(found).query)["X-Tos-Expires"] == ["5"]


def test_a_link_is_the_same_whenever_it_is_asked_for(make_task: Callable[..., Task]) -> None:
    assert seen(make_task(), Status.SUCCEEDED, 5) == seen(make_task(), Status.SUCCEEDED, 5)


def test_a_link_is_signed_for_the_host_alone_even_where_the_address_has_a_path(make_task: Callable[..., Task]) -> None:
    def signature(origin: str) -> str:
        task = make_task()
        task = replace(task, submission=replace(task.submission, origin=origin, parameters=TaskParameters()))
        return LINKS(task, Mark(Status.SUCCEEDED, T), "/a/b.mp4")

    plain, under = signature("https://video.example"), signature("https://video.example/ark")
    assert under == plain.replace("video.example/", "video.example/ark/")
