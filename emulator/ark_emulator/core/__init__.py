"""The domain model of the emulator: immutable values and pure functions.

Invariants:

1. Nothing here does I/O, reads a real clock or draws a random number; callers pass the time and the dice in.
2. Facts about the emulated services come from the tables in `ark_emulator.data`, never from literals in code.
3. Values are immutable. A change returns a new value.
4. Core imports nothing of the project but itself and `ark_emulator.data`; every other package may import core.

The sub-packages build on each other in this order: time, facts, storage; task; gateway_view, request, report_card;
billing; plan; scenario; callbacks.
"""
