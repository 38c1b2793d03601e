"""The flat interface of PowerTokens."""
