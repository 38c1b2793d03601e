"""How much of the server anybody may use, and for how long: with these it withstands slow, broken and hostile clients.

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
"""From the first byte of a request's head to its last. A head is sent in one piece; a minute's drip is an attack."""
IDLE: Final = 3630.0
"""Without a request on an open connection. Longer than a proxy keeps one (an hour at most, by default), so that the
server does not close a connection that a proxy is about to use."""
PROBED: Final = 60
"""Without a sign of life, after which the other machine is asked for one; whole seconds, as the system wants it."""
PROBES: Final = 4
"""Unanswered questions of that kind after which a connection is given up: its other end is gone without a word."""
BETWEEN: Final = 15
"""Between two such questions; whole seconds."""
PAUSE: Final = 30.0
"""In which at least `LEAST` of a body has to come."""
LEAST: Final = 4096
"""Bytes of a body that come in a `PAUSE`; a slow line is a hundred times as fast."""
BODIES: Final = 256 * 1024 * 1024
"""Bytes of the bodies of all requests that are not answered yet, together. More of them wait for their turn."""
SMALL_BODY: Final = 64 * 1024
"""Bytes of a body that is not counted among those: the connections themselves are limited."""
BODY_WAIT: Final = 10.0
"""In which a body gets its turn, or is refused."""
BODY_RATE: Final = 64 * 1024
"""Bytes a second in which a body has to come while others wait for the memory that it takes."""
BODY_GRACE: Final = 2.0
"""From the start of a body, in which it may come more slowly than that."""
HALF_CLOSED: Final = 30.0
"""In which the answer to a client begins that has closed its side of the connection; it may be gone altogether."""
UNREAD: Final = 300.0
"""In which a client takes nothing of what is waiting to be sent. A reader may well be slow, or be stopped to be looked
at; but not for ever."""
UNREAD_BYTES: Final = 256 * 1024 * 1024
"""Bytes that wait to be sent on all connections whose clients do not take them, together."""
BACKLOG: Final = 4096
"""Connections that wait to be accepted; systems cut it to a limit of their own."""
FILES: Final = 65_536
"""Open files that the program asks the system for at its start, if it may have so many. Many more make programs slow
that look at each possible one."""
SPARE: Final = 128
"""Open files that connections of clients do not get: callbacks, stores and scenario files need some as well."""
