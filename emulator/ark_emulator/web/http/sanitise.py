"""Text that came in with a request's head: made safe to keep, to compare and to print."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from ark_emulator.core.printable import on_one_line as on_one_line

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%-]+)(:[0-9]{1,5})?")


def without_surrogates(text: str) -> str:
    """The text without the stand-ins for bytes that are no UTF-8; such bytes become the replacement character."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class PlainHeaders(Mapping[str, str]):
    """A request's headers with each value made plain when it is looked at. Names go by their letters, in any case."""

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
    """True for a name or address, with or without a port, of which a URL can be made."""
    return _HOST.fullmatch(text) is not None
