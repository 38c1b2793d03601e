"""Object storage as TOS serves it: signed URLs, conditional and range requests, error bodies.

Invariants:

1. Functions decide; they neither read files nor write responses.
2. A signature is valid for the bytes of the URL only: any change of path, query or method makes it invalid.

The download handler uses this package to check requests, `core.gateway_view` to sign links.
"""
