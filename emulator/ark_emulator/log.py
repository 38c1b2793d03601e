"""The package's one logger, `ark_emulator`.

1. It has no handlers and no level of its own: a program that embeds an emulator configures it as any other logger. The
   command line adds a handler that writes to stderr (`cli.common.log_handler`).
2. Each record is one line in which control characters are escaped, whatever handler receives it.
3. No record has `exc_info`: a standard formatter would print the exception's message unmasked, and a record that is
   kept would keep the frames in memory. Messages take `tracebacks.described(error)` instead.

Any ring above the core may import it.
"""

import logging

from ark_emulator.core.printable import on_one_line

logger = logging.getLogger("ark_emulator")


def _escape(record: logging.LogRecord) -> bool:
    """Escape control characters in a record's message, and accept the record."""
    message = record.getMessage()
    if not message.isprintable():
        record.msg, record.args = on_one_line(message), None
    return True


logger.addFilter(_escape)
