"""Draws the plan of a task: its outcome, the duration of each step, its clip and its cost.

Invariants:

1. A plan is drawn once, when the task is accepted, and never changed.
2. Every random choice uses dice named after the key and number of the task, so other tasks cannot influence it.
3. An `Outcome` holds distributions; a `Plan` holds the numbers drawn from them.

The engine calls `accept` with a checked intent. Scenarios and steering prompts supply the outcome.
"""
