"""A write lock for all processes that share a file: a kernel lock, which is released when its holder dies.

Two locks make it fair. A waiting process holds the second lock, which stands for the next turn. So a process that has
just released the first lock cannot acquire it again before the waiting one.
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
    """The write lock of the file at `path`, on two empty files beside it with the same mode. Raises OSError.

    Create it after the last fork: child processes would share the locks of their parent.
    """

    def __init__(self, path: Path) -> None:
        mode = path.stat().st_mode & 0o666
        self._lock = _open_lock_file(f"{path}-pen", mode)
        try:
            self._next_turn = _open_lock_file(f"{path}-next", mode)
        except OSError:
            os.close(self._lock)
            raise

    def try_acquire(self) -> bool:
        """Acquire the lock if it is free and no other process waits for it; return whether it was acquired."""
        try:
            flock(self._next_turn, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        try:
            flock(self._lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            flock(self._next_turn, LOCK_UN)
        return True

    def acquire(self) -> None:
        """Wait for the lock without a time limit, and acquire it."""
        flock(self._next_turn, LOCK_EX)
        try:
            flock(self._lock, LOCK_EX)
        finally:
            flock(self._next_turn, LOCK_UN)

    def release(self) -> None:
        """Release the lock."""
        flock(self._lock, LOCK_UN)

    def close(self) -> None:
        """Release the lock if it is held, and close the files."""
        os.close(self._lock)
        os.close(self._next_turn)


def _open_lock_file(path: str, mode: int) -> int:
    """Open a lock file. A new one gets this mode regardless of the umask, because all users of the store need it."""
    try:
        created = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, os.O_RDWR)
    os.fchmod(created, mode)
    return created
