"""Tokens, prices, and the entries of the ledger."""
