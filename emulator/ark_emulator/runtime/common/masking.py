"""Mask secrets in everything that is shown: logs, lists, the journal, events and transcripts of callbacks.

Every function takes linear time for any text, because clients choose the texts.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote_plus

_SHORT: Final = 3
"""Keys of up to so many characters are not masked in texts: they would hide ordinary words."""
_PUBLIC: Final = frozenset({"default"})
"""Keys that are public: the name of the default world."""
_BEGINNING: Final = 4
_WINDOW: Final = 16 * 1024
"""The distance from a cut in which a split secret is searched: more than a header of a request can hold."""
_SECRET: Final = re.compile(
    r"auth|key|token|secret|cookie|credential|passw|passphrase|passcode|signature|bearer|sess(?:ion)?[-_.]?id|[cx]srf|dpop",
    re.IGNORECASE,
)
_SECRET_PARTS: Final = frozenset(
    {"sig", "sign", "pwd", "pass", "jwt", "ak", "sk", "hmac", "session", "sid", "world", "otp", "totp", "cred", "creds"}
)
"""Names that are secret only as a whole part of a name: `design` does not contain `sig`."""
_PART: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_SCHEMES: Final = frozenset({"bearer", "basic", "token", "digest"})
_OPEN_HEADERS: Final = frozenset({"x-emulator-signature"})
"""Headers that are shown although their names seem secret: our signature proves a secret without revealing it."""
_USER: Final = re.compile(
    r"((?<![\\/])(?:(?:\\?/){2,}|\\{2,}))(?:[^\s/?#\"<>\\]*|[^\r\n\t/?#\"<>\\:]*:[^\r\n\t/?#\"<>\\]*)@"
)
"""User names and passwords. With a colon they may contain spaces; otherwise a space ends a URL."""
_OPEN_USER: Final = re.compile(r"[^\s/?#\"<>\\@]*")
"""A possible beginning of a user name and password, after two slashes."""
_ESCAPE: Final = re.compile(r"\\{1,4}u00(2[013-9a-fA-F]|[346][0-9a-fA-F]|5[0-9abdefABDEF]|7[0-9a-eA-E])")
"""JSON escapes of printable ASCII characters, except quote and backslash; also JSON inside JSON."""
_BARE_USER: Final = re.compile(r"(?<![^\s,;=])[^\s/@:,;=]+:[^\s/@,;]+@")
"""A user name and password before a host without a scheme, as `Host` and `Via` may have it."""
_CODED: Final = re.compile(r"%(?:25){0,3}([0-7][0-9a-fA-F])|\\/")
"""A percent-encoded character of ASCII, perhaps encoded more than once, or a slash as PHP writes it in JSON."""
_SLASH: Final = r"(?:\\?/|%(?:25){0,3}2F)"
_NO_KEY: Final = r"\d{1,5}(?:\W|\Z)|[^\s/?#\"'\\<>]{1,200}\.[a-z][a-z0-9]{1,4}(?:[?#\s\"'\\<>]|\Z)"
_WORLDS: Final = (
    re.compile(rf"({_SLASH}w{_SLASH}+)(?!{_NO_KEY})((?:(?!{_SLASH})[^\s?&#\"'\\<>])+)", re.IGNORECASE),
    re.compile(rf"({_SLASH}_emulator{_SLASH}+worlds{_SLASH}+)((?:(?!{_SLASH})[^\s?&#\"'\\<>])+)", re.IGNORECASE),
)
"""Worlds in the URLs of a text. Short numbers and file names are not taken for keys: other URLs have sizes there."""
_PATH_WORLD: Final = re.compile(
    r"(?<!/)/+(w(?:;[^/]*)?)/+(?!w/)((?:(?:\.|%2e){1,2}/+)*(?:[^/%]|%(?!2f))*(?:%2f[^/]*)?)", re.IGNORECASE
)
_DROPPED_WORLD: Final = re.compile(r"(?<!/)/+_emulator/+worlds/+(.+)", re.DOTALL | re.IGNORECASE)
_EQUALS: Final = r"(?:=|%(?:25){0,3}3D)"
_NAME: Final = re.compile(rf"[?&;#|,=]\s?((?:(?!{_EQUALS})[^\s?&;#|,\"'<>\\])+){_EQUALS}", re.IGNORECASE)
_VALUE: Final = re.compile(r"(?:[^\s&;#\"<>\\]|\\[/\"])*")
_WIDE_VALUE: Final = re.compile(r"[^\s&#]*")
"""The value of a parameter where the whole text is one URL: quotes and semicolons belong to it."""
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*:(?:\\?/){2}\S*", re.IGNORECASE)
_CODED_NAME: Final = re.compile(r"%(?:25){0,3}(?:3[FB]|26|23)([\w.\[\]-]{1,100})(?:=|%(?:25){0,3}3D)", re.IGNORECASE)
_CODED_VALUE: Final = re.compile(r"(?:(?!%(?:25){0,3}(?:26|23))[^\s&;#\"'<>\\])*", re.IGNORECASE)
"""A parameter of a URL that is itself the value of a parameter, and so is percent-encoded once or more."""
_PAIRS: Final = re.compile(r"([&;])")


def masked(key: str) -> str:
    """Return the part of a key that may be shown: at most its first four characters, never the whole key."""
    return "" if not key else f"{key[: min(_BEGINNING, len(key) // 2)]}…"


def world_label(name: str, pod: str) -> str:
    """Return a label for a world whose name is a key; it is ASCII if the key is, so that it fits into a header."""
    return f"{masked(name).removesuffix('…')}...{pod}"


def is_secret_name(name: str) -> bool:
    """Return whether a header or parameter of that name may hold a secret."""
    if _SECRET.search(name):
        return True
    return any(part.lower() in _SECRET_PARTS for part in _PART.findall(name))


def mask_keys(text: str, *keys: str) -> str:
    """Return the text with every one of the keys masked wherever it occurs."""
    return _through_escapes(text, lambda each: _without_keys(each, *keys))


def _without_keys(text: str, *keys: str) -> str:
    for key in keys:
        for form in _forms(key):
            if form in text:
                text = text.replace(form, masked(key))
    if "%" in text or "\\/" in text:
        for key in keys:
            text = _without_coded(text, key)
    return text


def _without_coded(text: str, key: str) -> str:
    """Return a text without a key any of whose characters are percent-encoded, or whose slashes JSON escapes."""
    if not _forms(key):
        return text
    plain, places = _decoded(text)
    shown: list[str] = []
    done, start = 0, plain.find(key)
    while start >= 0:
        shown += (text[done : places[start]], masked(key))
        done = places[start + len(key)]
        start = plain.find(key, start + len(key))
    return "".join((*shown, text[done:]))


def _through_escapes(text: str, mask: Callable[[str], str]) -> str:
    r"""Mask a text also where JSON escapes its characters as `\u0026`; without a match the escapes are kept."""
    if "\\u00" not in text:
        return mask(text)
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    shown = mask(plain)
    return mask(text) if shown == plain else shown


@lru_cache(maxsize=1_024)
def _forms(key: str) -> tuple[str, ...]:
    """Return the forms of a key in text, in URLs and in JSON; empty for a key that is not masked."""
    if len(key) <= _SHORT or key in _PUBLIC:
        return ()
    return tuple(dict.fromkeys((key, quote(key, safe="", errors="replace"), json.dumps(key)[1:-1])))


def mask_text(text: str, *keys: str) -> str:
    """Return a text without the keys, and without user names and passwords in URLs."""
    return _through_escapes(text, lambda each: _without_users(_without_keys(each, *keys)))


def truncate(text: str, size: int, *keys: str) -> str:
    """Return the beginning of a text; a key or password that the cut would split is replaced by stars.

    A truncated secret could not be recognized and masked later. The length is always `size`.
    """
    if len(text) <= size:
        return text
    first = max(0, size - _WINDOW)
    whole = _split_secret(text[first : size + _WINDOW], size - first, keys)
    return text[:size] if whole is None else f"{text[: first + whole]}{'*' * (size - first - whole)}"


def truncate_bytes(body: bytes, size: int, *keys: str, complete: bool = True) -> bytes:
    """Return the beginning of a body as `truncate` does with a text.

    A body that is not `complete` is also cut at its end.
    """
    if len(body) <= size and complete:
        return body
    size = min(size, len(body))
    first = max(0, size - _WINDOW)
    window = body[first : size + _WINDOW].decode("latin-1")
    is_whole = complete or len(body) > size + _WINDOW
    spelt = [form.encode("utf-8", "replace").decode("latin-1") for key in keys for form in _forms(key)]
    whole = _split_form(window, size - first, spelt, complete=is_whole)
    return body[:size] if whole is None else body[: first + whole] + b"*" * (size - first - whole)


def _split_secret(window: str, at: int, keys: Iterable[str]) -> int | None:
    return _split_form(window, at, [form for key in keys for form in _forms(key)])


def _split_form(window: str, at: int, forms: Sequence[str], *, complete: bool = True) -> int | None:
    """Return the start of the secret that a cut at this position splits, None if it splits none.

    Secrets are found through the escapes of JSON. Unless the window is `complete`, a secret may continue after its end.
    """
    plain, places = _without_escapes(window)
    middle = bisect_right(places, at) - 1
    for form in forms:
        start = plain.find(form, max(0, middle - len(form)), middle + len(form) + 1)
        while start >= 0:
            if places[start] < at < places[start + len(form)]:
                return places[start]
            start = plain.find(form, start + 1, middle + len(form) + 1)
    for user in _USER.finditer(plain):
        if places[user.end(1)] < at < places[user.end()]:
            return places[user.end(1)]
    begun = None if complete else _begun(plain, forms)
    return None if begun is None or places[begun] >= at else places[begun]


def _begun(plain: str, forms: Sequence[str]) -> int | None:
    """Return the position where a text ends with the beginning of a secret or a user name, None if it does not."""
    for form in forms:
        for size in range(min(len(form) - 1, len(plain)), 0, -1):
            if plain.endswith(form[:size]):
                return len(plain) - size
    host = plain.rfind("//") + 2
    return host if host >= 2 and _OPEN_USER.fullmatch(plain, host) else None


def _without_escapes(window: str) -> tuple[str, Sequence[int]]:
    """Return a text without JSON escapes, and the positions of its characters and its end in the window."""
    if "\\u00" not in window:
        return window, range(len(window) + 1)
    return _replaced(window, _ESCAPE, lambda found: chr(int(found[1], 16)))


def _decoded(text: str) -> tuple[str, Sequence[int]]:
    """Return a text without percent escapes and escaped slashes, and the places of its characters and of its end."""
    return _replaced(text, _CODED, lambda found: chr(int(found[1], 16)) if found[1] else "/")


def _replaced(
    text: str, pattern: re.Pattern[str], character: Callable[[re.Match[str]], str]
) -> tuple[str, Sequence[int]]:
    """Return a text with a character for each match, and the places in the text of its characters and of its end."""
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for found in pattern.finditer(text):
        pieces += (text[done : found.start()], character(found))
        places += range(done, found.start() + 1)
        done = found.end()
    return "".join((*pieces, text[done:])), [*places, *range(done, len(text) + 1)]


def credentials(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield the credentials in the headers of a request, which receivers may echo."""
    for name, value in headers.items():
        if name.lower() == "authorization":
            yield value.rpartition(" ")[2]


