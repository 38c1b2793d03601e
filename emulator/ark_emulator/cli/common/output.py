"""Output of the commands: safe for the terminal, in any encoding, with an exit code for a lost reader.

`main` runs every command within `guarded`, so that a command can print whatever it has.
"""

import contextlib
import errno
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TextIO, cast

EXIT_OUTPUT: Final = 74
"""The exit code if stdout cannot be written, for example because a disk is full (EX_IOERR)."""
EXIT_PIPE: Final = 141
"""The exit code if the reader of a pipe closed it: that of a program ended by SIGPIPE."""
_READER_GONE: Final = frozenset({errno.EPIPE, errno.ESHUTDOWN, *([errno.EINVAL] if os.name == "nt" else [])})
_PLAIN: Final = re.compile(r"[\n\t -~]*")
_IN_JSON: Final = re.compile(r"[^\n -~]")


_CREDENTIALS: Final = re.compile(r"//[^\s/?#]+@|(?:^|(?<==))[^\s/@=]+:[^\s/]*@")
"""User name and password of a URL, also of one whose scheme was forgotten."""


class OutputLost(OSError):
    """Stdout cannot be written."""


class _Guarded:
    """A stream that escapes terminal control characters and characters that its encoding lacks.

    If writing fails, a `needed` stream raises OutputLost, then and at every later write; others ignore the error.
    """

    def __init__(self, stream: TextIO, *, needed: bool, hidden: Mapping[str, str]) -> None:
        self._stream = stream
        self._needed = needed
        self._hidden = hidden
        self._lost: OutputLost | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write the text, masked and escaped where necessary."""
        size = len(text)
        for secret, shown in self._hidden.items():
            text = text.replace(secret, shown)
        safe = text if _PLAIN.fullmatch(text) else _printable(text)
        try:
            self._kept(lambda: self._stream.write(safe))
        except UnicodeEncodeError:
            encoding = self._stream.encoding
            known = safe.encode(encoding, "backslashreplace").decode(encoding)
            self._kept(lambda: self._stream.write(known))
        return size

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


class _Closed:
    """A stream in place of one that was closed when the program started."""

    encoding = "utf-8"

    def write(self, _: str) -> int:
        """Raise OSError."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def flush(self) -> None:
        """Do nothing: nothing was written."""

    def isatty(self) -> bool:
        """Return False."""
        return False

    def fileno(self) -> int:
        """Raise OSError."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def guarded(command: Callable[[], int], given: Iterable[str] = ()) -> int:
    """Run a command with stdout and stderr that are safe to print to; return its exit code.

    Return 141 without a message if the reader of stdout closed it, 74 with a message if stdout cannot be written or is
    closed. User names and passwords in the texts that were `given` are masked wherever the command prints them.
    """
    before = sys.stdout, sys.stderr
    if None in (sys.stdin, *before):
        _reserve_descriptors()
    hidden = _hidden(given)
    out, err = sys.stdout or _Closed(), sys.stderr or _Closed()
    sys.stdout = cast(TextIO, _Guarded(cast(TextIO, out), needed=True, hidden=hidden))
    sys.stderr = cast(TextIO, _Guarded(cast(TextIO, err), needed=False, hidden=hidden))
    try:
        code = command()
        sys.stdout.flush()
        return code
    except OutputLost as problem:
        if before[0] is not None:
            _discard(before[0])
        if problem.errno in _READER_GONE:
            return EXIT_PIPE
        print(f"ark-emulator: cannot write to stdout: {problem.strerror}", file=sys.stderr)
        return EXIT_OUTPUT
    finally:
        sys.stdout, sys.stderr = before


def _reserve_descriptors() -> None:
    """Occupy the descriptors of streams that are closed: a socket that got one of them would end uvloop."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)


def _hidden(given: Iterable[str]) -> dict[str, str]:
    """Return the credentials in texts, each as it may be printed, with what is printed in its place."""
    found = {each for text in given if "@" in text for each in _CREDENTIALS.findall(text)}
    if not found:
        return {}
    from ark_emulator.runtime.common.masking import mask_text

    forms = {form: each for each in found for form in (each, json.dumps(each)[1:-1], repr(each)[1:-1])}
    return {
        form: mask_text(f"//{each.removeprefix('//')}")[0 if each.startswith("//") else 2 :]
        for form, each in forms.items()
    }


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
