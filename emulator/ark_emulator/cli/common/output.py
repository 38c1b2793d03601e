"""Output of the commands: safe for the terminal, in any encoding, with an exit code for a lost reader.

`main` runs every command within `guarded`, so that a command can print whatever it has.
"""

import contextlib
import errno
import json
import os
import re
import sys
from collections.abc import Callable
from typing import Any, Final, TextIO, cast

EXIT_OUTPUT: Final = 74
"""The exit code if stdout cannot be written, for example because a disk is full (EX_IOERR)."""
EXIT_PIPE: Final = 141
"""The exit code if the reader of a pipe closed it: that of a program ended by SIGPIPE."""
_READER_GONE: Final = frozenset({errno.EPIPE, errno.ESHUTDOWN, *([errno.EINVAL] if os.name == "nt" else [])})
_PLAIN: Final = re.compile(r"[\n\t -~]*")
_IN_JSON: Final = re.compile(r"[^\n -~]")


class OutputLost(OSError):
    """Stdout cannot be written."""


class _Guarded:
    """A stream that escapes terminal control characters and characters that its encoding lacks.

    If writing fails, a `needed` stream raises OutputLost, then and at every later write; others ignore the error.
    """

    def __init__(self, stream: TextIO, *, needed: bool) -> None:
        self._stream = stream
        self._needed = needed
        self._lost: OutputLost | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write the text, escaped where necessary."""
        safe = text if _PLAIN.fullmatch(text) else _printable(text)
        try:
            self._kept(lambda: self._stream.write(safe))
        except UnicodeEncodeError:
            encoding = self._stream.encoding
            known = safe.encode(encoding, "backslashreplace").decode(encoding)
            self._kept(lambda: self._stream.write(known))
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        self._kept(self._stream.flush)

    def _kept(self, act: Callable[[], object]) -> None:
        if self._lost is not None:
            raise self._lost  # again: argparse swallows it
        try:
            act()
        except OSError as problem:
            if self._needed:
                self._lost = OutputLost(problem.errno, problem.strerror)
                raise self._lost from None


def guarded(command: Callable[[], int]) -> int:
    """Run a command with stdout and stderr that are safe to print to; return its exit code.

    Return 141 without a message if the reader of stdout closed it, 74 with a message if stdout cannot be written.
    """
    before = sys.stdout, sys.stderr
    if sys.stdout is not None:
        sys.stdout = cast(TextIO, _Guarded(sys.stdout, needed=True))
    if sys.stderr is not None:
        sys.stderr = cast(TextIO, _Guarded(sys.stderr, needed=False))
    try:
        code = command()
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except OutputLost as problem:
        _discard(before[0])
        if problem.errno in _READER_GONE:
            return EXIT_PIPE
        print(f"ark-emulator: cannot write to stdout: {problem.strerror}", file=sys.stderr)
        return EXIT_OUTPUT
    finally:
        sys.stdout, sys.stderr = before


def json_text(document: object) -> str:
    """Return a document as JSON for stdout, with unsafe and unencodable characters escaped as in JSON."""
    return in_json(json.dumps(document, indent=2, ensure_ascii=False))


def in_json(text: str) -> str:
    """Return JSON text with the characters escaped that are unsafe or not encodable on stdout."""
    from ark_emulator.core.printable import is_safe

    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"

    def escaped(found: re.Match[str]) -> str:
        if is_safe(found[0]):
            with contextlib.suppress(UnicodeEncodeError):
                found[0].encode(encoding)
                return found[0]
        return json.dumps(found[0])[1:-1]

    return _IN_JSON.sub(escaped, text)


def _printable(text: str) -> str:
    from ark_emulator.core.printable import printable

    return printable(text)


def _discard(stream: TextIO) -> None:
    """Discard buffered output, so that the interpreter does not try to write it again at its exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
