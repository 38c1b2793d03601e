"""The folder with the worlds of workers without a store, removed by the last of their processes.

Parent and workers share one lock on a file in the folder. The kernel releases it when the last of them has ended. A
folder whose lock is free was left by processes that were killed, and the next start removes it.
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

try:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock

    LOCKS = True
except ImportError:  # pragma: no cover - Windows
    LOCKS = False

PREFIX: Final = "ark-emulator-"
_LOCK: Final = "in-use"


class SharedFolder:
    """A new folder for this process and the processes that it forks later."""

    def __init__(self) -> None:
        remove_leftovers()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock: int | None = None
        if LOCKS:
            # Lock the file before it gets its name: until then no other process treats the folder as a leftover.
            unnamed = self.path / f"{_LOCK}-not-yet"
            self._lock = os.open(unnamed, os.O_RDWR | os.O_CREAT, 0o600)
            flock(self._lock, LOCK_SH)
            unnamed.rename(self.path / _LOCK)

    def leave(self) -> None:
        """Release the lock of this process, and remove the folder if no other process holds one."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
            _remove_if_free(self.path)
        elif not LOCKS:  # pragma: no cover - Windows
            shutil.rmtree(self.path, ignore_errors=True)


def remove_leftovers() -> None:
    """Remove the folders of this user whose processes have all ended without removing them."""
    if not LOCKS:  # pragma: no cover - Windows
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            about = folder.lstat()
            if about.st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink():
                _remove_if_free(folder)


def _remove_if_free(folder: Path) -> None:
    with contextlib.suppress(OSError):
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
        try:
            flock(lock, LOCK_EX | LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
