"""Keeps worlds in a store, and keeps several processes on one store consistent.

Theory of operation:

1. A process keeps every world it uses in memory. `world_records` defines the records of a world; the world in memory is
   a function of its records, and can be loaded again at any time.
2. `space.SpaceSession` is the transaction of one space. It acquires the write lock of the store, applies the commits of
   other processes, lets the caller change the world, and commits the changed records. All asyncio tasks of one process
   share the lock and the commit.
3. A response is sent after its commit is durable. A read waits for a pending commit of the task that it shows.
4. When a commit fails or the lock is lost, the session becomes stale. The next transaction or read loads the stored
   state again, so lost changes disappear from memory as well.
5. Replicas: `store_session` reads new commits every `CHANGES_INTERVAL`, and `coalesced_reads` before each request. The
   process that last moved a world by time continues to do so; others take over when it does not.
6. Each delivery attempt belongs to one process, recorded before it starts. When that process is dead, another process
   makes the attempt due again.

Callers: `runtime.registry` creates the `StoreSession` and attaches worlds. Worlds use `stored_unit_of_work` through the
interface `runtime.world.unit_of_work`. Nothing else imports this package.
"""
