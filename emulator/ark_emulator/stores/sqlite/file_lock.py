"""One pen for all processes that share a file: a lock of the kernel, which is free again when its holder dies.

Two locks make it fair. Whoever waits for the pen stands in the only place for the next one, so that whoever has just
given it back cannot take it again before.
"""

import os
from pathlib import Path

try:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock

    LOCKS = True
except ImportError:  # pragma: no cover - Windows
    LOCKS = False
"""Whether this system has such locks."""


class FileLock:
    """The pen of the file at `path`; the locks are on two empty files beside it, of its mode. Raises OSError.

    To be opened after the last fork: children would share what their parent holds.
    """

    def __init__(self, path: Path) -> None:
        mode = path.stat().st_mode & 0o666
        self._pen = _lock_file(f"{path}-pen", mode)
        try:
            self._next = _lock_file(f"{path}-next", mode)
        except OSError:
            os.close(self._pen)
            raise

    def try_take(self) -> bool:
        """Take the pen if it is free and nobody waits for it."""
        try:
            flock(self._next, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        try:
            flock(self._pen, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            flock(self._next, LOCK_UN)
        return True

    def wait(self) -> None:
        """Wait for the pen, however long it takes, and take it."""
        flock(self._next, LOCK_EX)
        try:
            flock(self._pen, LOCK_EX)
        finally:
            flock(self._next, LOCK_UN)

    def give(self) -> None:
        """Give the pen back."""
        flock(self._pen, LOCK_UN)

    def close(self) -> None:
        """Give back whatever is held, and let go of the files."""
        os.close(self._pen)
        os.close(self._next)


def _lock_file(path: str, mode: int) -> int:
    """Open a lock file, and give a new one this mode whatever the umask says: all who use the store use its locks."""
    try:
        made = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, os.O_RDWR)
    os.fchmod(made, mode)
    return made
