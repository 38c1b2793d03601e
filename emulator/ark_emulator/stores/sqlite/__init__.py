"""The store in one SQLite file.

1. `sqlite_store` implements `stores.store.Store`; nothing else is used from outside.
2. `database_file` creates, checks and upgrades the file; `sqlite_rows` has all SQL for the tables. Both block, so they
   run in a `worker_thread`.
3. With several processes, every write holds the `file_lock`. The kernel releases it when its holder dies.
4. Fencing: each commit names the version that it follows, and fails when the space has another one.
"""
