"""Writes log records of the package to stderr, for commands that run a server."""

import contextlib
import logging
import sys
from collections.abc import Iterator

from ark_emulator.log import logger


class StderrHandler(logging.Handler):
    """Write each record as `ark-emulator: message`.

    `sys.stderr` is looked up for every record, because `guarded` replaces it.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            if sys.stderr is not None:
                sys.stderr.write(f"ark-emulator: {self.format(record)}\n")
                sys.stderr.flush()
        except Exception:
            self.handleError(record)


@contextlib.contextmanager
def logging_to_stderr() -> Iterator[None]:
    """Write log records to stderr for the duration of a command."""
    handler = StderrHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
