"""Token counts, prices, and the ledger entries that they lead to.

Invariants:

1. All arithmetic is exact (`Decimal`, `Fraction`, integers) and rounds down once, at the end.
2. Prices and factors are data; the code holds the formulas only.
3. Ledger entries are derived from a task and its timeline. Summing the amounts of a key gives what it spent.

`core.plan` counts tokens when a task is created. The runtime's ledger asks for entries when a task is created, moves or
is deleted.
"""
