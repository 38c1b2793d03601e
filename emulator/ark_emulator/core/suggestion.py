"""Suggestions for misspelt words: the only place of the project that compares words by similarity."""

from collections.abc import Iterable

SIMILARITY = 0.6
"""The least similarity of a suggestion, from 0 to 1, as `difflib` measures it."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most similar to a word, or None when none is similar.

    The time grows with the length of `word`, so callers cut texts that strangers sent.
    """
    # Imported here because `difflib` adds to the start-up time of every command, and mistakes are rare.
    from difflib import get_close_matches

    found = get_close_matches(word, list(known), 1, SIMILARITY)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], form: str = "{!r}") -> str:
    """Return `; did you mean 'WORD'?` for the end of a message, or an empty text when no known word is similar.

    `form` is how the suggested word is written.
    """
    found = closest(word, known)
    return "" if found is None else f"; did you mean {form.format(found)}?"
