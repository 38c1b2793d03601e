"""Inline media of submissions, kept once: many tasks often carry the same picture as a `data:` URI."""

from collections import OrderedDict
from dataclasses import replace
from typing import Final

from emulator.core.values import Submission

SMALLEST: Final = 16_384
"""Characters from which on a text is worth to be looked for."""
LARGEST: Final = 64 * 1024 * 1024
"""Characters that are remembered at most."""


class InlineMedia:
    """Remembers the newest inline media, so that submissions with the same one share a single text."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._size = 0

    def shared(self, submission: Submission) -> Submission:
        """Return the submission with each large inline item replaced by an equal one that was seen before."""
        if all(len(item.value) < SMALLEST or not item.value.startswith("data:") for item in submission.items):
            return submission
        items = tuple(
            replace(item, value=self._known(item.value))
            if len(item.value) >= SMALLEST and item.value.startswith("data:")
            else item
            for item in submission.items
        )
        return replace(submission, items=items)

    def _known(self, text: str) -> str:
        found = self._texts.get(text)
        if found is None:
            self._texts[text] = found = text
            self._size += len(text)
            while self._size > LARGEST and len(self._texts) > 1:
                self._size -= len(self._texts.popitem(last=False)[0])
        else:
            self._texts.move_to_end(found)
        return found
