"""The access log: one line per exchange on stderr, in small batches so that a poll does not wait for a terminal."""

import asyncio
import json
import sys
from typing import TextIO

from ark_emulator.runtime.common.masking import mask_path, mask_text
from ark_emulator.web.http.exchange import Exchange
from ark_emulator.web.http.sanitise import on_one_line

_FLUSH_AFTER = 0.05


class AccessLog:
    """Write exchanges as text or JSON lines, or nothing if `form` is `off`."""

    def __init__(self, form: str, stream: TextIO | None = None) -> None:
        self._form = form
        self._stream = stream or sys.stderr
        self._lines: list[str] = []

    def line(self, exchange: Exchange, status: int, took: float) -> None:
        """Add the line of an exchange; `took` is in real seconds."""
        if self._form == "off":
            return
        request, task = exchange.request, exchange.task
        keys = (getattr(exchange, "key", ""), exchange.parts.get("world", ""))
        path = on_one_line(mask_path(request.path, *keys))
        notes = exchange.notes if task is None else task.plan.notes
        if self._form == "json":
            fields = {
                "at": exchange.world.now,
                "method": request.method,
                "path": path,
                "status": status,
                "ms": round(took * 1000, 2),
                "task": _named(exchange, *keys) if task is None else task.id,
                "rule": None if task is None else task.plan.rule,
                "fault": exchange.fault,
                "notes": [mask_text(note, *keys) for note in notes],
            }
            text = json.dumps({name: value for name, value in fields.items() if value not in (None, [])})
        else:
            text = f"{request.method} {path} {status} {took * 1000:.1f} ms"
            text += f" fault {on_one_line(exchange.fault)}" if exchange.fault else ""
            text += "".join(f"\n  ! let pass: {on_one_line(mask_text(note, *keys))}" for note in notes)
        self._add(text)

    def note(self, status: int, text: str) -> None:
        """Add the line of a request that reached no handler."""
        if self._form != "off":
            line = json.dumps({"status": status, "note": text}) if self._form == "json" else f"- - {status} {text}"
            self._add(on_one_line(line))

    def _add(self, text: str) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(_FLUSH_AFTER, self.flush)
        self._lines.append(text)

    def flush(self) -> None:
        """Write the lines that are buffered."""
        lines, self._lines = self._lines, []
        if lines:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()


def _named(exchange: Exchange, *keys: str) -> str | None:
    """Return the id in the path, unless it is the name of a world, which is an API key."""
    name = exchange.parts.get("id")
    return None if name is None or "/_emulator/worlds/" in exchange.request.path else mask_text(name, *keys)
