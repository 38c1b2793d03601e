"""A task: its values, ids and results, and its state at any moment.

Theory of operation: a task is a plan drawn once, plus facts, plus the time. Its state is computed.

1. The plan holds everything uncertain about the task and is drawn when the task is accepted. It never changes.
2. A fact records something that happened to the task from outside: a poll, a slot, a cancellation, a forced move. Facts
   are only ever appended, in the order of their times.
3. `lifecycle.timeline` folds the facts over the planned steps. Its result is the state at every moment, so no timer
   changes a task and no status is stored.
4. A fact rewrites only what lies after it: a status that was visible at a moment stays the status of that moment.
5. `values.MOVES` is the only table of legal transitions.

Every other package of the project may import this one.
"""