def mask_path(path: str, *keys: str) -> str:
    """Return a request's path without the names of worlds, which are API keys."""
    path = _PATH_WORLD.sub(lambda found: f"/{found[1]}/{_world(found[2])}", mask_keys(path, *keys))
    return _DROPPED_WORLD.sub(lambda found: f"/_emulator/worlds/{_world(found[1])}", path)


def mask_query(query: str, *keys: str) -> str:
    """Return a query string with the values of secret parameters masked."""
    shown: list[str] = []
    secret = False
    for part in _PAIRS.split(mask_text(query, *keys)):
        if part == ";" and secret:
            shown.append(part)
            continue
        goes_on = secret and shown[-1] == ";" and "=" not in part  # a semicolon may belong to the value
        shown.append(masked(part) if goes_on else _masked_pair(part))
        secret = goes_on or _is_secret_parameter(part.partition("=")[0])
    return "".join(shown)


def mask_url(url: str, *keys: str) -> str:
    """Return a URL, or a text with URLs in it, without user names, passwords, keys, worlds and secret parameters."""
    return _through_escapes(url, lambda each: _masked_url(each, *keys))


def _masked_url(url: str, *keys: str) -> str:
    values = _WIDE_VALUE if _URL.fullmatch(url) else _VALUE
    text = _without_parameters(_without_users(_without_keys(url, *keys)), _NAME, values)
    if "%" in text:
        text = _without_parameters(text, _CODED_NAME, _CODED_VALUE)
    return mask_worlds(text)


