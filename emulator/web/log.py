"""One line per exchange on stderr, written in small batches so that a poll does not wait for a terminal."""

import asyncio
import json
import sys
from typing import TextIO

from emulator.runtime.journal import safe_path
from emulator.web.exchange import Exchange

_LINGER = 0.05


class Log:
    """Writes exchanges as text or JSON lines, or nothing when `form` is `off`."""

    def __init__(self, form: str, stream: TextIO | None = None) -> None:
        self._form = form
        self._stream = stream or sys.stderr
        self._lines: list[str] = []

    def line(self, exchange: Exchange, status: int, took: float) -> None:
        """Note one exchange; `took` is in real seconds."""
        if self._form == "off":
            return
        request = exchange.request
        if self._form == "json":
            text = json.dumps(
                {
                    "at": exchange.world.now,
                    "method": request.method,
                    "path": safe_path(request.path),
                    "status": status,
                    "ms": round(took * 1000, 2),
                    "task": exchange.task.id if exchange.task else request.match_info.get("id"),
                }
            )
        else:
            text = f"{request.method} {safe_path(request.path)} {status} {took * 1000:.1f} ms"
        if not self._lines:
            asyncio.get_running_loop().call_later(_LINGER, self.flush)
        self._lines.append(text)

    def flush(self) -> None:
        """Write what has gathered."""
        lines, self._lines = self._lines, []
        if lines:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
