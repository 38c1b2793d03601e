"""The sockets that a server listens on: one for each address of its host, all of them on the same port.

`localhost` is 127.0.0.1 and ::1, whatever this machine resolves it to: a client finds the server by either. An address
that this machine does not have is passed over as long as another one is left.
"""

import errno
import os
import socket
import sys
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, TypeAlias

from ark_emulator.web.server import http_limits

LOCALHOST: Final = "localhost"
_LOOPBACK: Final = (
    (socket.AF_INET, ("127.0.0.1", 0)),
    *([(socket.AF_INET6, ("::1", 0, 0, 0))] if socket.has_ipv6 else []),
)
_UNAVAILABLE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})
_TRIES: Final = 16
"""How often a free port is looked for that is free on every address."""
_Address: TypeAlias = tuple[int, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Listeners:
    """Sockets that listen. `url` is the base address of the first; `notes` are for people who start a server."""

    sockets: tuple[socket.socket, ...]
    url: str
    notes: tuple[str, ...] = ()

    def close(self) -> None:
        """Close the sockets."""
        for each in self.sockets:
            each.close()


def listen(host: str, port: int) -> Listeners:
    """Listen on every address of a host; port 0 selects a free one. Raises OSError for an unavailable address.

    Another program may hold the port on ::1 alone. Then `localhost` is served on 127.0.0.1, and a note says so.
    """
    addresses = _addresses(host)
    for left in reversed(range(1 if port else _TRIES)):
        found, taken = _bound(addresses, port)
        if not taken or (not left and _is_localhost(host)):
            break
        for each in found:
            each.close()
        if not left:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    address, number = found[0].getsockname()[:2]
    name = address if _is_localhost(host) or _is_everywhere(address) or _mapped(host) else host
    shown = f"[{name}]" if ":" in name else name
    url = f"http://{shown}:{number}"
    notes = [f"[{each}]:{number} is held by another program; use {url} in place of localhost" for each in taken]
    return Listeners(tuple(found), url, tuple(notes))


def is_local(host: str) -> bool:
    """Return whether only this machine can reach a server on that host."""
    try:
        return all(ip_address(address[0].partition("%")[0]).is_loopback for _, address in _addresses(host))
    except OSError:
        return False


def _addresses(host: str) -> list[_Address]:
    """Return family and address of each address of a host. Raises OSError when there is no such host."""
    if _is_localhost(host):
        return list(_LOOPBACK)
    try:
        found = socket.getaddrinfo(_mapped(host) or host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except ValueError as problem:  # a name that cannot be encoded
        raise socket.gaierror(socket.EAI_NONAME, str(problem)) from None
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bound(addresses: list[_Address], port: int) -> tuple[list[socket.socket], list[str]]:
    """Return sockets on one port, the first one's, and the later addresses on which another program holds that port."""
    found: list[socket.socket] = []
    taken: list[str] = []
    missing: OSError | None = None
    for family, address in addresses:
        number = found[0].getsockname()[1] if found else port
        try:
            found.append(_open(family, (address[0], number, *address[2:])))
        except OSError as problem:
            if problem.errno in _UNAVAILABLE:
                missing = missing or problem
            elif problem.errno == errno.EADDRINUSE and found:
                taken.append(address[0])
            else:
                for each in found:
                    each.close()
                raise
    if not found and missing is not None:
        raise missing
    return found, taken


def _open(family: int, address: tuple[Any, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix" and sys.platform != "cygwin":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(http_limits.BACKLOG)
    except BaseException:
        made.close()
        raise
    return made


def _is_localhost(host: str) -> bool:
    return host.lower().rstrip(".") == LOCALHOST


def _is_everywhere(address: str) -> bool:
    return address in ("0.0.0.0", "::")


def _mapped(host: str) -> str | None:
    """Return the IPv4 address that an IPv6 address stands for, as ::ffff:127.0.0.1 does; None for any other host."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return None if mapped is None else str(mapped)
