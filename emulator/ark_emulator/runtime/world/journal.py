"""The journal of a world: every exchange, bounded in number and in bytes, with retries grouped.

An entry holds references to the request and response; it is formatted only when it is read.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

from ark_emulator.runtime.common.masking import (
    mask_headers,
    mask_path,
    mask_query,
    mask_text,
    mask_url,
    masked,
    truncate,
    truncate_bytes,
)

ENTRIES: Final = 10_000
BYTES: Final = 64 * 1024 * 1024
"""The largest size of a journal: entries, and bytes. The oldest entries are dropped first."""
SHARED_BYTES: Final = 256 * 1024 * 1024
"""The largest size of the journals of all worlds of a server together, in bytes."""
BODY: Final = 64 * 1024
"""The number of bytes that are kept of one body."""
LINE: Final = 2048
"""The number of characters that are kept of a path, a query or one header. At most 64 headers are kept."""
PROMPT: Final = 4096
"""The number of characters that are kept of a prompt."""
RETRY_WINDOW: Final = 10.0
"""Real seconds after a failed exchange in which an identical one counts as its retry."""
RETRIED: Final = frozenset({408, 409, 429})
"""The statuses that clients retry, in addition to 5xx and lost responses (seen with the official SDKs)."""


@dataclass(slots=True, eq=False)
class JournalEntry:
    """One exchange. `at` is virtual time, `real` and `took` are real seconds, `status` 0 means that no reply was sent.

    `rule` and `fault` name the matching rules of the scenario. `notes` are problems that a lenient server accepted.
    `attempt` counts identical requests that retry each other, from 1; `first` is the number of the first entry of them.
    `size` is the approximate number of bytes.
    """

    number: int
    at: float
    real: float
    method: str
    path: str
    query: str
    status: int
    took: float
    key: str
    dialect: str
    headers: Mapping[str, str]
    request: bytes
    response: bytes
    task: str | None = None
    model: str | None = None
    prompt: str | None = None
    rule: str | None = None
    fault: str | None = None
    notes: Sequence[str] = ()
    attempt: int = 1
    first: int = 0
    reply_headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0


class Failed(NamedTuple):
    """What is kept of a failed exchange to recognise its retry, without headers and bodies."""

    first: int
    attempt: int
    real: float


@dataclass(slots=True)
class JournalMemory:
    """The number of bytes of several journals together. Each journal adds and subtracts its own."""

    held: int = 0


@dataclass(slots=True)
class Journal:
    """Entries in order. `total` counts all entries ever added; the oldest may have been dropped.

    Journals with the same `memory` share one limit: the journal that adds an entry drops its own oldest ones. If that
    is not enough, it keeps the new entry without headers and bodies.
    """

    total: int = 0
    memory: JournalMemory = field(default_factory=JournalMemory)
    _entries: deque[JournalEntry] = field(default_factory=deque)
    _held: int = 0
    _failed: dict[int, Failed] = field(default_factory=dict)
    _attempts: dict[int, int] = field(default_factory=dict)
    _moves: deque[tuple[int, Mapping[str, Any]]] = field(default_factory=lambda: deque(maxlen=ENTRIES))

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(self._entries)

    def add(self, entry: JournalEntry) -> None:
        """Put an entry at the end, number it, and find out whether it is a retry."""
        self.total += 1
        entry.number = entry.first = self.total
        if len(entry.request) > BODY or len(entry.response) > BODY:
            entry.request = truncate_bytes(entry.request, BODY, entry.key)
            entry.response = truncate_bytes(entry.response, BODY, entry.key)
        if len(entry.path) > LINE or len(entry.query) > LINE:
            entry.path, entry.query = truncate(entry.path, LINE, entry.key), truncate(entry.query, LINE, entry.key)
        self._group(entry)
        entry.size = _trimmed(entry)
        self._entries.append(entry)
        self._held += entry.size
        self.memory.held += entry.size
        while self._is_full():
            self._drop()
        if self.memory.held > SHARED_BYTES:
            self._strip(entry)

    def add_move(self, move: Mapping[str, Any]) -> None:
        """Add an event of the world, after the entries added so far."""
        self._moves.append((self.total, move))

    def moves(self, after: int = 0) -> list[dict[str, Any]]:
        """Return the events of the world, oldest first; `after` in each is the number of the entry before it."""
        return [{"after": number, **move} for number, move in self._moves if number >= after]

    def newest(self, count: int) -> list[JournalEntry]:
        """Return the newest entries, oldest of them first."""
        return list(islice(reversed(self._entries), count))[::-1]

    def numbered(self, number: int) -> JournalEntry | None:
        """Return the entry with that number, None when it was dropped."""
        place = number - self._entries[0].number if self._entries else -1
        return self._entries[place] if 0 <= place < len(self._entries) else None

    def attempts(self, entry: JournalEntry) -> int:
        """Return how often the request of this entry was sent so far, retries included."""
        return max(entry.attempt, self._attempts.get(entry.first, 1))

    def clear(self) -> None:
        """Remove all entries; numbering continues."""
        self._entries.clear()
        self._failed.clear()
        self._attempts.clear()
        self._moves.clear()
        self.memory.held -= self._held
        self._held = 0

    def leave(self) -> None:
        """Remove all entries, and leave the shared limit: the world was dropped."""
        self.clear()
        self.memory = JournalMemory()

    def _is_full(self) -> bool:
        if len(self._entries) > ENTRIES or self._held > BYTES:
            return True
        return self.memory.held > SHARED_BYTES and len(self._entries) > 1

    def _group(self, entry: JournalEntry) -> None:
        failed = is_retryable(entry)
        if not self._failed and not failed:
            return
        self._expire(entry.real)
        request_hash = hash((entry.key, entry.method, entry.path, entry.request))
        earlier = self._failed.pop(request_hash, None)
        if earlier is not None:
            entry.attempt = earlier.attempt + 1
            entry.first = earlier.first
            if self.numbered(entry.first) is not None:
                self._attempts[entry.first] = entry.attempt
        if failed:
            self._failed[request_hash] = Failed(entry.first, entry.attempt, entry.real)

    def _expire(self, now: float) -> None:
        """Remove failed exchanges whose retry window is over, and the oldest ones if there are too many."""
        while self._failed:
            oldest = next(iter(self._failed))
            if now - self._failed[oldest].real <= RETRY_WINDOW and len(self._failed) < ENTRIES:
                return
            del self._failed[oldest]

    def _strip(self, entry: JournalEntry) -> None:
        entry.headers = entry.reply_headers = {}
        entry.request = entry.response = b""
        spared = entry.size - _trimmed(entry)
        entry.size -= spared
        self._held -= spared
        self.memory.held -= spared

    def _drop(self) -> None:
        oldest = self._entries.popleft()
        self._held -= oldest.size
        self.memory.held -= oldest.size
        self._attempts.pop(oldest.number, None)


def _trimmed(entry: JournalEntry) -> int:
    """Return the approximate number of bytes of an entry, after too many or too long headers were cut."""
    size = sum(map(len, entry.headers)) + sum(map(len, entry.headers.values()))
    if size > 4 * LINE:
        kept = list(entry.headers.items())[:64]
        entry.headers = {name[:LINE]: truncate(value, LINE, entry.key) for name, value in kept}
        size = sum(map(len, entry.headers)) + sum(map(len, entry.headers.values()))
    if entry.model is not None and len(entry.model) > LINE:
        entry.model = truncate(entry.model, LINE, entry.key)
    text = len(entry.path) + len(entry.query) + len(entry.key) + len(entry.prompt or "") + len(entry.model or "")
    text += sum(map(len, entry.notes)) if entry.notes else 0
    return len(entry.request) + len(entry.response) + size + text + 512


def is_retryable(entry: JournalEntry) -> bool:
    """Return whether clients retry such an exchange: no response, a 5xx, or one of the statuses that SDKs retry."""
    return entry.status == 0 or entry.status >= 500 or entry.status in RETRIED


def entry_document(entry: JournalEntry, journal: Journal) -> dict[str, Any]:
    """Return an entry as the control API prints it, secrets masked.

    Links in a response stay usable: they are signed by the emulator itself.
    """
    key = entry.key
    bodies = {
        "request": {"headers": _headers(entry.headers, key), "body": mask_url(_decoded(entry.request), key)},
        "response": {
            "headers": _headers(entry.reply_headers, key),
            "body": (mask_url if entry.status >= 400 else mask_text)(_decoded(entry.response), key),
        },
    }
    return entry_summary(entry, journal) | bodies


def entry_summary(entry: JournalEntry, journal: Journal) -> dict[str, Any]:
    """Return an entry without headers and bodies, secrets masked. `first` is the number of its first attempt."""
    key = entry.key
    document: dict[str, Any] = {
        "number": entry.number,
        "at": entry.at,
        "method": mask_text(entry.method, key),
        "path": mask_path(entry.path, key),
        "query": mask_query(entry.query, key),
        "status": entry.status,
        "took": round(entry.took, 6),
        "key": masked(key),
        "dialect": entry.dialect,
        "attempt": entry.attempt,
        "attempts": journal.attempts(entry),
        "first": entry.first,
    }
    optional = {"task": entry.task, "model": entry.model, "prompt": entry.prompt, "rule": entry.rule}
    document |= {name: mask_text(text, key) for name, text in optional.items() if text is not None}
    if entry.fault is not None:
        document["fault"] = entry.fault
    if entry.notes:
        document["notes"] = [mask_text(note, key) for note in entry.notes]
    return document


def _headers(headers: Mapping[str, str], key: str) -> dict[str, str]:
    return mask_headers({name.lower(): value for name, value in headers.items()}, key)


def _decoded(body: bytes) -> str:
    return body.decode("utf-8", "replace")