def _without_users(text: str) -> str:
    return _USER.sub(r"\1…@", text) if "@" in text else text


def _without_parameters(text: str, names: re.Pattern[str], values: re.Pattern[str]) -> str:
    """Return a text without the values of secret parameters; `names` matches the beginning of a parameter."""
    shown: list[str] = []
    done = 0
    for name in names.finditer(text):
        if name.start() < done or not _is_secret_parameter(name[1]):
            continue
        value = values.match(text, name.end())
        if value is not None and value[0]:
            shown += (text[done : name.end()], _world(value[0]))
            done = value.end()
    return "".join((*shown, text[done:]))


def mask_worlds(text: str) -> str:
    """Return a text without the names of worlds in the URLs of an emulator that it holds."""
    for pattern in _WORLDS:
        text = pattern.sub(lambda found: found[1] + _world(found[2]), text)
    return text


def mask_headers(headers: Mapping[str, str], *keys: str) -> dict[str, str]:
    """Return headers with the values masked that may hold a secret."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        scheme, _, secret = value.partition(" ")
        if secret and scheme.lower() in _SCHEMES:
            found[name] = f"{scheme} {masked(secret)}"
        elif name.lower() in _OPEN_HEADERS or not is_secret_name(name):
            found[name] = _BARE_USER.sub("…@", mask_url(f"?{value}", *keys)[1:])
        else:
            found[name] = masked(value)
    return found


def mask_values(value: Any, *keys: str, mask: Callable[..., str] = mask_url) -> Any:
    """Return a JSON value with every text in it masked; names in objects are kept.

    With `mask_text` in place of `mask_url`, links in it remain usable.
    """
    if isinstance(value, str):
        return mask(value, *keys)
    if isinstance(value, Mapping):
        return {name: mask_values(each, *keys, mask=mask) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [mask_values(each, *keys, mask=mask) for each in value]
    return value


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{name}{equals}{_world(value)}" if value and _is_secret_parameter(name) else mask_url(f"?{pair}")[1:]


def _is_secret_parameter(name: str) -> bool:
    return is_secret_name(unquote_plus(name) if "%" in name or "+" in name else name)


def _world(name: str) -> str:
    return name if name.endswith("…") else masked(name)
