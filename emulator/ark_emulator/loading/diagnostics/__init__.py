"""Diagnostics of scenario files: their codes and positions, and their output formats.

Invariants:

1. A code and its meaning never change; `CODES` lists all of them.
2. At most `MOST` problems of one text are reported.
3. Output is safe for a terminal: text from a scenario is escaped.

All of `loading` reports to `Diagnostics`; the CLI prints with `caret_rendering`.
"""
