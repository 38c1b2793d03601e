"""The limits on what one client, and all clients together, may use of the server.

All times are real seconds. The largest body is `ark_emulator.runtime.settings.settings.MAX_BODY`.
"""

from typing import Final

LINE: Final = 8190
"""Bytes of the first line of a request, and of one header: what common servers take."""
HEADERS: Final = 128
"""Headers of a request."""
HEAD_BYTES: Final = 64 * 1024
"""Bytes of a request's head. Most clients send less than one kilobyte, and common servers take 8 to 64 KiB."""
HEADS_BYTES: Final = 64 * 1024 * 1024
"""Bytes of the heads that all connections hold together. Parsed, a head takes about twice as much memory."""
SMALL_HEADS: Final = 8 * 1024
"""Bytes of the heads of one connection that are not counted among those: the connections themselves are limited."""
HEAD: Final = 20.0
"""From the first byte of a head to its last. Clients send a head in one piece."""
IDLE: Final = 3630.0
"""Without a request on an open connection. Proxies keep one for an hour at most by default: the server must not close
a connection that a proxy is about to use."""
PROBED: Final = 60
"""Whole seconds without a packet after which the system probes the other machine."""
PROBES: Final = 4
"""Unanswered probes after which the system closes a connection."""
BETWEEN: Final = 15
"""Whole seconds between two probes."""
PAUSE: Final = 30.0
"""Within which at least `LEAST` bytes of a body must arrive."""
LEAST: Final = 4096
"""Bytes of a body that must arrive within `PAUSE`; a slow line is a hundred times as fast."""
BODIES: Final = 256 * 1024 * 1024
"""Bytes of the bodies of all requests that are not answered yet, together. Further bodies wait."""
SMALL_BODY: Final = 64 * 1024
"""Bytes of a body that is not counted among those: the connections themselves are limited."""
BODY_WAIT: Final = 10.0
"""After which a waiting body is refused."""
BODY_RATE: Final = 64 * 1024
"""The least bytes per second of a body while others wait for its memory."""
BODY_GRACE: Final = 2.0
"""After the start of a body, within which it may be slower than that."""
HALF_CLOSED: Final = 30.0
"""Within which the response to a half-closed connection must begin; its client may be gone."""
UNREAD: Final = 300.0
"""After which a client that reads nothing is disconnected. It may be slow, or stopped in a debugger for a while."""
UNREAD_BYTES: Final = 256 * 1024 * 1024
"""Bytes that wait to be sent to all clients that do not read, together."""
BACKLOG: Final = 4096
"""Connections that wait to be accepted; the system may lower it."""
FILES: Final = 65_536
"""Open files that the server requests at its start. A much higher limit slows down programs that check every possible
file descriptor."""
SPARE: Final = 128
"""Open files that are reserved for callbacks, stores and scenario files."""
