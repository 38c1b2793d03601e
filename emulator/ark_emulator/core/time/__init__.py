"""Time and chance as values: the virtual clock, named dice, random durations, and queues for slots.

Invariants:

1. No function reads the real clock. The caller passes the real time or the virtual moment in.
2. Virtual time never goes back, and stops at `clock.END`.
3. A random number depends on the seed and its names only, never on how many numbers were drawn before.
4. Times are unix seconds, durations are seconds, both as floats.

Worlds own a clock, dice and slot queues; `core.plan` draws durations.
"""
