"""One world: clock, tasks, journal, ledger, admission of new tasks, and behaviour.

1. All state of a world is reachable from `world.World`. Module state is limited to a cache of compiled rules.
2. A world is changed `async with world.transaction()`, and the caller does not await the network inside.
3. `unit_of_work.UnitOfWork` is the only connection between a world and the place that keeps it. No other module here
   knows locks, commits or processes. The implementation for memory does nothing.
4. Each change is published as one event by `World.publish`; the ledger and the journal are built from these events.
5. Time comes from `World.now` (virtual) and `World.real` only.

Callers: the engine and the commands of `runtime`, the scheduler, and the control handlers of `web`.
"""
