"""Scenarios as values: conditions, outcome and fault rules, and how a rule is found."""
