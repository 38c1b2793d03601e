"""Inline media that many submissions carry is kept once, and what is remembered of it is bounded."""

from dataclasses import replace

from emulator.core.values import Item, Kind
from emulator.runtime import inline_media
from emulator.runtime.inline_media import SMALLEST, InlineMedia
from tests.conftest import MODEL, SUBMISSION


def submission(text):
    return replace(SUBMISSION, items=(Item(Kind.TEXT, "a cat"), Item(Kind.IMAGE, text, "first_frame")))


def picture(letter, size=SMALLEST):
    return "".join(["data:image/png;base64,", letter * size])


def test_equal_pictures_of_two_submissions_are_one_text():
    media = InlineMedia()
    first, second = (media.shared(submission(picture("A"))) for _ in range(2))
    assert first == second == submission(picture("A"))
    assert first.items[1].value is second.items[1].value


def test_a_submission_without_large_inline_media_is_left_as_it_is():
    media = InlineMedia()
    for text in ("https://example.com/a.png", picture("A", 10), "https://example.com/" + "a" * SMALLEST):
        asked = submission(text)
        assert media.shared(asked) is asked


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(inline_media, "LARGEST", 3 * SMALLEST)
    media = InlineMedia()
    oldest = media.shared(submission(picture("A"))).items[1].value
    for letter in "BCD":
        media.shared(submission(picture(letter)))
    assert media.shared(submission(picture("A"))).items[1].value is not oldest
    assert media._size <= 3 * SMALLEST


async def test_tasks_with_the_same_picture_share_it(ark):
    png = "data:image/png;base64," + ("iVBORw0KGgoAAAANSUhEUgAAASwAAAEsCAIAAAD2HxkiAAAA" + "A" * 2 * SMALLEST)
    content = [
        {"type": "text", "text": "a cat"},
        {"type": "image_url", "image_url": {"url": png}, "role": "first_frame"},
    ]
    made = [await ark.call("POST", ark.tasks, json={"model": MODEL, "content": content}) for _ in range(2)]
    assert [each.status for each in made] == [200, 200], made[0].body
    shelf = ark.running.engine.worlds.default.shelf
    first, second = [(await shelf.get(each.json["id"])).submission.items[1].value for each in made]
    assert first is second
