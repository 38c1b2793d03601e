"""The stores that keep worlds beyond the memory of one process. They know records, not worlds.

Theory of operation:

1. A space is a set of named records, with a version that counts its commits. Each world has a space, and the directory
   of worlds has one. `store.Store` is the interface; `sqlite` and `redis` implement it.
2. A writer holds the write lock of the space (with SQLite: of the file). `acquire` returns the commits after the known
   version of the process, so that a change is always made to the current state.
3. Fencing: a commit names the version that it follows. A process that lost its lock gets LockLost, and nothing of its
   commit is written.
4. `commit` returns when the commit is durable: it survives the end of the process, even by SIGKILL.
5. Each space has a log of its newest commits, with the events for other processes. A reader that is further behind than
   the log loads the whole space.
6. A store never decides whether data makes sense. `watched_store` converts decoding errors into Damaged, and records
   whether the store can be read and written.

Callers: `runtime.persistence` uses stores; `server` and `cli` create them with `addresses.store_at`. The shelves
(`memory_shelf`, `tracked_shelf`) keep the tasks of a world in memory. `codec` encodes records.
"""
