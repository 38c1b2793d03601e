"""Saying that the server is ready: to a program by a file, to a person by a browser with the dashboard."""

import sys
import threading
from collections.abc import Callable
from urllib.parse import urlsplit


def add_flags(add: Callable[..., None]) -> None:
    """The flags about what happens once requests are answered."""
    add("--ready-file", str, None, "write the address into this file once requests are answered", metavar="PATH")
    add("--open", bool, False, "open the dashboard in a browser once requests are answered", action="store_true")


def reachable(url: str) -> str:
    """The address by which this machine reaches a server that listens everywhere."""
    address = urlsplit(url)
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    host = everywhere.get(address.hostname or "")
    return url if host is None else f"{address.scheme}://{host}:{address.port}"


def dashboard(url: str) -> str:
    """The address of the dashboard of a server."""
    return f"{reachable(url)}/_emulator/"


def open_dashboard(url: str) -> threading.Thread:
    """Open it in a thread of its own, for some browsers keep whoever starts them waiting."""
    thread = threading.Thread(target=_open, args=(dashboard(url),), daemon=True)
    thread.start()
    return thread


def _open(address: str) -> None:
    import webbrowser

    if not webbrowser.open(address):
        print(f"ark-emulator: no browser to open here; the dashboard is at {address}", file=sys.stderr)
