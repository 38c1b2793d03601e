"""Checks access to the control API: a local host name, no page of another origin, and the token if there is one.

A web page in the browser of a user can send requests to this machine: under its own host name, which it resolves to
this machine (DNS rebinding), or under ours (cross-site request forgery). Neither may control the emulator.
"""

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ark_emulator.runtime.callbacks.callback_sender import CALLBACK_AGENT
from ark_emulator.runtime.settings.settings import Settings
from ark_emulator.web.control.control_body import ControlRefusal, echoed
from ark_emulator.web.http.sanitise import is_host, without_surrogates

READS: Final = frozenset({"GET", "HEAD"})
_OURS: Final = frozenset({"localhost", "host.docker.internal"})


def check_access(settings: Settings, method: str, headers: Mapping[str, str], *, probe: bool) -> None:
    """Let a control request pass. A `probe` needs no token: one of health carries none, and no more does a browser that
    asks for the dashboard's page and files, which tell no secrets.

    Raises ControlRefusal: 401 without the right token, 403 from a foreign name or page, or from a callback.
    """
    if settings.guarded and not probe and not _has_token(headers, settings.control_token or ""):
        raise ControlRefusal(
            401, "token_required", "this server was started with --control-token: send it as Bearer token"
        )
    if method not in READS and headers.get("User-Agent") == CALLBACK_AGENT:
        raise ControlRefusal(
            403, "own_callback", "callbacks may not steer an emulator: a web page may have chosen the address"
        )
    host = headers.get("Host", "")
    if not _is_our_name(host, settings):
        raise ControlRefusal(
            403, "foreign_host", f"the control API does not answer to the name {echoed(without_surrogates(host))}"
        )
    origin = headers.get("Origin")
    if method not in READS and origin is not None and _split(origin).netloc != host:
        raise ControlRefusal(
            403, "foreign_origin", f"a page of {echoed(without_surrogates(origin))} may not steer the emulator"
        )


def admit_origin(settings: Settings, headers: Mapping[str, str]) -> None:
    """Reject what a page of another origin sends, to any route: `--reject-foreign-origins`.

    Browsers tell by `Origin`, or by `Sec-Fetch-Site` where a page only embeds something. A link that is followed is let
    in. A page may also make a name of its own point here, so a browser has to use one of our names.
    """
    host, origin, site = headers.get("Host", ""), headers.get("Origin"), headers.get("Sec-Fetch-Site", "none")
    embeds = site not in ("none", "same-origin") and headers.get("Sec-Fetch-Mode") != "navigate"
    if embeds or (origin is not None and _split(origin).netloc != host):
        named = "another origin" if origin is None else echoed(without_surrogates(origin))
        raise ControlRefusal(403, "foreign_origin", f"a page of {named} may not call: --reject-foreign-origins is set")
    browses = origin is not None or headers.get("User-Agent", "").startswith("Mozilla/")
    if browses and not _is_our_name(host, settings):
        raise ControlRefusal(403, "foreign_host", f"no page may call by the name {echoed(without_surrogates(host))}")


def _has_token(headers: Mapping[str, str], token: str) -> bool:
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    offered = [headers.get("X-Emulator-Token", ""), given.strip() if scheme.lower() == "bearer" else ""]
    return any(hmac.compare_digest(each.encode("utf-8", "surrogatepass"), token.encode()) for each in offered)


def _is_our_name(host: str, settings: Settings) -> bool:
    """True for addresses, for localhost, for names without a dot (no public name is), and for the public URL's."""
    name = (_split(f"//{host}").hostname or ".").rstrip(".") if is_host(host) else ""
    if not name:
        return False
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    return "." not in name or name in _OURS or name.endswith(".localhost") or name == public or _is_address(name)


def _split(url: str) -> SplitResult:
    """The parts of a URL; all of them empty when it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
