"""What tasks keep of the media inside their requests."""

import gc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ark_emulator.core.facts import catalogue
from ark_emulator.core.facts.disputed_numbers import DEFAULT_NUMBERS
from ark_emulator.core.request.intent import Intent, understand
from ark_emulator.core.request.media_facts import Evidence
from ark_emulator.core.task.values import Item, Kind, Submission, Task
from ark_emulator.media.render import photo
from ark_emulator.runtime.media import pictures
from ark_emulator.runtime.media.pictures import CUT, LONGEST_TEXT, SHOWN, Picture, Pictures, lean, shared

LONG = "data:image/png;base64," + "A" * 100_000
SOUND = "data:audio/wav;base64," + "B" * 100_000
MODEL = "dreamina-seedance-2-0-260128"


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    """A pool of its own for each test, as if pictures could be shown."""
    made = Pictures()
    monkeypatch.setattr(pictures, "_PICTURES", made)
    monkeypatch.setattr(photo, "available", lambda: True)
    return made


def intent(make_task: Callable[..., Task], *items: Item, **changed: Any) -> Intent:
    """What a request with these items means."""
    submission = replace(make_task().submission, items=(Item(Kind.TEXT, "a cat"), *items), **changed)
    return understand(submission, catalogue.find(MODEL), MODEL, Evidence(), DEFAULT_NUMBERS)


def values(submission: Submission) -> list[Any]:
    return [item.value for item in submission.items[1:]]


def test_tasks_with_the_same_first_frame_share_one_copy(make_task: Callable[..., Task], pool: Pictures) -> None:
    kept = [lean(intent(make_task, Item(Kind.IMAGE, "".join(LONG), "first_frame")))[0] for _ in range(3)]
    assert all(value is values(kept[0])[0] for each in kept for value in values(each))
    assert values(kept[0]) == [LONG]
    assert pool.held == len(LONG)


def test_a_picture_goes_with_the_last_task_that_has_it(make_task: Callable[..., Task], pool: Pictures) -> None:
    kept = [lean(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))[0] for _ in range(2)]
    kept.pop()
    gc.collect()
    assert pool.held == len(LONG)
    kept.pop()
    gc.collect()
    assert pool.held == 0


def test_two_pictures_that_look_alike_are_not_mistaken(pool: Pictures) -> None:
    other = LONG[:1_000] + "X" + LONG[1_001:]
    one, two = pool.shared(LONG), pool.shared(other)
    assert (one, two) == (LONG, other)
    assert pool.shared(other) is two


@pytest.mark.parametrize(
    "items",
    [
        [Item(Kind.IMAGE, LONG, "reference_image")],
        [Item(Kind.IMAGE, "https://example.com/a.png", "first_frame"), Item(Kind.IMAGE, LONG, "last_frame")],
        [Item(Kind.IMAGE, "https://example.com/a.png", "reference_image"), Item(Kind.AUDIO, SOUND, "reference_audio")],
    ],
    ids=["reference", "last frame", "sound"],
)
def test_what_no_clip_opens_with_is_cut(make_task: Callable[..., Task], pool: Pictures, items: list[Item]) -> None:
    kept, notes = lean(intent(make_task, *items))
    assert max(map(len, values(kept))) == SHOWN
    assert [value[:-1] for value in values(kept) if value.endswith(CUT)] == [
        item.value[: SHOWN - 1] for item in items if len(item.value) > SHOWN
    ]
    assert (pool.held, notes) == (0, ())


def test_where_no_picture_can_be_shown_none_is_kept(
    make_task: Callable[..., Task], pool: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo, "available", lambda: False)
    kept, notes = lean(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))
    assert (len(values(kept)[0]), pool.held, notes) == (SHOWN, 0, ())


def test_one_picture_too_many_is_left_out_and_the_task_says_so(
    make_task: Callable[..., Task], pool: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST", 150_000)
    first, _ = lean(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))
    second, notes = lean(intent(make_task, Item(Kind.IMAGE, LONG.replace("AAA", "CCC"), "first_frame")))
    assert (len(values(second)[0]), notes) == (SHOWN, (pictures.LEFT_OUT,))
    assert lean(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))[0] == first


def test_what_is_no_data_uri_or_short_stays_as_it_is(make_task: Callable[..., Task]) -> None:
    asked = intent(make_task, Item(Kind.IMAGE, "https://example.com/" + "a" * 5_000), Item(Kind.IMAGE, LONG[:500]))
    kept, notes = lean(asked)
    assert kept is asked.submission
    assert notes == ()


def test_media_in_the_terms_of_another_upstream_are_cut_as_well(make_task: Callable[..., Task]) -> None:
    own = {"image": "A" * 100_000, "image_list": [{"image_url": "A" * 100_000, "type": "first_frame"}], "mode": "pro"}
    kept, _ = lean(intent(make_task, own=own))
    assert (len(kept.own["image"]), len(kept.own["image_list"][0]["image_url"])) == (SHOWN, SHOWN)
    assert (kept.own["mode"], kept.own["image_list"][0]["type"]) == ("pro", "first_frame")


def test_what_a_store_gives_back_is_shared_with_what_is_there(make_task: Callable[..., Task]) -> None:
    task, _ = lean(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))
    read = replace(task, items=(task.items[0], Item(Kind.IMAGE, "".join(list(LONG)), "first_frame")))
    found = shared(read)
    assert found == task
    assert isinstance(values(found)[0], Picture)
    assert values(found)[0] is values(task)[0]


def test_of_a_long_prompt_the_beginning_is_kept_and_the_task_says_so(make_task: Callable[..., Task]) -> None:
    kept, notes = lean(intent(make_task, Item(Kind.TEXT, "a\U0001f408" * 400_000), Item(Kind.TEXT, "a dog")))
    assert values(kept) == [("a\U0001f408" * 5_000)[: LONGEST_TEXT - 1 - len("a cat")] + CUT, CUT]
    assert notes == ("the prompt has 800,012 characters; the task keeps the first 10,000",)


def test_a_prompt_of_a_usual_length_is_kept_whole(make_task: Callable[..., Task]) -> None:
    asked = intent(make_task, Item(Kind.TEXT, "a" * (LONGEST_TEXT - len("a cat"))))
    assert lean(asked) == (asked.submission, ())


def test_a_key_that_is_cut_with_its_prompt_is_masked(make_task: Callable[..., Task]) -> None:
    key, start = "sk-hidden-0123456789", "a" * (LONGEST_TEXT - len("a cat") - 8)
    assert values(lean(intent(make_task, Item(Kind.TEXT, start + key), key=key))[0]) == [start + "*" * 7 + CUT]
