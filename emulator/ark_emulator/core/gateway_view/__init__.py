"""What a gateway in front of Ark knows of a task, and the values that a dialect renders.

Invariants:

1. A gateway sees the task's own timeline, delayed to its next look. It has no second state that could diverge.
2. `record_at(now)` equals what the last look before `now` would have shown.
3. A `TaskView` contains everything a dialect needs, so that rendering needs neither the clock nor the store.

The engine builds views; dialects render them; billing and callbacks ask when a gateway notices a status.
"""
