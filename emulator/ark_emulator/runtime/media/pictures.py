"""Decides how much of the media inside a request is stored with its task: only the picture that its clip opens with.

The decision is made once, on acceptance, and stored with the task, so the task has the same clip in every process and
after a restart. Tasks with the same picture share one copy of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from weakref import WeakValueDictionary

from ark_emulator.core.request.intent import Intent
from ark_emulator.core.task.values import Item, Kind, Mode, Submission
from ark_emulator.runtime.common.masking import truncate

SHOWN: Final = 2_000
"""Characters of a data URI that are kept for display, if it is not kept whole."""
MOST: Final = 256 * 1024 * 1024
"""The maximum characters of all pictures that the tasks of this process keep; each picture counts once."""
CUT: Final = "…"
"""The last character of a text that was cut."""
LEFT_OUT: Final = "the first frame was not kept, the clip opens with the test card: too many are kept already"
LONGEST_TEXT: Final = 10_000
"""Characters of the texts of a task that are kept. The longest prompt that the service is known to accept has 4,483."""
CUT_PROMPT: Final = f"the prompt has {{:,}} characters; the task keeps the first {LONGEST_TEXT:,}"
_LONGEST_FIELD: Final = 10_000
_SAMPLE: Final = 64


class KeptPicture(str):
    """A data URI that tasks share; it is freed with the last of them."""


class Pictures:
    """The pictures that tasks of this process keep."""

    def __init__(self) -> None:
        self._kept: WeakValueDictionary[tuple[int, str, int], KeptPicture] = WeakValueDictionary()

    @property
    def total_size(self) -> int:
        """Return the number of characters of all pictures."""
        return sum(map(len, self._kept.values()))

    def share(self, text: str, most: int | None = None) -> KeptPicture | None:
        """Return the shared copy of a picture; None if it is new and the total would exceed `most` characters."""
        middle = len(text) // 2
        sample = text[:_SAMPLE] + text[middle : middle + _SAMPLE] + text[-_SAMPLE:]
        number = 0
        while (found := self._kept.get((len(text), sample, number))) is not None:
            if found == text:
                return found
            number += 1
        if most is not None and self.total_size + len(text) > most:
            return None
        picture = self._kept[len(text), sample, number] = KeptPicture(text)
        return picture


_PICTURES: Final = Pictures()


def without_long_media(intent: Intent) -> tuple[Submission, tuple[str, ...]]:
    """Return the submission as its task stores it, and notes about what was left out."""
    submission = intent.submission
    is_cut = _has_long_text(submission)
    if not submission.own and not is_cut and not any(map(_is_long, submission.items)):
        return submission, ()
    first = _first_frame(intent)
    picture = None if first is None else _PICTURES.share(submission.items[first].value, MOST)
    items = tuple(
        replace(item, value=picture if index == first and picture is not None else _cut(item.value, SHOWN))
        if _is_long(item)
        else item
        for index, item in enumerate(submission.items)
    )
    own = _without_long(submission.own) if submission.own else submission.own
    notes = (LEFT_OUT,) if first is not None and picture is None else ()
    if is_cut:
        items = tuple(_with_short_texts(items, submission.key))
        notes = (*notes, CUT_PROMPT.format(len(submission.prompt)))
    return replace(submission, items=items, own=own), notes


def share_pictures(submission: Submission) -> Submission:
    """Return a submission that was read from a store, its pictures shared with other tasks."""
    if not any(_is_long(item) for item in submission.items):
        return submission
    items = (
        replace(item, value=_PICTURES.share(item.value) or item.value) if _is_long(item) else item
        for item in submission.items
    )
    return replace(submission, items=tuple(items))


def _is_long(item: Item) -> bool:
    return len(item.value) > SHOWN and item.value.startswith("data:")


def _has_long_text(submission: Submission) -> bool:
    return sum(len(item.value) for item in submission.items if item.kind is Kind.TEXT) > LONGEST_TEXT


def _with_short_texts(items: Iterable[Item], key: str) -> Iterator[Item]:
    """Yield items with the first `LONGEST_TEXT` characters of their texts. A key that the cut splits is masked."""
    left = LONGEST_TEXT
    for item in items:
        if item.kind is not Kind.TEXT:
            yield item
            continue
        is_whole = len(item.value) <= left
        yield item if is_whole else replace(item, value=truncate(item.value, max(0, left - len(CUT)), key) + CUT)
        left = max(0, left - len(item.value))


def _first_frame(intent: Intent) -> int | None:
    """Return the position of the inline picture that the clip opens with, None if none is to be kept."""
    from ark_emulator.media.render import photo

    if intent.mode not in (Mode.FIRST_FRAME, Mode.FIRST_LAST) or not photo.available():
        return None
    for index, item in enumerate(intent.submission.items):
        if item.kind is Kind.IMAGE and item.role != "last_frame":
            return index if _is_long(item) else None
    return None


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + CUT


def _without_long(value: Any) -> Any:
    """Return a document with its long texts cut."""
    match value:
        case str():
            return _cut(value, SHOWN) if len(value) > _LONGEST_FIELD else value
        case Mapping():
            return {name: _without_long(each) for name, each in value.items()}
        case list() | tuple():
            return type(value)(map(_without_long, value))
        case _:
            return value
