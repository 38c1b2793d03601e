"""The transactional outbox of a task: its published transitions, its callbacks and the faults applied to them.

Invariants:

1. All functions are pure. The scheduler passes the time in and does the sending.
2. `task.published` counts published transitions; a published transition never changes.
3. Callbacks of one task are sent in order, one at a time, unless a callback fault changed the order.
4. Delivery is at least once: an attempt that a crash interrupted is made again.

The scheduler and the callback commands of the runtime call these functions.
"""
