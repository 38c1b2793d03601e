"""Make text from the head of a request safe to store, compare and print."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from ark_emulator.core.printable import on_one_line as on_one_line

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%-]+)(:[0-9]{1,5})?")


def without_surrogates(text: str) -> str:
    """Return text with every byte that is not UTF-8 as the replacement character."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class PlainHeaders(Mapping[str, str]):
    """The headers of a request, whose values are sanitised when they are read. Names are case-insensitive."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        return without_surrogates(self._headers[name])

    def __iter__(self) -> Iterator[str]:
        return (name.lower() for name in self._headers)

    def __len__(self) -> int:
        return len(self._headers)


@lru_cache(maxsize=1024)
def is_host(text: str) -> bool:
    """Return whether text is a host name or address, with or without a port, that is valid in a URL."""
    return _HOST.fullmatch(text) is not None
