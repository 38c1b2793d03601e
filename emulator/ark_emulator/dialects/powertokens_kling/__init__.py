"""Kling at PowerTokens."""
