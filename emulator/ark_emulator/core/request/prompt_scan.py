"""Find marks in a prompt, which may have any length: no limit of the service is known.

4,483 characters are known to be accepted; a prompt of many megabytes is accepted here, and must not delay other
requests. So a mark is searched as plain text, which is fast, and a pattern is tried only at a mark, and only a limited
number of times.
"""

import re
from collections.abc import Iterator
from typing import Final

MARKS: Final = 1_000
"""How many places that look like a mark are read; after these everything is plain prompt (inferred)."""


def budget() -> Iterator[int]:
    """Return the budget of places to read in all texts of one prompt."""
    return iter(range(MARKS))


def marked(text: str, mark: str, pattern: re.Pattern[str], places: Iterator[int]) -> Iterator[re.Match[str]]:
    """Yield what the pattern matches in the text, in order, as long as there are `places` left.

    `mark` is the beginning of everything that the pattern matches.
    """
    at = text.find(mark)
    while at >= 0 and next(places, None) is not None:
        found = pattern.match(text, at)
        if found is not None:
            yield found
        at = text.find(mark, at + 1 if found is None else found.end())
