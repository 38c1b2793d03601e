"""Announce that the server is ready: to programs by a file, to people by the dashboard in a browser."""

import os
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit


class CannotTell(Exception):
    """The ready file cannot be written."""


def unwritable(ready_file: str | None) -> str | None:
    """Return why the ready file cannot be written, or None. Do not create it yet, because scripts wait for it."""
    if ready_file is None:
        return None
    if not ready_file or "\0" in ready_file:
        return "--ready-file needs the path of a file"
    folder = Path(ready_file).absolute().parent
    if Path(ready_file).is_dir():
        return f"--ready-file {ready_file} is a folder; name a file in it"
    if not folder.is_dir():
        return f"--ready-file {ready_file}: there is no folder {folder}"
    place = Path(ready_file) if Path(ready_file).exists() else folder
    return None if os.access(place, os.W_OK) else f"--ready-file {ready_file} cannot be written: permission denied"


def tell_ready(ready_file: str, url: str) -> None:
    """Write the URL to the ready file. Raises CannotTell."""
    try:
        Path(ready_file).write_text(f"{url}\n", encoding="utf-8")
    except OSError as error:
        raise CannotTell(f"--ready-file {ready_file} cannot be written: {error.strerror or error}") from None


def reachable(url: str) -> str:
    """Return the URL by which this machine reaches a server that listens on all addresses."""
    address = urlsplit(url)
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    host = everywhere.get(address.hostname or "")
    return url if host is None else f"{address.scheme}://{host}:{address.port}"


def dashboard(url: str) -> str:
    """Return the URL of the dashboard of a server."""
    return f"{reachable(url)}/_emulator/"


def open_dashboard(url: str) -> threading.Thread:
    """Open the dashboard in a thread, because some browsers block the caller until they exit."""
    thread = threading.Thread(target=_open, args=(dashboard(url),), daemon=True)
    thread.start()
    return thread


def _open(address: str) -> None:
    import webbrowser

    if not webbrowser.open(address):
        print(f"ark-emulator: no browser to open here; the dashboard is at {address}", file=sys.stderr)
