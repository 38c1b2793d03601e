"""The transactional outbox of a task: its transitions, callbacks and what faults do to them."""
