"""URLs from clients, requested exactly as they were written."""

import re
from typing import Final
from urllib.parse import quote

from yarl import URL

_AUTHORITY: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_LINE_ENDS: Final = re.compile(r"[\t\r\n]+")
_UNSENDABLE: Final = re.compile(r"[^\x21-\x7e]+")
"""Characters that a request line cannot contain: white space, control characters and non-ASCII characters."""


def as_written(url: str) -> URL:
    """Return the URL with its path and query unchanged, percent escapes included.

    A receiver may check a signature over its URL, and a signed link breaks when it is normalized. Only characters that
    no request line can carry are escaped, as UTF-8. A host beyond ASCII is written in IDNA. A fragment is not sent.
    Raises ValueError for a host that has no such form.
    """
    url = _LINE_ENDS.sub("", url)  # as the URL Standard requires
    found = _AUTHORITY.fullmatch(url)
    if found is None:
        return URL(url)
    scheme, authority, rest = found.groups()
    if not authority.isascii():
        authority = URL(f"http://{authority}").raw_authority
    escaped = _UNSENDABLE.sub(lambda part: quote(part[0], safe="", errors="replace"), rest)
    return URL(f"{scheme.lower()}://{authority}{escaped}", encoded=True)
