"""Helpers of the runtime and the web layer that depend on neither.

1. `cooperative` yields to the event loop in loops that may take long.
2. `masking` hides keys, passwords and other secrets in everything that is logged or shown, in linear time.
3. `tracebacks` describes exceptions in logs without values, and frees the memory that their frames hold.
4. `raw_urls` and `path_prefixes` handle URLs and paths exactly as clients wrote them.
"""
