"""PowerTokens: Ark's wire under its own base, its second interface, and its Kling routes."""
