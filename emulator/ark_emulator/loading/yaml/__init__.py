"""Reads and writes YAML, with the position of every key and value.

Invariants:

1. Scalars follow the core schema of YAML 1.2, in both directions: what is written is read as the same value.
2. Depth, size and aliases are limited while events are read, before data is built.

`loading.loader` reads and writes scenarios with this package.
"""
