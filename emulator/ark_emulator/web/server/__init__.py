"""Connections and sockets: aiohttp's HTTP/1.1 protocol with limits on time and memory.

Theory of operation. `listening` opens the sockets. `http_runner.Runner` makes one `connection.Connection` per client,
and counts connections and unread responses over all of them. All limits are constants of `http_limits`.

- Bytes. `Connection.data_received` splits the bytes into pieces that complete one request each, because aiohttp's
  parser discards the requests before an error in the same piece. The common case, one head and nothing else, is passed
  on unsplit. When 32 requests wait, reading pauses.
- Heads. A timer runs from the first byte of a head to its last. The size of a head is bounded, and `head_memory` bounds
  the heads of all connections. At the limit, unfinished heads and then new requests are refused with 503.
- Bodies. aiohttp streams them with flow control; `web/http/request_body.py` reads and bounds them.
- Responses. A GET with a fast response is answered inside `data_received`, without waking aiohttp's task. Any other
  request is left to that task, which calls the dispatcher. A client that does not read is disconnected after a time,
  or earlier if the unread bytes of all clients exceed their limit.
- Errors. `request_heads` finds the heads that aiohttp accepts and this server does not. No error response or log line
  repeats what the client sent, since it may contain API keys.

Invariants:

1. Responses leave in the order of the requests. A fast response is sent only if no other request waits.
2. Every head, body and unread response is bounded in time and in memory, per connection and in total.
3. A complete request is never dropped: it gets its response, or a 503 if it exceeds the memory for heads.
4. After a parse error, all further bytes of the connection are ignored, and it closes after its last response.
5. Only `connection` and `request_heads` depend on internals of aiohttp. `connection.KNOWS_AIOHTTP` checks at import
   that they exist. If not, requests are served through aiohttp's public interface, without the limits on heads.

The server module of the package starts this one. Handlers use only `waiting_on_purpose`.
"""
