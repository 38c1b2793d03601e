"""How much of the media inside their requests tasks store."""

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
from ark_emulator.runtime.media.pictures import (
    CUT,
    LONGEST_TEXT,
    SHOWN,
    KeptPicture,
    Pictures,
    share_pictures,
    without_long_media,
)

LONG = "data:image/png;base64," + "A" * 100_000
SOUND = "data:audio/wav;base64," + "B" * 100_000
MODEL = "dreamina-seedance-2-0-260128"


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    """Return a separate pool for each test, as if PyAV were installed."""
    made = Pictures()
    monkeypatch.setattr(pictures, "_PICTURES", made)
    monkeypatch.setattr(photo, "available", lambda: True)
    return made


def intent(make_task: Callable[..., Task], *items: Item, **changed: Any) -> Intent:
    """Return the intent of a request with these items."""
    submission = replace(make_task().submission, items=(Item(Kind.TEXT, "a cat"), *items), **changed)
    return understand(submission, catalogue.find(MODEL), MODEL, Evidence(), DEFAULT_NUMBERS)


def values(submission: Submission) -> list[Any]:
    return [item.value for item in submission.items[1:]]


def test_tasks_with_the_same_first_frame_share_one_copy(make_task: Callable[..., Task], pool: Pictures) -> None:
    kept = [without_long_media(intent(make_task, Item(Kind.IMAGE, "".join(LONG), "first_frame")))[0] for _ in range(3)]
    assert all(value is values(kept[0])[0] for each in kept for value in values(each))
    assert values(kept[0]) == [LONG]
    assert pool.total_size == len(LONG)


def test_a_picture_is_freed_with_the_last_task_that_has_it(make_task: Callable[..., Task], pool: Pictures) -> None:
    kept = [without_long_media(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))[0] for _ in range(2)]
    kept.pop()
    gc.collect()
    assert pool.total_size == len(LONG)
    kept.pop()
    gc.collect()
    assert pool.total_size == 0


def test_similar_pictures_are_distinguished(pool: Pictures) -> None:
    other = LONG[:1_000] + "X" + LONG[1_001:]
    one, two = pool.share(LONG), pool.share(other)
    assert (one, two) == (LONG, other)
    assert pool.share(other) is two


@pytest.mark.parametrize(
    "items",
    [
        [Item(Kind.IMAGE, LONG, "reference_image")],
        [Item(Kind.IMAGE, "https://example.com/a.png", "first_frame"), Item(Kind.IMAGE, LONG, "last_frame")],
        [Item(Kind.IMAGE, "https://example.com/a.png", "reference_image"), Item(Kind.AUDIO, SOUND, "reference_audio")],
    ],
    ids=["reference", "last frame", "sound"],
)
def test_media_that_no_clip_opens_with_is_cut(
    make_task: Callable[..., Task], pool: Pictures, items: list[Item]
) -> None:
    kept, notes = without_long_media(intent(make_task, *items))
    assert max(map(len, values(kept))) == SHOWN
    assert [value[:-1] for value in values(kept) if value.endswith(CUT)] == [
        item.value[: SHOWN - 1] for item in items if len(item.value) > SHOWN
    ]
    assert (pool.total_size, notes) == (0, ())


def test_without_a_decoder_no_picture_is_kept(
    make_task: Callable[..., Task], pool: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo, "available", lambda: False)
    kept, notes = without_long_media(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))
    assert (len(values(kept)[0]), pool.total_size, notes) == (SHOWN, 0, ())


def test_a_picture_beyond_the_limit_is_left_out_with_a_note(
    make_task: Callable[..., Task], pool: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST", 150_000)
    first, _ = without_long_media(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))
    second, notes = without_long_media(intent(make_task, Item(Kind.IMAGE, LONG.replace("AAA", "CCC"), "first_frame")))
    assert (len(values(second)[0]), notes) == (SHOWN, (pictures.LEFT_OUT,))
    assert without_long_media(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))[0] == first


def test_urls_and_short_data_uris_are_kept(make_task: Callable[..., Task]) -> None:
    requested = intent(make_task, Item(Kind.IMAGE, "https://example.com/" + "a" * 5_000), Item(Kind.IMAGE, LONG[:500]))
    kept, notes = without_long_media(requested)
    assert kept is requested.submission
    assert notes == ()


def test_media_in_the_terms_of_another_upstream_are_cut_as_well(make_task: Callable[..., Task]) -> None:
    own = {"image": "A" * 100_000, "image_list": [{"image_url": "A" * 100_000, "type": "first_frame"}], "mode": "pro"}
    kept, _ = without_long_media(intent(make_task, own=own))
    assert (len(kept.own["image"]), len(kept.own["image_list"][0]["image_url"])) == (SHOWN, SHOWN)
    assert (kept.own["mode"], kept.own["image_list"][0]["type"]) == ("pro", "first_frame")


def test_a_picture_from_a_store_is_shared_with_existing_tasks(make_task: Callable[..., Task]) -> None:
    task, _ = without_long_media(intent(make_task, Item(Kind.IMAGE, LONG, "first_frame")))
    read = replace(task, items=(task.items[0], Item(Kind.IMAGE, "".join(list(LONG)), "first_frame")))
    found = share_pictures(read)
    assert found == task
    assert isinstance(values(found)[0], KeptPicture)
    assert values(found)[0] is values(task)[0]


def test_of_a_long_prompt_the_beginning_is_kept_and_the_task_says_so(make_task: Callable[..., Task]) -> None:
    kept, notes = without_long_media(
        intent(make_task, Item(Kind.TEXT, "a\U0001f408" * 400_000), Item(Kind.TEXT, "a dog"))
    )
    assert values(kept) == [("a\U0001f408" * 5_000)[: LONGEST_TEXT - 1 - len("a cat")] + CUT, CUT]
    assert notes == ("the prompt has 800,012 characters; the task keeps the first 10,000",)


def test_a_prompt_of_a_usual_length_is_kept_whole(make_task: Callable[..., Task]) -> None:
    asked = intent(make_task, Item(Kind.TEXT, "a" * (LONGEST_TEXT - len("a cat"))))
    assert without_long_media(asked) == (asked.submission, ())


def test_a_key_that_is_cut_with_its_prompt_is_masked(make_task: Callable[..., Task]) -> None:
    key, start = "sk-hidden-0123456789", "a" * (LONGEST_TEXT - len("a cat") - 8)
    assert values(without_long_media(intent(make_task, Item(Kind.TEXT, start + key), key=key))[0]) == [
        start + "*" * 7 + CUT
    ]
