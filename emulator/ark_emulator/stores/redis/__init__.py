"""The store in a Redis or Valkey server.

1. `redis_store` implements `stores.store.Store`; nothing else is used from outside.
2. Every change of a space is one Lua script (folder `lua`), so the server applies it completely or not at all.
3. A write lock is a token with a time limit. Each commit extends it; a process that stalls loses the lock.
4. Fencing: a commit names the token and the version that it follows, and the script rejects any other.
5. `redis_connection` never repeats a request: it may have been executed although the response was lost.
"""
