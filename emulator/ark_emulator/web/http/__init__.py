"""HTTP exchanges, between the connections in `web/server` and the handlers.

Invariants:

1. An `Exchange` exists from the dispatch of a request until its journal entry is made.
2. The body of a request is bounded in size, time and memory before it is read, and is decoded once.
3. A body is released (`Exchange.release`) before the response is sent; the journal keeps a bounded part.
4. Text from the client is sanitised (`sanitise.py`) before it is stored or printed, and keys in it are masked.
5. Headers with control characters are never sent.

The handlers, the faults and the dispatcher use this package.
"""
