"""Reading marks out of a prompt, which may have any length: no limit of the service is known.

4,483 characters are known to be accepted; a prompt of many megabytes is accepted here, and must hold up nobody else.
So a mark is looked for as plain text, which is quick, and a pattern is tried only where one stands, and not for ever.
"""

import re
from collections.abc import Iterator
from typing import Final

MARKS: Final = 1_000
"""How many places that look like a mark are read; after these everything is plain prompt (inferred)."""


def budget() -> Iterator[int]:
    """The places that may be read in all texts of one prompt."""
    return iter(range(MARKS))


def marked(text: str, mark: str, pattern: re.Pattern[str], places: Iterator[int]) -> Iterator[re.Match[str]]:
    """What the pattern finds in the text, one after the other, as long as there are `places` left.

    `mark` is what everything that the pattern fits begins with.
    """
    at = text.find(mark)
    while at >= 0 and next(places, None) is not None:
        found = pattern.match(text, at)
        if found is not None:
            yield found
        at = text.find(mark, at + 1 if found is None else found.end())
